"""Clusterings without a network that deep ones have to be better than.

Packages that are optional are imported when a rival is fitted.
"""

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin, clone
from sklearn.cluster import HDBSCAN
from sklearn.decomposition import NMF
from sklearn.utils import check_random_state

from skdeepcluster._neighbors import without_noise


class NMFClusterer(ClusterMixin, BaseEstimator):
    """The largest component of each row in a non-negative matrix factorization.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of components.

    random_state : int, RandomState instance or None, default=None
        Seed.
    """

    def __init__(self, n_clusters=8, *, random_state=None):
        self.n_clusters = n_clusters
        self.random_state = random_state

    def fit(self, X, y=None):
        nmf = NMF(
            self.n_clusters,
            init="nndsvda",
            max_iter=1000,
            random_state=self.random_state,
        )
        weights = nmf.fit_transform(X)
        # What a component adds to the row, whatever its own length.
        self.labels_ = (weights * np.linalg.norm(nmf.components_, axis=1)).argmax(1)
        return self


class UMAPClusterer(ClusterMixin, BaseEstimator):
    """A clusterer of a UMAP embedding of ten dimensions.

    Parameters
    ----------
    clusterer : clusterer
        What clusters the embedding.

    random_state : int, RandomState instance or None, default=None
        Seed of the embedding.
    """

    def __init__(self, clusterer, *, random_state=None):
        self.clusterer = clusterer
        self.random_state = random_state

    def fit(self, X, y=None):
        from umap import UMAP

        rng = check_random_state(self.random_state)
        umap = UMAP(20, n_components=10, min_dist=0.0, random_state=rng, n_jobs=1)
        self.labels_ = clone(self.clusterer).fit_predict(umap.fit_transform(X))
        return self


class HDBSCANClusterer(ClusterMixin, BaseEstimator):
    """HDBSCAN, with its rows of noise given to the clusters of their neighbours.

    No cluster is smaller than a tenth of the mean size.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters expected, for the smallest size; as many as there are, are
        found.
    """

    def __init__(self, n_clusters=8):
        self.n_clusters = n_clusters

    def fit(self, X, y=None):
        least = max(2, len(X) // (10 * self.n_clusters))
        hdbscan = HDBSCAN(min_cluster_size=least, copy=True)
        self.labels_ = without_noise(hdbscan.fit_predict(X), X)
        return self


class EVoCClusterer(ClusterMixin, BaseEstimator):
    """EVoC, with its rows of noise given to the clusters of their neighbours.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters to look for.

    random_state : int, RandomState instance or None, default=None
        Seed.
    """

    def __init__(self, n_clusters=8, *, random_state=None):
        self.n_clusters = n_clusters
        self.random_state = random_state

    def fit(self, X, y=None):
        from evoc import EVoC

        seed = check_random_state(self.random_state).randint(2**31)
        evoc = EVoC(approx_n_clusters=self.n_clusters, random_state=seed)
        X = np.ascontiguousarray(X, dtype=np.float32)
        self.labels_ = without_noise(evoc.fit_predict(X), X)
        return self
