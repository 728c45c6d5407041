"""What all estimators and displays take for rows."""

from typing import NamedTuple

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
_LARGEST_SHARE = 0.99

# New rows that are so many times as large as those of the fit are of another scale;
# few rows may be outliers.
_LARGEST_RATIO = 10
_FEWEST_ROWS = 10

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
    if getattr(X, "ndim", 2) > 2:
        raise ValueError(
            f"X has the shape {tuple(X.shape)}, but a row is to have one dimension. "
            "Reshape your data: X.reshape(len(X), -1). Methods with convolutions are "
            "told the shape of an image by image_shape=(channels, height, width)."
        )
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


class Scale(NamedTuple):
    """How large data are.

    Parameters
    ----------
    deviation : float
        The root of the mean variance of the features, exactly 0 for constant data.

    offset : float
        The root of the mean square of their means.

    largest_share : float
        The share of a single feature in the sum of the variances, at most, or 0 where
        there are less than three that vary.
    """

    deviation: float
    offset: float
    largest_share: float


def _some_rows(X):
    """Return at most 10,000 rows, as an ndarray."""
    n_rows = min(_MOST_ROWS, max(1, _MOST_ENTRIES // X.shape[1]))
    rows = X[:: -(-X.shape[0] // n_rows)]
    return np.asarray(rows.toarray() if sp.issparse(rows) else rows, dtype=np.float64)


def scale_of(X):
    """Return how large data are, told from some of them.

    Parameters
    ----------
    X : {ndarray, CSR array} of shape (n_samples, n_features)
        The data, of which at most 10,000 rows are looked at.

    Returns
    -------
    Scale
        The scale.
    """
    rows = _some_rows(X)
    largest = np.abs(rows).max() or 1.0
    rows = rows / largest  # so that no square is lost
    variances = (rows - rows[0]).var(axis=0)
    deviation = np.sqrt(variances.mean())
    offset = np.sqrt((rows.mean(axis=0) ** 2).mean())
    share = variances.max() / variances.sum() if (variances > 0).sum() > 2 else 0.0
    return Scale(float(largest * deviation), float(largest * offset), float(share))


def check_scale(X, dtype):
    """Refuse data whose differences a dtype cannot hold.

    Parameters
    ----------
    X : {ndarray, CSR array} of shape (n_samples, n_features)
        The data.

    dtype : str or dtype
        What is computed in.
    """
    deviation, offset, _ = scale_of(X)
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


def told_of_scale(X):
    """Return what is wrong with the scale of data that networks learn little from.

    Parameters
    ----------
    X : {ndarray, CSR array} of shape (n_samples, n_features)
        The data.

    Returns
    -------
    str or None
        What to tell, None if nothing is wrong.
    """
    deviation, offset, share = scale_of(X)
    if deviation == 0:
        return None  # there is nothing to learn
    if not _LEAST_DEVIATION <= deviation <= _LARGEST_DEVIATION:
        return (
            f"X has a standard deviation of about {deviation:.2g}. Many a network "
            f"learns little where it is not from {_LEAST_DEVIATION:g} to "
            f"{_LARGEST_DEVIATION:g}: {_ADVICE}."
        )
    if offset > _LARGEST_OFFSET * deviation:
        return (
            f"X has means of about {offset:.2g}, and a standard deviation of about "
            f"{deviation:.2g}. Many a network learns little where means are more "
            f"than {_LARGEST_OFFSET} times as large: {_ADVICE}."
        )
    if share > _LARGEST_SHARE:
        return (
            f"X has {share:.2%} of its variance in a single feature, beside which the "
            f"others count for nothing: {_ADVICE}."
        )
    return None


def warn_of_new_scale(X, fitted):
    """Warn of new rows that are much larger than those of a fit.

    Parameters
    ----------
    X : {ndarray, CSR array} of shape (n_samples, n_features)
        The new rows.

    fitted : Scale
        The scale of those of the fit.
    """
    if X.shape[0] < _FEWEST_ROWS:
        return
    rows = _some_rows(X)
    size = np.sqrt(np.median(row_norms(rows, squared=True)) / rows.shape[1])
    known = np.hypot(fitted.deviation, fitted.offset)
    if size > _LARGEST_RATIO * known > 0:
        warn(
            f"X has values of about {size:.2g}, where those of the fit were of about "
            f"{known:.2g}: prepare X as for the fit, such as by a division by 255.",
            UserWarning,
        )
