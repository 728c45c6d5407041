"""Landmark-based spectral clustering."""

import warnings
from numbers import Integral

import numpy as np
import scipy.sparse as sp
from scipy.linalg import eigh
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import pairwise_distances_argmin
from sklearn.preprocessing import normalize
from sklearn.utils import check_random_state

from .._compat import RANDOM_STATE, Interval, fit_context
from .._labels import number_by_size, order_by_size
from .._neighbors import NeighborSearch, with_weights
from .._typing import Data, FloatArray, Labels, RandomState
from .._warn import warn
from ._base import BaseGraphClusterer

# What is less is rounding.
_LEAST_DEGREE = 1e-12
_LEAST_EIGENVALUE = 1e-10


class LandmarkSpectralClustering(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseGraphClusterer
):
    r"""Spectral clustering by a graph of rows and landmarks.

    Rows are linked to their nearest landmarks, the centers of a short k-means, and to
    each other by the landmarks that they share. The eigenvectors of this graph need the
    landmarks alone to be held against each other, so time and memory are linear in the
    number of rows, and new rows have their exact place among the others.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters.

    n_landmarks : int, default=1000
        Number of landmarks. They are at most a quarter of the rows, if that is enough
        for the eigenvectors.

    n_neighbors : int, default=5
        Number of nearest landmarks of a row.

    n_eigenvectors : int, default=None
        Number of eigenvectors, the dimensions of the embedding. None means a quarter
        more than clusters, and one, for the first of them is constant where the graph
        is connected; fewer if there are not as many landmarks.

    random_state : int, RandomState instance or None, default=None
        Seed of both k-means.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,), dtype int32
        The clusters of the training data, numbered by decreasing size.

    cluster_centers_ : ndarray of shape (n_clusters, n_eigenvectors)
        The centers of k-means in the embedding.

    landmarks_ : ndarray of shape (n_landmarks, n_features)
        The landmarks. They are fewer than asked for where rows are equal.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen in :meth:`fit`, if they are all strings.

    See Also
    --------
    SpectralNet : A network that learns the map to the embedding.
    GraphDegreeLinkage : A graph of the rows themselves, clustered by linkage.
    sklearn.cluster.SpectralClustering : Such a graph, clustered by its eigenvectors.

    Notes
    -----
    Row :math:`x_i` has for its nearest landmarks :math:`u_j` the weights

    .. math:: Z_{ij} \propto e^{-\|x_i - u_j\|^2 / s_i}, \qquad \sum_j Z_{ij} = 1,

    where :math:`s_i` is the mean of these squared distances, so that they do not depend
    on the unit of the data. With :math:`D` the diagonal matrix of the column sums of
    :math:`Z`, rows have the affinity :math:`W = Z D^{-1} Z^T`, whose row sums are 1.
    Its leading eigenvectors are the left singular vectors of :math:`Z D^{-1/2}`, which
    follow from the eigenvectors :math:`B` and eigenvalues :math:`\Lambda` of a small
    matrix:

    .. math:: D^{-1/2} Z^T Z D^{-1/2} = B \Lambda B^T, \qquad
              Y = Z D^{-1/2} B \Lambda^{-1/2}.

    :meth:`transform` gives the rows of :math:`Y` scaled to unit length, also for new
    rows, and :meth:`predict` the nearest center of k-means.

    The authors' code [1]_ drops the first eigenvector. Where the graph has several
    parts, it is one of as many that tell them apart, and needed.

    References
    ----------
    .. [1] Chen, X., Cai, D. (2011). Large scale spectral clustering with landmark-based
       representation. AAAI.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from sklearn.metrics import adjusted_rand_score
    >>> from skdeepcluster import LandmarkSpectralClustering
    >>> X, y = make_moons(500, noise=0.05, random_state=0)
    >>> spectral = LandmarkSpectralClustering(2, random_state=0).fit(X)
    >>> X_new, y_new = make_moons(100, noise=0.05, random_state=1)
    >>> adjusted_rand_score(y_new, spectral.predict(X_new)) > 0.9
    True
    """

    _essential = (
        "n_features_in_",
        "landmarks_",
        "cluster_centers_",
        "_map",
        "_n_features_out",
    )

    _parameter_constraints: dict = {
        "n_clusters": [Interval(Integral, 1, None, closed="left")],
        "n_landmarks": [Interval(Integral, 1, None, closed="left")],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "n_eigenvectors": [Interval(Integral, 1, None, closed="left"), None],
        "random_state": RANDOM_STATE,
    }

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        n_landmarks: int = 1000,
        n_neighbors: int = 5,
        n_eigenvectors: int | None = None,
        random_state: RandomState = None,
    ):
        self.n_clusters = n_clusters
        self.n_landmarks = n_landmarks
        self.n_neighbors = n_neighbors
        self.n_eigenvectors = n_eigenvectors
        self.random_state = random_state

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Data, y: None = None) -> "LandmarkSpectralClustering":
        """Find the clusters.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.

        y : None
            Not used.

        Returns
        -------
        LandmarkSpectralClustering
            This estimator, fitted.

        Raises
        ------
        ValueError
            If there are fewer rows or landmarks than clusters or eigenvectors.

        Warns
        -----
        ConvergenceWarning
            If rows differ in fewer dimensions than there are eigenvectors.
        """
        X = self._check_training_rows(X)
        n_eigenvectors = self._width(X.shape[0])
        rng = check_random_state(self.random_state)
        most = max(X.shape[0] // 4, n_eigenvectors)
        self.landmarks_ = _centers(X, min(self.n_landmarks, most), rng)
        Z = self._weights(X)
        self._map = _eigenvector_map(Z, n_eigenvectors)
        Y = normalize(Z @ self._map)
        self._n_features_out = Y.shape[1]
        kmeans = KMeans(self.n_clusters, n_init=10, random_state=rng).fit(Y)
        order = order_by_size(kmeans.labels_, self.n_clusters)
        self.cluster_centers_ = kmeans.cluster_centers_[order]
        self.labels_ = number_by_size(kmeans.labels_, self.n_clusters)
        return self

    def _width(self, n_samples):
        """Return the number of eigenvectors."""
        if self.n_landmarks < self.n_clusters:
            raise ValueError(
                f"n_landmarks={self.n_landmarks} should be >= "
                f"n_clusters={self.n_clusters}: raise n_landmarks to a hundred times "
                "as many, or lower n_clusters."
            )
        most = min(self.n_landmarks, n_samples)
        if self.n_eigenvectors is None:
            return min(self.n_clusters + 1 + self.n_clusters // 4, most)
        if self.n_eigenvectors > most:
            raise ValueError(
                f"n_eigenvectors={self.n_eigenvectors} should be <= {most}, the "
                f"smaller one of n_landmarks={self.n_landmarks} and "
                f"n_samples={n_samples}: lower n_eigenvectors."
            )
        return self.n_eigenvectors

    def _weights(self, X):
        """Return Z, a csr_array of shape (n_samples, n_landmarks)."""
        # A tree of landmarks, which are dense, takes no sparse rows.
        algorithm = "brute" if sp.issparse(X) else "auto"
        search = NeighborSearch(self.n_neighbors, algorithm).fit(self.landmarks_)
        graph = search.transform(X)
        squares = graph.data.reshape(X.shape[0], -1) ** 2
        means = squares.mean(1, keepdims=True)
        weights = np.exp(-squares / np.where(means > 0, means, 1))
        weights /= weights.sum(1, keepdims=True)
        return with_weights(graph, weights.ravel())

    def _embed(self, X):
        return normalize(self._weights(X) @ self._map)

    def transform(self, X: Data) -> FloatArray:
        """Return the embedding of rows.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Data.

        Returns
        -------
        ndarray of shape (n_samples, n_eigenvectors)
            Rows of unit length, in the dtype of X.
        """
        X = self._check_new_rows(X)
        return self._embed(X).astype(X.dtype, copy=False)

    def predict(self, X: Data) -> Labels:
        """Return the clusters of rows.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Data.

        Returns
        -------
        ndarray of shape (n_samples,), dtype int32
            The clusters.
        """
        embedding = self._embed(self._check_new_rows(X))
        centers = self.cluster_centers_
        return pairwise_distances_argmin(embedding, centers).astype(np.int32)


def _centers(X, n_landmarks, rng):
    """Return the centers of a short k-means, those that are nearest to a row."""
    kmeans = KMeans(
        n_landmarks, init="random", n_init=1, max_iter=5, tol=0, random_state=rng
    )
    with warnings.catch_warnings():
        # Of centers of equal rows one is enough.
        warnings.simplefilter("ignore", ConvergenceWarning)
        kmeans.fit(X)
    return kmeans.cluster_centers_[np.unique(kmeans.labels_)]


def _eigenvector_map(Z, n_eigenvectors):
    """Return the matrix of shape (n_landmarks, n_eigenvectors) from Z to Y."""
    scales = np.maximum(Z.sum(0), _LEAST_DEGREE) ** -0.5
    normalized = (Z * scales).tocsr()
    gram = (normalized.T @ normalized).toarray()
    range_ = [max(len(gram) - n_eigenvectors, 0), len(gram) - 1]
    values, vectors = eigh(gram, subset_by_index=range_)
    values, vectors = values[::-1], vectors[:, ::-1]
    n_kept = (values > _LEAST_EIGENVALUE).sum()
    if n_kept < n_eigenvectors:
        warn(
            f"The graph has {n_kept} eigenvectors, not n_eigenvectors={n_eigenvectors} "
            "of them: many rows are equal. Lower n_eigenvectors or n_clusters."
        )
    to_vectors = scales[:, None] * vectors[:, :n_kept] / np.sqrt(values[:n_kept])
    # The sign of an eigenvector is free.
    largest = np.abs(to_vectors).argmax(0)
    return to_vectors * np.sign(to_vectors[largest, np.arange(n_kept)])
