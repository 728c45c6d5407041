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
    {ndarray, CSR matrix} of shape (n_samples, n_features)
        The data, float32 or float64.
    """
    dtypes = [np.float64, np.float32]
    X = validate_data(estimator, X, accept_sparse="csr", dtype=dtypes, reset=reset)
    return narrow(X)


def narrow(X):
    """Return the data with 32-bit indices if they are sparse, and short enough.

    SciPy makes wider ones of large intermediate results, and most of scikit-learn's
    estimators refuse them.

    Parameters
    ----------
    X : {ndarray, CSR or CSC matrix} of shape (n_samples, n_features)
        The data.

    Returns
    -------
    {ndarray, CSR or CSC matrix} of shape (n_samples, n_features)
        ``X``, or a matrix that shares its entries.
    """
    if sp.issparse(X) and X.indices.dtype != np.int32:
        # The constructor looks how wide they have to be.
        return type(X)((X.data, X.indices, X.indptr), shape=X.shape)
    return X
