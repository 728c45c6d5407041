"""Deep embedded regularized clustering."""

from collections.abc import Callable
from numbers import Real
from typing import Any, Literal

import torch
from numpy.typing import ArrayLike
from sklearn.frozen import FrozenEstimator
from torch import nn
from torch.nn.functional import dropout, normalize

from .._compat import Interval, StrOptions
from .._labels import cluster_means
from .._typing import Augment, Dtype, Estimator, Precision, RandomState
from ..base import BaseDeepTransformer, DecoderMixin
from ..losses import (
    balanced_frequencies,
    balanced_target,
    kl_divergence,
    target_distribution,
)
from ..modules import add_noise, reorder_outputs
from ._base import BaseEmbeddingClusterer


class _Module(nn.Module):
    def __init__(self, autoencoder, n_clusters, rate, target):
        super().__init__()
        self.autoencoder = autoencoder
        self.n_components = autoencoder.n_components
        self.head = nn.Linear(self.n_components, n_clusters)
        # What the clusters' sizes weigh in the target, of the training data.
        self.register_buffer("frequencies", torch.ones(n_clusters))
        self.rate = rate
        self.is_sharpened = target == "sharpened"
        # A network of one's own may have no encoder to look into.
        add_noise(getattr(autoencoder.network, "encoder", nn.Module()), rate)

    def embed(self, x):
        return self.autoencoder.embed(x)

    def decode(self, z):
        return self.autoencoder.decode(z)

    def assign_embedded(self, z):
        # By explicit sums: the last bit of so small a product of matrices may depend on
        # a row's place in the batch.
        products = (z[:, None] * self.head.weight).sum(-1)
        return (products + self.head.bias).log_softmax(1)

    def assign(self, x):
        return self.assign_embedded(self.embed(x))

    @torch.no_grad()
    def set_frequencies(self, log_p):
        is_sharpened = self.is_sharpened
        found = log_p.exp().sum(0) if is_sharpened else balanced_frequencies(log_p)
        self.frequencies.copy_(found)

    def target(self, log_p):
        form = target_distribution if self.is_sharpened else balanced_target
        return form(log_p, self.frequencies)

    def score(self, x):
        z = self.embed(x)
        log_p = self.assign_embedded(z)
        reconstruction = self.autoencoder.relative_errors(x, z)
        return -reconstruction - kl_divergence(self.target(log_p), log_p)

    def reorder(self, order):
        reorder_outputs(self.head, order)
        self.frequencies.copy_(self.frequencies[order])


class DEPICT(DecoderMixin, BaseEmbeddingClusterer):
    r"""Deep embedded regularized clustering.

    A softmax of an autoencoder's embedding learns the clusters of a start, and then its
    own assignments of the rows, sharpened and made even, from rows and hidden units
    that are hidden at random.

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
        Number of steps, at most, in which the softmax learns the clusters of ``init``,
        until the share of rows for which their cluster is more likely than not has not
        risen by more than ``tol`` at ``patience`` looks in a row.

    target : {"sharpened", "balanced"}, default="sharpened"
        What the assignments are pulled towards: their squares over the clusters' sizes,
        as in the authors' code, or what solves their paper's problem, which makes them
        even and no sharper.

    dropout : float, default=0.1
        Probability with which an input, or an output of a hidden layer of the encoder,
        is set to zero in training, the others being scaled up. Targets, and all that
        :meth:`fit` leaves, come from the network without.

    tol : float, default=1e-3
        Share of labels that may change between two looks while they are called quiet.
        The rows are looked at every 140 batches, or every epoch if that is longer.

    patience : int, default=5
        Number of quiet looks in a row that end the training.

    max_epochs : int, default=100
        Number of epochs of the clustering stage, at most.

    lr : float, default=1e-3
        Learning rate of the two stages.

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

    module_ : torch.nn.Module
        The trained network.

    history_ : list of dict
        One row for each epoch: ``stage`` (those of the autoencoder and of ``init``,
        then "start" and "cluster"), ``epoch``, ``train_loss``, ``reconstruction``,
        ``clustering``, ``agreement`` (in "start", the share of rows for which their
        cluster of the start is more likely than not), ``n_used_clusters``,
        ``label_change`` (the share of labels that changed since the last look),
        ``seconds``.

    n_iter_ : int
        Number of epochs run, pre-training included.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen in :meth:`fit`, if they are all strings.

    See Also
    --------
    IDEC : Sharpens assignments to centers, without noise.
    InductiveClusterer : Learns the clusters of a start alone.

    Notes
    -----
    With the encoder :math:`f`, the decoder :math:`g` and the softmax
    :math:`p(z) = \operatorname{softmax}(W z + b)`, whose weights :math:`W` begin as the
    unit vectors towards the means of the start's clusters, the loss is

    .. math::

        L = \frac1n \sum_i \ell(x_i, g(\tilde z_i))
        + \frac1n \sum_i \sum_k t_{ik} \log \frac{t_{ik}}{p_k(\tilde z_i)},

    where :math:`\tilde z` is the embedding on the noisy path, through ``dropout``, and
    :math:`\ell` the error of the autoencoder, relative to the features' variance where
    it is squared. The target :math:`t` is the start's clusters at first, then, anew
    at each look, from the clean path's :math:`p_{ik} = p_k(f(x_i))`,

    * "sharpened": :math:`t_{ik} \propto p_{ik}^2 / \sum_i p_{ik}` of :class:`DEC`,
      which the authors' code has;
    * "balanced": :math:`t_{ik} \propto p_{ik} / f_k` with
      :math:`f_k = \frac1n \sum_i t_{ik}`, which minimises the paper's
      :math:`\frac1n \sum_i KL(t_i \| p_i) + KL(f \| u)` with the uniform :math:`u`;
      the paper's own :math:`t_{ik} \propto p_{ik} / \sqrt{\sum_i p_{ik}}` is one step
      towards it.

    The autoencoder is one of this package, with a linear code, in the place of theirs
    with a bounded one of ``n_clusters`` units; their reconstruction of hidden layers
    is left out. Noise in hidden layers is behind each ReLU of the encoder; a
    ``module`` of your own without an ``encoder`` has noise in its inputs alone. It
    takes the place of the autoencoder's ``corruption``.
    :meth:`soft_predict` is from :math:`p(f(x))`; :meth:`score_samples` is minus the
    row's loss on the clean path.

    The authors' start is k-means, and for their smaller data an agglomeration of a
    graph of neighbours, which tells on them: ``init=GraphDegreeLinkage(n_clusters)``
    with ``init_space="data"`` is of that kind.

    References
    ----------
    .. [1] Ghasedi Dizaji, K., Herandi, A., Deng, C., Cai, W., Huang, H. (2017). Deep
       clustering via joint convolutional autoencoder embedding and relative entropy
       minimization. ICCV. https://arxiv.org/abs/1704.06327

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import DEPICT, Autoencoder
    >>> X = load_digits().data / 16
    >>> autoencoder = Autoencoder(hidden_layer_sizes=(64,), max_epochs=5)
    >>> depict = DEPICT(10, autoencoder=autoencoder, max_epochs=5, random_state=0)
    >>> depict.fit(X).labels_.shape, depict.transform(X).shape
    ((1797,), (1797, 10))
    """

    _parameter_constraints: dict = {
        **BaseEmbeddingClusterer._parameter_constraints,
        "target": [StrOptions({"sharpened", "balanced"})],
        "dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        autoencoder: BaseDeepTransformer | FrozenEstimator | None = None,
        init: Estimator | ArrayLike | None = None,
        init_space: Literal["codes", "data"] = "codes",
        start_steps: int = 2000,
        target: Literal["sharpened", "balanced"] = "sharpened",
        dropout: float = 0.1,
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
        self.target = target
        self.dropout = dropout
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
        return _Module(start.autoencoder, start.n_clusters, self.dropout, self.target)

    def _begin(self, run, rng):
        module, start, state = run.module, run.start, run.state
        means = cluster_means(start.codes, start.labels, start.n_clusters)
        with torch.no_grad():
            module.head.weight.copy_(normalize(torch.from_numpy(means)))
            module.head.bias.zero_()
        labels = torch.from_numpy(start.labels).to(run.net.device)
        state.target = torch.eye(start.n_clusters).to(module.frequencies)[labels]
        state.agreement, state.age = -1.0, 0

        def refresh():
            own = run.map(module.assign).gather(1, labels[:, None])
            agreement = (own.exp() > 0.5).double().mean().item()
            run.record(agreement=agreement)
            has_risen = agreement > state.agreement + self.tol
            state.agreement = max(agreement, state.agreement)
            state.age = 0 if has_risen else state.age + 1
            return state.age >= self.patience

        n_epochs = -(-self.start_steps // run.n_steps)
        self._stage(run, "start", n_epochs, refresh)

    def _train(self, run, rng):
        module, state = run.module, run.state

        def refresh():
            log_p = run.map(module.assign)
            module.set_frequencies(log_p)
            state.target = module.target(log_p)
            labels = log_p.argmax(1).numpy(force=True)
            return run.settled(labels, tol=self.tol, patience=self.patience)

        self._stage(run, "cluster", self.max_epochs, refresh)
        module.set_frequencies(run.map(module.assign))

    def _stage(self, run, name, max_epochs, refresh):
        """Train towards the targets in the state, on the noisy path."""
        module, state = run.module, run.state

        def loss(x, i):
            z = module.embed(dropout(x, self.dropout))
            log_p = module.assign_embedded(z)
            return {
                "reconstruction": module.autoencoder.relative_error(x, z),
                "clustering": kl_divergence(state.target[i], log_p).mean(),
            }

        run.stage(name, loss, max_epochs, refresh=refresh, interval=self._interval(run))
