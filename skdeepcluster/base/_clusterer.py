"""What all clusterers share: a number of clusters, a start, labels."""

from numbers import Integral, Real

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.base import ClusterMixin, clone

from .._compat import HasMethods, Interval, validate_params
from .._labels import align, labels_for, order_by_size
from .._training import current_journal
from .._typing import Data, Estimator, FloatArray, Labels
from .._warn import warn
from ._calibration import Calibration, neighbor_agreement, temperature
from ._estimator import BaseDeepEstimator
from ._start import (
    Start,
    check_n_found,
    check_steps,
    default_labels,
    find_labels,
    is_labels,
)


class BaseDeepClusterer(ClusterMixin, BaseDeepEstimator):
    """A clusterer around a torch module.

    Its module has ``assign(x)`` besides ``embed`` and ``score``: the logarithms of
    the assignment's probabilities (batch, n_clusters); and ``reorder(order)``, which
    makes cluster ``order[k]`` the ``k``-th. The clusters that it starts from are
    ``run.start.labels``.
    """

    _parameter_constraints: dict = {
        **BaseDeepEstimator._parameter_constraints,
        "n_clusters": [Interval(Integral, 1, None, closed="left")],
        "init": [
            HasMethods(["fit", "transform"]),
            HasMethods(["fit_predict"]),
            HasMethods(["fit", "predict"]),
            "array-like",
            None,
        ],
    }

    init: Estimator | ArrayLike | None = None
    init_space = "codes"  # the rows themselves where there is no autoencoder
    labels_: Labels
    initial_labels_: Labels

    def _check_fit(self, X):
        super()._check_fit(X)
        self._check_start(X)

    def _check_start(self, X):
        """Refuse a number of clusters, or a start, that does not fit the data."""
        if X.shape[0] < self.n_clusters:
            raise ValueError(
                f"n_samples={X.shape[0]} should be >= n_clusters={self.n_clusters}."
            )
        if is_labels(self.init):
            labels = labels_for("init", self.init, "X", X.shape[0])
            check_n_found("init has labels of", labels, self.n_clusters)
        check_steps(self.init)

    def _start(self, X, rng):
        start = self._encoded(X, rng)
        start.n_clusters = self.n_clusters
        rows = start.codes if self.init_space == "codes" else X
        start.labels, history = self._found_once(
            lambda: find_labels(self, rows, rng), rng
        )
        start.history += history
        return start

    def _found_once(self, find, rng):
        """Return the clusters of the start; a fit that was cut off has them already."""
        return current_journal().remember("start", find, rng)

    def _continued(self, X):
        start = super()._continued(X)
        if start.n_clusters != self.n_clusters:
            raise ValueError(
                f"warm_start=True goes on with the {start.n_clusters} clusters of the "
                f"last fit, but n_clusters={self.n_clusters}: set "
                f"n_clusters={start.n_clusters}, or warm_start=False."
            )
        start.labels = self._labels(X).astype(np.int64)
        return start

    def _encoded(self, X, rng):
        """Return a start with the rows as ``init`` is to see them."""
        return Start(X.shape[1], codes=X)

    def _default_labels(self, codes, rng):
        """Return the clusters that ``init=None`` means, and what was trained."""
        return default_labels(codes, self.n_clusters, rng), []

    def _build_whole(self, start):
        module = super()._build_whole(start)
        module.calibration = Calibration()
        return module

    def _as_built(self, start):
        # The start may be large, and has no part in what the network is.
        built = clone(self)
        return built.set_params(init=None) if "init" in built.get_params() else built

    def _sizes(self, n_features, n_clusters):
        return Start(n_features, n_clusters)

    def _finish(self, run):
        super()._finish(run)
        n_clusters = run.start.n_clusters
        labels = self._labels(run.X)
        self._calibrate(run, labels)
        if not run.start.is_warm:
            order = torch.from_numpy(order_by_size(labels, n_clusters))
            self.module_.reorder(order.to(run.net.device))
        # Anew, because a product with its columns in another order may round the last
        # bit in another way.
        self.labels_ = self._labels(run.X)
        self.initial_labels_ = align(run.start.labels, self.labels_, n_clusters)
        n_found = len(np.unique(self.labels_))
        if n_found < n_clusters:
            self._warn_of_lost_clusters(n_found, n_clusters, self._told_of_scale(run.X))

    def _calibrate(self, run, labels):
        """Set the temperature, and keep how the training data score."""
        calibration = self.module_.calibration
        calibration.temperature.fill_(self._temperature(run, labels))
        calibration.set_quantiles(run.map(self.module_.score).numpy(force=True))

    def _temperature(self, run, labels):
        """Return the temperature of the probabilities."""
        log_q = run.map(self.module_.assign).numpy(force=True)
        return temperature(log_q, neighbor_agreement(run.X, labels))

    def _warn_of_lost_clusters(self, n_found, n_clusters, cause):
        advice = cause or (
            "Lower n_clusters, or give the training more data or fewer epochs."
        )
        warn(
            f"{type(self).__name__} found {n_found} clusters instead of "
            f"n_clusters={n_clusters}. {advice}"
        )

    def _labels(self, X):
        return self._apply(self.module_.assign, X).argmax(1).astype(np.int32)

    @property
    def temperature_(self) -> float:
        """Temperature of the probabilities."""
        return self.module_.calibration.temperature.item()

    @validate_params({"contamination": [Interval(Real, 0, 1, closed="left")]})
    def predict(self, X: Data, *, contamination: float = 0.0) -> Labels:
        """Assign each row to its most probable cluster.

        Parameters
        ----------
        X : {array-like, CSR or CSC matrix} of shape (n_samples, n_features)
            The data.

        contamination : float, default=0.0
            Share of outliers in the training data, below 1: rows whose
            :meth:`typicality` is below it get the label -1.

        Returns
        -------
        ndarray of shape (n_samples,), dtype int32
            The labels; clusters are numbered by decreasing size in the training
            data, empty ones last.
        """
        X = self._check(X)
        labels = self._labels(X)
        if contamination > 0:
            labels[self._typicality(X) < contamination] = -1
        return labels

    def typicality(self, X: Data) -> FloatArray:
        """Return the share of the training rows that score no higher than a row.

        By :meth:`score_samples`, a row like those of the training has a typicality that
        is anywhere between 0 and 1, an outlier one near 0.

        Parameters
        ----------
        X : {array-like, CSR or CSC matrix} of shape (n_samples, n_features)
            The data.

        Returns
        -------
        ndarray of shape (n_samples,)
            The shares, to a thousandth, in the dtype of ``X``.
        """
        X = self._check(X)
        return self._typicality(X).astype(X.dtype, copy=False)

    def _typicality(self, X):
        scores = self._apply(self.module_.score, X)
        quantiles = self.module_.calibration.quantiles.numpy(force=True)
        return np.searchsorted(quantiles, scores, side="right") / len(quantiles)

    def predict_log_proba(self, X: Data) -> FloatArray:
        """Return the logarithms of :meth:`soft_predict`.

        Parameters
        ----------
        X : {array-like, CSR or CSC matrix} of shape (n_samples, n_features)
            The data.

        Returns
        -------
        ndarray of shape (n_samples, n_clusters)
            Logarithms of the probabilities, in the dtype of ``X``.
        """
        X = self._check(X)
        module = self.module_
        return self._apply(lambda x: module.calibration(module.assign(x)), X, X.dtype)

    def soft_predict(self, X: Data) -> FloatArray:
        r"""Return the probabilities of the clusters.

        They are :math:`p_k \propto q_k^{1 / T}`, with the assignments :math:`q` of the
        method, as the class's notes define them, and the temperature :math:`T` in
        ``temperature_``.

        Parameters
        ----------
        X : {array-like, CSR or CSC matrix} of shape (n_samples, n_features)
            The data.

        Returns
        -------
        ndarray of shape (n_samples, n_clusters)
            Probabilities, in the dtype of ``X``; each row sums to one and has its
            largest value at the label that :meth:`predict` gives.
        """
        return np.exp(self.predict_log_proba(X))

    def fit_predict(self, X: Data, y: object = None) -> Labels:
        """Fit, and return the labels of ``X``.

        Parameters
        ----------
        X : {array-like, CSR or CSC matrix} of shape (n_samples, n_features)
            The data.

        y : Ignored
            Never used for learning; shown to scikit-learn's callbacks.

        Returns
        -------
        ndarray of shape (n_samples,), dtype int32
            ``labels_``.
        """
        return self.fit(X, y).labels_
