"""What the methods of graphs share."""

from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted

from .._saving import SavedMixin
from .._typing import CheckedData, Data
from .._validation import check_scale, validate_rows


class BaseGraphClusterer(SavedMixin, ClusterMixin, BaseEstimator):
    """A clusterer of dense or sparse rows."""

    n_clusters: int

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _check_training_rows(self, X: Data) -> CheckedData:
        X = validate_rows(self, X, reset=True)
        check_scale(X, X.dtype)
        if X.shape[0] < self.n_clusters:
            raise ValueError(
                f"n_samples={X.shape[0]} should be >= n_clusters={self.n_clusters}: "
                "lower n_clusters, or give more rows."
            )
        return X

    def _check_new_rows(self, X: Data) -> CheckedData:
        check_is_fitted(self)
        return validate_rows(self, X, reset=False)
