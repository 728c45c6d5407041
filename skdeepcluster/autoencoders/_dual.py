"""The dual autoencoder of DSCDAN."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from .._compat import Interval
from .._parts import (
    ReconPrecisionMixin,
    check_image_shape,
    check_seen_layers,
)
from .._typing import (
    Augment,
    Dtype,
    ImageShape,
    Likelihood,
    Precision,
    RandomState,
    Sizes,
)
from ..base import BaseDeepTransformer
from ..losses import gaussian_kl, jensen_shannon_loss, squared_error
from ..modules import (
    ConvSites,
    GroupSites,
    VariationalModule,
    autocast,
    draw_normal,
    mlp,
    split_normal,
)

_CRITIC_UNITS = (120, 120, 120)
# Width of what tells the local critic which group of features it sees.
_SITE_EMBEDDING = 8


class DualModule(VariationalModule):
    """A variational autoencoder with critics of the information in its codes.

    Parameters
    ----------
    network : torch.nn.Module
        A :class:`ConvSites` or a :class:`GroupSites`, with means and log-variances for
        outputs.

    n_components, likelihood, recon_precision, precision, corruption
        As of the base class.

    weights : dict
        The weights ``delta``, ``relative_weight``, ``beta`` and ``gamma``.
    """

    def __init__(
        self,
        network,
        n_components,
        likelihood,
        recon_precision,
        precision,
        *,
        corruption,
        weights,
    ):
        super().__init__(
            network,
            n_components,
            likelihood,
            recon_precision,
            precision,
            corruption=corruption,
        )
        self.weights = weights
        n_sites, n_channels = network.n_sites, network.n_channels
        self.global_critic = mlp(
            (n_sites * n_channels + n_components, *_CRITIC_UNITS, 1)
        )
        # Convolutions share their weights between the sites, groups do not.
        width = 0 if isinstance(network, ConvSites) else _SITE_EMBEDDING
        self.site_embedding = nn.Parameter(torch.randn(n_sites, width))
        self.local_critic = mlp((n_channels + n_components + width, *_CRITIC_UNITS, 1))

    @autocast
    def sites(self, x):
        return self.network.sites(self.inputs(x))

    @autocast
    def head(self, sites):
        return self.network.head(sites)

    def encode(self, x):
        return self.head(self.sites(x))

    def bound(self, x, prior):
        """Minus the loss of each row at the mean, but for the critics' (batch,).

        Parameters
        ----------
        x : tensor of shape (batch, n_features)
            Rows.

        prior : callable
            The prior's term from means and log-variances (batch,).

        Returns
        -------
        tensor of shape (batch,)
            The value.
        """
        mean, log_var = self.posterior(x)
        likelihood = self.weights["delta"] * self.log_likelihood(x, mean)
        return likelihood - self.weights["gamma"] * prior(mean, log_var)

    def score(self, x):
        return self.bound(x, gaussian_kl)

    def terms(self, x, seen):
        """The terms of the loss but for the prior; and q(z | x).

        Parameters
        ----------
        x : tensor of shape (batch, n_features)
            Rows.

        seen : tensor of shape (batch, n_features)
            What the encoder sees of them.

        Returns
        -------
        terms : dict of tensor of shape ()
            The terms.

        mean, log_var : tensors of shape (batch, n_components)
            Means and log-variances of the codes.
        """
        sites = self.sites(seen)
        mean, log_var = split_normal(self.head(sites))
        noisy = draw_normal(mean, log_var)
        output, noisy_output = self.output(torch.cat([mean, noisy])).chunk(2)
        weights = self.weights
        original = self.weigh(self.output_errors(x, output)).mean()
        distances = squared_error(self.mean(output), self.mean(noisy_output))
        relative = self.recon_precision / 2 * distances.mean()
        terms = {
            "reconstruction": weights["delta"] * original,
            "relative": weights["relative_weight"] * relative,
        }
        if weights["beta"]:
            terms["information"] = weights["beta"] * self.information_loss(sites, noisy)
        return terms, mean, log_var

    def information_loss(self, sites, z):
        """Jensen-Shannon losses of the code with all sites, and with each."""
        # Codes of other rows: a shift that is not zero.
        shift = 1 + torch.randint(max(1, len(sites) - 1), (), device="cpu").item()
        others = sites.roll(shift, 0)
        return jensen_shannon_loss(
            self.judge(sites, z), self.judge(others, z)
        ) + jensen_shannon_loss(
            self.judge_locally(sites, z), self.judge_locally(others, z)
        )

    def judge(self, sites, z):
        """Logits of a row's sites and its code (batch, 1)."""
        return self._global(torch.cat([sites.flatten(1), z], 1))

    def judge_locally(self, sites, z):
        """Logits of each site and the code of its row (batch, n_sites, 1)."""
        shape = sites.shape[:2]
        places = self.site_embedding.expand(*shape, -1)
        return self._local(torch.cat([sites, z[:, None].expand(*shape, -1), places], 2))

    @autocast
    def _global(self, pairs):
        return self.global_critic(pairs)

    @autocast
    def _local(self, pairs):
        return self.local_critic(pairs)


class DualAutoencoder(ReconPrecisionMixin, BaseDeepTransformer):
    r"""Dual autoencoder: codes that hold information about the data, against noise.

    A variational autoencoder that restores a code and its noisy version alike, while
    critics, trained with it, find out how much a code tells about its row, and about
    each part of it. The start of :class:`~skdeepcluster.DSCDAN`.

    Parameters
    ----------
    n_components : int, default=None
        Width of the embedding. None means a quarter of the number of features, but at
        least 10 and at most 120.

    hidden_layer_sizes : sequence of int, default=(512, 512)
        Units of the encoder's hidden layers, which the decoder mirrors, the first one's
        shared out among the groups of features; with ``image_shape``, channels of its
        convolutions.

    image_shape : tuple of int (channels, height, width), default=None
        Take each row for an image of this shape, and use convolutions; the local critic
        then sees the places of the last one.

    feature_groups : int or list of array-like of int, default=16
        Groups of features, which the local critic sees: a number of random ones of
        equal size (a quarter of the number of features at most), or the features of
        each. Ignored for images.

    likelihood : {"gaussian", "bernoulli", "cosine", "multinomial"}, default="gaussian"
        Distribution of the data around a reconstruction. "bernoulli" is for data in
        [0, 1]. Two are for texts, the lengths of whose rows do not count: "cosine", the
        Gaussian one of the rows' directions, and "multinomial", that of their words.

    recon_precision : float or "auto", default="auto"
        Precision :math:`\tau` (the inverse of the variance) of the Gaussian likelihood,
        and of both reconstructions of a code; the authors have 10 on MNIST. "auto"
        means the inverse of the mean variance of the features (of 10,000 rows at most),
        so that scaling the data changes nothing.
        With likelihood="cosine" it is that of the directions, with "multinomial" the
        number of words that a row counts for, the mean number if "auto".

    corruption : float, default=0.0
        Probability with which an input is set to zero in training, the others being
        scaled up: a denoising autoencoder.

    delta : float, default=0.5
        Weight :math:`\delta` of the reconstruction of the data.

    relative_weight : float, default=1.0
        Weight :math:`\rho` of the relative reconstruction; the paper has 1, and 0 in
        its ablation.

    beta : float, default=0.01
        Weight :math:`\beta` of the mutual information; 0 in the paper's ablation.

    gamma : float, default=0.1
        Weight :math:`\gamma` of the prior. The authors' 1 is for images, whose many
        features outweigh it; few features would leave next to nothing in the codes.

    max_epochs : int, default=100
        Number of epochs.

    lr : float, default=1e-3
        Learning rate.

    optimizer : callable, default=torch.optim.Adam
        Class of the optimizer.

    augment : callable, default=None
        From a batch (batch, n_features), a tensor, to a variant of it, drawn at random
        for each row, such as :class:`~skdeepcluster.augmentation.RandomAffine` of
        images. Batches pass through it in training. None means none; the
        ``autoencoder`` of a clusterer takes the clusterer's.

    batch_size : int, default=100
        Number of rows in a batch. Inside of another estimator, what is None here and
        below is taken from that one.

    steps_per_epoch : int, default=None
        Number of batches that make an epoch, so that epochs are the same work for many
        rows and few. None means as many as there are in one pass over the rows.

    callbacks : list, default=None
        Callbacks of skorch for the training of this estimator, cloned before use.

    net_params : dict, default=None
        Further settings of :class:`skorch.NeuralNet`, such as
        ``{"optimizer__weight_decay": 1e-4}``.

    dtype : {"float32", "float64"}, default=None
        Dtype of the weights. None means "float32".

    precision : {"bfloat16"}, default=None
        Compute the networks, and nothing else, in mixed precision. None means in
        ``dtype``.

    device : str or torch.device, default=None
        Where to compute. None means "auto": a GPU if there is one.

    warm_start : bool, default=False
        Let a second fit go on from the weights of the first, on the same rows or others
        of as many features, for ``max_epochs`` more and without a new start. Clusters
        keep their numbers.

    random_state : int, RandomState instance or None, default=None
        Seed of everything that is random in the fit.

    verbose : int, default=None
        0 is silent, 1 shows a progress bar for each stage, 2 a row for each epoch.
        None means 0.

    Attributes
    ----------
    recon_precision_ : float
        The precision :math:`\tau` in use.

    module_ : torch.nn.Module
        The trained network.

    history_ : list of dict
        One row for each epoch: ``stage``, ``epoch``, ``train_loss``,
        ``reconstruction``, ``relative``, ``information``, ``kl``, ``seconds``.

    n_iter_ : int
        Number of epochs run.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen in :meth:`fit`, if they are all strings.

    See Also
    --------
    DSCDAN : Clusters its codes.
    VariationalAutoencoder : Without the critics and the relative reconstruction.

    Notes
    -----
    With :math:`q(z|x) = N(m(x), \operatorname{diag} v(x))` from the encoder, a draw
    :math:`\hat z` of it and the decoder :math:`g`, the loss is the mean over the rows
    of

    .. math:: \frac\tau2 \big(\delta \|x - g(m)\|^2 + \rho \|g(m) - g(\hat z)\|^2\big)
              + \beta (J_g + J_l) + \gamma KL(q(z|x) \,\|\, N(0, I))

    (with ``likelihood="bernoulli"``, :math:`\delta` times the binary cross-entropy in
    the place of the first term), where

    .. math:: J = \langle \log(1 + e^{-T(c, \hat z)}) \rangle
              + \langle \log(1 + e^{T(c', \hat z)}) \rangle

    is the loss of a critic :math:`T` that tells the first layers' features :math:`c` of
    the row itself from those :math:`c'` of another, all of them in :math:`J_g` and
    those of each site, a place of the last convolution or a group of features, in
    :math:`J_l`, a mean over the sites. Codes and critics minimise the same loss. Groups
    of features are a generalisation: the paper has images alone. Its convolutions,
    3 x 3 and twice as many, are replaced by those of :class:`Autoencoder`.

    :meth:`transform` returns :math:`m(x)`; :meth:`score_samples` is minus the first
    term and the prior's, with the likelihood's constant.

    References
    ----------
    .. [1] Yang, X., Deng, C., Zheng, F., Yan, J., Liu, W. (2019). Deep spectral
       clustering using dual autoencoder network. CVPR. https://arxiv.org/abs/1904.13113

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import DualAutoencoder
    >>> X = load_digits().data / 16
    >>> dual = DualAutoencoder(hidden_layer_sizes=(64, 64), max_epochs=3)
    >>> dual.fit_transform(X).shape
    (1797, 16)
    """

    _parameter_constraints: dict = {
        **BaseDeepTransformer._parameter_constraints,
        "n_components": [Interval(Integral, 1, None, closed="left"), None],
        "hidden_layer_sizes": ["array-like"],
        "image_shape": ["array-like", None],
        "feature_groups": [Interval(Integral, 1, None, closed="left"), list],
        **ReconPrecisionMixin._parameter_constraints,
        "corruption": [Interval(Real, 0, 1, closed="left")],
        **{
            weight: [Interval(Real, 0, None, closed="left")]
            for weight in ("delta", "relative_weight", "beta", "gamma")
        },
    }

    def __init__(
        self,
        n_components: int | None = None,
        hidden_layer_sizes: Sizes = (512, 512),
        *,
        image_shape: ImageShape | None = None,
        feature_groups: int | list[Any] = 16,
        likelihood: Likelihood = "gaussian",
        recon_precision: float | Literal["auto"] = "auto",
        corruption: float = 0.0,
        delta: float = 0.5,
        relative_weight: float = 1.0,
        beta: float = 0.01,
        gamma: float = 0.1,
        max_epochs: int = 100,
        lr: float = 1e-3,
        optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam,
        augment: Augment | None = None,
        batch_size: int = 100,
        steps_per_epoch: int | None = None,
        callbacks: list[Any] | None = None,
        net_params: dict[str, Any] | None = None,
        dtype: Dtype | None = None,
        precision: Precision | None = None,
        device: str | torch.device | None = None,
        warm_start: bool = False,
        random_state: RandomState = None,
        verbose: int | None = None,
    ):
        self.n_components = n_components
        self.hidden_layer_sizes = hidden_layer_sizes
        self.image_shape = image_shape
        self.feature_groups = feature_groups
        self.likelihood = likelihood
        self.recon_precision = recon_precision
        self.corruption = corruption
        self.delta = delta
        self.relative_weight = relative_weight
        self.beta = beta
        self.gamma = gamma
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

    def _check_fit(self, X):
        super()._check_fit(X)
        check_seen_layers(self.hidden_layer_sizes, "its critics look at")
        check_image_shape(self.image_shape, X.shape[1])
        if isinstance(self.feature_groups, list) and self.image_shape is None:
            _check_groups(self.feature_groups, X.shape[1])

    def _build(self, start):
        n_features = start.n_features
        n_components = self.n_components or min(120, max(10, n_features // 4))
        sizes, n_outputs = tuple(self.hidden_layer_sizes), 2 * n_components
        if self.image_shape is not None:
            shape = tuple(self.image_shape)
            network = ConvSites(shape, sizes, n_outputs, n_components)
        else:
            groups = self._groups(n_features)
            network = GroupSites(n_features, groups, sizes, n_outputs, n_components)
        names = ("delta", "relative_weight", "beta", "gamma")
        weights = {name: getattr(self, name) for name in names}
        return DualModule(
            network,
            n_components,
            self.likelihood,
            self._fixed_precision(),
            self.precision,
            corruption=self.corruption,
            weights=weights,
        )

    def _groups(self, n_features):
        """Return the features of each group."""
        if isinstance(self.feature_groups, list):
            return self.feature_groups
        n_groups = max(1, min(self.feature_groups, n_features // 4))
        return torch.randperm(n_features).tensor_split(n_groups)

    def _begin(self, run, rng):
        self._find_precision(run, rng)

    def _train(self, run, rng):
        module = run.module

        def loss(x, i):
            terms, mean, log_var = module.terms(x, module.corrupted(x))
            return {**terms, "kl": self.gamma * gaussian_kl(mean, log_var).mean()}

        run.stage("reconstruct", loss, self.max_epochs)


def _check_groups(groups, n_features):
    members = np.concatenate([np.ravel(group) for group in groups]) if groups else []
    if sorted(members) != list(range(n_features)):
        raise ValueError(
            f"feature_groups has {len(members)} entries in {len(groups)} groups, which "
            f"are not the {n_features} features of X once each: give every number from "
            f"0 to {n_features - 1} to one group."
        )
