"""Clustering in the latent space of a generative adversarial network."""

from collections.abc import Callable
from functools import partial
from numbers import Integral, Real
from typing import Any

import torch
from torch.nn.functional import cross_entropy, mse_loss

from .._compat import Interval
from .._typing import Augment, Dtype, ImageShape, Precision, RandomState, Sizes
from ..losses import gradient_penalty, squared_error
from ..modules import autocast, critic_network, reorder_outputs
from ._base import AdversarialModule, BaseAdversarialClusterer, frozen

# Standard deviation of the noise: small beside the 1 of a class, so that classes stay
# apart among the codes.
_NOISE = 0.1


class _Module(AdversarialModule):
    def __init__(self, n_features, n_clusters, n_noise, sizes, image_shape, precision):
        super().__init__(n_features, n_clusters, n_noise, sizes, image_shape, precision)
        self.n_components = n_noise + n_clusters
        self.critic = critic_network(n_features, sizes, 1, image_shape)
        self.encoder = critic_network(n_features, sizes, self.n_components, image_shape)

    def noise(self, n_rows, **settings):
        return _NOISE * torch.randn(n_rows, self.n_noise, **settings)

    @autocast
    def judge(self, rows):
        """D of relative rows (batch,)."""
        return self.critic(self.scaled(rows)).squeeze(1)

    @autocast
    def read(self, rows):
        """Noise and logits of the class of relative rows (batch, n_components)."""
        return self.encoder(self.scaled(rows))

    def embed(self, x):
        outputs = self.read(self.relative(x))
        noise, logits = outputs.tensor_split([self.n_noise], 1)
        return torch.cat([noise, logits.softmax(1)], 1)

    def assign(self, x):
        return self.read(self.relative(x))[:, self.n_noise :].log_softmax(1)

    def score(self, x):
        return -squared_error(self.relative(x), self.generate(self.embed(x)))

    def reorder(self, order):
        super().reorder(order)
        noise = torch.arange(self.n_noise, device=order.device)
        reorder_outputs(self.encoder[-1], torch.cat([noise, self.n_noise + order]))


class ClusterGAN(BaseAdversarialClusterer):
    r"""Clustering by a generative adversarial network with a class among its codes.

    A generator draws rows from noise and a class, a critic tells them from those of the
    data, and an encoder reads noise and class from what was drawn. A row's cluster is
    the class that the encoder reads. New rows can be drawn from each cluster.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, which are assumed to be of about the same size.

    n_noise : int, default=30
        Number of noise inputs of the generator: what makes rows of a cluster differ.

    hidden_layer_sizes : sequence of int, default=None
        Units of the hidden layers of critic and encoder, which the generator
        has reversed, or channels of their convolutions, each of which halves height
        and width; these are followed by a dense layer of eight times the last channels.
        None means (256, 256), or (64, 128) channels.

    image_shape : tuple of int (channels, height, width), default=None
        Shape of the images that the rows hold, for convolutions. None means dense
        networks.

    beta_noise : float, default=1.0
        Weight :math:`\beta_n` of the noise that the encoder reads.

    beta_class : float, default=1.0
        Weight :math:`\beta_c` of the class.

    penalty : float, default=10.0
        Weight :math:`\lambda` of the critic's slopes.

    critic_steps : int, default=5
        Number of the critic's steps for each of the generator's. Each takes its part of
        the batch.

    max_epochs : int, default=200
        Number of epochs.

    lr : float, default=5e-4
        Learning rate of both sides.

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
        The clusters of the networks before the training, which are those of chance,
        with the numbers of those that they became.

    temperature_ : float
        Temperature of the probabilities: above 1, the assignments of the method are
        surer than rows around each other agree.

    weights_ : ndarray of shape (n_clusters,)
        Weights of the clusters that rows are drawn from: equal ones.

    module_ : torch.nn.Module
        The trained network.

    history_ : list of dict
        One row for each epoch: ``stage`` ("play"), ``epoch``, ``train_loss``, its
        terms ``distance``, ``noise`` and ``classes``, ``n_used_clusters``,
        ``label_change``, ``seconds``, and ``spread``, the variance within clusters of
        what is drawn over that of the rows: near 0, the generator has collapsed.

    n_iter_ : int
        Number of epochs run.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen in :meth:`fit`, if they are all strings.

    See Also
    --------
    InfoGAN : A network that reads the class shares its layers with the opponent.
    VaDE : Draws rows as well, from an autoencoder, with clusters of unequal size.

    Notes
    -----
    Rows :math:`x` are relative to the data: their mean is zero and their mean squared
    length one. Codes are :math:`z = (z_n, z_c)`, of the noise
    :math:`z_n \sim N(0, 0.1^2 I)` and a class, drawn evenly. The generator :math:`G`
    and the encoder :math:`E`, with the outputs :math:`\hat z_n` and the class's
    probabilities :math:`q`, minimise

    .. math:: \langle D(x) \rangle - \langle D(G(z)) \rangle + \beta_n \|z_n - \hat
              z_n\|^2 / d_n - \beta_c \log q_{z_c}(G(z)),

    whose first part estimates the Wasserstein distance of what is drawn from the data.
    The critic :math:`D` maximises this part, minus :math:`\lambda \langle
    (\|\nabla D(\tilde x)\| - 1)^2 \rangle` at points between rows and drawn ones, a
    mixing share for each pair. One optimizer serves both sides: in the step of the one,
    the weights of the other have no gradient.

    Each feature is drawn within the range that it has in the data. :meth:`soft_predict`
    gives :math:`q(x)`, :meth:`transform` :math:`(\hat z_n, q)`, in which the authors
    look for clusters by k-means: these are those of the largest :math:`q`.
    :meth:`score_samples` is minus the squared error of :math:`G(E(x))`, relative to the
    mean squared distance of rows from their mean.

    The encoder never sees a row of the data in training: it is as good as the
    generator, and adversarial training has no loss that tells when to stop. The
    published scores count the largest class of each cluster (purity), for a choice of
    runs.

    References
    ----------
    .. [1] Mukherjee, S., Asnani, H., Lin, E., Kannan, S. (2019). ClusterGAN: latent
       space clustering in generative adversarial networks. AAAI.
       https://arxiv.org/abs/1809.03627

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import ClusterGAN
    >>> X = load_digits().data / 16
    >>> gan = ClusterGAN(10, lr=1e-3, max_epochs=25, random_state=0)
    >>> gan.fit(X).labels_.shape, gan.transform(X).shape
    ((1797,), (1797, 40))
    >>> digits, clusters = gan.sample(3, cluster=0)
    >>> digits.shape, clusters
    ((3, 64), array([0, 0, 0]))
    """

    _parameter_constraints: dict = {
        **BaseAdversarialClusterer._parameter_constraints,
        "beta_noise": [Interval(Real, 0, None, closed="left")],
        "beta_class": [Interval(Real, 0, None, closed="left")],
        "penalty": [Interval(Real, 0, None, closed="left")],
        "critic_steps": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        n_noise: int = 30,
        hidden_layer_sizes: Sizes | None = None,
        image_shape: ImageShape | None = None,
        beta_noise: float = 1.0,
        beta_class: float = 1.0,
        penalty: float = 10.0,
        critic_steps: int = 5,
        max_epochs: int = 200,
        lr: float = 5e-4,
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
        self.n_noise = n_noise
        self.hidden_layer_sizes = hidden_layer_sizes
        self.image_shape = image_shape
        self.beta_noise = beta_noise
        self.beta_class = beta_class
        self.penalty = penalty
        self.critic_steps = critic_steps
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
        return _Module(**self._network_settings(start))

    def _train(self, run, rng):
        module = run.module

        def loss(real):
            codes, classes = module.draw_codes(len(real))
            noise = codes[:, : self.n_noise]
            drawn = module.generate(codes)
            with frozen(module.critic):
                distance = module.judge(real).mean() - module.judge(drawn).mean()
            found, logits = module.read(drawn).tensor_split([self.n_noise], 1)
            return {
                "distance": distance,
                "noise": self.beta_noise * mse_loss(found, noise),
                "classes": self.beta_class * cross_entropy(logits, classes),
            }

        def critic_loss(real, drawn):
            judged = module.judge(torch.cat([drawn, real]))
            drawn_, real_ = judged.tensor_split([len(drawn)])
            shares = torch.rand(len(real), 1, device=real.device, dtype=real.dtype)
            slopes = gradient_penalty(module.judge, real, drawn, shares)
            return {
                "distance": drawn_.mean() - real_.mean(),
                "penalty": self.penalty * slopes,
            }

        def critic_steps(real):
            n_rows, n_steps = len(real), min(self.critic_steps, len(real))
            with torch.no_grad():
                drawn = module.generate(module.draw_codes(n_rows)[0])[:n_rows]
            parts = real.tensor_split(n_steps), drawn.tensor_split(n_steps)
            for pair in zip(*parts, strict=True):
                run.opponent_step(partial(critic_loss, *pair))

        self._play(run, loss, critic_steps)
