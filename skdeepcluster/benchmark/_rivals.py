"""Clusterings without a network that deep ones have to be better than.

Their packages are optional: each is imported when it is fitted.
"""

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.mixture import GaussianMixture
from sklearn.utils import check_random_state

from skdeepcluster._neighbors import without_noise


class UMAPMixture(ClusterMixin, BaseEstimator):
    """A Gaussian mixture in a UMAP embedding of ten dimensions.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters.

    random_state : int, RandomState instance or None, default=None
        Seed of the embedding and of the mixture.
    """

    def __init__(self, n_clusters=8, *, random_state=None):
        self.n_clusters = n_clusters
        self.random_state = random_state

    def fit(self, X, y=None):
        from umap import UMAP

        rng = check_random_state(self.random_state)
        umap = UMAP(20, n_components=10, min_dist=0.0, random_state=rng, n_jobs=1)
        mixture = GaussianMixture(self.n_clusters, n_init=5, random_state=rng)
        self.labels_ = mixture.fit_predict(umap.fit_transform(X))
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
