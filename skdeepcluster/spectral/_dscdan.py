"""Dual-autoencoder deep spectral clustering."""

from collections.abc import Callable
from functools import partial
from numbers import Integral, Real
from typing import Any, Literal

import torch
from numpy.typing import ArrayLike
from sklearn.frozen import FrozenEstimator
from torch import nn

from .._compat import Interval, StrOptions
from .._labels import cluster_means
from .._typing import (
    Augment,
    Dtype,
    Estimator,
    FloatArray,
    Precision,
    RandomState,
    Sizes,
)
from ..autoencoders import DualAutoencoder
from ..losses import class_kl, spectral_loss
from ._base import BaseSpectralClusterer, cosine, estimate_sigma


class _Module(nn.Module):
    def __init__(self, autoencoder, similarity, spectral_map, class_map, rule):
        super().__init__()
        self.autoencoder = autoencoder
        self.n_components = autoencoder.n_components
        self.similarity = similarity
        self.map = spectral_map
        self.classes = class_map
        n_clusters = class_map.n_eigenvectors
        self.class_means = nn.Parameter(torch.zeros(n_clusters, self.n_components))
        self.rule = rule

    def embed(self, x):
        return self.autoencoder.embed(x)

    def log_classes(self, codes):
        """log q(c | x) (batch, n_clusters)."""
        return self.classes.logits(codes).log_softmax(1)

    def assign(self, x):
        codes = self.embed(x)
        if self.rule == "kmeans":
            return self.classes.assign(codes)
        return self.log_classes(codes)

    def prior(self, mean, log_var):
        """KL(q(z, c | x) || p(z, c)) (batch,)."""
        return class_kl(self.log_classes(mean), mean, log_var, self.class_means)

    def score(self, x):
        return self.autoencoder.bound(x, self.prior)

    @torch.no_grad()
    def reorder(self, order):
        self.classes.reorder(order)
        self.classes.reorder_outputs(order)
        self.class_means.copy_(self.class_means[order])


class DSCDAN(BaseSpectralClusterer):
    r"""Deep spectral clustering using a dual autoencoder network.

    A network learns the clusters in the spectral embedding of a dual autoencoder's
    codes; then both are trained together, with a normal distribution of the codes for
    each cluster.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters.

    autoencoder : DualAutoencoder, default=None
        The network to start from, fitted within :meth:`fit`, or a fitted one in a
        :class:`sklearn.frozen.FrozenEstimator`, whose weights are copied. None means
        ``DualAutoencoder()``. Its weights :math:`\lambda`, :math:`\delta`,
        :math:`\beta`, :math:`\gamma` hold in the joint stage as well.

    init : clusterer, transformer or array-like of shape (n_samples,), default=None
        The clusters from which k-means in the spectral embedding starts: a clusterer of
        the autoencoder's codes, a transformer of them, whose embedding is clustered by
        k-means or :class:`~skdeepcluster.GraphDegreeLinkage`, see :class:`DEC`, or
        labels, with -1 for noise. None means 20 random starts.

    init_space : {"codes", "data"}, default="codes"
        What ``init`` clusters: the autoencoder's codes, or the rows themselves, of
        which neighbours sometimes tell more.

    n_eigenvectors : int, default=None
        Number of eigenvectors that the spectral stage learns. None means a quarter more
        than clusters, see :class:`SpectralNet`; the paper has as many as clusters.

    spectral_weight : float, default=10.0
        Weight :math:`\omega` of the spectral loss in the joint stage; the authors have
        2.

    affinity : {"euclidean", "siamese"}, default="siamese"
        What makes rows of a batch neighbours: the distance of their codes, as in the
        paper, or that in a Siamese network, see :class:`SpectralNet`, of the codes that
        it learned from, those before the joint stage.

    n_neighbors : int, default=5
        Number of nearest neighbours of a row in the graph of a batch, itself counted;
        the paper has 3.

    scale : {"global", "local"}, default="global"
        The scale :math:`\sigma` of the affinity: the median distance of a row to its
        nearest neighbour in a batch, or one for each row, its distance to its
        ``n_neighbors``-th.

    siamese_neighbors : int, default=2
        Number of nearest neighbours of a row, itself not counted, from which the
        Siamese network learns.

    neighbors : transformer, default=None
        Finds them in the place of an exact search, see :class:`SpectralNet`.

    siamese_epochs : int, default=100
        Number of epochs of the Siamese network.

    assignment : {"argmax", "kmeans"}, default="argmax"
        What decides on a row's cluster: the most probable class, or k-means in the
        spectral embedding, as the paper has it.

    hidden_layer_sizes : sequence of int, default=(1024, 1024, 512)
        Units of the hidden layers of the spectral network, and of that of the classes.

    spectral_epochs : int, default=100
        Number of epochs of the spectral stage, in which the codes stay.

    class_epochs : int, default=100
        Largest number of epochs in which the network of the classes learns the clusters
        of the spectral stage, until all rows have theirs with more than half of the
        probability.

    max_epochs : int, default=100
        Largest number of epochs of the joint stage; with 0 the two networks are trained
        one after the other.

    tol : float, default=1e-3
        Share of labels that may change in an epoch while they are called settled.

    patience : int, default=3
        Number of settled epochs in a row that end the joint stage.

    lr : float, default=1e-3
        Learning rate of these stages, in all but that of the classes annealed to 0 by a
        cosine.

    optimizer : callable, default=torch.optim.Adam
        Class of the optimizer.

    augment : callable, default=None
        From a batch (batch, n_features), a tensor, to a variant of it, drawn at random
        for each row, such as :class:`~skdeepcluster.augmentation.RandomAffine` of
        images. Batches pass through it in training; labels, targets and all that
        :meth:`fit` leaves are of the rows themselves.

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
        The clusters of ``init``, or of k-means on the autoencoder's codes, with the
        numbers of those in ``labels_`` that they share most rows with.

    temperature_ : float
        Temperature of the probabilities: above 1, the assignments of the method are
        surer than rows around each other agree.

    class_means_ : ndarray of shape (n_clusters, n_components)
        Means of the clusters' codes in the prior.

    n_jitter_ : int
        Number of batches in which the outputs had nearly lost their rank.

    module_ : torch.nn.Module
        The trained network.

    history_ : list of dict
        One row for each epoch: ``stage`` (that of the autoencoder, then "siamese" with
        that affinity, "spectral", "classes", "cluster"), ``epoch``, ``train_loss``,
        ``seconds``; in the joint stage ``reconstruction``, ``relative``,
        ``information``, ``kl``, ``spectral``, ``n_used_clusters``, ``label_change``.

    n_iter_ : int
        Number of epochs run, those of the autoencoder included.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen in :meth:`fit`, if they are all strings.

    See Also
    --------
    DualAutoencoder : Its start; by its settings the paper's ablation.
    SpectralNet : The spectral stage alone.

    Notes
    -----
    With the dual autoencoder's codes :math:`q(z|x) = N(m, \operatorname{diag} v)`, the
    probabilities :math:`q_c` of a network with a softmax, :math:`K` clusters with the
    means :math:`\mu_c`, and :math:`Y` the probabilities made orthonormal over a batch
    of :math:`b` rows, the loss of the joint stage is the mean over the rows of the
    autoencoder's, with the prior

    .. math:: \gamma \sum_c q_c \big(KL(q(z|x) \,\|\, N(\mu_c, I)) + \log K q_c\big),

    and

    .. math:: \frac\omega{2b} \sum_{ij} W_{ij} \|y_i - y_j\|^2

    for the affinity :math:`W` of the nearest neighbours of the codes, see
    :class:`SpectralNet`, through which no gradient flows. Before, a network like that
    one learns the spectral embedding of the codes; k-means clusters it, the means
    :math:`\mu_c` become those of its clusters, and the network of the probabilities
    learns their labels. :meth:`transform` returns
    :math:`m`, :meth:`score_samples` minus the reconstruction's term and the prior's;
    the other terms are those of batches.

    The start of the joint stage is not in the paper, whose released code loads weights
    of unknown making.

    References
    ----------
    .. [1] Yang, X., Deng, C., Zheng, F., Yan, J., Liu, W. (2019). Deep spectral
       clustering using dual autoencoder network. CVPR. https://arxiv.org/abs/1904.13113

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import DSCDAN, DualAutoencoder
    >>> X = load_digits().data / 16
    >>> dscdan = DSCDAN(
    ...     10, autoencoder=DualAutoencoder(hidden_layer_sizes=(64, 64), max_epochs=20),
    ...     hidden_layer_sizes=(64, 64), siamese_epochs=20, spectral_epochs=50,
    ...     max_epochs=2, batch_size=512, random_state=0,
    ... ).fit(X)
    >>> dscdan.labels_.shape, dscdan.transform(X).shape
    ((1797,), (1797, 16))
    """

    _parameter_constraints: dict = {
        **BaseSpectralClusterer._parameter_constraints,
        "spectral_weight": [Interval(Real, 0, None, closed="left")],
        "assignment": [StrOptions({"argmax", "kmeans"})],
        "spectral_epochs": [Interval(Integral, 0, None, closed="left")],
        "class_epochs": [Interval(Integral, 0, None, closed="left")],
        "tol": [Interval(Real, 0, 1, closed="both")],
        "patience": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        autoencoder: DualAutoencoder | FrozenEstimator | None = None,
        init: Estimator | ArrayLike | None = None,
        init_space: Literal["codes", "data"] = "codes",
        n_eigenvectors: int | None = None,
        spectral_weight: float = 10.0,
        affinity: Literal["euclidean", "siamese"] = "siamese",
        n_neighbors: int = 5,
        scale: Literal["global", "local"] = "global",
        siamese_neighbors: int = 2,
        neighbors: Estimator | None = None,
        siamese_epochs: int = 100,
        assignment: Literal["argmax", "kmeans"] = "argmax",
        hidden_layer_sizes: Sizes = (1024, 1024, 512),
        spectral_epochs: int = 100,
        class_epochs: int = 100,
        max_epochs: int = 100,
        tol: float = 1e-3,
        patience: int = 3,
        lr: float = 1e-3,
        optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam,
        augment: Augment | None = None,
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
        self.spectral_weight = spectral_weight
        self.affinity = affinity
        self.n_neighbors = n_neighbors
        self.scale = scale
        self.siamese_neighbors = siamese_neighbors
        self.neighbors = neighbors
        self.siamese_epochs = siamese_epochs
        self.assignment = assignment
        self.hidden_layer_sizes = hidden_layer_sizes
        self.spectral_epochs = spectral_epochs
        self.class_epochs = class_epochs
        self.max_epochs = max_epochs
        self.tol = tol
        self.patience = patience
        self.lr = lr
        self.optimizer = optimizer
        self.augment = augment
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

    _autoencoders = (DualAutoencoder,)

    def _default_autoencoder(self):
        return DualAutoencoder()

    def _build(self, start):
        autoencoder = start.autoencoder
        n_inputs = autoencoder.n_components
        softmax = partial(torch.softmax, dim=1)
        return _Module(
            autoencoder,
            self._similarity(n_inputs),
            self._spectral_map(n_inputs, self._width(), torch.tanh),
            self._spectral_map(n_inputs, self.n_clusters, softmax),
            self.assignment,
        )

    def _begin(self, run, rng):
        module = run.module
        codes = run.embed()
        self._train_similarity(run, module.similarity, codes)
        # A map of its own: the probabilities of classes that are nearly equal at first
        # have next to no rank, and it may have more dimensions than there are classes.
        epochs = self.spectral_epochs
        self._train_map(run, module.map, codes, rng, epochs, module.similarity)
        labels = self._place_centers(
            run, module.map, codes, rng, self._given_labels(run)
        )
        means = cluster_means(codes, labels, self.n_clusters)
        with torch.no_grad():
            module.class_means.copy_(torch.from_numpy(means))
        run.learn_labels(
            "classes",
            module.log_classes,
            labels,
            self.class_epochs,
            X=codes,
            parameters=module.classes.parameters(),
        )

    def _train(self, run, rng):
        module, state = run.module, run.state
        # The Siamese network knows the codes that it learned from, and no others; after
        # a warm start those of the last fit are nearest to them.
        learned = run.embed() if self.affinity == "siamese" else None

        def refresh():
            codes = run.embed()
            with torch.no_grad():
                known = codes if learned is None else learned
                sample = module.similarity(self._sample(run, known, rng))
                state.sigma = estimate_sigma(sample)
            labels = run.map(module.log_classes, codes).argmax(1).numpy(force=True)
            return run.settled(labels, tol=self.tol, patience=self.patience)

        def loss(x, i):
            terms, mean, log_var = module.autoencoder.terms(x, x)
            with torch.no_grad():
                known = mean if learned is None else run.rows(i, learned)
                affinity = self._affinity(module.similarity(known), state.sigma)
            y = module.classes(mean)
            return {
                **terms,
                "kl": module.autoencoder.weights["gamma"]
                * module.prior(mean, log_var).mean(),
                "spectral": self.spectral_weight * spectral_loss(y, affinity),
            }

        run.stage(
            "cluster",
            loss,
            self.max_epochs,
            refresh=refresh,
            lr_factor=cosine(self.max_epochs),
        )
        codes = run.embed()
        classes = run.map(module.log_classes, codes).argmax(1).numpy(force=True)
        self._place_centers(run, module.classes, codes, rng, classes)

    @property
    def class_means_(self) -> FloatArray:
        """Means of the clusters, ndarray of shape (n_clusters, n_components)."""
        return self.module_.class_means.numpy(force=True)
