"""Joint variational attention and automatic clustering."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.frozen import FrozenEstimator
from torch import nn

from .._compat import Interval, StrOptions
from .._parts import MixturePriorMixin, check_layer_sizes
from .._typing import Augment, Dtype, Estimator, Precision, RandomState, Sizes
from ..autoencoders import AttentionAutoencoder, PretrainingMixin
from ..base import BaseDeepClusterer, DecoderMixin, warn
from ..losses import mixture_kl
from ..modules import MixturePrior, autocast, mlp, reorder_outputs

# The energy of the attention over that of z, from which on it has taken over.
_LARGEST_ENERGY_RATIO = 20


class _Module(nn.Module):
    def __init__(self, autoencoder, sizes, covariance_type, lam, space, precision):
        super().__init__()
        self.autoencoder = autoencoder
        autoencoder.embed_in(space)
        self.n_components = autoencoder.n_components
        self.head = mlp(sizes)
        self.prior = MixturePrior(sizes[-1], sizes[0], covariance_type)
        self.lam = lam
        self.precision = precision

    def embed(self, x):
        return self.autoencoder.embed(x)

    def decode(self, code):
        return self.autoencoder.decode(code)

    @autocast
    def logits(self, mean):
        return self.head(mean)

    def log_classes(self, mean):
        """log q(c | x) (batch, n_clusters)."""
        return self.logits(mean).log_softmax(1)

    def assign(self, x):
        return self.log_classes(self.autoencoder.latent(x)[0])

    def kl(self, mean, log_var):
        """lambda KL(q(s, c | x) || p(s, c)) (batch,)."""
        expected = self.prior.expected_log_joint(mean, log_var)
        return self.lam * mixture_kl(self.log_classes(mean), expected, log_var)

    def score(self, x):
        return self.autoencoder.objective(x, self.kl)

    def reorder(self, order):
        reorder_outputs(self.head[-1], order)
        self.prior.reorder(order)

    def monitors(self, x):
        """Labels, those by the prior, the energies of z and a (batch, 4)."""
        z, a = self.autoencoder.posteriors(x)
        mean, _ = self.autoencoder.clustered(z, a)
        labels = self.log_classes(mean).argmax(1)
        by_prior = self.prior.log_joint(mean).argmax(1)
        energies = [0.5 * part[0].square().sum(1) for part in (z, a)]
        return torch.stack([labels, by_prior, *energies], 1)


class DVAEC(MixturePriorMixin, PretrainingMixin, DecoderMixin, BaseDeepClusterer):
    r"""Joint variational attention and automatic clustering.

    A variational autoencoder with attention to its encoder's layers, and a network that
    predicts the clusters directly from its codes, trained together, with a normal
    distribution of the codes for each cluster. New rows can be drawn from each cluster.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters.

    autoencoder : AttentionAutoencoder, default=None
        The network to start from, fitted within :meth:`fit`, or a fitted one in a
        :class:`sklearn.frozen.FrozenEstimator`, whose weights are copied. None means
        an ``AttentionAutoencoder`` with parts as wide as ``n_clusters``, and no less
        than 10. Its precision :math:`\tau` and weight :math:`\gamma_a`, and how it
        combines its parts, hold in the joint stage as well.

    init : clusterer, transformer or array-like of shape (n_samples,), default=None
        The clusters to start from: a clusterer of the autoencoder's codes, a
        transformer of the codes, whose embedding is clustered as by default, or labels,
        with -1 for noise. None means k-means, the best of 20 starts, or
        :class:`~skdeepcluster.GraphDegreeLinkage`: the ones of whose clusters a row's
        label tells more about the labels of its 10 nearest neighbours, by mutual
        information.

    init_space : {"codes", "data"}, default="codes"
        What ``init`` clusters: the autoencoder's codes, or the rows themselves, of
        which neighbours sometimes tell more.

    lam : float, default=1.0
        Weight :math:`\lambda` of the clusters.

    covariance_type : {"full", "tied", "identity"}, default="full"
        Covariances of the clusters' codes: learned, with the clusters' weights, or the
        identity matrix and equal weights. "full" ones fit the oblique clusters of an
        autoencoder's codes better; a "tied" one, of all clusters, has fewer entries to
        learn in codes of many dimensions.

    space : {"z+a", "z"}, default="z+a"
        What :meth:`transform` returns: the code, or its part without attention.

    head_hidden_layer_sizes : sequence of int, default=(256,)
        Units of the hidden layers of the network that predicts the clusters.

    class_epochs : int, default=30
        Largest number of epochs in which that network learns the clusters of the start,
        until all rows have theirs with more than half of the probability.

    max_epochs : int, default=150
        Largest number of epochs of the joint stage.

    tol : float, default=1e-3
        Share of labels that may change in an epoch while they are called settled.

    patience : int, default=2
        Number of settled epochs in a row that end the joint stage.

    lr : float, default=1e-3
        Learning rate of these stages.

    optimizer : callable, default=torch.optim.Adam
        Class of the optimizer.

    augment : callable, default=None
        From a batch (batch, n_features), a tensor, to a variant of it, drawn at random
        for each row, such as :class:`~skdeepcluster.augmentation.RandomAffine` of
        images. Batches pass through it in training; labels, targets and all that
        :meth:`fit` leaves are of the rows themselves.

    batch_size : int, default=128
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

    weights_ : ndarray of shape (n_clusters,)
        Weights of the clusters.

    means_ : ndarray of shape (n_clusters, n_components)
        Means of the clusters' codes.

    covariances_ : ndarray of shape (n_clusters, n_components, n_components)
        Their covariances.

    module_ : torch.nn.Module
        The trained network.

    history_ : list of dict
        One row for each epoch: ``stage`` (that of the autoencoder, then "classes",
        "cluster"), ``epoch``, ``train_loss``, ``seconds``; in the joint stage
        ``reconstruction``, ``attention``, ``kl``, ``n_used_clusters``,
        ``label_change``, the energies ``energy_z`` and ``energy_a`` in nats, of which
        one near 0 tells of a part that is not used, and ``agreement``, the share of
        rows whose cluster is the most probable one of their codes as well.

    n_iter_ : int
        Number of epochs run, those of the autoencoder included.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen in :meth:`fit`, if they are all strings.

    See Also
    --------
    AttentionAutoencoder : Its start.
    VaDE : Its clusters are those with the most probable codes.

    Notes
    -----
    With the parts :math:`q(z|x)` and :math:`q(a|x)` of an
    :class:`AttentionAutoencoder`'s code :math:`s = z + a`, normal with the mean
    :math:`m` and the variances :math:`v`, the decoder :math:`g`, the probabilities
    :math:`q_c` by the network at :math:`m`, and clusters with the weights
    :math:`\pi_c`, the means :math:`\mu_c` and the covariances :math:`\Sigma_c`, the
    loss is the mean over the rows of

    .. math:: \frac\tau2 E \|x - g(s)\|^2 + \gamma_a KL(q(a|x) \,\|\, N(0, I)) + \lambda
              \sum_c q_c \Big(KL\big(N(m, \operatorname{diag} v) \,\|\,
              N(\mu_c, \Sigma_c)\big) + \log \frac{q_c}{\pi_c}\Big),

    with one draw for the expectation; for :math:`\lambda = 1` this is a bound of
    :math:`-\log p(x)`. The clusters of the start give their
    weights, means and covariances, enlarged by the mean of the variances :math:`v`, and
    the labels that the network learns first. :meth:`transform` returns :math:`m`,
    :meth:`score_samples` minus the loss there.

    The paper's slides, all that is public of it, state the encoder of several layers,
    the two variational parts, attention between the layers, the sum, the direct
    prediction of the clusters, the joint training and :math:`\lambda`. The form of the
    attention, of the loss and of the start, and all sizes, are a reconstruction from
    the methods that it stands on, [2]_ and variational autoencoders with a class, whose
    covariances are the identity.

    References
    ----------
    .. [1] Feature-aware unsupervised learning with joint variational attention and
       automatic clustering. ICPR, 2020.

    .. [2] Bahuleyan, H., Mou, L., Vechtomova, O., Poupart, P. (2018). Variational
       attention for sequence-to-sequence models. COLING.
       https://arxiv.org/abs/1712.08207

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import DVAEC, AttentionAutoencoder
    >>> X = load_digits().data / 16
    >>> attention = AttentionAutoencoder(hidden_layer_sizes=(64, 64), max_epochs=10)
    >>> dvaec = DVAEC(10, autoencoder=attention, max_epochs=5, random_state=0).fit(X)
    >>> dvaec.labels_.shape, dvaec.transform(X).shape
    ((1797,), (1797, 10))
    >>> digits, clusters = dvaec.sample(3, cluster=0)
    >>> digits.shape
    (3, 64)
    """

    _parameter_constraints: dict = {
        **BaseDeepClusterer._parameter_constraints,
        **PretrainingMixin._parameter_constraints,
        "covariance_type": [StrOptions({"full", "tied", "identity"})],
        "lam": [Interval(Real, 0, None, closed="left")],
        "space": [StrOptions({"z+a", "z"})],
        "head_hidden_layer_sizes": ["array-like"],
        "class_epochs": [Interval(Integral, 0, None, closed="left")],
        "tol": [Interval(Real, 0, 1, closed="both")],
        "patience": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        autoencoder: AttentionAutoencoder | FrozenEstimator | None = None,
        init: Estimator | ArrayLike | None = None,
        init_space: Literal["codes", "data"] = "codes",
        lam: float = 1.0,
        covariance_type: Literal["full", "tied", "identity"] = "full",
        space: Literal["z+a", "z"] = "z+a",
        head_hidden_layer_sizes: Sizes = (256,),
        class_epochs: int = 30,
        max_epochs: int = 150,
        tol: float = 1e-3,
        patience: int = 2,
        lr: float = 1e-3,
        optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam,
        augment: Augment | None = None,
        batch_size: int = 128,
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
        self.lam = lam
        self.covariance_type = covariance_type
        self.space = space
        self.head_hidden_layer_sizes = head_hidden_layer_sizes
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

    _autoencoders = (AttentionAutoencoder,)

    def _default_autoencoder(self):
        return AttentionAutoencoder(max(10, self.n_clusters))

    def _check_fit(self, X):
        super()._check_fit(X)
        check_layer_sizes("head_hidden_layer_sizes", self.head_hidden_layer_sizes)

    def _codes(self, autoencoder, X):
        return autoencoder._apply(lambda x: autoencoder.module_.latent(x)[0], X)

    def _build(self, start):
        sizes = (
            start.autoencoder.n_latent,
            *self.head_hidden_layer_sizes,
            self.n_clusters,
        )
        return _Module(
            start.autoencoder,
            sizes,
            self.covariance_type,
            self.lam,
            self.space,
            self.precision,
        )

    def _begin(self, run, rng):
        """Take the start's clusters for the prior, and teach them to the network."""
        module = run.module
        latent = run.map(lambda x: torch.cat(module.autoencoder.latent(x), 1))
        means, log_vars = np.hsplit(latent.numpy(force=True), 2)
        variances = np.exp(log_vars).mean(0, dtype=np.float64)
        self._start_prior(module.prior, means, run.start.labels, variances)
        run.learn_labels(
            "classes",
            module.log_classes,
            run.start.labels,
            self.class_epochs,
            X=means,
            parameters=module.head.parameters(),
        )

    def _train(self, run, rng):
        module = run.module

        def refresh():
            labels, by_prior, energy_z, energy_a = run.map(module.monitors).unbind(1)
            run.record(
                energy_z=energy_z.mean().item(),
                energy_a=energy_a.mean().item(),
                agreement=(labels == by_prior).double().mean().item(),
            )
            labels = labels.numpy(force=True)
            return run.settled(labels, tol=self.tol, patience=self.patience)

        def loss(x, i):
            terms, mean, log_var = module.autoencoder.terms(x, x)
            return {**terms, "kl": module.kl(mean, log_var).mean()}

        run.stage("cluster", loss, self.max_epochs, refresh=refresh)
        if self.max_epochs:
            # Where an epoch is less than a pass, not all of them were measured.
            measured = [row for row in run.history if "energy_z" in row]
            self._warn_of_bypass(**measured[-1])

    def _warn_of_bypass(self, energy_z, energy_a, **others):
        if energy_a > _LARGEST_ENERGY_RATIO * energy_z:
            autoencoder = self._autoencoder()
            warn(
                f"The part z of DVAEC's codes has an energy of {energy_z:.2g} nats, "
                f"the attention one of {energy_a:.2g}, which bypasses it. Raise "
                f"attention_weight={autoencoder.attention_weight} of the autoencoder"
                + ("." if autoencoder.combine == "sum" else ", or set combine='sum'.")
            )

    def _draw_codes(self, labels, rng):
        codes = super()._draw_codes(labels, rng)
        if self.module_.autoencoder.is_sum:
            return codes
        return np.hstack([codes, rng.normal(size=codes.shape)])
