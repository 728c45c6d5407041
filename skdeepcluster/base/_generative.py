"""Drawing new data."""

from numbers import Integral

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._compat import COUNT, Interval, validate_params
from .._typing import Estimator, Host


class GenerativeMixin(Host):
    """For clusterers with ``weights_`` that draw rows from a cluster.

    A subclass has ``_draw(labels, rng)``, a row of data for each label.
    """

    @validate_params({"n_samples": [COUNT]})
    def sample(
        self, n_samples: int = 1, cluster: int | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.integer]]:
        """Draw new data.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows to draw.

        cluster : int, default=None
            The cluster to draw from; None means from all, by their weights.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features), dtype float64
            The draws; of methods with a likelihood, its means there.

        y : ndarray of shape (n_samples,)
            Their clusters.

        Raises
        ------
        ValueError
            If ``n_samples`` is not a positive int, or ``cluster`` not one of the
            clusters.
        """
        check_is_fitted(self)
        rng = check_random_state(self.random_state)
        if cluster is None:
            labels = rng.choice(self._n_clusters, n_samples, p=self.weights_)
        else:
            labels = np.full(n_samples, check_cluster(self, cluster))
        return self._draw(labels, rng), labels


def check_cluster(estimator: Estimator, cluster: int) -> int:
    """Refuse what is not the number of a cluster.

    Parameters
    ----------
    estimator : estimator
        A fitted clusterer.

    cluster : int
        The number.

    Returns
    -------
    int
        The number.
    """
    n_clusters = estimator._n_clusters
    if not Interval(Integral, 0, n_clusters, closed="left").is_satisfied_by(cluster):
        raise ValueError(
            f"cluster={cluster!r} should be an int from 0 to {n_clusters - 1}, the "
            "number of a cluster, or None."
        )
    return cluster
