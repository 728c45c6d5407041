"""K autoencoders."""

from collections.abc import Callable
from typing import Any

import torch
from numpy.typing import ArrayLike
from torch.nn.functional import one_hot

from .._typing import (
    Augment,
    Dtype,
    Estimator,
    ImageShape,
    Likelihood,
    Precision,
    RandomState,
    Sizes,
)
from ._base import BaseExpertsClusterer, Experts, warn_of_collapse


class _Module(Experts):
    def assign(self, x):
        return (-self.distortions(x, self.encode(x))).log_softmax(1)

    def score(self, x):
        return self.log_constant(x) - self.distortions(x, self.encode(x)).amin(1)


class KDAE(BaseExpertsClusterer):
    r"""K autoencoders: k-means with an autoencoder in the place of each center.

    Each row belongs to the autoencoder that reconstructs it best, and trains that one
    alone.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, and of autoencoders, the experts.

    init : clusterer, transformer or array-like of shape (n_samples,), default=None
        The start: a clusterer, labels, or a transformer, whose embedding is clustered
        by k-means or by :class:`~skdeepcluster.GraphDegreeLinkage`, see :class:`DEC`.
        Estimators are fitted within :meth:`fit`, or are fitted ones in a
        :class:`sklearn.frozen.FrozenEstimator`. None means an
        :class:`~skdeepcluster.Autoencoder`. The paper's start is
        ``make_pipeline(Autoencoder(), KMeans(n_clusters))``.

    n_components : int, default=10
        Width of the experts' codes.

    hidden_layer_sizes : sequence of int, default=None
        Units of the hidden layers of an expert's encoder, which its decoder mirrors;
        with ``image_shape``, channels of its convolutions. None means (500, 100), and
        (16, 32) for images.

    image_shape : tuple of int (channels, height, width), default=None
        Take each row for an image of this shape, and use convolutions.

    likelihood : {"gaussian", "bernoulli", "cosine", "multinomial"}, default="gaussian"
        Distribution of the data around a reconstruction. "bernoulli" is for data in
        [0, 1]. Two are for texts, the lengths of whose rows do not count: "cosine", the
        Gaussian one of the rows' directions, and "multinomial", that of their words.

    expert_epochs : int, default=10
        Number of epochs in which each expert learns its cluster of the start. Many
        make the experts keep its mistakes.

    max_epochs : int, default=40
        Number of epochs of the joint stage.

    lr : float, default=1e-3
        Learning rate of all stages.

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
        The clusters that ``init`` finds.

    temperature_ : float
        Temperature of the probabilities: above 1, the assignments of the method are
        surer than rows around each other agree.

    module_ : torch.nn.Module
        The trained network.

    history_ : list of dict
        One row for each epoch: ``stage`` (those of ``init``,
        then "experts" and "cluster"),
        ``epoch``, ``train_loss``, ``seconds``.

    n_iter_ : int
        Number of epochs run, those of the start included.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen in :meth:`fit`, if they are all strings.

    See Also
    --------
    DAMIC : With a gate, and soft assignments in training.
    KDVAE : With variational autoencoders, which can sample.

    Notes
    -----
    With the experts' reconstructions :math:`f_k(x)` and the distortions
    :math:`d_k(x) = \frac12 \|x - f_k(x)\|^2` (or the binary cross-entropy, summed over
    the features), the loss is

    .. math:: L = \frac1n \sum_i \min_k d_k(x_i).

    With constant experts it is k-means. At the start each expert learns to reconstruct
    its cluster of ``init``, or all rows if that is empty, in batches with equally many
    rows of each cluster.
    :meth:`transform` returns the distances :math:`\|x - f_k(x)\|`,
    :meth:`score_samples` is minus a row's term in :math:`L`, and :meth:`soft_predict`
    gives probabilities proportional to :math:`e^{-d_k(x)}`, which the paper does not
    define.

    References
    ----------
    .. [1] Opochinsky, Y., Chazan, S. E., Gannot, S., Goldberger, J. (2020).
       K-autoencoders deep clustering. ICASSP.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import KDAE
    >>> X = load_digits().data / 16
    >>> kdae = KDAE(
    ...     10, init=KMeans(10), n_components=5, hidden_layer_sizes=(64, 32),
    ...     expert_epochs=5, max_epochs=5, random_state=0,
    ... ).fit(X)
    >>> kdae.labels_.shape, kdae.transform(X).shape, kdae.reconstruct(X).shape
    ((1797,), (1797, 10), (1797, 64))
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Estimator | ArrayLike | None = None,
        n_components: int = 10,
        hidden_layer_sizes: Sizes | None = None,
        image_shape: ImageShape | None = None,
        likelihood: Likelihood = "gaussian",
        expert_epochs: int = 10,
        max_epochs: int = 40,
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
        self.init = init
        self.n_components = n_components
        self.hidden_layer_sizes = hidden_layer_sizes
        self.image_shape = image_shape
        self.likelihood = likelihood
        self.expert_epochs = expert_epochs
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
        network = self._expert_network(start.n_features, self.n_components)
        return _Module(
            network, self.n_clusters, self.likelihood, precision=self.precision
        )

    def _begin(self, run, rng):
        experts = run.module

        def loss(x):
            distortions = experts.distortions(x, experts.encode(x))
            return {"reconstruction": distortions.mean(0).sum()}

        self._train_experts(run, experts, loss)

    def _train(self, run, rng):
        module = run.module

        def loss(x, i):
            distortions = module.distortions(x, module.encode(x))
            # Of equal experts the first one is trained, where amin would train all.
            return {"reconstruction": distortions.min(1).values.mean()}

        run.stage("cluster", loss, self.max_epochs)
        labels = run.map(module.assign).argmax(1)
        warn_of_collapse(self, one_hot(labels, self.n_clusters).float())
