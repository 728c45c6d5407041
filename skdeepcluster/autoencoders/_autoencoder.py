"""The autoencoder that most deep clustering methods start from."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import torch
from torch import nn
from torch.nn.functional import dropout, mse_loss, relu

from .._compat import Interval
from .._parts import LikelihoodMixin
from .._typing import (
    Augment,
    Dtype,
    ImageShape,
    Likelihood,
    Precision,
    RandomState,
    Sizes,
)
from ..modules import LikelihoodAutoencoder
from ._base import BaseAutoencoder


class _Module(LikelihoodAutoencoder):
    def score(self, x):
        return -self.relative_errors(x, self.embed(x))


class Autoencoder(LikelihoodMixin, BaseAutoencoder):
    r"""Autoencoder: a network that compresses data and restores them.

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
        ``encode(x)``, from (batch, n_features) to (batch, n_components), and
        ``decode(z)`` back.

    spherical : bool, default=False
        Bring codes to the length :math:`\sqrt{n_{components}}`, in training too: for
        data of which directions tell more than distances, such as texts.

    likelihood : {"gaussian", "bernoulli", "cosine", "multinomial"}, default="gaussian"
        Distribution of the data around a reconstruction. "bernoulli" is for data in
        [0, 1]. Two are for texts, the lengths of whose rows do not count: "cosine", the
        Gaussian one of the rows' directions, and "multinomial", that of their words.

    corruption : float, default=0.0
        Probability with which an input is set to zero in training, the others being
        scaled up: a denoising autoencoder. IDEC and DCN, which go on to train the
        decoder, hide inputs from it, too.

    layerwise_epochs : int, default=0
        Number of epochs that each layer is first trained for on its own, as a
        denoising autoencoder with dropout 0.2, before all are trained together. Not
        for images, nor for a ``module`` of your own.

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
    module_ : torch.nn.Module
        The trained network.

    history_ : list of dict
        One row for each epoch: ``stage``, ``epoch``, ``train_loss``, ``seconds``.

    n_iter_ : int
        Number of epochs run.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen in :meth:`fit`, if they are all strings.

    See Also
    --------
    VariationalAutoencoder : Encodes each row as a distribution.
    DEC : Starts from an autoencoder and clusters its embedding.

    Notes
    -----
    With the encoder :math:`f` and the decoder :math:`g`, the loss is

    .. math:: \frac1n \sum_{i=1}^n \ell(x_i, g(f(\tilde x_i)))

    with :math:`\tilde x` the corrupted input, and :math:`\ell(x, y)`

    * "gaussian": the squared error :math:`\|x - y\|^2 / dv`, relative to the mean
      variance :math:`v` of the :math:`d` features (of 10,000 rows at most),
    * "bernoulli": the mean over the features of the binary cross-entropy of the
      log-odds :math:`y`,
    * "cosine": :math:`2 - 2 \cos(x, y)`, the squared error of directions,
    * "multinomial": :math:`-\sum_j p_j \log \mathrm{softmax}(y)_j` with the row's
      proportions :math:`p = x / \sum_j x_j`.

    So no scale of the data changes it. For the latter two, the encoder sees rows of
    length :math:`\sqrt d`, and :meth:`inverse_transform` gives directions of length one
    or proportions. :meth:`score_samples` is :math:`-\ell(x, g(f(x)))`.

    References
    ----------
    .. [1] Xie, J., Girshick, R., Farhadi, A. (2016). Unsupervised deep embedding for
       clustering analysis. ICML.
    .. [2] Vincent, P. et al. (2010). Stacked denoising autoencoders. JMLR 11.

    Examples
    --------
    Autoencoder and k-means, a common baseline:

    >>> from sklearn.cluster import KMeans
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.pipeline import make_pipeline
    >>> from skdeepcluster import Autoencoder
    >>> X = load_digits().data / 16
    >>> autoencoder = Autoencoder(hidden_layer_sizes=(64,), max_epochs=3)
    >>> make_pipeline(autoencoder, KMeans(10)).fit_predict(X).shape
    (1797,)
    """

    _parameter_constraints: dict = {
        **BaseAutoencoder._parameter_constraints,
        "spherical": ["boolean"],
        **LikelihoodMixin._parameter_constraints,
        "corruption": [Interval(Real, 0, 1, closed="left")],
        "layerwise_epochs": [Interval(Integral, 0, None, closed="left")],
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
        corruption: float = 0.0,
        layerwise_epochs: int = 0,
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
        self.corruption = corruption
        self.layerwise_epochs = layerwise_epochs
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
        if self.layerwise_epochs and (
            self.module is not None or self.image_shape is not None
        ):
            raise ValueError(
                f"layerwise_epochs={self.layerwise_epochs} is for the dense networks "
                "alone: set it to 0, or leave module and image_shape None."
            )

    def _build(self, start):
        network = self._network(start.n_features, self.n_components)
        return _Module(
            network,
            self.n_components,
            self.likelihood,
            precision=self.precision,
            spherical=self.spherical,
            corruption=self.corruption,
        )

    def _begin(self, run, rng):
        self._find_precision(run, rng)
        if self.layerwise_epochs:
            self._train_layerwise(run)

    def _train(self, run, rng):
        module = run.module

        def reconstruction(x, i):
            z = module.embed(module.corrupted(x))
            return {"reconstruction": module.relative_error(x, z)}

        run.stage("reconstruct", reconstruction, self.max_epochs)

    def _train_layerwise(self, run):
        """Train each layer with its mirror image, on the codes of the layers below."""
        network = run.module.network
        encoders = [layer for layer in network.encoder if isinstance(layer, nn.Linear)]
        decoders = [layer for layer in network.decoder if isinstance(layer, nn.Linear)]
        for depth, decoder in enumerate(reversed(decoders)):
            run.stage(
                f"layer {depth + 1}",
                _denoising_loss(run.module, encoders, depth, decoder),
                self.layerwise_epochs,
                parameters=[*encoders[depth].parameters(), *decoder.parameters()],
            )


def _denoising_loss(module, encoders, depth, decoder):
    """Return the loss of one layer as a denoising autoencoder, as DEC's authors do.

    The data are not corrupted, and neither they nor the code pass through a ReLU.
    """
    *below, encoder = encoders[: depth + 1]
    is_data, is_code = depth == 0, depth == len(encoders) - 1

    def loss(x, i):
        with torch.no_grad():
            for layer in below:
                x = relu(layer(x))
        hidden = encoder(x if is_data else dropout(x, 0.2))
        hidden = dropout(hidden if is_code else relu(hidden), 0.2)
        output = decoder(hidden)
        if is_data:
            return {"reconstruction": module.relative_output_error(x, output)}
        return {"reconstruction": mse_loss(relu(output), x)}

    return loss
