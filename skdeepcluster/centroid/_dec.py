"""Deep embedded clustering."""

from collections.abc import Callable
from typing import Any, Literal

import torch
from numpy.typing import ArrayLike
from sklearn.frozen import FrozenEstimator

from .._typing import Augment, Dtype, Estimator, Precision, RandomState
from ..base import BaseDeepTransformer
from ..losses import squared_distances
from ._self_training import BaseSelfTraining, SelfTrainingModule


class _Module(SelfTrainingModule):
    def score(self, x):
        return -squared_distances(self.embed(x), self.centers).amin(1)


class DEC(BaseSelfTraining):
    r"""Deep embedded clustering.

    Starts from clusters in the embedding of an autoencoder, and then trains encoder and
    centers towards a sharpened form of their own assignments. The decoder is left
    behind.

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

    dof : float, default=1.0
        Degrees of freedom :math:`\nu` of the Student-t kernel.

    update_interval : int, default=None
        Number of batches between two updates of the target distribution, which is
        computed from all data. None means the authors' 140, or an epoch if that is
        longer.

    tol : float, default=1e-3
        Share of labels that may change between two updates while they are called
        quiet.

    patience : int, default=3
        Number of quiet updates in a row that end the training.

    max_epochs : int, default=100
        Number of epochs of the clustering stage, at most.

    lr : float, default=0.1
        Learning rate of the clustering stage. The default without momentum moves as
        far as the authors' 0.01 with a momentum of 0.9.

    optimizer : callable, default=torch.optim.SGD
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
    IDEC : Keeps the decoder, which preserves the structure of the embedding.
    DCN : Pulls the embedding towards k-means' centers.

    Notes
    -----
    With the embedding :math:`z_i` and the centers :math:`\mu_k`, the loss is

    .. math::

        L = \frac1n \sum_i \sum_k p_{ik} \log \frac{p_{ik}}{q_{ik}}, \qquad
        q_{ik} \propto (1 + \|z_i - \mu_k\|^2 / \nu)^{-(\nu + 1) / 2}, \qquad
        p_{ik} \propto q_{ik}^2 / f_k, \quad f_k = \sum_i q_{ik}.

    As in the paper, the target :math:`p` is computed from all data and held fixed
    between updates. At the start it is 1 for a row's cluster of ``init`` and 0 for the
    others, until the assignments are these. :meth:`score_samples` is minus the row's
    squared distance from the nearest center: its divergence, which has no part of what
    a row is like, would take noise for the best of rows.

    References
    ----------
    .. [1] Xie, J., Girshick, R., Farhadi, A. (2016). Unsupervised deep embedding for
       clustering analysis. ICML. https://arxiv.org/abs/1511.06335

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import DEC, Autoencoder
    >>> X = load_digits().data / 16
    >>> autoencoder = Autoencoder(hidden_layer_sizes=(64,), max_epochs=5)
    >>> dec = DEC(10, autoencoder=autoencoder, max_epochs=5, random_state=0).fit(X)
    >>> dec.labels_.shape, dec.transform(X).shape, dec.soft_predict(X).shape
    ((1797,), (1797, 10), (1797, 10))
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        autoencoder: BaseDeepTransformer | FrozenEstimator | None = None,
        init: Estimator | ArrayLike | None = None,
        init_space: Literal["codes", "data"] = "codes",
        start_steps: int = 2000,
        dof: float = 1.0,
        update_interval: int | None = None,
        tol: float = 1e-3,
        patience: int = 3,
        max_epochs: int = 100,
        lr: float = 0.1,
        optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.SGD,
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
        return _Module(start.autoencoder, start.n_clusters, self.dof)

    def _loss(self, module, x, p):
        return {"clustering": module.clustering_loss(module.embed(x), p)}
