"""Improved deep embedded clustering."""

from collections.abc import Callable
from numbers import Real
from typing import Any, Literal

import torch
from numpy.typing import ArrayLike
from sklearn.frozen import FrozenEstimator

from .._compat import Interval
from .._typing import Augment, Dtype, Estimator, Precision, RandomState
from ..base import BaseDeepTransformer, DecoderMixin
from ..losses import kl_divergence, target_distribution
from ._self_training import BaseSelfTraining, SelfTrainingModule


class _Module(SelfTrainingModule):
    def __init__(self, autoencoder, n_clusters, dof, gamma):
        super().__init__(autoencoder, n_clusters, dof)
        self.gamma = gamma
        # The clusters' soft sizes in the training data.
        self.register_buffer("frequencies", torch.ones(n_clusters))

    def score(self, x):
        z = self.embed(x)
        log_q = self.assign_embedded(z)
        target = target_distribution(log_q, self.frequencies)
        reconstruction = self.autoencoder.relative_errors(x, z)
        return -reconstruction - self.gamma * kl_divergence(target, log_q)

    def reorder(self, order):
        super().reorder(order)
        self.frequencies.copy_(self.frequencies[order])


class IDEC(DecoderMixin, BaseSelfTraining):
    r"""Improved deep embedded clustering.

    DEC that goes on training the decoder as well: the embedding has to keep what the
    data are restored from.

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

    gamma : float, default=1.0
        Weight of the clustering loss.

    dof : float, default=1.0
        Degrees of freedom :math:`\nu` of the Student-t kernel.

    update_interval : int, default=None
        Number of batches between two updates of the target distribution, which is
        computed from all data. None means the authors' 140, or an epoch if that is
        longer.

    tol : float, default=1e-3
        Share of labels that may change between two updates while they are called
        quiet.

    patience : int, default=5
        Number of quiet updates in a row that end the training.

    max_epochs : int, default=100
        Number of epochs of the clustering stage, at most.

    lr : float, default=1e-3
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
    DEC : The same without the decoder.
    DCN : Pulls the embedding towards k-means' centers.

    Notes
    -----
    With the encoder :math:`f`, the decoder :math:`g`, and :math:`p` and :math:`q` as
    in :class:`DEC`, the loss is

    .. math::

        L = \frac1{ndv} \sum_i \|x_i - g(f(x_i))\|^2
        + \gamma \frac1n \sum_i \sum_k p_{ik} \log \frac{p_{ik}}{q_{ik}}.

    The squared error is a mean over the :math:`d` features, as in the authors' code,
    for which :math:`\gamma = 0.1` was chosen; their paper writes a sum. It is relative
    to the features' mean variance :math:`v`, so that :math:`\gamma` has no unit: one
    that was found for data of variance :math:`v` is to be divided by :math:`v`. The
    authors' images had 1.7. The default is what 0.1 is on pixels in [0, 1], with a
    variance of 0.07.

    An autoencoder with another ``likelihood`` has its error in the place of the squared
    one, and one with a ``corruption`` hides inputs here, too.
    :meth:`score_samples` is minus the row's loss.

    References
    ----------
    .. [1] Guo, X., Gao, L., Liu, X., Yin, J. (2017). Improved deep embedded clustering
       with local structure preservation. IJCAI.
       https://www.ijcai.org/proceedings/2017/243

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import IDEC, Autoencoder
    >>> X = load_digits().data / 16
    >>> autoencoder = Autoencoder(hidden_layer_sizes=(64,), max_epochs=5)
    >>> idec = IDEC(10, autoencoder=autoencoder, max_epochs=5, random_state=0).fit(X)
    >>> idec.labels_.shape, idec.transform(X).shape, idec.soft_predict(X).shape
    ((1797,), (1797, 10), (1797, 10))
    """

    _parameter_constraints: dict = {
        **BaseSelfTraining._parameter_constraints,
        "gamma": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        autoencoder: BaseDeepTransformer | FrozenEstimator | None = None,
        init: Estimator | ArrayLike | None = None,
        init_space: Literal["codes", "data"] = "codes",
        start_steps: int = 2000,
        gamma: float = 1.0,
        dof: float = 1.0,
        update_interval: int | None = None,
        tol: float = 1e-3,
        patience: int = 5,
        max_epochs: int = 100,
        lr: float = 1e-3,
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
        self.gamma = gamma
        self.dof = dof
        self.update_interval = update_interval
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
        return _Module(start.autoencoder, start.n_clusters, self.dof, self.gamma)

    def _loss(self, module, x, p):
        z = module.embed(x)
        return {
            "reconstruction": module.autoencoder.denoising_error(x, z),
            "clustering": self.gamma * module.clustering_loss(z, p),
        }

    def _train(self, run, rng):
        super()._train(run, rng)
        run.module.frequencies.copy_(run.map(run.module.assign).exp().sum(0))
