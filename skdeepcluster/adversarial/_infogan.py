"""Information maximizing generative adversarial network, its class for a cluster."""

from collections.abc import Callable
from functools import partial
from numbers import Real
from typing import Any

import torch
from torch import nn
from torch.nn.functional import leaky_relu, logsigmoid, softplus

from .._compat import Interval
from .._typing import Augment, Dtype, ImageShape, Precision, RandomState, Sizes
from ..losses import information_bound, jensen_shannon_loss
from ..modules import autocast, critic_network, reorder_outputs
from ._base import AdversarialModule, BaseAdversarialClusterer, frozen

# Units of the hidden layer between what is shared and the classes.
_N_HIDDEN = 128


class _Module(AdversarialModule):
    n_components = _N_HIDDEN

    def __init__(self, n_features, n_clusters, n_noise, sizes, image_shape, precision):
        super().__init__(n_features, n_clusters, n_noise, sizes, image_shape, precision)
        *trunk, source = critic_network(n_features, sizes, 1, image_shape)
        self.discriminator = nn.ModuleDict(
            {
                "trunk": nn.Sequential(*trunk),
                "source": source,
                "hidden": nn.Linear(source.in_features, _N_HIDDEN),
                "head": nn.Linear(_N_HIDDEN, n_clusters),
            }
        )

    def noise(self, n_rows, **settings):
        return 2 * torch.rand(n_rows, self.n_noise, **settings) - 1

    @autocast
    def seen(self, rows):
        """What both heads see of relative rows (batch, n_units)."""
        return self.discriminator["trunk"](self.scaled(rows))

    @autocast
    def hidden(self, seen):
        return leaky_relu(self.discriminator["hidden"](seen), 0.2)

    def source(self, seen):
        """Logits of being real (batch,)."""
        return self.discriminator["source"](seen).squeeze(1)

    def log_classes(self, seen):
        """log q(c | x) (batch, n_clusters)."""
        return self.discriminator["head"](self.hidden(seen)).log_softmax(1)

    def embed(self, x):
        return self.hidden(self.seen(self.relative(x)))

    def assign(self, x):
        return self.log_classes(self.seen(self.relative(x)))

    def score(self, x):
        return logsigmoid(self.source(self.seen(self.relative(x))))

    def reorder(self, order):
        super().reorder(order)
        reorder_outputs(self.discriminator["head"], order)


class InfoGAN(BaseAdversarialClusterer):
    r"""Information maximizing generative adversarial network, with a class.

    A generator draws rows from noise and a class. Its opponent tells them from those of
    the data, and reads the class of what was drawn, which both sides want to be easy. A
    row's cluster is the class that is read from it. New rows can be drawn from each
    cluster.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, which are assumed to be of about the same size.

    n_noise : int, default=30
        Number of noise inputs of the generator: what makes rows of a cluster differ.

    hidden_layer_sizes : sequence of int, default=None
        Units of the hidden layers of the discriminator, which the generator
        has reversed, or channels of their convolutions, each of which halves height
        and width; these are followed by a dense layer of eight times the last channels.
        None means (256, 256), or (64, 128) channels.

    image_shape : tuple of int (channels, height, width), default=None
        Shape of the images that the rows hold, for convolutions. None means dense
        networks.

    lam : float, default=1.0
        Weight :math:`\lambda` of the information about the class.

    max_epochs : int, default=400
        Number of epochs.

    lr : float, default=2e-4
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
        terms ``source`` and ``information``, ``n_used_clusters``,
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
    ClusterGAN : An encoder of its own, and a critic whose slopes are bounded.
    VaDE : Draws rows as well, from an autoencoder, with clusters of unequal size.

    Notes
    -----
    With the noise :math:`z \sim U(-1, 1)`, a class :math:`c`, drawn evenly from
    :math:`K`, the probability :math:`D` of being real and those of the class,
    :math:`q`, the generator :math:`G` minimises

    .. math:: -\langle \log D(G(z, c)) \rangle - \lambda \big(\log K + \langle \log
              q(c | G(z, c)) \rangle \big),

    whose second part is a lower bound of the information about the class. The networks
    of :math:`D` and :math:`q`, which share all but the last layers, minimise
    :math:`-\langle \log D(x) \rangle - \langle \log(1 - D(G(z, c))) \rangle`, with
    the same second part. One optimizer serves both sides: in the step of the one, the
    weights of the other have no gradient. Adam's averages of gradients are short,
    ``betas=(0.5, 0.9)``, unless ``net_params`` has others.

    Networks see and draw rows relative to the mean and the scale of the data, each
    feature within its range. :meth:`soft_predict` gives :math:`q(c|x)`,
    :meth:`transform` the hidden layer before it, :meth:`score_samples`
    :math:`\log D(x)`.

    Of the paper's codes there is the class alone, and the discriminator has no batch
    normalization. As :math:`q` sees drawn rows alone in training, it is as good as the
    generator, and no loss tells when to stop. Of several runs, the authors show chosen
    ones.

    References
    ----------
    .. [1] Chen, X., Duan, Y., Houthooft, R., Schulman, J., Sutskever, I., Abbeel, P.
       (2016). InfoGAN: interpretable representation learning by information maximizing
       generative adversarial nets. NIPS. https://arxiv.org/abs/1606.03657

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import InfoGAN
    >>> X = load_digits().data / 16
    >>> gan = InfoGAN(10, lr=5e-4, max_epochs=60, random_state=0)
    >>> gan.fit(X).labels_.shape, gan.transform(X).shape
    ((1797,), (1797, 128))
    >>> digits, clusters = gan.sample(3, cluster=0)
    >>> digits.shape, clusters
    ((3, 64), array([0, 0, 0]))
    """

    _parameter_constraints: dict = {
        **BaseAdversarialClusterer._parameter_constraints,
        "lam": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        n_noise: int = 30,
        hidden_layer_sizes: Sizes | None = None,
        image_shape: ImageShape | None = None,
        lam: float = 1.0,
        max_epochs: int = 400,
        lr: float = 2e-4,
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

    def _build(self, start):
        return _Module(**self._network_settings(start))

    def _train(self, run, rng):
        module = run.module

        def information(log_q, classes):
            return -self.lam * information_bound(log_q, classes)

        def loss(real):
            codes, classes = module.draw_codes(len(real))
            with frozen(module.discriminator):
                seen = module.seen(module.generate(codes))
                return {
                    "source": softplus(-module.source(seen)).mean(),
                    "information": information(module.log_classes(seen), classes),
                }

        def discriminator_loss(real, drawn, classes):
            n_drawn = len(drawn)
            seen = module.seen(torch.cat([drawn, real]))
            logits = module.source(seen)
            return {
                "source": jensen_shannon_loss(logits[n_drawn:], logits[:n_drawn]),
                "information": information(module.log_classes(seen[:n_drawn]), classes),
            }

        def discriminator_step(real):
            codes, classes = module.draw_codes(len(real))
            with torch.no_grad():
                drawn = module.generate(codes)
            run.opponent_step(partial(discriminator_loss, real, drawn, classes))

        self._play(run, loss, discriminator_step)
