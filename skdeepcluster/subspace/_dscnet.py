"""Deep subspace clustering."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from sklearn.cluster import SpectralClustering
from sklearn.frozen import FrozenEstimator
from sklearn.preprocessing import normalize
from sklearn.utils import gen_batches
from sklearn.utils.extmath import randomized_svd
from torch import nn

from .._compat import Interval
from .._labels import align
from .._parts import check_layer_sizes
from .._typing import Augment, Dtype, Precision, RandomState, Sizes
from ..autoencoders import PretrainingMixin
from ..base import BaseDeepClusterer, BaseDeepTransformer
from ..losses import self_expression
from ..modules import autocast, mlp, reorder_outputs

# Rows with which the work on the matrix of all pairs takes 3.6 GB.
_MOST_ROWS = 10_000


class _Module(nn.Module):
    def __init__(self, autoencoder, sizes, precision):
        super().__init__()
        self.autoencoder = autoencoder
        self.n_components = autoencoder.n_components
        self.classes = mlp(sizes)
        self.precision = precision
        # P of the training rows, by which others are expressed.
        self.register_buffer("expression", torch.eye(self.n_components))

    def embed(self, x):
        return self.autoencoder.embed(x)

    @autocast
    def class_logits(self, codes):
        return self.classes(codes)

    def log_classes(self, codes):
        return self.class_logits(codes).log_softmax(1)

    def assign(self, x):
        return self.log_classes(self.embed(x))

    def score(self, x):
        # Row by row: a product's last bits depend on the rows beside.
        expressed = (self.embed(x)[:, :, None] * self.expression).sum(1)
        return -self.autoencoder.relative_errors(x, expressed)

    def reorder(self, order):
        reorder_outputs(self.classes[-1], order)


class DSCNet(PretrainingMixin, BaseDeepClusterer):
    r"""Deep subspace clustering networks, for up to 10,000 rows.

    An autoencoder is trained so that few directions are enough to express the code of
    each row by those of others. The coefficients of these expressions make a graph,
    which a spectral clustering cuts, and a network learns its clusters.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters.

    autoencoder : transformer, default=None
        The network to start from: any autoencoder of this package, fitted within
        :meth:`fit`, or a fitted one in a :class:`sklearn.frozen.FrozenEstimator`, whose
        weights are copied. None means ``Autoencoder()``.

    ridge : float, default=0.05
        Weight :math:`\rho` of the coefficients in the self-expression, relative to the
        mean eigenvalue of the codes.

    expression_weight : float, default=0.1
        Weight :math:`\omega` of the self-expression in the joint stage.

    affinity_share : float, default=0.2
        Share of the sum of a row's absolute coefficients of which the largest ones
        become the affinity; the others are dropped.

    subspace_dim : int, default=12
        Number of dimensions of a cluster in the spectrum of the affinity.

    affinity_power : float, default=8.0
        Power to which the cosines in that spectrum are raised.

    head_hidden_layer_sizes : sequence of int, default=(256,)
        Units of the hidden layers of the network that predicts the clusters.

    class_epochs : int, default=300
        Largest number of epochs in which that network learns the clusters, until all
        rows have theirs with more than half of the probability.

    max_epochs : int, default=30
        Number of epochs of the joint stage; with 0 the codes of the autoencoder stay.

    lr : float, default=1e-3
        Learning rate of these stages.

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
        The clusters of k-means or graph degree linkage among the autoencoder's codes,
        to compare with, with the numbers of those in ``labels_`` that they share most
        rows with.

    temperature_ : float
        Temperature of the probabilities: above 1, the assignments of the method are
        surer than rows around each other agree.

    module_ : torch.nn.Module
        The trained network.

    history_ : list of dict
        One row for each epoch: ``stage`` (that of the autoencoder, then "express",
        "classes"), ``epoch``, ``train_loss``, ``seconds``; in the stage "express"
        ``reconstruction``, ``expression``.

    n_iter_ : int
        Number of epochs run, those of the autoencoder included.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen in :meth:`fit`, if they are all strings.

    Raises
    ------
    ValueError
        In :meth:`fit`, if there are more than 10,000 rows.

    See Also
    --------
    KDAE : Subspaces that are trained as such, for any number of rows, with
        ``hidden_layer_sizes=()``.
    SpectralNet : Spectral clustering that grows with the rows as networks do.

    Notes
    -----
    The codes :math:`Z` of :math:`b` rows express each other with coefficients
    :math:`C`, (b, b). The loss is

    .. math::

        L = \frac1b \sum_i e\big(x_i, (C Z)_i\big) + \omega \min_C \frac{
        \|Z - C Z\|_F^2 + \lambda \|C\|_F^2}{\|Z\|_F^2}, \qquad
        \lambda = \frac\rho d \|Z\|_F^2,

    with the autoencoder's relative error :math:`e` of what is decoded from the codes as
    others express them. The authors train :math:`C`, with an entry for each pair of
    rows, beside the weights. For given codes, the :math:`C` that minimises the second
    term is known in closed form, and so is the minimum:
    :math:`\frac\rho d \operatorname{tr} P`, with :math:`C Z = Z P` and
    :math:`P = (Z^\top Z + \lambda I)^{-1} Z^\top Z`. Training is then in batches, and
    steadier; that :math:`\lambda` and the second term are relative to the codes keeps
    them from shrinking to nothing, which the authors' form rewards [2]_.

    As with the authors, the affinity of rows comes of the absolute coefficients among
    all rows, :math:`Z (Z^\top Z + \lambda I)^{-1} Z^\top`: the largest ones of each
    row, made symmetric, then the cosines of the rows in their leading singular vectors,
    raised to a power. A spectral clustering cuts it. How many there are, and the power,
    matter more than the training does [2]_.

    A network then learns the clusters from the codes; :meth:`soft_predict` gives its
    probabilities, :meth:`transform` the codes, and :meth:`score_samples` minus the
    error of a row that the training rows express.

    References
    ----------
    .. [1] Ji, P., Zhang, T., Li, H., Salzmann, M., Reid, I. (2017). Deep subspace
       clustering networks. NIPS. https://arxiv.org/abs/1709.02508

    .. [2] Haeffele, B., You, C., Vidal, R. (2021). A critique of self-expressive deep
       subspace clustering. ICLR. https://arxiv.org/abs/2010.03697

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import Autoencoder, DSCNet
    >>> X = load_digits().data / 16
    >>> autoencoder = Autoencoder(hidden_layer_sizes=(64,), max_epochs=5)
    >>> dscnet = DSCNet(10, autoencoder=autoencoder, max_epochs=5, random_state=0)
    >>> dscnet.fit(X).labels_.shape, dscnet.transform(X).shape
    ((1797,), (1797, 10))
    """

    _parameter_constraints: dict = {
        **BaseDeepClusterer._parameter_constraints,
        **PretrainingMixin._parameter_constraints,
        "ridge": [Interval(Real, 0, None, closed="neither")],
        "expression_weight": [Interval(Real, 0, None, closed="left")],
        "affinity_share": [Interval(Real, 0, 1, closed="right")],
        "subspace_dim": [Interval(Integral, 1, None, closed="left")],
        "affinity_power": [Interval(Real, 1, None, closed="left")],
        "head_hidden_layer_sizes": ["array-like"],
        "class_epochs": [Interval(Integral, 0, None, closed="left")],
    }
    # The clusters are found at the end.
    del _parameter_constraints["init"], _parameter_constraints["init_space"]

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        autoencoder: BaseDeepTransformer | FrozenEstimator | None = None,
        ridge: float = 0.05,
        expression_weight: float = 0.1,
        affinity_share: float = 0.2,
        subspace_dim: int = 12,
        affinity_power: float = 8.0,
        head_hidden_layer_sizes: Sizes = (256,),
        class_epochs: int = 300,
        max_epochs: int = 30,
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
        self.autoencoder = autoencoder
        self.ridge = ridge
        self.expression_weight = expression_weight
        self.affinity_share = affinity_share
        self.subspace_dim = subspace_dim
        self.affinity_power = affinity_power
        self.head_hidden_layer_sizes = head_hidden_layer_sizes
        self.class_epochs = class_epochs
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
        check_layer_sizes("head_hidden_layer_sizes", self.head_hidden_layer_sizes)
        n_samples = X.shape[0]
        if n_samples > _MOST_ROWS:
            raise ValueError(
                f"n_samples={n_samples}, but DSCNet compares all rows with each other, "
                f"in a memory of {3.6e-8 * n_samples**2:.1f} GB: fit it to at most "
                f"{_MOST_ROWS} rows, and predict the others."
            )

    def _build(self, start):
        sizes = (
            start.autoencoder.n_components,
            *self.head_hidden_layer_sizes,
            self.n_clusters,
        )
        return _Module(start.autoencoder, sizes, self.precision)

    def _train(self, run, rng):
        module = run.module

        def loss(x, i):
            z = module.embed(x)
            expression = self_expression(z, self.ridge)[1]
            return {
                "reconstruction": module.autoencoder.relative_error(x, z @ expression),
                "expression": self.expression_weight
                * (self.ridge / z.shape[1])
                * expression.trace(),
            }

        run.stage("express", loss, self.max_epochs)
        codes = run.map(module.embed)
        inverse, expression = self_expression(codes.double(), self.ridge)
        module.expression.copy_(expression)
        # The coefficients are of these and the codes.
        expressing = (codes @ inverse.to(codes)).numpy(force=True)
        affinity = self._affinity(expressing, codes.numpy(force=True), rng)
        labels = self._cut(affinity, rng)
        if run.start.is_warm:
            labels = align(labels, run.start.labels, self.n_clusters)
        run.learn_labels(
            "classes",
            module.log_classes,
            labels,
            self.class_epochs,
            X=codes,
            parameters=module.classes.parameters(),
        )

    def _affinity(self, expressing, codes, rng):
        """Return the affinity of rows whose coefficients are ``expressing @ codes.T``.

        The matrix of all pairs is there once, and what works on it is in place.
        """
        n_samples = len(codes)
        affinity = np.empty((n_samples, n_samples), codes.dtype)
        for rows in gen_batches(n_samples, 256):
            strengths = np.abs(expressing[rows] @ codes.T)
            affinity[rows] = largest_of_rows(strengths, self.affinity_share)
        affinity += affinity.T
        rank = min(self.subspace_dim * self.n_clusters + 1, n_samples)
        U, s, _ = randomized_svd(affinity, rank, random_state=rng)
        U = normalize(U * np.sqrt(s))
        np.matmul(U, U.T, out=affinity)
        np.maximum(affinity, 0, out=affinity)
        return np.power(affinity, self.affinity_power, out=affinity)

    def _cut(self, affinity, rng):
        """Return the clusters of a spectral clustering."""
        if len(affinity) == self.n_clusters:
            return np.arange(self.n_clusters)
        # The graph of clean subspaces falls apart, which is no reason for a warning.
        affinity += 1e-6 * affinity.mean()
        spectral = SpectralClustering(
            self.n_clusters,
            affinity="precomputed",
            assign_labels="cluster_qr",
            random_state=rng,
        )
        return spectral.fit_predict(affinity)


def largest_of_rows(values, share):
    """Return the largest values of each row that sum to a share, and zeros.

    Parameters
    ----------
    values : ndarray of shape (n, m)
        Values of at least 0.

    share : float
        Share of a row's sum.

    Returns
    -------
    ndarray of shape (n, m)
        The values, or zeros.
    """
    ordered = -np.sort(-values, axis=1)
    sums = ordered.cumsum(axis=1)
    last = (sums < share * sums[:, -1:]).sum(axis=1, keepdims=True)
    least = np.take_along_axis(ordered, last, axis=1)
    return np.where(values >= least, values, 0)
