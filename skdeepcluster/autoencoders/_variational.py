"""The variational autoencoder."""

from collections.abc import Callable
from numbers import Real
from typing import Any, Literal

import torch
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from torch import nn

from .._compat import COUNT, Interval, validate_params
from .._parts import ReconPrecisionMixin
from .._typing import (
    Augment,
    Dtype,
    FloatArray,
    ImageShape,
    Likelihood,
    Precision,
    RandomState,
    Sizes,
)
from ..losses import gaussian_kl
from ..modules import VariationalModule, draw_normal
from ._base import BaseAutoencoder


class VariationalAutoencoder(ReconPrecisionMixin, BaseAutoencoder):
    r"""Variational autoencoder: encodes each row as a normal distribution.

    Parameters
    ----------
    n_components : int, default=10
        Width of the embedding.

    hidden_layer_sizes : sequence of int, default=None
        Units of the encoder's hidden layers, which the decoder mirrors; with
        ``image_shape``, channels of its convolutions. None means (256, 128), and
        (32, 64, 128) for images; many papers have (500, 500, 2000).

    image_shape : tuple of int (channels, height, width), default=None
        Take each row for an image of this shape, and use convolutions.

    module : callable or torch.nn.Module, default=None
        A network of your own, in place of the two: a class or a function called with
        ``(n_features, n_components)``, or an instance, which is copied. It has
        ``encode(x)``, from (batch, n_features) to (batch, 2 * n_components), the
        means and then the logarithms of the variances, and ``decode(z)``, from
        (batch, n_components) to (batch, n_features).

    spherical : bool, default=False
        Bring codes to the length :math:`\sqrt{n_{components}}`, in training too: for
        data of which directions tell more than distances, such as texts.

    likelihood : {"gaussian", "bernoulli", "cosine", "multinomial"}, default="gaussian"
        Distribution of the data around a reconstruction. "bernoulli" is for data in
        [0, 1]. Two are for texts, the lengths of whose rows do not count: "cosine", the
        Gaussian one of the rows' directions, and "multinomial", that of their words.

    recon_precision : float or "auto", default=1.0
        Precision :math:`\tau` (the inverse of the variance) of the Gaussian
        likelihood. The larger, the more the reconstruction weighs against the prior.
        "auto" means the inverse of the mean variance of the features (of 10,000 rows at
        most).
        With likelihood="cosine" it is that of the directions, with "multinomial" the
        number of words that a row counts for, the mean number if "auto".

    corruption : float, default=0.0
        Probability with which an input is set to zero in training, the others being
        scaled up: a denoising autoencoder. IDEC and DCN, which go on to train the
        decoder, hide inputs from it, too.

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

    batch_size : int, default=None
        Number of rows in a batch. None means 256. Inside of another estimator, what is
        None here and below is taken from that one.

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
        ``reconstruction``, ``kl``, ``seconds``.

    n_iter_ : int
        Number of epochs run.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen in :meth:`fit`, if they are all strings.

    See Also
    --------
    Autoencoder : Encodes each row as a point.

    Notes
    -----
    With :math:`q(z|x) = N(\mu(x), \operatorname{diag} \sigma^2(x))` from the encoder
    and the prior :math:`p(z) = N(0, I)`, the loss is minus the evidence lower bound,

    .. math:: -E_{q(z|x)} \log p(x|z) + KL(q(z|x) \,\|\, p(z)),

    a mean over the rows of sums over the features, with one draw of :math:`z` for
    each row; :math:`-\log p(x|z)` is :math:`\frac\tau2 \|x - g(z)\|^2`, of which the
    loss leaves out the constant, or the binary cross-entropy. :meth:`transform` returns
    :math:`\mu(x)`; :meth:`score_samples` is the bound at :math:`z = \mu(x)`, with the
    constant :math:`\frac d2 \log \frac\tau{2\pi}`, so that precisions can be compared.

    References
    ----------
    .. [1] Kingma, D. P., Welling, M. (2014). Auto-encoding variational Bayes. ICLR.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import VariationalAutoencoder
    >>> X = load_digits().data / 16
    >>> vae = VariationalAutoencoder(
    ...     2, hidden_layer_sizes=(64,), recon_precision=10.0, max_epochs=3,
    ...     random_state=0,
    ... ).fit(X)
    >>> vae.transform(X).shape
    (1797, 2)
    >>> vae.sample(5).shape
    (5, 64)
    """

    _parameter_constraints: dict = {
        **BaseAutoencoder._parameter_constraints,
        "spherical": ["boolean"],
        **ReconPrecisionMixin._parameter_constraints,
        "corruption": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        n_components: int = 10,
        hidden_layer_sizes: Sizes | None = None,
        *,
        image_shape: ImageShape | None = None,
        module: Callable[[int, int], nn.Module] | nn.Module | None = None,
        spherical: bool = False,
        likelihood: Likelihood = "gaussian",
        recon_precision: float | Literal["auto"] = 1.0,
        corruption: float = 0.0,
        max_epochs: int = 100,
        lr: float = 1e-3,
        optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam,
        augment: Augment | None = None,
        batch_size: int | None = None,
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
        self.module = module
        self.spherical = spherical
        self.likelihood = likelihood
        self.recon_precision = recon_precision
        self.corruption = corruption
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
        return VariationalModule(
            self._network(start.n_features, 2 * self.n_components),
            self.n_components,
            self.likelihood,
            self._fixed_precision(),
            self.precision,
            self.spherical,
            self.corruption,
        )

    def _begin(self, run, rng):
        self._find_precision(run, rng)

    def _train(self, run, rng):
        module = run.module

        def negative_elbo(x, i):
            mean, log_var = module.posterior(module.corrupted(x))
            z = draw_normal(mean, log_var)
            return {
                "reconstruction": module.negative_log_likelihood(x, z).mean(),
                "kl": gaussian_kl(mean, log_var).mean(),
            }

        run.stage("reconstruct", negative_elbo, self.max_epochs)

    @validate_params({"n_samples": [COUNT]})
    def sample(self, n_samples: int = 1) -> FloatArray:
        """Draw from the prior, and decode.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows to draw.

        Returns
        -------
        ndarray of shape (n_samples, n_features), dtype float64
            The means of the likelihood at the draws.

        Raises
        ------
        ValueError
            If ``n_samples`` is not a positive int.
        """
        check_is_fitted(self)
        rng = check_random_state(self.random_state)
        return self.inverse_transform(
            rng.normal(size=(n_samples, self._n_features_out))
        )
