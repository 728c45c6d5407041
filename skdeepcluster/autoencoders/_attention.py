"""The variational attention autoencoder of DVAEC."""

from collections.abc import Callable
from numbers import Real
from typing import Any, Literal

import torch
from torch import nn
from torch.nn.functional import pad

from .._compat import Interval, StrOptions
from .._typing import Dtype, ImageShape, Precision, RandomState, Sizes
from ..base import BaseDeepTransformer
from ..losses import gaussian_kl, squared_error
from ..modules import VariationalAttention, autocast, draw_normal, split_normal
from ._base import (
    check_image_shape,
    check_seen_layers,
    check_unit_interval,
    default_sizes,
    make_network,
)
from ._recon_precision import ReconPrecisionMixin


class AttentionModule(nn.Module):
    """A variational autoencoder with attention to the layers of its encoder.

    Parameters
    ----------
    network : torch.nn.Module
        A :class:`DenseAutoencoder` or a :class:`ConvAutoencoder`, with means and
        log-variances for outputs.

    widths : sequence of int
        Units, or channels, of the encoder's hidden layers.

    n_components : int
        Width of the codes and of the attention.

    combine : {"sum", "concat"}
        What the decoder gets.

    space : {"z+a", "z"}
        What the embedding is.

    output : {"linear", "sigmoid"}
        What the decoder ends with.

    recon_precision : float
        Precision of the data around its output.

    attention_weight, lam : float
        Weights of the attention's prior and of the code's.

    precision : {"bfloat16"} or None
        Mixed precision of the networks.
    """

    def __init__(
        self,
        network,
        widths,
        n_components,
        *,
        combine,
        space,
        output,
        recon_precision,
        attention_weight,
        lam,
        precision,
    ):
        super().__init__()
        self.network = network
        self.attention = VariationalAttention(widths, n_components)
        self.n_latent = n_components
        self.is_sum = combine == "sum"
        self.space = space
        self.output = output
        self.attention_weight = attention_weight
        self.lam = lam
        self.precision = precision
        self.register_buffer("recon_precision", torch.tensor(recon_precision))

    @property
    def n_components(self):
        """Width of the embedding."""
        return self.n_latent if self.is_sum or self.space == "z" else 2 * self.n_latent

    @autocast
    def encode(self, x):
        """Means and log-variances of z, and then of a (batch, 4 * n_latent)."""
        layers = []
        for layer in self.network.encoder:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                layers.append(x)
        return torch.cat([x, self.attention(layers)], 1)

    @autocast
    def decode(self, code):
        """Data from codes; from z alone, the attention is at its prior's mean, 0."""
        if not self.is_sum:
            code = pad(code, (0, 2 * self.n_latent - code.shape[1]))
        output = self.network.decode(code)
        return output.sigmoid() if self.output == "sigmoid" else output

    def posteriors(self, x):
        """Means and log-variances of q(z | x), and those of q(a | x)."""
        z, a = self.encode(x).chunk(2, 1)
        return split_normal(z), split_normal(a)

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

    def errors(self, x, code):
        """The reconstruction's term of the loss for each row (batch,)."""
        return self.recon_precision / 2 * squared_error(x, self.decode(code))

    def terms(self, x):
        """The terms of the loss but for the clusters' prior; and what it is of.

        Parameters
        ----------
        x : tensor of shape (batch, n_features)
            Rows.

        Returns
        -------
        terms : dict of tensor of shape ()
            The terms.

        mean, log_var : tensors of shape (batch, n_latent)
            Means and log-variances of what has the clusters.
        """
        z, a = self.posteriors(x)
        code = self.combined(draw_normal(*z), draw_normal(*a))
        terms = {
            "reconstruction": self.errors(x, code).mean(),
            "attention": self.attention_weight * gaussian_kl(*a).mean(),
        }
        return terms, *self.clustered(z, a)

    def objective(self, x, prior):
        """Minus the loss of each row, at the means, with a prior's term (batch,)."""
        z, a = self.posteriors(x)
        errors = self.errors(x, self.combined(z[0], a[0]))
        attention = self.attention_weight * gaussian_kl(*a)
        return -errors - attention - prior(*self.clustered(z, a))

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
        ``image_shape``, channels of its convolutions. None means (500, 500, 2000),
        and (32, 64, 128) for images.

    image_shape : tuple of int (channels, height, width), default=None
        Take each row for an image of this shape, and use convolutions.

    combine : {"sum", "concat"}, default="sum"
        How the parts make a code. With "concat" only the first one has the prior's, and
        later the clusters', distribution; the information may then move into the
        other, whose weight should not be below 1.

    space : {"z+a", "z"}, default="z+a"
        What :meth:`transform` returns: the code, or its first part.

    output : {"linear", "sigmoid"}, default="linear"
        What the decoder ends with. "sigmoid" is for data in [0, 1].

    recon_precision : float or "auto", default="auto"
        Precision :math:`\tau` (the inverse of the variance) of the data around the
        decoder's output. "auto" means the inverse of the mean variance of the features
        (of 10,000 rows at most), so that scaling the data changes nothing.

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

    batch_size : int, default=128
        Number of rows in a batch.

    callbacks : list, default=None
        Callbacks of skorch, cloned before use.

    net_params : dict, default=None
        Further settings of :class:`skorch.NeuralNet`, such as
        ``{"optimizer__weight_decay": 1e-4}``.

    dtype : {"float32", "float64"}, default=None
        Dtype of the weights. None means "float32", or the outer estimator's when nested
        in one; so for the parameters below.

    precision : {"bfloat16"}, default=None
        Compute the networks in mixed precision. None means in ``dtype``.

    device : str or torch.device, default=None
        Where to compute. None means "auto": a GPU if there is one.

    random_state : int, RandomState instance or None, default=None
        Seed of the weights, the batches and the noise.

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

    with one draw for the expectation. With ``combine="concat"`` the decoder gets both
    parts side by side, and the last term is that of :math:`q(z|x)`. :meth:`transform`
    returns the mean of :math:`s`, :meth:`score_samples` minus the loss there.

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
        "output": [StrOptions({"linear", "sigmoid"})],
        **ReconPrecisionMixin._parameter_constraints,
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
        output: Literal["linear", "sigmoid"] = "linear",
        recon_precision: float | Literal["auto"] = "auto",
        attention_weight: float = 0.1,
        lam: float = 1.0,
        max_epochs: int = 100,
        lr: float = 1e-3,
        optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam,
        batch_size: int = 128,
        callbacks: list[Any] | None = None,
        net_params: dict[str, Any] | None = None,
        dtype: Dtype | None = None,
        precision: Precision | None = None,
        device: str | torch.device | None = None,
        random_state: RandomState = None,
        verbose: int | None = None,
    ):
        self.n_components = n_components
        self.hidden_layer_sizes = hidden_layer_sizes
        self.image_shape = image_shape
        self.combine = combine
        self.space = space
        self.output = output
        self.recon_precision = recon_precision
        self.attention_weight = attention_weight
        self.lam = lam
        self.max_epochs = max_epochs
        self.lr = lr
        self.optimizer = optimizer
        self.batch_size = batch_size
        self.callbacks = callbacks
        self.net_params = net_params
        self.dtype = dtype
        self.precision = precision
        self.device = device
        self.random_state = random_state
        self.verbose = verbose

    def _check_fit(self, X):
        check_seen_layers(self.hidden_layer_sizes, "its attention looks at")
        check_image_shape(self.image_shape, X.shape[1])
        if self.output == "sigmoid":
            check_unit_interval(X, "output='sigmoid'", "output='linear'")

    def _build(self, n_features):
        sizes = default_sizes(self.hidden_layer_sizes, self.image_shape)
        width = self.n_components
        n_decoded = width if self.combine == "sum" else 2 * width
        return AttentionModule(
            make_network(n_features, self.image_shape, sizes, 2 * width, n_decoded),
            sizes,
            width,
            combine=self.combine,
            space=self.space,
            output=self.output,
            recon_precision=self._fixed_precision(),
            attention_weight=self.attention_weight,
            lam=self.lam,
            precision=self.precision,
        )

    def _train(self, run, rng):
        net = run.module
        self._find_precision(run, rng)

        def loss(x, i):
            terms, mean, log_var = net.terms(x)
            return {**terms, "kl": net.prior(mean, log_var).mean()}

        run.stage("reconstruct", loss, self.max_epochs)
