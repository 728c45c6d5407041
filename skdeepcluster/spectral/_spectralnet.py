"""SpectralNet."""

import math
import warnings
from numbers import Integral

import numpy as np
import torch
from scipy.sparse.csgraph import connected_components
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import NearestNeighbors
from torch import nn
from torch.nn.functional import pairwise_distance

from .._compat import HasMethods, Interval, StrOptions
from ..autoencoders import PretrainingMixin
from ..autoencoders._base import check_layer_sizes
from ..base import BaseDeepClusterer
from ..losses import (
    contrastive_loss,
    neighbor_affinity,
    neighbor_scale,
    pairwise_squared_distances,
    spectral_loss,
    squared_distances,
)
from ..modules import OrthonormalLayer, autocast, mlp

_LEAST_VARIANCE = 1e-12


class _Module(nn.Module):
    def __init__(self, autoencoder, sizes, precision):
        super().__init__()
        n_clusters = sizes[-1]
        self.autoencoder = autoencoder
        self.siamese = nn.Sequential(mlp(sizes), nn.ReLU())
        self.network = nn.Sequential(mlp(sizes), nn.Tanh())
        self.orthonormal = OrthonormalLayer(n_clusters)
        self.n_components = n_clusters
        self.precision = precision
        self.register_buffer("centers", torch.zeros(n_clusters, n_clusters))
        self.register_buffer("variance", torch.tensor(1.0))

    def codes(self, x):
        """What the spectral network sees of the data."""
        return x if self.autoencoder is None else self.autoencoder.embed(x)

    @autocast
    def similarity_codes(self, codes):
        """Codes in whose space neighbours are near."""
        return self.siamese(codes)

    @autocast
    def outputs(self, codes):
        return self.network(codes)

    def spectral(self, codes):
        """The spectral embedding, orthonormal columns (batch, n_clusters)."""
        return self.orthonormal(self.outputs(codes))

    def embed(self, x):
        return self.spectral(self.codes(x))

    def distances(self, x):
        return squared_distances(self.embed(x), self.centers)

    def assign(self, x):
        return (-0.5 * self.distances(x) / self.variance).log_softmax(1)

    def score(self, x):
        return -self.distances(x).amin(1)


class SpectralNet(PretrainingMixin, BaseDeepClusterer):
    r"""SpectralNet: a network that learns the map of spectral clustering.

    A network maps each row to its place in the spectral embedding of a graph of nearest
    neighbours, and k-means clusters the embedding. It learns from batches, without a
    graph of all rows, and it maps new rows as well.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, and of dimensions of the embedding.

    autoencoder : transformer, default=None
        Takes its codes in the place of the data: an
        :class:`~skdeepcluster.Autoencoder` or a
        :class:`~skdeepcluster.VariationalAutoencoder`, fitted within :meth:`fit`, or
        a fitted one in a :class:`sklearn.frozen.FrozenEstimator`. None means the data
        themselves.

    affinity : {"euclidean", "siamese"}, default="euclidean"
        What makes rows of a batch neighbours: the distance of the codes, or that of
        their images in a Siamese network, which is first trained to tell neighbours
        among all rows from other pairs.

    n_neighbors : int, default=5
        Number of nearest neighbours of a row in the graph of a batch, itself counted as
        in :class:`sklearn.cluster.SpectralClustering`. In all n rows they are about
        n / ``batch_size`` times as many.

    scale : {"global", "local"}, default="global"
        The scale :math:`\sigma` of the affinity: the median distance of a row to its
        nearest neighbour in a batch, or one for each row, its distance to its
        ``n_neighbors``-th.

    siamese_neighbors : int, default=2
        Number of nearest neighbours of a row, itself not counted, from which the
        Siamese network learns.

    neighbors : transformer, default=None
        Finds them in the place of an exact search: any transformer to a graph as
        :class:`sklearn.neighbors.KNeighborsTransformer`, such as the one of
        pynndescent.

    siamese_epochs : int, default=100
        Number of epochs of the Siamese network.

    hidden_layer_sizes : sequence of int, default=(1024, 1024, 512)
        Units of the hidden layers of both networks.

    max_epochs : int, default=100
        Number of epochs of the spectral stage.

    lr : float, default=1e-3
        Learning rate of both, annealed to 0 by a cosine.

    optimizer : callable, default=torch.optim.Adam
        Class of the optimizer.

    batch_size : int, default=1024
        Number of rows in a batch, at least twice ``n_clusters``; thirty times as many
        are better.

    callbacks : list, default=None
        Callbacks of skorch for both stages, cloned before use.

    net_params : dict, default=None
        Further settings of :class:`skorch.NeuralNet`, such as
        ``{"optimizer__weight_decay": 1e-4}``.

    dtype : {"float32", "float64"}, default="float32"
        Dtype of the weights.

    precision : {"bfloat16"}, default=None
        Compute the networks, and nothing else, in mixed precision. None means in
        ``dtype``.

    device : str or torch.device, default="auto"
        Where to compute. "auto" means a GPU if there is one.

    random_state : int, RandomState instance or None, default=None
        Seed of the weights, the batches and k-means.

    verbose : int, default=0
        0 is silent, 1 shows a progress bar for each stage, 2 a row for each epoch.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,), dtype int32
        The clusters of the training data, numbered by decreasing size.

    initial_labels_ : ndarray of shape (n_samples,), dtype int32
        The clusters of k-means on the codes.

    cluster_centers_ : ndarray of shape (n_clusters, n_clusters)
        The centers of k-means in the spectral embedding.

    n_jitter_ : int
        Number of batches in which the outputs had nearly lost their rank.

    module_ : torch.nn.Module
        The trained network.

    history_ : list of dict
        One row for each epoch: ``stage`` (those of the autoencoder, then "siamese",
        "spectral"), ``epoch``, ``train_loss``, ``lr``, ``seconds``.

    n_iter_ : int
        Number of epochs run, those of the autoencoder included.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of features seen in :meth:`fit`, if they are all strings.

    See Also
    --------
    sklearn.cluster.SpectralClustering : The exact embedding, of the training data only.

    Notes
    -----
    A batch of :math:`m` codes has the affinity

    .. math:: W = \tfrac12 (A + A^T), \qquad A_{ij} = e^{-\|a_i - a_j\|^2 / 2 \sigma^2}
              \text{ for the nearest } j

    (with a local scale :math:`e^{-\|a_i - a_j\|^2 / \sigma_i \sigma_j}`). The network's
    outputs :math:`\tilde Y` are multiplied by a matrix :math:`O` that makes
    :math:`Y = \tilde Y O` orthonormal, :math:`Y^T Y = m I`, and the loss is

    .. math:: L = \frac1{2m} \sum_{ij} W_{ij} \|y_i - y_j\|^2,

    whose gradient flows through :math:`O` as well. After training, :math:`O` is
    computed once from all rows. :meth:`transform` gives :math:`Y`, :meth:`predict` the
    nearest center :math:`c_k`, and :meth:`soft_predict` probabilities proportional to
    :math:`\exp(-\|y - c_k\|^2 / 2 \tau^2)`, with :math:`\tau^2` the variance of the
    training data around their centers. :meth:`score_samples` is minus the squared
    distance from the nearest center: the loss, which is that of batches, is in
    ``history_``.

    The Siamese network :math:`s` minimises, for a row :math:`u`, one of its neighbours
    :math:`v` and any row :math:`w`,

    .. math:: \max(\|s(u) - s(v)\| - 0.05, 0)^2 + \max(1 - \|s(u) - s(w)\|, 0)^2.

    References
    ----------
    .. [1] Shaham, U., Stanton, K., Li, H., Nadler, B., Basri, R., Kluger, Y. (2018).
       SpectralNet: spectral clustering using deep neural networks. ICLR.
       https://arxiv.org/abs/1801.01587

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from sklearn.metrics import adjusted_rand_score
    >>> from skdeepcluster import SpectralNet
    >>> X, y = make_moons(500, noise=0.05, random_state=0)
    >>> spectralnet = SpectralNet(2, n_neighbors=10, hidden_layer_sizes=(64, 64),
    ...                           max_epochs=300, random_state=0).fit(X)
    >>> X_new, y_new = make_moons(100, noise=0.05, random_state=1)
    >>> float(adjusted_rand_score(y_new, spectralnet.predict(X_new)))
    1.0
    """

    _parameter_constraints: dict = {
        **BaseDeepClusterer._parameter_constraints,
        **PretrainingMixin._parameter_constraints,
        "affinity": [StrOptions({"siamese", "euclidean"})],
        "n_neighbors": [Interval(Integral, 2, None, closed="left")],
        "scale": [StrOptions({"global", "local"})],
        "siamese_neighbors": [Interval(Integral, 1, None, closed="left")],
        "neighbors": [HasMethods(["fit_transform"]), None],
        "siamese_epochs": [Interval(Integral, 0, None, closed="left")],
        "hidden_layer_sizes": ["array-like"],
    }

    def __init__(
        self,
        n_clusters=8,
        *,
        autoencoder=None,
        affinity="euclidean",
        n_neighbors=5,
        scale="global",
        siamese_neighbors=2,
        neighbors=None,
        siamese_epochs=100,
        hidden_layer_sizes=(1024, 1024, 512),
        max_epochs=100,
        lr=1e-3,
        optimizer=torch.optim.Adam,
        batch_size=1024,
        callbacks=None,
        net_params=None,
        dtype="float32",
        precision=None,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        self.n_clusters = n_clusters
        self.autoencoder = autoencoder
        self.affinity = affinity
        self.n_neighbors = n_neighbors
        self.scale = scale
        self.siamese_neighbors = siamese_neighbors
        self.neighbors = neighbors
        self.siamese_epochs = siamese_epochs
        self.hidden_layer_sizes = hidden_layer_sizes
        self.max_epochs = max_epochs
        self.lr = lr
        self.optimizer = optimizer
        self.batch_size = batch_size
        self.callbacks = callbacks
        self.net_params = net_params
        self.dtype = dtype
        self.precision = precision
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def _default_autoencoder(self):
        return None

    def _check_fit(self, X):
        super()._check_fit(X)
        check_layer_sizes("hidden_layer_sizes", self.hidden_layer_sizes)
        batch_size = self.batch_size
        if batch_size < min(2 * self.n_clusters, X.shape[0]):
            raise ValueError(
                f"batch_size={batch_size} should be >= {2 * self.n_clusters}, twice "
                f"n_clusters={self.n_clusters}, and is best 30 times as large: raise "
                "batch_size, or lower n_clusters."
            )
        if self.n_neighbors >= batch_size:
            raise ValueError(
                f"n_neighbors={self.n_neighbors} should be < batch_size={batch_size}, "
                "for the neighbours are those in a batch: lower n_neighbors, or raise "
                "batch_size."
            )

    def _build(self, n_features):
        autoencoder, n_inputs = None, n_features
        if self._autoencoder() is not None:
            autoencoder = self._build_autoencoder(n_features)
            n_inputs = autoencoder.n_components
        sizes = (n_inputs, *self.hidden_layer_sizes, self.n_clusters)
        return _Module(autoencoder, sizes, self.precision)

    def _train(self, run, rng):
        net, codes = run.module, run.X
        if self._autoencoder() is not None:
            self._pretrain(run, rng)
            codes = run.map(net.codes).numpy(force=True)
        kmeans = KMeans(self.n_clusters, n_init=20, random_state=rng)
        run.initial_labels = kmeans.fit_predict(codes)

        similarity_codes = nn.Identity()
        if self.affinity == "siamese":
            self._train_siamese(run, codes)
            similarity_codes = net.similarity_codes
        sample = rng.permutation(len(run.initial_labels))[: self.batch_size]
        with torch.no_grad():
            distances = pairwise_squared_distances(
                similarity_codes(run.rows(sample, codes))
            )
            # The nearest neighbour, for a point itself is the first.
            sigma = neighbor_scale(distances, min(2, len(sample))).median()
            _warn_of_parts(self._affinity(distances, sigma), self.n_clusters)

        def loss(x, i):
            with torch.no_grad():
                distances = pairwise_squared_distances(similarity_codes(x))
                affinity = self._affinity(distances, sigma)
            return {"spectral": spectral_loss(net.spectral(x), affinity)}

        run.stage(
            "spectral",
            loss,
            self.max_epochs,
            X=codes,
            parameters=net.network.parameters(),
            lr_factor=_cosine(self.max_epochs),
        )
        _warn_of_lost_rank(net.orthonormal.n_jitter.item(), self)
        net.orthonormal.fit(run.map(net.outputs, codes))
        embedding = run.map(net.spectral, codes).numpy(force=True)
        kmeans.fit(embedding)
        net.centers.copy_(torch.from_numpy(kmeans.cluster_centers_))
        # Rows that coincide have no variance.
        net.variance.fill_(max(kmeans.inertia_ / embedding.size, _LEAST_VARIANCE))

    def _train_siamese(self, run, codes):
        """Teach the Siamese network the neighbours among all rows."""
        net, graph = run.module, self._neighbor_graph(codes)
        n_neighbors = np.diff(graph.indptr)

        def loss(x, i):
            i = i.numpy()
            draws = torch.rand(len(i), device="cpu").numpy()
            near = graph.indices[graph.indptr[i] + (draws * n_neighbors[i]).astype(int)]
            far = torch.randint(graph.shape[0], (len(i),), device="cpu").numpy()
            pairs = torch.cat([x, run.rows(near, codes), run.rows(far, codes)])
            own, near, far = net.similarity_codes(pairs).chunk(3)
            near, far = pairwise_distance(own, near), pairwise_distance(own, far)
            return {"contrastive": contrastive_loss(near, far).mean()}

        run.stage(
            "siamese",
            loss,
            self.siamese_epochs,
            X=codes,
            parameters=net.siamese.parameters(),
            lr_factor=_cosine(self.siamese_epochs),
        )

    def _neighbor_graph(self, codes):
        """Return the graph of nearest neighbours, a CSR matrix."""
        if self.neighbors is not None:
            return clone(self.neighbors).fit_transform(codes).tocsr()
        n_neighbors = min(self.siamese_neighbors, codes.shape[0] - 1)
        search = NearestNeighbors(n_neighbors=n_neighbors)
        return search.fit(codes).kneighbors_graph()

    def _affinity(self, squared_distances, sigma):
        """Return W of a batch."""
        n_neighbors = min(self.n_neighbors, len(squared_distances))
        bandwidth = 2 * sigma.square()
        if self.scale == "local":
            sigma = neighbor_scale(squared_distances, n_neighbors)
            bandwidth = sigma.outer(sigma)
        return neighbor_affinity(squared_distances, n_neighbors, bandwidth)

    @property
    def cluster_centers_(self):
        """Centers in the embedding, ndarray of shape (n_clusters, n_clusters)."""
        return self.module_.centers.numpy(force=True)[self._order]

    @property
    def n_jitter_(self):
        """Number of batches in which the outputs had nearly lost their rank."""
        return int(self.module_.orthonormal.n_jitter)


def _cosine(n_epochs):
    return lambda epoch: 0.5 * (1 + math.cos(math.pi * epoch / n_epochs))


def _warn_of_lost_rank(n_batches, estimator):
    if n_batches:
        warnings.warn(
            f"The outputs of the network nearly lost their rank in {n_batches} "
            f"batches. Raise batch_size={estimator.batch_size}, or lower "
            f"lr={estimator.lr} or n_clusters={estimator.n_clusters}.",
            ConvergenceWarning,
            stacklevel=6,
        )


def _warn_of_parts(affinity, n_clusters):
    n_parts = connected_components(affinity.numpy(force=True) > 0, directed=False)[0]
    if n_parts > n_clusters:
        warnings.warn(
            f"The graph of a batch of {len(affinity)} rows has {n_parts} parts, more "
            f"than n_clusters={n_clusters}: which of them go together is not learned. "
            "Raise n_neighbors or batch_size.",
            ConvergenceWarning,
            stacklevel=6,
        )
