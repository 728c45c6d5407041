"""K deep variational autoencoders."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import nn

from .._compat import StrOptions
from .._parts import ReconPrecisionMixin
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
from ..base import GenerativeMixin
from ..losses import gaussian_kl
from ..modules import draw_normal, split_normal
from ._base import BaseExpertsClusterer, Experts, warn_of_collapse


class _Module(Experts):
    def __init__(self, *args, responsibility, assignment):
        super().__init__(*args)
        self.responsibility = responsibility
        self.assignment = assignment
        self.logits = nn.Parameter(torch.zeros(self.n_components))

    def log_weights(self):
        """log alpha_k (n_clusters,)."""
        return self.logits.log_softmax(0)

    def posterior(self, x):
        """Means and log-variances of q_k(z | x), (n_clusters, batch, n_components)."""
        return split_normal(self.encode(x))

    def codes(self, x):
        return self.posterior(x)[0]

    def elbo(self, x, z, mean, log_var):
        """E_k(x) with z from q_k(z | x) (batch, n_clusters)."""
        return -self.distortions(x, z) - gaussian_kl(mean, log_var).T

    def draw_elbo(self, x):
        """E_k(x) of one draw (batch, n_clusters)."""
        mean, log_var = self.posterior(x)
        return self.elbo(x, draw_normal(mean, log_var), mean, log_var)

    def mixture(self, elbo):
        """The objective from E_k(x) (batch,)."""
        log_joint = self.log_weights() + elbo
        return (
            log_joint.max(1).values  # of equal experts the first one is trained
            if self.responsibility == "hard"
            else log_joint.logsumexp(1)
        )

    def assign(self, x):
        mean, log_var = self.posterior(x)
        scores = self.elbo(x, mean, mean, log_var)
        if self.assignment == "map":
            # log p(z) - log q(z | x) at the mean, in the place of -KL.
            scores = scores - (1 - log_var.exp()).sum(-1).T / 2
        return (self.log_weights() + scores).log_softmax(1)

    def score(self, x):
        mean, log_var = self.posterior(x)
        elbo = self.elbo(x, mean, mean, log_var)
        return self.log_constant(x) + self.mixture(elbo)

    def information(self, x):
        """KL(q_k(z | x) || p(z)) of a row's own expert (batch,)."""
        own = self.assign(x).argmax(1, keepdim=True)
        return gaussian_kl(*self.posterior(x)).T.gather(1, own)


class KDVAE(GenerativeMixin, ReconPrecisionMixin, BaseExpertsClusterer):
    r"""K deep variational autoencoders.

    Each cluster has a variational autoencoder, its expert; each row belongs to the one
    with the largest evidence bound, and trains that one alone. New rows can be drawn
    from each cluster.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, and of variational autoencoders.

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

    recon_precision : float or "auto", default="auto"
        Precision :math:`\tau` (the inverse of the variance) of the Gaussian
        likelihood. Too small, and the decoder ignores the code; too large, and the
        prior no longer matters. "auto" means the inverse of the mean variance of the
        features (of 10,000 rows at most), so that scaling the data changes nothing.
        With likelihood="cosine" it is that of the directions, with "multinomial" the
        number of words that a row counts for, the mean number if "auto".

    responsibility : {"hard", "soft"}, default="hard"
        In training, a row belongs to its best expert, as in the paper, or to all of
        them by their probabilities.

    learn_weights : bool, default=False
        Learn the clusters' weights :math:`\alpha`. The paper has equal ones.

    assignment : {"map", "elbo"}, default="map"
        What decides on a row's cluster: the paper's rule with the most probable code,
        or the evidence bound, see the notes.

    expert_epochs : int, default=10
        Number of epochs in which each expert learns its cluster of the start. Many
        make the experts keep its mistakes.

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

    weights_ : ndarray of shape (n_clusters,)
        Weights of the clusters: the learned ones, or else their shares of the
        training data.

    recon_precision_ : float
        The precision :math:`\tau` in use.

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
    VaDE : One variational autoencoder, whose prior is a mixture.
    KDAE : Without variances.

    Notes
    -----
    Each expert has an encoder :math:`q_k(z|x) = N(\mu_k(x), \operatorname{diag}
    \sigma_k^2(x))`, the prior :math:`p(z) = N(0, I)` and a decoder :math:`p_k(x|z)`,
    with :math:`-\log p_k(x|z) = \frac\tau2 \|x - g_k(z)\|^2` (its constant left out) or
    the binary cross-entropy. With the evidence bound, of one draw,

    .. math:: E_k(x) = \log p_k(x|z) - KL(q_k(z|x) \,\|\, p(z)), \qquad z \sim q_k(z|x),

    the loss is minus the mean of :math:`\max_k (\log \alpha_k + E_k(x))`, or of
    :math:`\log \sum_k \alpha_k e^{E_k(x)}` if ``responsibility="soft"``. At the start
    each expert learns its cluster of ``init``, or all rows if that is empty, in batches
    with equally many rows of each cluster.

    The clusters' probabilities are proportional to :math:`\alpha_k e^{S_k(x)}`. With
    ``assignment="map"``, :math:`S_k` is :math:`\log p_k(x|\mu_k) - \frac12 \|\mu_k\|^2
    + \sum_j \log \sigma_{kj}`; with "elbo", it is :math:`E_k` at :math:`z = \mu_k`.
    :meth:`transform` returns the distances :math:`\|x - g_k(\mu_k(x))\|`, for the codes
    of different experts cannot be compared; :meth:`score_samples` is the objective at
    :math:`z = \mu_k`, with the likelihood's constant.

    References
    ----------
    .. [1] Caciularu, A., Goldberger, J. (2023). An entangled mixture of variational
       autoencoders approach to deep clustering. Neurocomputing. As submitted to ICLR
       2021: https://openreview.net/forum?id=LpSGtq6F5xN

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import KDVAE
    >>> X = load_digits().data / 16
    >>> kdvae = KDVAE(
    ...     10, init=KMeans(10), n_components=5, hidden_layer_sizes=(64, 32),
    ...     expert_epochs=5, max_epochs=5, random_state=0,
    ... ).fit(X)
    >>> digits, clusters = kdvae.sample(3, cluster=0)
    >>> digits.shape, clusters
    ((3, 64), array([0, 0, 0]))
    """

    _parameter_constraints: dict = {
        **BaseExpertsClusterer._parameter_constraints,
        **ReconPrecisionMixin._parameter_constraints,
        "responsibility": [StrOptions({"hard", "soft"})],
        "learn_weights": ["boolean"],
        "assignment": [StrOptions({"map", "elbo"})],
    }

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: Estimator | ArrayLike | None = None,
        n_components: int = 10,
        hidden_layer_sizes: Sizes | None = None,
        image_shape: ImageShape | None = None,
        likelihood: Likelihood = "gaussian",
        recon_precision: float | Literal["auto"] = "auto",
        responsibility: Literal["hard", "soft"] = "hard",
        learn_weights: bool = False,
        assignment: Literal["map", "elbo"] = "map",
        expert_epochs: int = 10,
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
        self.likelihood = likelihood
        self.recon_precision = recon_precision
        self.responsibility = responsibility
        self.learn_weights = learn_weights
        self.assignment = assignment
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
        module = _Module(
            self._expert_network(start.n_features, 2 * self.n_components),
            self.n_clusters,
            self.likelihood,
            self._fixed_precision(),
            self.precision,
            responsibility=self.responsibility,
            assignment=self.assignment,
        )
        module.logits.requires_grad_(self.learn_weights)
        return module

    def _begin(self, run, rng):
        module = run.module
        self._find_precision(run, rng)
        self._train_experts(
            run, module, lambda x: {"elbo": -module.draw_elbo(x).mean(0).sum()}
        )

    def _train(self, run, rng):
        module = run.module

        def loss(x, i):
            return {"elbo": -module.mixture(module.draw_elbo(x)).mean()}

        run.stage("cluster", loss, self.max_epochs)
        information = run.map(module.information).mean().item()
        warn_of_collapse(self, run.map(module.assign).exp(), information)

    @property
    def weights_(self) -> FloatArray:
        """Weights of the clusters, ndarray of shape (n_clusters,)."""
        if self._fitted_as.learn_weights:
            return self.module_.logits.double().softmax(0).numpy(force=True)
        return np.bincount(self.labels_, minlength=self._n_clusters) / len(self.labels_)

    def _draw(self, labels, rng):
        z = rng.normal(size=(len(labels), self._fitted_as.n_components))

        def decode(rows):
            z, own = rows[:, :-1], rows[:, -1].long()
            by_expert = self.module_.decode(z.expand(self._n_clusters, -1, -1))
            return by_expert[own, torch.arange(len(rows), device=rows.device)]

        return self._apply(decode, np.column_stack([z, labels]), z.dtype)
