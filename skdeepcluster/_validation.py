"""What all estimators and displays take for rows."""

import numpy as np
import scipy.sparse as sp
from sklearn.utils.validation import validate_data


def validate_rows(estimator, X, *, reset):
    """Return the data as all estimators take them, or refuse them.

    Parameters
    ----------
    estimator : estimator
        The estimator, which is told the features if ``reset``, and else has them.

    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The data.

    reset : bool
        Whether this is a fit.

    Returns
    -------
    {ndarray, CSR array} of shape (n_samples, n_features)
        The data, float32 or float64.
    """
    dtypes = [np.float64, np.float32]
    X = validate_data(estimator, X, accept_sparse="csr", dtype=dtypes, reset=reset)
    return as_csr_array(X)


def as_csr_array(X):
    """Return sparse data as all that works on them takes them.

    Parameters
    ----------
    X : {ndarray, CSR matrix} of shape (n_samples, n_features)
        The data.

    Returns
    -------
    {ndarray, CSR array} of shape (n_samples, n_features)
        ``X``, or an array that shares its entries. Its indices have 32 bits wherever
        these are enough: many estimators of scikit-learn refuse wider ones.
    """
    if not sp.issparse(X):
        return X
    dtype = np.int32 if max(X.nnz, *X.shape) <= np.iinfo(np.int32).max else np.int64
    indices, starts = (
        index.astype(dtype, copy=False) for index in (X.indices, X.indptr)
    )
    # A matrix would sum to matrices.
    return sp.csr_array((X.data, indices, starts), shape=X.shape)
