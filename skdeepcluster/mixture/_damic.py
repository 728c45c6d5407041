"""Deep clustering based on a mixture of autoencoders."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted
from torch import nn
from torch.nn.functional import cross_entropy

from .._compat import Interval, StrOptions
from .._parts import ReconPrecisionMixin, check_network
from .._typing import (
    Augment,
    Dtype,
    Estimator,
    FloatArray,
    ImageShape,
    Likelihood,
    Precision,
    RandomState,
    Sizes,
)
from ..losses import mixture_nll
from ..modules import autocast, conv_encoder, mlp, reorder_outputs
from ._base import BaseExpertsClusterer, Experts, warn_of_collapse


class _Module(nn.Module):
    def __init__(self, experts, gate, assignment):
        super().__init__()
        self.experts = experts
        self.gate = gate
        self.assignment = assignment
        self.n_components = experts.n_components
        self.precision = experts.precision

    @autocast
    def gate_logits(self, x):
        return self.gate(self.experts.inputs(x))

    def log_gate(self, x):
        """log p_k(x) (batch, n_clusters)."""
        return self.gate_logits(x).log_softmax(1)

    def distortions(self, x):
        """d_k(x) (batch, n_clusters)."""
        return self.experts.distortions(x, self.experts.encode(x))

    def embed(self, x):
        return self.experts.embed(x)

    def assign(self, x):
        if self.assignment == "gate":
            return self.log_gate(x)
        if self.assignment == "reconstruction":
            return (-self.distortions(x)).log_softmax(1)
        return (self.log_gate(x) - self.distortions(x)).log_softmax(1)

    def score(self, x):
        likelihood = -mixture_nll(self.log_gate(x), self.distortions(x))
        return self.experts.log_constant(x) + likelihood

    def reorder(self, order):
        self.experts.reorder(order)
        reorder_outputs(self.gate[-1], order)

    @property
    def recon_precision(self):
        return self.experts.recon_precision


class DAMIC(ReconPrecisionMixin, BaseExpertsClusterer):
    r"""Deep clustering based on a mixture of autoencoders.

    Each cluster has an autoencoder, its expert, which reconstructs the cluster's rows
    well and others badly; a gate, a classifier, learns which expert is the best one.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, and of experts.

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

    gate_hidden_layer_sizes : sequence of int, default=None
        Units of the gate's hidden layers; with ``image_shape``, channels of its
        convolutions. None means (512, 512), and (32, 64, 128) for images.

    likelihood : {"gaussian", "bernoulli", "cosine", "multinomial"}, default="gaussian"
        Distribution of the data around a reconstruction. "bernoulli" is for data in
        [0, 1]. Two are for texts, the lengths of whose rows do not count: "cosine", the
        Gaussian one of the rows' directions, and "multinomial", that of their words.

    recon_precision : float or "auto", default=1.0
        Precision :math:`\tau` (the inverse of the variance) of the Gaussian
        likelihood. The larger, the more the reconstruction decides against the gate.
        "auto" means the inverse of the mean variance of the features (of 10,000 rows at
        most).
        With likelihood="cosine" it is that of the directions, with "multinomial" the
        number of words that a row counts for, the mean number if "auto".

    input_noise : float, default=0.0
        Standard deviation of the noise on the experts' inputs in training. It keeps
        an expert from reconstructing what lies beside its own rows.

    dropout : float, default=0.0
        Share of the hidden units of the dense experts that are set to zero in
        training, to the same end.

    assignment : {"reconstruction", "posterior", "gate"}, default="reconstruction"
        What decides on a row's cluster: the reconstruction :math:`e^{-d_k(x)}`, the
        posterior :math:`p_k(x) e^{-d_k(x)}`, or the gate :math:`p_k(x)`, as in the
        paper. The experts tend to be right where the gate lags behind them.

    expert_epochs : int, default=10
        Number of epochs in which each expert learns its cluster of the start. Many
        make the experts keep its mistakes.

    gate_epochs : int, default=10
        Number of epochs in which the gate learns the clusters of the start.

    max_epochs : int, default=50
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

    recon_precision_ : float
        The precision :math:`\tau` in use.

    module_ : torch.nn.Module
        The trained network.

    history_ : list of dict
        One row for each epoch: ``stage`` (those of ``init``,
        then "experts", "gate" and "cluster"),
        ``epoch``, ``train_loss``, ``seconds``.

    n_iter_ : int
        Number of epochs run, those of the start included.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen in :meth:`fit`, if they are all strings.

    See Also
    --------
    KDAE : Without a gate; each row belongs to its best expert.
    KDVAE : With variational autoencoders, which can sample.

    Notes
    -----
    With the experts' reconstructions :math:`f_k(x)`, the distortions
    :math:`d_k(x) = \frac\tau2 \|x - f_k(x)\|^2` (or the binary cross-entropy, summed
    over the features) and the gate's probabilities :math:`p_k(x)`, the loss is

    .. math:: L = - \frac1n \sum_i \log \sum_k p_k(x_i) e^{-d_k(x_i)}.

    At the start each expert learns to reconstruct its cluster of ``init``, or all rows
    if that is empty, in batches with equally many rows of each cluster, and the gate
    learns to tell them apart. Then all
    of them are trained on :math:`L`. :meth:`transform` returns the distances
    :math:`\|x - f_k(x)\|`, :meth:`score_samples` is minus a row's term in :math:`L`,
    with the likelihood's constant, and the probabilities of :meth:`soft_predict` are
    those that ``assignment`` names.

    The distortions sum over the features. If they are large against one, the assignment
    is hard from the start: scale the data to about [0, 1], or lower
    ``recon_precision``.

    References
    ----------
    .. [1] Chazan, S. E., Gannot, S., Goldberger, J. (2019). Deep clustering based on a
       mixture of autoencoders. MLSP. https://arxiv.org/abs/1812.06535

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import DAMIC
    >>> X = load_digits().data / 16
    >>> damic = DAMIC(
    ...     10, init=KMeans(10), n_components=5, hidden_layer_sizes=(64, 32),
    ...     expert_epochs=5, gate_epochs=5, max_epochs=5, random_state=0,
    ... ).fit(X)
    >>> damic.labels_.shape, damic.transform(X).shape, damic.prototypes().shape
    ((1797,), (1797, 10), (10, 64))
    """

    _parameter_constraints: dict = {
        **BaseExpertsClusterer._parameter_constraints,
        "gate_hidden_layer_sizes": ["array-like", None],
        **ReconPrecisionMixin._parameter_constraints,
        "input_noise": [Interval(Real, 0, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "assignment": [StrOptions({"reconstruction", "posterior", "gate"})],
        "gate_epochs": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Estimator | ArrayLike | None = None,
        n_components: int = 10,
        hidden_layer_sizes: Sizes | None = None,
        image_shape: ImageShape | None = None,
        gate_hidden_layer_sizes: Sizes | None = None,
        likelihood: Likelihood = "gaussian",
        recon_precision: float | Literal["auto"] = 1.0,
        input_noise: float = 0.0,
        dropout: float = 0.0,
        assignment: Literal["reconstruction", "posterior", "gate"] = "reconstruction",
        expert_epochs: int = 10,
        gate_epochs: int = 10,
        max_epochs: int = 50,
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
        self.gate_hidden_layer_sizes = gate_hidden_layer_sizes
        self.likelihood = likelihood
        self.recon_precision = recon_precision
        self.input_noise = input_noise
        self.dropout = dropout
        self.assignment = assignment
        self.expert_epochs = expert_epochs
        self.gate_epochs = gate_epochs
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
        name = "gate_hidden_layer_sizes"
        check_network(getattr(self, name), self.image_shape, X.shape[1], name)
        if self.dropout and self.image_shape is not None:
            raise ValueError(
                f"dropout={self.dropout} is for dense experts: set it to 0, or leave "
                "image_shape None."
            )

    def _build(self, start):
        n_features = start.n_features
        network = self._expert_network(n_features, self.n_components, self.dropout)
        experts = Experts(
            network,
            self.n_clusters,
            self.likelihood,
            self._fixed_precision(),
            self.precision,
        )
        return _Module(experts, self._gate(n_features), self.assignment)

    def _gate(self, n_features):
        sizes = self.gate_hidden_layer_sizes
        if self.image_shape is not None:
            channels = (32, 64, 128) if sizes is None else sizes
            return conv_encoder(tuple(self.image_shape), channels, self.n_clusters)
        sizes = (512, 512) if sizes is None else sizes
        return mlp([n_features, *sizes, self.n_clusters])

    def _begin(self, run, rng):
        module = run.module
        self._find_precision(run, rng)
        labels = torch.from_numpy(run.start.labels).to(run.net.device)

        def expert_loss(x):
            return {"reconstruction": self._distortions(module, x).mean(0).sum()}

        def gate_loss(x, i):
            return {"gate": cross_entropy(module.gate_logits(x), labels[i])}

        self._train_experts(run, module.experts, expert_loss)
        run.stage(
            "gate", gate_loss, self.gate_epochs, parameters=module.gate.parameters()
        )

    def _train(self, run, rng):
        module = run.module

        def loss(x, i):
            distortions = self._distortions(module, x)
            return {"mixture": mixture_nll(module.log_gate(x), distortions).mean()}

        run.stage("cluster", loss, self.max_epochs)
        warn_of_collapse(self, run.map(module.assign).exp())

    def _distortions(self, module, x):
        """Return d_k(x) of codes of x with noise (batch, n_clusters)."""
        noise = self.input_noise * torch.randn_like(x) if self.input_noise else 0
        return module.experts.distortions(x, module.experts.encode(x + noise))

    def prototypes(self) -> FloatArray:
        """Decode an input of ones through each expert.

        Returns
        -------
        ndarray of shape (n_clusters, n_features)
            What each expert makes of it, the picture of its cluster, in the dtype of
            the network.
        """
        check_is_fitted(self)
        experts = self.module_.experts
        ones = np.ones((1, self.n_features_in_))
        return self._apply(lambda x: experts.reconstruct(x).transpose(0, 1), ones)[0]
