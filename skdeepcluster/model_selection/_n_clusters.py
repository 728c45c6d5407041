"""The number of clusters that other rows lead to again."""

import warnings
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.signal import find_peaks
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import normalize
from sklearn.utils import check_random_state

from .._compat import RANDOM_STATE, validate_params
from .._typing import Data, RandomState
from .._validation import named_array
from ..graph import LandmarkSpectralClustering

# Rows that are clustered, at most.
_MOST_ROWS = 10_000

_N_REPEATS = 4

# Candidates are all numbers at first, and then one in so many.
_STEP = 0.05
_MOST_CANDIDATE = 60
# Rows of a cluster, on average, at least.
_LEAST_SIZE = 20

# Data of two or more dimensions without clusters stay below it.
_LEAST_STABILITY = 0.65

# Peaks of clusters within clusters: as a share of the highest peak, and above the
# valleys beside.
_LEAST_SHARE = 0.8
_LEAST_PROMINENCE = 0.05


class NumberOfClusters(NamedTuple):
    """A number of clusters, and how stable each candidate is.

    Parameters
    ----------
    n_clusters : int or None
        The number; None means that no candidate is stable enough to tell.

    candidates : ndarray of shape (n_candidates,), dtype int
        The numbers that were tried, increasing.

    stability : ndarray of shape (n_candidates,)
        How much the clusters that different rows lead to agree: about 0 if by chance, 1
        if they are the same.
    """

    n_clusters: int | None
    candidates: NDArray[np.intp]
    stability: NDArray[np.float64]


@validate_params({"candidates": ["array-like", None], "random_state": RANDOM_STATE})
def find_n_clusters(
    X: Data,
    candidates: ArrayLike | None = None,
    *,
    random_state: RandomState = None,
) -> NumberOfClusters:
    r"""Find the number of clusters that different rows agree about.

    Trains nothing: it is for the rows as they are, or for the codes of an autoencoder.
    A clusterer is then fitted once.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The data, of which a random 10,000 rows are clustered, at most.

    candidates : array-like of int, default=None
        The numbers to try, from 2 on. None means all from 2 to 20, and then steps of 5
        % up to 60, as long as a cluster has 20 rows on average; 3 in any case.

    random_state : int, RandomState instance or None, default=None
        Seed of the halves and of the clusterings.

    Returns
    -------
    NumberOfClusters
        A tuple of `n_clusters`, `candidates` and `stability`, see Notes.

    Raises
    ------
    ValueError
        If `candidates` are no such numbers, or there are too few rows for them.

    See Also
    --------
    skdeepcluster.inspection.NumberOfClustersDisplay : The stability as a curve.
    skdeepcluster.metrics.stability_scorer : The same for any clusterer, with folds.

    Notes
    -----
    Four times, the rows are parted into random halves. Each half has a graph of its own
    landmarks, as :class:`~skdeepcluster.LandmarkSpectralClustering` makes it, and for
    each candidate :math:`k`, k-means of the half in the leading eigenvectors of this
    graph gives a clustering :math:`c_k` of all rows. Of the eight, the stability is the
    mean adjusted Rand index of all 28 pairs,

    .. math:: S(k) = \frac1{28} \sum_{a < b} \operatorname{ARI}(c_k^a, c_k^b).

    Clusters that are parts of larger ones make more than one peak, and the coarse one
    is often the higher. The number is the largest one at a peak: one of at least 0.8
    of the highest, and 0.05 above the valleys beside it. It is None if
    :math:`\max S < 0.65`, which points without any clusters may come near in two
    dimensions.

    References
    ----------
    .. [1] Ben-Hur, A., Elisseeff, A., Guyon, I. (2002). A stability based method for
       discovering structure in clustered data. Pacific Symposium on Biocomputing.

    .. [2] von Luxburg, U. (2010). Clustering stability: an overview. Foundations and
       Trends in Machine Learning 2. https://arxiv.org/abs/1007.1075

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster.model_selection import find_n_clusters
    >>> X, _ = load_digits(return_X_y=True)
    >>> found = find_n_clusters(X / 16, range(2, 15), random_state=0)
    >>> 9 <= found.n_clusters <= 11
    True
    """
    X = named_array("X", X, accept_sparse="csr", dtype=[np.float64, np.float32])
    rng = check_random_state(random_state)
    if X.shape[0] > _MOST_ROWS:
        X = X[rng.permutation(X.shape[0])[:_MOST_ROWS]]
    numbers = _candidates(candidates, X.shape[0])
    labels = [
        _clusterings(X, half, numbers, rng)
        for _ in range(_N_REPEATS)
        for half in np.array_split(rng.permutation(X.shape[0]), 2)
    ]
    stability = np.array(
        [
            np.mean([adjusted_rand_score(a, b) for a, b in combinations(views, 2)])
            for views in zip(*labels, strict=True)
        ]
    )
    return NumberOfClusters(_choose(numbers, stability), numbers, stability)


def _candidates(candidates, n_samples):
    """Return the numbers to try, or refuse them."""
    most = n_samples // 4
    if most < 2:
        raise ValueError(
            f"X has {n_samples} rows: expected 8 or more, to find two clusters in one "
            "half and again in the other."
        )
    if candidates is None:
        most = min(_MOST_CANDIDATE, max(3, n_samples // _LEAST_SIZE), most)
        numbers = [2]
        while numbers[-1] < most:
            numbers.append(max(numbers[-1] + 1, round(numbers[-1] * (1 + _STEP))))
        return np.array([number for number in numbers if number <= most])
    given = named_array("candidates", candidates, ensure_2d=False)
    numbers = np.unique(given)
    is_int = np.issubdtype(numbers.dtype, np.integer)
    if given.ndim != 1 or not is_int or numbers[0] < 2 or numbers[-1] > most:
        raise ValueError(
            f"candidates={candidates!r} should be ints from 2 to {most}, a quarter of "
            "the rows: give a range of such numbers."
        )
    return numbers


def _clusterings(X, half, numbers, rng):
    """Return clusters of all rows, one clustering for each number, as a half sees."""
    width = _width(numbers[-1])
    n_landmarks = max(min(1000, len(half) // 4), width)
    spectral = LandmarkSpectralClustering(
        2, n_landmarks=n_landmarks, n_eigenvectors=width, random_state=rng
    )
    with warnings.catch_warnings():
        # Of rows that are equal there are fewer eigenvectors, and fewer clusters.
        warnings.simplefilter("ignore", ConvergenceWarning)
        embedding = spectral.fit(X[half]).transform(X)
        return [
            KMeans(number, n_init=3, random_state=rng).fit(rows[half]).predict(rows)
            for number in numbers
            for rows in [normalize(embedding[:, : _width(number)])]
        ]


def _width(n_clusters):
    """Return the number of eigenvectors for a number of clusters."""
    return int(n_clusters + 1 + n_clusters // 4)


def _choose(numbers, stability):
    """Return the largest number at a peak, or None if none is stable."""
    best = stability.max()
    if best < _LEAST_STABILITY:
        return None
    # The first number and the last one may be peaks, too.
    peaks, _ = find_peaks(
        np.pad(stability, 1), height=_LEAST_SHARE * best, prominence=_LEAST_PROMINENCE
    )
    return int(numbers[peaks[-1] - 1])
