"""The variational attention autoencoder of DVAEC."""

from collections.abc import Callable
from numbers import Real
from typing import Any, Literal

import torch
from torch.nn.functional import pad

from .._compat import Interval, StrOptions
from .._parts import (
    ReconPrecisionMixin,
    check_image_shape,
    check_seen_layers,
    default_sizes,
    make_network,
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
from ..losses import gaussian_kl
from ..modules import (
    LikelihoodAutoencoder,
    VariationalAttention,
    autocast,
    draw_normal,
    split_normal,
)


class AttentionModule(LikelihoodAutoencoder):
    """A variational autoencoder with attention to the layers of its encoder.

    Parameters
    ----------
    network : torch.nn.Module
        A :class:`DenseAutoencoder` or a :class:`ConvAutoencoder`, with means and
        log-variances for outputs.

    n_latent : int
        Width of the codes and of the attention.

    likelihood, recon_precision, precision, corruption
        As of the base class.

    widths : sequence of int
        Units, or channels, of the encoder's hidden layers.

    combine : {"sum", "concat"}
        What the decoder gets.

    space : {"z+a", "z"}
        What the embedding is.

    attention_weight, lam : float
        Weights of the attention's prior and of the code's.
    """

    def __init__(
        self,
        network,
        n_latent,
        likelihood,
        recon_precision,
        precision,
        *,
        corruption,
        widths,
        combine,
        space,
        attention_weight,
        lam,
    ):
        super().__init__(
            network,
            n_latent,
            likelihood,
            recon_precision,
            precision,
            corruption=corruption,
        )
        self.attention = VariationalAttention(widths, n_latent)
        self.n_latent = n_latent
        self.is_sum = combine == "sum"
        self.attention_weight = attention_weight
        self.lam = lam
        self.embed_in(space)

    def embed_in(self, space):
        """Choose what the embedding is: {"z+a", "z"}."""
        self.space = space
        is_wide = not self.is_sum and space == "z+a"
        self.n_components = 2 * self.n_latent if is_wide else self.n_latent

    @autocast
    def encode(self, x):
        """Means and log-variances of z, and then of a (batch, 4 * n_latent)."""
        *layers, z = self.network.layers(self.inputs(x))
        return torch.cat([z, self.attention(layers)], 1)

    def output(self, z):
        """The decoder's output; from z alone, a is at its prior's mean, 0."""
        if not self.is_sum:
            z = pad(z, (0, 2 * self.n_latent - z.shape[1]))
        return super().output(z)

    def posteriors(self, x):
        """Means and log-variances of q(z | x), and those of q(a | x)."""
        z, a = self.encode(x).chunk(2, 1)
        return split_normal(z), split_normal(a)

    def latent(self, x):
        """Mean and log-variance of what has the clusters, each (batch, n_latent)."""
        return self.clustered(*self.posteriors(x))

    def combined(self, z, a):
        """The code of the two (batch, n_latent), or twice as wide."""
        return z + a if self.is_sum else torch.cat([z, a], 1)

    def clustered(self, z, a):
        """Mean and log-variance of what has the clusters: the sum, or z."""
        if not self.is_sum:
            return z
        return z[0] + a[0], torch.logaddexp(z[1], a[1])

    def embed(self, x):
        z, a = self.posteriors(x)
        return z[0] if self.space == "z" else self.combined(z[0], a[0])

    def terms(self, x, seen):
        """The terms of the loss but for the clusters' prior; and what it is of.

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

        mean, log_var : tensors of shape (batch, n_latent)
            Means and log-variances of what has the clusters.
        """
        z, a = self.posteriors(seen)
        code = self.combined(draw_normal(*z), draw_normal(*a))
        terms = {
            "reconstruction": self.negative_log_likelihood(x, code).mean(),
            "attention": self.attention_weight * gaussian_kl(*a).mean(),
        }
        return terms, *self.clustered(z, a)

    def objective(self, x, prior):
        """Minus the loss of each row, at the means, with a prior's term (batch,)."""
        z, a = self.posteriors(x)
        likelihood = self.log_likelihood(x, self.combined(z[0], a[0]))
        attention = self.attention_weight * gaussian_kl(*a)
        return likelihood - attention - prior(*self.clustered(z, a))

    def prior(self, mean, log_var):
        """lambda KL of a normal from the standard one (batch,)."""
        return self.lam * gaussian_kl(mean, log_var)

    def score(self, x):
        return self.objective(x, self.prior)


class AttentionAutoencoder(ReconPrecisionMixin, BaseDeepTransformer):
    r"""Variational autoencoder with variational attention to its encoder's layers.

    A code has two parts, one from the encoder's last layer and one that attention
    gathers from all of its layers, each a normal distribution. The start of
    :class:`~skdeepcluster.DVAEC`.

    Parameters
    ----------
    n_components : int, default=10
        Width of each part of a code.

    hidden_layer_sizes : sequence of int, default=None
        Units of the encoder's hidden layers, which the decoder mirrors; with
        ``image_shape``, channels of its convolutions. None means (256, 128), and
        (32, 64, 128) for images; many papers have (500, 500, 2000).

    image_shape : tuple of int (channels, height, width), default=None
        Take each row for an image of this shape, and use convolutions.

    combine : {"sum", "concat"}, default="sum"
        How the parts make a code. With "concat" only the first one has the prior's, and
        later the clusters', distribution; the information may then move into the
        other, whose weight should not be below 1.

    space : {"z+a", "z"}, default="z+a"
        What :meth:`transform` returns: the code, or its first part.

    likelihood : {"gaussian", "bernoulli", "cosine", "multinomial"}, default="gaussian"
        Distribution of the data around a reconstruction. "bernoulli" is for data in
        [0, 1]. Two are for texts, the lengths of whose rows do not count: "cosine", the
        Gaussian one of the rows' directions, and "multinomial", that of their words.

    recon_precision : float or "auto", default="auto"
        Precision :math:`\tau` (the inverse of the variance) of the Gaussian
        likelihood. "auto" means the inverse of the mean variance of the features
        (of 10,000 rows at most), so that scaling the data changes nothing.
        With likelihood="cosine" it is that of the directions, with "multinomial" the
        number of words that a row counts for, the mean number if "auto".

    corruption : float, default=0.0
        Probability with which an input is set to zero in training, the others being
        scaled up: a denoising autoencoder.

    attention_weight : float, default=0.1
        Weight :math:`\gamma_a` of the attention's prior.

    lam : float, default=1.0
        Weight :math:`\lambda` of the code's prior.

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

    batch_size : int, default=128
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
        ``reconstruction``, ``attention``, ``kl``, ``seconds``.

    n_iter_ : int
        Number of epochs run.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen in :meth:`fit`, if they are all strings.

    See Also
    --------
    DVAEC : Clusters its codes.
    VariationalAutoencoder : Without attention.

    Notes
    -----
    With :math:`q(z|x)` a normal distribution from the encoder, :math:`q(a|x)` one from
    the attention to its hidden layers, whose mean is a weighted sum of linear maps of
    them, the code :math:`s = z + a` and the decoder :math:`g`, the loss is the mean
    over the rows of

    .. math:: \frac\tau2 E \|x - g(s)\|^2 + \gamma_a KL(q(a|x) \,\|\, N(0, I))
              + \lambda KL(q(s|x) \,\|\, N(0, I)),

    with one draw for the expectation (with ``likelihood="bernoulli"``, the binary
    cross-entropy in the place of the first term). With ``combine="concat"`` the decoder
    gets both parts side by side, and the last term is that of :math:`q(z|x)`.
    :meth:`transform` returns the mean of :math:`s`, :meth:`score_samples` minus the
    loss there, with the likelihood's constant.

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
    >>> from skdeepcluster import AttentionAutoencoder
    >>> X = load_digits().data / 16
    >>> attention = AttentionAutoencoder(5, hidden_layer_sizes=(64, 64), max_epochs=3)
    >>> attention.fit_transform(X).shape
    (1797, 5)
    """

    _parameter_constraints: dict = {
        **BaseDeepTransformer._parameter_constraints,
        "hidden_layer_sizes": ["array-like", None],
        "image_shape": ["array-like", None],
        "combine": [StrOptions({"sum", "concat"})],
        "space": [StrOptions({"z+a", "z"})],
        **ReconPrecisionMixin._parameter_constraints,
        "corruption": [Interval(Real, 0, 1, closed="left")],
        "attention_weight": [Interval(Real, 0, None, closed="left")],
        "lam": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        n_components: int = 10,
        hidden_layer_sizes: Sizes | None = None,
        *,
        image_shape: ImageShape | None = None,
        combine: Literal["sum", "concat"] = "sum",
        space: Literal["z+a", "z"] = "z+a",
        likelihood: Likelihood = "gaussian",
        recon_precision: float | Literal["auto"] = "auto",
        corruption: float = 0.0,
        attention_weight: float = 0.1,
        lam: float = 1.0,
        max_epochs: int = 100,
        lr: float = 1e-3,
        optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam,
        augment: Augment | None = None,
        batch_size: int = 128,
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
        self.combine = combine
        self.space = space
        self.likelihood = likelihood
        self.recon_precision = recon_precision
        self.corruption = corruption
        self.attention_weight = attention_weight
        self.lam = lam
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
        check_seen_layers(self.hidden_layer_sizes, "its attention looks at")
        check_image_shape(self.image_shape, X.shape[1])

    def _build(self, start):
        sizes = default_sizes(self.hidden_layer_sizes, self.image_shape)
        width = self.n_components
        n_decoded = width if self.combine == "sum" else 2 * width
        return AttentionModule(
            make_network(
                start.n_features, self.image_shape, sizes, 2 * width, n_decoded
            ),
            width,
            self.likelihood,
            self._fixed_precision(),
            self.precision,
            corruption=self.corruption,
            widths=sizes,
            combine=self.combine,
            space=self.space,
            attention_weight=self.attention_weight,
            lam=self.lam,
        )

    def _begin(self, run, rng):
        self._find_precision(run, rng)

    def _train(self, run, rng):
        module = run.module

        def loss(x, i):
            terms, mean, log_var = module.terms(x, module.corrupted(x))
            return {**terms, "kl": module.prior(mean, log_var).mean()}

        run.stage("reconstruct", loss, self.max_epochs)
