"""Deep clustering network."""

from collections.abc import Callable
from numbers import Real
from typing import Any, Literal

import torch
from numpy.typing import ArrayLike
from sklearn.cluster import KMeans
from sklearn.frozen import FrozenEstimator
from torch.nn.functional import nll_loss

from .._compat import Interval
from .._typing import Augment, Dtype, Estimator, Precision, RandomState
from ..base import BaseDeepTransformer, DecoderMixin
from ..losses import squared_distances, student_t_log_assignment
from ._base import BaseCentroidClusterer, CentroidModule

# As the authors' code begins: a center moves by 1/101 of the way to its next point.
_INITIAL_COUNT = 100
_EPOCHS_BETWEEN_KMEANS = 10
# The rate that is careful enough for the joint stage would take too long for the start.
_START_RATE = 10
# Points that are their own centers have none.
_LEAST_VARIANCE = 1e-12


class _Module(CentroidModule):
    def __init__(self, autoencoder, n_clusters, lam):
        super().__init__(autoencoder, n_clusters)
        self.lam = lam
        self.register_buffer("variance", torch.ones(()))

    def assign(self, x):
        distances = squared_distances(self.embed(x), self.centers)
        return (-distances / (2 * self.variance)).log_softmax(1)

    def score(self, x):
        z = self.embed(x)
        nearest = squared_distances(z, self.centers).amin(1)
        return (
            -x.shape[1] * self.autoencoder.relative_errors(x, z)
            - self.lam / 2 * nearest
        )


class DCN(DecoderMixin, BaseCentroidClusterer):
    r"""Deep clustering network.

    Alternates, batch by batch, between training an autoencoder whose embedding lies
    close to the centers, assigning the points, and moving the centers.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters.

    autoencoder : transformer, default=None
        The network to start from: any autoencoder of this package, fitted within
        :meth:`fit`, or a fitted one in a :class:`sklearn.frozen.FrozenEstimator`, whose
        weights are copied. None means ``Autoencoder()``.

    init : clusterer, transformer or array-like of shape (n_samples,), default=None
        The clusters to start from: a clusterer of the autoencoder's codes, a
        transformer of the codes, whose embedding is clustered as by default, or labels,
        with -1 for noise. None means k-means, the best of 20 starts, or
        :class:`~skdeepcluster.GraphDegreeLinkage`: the ones of whose clusters a row's
        label tells more about the labels of its 10 nearest neighbours, by mutual
        information. The paper's start is ``KMeans(n_clusters, n_init=20)``.

    init_space : {"codes", "data"}, default="codes"
        What ``init`` clusters: the autoencoder's codes, or the rows themselves, of
        which neighbours sometimes tell more.

    start_steps : int, default=2000
        Number of steps, at most, in which the embedding learns the clusters of
        ``init``, until the nearest centers are theirs, but for a share ``tol`` of the
        rows. k-means leaves nothing to learn; 0 is the paper's algorithm from other
        starts, too.

    lam : float, default=2.0
        Weight :math:`\lambda` of the distance to the centers.

    tol : float, default=1e-3
        Share of labels that may change in an epoch while they are called quiet.

    patience : int, default=5
        Number of quiet looks in a row that end the training.

    max_epochs : int, default=50
        Number of epochs of the clustering stage, at most.

    lr : float, default=1e-4
        Learning rate of the clustering stage.

    optimizer : callable, default=torch.optim.Adam
        Class of the optimizer.

    augment : callable, default=None
        From a batch (batch, n_features), a tensor, to a variant of it, drawn at random
        for each row, such as :class:`~skdeepcluster.augmentation.RandomAffine` of
        images. Batches pass through it in training; labels, targets and all that
        :meth:`fit` leaves are of the rows themselves.

    batch_size : int, default=256
        Number of rows in a batch.

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
        The clusters of the start, with the numbers of those that they became.

    temperature_ : float
        Temperature of the probabilities: above 1, the assignments of the method are
        surer than rows around each other agree.

    cluster_centers_ : ndarray of shape (n_clusters, n_components)
        Centers in the embedding.

    module_ : torch.nn.Module
        The trained network.

    history_ : list of dict
        One row for each epoch: ``stage`` (those of the autoencoder and of ``init``,
        then "start", where there is something to learn, and "cluster"), ``epoch``,
        ``train_loss``,
        ``reconstruction``, ``clustering``,
        ``n_used_clusters``, ``label_change`` (the share of labels that changed since
        the last look), ``seconds``.

    n_iter_ : int
        Number of epochs run, pre-training included.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen in :meth:`fit`, if they are all strings.

    See Also
    --------
    DEC : Sharpens soft assignments.
    IDEC : Sharpens soft assignments, and keeps the decoder.

    Notes
    -----
    With the encoder :math:`f`, the decoder :math:`g`, the centers :math:`M` and the
    one-hot assignments :math:`s_i`, the loss is

    .. math::

        L = \frac1n \sum_i \frac1v \|x_i - g(f(x_i))\|^2
        + \frac\lambda2 \|f(x_i) - M s_i\|^2,

    both norms sums over their entries, and the former relative to the mean variance
    :math:`v` of the features, so that :math:`\lambda` has no unit of theirs: one that
    was found for data of variance :math:`v` is to be divided by :math:`v`. After each
    step of the network, the batch's points are assigned to their nearest centers, and
    each center moves to the mean of its :math:`c_k` former points and its new ones,
    which is what the paper's sequential rule amounts to; :math:`c_k` begins at 100. All
    points are assigned anew at the start of each epoch. As in the authors' second
    release, k-means is run again from the current centers every 10 epochs, after which
    :math:`c_k` is 100 again. Before, unless the nearest centers are those of the
    start's clusters from the first, the Student-t assignments of :class:`DEC` learn
    them, beside the reconstruction. An autoencoder with another ``likelihood`` has its
    error, times the number of features, in the place of the squared one, and one with a
    ``corruption`` hides inputs here, too.

    :meth:`soft_predict` is :math:`\propto \exp(-\|z - \mu_k\|^2 / 2 \sigma^2)` with
    :math:`\sigma^2` the training data's variance around their centers;
    :meth:`score_samples` is minus the row's loss.

    References
    ----------
    .. [1] Yang, B., Fu, X., Sidiropoulos, N. D., Hong, M. (2017). Towards
       K-means-friendly spaces: simultaneous deep learning and clustering. ICML.
       https://arxiv.org/abs/1610.04794

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import DCN, Autoencoder
    >>> X = load_digits().data / 16
    >>> autoencoder = Autoencoder(hidden_layer_sizes=(64,), max_epochs=5)
    >>> dcn = DCN(10, autoencoder=autoencoder, max_epochs=5, random_state=0).fit(X)
    >>> dcn.labels_.shape, dcn.transform(X).shape, dcn.soft_predict(X).shape
    ((1797,), (1797, 10), (1797, 10))
    """

    _parameter_constraints: dict = {
        **BaseCentroidClusterer._parameter_constraints,
        "lam": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        autoencoder: BaseDeepTransformer | FrozenEstimator | None = None,
        init: Estimator | ArrayLike | None = None,
        init_space: Literal["codes", "data"] = "codes",
        start_steps: int = 2000,
        lam: float = 2.0,
        tol: float = 1e-3,
        patience: int = 5,
        max_epochs: int = 50,
        lr: float = 1e-4,
        optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam,
        augment: Augment | None = None,
        batch_size: int = 256,
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
        self.start_steps = start_steps
        self.lam = lam
        self.tol = tol
        self.patience = patience
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

    def _build(self, start):
        return _Module(start.autoencoder, start.n_clusters, self.lam)

    def _begin(self, run, rng):
        module = run.module
        self._place_centers(run)
        labels = torch.from_numpy(run.start.labels).to(module.centers.device)

        def loss(x, i):
            z = module.embed(x)
            log_q = student_t_log_assignment(z, module.centers)
            return {
                "reconstruction": module.autoencoder.denoising_error(x, z),
                "clustering": nll_loss(log_q, labels[i]),
            }

        self._learn_start(run, loss, lambda epoch: _START_RATE)

    def _train(self, run, rng):
        module, state = run.module, run.state
        state.counts = module.centers.new_full((len(module.centers),), _INITIAL_COUNT)
        state.epoch = 0

        def loss(x, i):
            z = module.embed(x)
            own_centers = module.centers[state.labels[i]].detach()
            distances = (z - own_centers).square().sum(1)
            reconstruction = module.autoencoder.denoising_error(x, z)
            return {
                "reconstruction": x.shape[1] * reconstruction,
                "clustering": self.lam / 2 * distances.mean(),
            }

        @torch.no_grad()
        def assign_and_move_centers(x, i):
            z = module.embed(x)
            nearest = squared_distances(z, module.centers).argmin(1)
            state.labels[i] = nearest
            move_centers(module.centers, state.counts, z, nearest)

        def refresh():
            if state.epoch and state.epoch % _EPOCHS_BETWEEN_KMEANS == 0:
                self._restart_kmeans(run)
                state.counts.fill_(_INITIAL_COUNT)
            state.epoch += 1
            state.labels = run.map(module.assign).argmax(1)
            # A copy, for the labels change with the centers.
            labels = state.labels.numpy(force=True).copy()
            return run.settled(labels, tol=self.tol, patience=self.patience)

        run.stage(
            "cluster",
            loss,
            self.max_epochs,
            parameters=module.autoencoder.parameters(),
            refresh=refresh,
            after_step=assign_and_move_centers,
        )
        distances = run.map(
            lambda x: squared_distances(module.embed(x), module.centers)
        )
        variance = distances.amin(1).mean() / module.n_components
        module.variance.copy_(variance.clamp_min(_LEAST_VARIANCE))

    def _restart_kmeans(self, run):
        """Run k-means from the current centers; it fills empty clusters anew."""
        centers = run.module.centers.numpy(force=True)
        kmeans = KMeans(self.n_clusters, init=centers, n_init=1).fit(run.embed())
        with torch.no_grad():
            run.module.centers.copy_(torch.from_numpy(kmeans.cluster_centers_))


def move_centers(centers, counts, z, labels):
    """Move each center, in place, to the mean of its former and its new points.

    The same as ``counts[k] += 1; centers[k] -= (centers[k] - z_i) / counts[k]`` for
    one point after the other.

    Parameters
    ----------
    centers : tensor of shape (k, d)
        Centers.

    counts : tensor of shape (k,)
        Numbers of the points that they are the means of.

    z : tensor of shape (n, d)
        New points.

    labels : tensor of shape (n,)
        The centers of the new points.
    """
    sums = torch.zeros_like(centers).index_add_(0, labels, z)
    # Not by bincount, which waits for the device to know how many there are.
    new = torch.zeros_like(counts).index_add_(0, labels, torch.ones_like(z[:, 0]))
    centers.mul_(counts[:, None]).add_(sums).div_((counts + new)[:, None])
    counts += new
