"""The members of a cluster that stand for it, and those that might be elsewhere."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import euclidean_distances

from .._compat import COUNT, validate_params
from .._projection import split
from ._base import labels_of, probabilities_of, scores_of


@validate_params({"n_members": [COUNT]})
def typical_members(
    estimator: Any, X: ArrayLike, cluster: Any, n_members: int = 5
) -> NDArray[np.intp]:
    """Return the rows that stand for a cluster.

    Parameters
    ----------
    estimator : object
        Fitted clusterer, or a :class:`~sklearn.pipeline.Pipeline` that ends in one,
        with `score_samples`, `soft_predict`, `predict_proba`, or `cluster_centers_`.

    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The data, or what the pipeline takes in their place, such as a list of texts.

    cluster : int
        The cluster's label.

    n_members : int, default=5
        Number of rows, at most.

    Returns
    -------
    ndarray of shape (n_members,)
        The numbers of the rows, the most typical first: those of the largest
        `score_samples`, or where there is none, of the largest probability or the
        least distance from their center.

    Raises
    ------
    ValueError
        If no row is in the cluster, or `estimator` does not tell which are typical.

    See Also
    --------
    doubtful_members : The rows that might be elsewhere.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.mixture import GaussianMixture
    >>> from skdeepcluster.inspection import typical_members
    >>> X, _ = load_iris(return_X_y=True)
    >>> mixture = GaussianMixture(3, random_state=0).fit(X)
    >>> typical_members(mixture, X, 0, n_members=2).shape
    (2,)
    """
    return _members(estimator, X, cluster, n_members, -strengths_of(estimator, X))


@validate_params({"n_members": [COUNT]})
def doubtful_members(
    estimator: Any, X: ArrayLike, cluster: Any, n_members: int = 5
) -> NDArray[np.intp]:
    """Return the rows of a cluster that might as well be in another one.

    Parameters
    ----------
    estimator : object
        Fitted clusterer, or a :class:`~sklearn.pipeline.Pipeline` that ends in one,
        with `soft_predict`, `predict_proba`, or `cluster_centers_`.

    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The data, or what the pipeline takes in their place, such as a list of texts.

    cluster : int
        The cluster's label.

    n_members : int, default=5
        Number of rows, at most.

    Returns
    -------
    ndarray of shape (n_members,)
        The numbers of the rows, those first whose two most probable, or nearest,
        clusters differ the least.

    Raises
    ------
    ValueError
        If no row is in the cluster, or `estimator` does not tell how sure it is.

    See Also
    --------
    typical_members : The rows that stand for the cluster.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from skdeepcluster.inspection import doubtful_members
    >>> X = [[0.0], [1.0], [4.0], [9.0], [10.0]]
    >>> kmeans = KMeans(2, random_state=0).fit(X)
    >>> doubtful_members(kmeans, X, kmeans.labels_[0], n_members=1)
    array([2])
    """
    best, second = _memberships(estimator, X).T
    return _members(estimator, X, cluster, n_members, best - second)


def strengths_of(estimator, X):
    """Return how typical each row is of its cluster, on a scale of any kind.

    Parameters
    ----------
    estimator : object
        The fitted clusterer, or a pipeline.

    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The data.

    Returns
    -------
    ndarray of shape (n_samples,)
        The scores of the rows, which differ where probabilities are all near one; or
        else the largest of their probabilities, or minus their distances.
    """
    scores = scores_of(estimator, X)
    return _memberships(estimator, X)[:, 0] if scores is None else scores


def tells_memberships(clusterer):
    """Return whether a clusterer tells how far rows belong to each cluster.

    Parameters
    ----------
    clusterer : object
        The clusterer, no pipeline.

    Returns
    -------
    bool
        Whether it has probabilities, or centers.
    """
    names = ("soft_predict", "predict_proba", "cluster_centers_")
    return any(hasattr(clusterer, name) for name in names)


def _memberships(estimator, X):
    """Return how far each row belongs to its two likeliest clusters.

    Parameters
    ----------
    estimator : object
        The fitted clusterer, or a pipeline.

    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The data.

    Returns
    -------
    ndarray of shape (n_samples, 2)
        The largest probability and the next one, or minus the distances from the
        nearest centers.
    """
    strengths = probabilities_of(estimator, X)
    if strengths is None:
        last, X = split(estimator, X)
        if not tells_memberships(last):
            raise ValueError(
                f"estimator={last!r} does not tell which rows are typical; expected "
                "soft_predict, predict_proba, or cluster_centers_. Use such a one; "
                "pictures of images take scores of your own, too: "
                "SamplesDisplay.from_predictions."
            )
        centers = last.cluster_centers_
        # Centers are among the rows, as those of k-means, or in an embedding.
        is_embedded = np.shape(X)[1] != centers.shape[1]
        rows = last.transform(X) if is_embedded else X
        strengths = -euclidean_distances(rows, centers)
    # A single cluster has no rival.
    strengths = np.pad(
        strengths, [(0, 0), (0, 1)], constant_values=np.finfo(strengths.dtype).min
    )
    return -np.sort(-strengths, axis=1)[:, :2]


def _members(estimator, X, cluster, n_members, doubt):
    if not np.isscalar(cluster):
        raise ValueError(f"cluster={cluster!r} should be the label of one cluster.")
    labels = labels_of(estimator, X)
    rows = np.flatnonzero(labels == cluster)
    if not len(rows):
        raise ValueError(
            f"cluster={cluster!r} has no rows of X; expected one of "
            f"{np.unique(labels).tolist()}."
        )
    return rows[np.argsort(doubt[rows], kind="stable")[:n_members]]
