"""What the methods of graphs share."""

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from .._saving import SavedMixin
from .._typing import CheckedData, Data


class BaseGraphClusterer(SavedMixin, ClusterMixin, BaseEstimator):
    """A clusterer of dense or sparse rows."""

    n_clusters: int

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _check_training_rows(self, X: Data) -> CheckedData:
        X = self._check_rows(X, reset=True)
        if X.shape[0] < self.n_clusters:
            raise ValueError(
                f"n_samples={X.shape[0]} should be >= n_clusters={self.n_clusters}: "
                "lower n_clusters, or give more rows."
            )
        return X

    def _check_new_rows(self, X: Data) -> CheckedData:
        check_is_fitted(self)
        return self._check_rows(X, reset=False)

    def _check_rows(self, X, reset):
        dtypes = [np.float64, np.float32]
        X = validate_data(self, X, accept_sparse="csr", dtype=dtypes, reset=reset)
        return sp.csr_array(X) if sp.issparse(X) else X
