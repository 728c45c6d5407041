"""A network that learns the clusters of any clusterer."""

import math
from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.pipeline import Pipeline
from torch.nn.functional import cross_entropy

from .._compat import HasMethods, Interval
from .._labels import is_noise, labels_for
from .._parts import BestWeights, check_network
from .._typing import (
    Augment,
    Dtype,
    Estimator,
    ImageShape,
    Precision,
    RandomState,
    Sizes,
)
from ..base import (
    BaseDeepClusterer,
    BaseDeepEstimator,
    Start,
    check_steps,
    history_of,
    is_labels,
    warn,
)
from ..modules import Classifier, conv_encoder, mlp

# Where the logarithm of the temperature is sought: its prior leaves nothing outside.
_LOG_TEMPERATURES = (-5.0, 5.0)


class _Module(Classifier):
    def score(self, x):
        return self.calibration(self.assign(x)).amax(1)


class InductiveClusterer(BaseDeepClusterer):
    r"""Any clusterer, made inductive by a network that learns its clusters.

    Many clusterers, such as HDBSCAN, spectral or agglomerative clustering, find
    clusters of the rows that they are fitted to, and cannot say where a new one
    belongs. A network learns their labels, or their soft assignment where they have
    one, and then predicts any row, with calibrated probabilities.

    Parameters
    ----------
    clusterer : clusterer or array-like of shape (n_samples,), default=None
        Whose clusters the network learns: any estimator with ``fit_predict``, such as a
        pipeline that ends in one, a fitted one with ``predict`` in a
        :class:`sklearn.frozen.FrozenEstimator`, or labels, with -1 for noise. It
        decides on the number of clusters. None means ``KMeans(8, n_init=20)``.

    hidden_layer_sizes : sequence of int, default=None
        Units of the hidden layers or, with ``image_shape``, channels of convolutions.
        :meth:`transform` returns the last of them. None means (512, 256), or
        (32, 64, 128) with ``image_shape``.

    image_shape : tuple of int (channels, height, width), default=None
        Shape of the images whose pixels are the features; the network is then
        convolutional.

    validation_fraction : float, default=0.1
        Share of the rows in clusters that are held out: they tell when to stop, and
        calibrate the probabilities. A row of each cluster is left for the training.

    max_epochs : int, default=200
        Largest number of epochs.

    tol : float, default=1e-4
        What the loss of the held-out rows must fall by to count as lower.

    patience : int, default=10
        Number of epochs without a lower loss that end the training. The network is
        the one with the lowest.

    lr : float, default=1e-3
        Learning rate.

    optimizer : callable, default=torch.optim.AdamW
        Class of the optimizer.

    augment : callable, default=None
        From a batch (batch, n_features), a tensor, to a variant of it, drawn at random
        for each row, such as :class:`~skdeepcluster.augmentation.RandomAffine` of
        images. Batches pass through it in training; labels, targets and all that
        :meth:`fit` leaves are of the rows themselves.

    batch_size : int, default=128
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

    random_state : int, RandomState instance or None, default=None
        Seed of everything that is random in the fit.

    verbose : int, default=0
        0 is silent, 1 shows a progress bar for each stage, 2 a row for each epoch.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,), dtype int32
        The clusters of the training data as the network sees them, numbered by
        decreasing size. Rows that are noise to the clusterer have one, too.

    initial_labels_ : ndarray of shape (n_samples,), dtype int32
        The labels by the clusterer, with the numbers of those in ``labels_`` that they
        share most rows with, and -1 for noise.

    agreement_ : float
        Share of the held-out rows to which the network gives the clusterer's label.

    temperature_ : float
        The temperature :math:`T` of the probabilities: above 1, the network was too
        sure of itself.

    module_ : torch.nn.Module
        The trained network.

    history_ : list of dict
        One row for each epoch: ``stage`` (those of the clusterer, if it is a deep one,
        then "learn"), ``epoch``, ``train_loss``, ``valid_loss``, the loss of the
        held-out rows as the epoch begins, ``agreement`` and ``valid_agreement``, the
        shares of training and of held-out rows with the clusterer's label, ``seconds``.

    n_iter_ : int
        Number of epochs run, those of the clusterer included.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen in :meth:`fit`, if they are all strings.

    See Also
    --------
    SpectralNet : Learns the map of spectral clustering instead of its labels.
    sklearn.cluster.HDBSCAN : Finds the number of clusters, and noise.

    Notes
    -----
    With the network's logits :math:`f(x)` and the labels :math:`y` of the clusterer,
    the loss is the mean over the training rows of the cross-entropy

    .. math:: -\log q_y(x), \qquad q(x) = \operatorname{softmax}(f(x) / T),

    with :math:`T = 1`. A clusterer with ``predict_proba`` or ``soft_predict``, alone or
    at the end of a pipeline, gives probabilities :math:`p_k` of the training rows, and
    the loss is :math:`-\sum_k p_k \log q_k(x)`: its least value is where
    :math:`q = p`. Rows of noise are left out.

    The training ends early and so passes over single labels that do not fit the rows
    around them, by intention: ``labels_`` may differ from ``initial_labels_``.

    Then :math:`T` minimises the loss of the held-out rows, summed over them, plus
    :math:`\frac12 (\log T)^2`: temperature scaling [1]_ with a normal prior, which
    decides where these rows are few or all of them agree. The probabilities are
    calibrated against the clusterer's labels, for rows like those of the fit: 0.9 means
    that the clusterer would agree in nine of ten cases, not that its cluster is a true
    class. The held-out rows also chose the epoch, so that ``agreement_`` is a little
    high. :meth:`score_samples` is the logarithm of the largest probability.

    An autoencoder, UMAP and a Gaussian mixture in a pipeline are N2D [2]_; UMAP itself
    places new rows by a search that depends on the rows beside them.

    References
    ----------
    .. [1] Guo, C., Pleiss, G., Sun, Y., Weinberger, K. Q. (2017). On calibration of
       modern neural networks. ICML. https://arxiv.org/abs/1706.04599

    .. [2] McConville, R., Santos-Rodriguez, R., Piechocki, R. J., Craddock, I. (2020).
       N2D: (not too) deep clustering via clustering the local manifold of an
       autoencoded embedding. ICPR. https://arxiv.org/abs/1908.05968

    Examples
    --------
    >>> from sklearn.cluster import HDBSCAN
    >>> from sklearn.datasets import make_moons
    >>> from sklearn.metrics import adjusted_rand_score
    >>> from skdeepcluster import InductiveClusterer
    >>> X, y = make_moons(500, noise=0.05, random_state=0)
    >>> hdbscan = HDBSCAN(min_cluster_size=20, copy=True)
    >>> model = InductiveClusterer(hdbscan, random_state=0).fit(X)
    >>> X_new, y_new = make_moons(100, noise=0.05, random_state=1)
    >>> adjusted_rand_score(y_new, model.predict(X_new)) > 0.95
    True
    >>> model.soft_predict(X_new).shape
    (100, 2)
    """

    # No number of clusters, and no start but the clusterer.
    _parameter_constraints: dict = {
        **BaseDeepEstimator._parameter_constraints,
        "clusterer": [
            HasMethods(["fit_predict"]),
            HasMethods(["fit", "predict"]),
            "array-like",
            None,
        ],
        "hidden_layer_sizes": ["array-like", None],
        "image_shape": ["array-like", None],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "patience": [Interval(Integral, 1, None, closed="left")],
    }
    del _parameter_constraints["warm_start"]  # a second fit has other clusters

    def __init__(
        self,
        clusterer: Estimator | ArrayLike | None = None,
        *,
        hidden_layer_sizes: Sizes | None = None,
        image_shape: ImageShape | None = None,
        validation_fraction: float = 0.1,
        max_epochs: int = 200,
        tol: float = 1e-4,
        patience: int = 10,
        lr: float = 1e-3,
        optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.AdamW,
        augment: Augment | None = None,
        batch_size: int = 128,
        steps_per_epoch: int | None = None,
        callbacks: list[Any] | None = None,
        net_params: dict[str, Any] | None = None,
        dtype: Dtype = "float32",
        precision: Precision | None = None,
        device: str | torch.device = "auto",
        random_state: RandomState = None,
        verbose: int = 0,
    ):
        self.clusterer = clusterer
        self.hidden_layer_sizes = hidden_layer_sizes
        self.image_shape = image_shape
        self.validation_fraction = validation_fraction
        self.max_epochs = max_epochs
        self.tol = tol
        self.patience = patience
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
        self.random_state = random_state
        self.verbose = verbose

    _recorded = {"valid_loss"}

    def _check_start(self, X):
        check_network(self.hidden_layer_sizes, self.image_shape, X.shape[1])
        if is_labels(self.clusterer):
            labels_for("clusterer", self.clusterer, "X", X.shape[0])
        check_steps(self.clusterer)

    def _start(self, X, rng):
        start = Start(X.shape[1])
        start.labels, start.probabilities, start.history = self._found_once(
            lambda: self._find_clusters(X, rng), rng
        )
        start.n_clusters = start.labels.max() + 1
        return start

    def _find_clusters(self, X, rng):
        """Return labels from 0 on, -1 for noise, their probabilities, and a history."""
        clusterer, seen, history = self.clusterer, X, []
        if is_labels(clusterer):
            labels = clusterer
        else:
            steps = KMeans(8, n_init=20) if clusterer is None else clusterer
            steps = self._nested(steps, rng)
            clusterer, seen = _last_step(steps, X)
            labels = _fit_predict(clusterer, seen)
            history = history_of(steps)
        labels = labels_for("clusterer", labels, "X", X.shape[0])
        is_clustered = ~is_noise(labels)
        if is_clustered.sum() < 2:
            raise ValueError(
                f"clusterer={self.clusterer!r} has {is_clustered.sum()} rows of "
                f"{len(labels)} in clusters, and the others as noise: two at least are "
                "needed, to learn from and to hold out. Let it find larger clusters, "
                "or scale X."
            )
        names, numbers = np.unique(labels[is_clustered], return_inverse=True)
        probabilities = _soft_assignment(clusterer, seen, names)
        if probabilities is not None and not np.isfinite(probabilities).all():
            raise ValueError(
                f"clusterer={self.clusterer!r} gives probabilities that are no finite "
                "numbers: let it give labels alone, or scale X (StandardScaler)."
            )
        found = np.full(len(labels), -1)
        found[is_clustered] = numbers
        return found, probabilities, history

    def _as_built(self, start):
        # The clusterer may be large, and has no part in what the network is.
        return clone(self).set_params(clusterer=None)

    def _build(self, start):
        sizes = self.hidden_layer_sizes
        if self.image_shape is None:
            sizes = (512, 256) if sizes is None else sizes
            network = mlp([start.n_features, *sizes, start.n_clusters])
        else:
            sizes = (32, 64, 128) if sizes is None else sizes
            network = conv_encoder(tuple(self.image_shape), sizes, start.n_clusters)
        return _Module(network, self.precision)

    def _train(self, run, rng):
        module, start = run.module, run.start
        rows, held_out = _hold_out(start.labels, self.validation_fraction, rng)
        # The others have no weight; the mean of all weights is one.
        weights = np.zeros(len(start.labels), dtype=self.dtype)
        weights[rows] = len(weights) / len(rows)
        weights, labels, rows, held_out = (
            torch.from_numpy(array).to(run.net.device)
            for array in (weights, start.labels, rows, held_out)
        )
        targets = labels.clip(0)
        if start.probabilities is not None:
            targets = torch.from_numpy(start.probabilities).to(weights)
        best = run.state.best = BestWeights(module, self.tol)

        def loss(x, i):
            losses = cross_entropy(module.assign(x), targets[i], reduction="none")
            return {"cross_entropy": (weights[i] * losses).mean()}

        def validate():
            log_q = run.map(module.assign)
            valid_loss = cross_entropy(log_q[held_out], targets[held_out]).item()
            best.update(valid_loss)
            agrees = (log_q.argmax(1) == labels).to(weights)
            return {
                "valid_loss": valid_loss,
                "agreement": agrees[rows].mean().item(),
                "valid_agreement": agrees[held_out].mean().item(),
            }

        def refresh():
            run.record(**validate())
            return best.age >= self.patience

        run.stage("learn", loss, self.max_epochs, refresh=refresh)
        validate()  # the last epoch may be the best
        best.restore()
        self.agreement_ = validate()["valid_agreement"]
        run.state.held_out, run.state.targets = held_out, targets[held_out]

    def _temperature(self, run, labels):
        # By the clusterer, which is what is to be learned.
        log_q = run.map(run.module.assign)
        return _temperature(log_q[run.state.held_out], run.state.targets)

    def _warn_of_lost_clusters(self, n_found, n_clusters, cause):
        warn(
            f"{type(self).__name__} found {n_found} clusters instead of the "
            f"{n_clusters} of clusterer: the network gives the rows of the others to "
            "these. Raise max_epochs or patience, or let clusterer find fewer and "
            "larger clusters."
        )


def _last_step(clusterer, X):
    """Return the clusterer at a pipeline's end, and X as it sees it.

    The steps before are fitted. The pipeline's own ``predict_proba`` would transform
    the rows once more, which t-SNE cannot, and others may do in another way.
    """
    while isinstance(clusterer, Pipeline) and len(clusterer) > 1:
        X, clusterer = clusterer[:-1].fit_transform(X), clusterer[-1]
    return clusterer, X


def _fit_predict(clusterer, X):
    if hasattr(clusterer, "fit_predict"):
        return clusterer.fit_predict(X)
    return clusterer.fit(X, None).predict(X)  # a frozen one stays as it is


def _soft_assignment(clusterer, X, names):
    """Return the probabilities of the named clusters (n_samples, n_clusters), or None.

    A component of a mixture to which no row belongs has no part in them.
    """
    for method in ("soft_predict", "predict_proba"):
        if hasattr(clusterer, method):
            probabilities = getattr(clusterer, method)(X)
            numbers = np.arange(probabilities.shape[1])
            columns = getattr(clusterer, "classes_", numbers)
            if np.isin(names, columns).all():
                return probabilities[:, np.searchsorted(columns, names)]
    return None


def _hold_out(labels, fraction, rng):
    """Return the numbers of the rows to learn from, and of those to hold out.

    One of each cluster is learned from. Where no others are left, all serve for both.
    """
    rows = rng.permutation(np.flatnonzero(labels >= 0))
    spare = np.delete(rows, np.unique(labels[rows], return_index=True)[1])
    if len(spare) == 0:
        return rows, rows
    held_out = spare[: max(1, round(fraction * len(rows)))]
    return np.setdiff1d(rows, held_out), held_out


def _temperature(log_q, targets):
    """Return the temperature that makes probabilities fit their targets best."""
    log_q, targets = log_q.double().cpu(), targets.cpu()

    def loss(log_t):
        scaled = log_q / math.exp(log_t)
        return cross_entropy(scaled, targets, reduction="sum").item() + log_t**2 / 2

    return math.exp(minimize_scalar(loss, bounds=_LOG_TEMPERATURES).x)
