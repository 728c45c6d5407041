"""SpectralNet."""

from collections.abc import Callable
from typing import Any, Literal

import torch
from numpy.typing import ArrayLike
from sklearn.frozen import FrozenEstimator
from torch import nn

from .._typing import Dtype, Estimator, FloatArray, Precision, RandomState, Sizes
from ..base import BaseDeepTransformer
from ._base import BaseSpectralClusterer


class _Module(nn.Module):
    def __init__(self, autoencoder, similarity, spectral_map):
        super().__init__()
        self.autoencoder = autoencoder
        self.similarity = similarity
        self.map = spectral_map
        self.n_components = spectral_map.n_eigenvectors

    def codes(self, x):
        """What the spectral network sees of the data."""
        return x if self.autoencoder is None else self.autoencoder.embed(x)

    def embed(self, x):
        return self.map.embed(self.codes(x))

    def assign(self, x):
        return self.map.assign(self.codes(x))

    def reorder(self, order):
        self.map.reorder(order)

    def score(self, x):
        return -self.map.distances(self.codes(x)).amin(1)


class SpectralNet(BaseSpectralClusterer):
    r"""SpectralNet: a network that learns the map of spectral clustering.

    A network maps each row to its place in the spectral embedding of a graph of nearest
    neighbours, and k-means clusters the embedding. It learns from batches, without a
    graph of all rows, and it maps new rows as well.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters.

    autoencoder : transformer, default=None
        Takes its codes in the place of the data: any autoencoder of this package,
        fitted within :meth:`fit`, or a fitted one in a
        :class:`sklearn.frozen.FrozenEstimator`. None means the data themselves.

    init : clusterer, transformer or array-like of shape (n_samples,), default=None
        The clusters from which k-means in the spectral embedding starts: a clusterer of
        the codes, or the data, a transformer of them, whose embedding is clustered by
        k-means or :class:`~skdeepcluster.GraphDegreeLinkage`, see :class:`DEC`, or
        labels, with -1 for noise. None means 20 random starts.

    init_space : {"codes", "data"}, default="codes"
        What ``init`` clusters: the autoencoder's codes, or the rows themselves, of
        which neighbours sometimes tell more.

    n_eigenvectors : int, default=None
        Number of eigenvectors of the Laplacian that the network learns, the dimensions
        of the embedding. None means a quarter more than clusters, if half a batch has
        as many rows; the paper has as many as clusters.

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
        Number of rows in a batch, at least twice ``n_clusters`` and ``n_eigenvectors``;
        thirty times as many are better.

    steps_per_epoch : int, default=None
        Number of batches that make an epoch, so that epochs are the same work for many
        rows and few. None means as many as there are in one pass over the rows.

    callbacks : list, default=None
        Callbacks of skorch for the training of this estimator, cloned before use.

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

    warm_start : bool, default=False
        Let a second fit go on from the weights of the first, on the same rows or others
        of as many features, for ``max_epochs`` more and without a new start. Clusters
        keep their numbers.

    random_state : int, RandomState instance or None, default=None
        Seed of everything that is random in the fit.

    verbose : int, default=0
        0 is silent, 1 shows a progress bar for each stage, 2 a row for each epoch.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,), dtype int32
        The clusters of the training data, numbered by decreasing size.

    initial_labels_ : ndarray of shape (n_samples,), dtype int32
        The clusters of ``init``, or of k-means on the codes, with the numbers of those
        in ``labels_`` that they share most rows with.

    temperature_ : float
        Temperature of the probabilities: above 1, the assignments of the method are
        surer than rows around each other agree.

    cluster_centers_ : ndarray of shape (n_clusters, n_eigenvectors)
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

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
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
    computed once from all rows. :meth:`transform` gives the rows of :math:`Y` scaled to
    unit length, as [2]_ has them for k-means, :meth:`predict` the nearest center
    :math:`c_k`, and :meth:`soft_predict` probabilities proportional to
    :math:`\exp(-\|y - c_k\|^2 / 2 \tau^2)`, with :math:`\tau^2` the variance of the
    training data around their centers. :meth:`score_samples` is minus the squared
    distance from the nearest center: the loss, which is that of batches, is in
    ``history_``.

    :math:`Y` has more columns than clusters, because a cluster that is loosely knit,
    such as the digit 1 in its slants, is divided before a weak border between two
    others, such as that of 4 and 9, is found; k-means puts it together again.

    The Siamese network :math:`s` minimises, for a row :math:`u`, one of its neighbours
    :math:`v` and any row :math:`w`,

    .. math:: \max(\|s(u) - s(v)\| - 0.05, 0)^2 + \max(1 - \|s(u) - s(w)\|, 0)^2.

    References
    ----------
    .. [1] Shaham, U., Stanton, K., Li, H., Nadler, B., Basri, R., Kluger, Y. (2018).
       SpectralNet: spectral clustering using deep neural networks. ICLR.
       https://arxiv.org/abs/1801.01587

    .. [2] Ng, A. Y., Jordan, M. I., Weiss, Y. (2001). On spectral clustering: analysis
       and an algorithm. NeurIPS.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from sklearn.metrics import adjusted_rand_score
    >>> from skdeepcluster import SpectralNet
    >>> X, y = make_moons(500, noise=0.05, random_state=0)
    >>> spectralnet = SpectralNet(2, n_neighbors=10, hidden_layer_sizes=(64, 64),
    ...                           batch_size=250, max_epochs=300, random_state=0).fit(X)
    >>> X_new, y_new = make_moons(100, noise=0.05, random_state=1)
    >>> adjusted_rand_score(y_new, spectralnet.predict(X_new)) > 0.9
    True
    """

    _parameter_constraints: dict = {
        **BaseSpectralClusterer._parameter_constraints,
    }
    del _parameter_constraints["augment"]  # it trains on codes, or on rows as they are

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        autoencoder: BaseDeepTransformer | FrozenEstimator | None = None,
        init: Estimator | ArrayLike | None = None,
        init_space: Literal["codes", "data"] = "codes",
        n_eigenvectors: int | None = None,
        affinity: Literal["euclidean", "siamese"] = "euclidean",
        n_neighbors: int = 5,
        scale: Literal["global", "local"] = "global",
        siamese_neighbors: int = 2,
        neighbors: Estimator | None = None,
        siamese_epochs: int = 100,
        hidden_layer_sizes: Sizes = (1024, 1024, 512),
        max_epochs: int = 100,
        lr: float = 1e-3,
        optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam,
        batch_size: int = 1024,
        steps_per_epoch: int | None = None,
        callbacks: list[Any] | None = None,
        net_params: dict[str, Any] | None = None,
        dtype: Dtype = "float32",
        precision: Precision | None = None,
        device: str | torch.device = "auto",
        warm_start: bool = False,
        random_state: RandomState = None,
        verbose: int = 0,
    ):
        self.n_clusters = n_clusters
        self.autoencoder = autoencoder
        self.init = init
        self.init_space = init_space
        self.n_eigenvectors = n_eigenvectors
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
        self.steps_per_epoch = steps_per_epoch
        self.callbacks = callbacks
        self.net_params = net_params
        self.dtype = dtype
        self.precision = precision
        self.device = device
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose

    def _default_autoencoder(self):
        return None

    def _build(self, start):
        autoencoder, n_inputs = start.autoencoder, start.n_features
        if autoencoder is not None:
            n_inputs = autoencoder.n_components
        return _Module(
            autoencoder,
            self._similarity(n_inputs),
            self._spectral_map(n_inputs, self._width(), torch.tanh),
        )

    def _begin(self, run, rng):
        self._train_similarity(run, run.module.similarity, self._run_codes(run))

    def _train(self, run, rng):
        module, codes = run.module, self._run_codes(run)
        self._train_map(run, module.map, codes, rng, self.max_epochs, module.similarity)
        self._place_centers(run, module.map, codes, rng, self._given_labels(run))

    def _run_codes(self, run):
        """Return what the networks see."""
        if run.module.autoencoder is None:
            return run.X
        return run.map(run.module.codes).numpy(force=True)

    @property
    def cluster_centers_(self) -> FloatArray:
        """Centers in the embedding, ndarray of shape (n_clusters, n_eigenvectors)."""
        return self.module_.map.centers.numpy(force=True)
