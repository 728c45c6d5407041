"""Variational deep embedding."""

from collections.abc import Callable
from numbers import Real
from typing import Any, Literal

import torch
from numpy.typing import ArrayLike
from sklearn.frozen import FrozenEstimator

from .._compat import Interval, StrOptions
from .._typing import Augment, Dtype, Estimator, Likelihood, Precision, RandomState
from ..base import BaseDeepTransformer
from ..modules import draw_normal
from ._variational import BaseVariationalMixture, VariationalMixture

# Share of a batch in the statistics of the components, for stepwise EM.
_EM_RATE = 0.01


class _Module(VariationalMixture):
    def __init__(self, vae, n_clusters, covariance_type, prior_update, responsibility):
        super().__init__(vae, n_clusters, covariance_type)
        self.is_sampled = responsibility == "sample"
        for parameter in (self.prior.logits, self.prior.means):
            parameter.requires_grad_(prior_update == "gradient")

    def log_responsibilities(self, z, expected):
        log_joint = self.prior.log_joint(z) if self.is_sampled else expected
        return log_joint.log_softmax(1)

    def assign(self, x):
        return self.prior.log_joint(self.embed(x)).log_softmax(1)


class VaDE(BaseVariationalMixture):
    r"""Variational deep embedding.

    A variational autoencoder whose prior is a mixture of normal distributions, one for
    each cluster. New rows can be drawn from each cluster.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters, and of components of the mixture.

    autoencoder : transformer, default=None
        The network to start from: an :class:`~skdeepcluster.Autoencoder` or a
        :class:`~skdeepcluster.VariationalAutoencoder`, fitted within :meth:`fit`, or
        a fitted one in a :class:`sklearn.frozen.FrozenEstimator`, whose weights are
        copied. It has the same ``likelihood``. None means an ``Autoencoder``.

    init : clusterer, transformer or array-like of shape (n_samples,), default=None
        The clusters to start from: a clusterer of the autoencoder's codes, a
        transformer of the codes, whose embedding is clustered as by default, or labels,
        with -1 for noise. None means k-means, the best of 20 starts, or
        :class:`~skdeepcluster.GraphDegreeLinkage`: the ones of whose clusters a row's
        label tells more about the labels of its 10 nearest neighbours, by mutual
        information. The paper's start is
        ``GaussianMixture(n_clusters, covariance_type="diag")``.

    init_space : {"codes", "data"}, default="codes"
        What ``init`` clusters: the autoencoder's codes, or the rows themselves, of
        which neighbours sometimes tell more.

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

    covariance_type : {"full", "tied", "diag", "fixed"}, default="full"
        Covariances of the components. The paper's are "diag"; but the clusters of an
        autoencoder's codes are oblique, and "full" ones find and keep them better. A
        "tied" one, of all clusters, has fewer entries to learn in codes of many
        dimensions. A "fixed" one is not learned: the same variance in all directions.

    prior_variance : float, default=0.05
        The variance with covariance_type="fixed", as a share of that of the codes of
        the start, from 1e-3 to 1e3.

    prior_update : {"gradient", "em"}, default="gradient"
        How the weights and the means of the components are learned: as all the rest, or
        by stepwise EM, after each step, from draws of the batch's codes. That and a
        "fixed" covariance are LTVAE [2]_ with a single latent variable.

    responsibility : {"sample", "analytic"}, default="sample"
        The probabilities of the clusters in training: those of a draw of the code, as
        the authors have it, or the ones with the largest bound.

    max_epochs : int, default=100
        Number of epochs of the clustering stage.

    lr : float, default=5e-4
        Learning rate of the clustering stage. The paper's 2e-3 undoes much of the start
        on images.

    lr_decay : float, default=0.9
        Factor of the learning rate every 10 epochs, down to a tenth of it.

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
        The clusters of the start, with the numbers of those that they became.

    temperature_ : float
        Temperature of the probabilities: above 1, the assignments of the method are
        surer than rows around each other agree.

    weights_ : ndarray of shape (n_clusters,)
        Weights of the components.

    means_ : ndarray of shape (n_clusters, n_components)
        Means of the components.

    covariances_ : ndarray of shape (n_clusters, n_components, n_components)
        Covariances of the components; if ``covariance_type="diag"``, their variances,
        of shape (n_clusters, n_components), and if "tied" or "fixed", the one of all,
        of shape (n_components, n_components).

    recon_precision_ : float
        The precision :math:`\tau` in use.

    module_ : torch.nn.Module
        The trained network.

    history_ : list of dict
        One row for each epoch: ``stage`` (those of the
        autoencoder, then "cluster"),
        ``epoch``, ``train_loss``, ``reconstruction``, ``kl``, ``lr``, ``seconds``.

    n_iter_ : int
        Number of epochs run, those of the start included.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen in :meth:`fit`, if they are all strings.

    See Also
    --------
    KDVAE : A variational autoencoder for each cluster.
    VariationalAutoencoder : A single normal distribution for the prior.

    Notes
    -----
    A cluster :math:`c` has the probability :math:`\pi_c`, its codes are
    :math:`p(z|c) = N(\mu_c, \Sigma_c)`, and :math:`-\log p(x|z)` is
    :math:`\frac\tau2 \|x - g(z)\|^2` (its constant left out) or the binary
    cross-entropy. With :math:`q(z|x) = N(m(x), \operatorname{diag} v(x))` from the
    encoder and the responsibilities :math:`\gamma_c`, the loss is minus the evidence
    bound

    .. math:: -E_{q(z|x)} \log p(x|z) + \sum_c \gamma_c \big(\log \gamma_c
              - E_{q(z|x)} \log \pi_c p(z|c)\big) - H(q(z|x)),

    a mean over the rows, with one draw of :math:`z` for each. The responsibilities are
    :math:`\gamma_c \propto \pi_c p(z|c)` at that draw, or, if analytic,
    :math:`\gamma_c \propto \exp E_{q(z|x)} \log \pi_c p(z|c)`.

    The start: the autoencoder's codes, scaled to a standard deviation of 2, are the
    means :math:`m(x)`, and each cluster of them gives the weight, the mean and the
    covariance of a component. :meth:`soft_predict` gives :math:`p(c|z)` at
    :math:`z = m(x)`, which is what :meth:`transform` returns; :meth:`score_samples` is
    the bound there, with the likelihood's constant.

    References
    ----------
    .. [1] Jiang, Z., Zheng, Y., Tan, H., Tang, B., Zhou, H. (2017). Variational deep
       embedding: an unsupervised and generative approach to clustering. IJCAI.
       https://arxiv.org/abs/1611.05148

    .. [2] Li, X., Chen, Z., Poon, L. K. M., Zhang, N. L. (2019). Learning latent
       superstructures in variational autoencoders for deep multidimensional clustering.
       ICLR. https://arxiv.org/abs/1803.05206

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import Autoencoder, VaDE
    >>> X = load_digits().data / 16
    >>> autoencoder = Autoencoder(5, hidden_layer_sizes=(64,), batch_size=64)
    >>> vade = VaDE(10, autoencoder=autoencoder, max_epochs=5, random_state=0)
    >>> vade.fit(X).labels_.shape, vade.means_.shape
    ((1797,), (10, 5))
    >>> digits, clusters = vade.sample(3, cluster=0)
    >>> digits.shape, clusters
    ((3, 64), array([0, 0, 0]))
    """

    _parameter_constraints: dict = {
        **BaseVariationalMixture._parameter_constraints,
        "covariance_type": [StrOptions({"full", "tied", "diag", "fixed"})],
        "prior_variance": [Interval(Real, 1e-3, 1e3, closed="both")],
        "prior_update": [StrOptions({"gradient", "em"})],
        "responsibility": [StrOptions({"sample", "analytic"})],
    }

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        autoencoder: BaseDeepTransformer | FrozenEstimator | None = None,
        init: Estimator | ArrayLike | None = None,
        init_space: Literal["codes", "data"] = "codes",
        likelihood: Likelihood = "gaussian",
        recon_precision: float | Literal["auto"] = "auto",
        covariance_type: Literal["full", "tied", "diag", "fixed"] = "full",
        prior_variance: float = 0.05,
        prior_update: Literal["gradient", "em"] = "gradient",
        responsibility: Literal["sample", "analytic"] = "sample",
        max_epochs: int = 100,
        lr: float = 5e-4,
        lr_decay: float = 0.9,
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
        self.autoencoder = autoencoder
        self.init = init
        self.init_space = init_space
        self.likelihood = likelihood
        self.recon_precision = recon_precision
        self.covariance_type = covariance_type
        self.prior_variance = prior_variance
        self.prior_update = prior_update
        self.responsibility = responsibility
        self.max_epochs = max_epochs
        self.lr = lr
        self.lr_decay = lr_decay
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
        return _Module(
            self._variational(start),
            self.n_clusters,
            self.covariance_type,
            self.prior_update,
            self.responsibility,
        )

    def _train(self, run, rng):
        module = run.module

        def negative_elbo(x, i):
            mean, log_var = module.vae.posterior(x)
            z = draw_normal(mean, log_var)
            return {
                "reconstruction": module.vae.negative_log_likelihood(x, z).mean(),
                "kl": module.kl(z, mean, log_var).mean(),
            }

        def em_step(x, i):
            z = draw_normal(*module.vae.posterior(x))
            module.prior.em_step(z, _EM_RATE)

        after_step = em_step if self.prior_update == "em" else None
        self._joint_stage(run, negative_elbo, after_step)
