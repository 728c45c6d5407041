"""What all estimators and displays take for rows."""

import numpy as np
import scipy.sparse as sp
from sklearn.utils import check_array
from sklearn.utils.extmath import row_norms
from sklearn.utils.validation import validate_data

from ._warn import warn

# Of the rows that the scale of data is told from.
_MOST_ROWS = 10_000
_MOST_ENTRIES = 2**19

# So many squares are to have a sum, as of all entries of differences of rows.
_MOST_SQUARES = 2**32

# Beyond them some of the methods lose blobs that they find in data of unit variance.
_LEAST_DEVIATION = 1e-2
_LARGEST_DEVIATION = 1e2
_LARGEST_OFFSET = 10

_ADVICE = "scale X (StandardScaler, MinMaxScaler)"


def validate_rows(estimator, X, *, reset, dtype=None):
    """Return the data as all estimators take them, or refuse them.

    Parameters
    ----------
    estimator : estimator
        The estimator, which is told the features if ``reset``, and else has them.

    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The data.

    reset : bool
        Whether this is a fit.

    dtype : str, default=None
        What the estimator computes in; None means the dtype of the data.

    Returns
    -------
    {ndarray, CSR array} of shape (n_samples, n_features)
        The data, float32 or float64. Sums of squares are within ``dtype``.
    """
    dtypes = [np.float64, np.float32]
    X = validate_data(estimator, X, accept_sparse="csr", dtype=dtypes, reset=reset)
    X = as_csr_array(X)
    check_squares("X", X, dtype or X.dtype)
    return X


def check_squares(name, X, dtype):
    """Refuse rows of which a dtype cannot hold sums of squares.

    Parameters
    ----------
    name : str
        The parameter that gave them.

    X : {ndarray, CSR array} of shape (n_samples, n_features)
        The rows.

    dtype : str or dtype
        What is computed in.
    """
    dtype = np.dtype(dtype)
    is_huge = ~(row_norms(X, squared=True) < np.finfo(dtype).max / _MOST_SQUARES)
    if is_huge.any():
        first = is_huge.argmax()
        raise ValueError(
            f"{name} has {np.count_nonzero(is_huge)} rows whose squares are beyond "
            f"{dtype}. The first is row {first}, with absolute values up to "
            f"{abs(X[[first]]).max():.8g}: leave such rows out, replace what stands "
            f"for missing values, or {_ADVICE}."
        )


def named_array(name, values, **settings):
    """Return values as an array, or refuse them by name.

    Parameters
    ----------
    name : str
        The parameter that gave them.

    values : {array-like, sparse matrix}
        The values.

    **settings : dict
        Of :func:`sklearn.utils.check_array`.

    Returns
    -------
    {ndarray, CSR array}
        The values.
    """
    try:
        return as_csr_array(check_array(values, **settings))
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} is no array as expected: {error}") from error


def as_csr_array(X):
    """Return sparse data as all that works on them takes them.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (n_samples, n_features)
        The data.

    Returns
    -------
    {ndarray, CSR array} of shape (n_samples, n_features)
        ``X``, or an array that shares its entries. Its indices have 32 bits wherever
        these are enough: many estimators of scikit-learn refuse wider ones.
    """
    if not sp.issparse(X):
        return X
    X = X.tocsr()
    dtype = np.int32 if max(X.nnz, *X.shape) <= np.iinfo(np.int32).max else np.int64
    indices, starts = (
        index.astype(dtype, copy=False) for index in (X.indices, X.indptr)
    )
    # A matrix would sum to matrices.
    return sp.csr_array((X.data, indices, starts), shape=X.shape)


def scale_of(X):
    """Return how large data are, told from some of them.

    Parameters
    ----------
    X : {ndarray, CSR array} of shape (n_samples, n_features)
        The data, of which at most 10,000 rows are looked at.

    Returns
    -------
    deviation, offset : float
        The root of the mean variance of the features, exactly 0 for constant data, and
        the root of the mean square of their means.
    """
    n_rows = min(_MOST_ROWS, max(1, _MOST_ENTRIES // X.shape[1]))
    rows = X[:: -(-X.shape[0] // n_rows)]
    rows = np.asarray(rows.toarray() if sp.issparse(rows) else rows, dtype=np.float64)
    largest = np.abs(rows).max() or 1.0
    rows = rows / largest  # so that no square is lost
    deviation = np.sqrt((rows - rows[0]).var(axis=0).mean())
    offset = np.sqrt((rows.mean(axis=0) ** 2).mean())
    return float(largest * deviation), float(largest * offset)


def check_scale(X, dtype):
    """Refuse data whose differences a dtype cannot hold.

    Parameters
    ----------
    X : {ndarray, CSR array} of shape (n_samples, n_features)
        The data.

    dtype : str or dtype
        What is computed in.
    """
    deviation, offset = scale_of(X)
    dtype = np.dtype(dtype)
    info = np.finfo(dtype)
    if 0 < deviation < np.sqrt(info.tiny):
        raise ValueError(
            f"X has a standard deviation of {deviation:.2g}, whose square is beyond "
            f"{dtype}: {_ADVICE}."
        )
    if 0 < deviation < info.eps * offset:
        raise ValueError(
            f"X has a standard deviation of {deviation:.2g} around means of about "
            f"{offset:.2g}, which {dtype} cannot tell apart: Scale the features of X "
            "(StandardScaler)."
        )


def warn_of_scale(X):
    """Warn of data that networks learn little from.

    Parameters
    ----------
    X : {ndarray, CSR array} of shape (n_samples, n_features)
        The data.
    """
    deviation, offset = scale_of(X)
    if deviation == 0:
        return  # there is nothing to learn
    if not _LEAST_DEVIATION <= deviation <= _LARGEST_DEVIATION:
        warn(
            f"X has a standard deviation of about {deviation:.2g}. Many a network "
            f"learns little where it is not from {_LEAST_DEVIATION:g} to "
            f"{_LARGEST_DEVIATION:g}: {_ADVICE}.",
            UserWarning,
        )
    elif offset > _LARGEST_OFFSET * deviation:
        warn(
            f"X has means of about {offset:.2g}, and a standard deviation of about "
            f"{deviation:.2g}. Many a network learns little where means are more "
            f"than {_LARGEST_OFFSET} times as large: {_ADVICE}.",
            UserWarning,
        )
