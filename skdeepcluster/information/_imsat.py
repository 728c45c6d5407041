"""IMSAT."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.cluster import MiniBatchKMeans
from torch import nn

from .._compat import HasMethods, Interval
from .._labels import order_by_size
from .._neighbors import neighbor_distances
from .._parts import BestWeights, check_layer_sizes, check_rows_per_cluster
from .._typing import Augment, Dtype, Estimator, Precision, RandomState, Sizes
from ..base import BaseDeepClusterer, warn
from ..losses import adversarial_direction, entropy, kl_divergence, size_divergence
from ..modules import Classifier, mlp, running_statistics_kept


class _Module(Classifier):
    def __init__(self, sizes, precision):
        super().__init__(mlp(sizes, batch_norm=True), precision)
        self.reset()

    @torch.no_grad()
    def reset(self):
        """Draw new weights: at first all clusters are equally probable."""
        for layer in self.modules():
            if isinstance(layer, nn.BatchNorm1d):
                layer.reset_parameters()
            elif isinstance(layer, nn.Linear):
                scale = 1e-4 if layer is self.head else 0.1
                nn.init.normal_(layer.weight, std=scale / layer.in_features**0.5)
                nn.init.zeros_(layer.bias)

    def assign_precisely(self, x):
        """The same as ``assign``, without mixed precision, for differences."""
        return self.head(self.encoder(x)).log_softmax(1)

    def score(self, x):
        return -entropy(self.assign(x))


class IMSAT(BaseDeepClusterer):
    r"""IMSAT: information maximisation with self-augmented training.

    A network gives each row its cluster, surely and all clusters equally often, and
    gives the same one to the row after any small change. It needs no autoencoder, no
    start, and no knowledge of what the features are: the changes are those that would
    change its prediction most.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters.

    init : clusterer, transformer or array-like of shape (n_samples,), default=None
        The clusters that the network learns first: a clusterer of the data, a
        transformer of them, whose embedding is clustered by k-means or
        :class:`~skdeepcluster.GraphDegreeLinkage`, see :class:`DEC`, or labels, with -1
        for noise. None means the best of ``n_init`` random networks.

    n_init : int, default=5
        Number of random networks that are trained for ``init_epochs``, without
        ``init``. The one with the lowest loss in its last epoch is trained on.

    init_epochs : int, default=10
        Number of epochs of each of them; the largest one in which the clusters of
        ``init`` are learned.

    prior : array-like of shape (n_clusters,), default=None
        Shares of the rows that the clusters are to have, in any order and of any sum.
        None means equal ones.

    lam : float, default=0.1
        Weight :math:`\lambda` of the information against the perturbations.

    mu : float, default=4.0
        Weight :math:`\mu` of the clusters' sizes: with 1 and equal shares the
        information is mutual information, with more clusters are rather of those sizes.

    alpha : float, default=0.25
        Length of a row's perturbation, as a share :math:`\alpha` of its distance from
        its ``n_neighbors``-th nearest neighbour: the first parameter to tune.

    n_neighbors : int, default=10
        Which of its nearest neighbours, itself not counted, tells the scale of a row.

    neighbors : transformer, default=None
        Finds them in the place of an exact search: any transformer to a graph as
        :class:`sklearn.neighbors.KNeighborsTransformer`, such as the one of
        pynndescent. None means that search; of more than 100,000 rows some are
        searched for, and their median distance stands for all.

    hidden_layer_sizes : sequence of int, default=(1200, 1200)
        Units of the hidden layers, which are normalised by the batch.
        :meth:`transform` returns the last of them.

    max_epochs : int, default=50
        Number of epochs, after those of the starts.

    lr : float, default=2e-3
        Learning rate.

    optimizer : callable, default=torch.optim.Adam
        Class of the optimizer.

    augment : callable, default=None
        From a batch (batch, n_features), a tensor, to a variant of it, drawn at random
        for each row, such as :class:`~skdeepcluster.augmentation.RandomAffine` of
        images. Batches pass through it in training; labels, targets and all that
        :meth:`fit` leaves are of the rows themselves.

    batch_size : int, default=250
        Number of rows in a batch, at least 3 and twice ``n_clusters``; 25 times as many
        are better, for the sizes of the clusters are those in a batch.

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
        The clusters of ``init``, or of k-means to compare with, with the numbers of
        those in ``labels_`` that they share most rows with.

    temperature_ : float
        Temperature of the probabilities: above 1, the assignments of the method are
        surer than rows around each other agree.

    module_ : torch.nn.Module
        The trained network.

    history_ : list of dict
        One row for each epoch: ``stage`` ("start 1", "start 2", ... or "imitate", then
        "cluster"), ``epoch``, ``train_loss``, its terms ``perturbation``,
        ``uncertainty`` and ``imbalance``, ``seconds``.

    n_iter_ : int
        Number of epochs run, those of all starts included.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen in :meth:`fit`, if they are all strings.

    See Also
    --------
    InductiveClusterer : A network that learns the clusters of any clusterer.
    SpectralNet : Learns from neighbours, too, by a graph of them.

    Notes
    -----
    With the network's probabilities :math:`q(x)`, their mean :math:`\bar q` over the
    rows and the shares :math:`\pi` of ``prior``, the loss is, on average over the rows,

    .. math:: KL\big(q(x) \,\|\, q(a(x) + \epsilon(x) \, d(x))\big)
              + \lambda \big( H(q(x)) + \mu \, KL(\bar q \,\|\, \pi) \big),

    where the first :math:`q` is constant and :math:`a(x)` is the row, or its variant by
    ``augment``. The terms are ``perturbation``,
    ``uncertainty`` and ``imbalance`` in ``history_``. Where the shares are equal,
    :math:`KL(\bar q \| \pi) = \log K - H(\bar q)`, so with :math:`\mu = 1` the
    bracket is :math:`\log K` minus the mutual information of rows and clusters. The
    mean :math:`\bar q` is that of a batch.

    The direction :math:`d(x)` is the one in which the prediction changes most, by one
    power step from a random one [2]_: the gradient of the divergence, at as much as the
    distance of the row from its ``n_neighbors``-th neighbour; the length
    :math:`\epsilon(x)` is ``alpha`` times this distance. So the result hardly depends
    on the scale of the data. A row with as many copies of itself takes the median.

    Single networks end in local optima, with a cluster divided and two united, and
    which of them are better is seen in the loss, and early: so the starts are short.
    Batches are normalised by their own statistics in training, perturbed rows by those
    of their batch, and by running ones of the rows in prediction. :meth:`score_samples`
    is minus the entropy :math:`H(q(x))`.

    Where the clusters are of unlike sizes and ``prior`` does not say so, large ones are
    divided: lower ``mu``.

    References
    ----------
    .. [1] Hu, W., Miyato, T., Tokui, S., Matsumoto, E., Sugiyama, M. (2017). Learning
       discrete representations via information maximizing self-augmented training.
       ICML. https://arxiv.org/abs/1702.08720

    .. [2] Miyato, T., Maeda, S., Koyama, M., Ishii, S. (2019). Virtual adversarial
       training: a regularization method for supervised and semi-supervised learning.
       IEEE TPAMI 41(8). https://arxiv.org/abs/1704.03976

    Examples
    --------
    >>> from sklearn.datasets import make_blobs
    >>> from sklearn.metrics import adjusted_rand_score
    >>> from skdeepcluster import IMSAT
    >>> X, y = make_blobs(300, 20, centers=3, random_state=0)
    >>> imsat = IMSAT(3, hidden_layer_sizes=(64, 64), batch_size=50, max_epochs=10,
    ...               random_state=0).fit(X / 10)
    >>> adjusted_rand_score(y, imsat.labels_) > 0.95
    True
    >>> imsat.history_[0]["stage"], imsat.history_[-1]["stage"]
    ('start 1', 'cluster')
    """

    _parameter_constraints: dict = {
        **BaseDeepClusterer._parameter_constraints,
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "init_epochs": [Interval(Integral, 0, None, closed="left")],
        "prior": ["array-like", None],
        "lam": [Interval(Real, 0, None, closed="neither")],
        "mu": [Interval(Real, 0, None, closed="left")],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "neighbors": [HasMethods(["fit_transform"]), None],
        "hidden_layer_sizes": ["array-like"],
        # A pass over rows whose number is odd would leave a batch of one of two.
        "batch_size": [Interval(Integral, 3, None, closed="left")],
    }

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Estimator | ArrayLike | None = None,
        n_init: int = 5,
        init_epochs: int = 10,
        prior: ArrayLike | None = None,
        lam: float = 0.1,
        mu: float = 4.0,
        alpha: float = 0.25,
        n_neighbors: int = 10,
        neighbors: Estimator | None = None,
        hidden_layer_sizes: Sizes = (1200, 1200),
        max_epochs: int = 50,
        lr: float = 2e-3,
        optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam,
        augment: Augment | None = None,
        batch_size: int = 250,
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
        self.init = init
        self.n_init = n_init
        self.init_epochs = init_epochs
        self.prior = prior
        self.lam = lam
        self.mu = mu
        self.alpha = alpha
        self.n_neighbors = n_neighbors
        self.neighbors = neighbors
        self.hidden_layer_sizes = hidden_layer_sizes
        self.max_epochs = max_epochs
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

    def _check_start(self, X):
        super()._check_start(X)
        check_layer_sizes("hidden_layer_sizes", self.hidden_layer_sizes)
        if X.shape[0] == 1:
            raise ValueError(
                "n_samples=1, but the network is normalised by batches, and perturbs "
                "rows as far as they have neighbours: give more rows."
            )
        check_rows_per_cluster(self.batch_size, X.shape[0], self.n_clusters)
        if self.prior is not None:
            self._check_prior()

    def _check_prior(self):
        prior = np.asarray(self.prior)
        is_number = np.issubdtype(prior.dtype, np.number) and np.isrealobj(prior)
        if (
            prior.shape != (self.n_clusters,)
            or not is_number
            or not (np.isfinite(prior) & (prior > 0)).all()
        ):
            raise ValueError(
                f"prior={self.prior!r} should be n_clusters={self.n_clusters} positive "
                "numbers, the shares of the clusters: give as many, or None for equal "
                "ones."
            )

    def _start(self, X, rng):
        start = super()._start(X, rng)
        start.distances = self._distances(X)
        return start

    def _continued(self, X):
        start = super()._continued(X)
        start.distances = self._distances(X)
        return start

    def _default_labels(self, codes, rng):
        # To compare the result with; nothing starts from them.
        kmeans = MiniBatchKMeans(self.n_clusters, n_init=3, random_state=rng)
        return kmeans.fit_predict(codes), []

    def _distances(self, X):
        """Return the distance of each row from its ``n_neighbors``-th neighbour."""
        neighbors = None if self.neighbors is None else clone(self.neighbors)
        X = X.astype(self.dtype, copy=False)  # as the network sees it
        distances = neighbor_distances(X, self.n_neighbors, neighbors)
        is_apart = distances > 0
        if not is_apart.any():
            warn(
                f"Each row of X has n_neighbors={self.n_neighbors} that are equal to "
                "it: none is perturbed, and the clusters may be any. Leave copies out "
                "of X, or raise n_neighbors."
            )
            return distances
        distances[~is_apart] = np.median(distances[is_apart])
        return distances

    def _warn_of_lost_clusters(self, n_found, n_clusters, cause):
        advice = (
            f"Raise mu={self.mu} or n_init={self.n_init}, train for more epochs, or "
            "lower n_clusters."
        )
        super()._warn_of_lost_clusters(n_found, n_clusters, cause or advice)

    def _build(self, start):
        sizes = (start.n_features, *self.hidden_layer_sizes, start.n_clusters)
        return _Module(sizes, self.precision)

    def _begin(self, run, rng):
        module = run.module
        if self.init is not None:
            run.learn_labels(
                "imitate",
                module.assign,
                self._numbered(run.start.labels),
                self.init_epochs,
                X=run.X,
                parameters=module.parameters(),
            )
        elif self.n_init > 1 and self.init_epochs > 0:
            best = run.state.best = BestWeights(module)
            for number in range(self.n_init):
                module.reset()
                self._maximise(run, f"start {number + 1}", self.init_epochs)
                best.update(run.history[-1]["train_loss"])
            best.restore()

    def _train(self, run, rng):
        self._maximise(run, "cluster", self.max_epochs)

    def _maximise(self, run, stage, max_epochs):
        """Train for the information of the rows, and against their perturbations."""
        module = run.module
        weight = next(module.parameters())
        reach = torch.from_numpy(run.start.distances).to(weight)
        log_prior = torch.from_numpy(self._prior()).to(weight).log()

        def loss(x, i):
            # What is clustered are the rows, of which x may be variants.
            log_q = module.assign(x if self.augment is None else run.rows(i))
            q = log_q.detach().exp()
            with running_statistics_kept(module):
                direction = adversarial_direction(
                    module.assign_precisely, x, q, reach[i]
                )
                perturbed = x + self.alpha * reach[i, None] * direction
                perturbation = kl_divergence(q, module.assign(perturbed)).mean()
            return {
                "perturbation": perturbation,
                "uncertainty": self.lam * entropy(log_q).mean(),
                "imbalance": self.lam * self.mu * size_divergence(log_q, log_prior),
            }

        run.stage(stage, loss, max_epochs)

    def _prior(self):
        if self.prior is None:
            return np.full(self.n_clusters, 1 / self.n_clusters)
        prior = np.sort(np.asarray(self.prior, dtype=float))[::-1]
        return prior / prior.sum()

    def _numbered(self, labels):
        """Return labels with numbers by decreasing size, as the prior has them."""
        return order_by_size(labels, self.n_clusters).argsort()[labels]
