"""Graph degree linkage."""

from math import sqrt
from numbers import Integral, Real
from typing import Literal

import numpy as np
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.cluster import AgglomerativeClustering

from .._compat import HasMethods, Interval, StrOptions, fit_context
from .._labels import membership, number_by_size
from .._neighbors import NeighborSearch, nearest, neighbor_graph, votes
from .._typing import Data, Estimator, Labels
from .._warn import warn
from ._base import BaseGraphClusterer
from ._linkage import DegreeLinkage, cut, edge_weights, first_neighbor_parts


class GraphDegreeLinkage(BaseGraphClusterer):
    r"""Agglomerative clustering by the degrees of a graph of nearest neighbours.

    Rows are linked to their nearest neighbours, and of the clusters, small ones at
    first, the two are merged that have the most rows linked both ways. Clusters may
    have any shape. There is nothing to train, and nothing random.

    Parameters
    ----------
    n_clusters : int, default=8
        Number of clusters.

    n_neighbors : int, default=None
        Number of nearest neighbours of a row, itself not counted. None means
        ``1.5 * sqrt(n_samples / n_clusters)``, rounded, at least 5 and at most 20: 8
        for thirty rows in a cluster, 13 for seventy, 20 from 170. Clusters that are
        curves, such as the turns of one picture, want 3 to 5.

    scale : {"local", "global"}, default="local"
        The scale of the weights: one for each row, from the distance to the neighbour
        in the middle, or one for all, the mean of all squared distances.

    min_share : float, default=0.1
        The least size of a cluster, as a share of ``n_samples / n_clusters``. Rows that
        have come together in no cluster of this size go where most of their neighbours
        are. With 0, a few rows far from all others can be a cluster, and use up
        ``n_clusters``, as in the paper.

    neighbors : transformer, default=None
        Finds the neighbours: any transformer to a graph of distances as
        :class:`sklearn.neighbors.KNeighborsTransformer`, such as the one of
        pynndescent. Of those that it finds, ``n_neighbors`` are used. None means an
        exact search; if that would take long, one for the nearest of three times as
        many candidates, those in the space of 64 principal components, provided that
        this finds 95 % of the neighbours of a hundred rows.

    Attributes
    ----------
    labels_ : ndarray of shape (n_samples,), dtype int32
        The clusters of the training data, numbered by decreasing size.

    n_neighbors_ : int
        The most neighbours of a row.

    leaf_labels_ : ndarray of shape (n_samples,), dtype int32
        The clusters before any merge, the leaves of the tree: the parts of the graph of
        first neighbours, or if these are fewer than ``n_clusters``, single rows.

    n_leaves_ : int
        Number of these.

    children_ : ndarray of shape (n_merges, 2), dtype int64
        The tree: the nodes that were merged, in that order. Nodes below ``n_leaves_``
        are leaves, and node ``n_leaves_ + i`` is what merge ``i`` made.

    distances_ : ndarray of shape (n_merges,)
        The reciprocals of the affinities of the nodes that were merged. They need not
        increase.

    n_features_in_ : int
        Number of features seen in :meth:`fit`.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen in :meth:`fit`, if they are all strings.

    See Also
    --------
    LandmarkSpectralClustering : A graph of rows and landmarks, for many rows.
    sklearn.cluster.AgglomerativeClustering : Linkage by distances.

    Notes
    -----
    Row :math:`u` has edges to its :math:`K` nearest neighbours :math:`v`, of weight

    .. math:: W_{uv} = \frac1{\sqrt{s_u}} e^{-\|x_u - x_v\|^2 / 2 s_u},

    where :math:`s_u` is its squared distance from the neighbour of rank
    :math:`\lfloor K/2 \rfloor`. With a global scale
    :math:`W_{uv} = e^{-\|x_u - x_v\|^2 / s}`, where :math:`s` is the mean of all
    squared distances, doubled until each row has a weight of at least
    :math:`10^{-5}`. The affinity of two clusters is

    .. math:: A(a, b) = \frac1{|a|^2} \sum_{v \in b} W_{av} W_{va}
              + \frac1{|b|^2} \sum_{u \in a} W_{bu} W_{ub},

    where :math:`W_{av} = \sum_{u \in a} W_{uv}` and
    :math:`W_{va} = \sum_{u \in a} W_{vu}`, the degrees from and to the cluster. It
    begins with the parts of the graph in which each row has its first neighbour alone,
    and merges the clusters of largest affinity as long as there is one. The result is
    the last level of this tree that has ``n_clusters`` clusters of the least size. If
    the parts of the graph are more than that, and so have no affinity, the distances of
    their means decide.

    :meth:`predict` gives new rows the cluster in which their neighbours among the
    training rows have most weight. There each row of the training data is its own
    neighbour, but neighbours may outvote it: ``labels_`` is not in all rows
    ``predict`` of the training data.

    Distances should mean something. Images want to be centred and of unit length,
    ``make_pipeline(StandardScaler(with_std=False), Normalizer(),
    GraphDegreeLinkage(10))``; nothing of this is done here.

    References
    ----------
    .. [1] Zhang, W., Wang, X., Zhao, D., Tang, X. (2012). Graph degree linkage:
       agglomerative clustering on a directed graph. ECCV.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from sklearn.metrics import adjusted_rand_score
    >>> from skdeepcluster import GraphDegreeLinkage
    >>> X, y = make_moons(500, noise=0.05, random_state=0)
    >>> linkage = GraphDegreeLinkage(2).fit(X)
    >>> X_new, y_new = make_moons(100, noise=0.05, random_state=1)
    >>> adjusted_rand_score(y_new, linkage.predict(X_new)) > 0.9
    True
    """

    _essential = ("n_features_in_", "n_neighbors_", "labels_", "_search")

    _parameter_constraints: dict = {
        "n_clusters": [Interval(Integral, 1, None, closed="left")],
        "n_neighbors": [Interval(Integral, 1, None, closed="left"), None],
        "scale": [StrOptions({"local", "global"})],
        "min_share": [Interval(Real, 0, 1, closed="both")],
        "neighbors": [HasMethods(["fit_transform", "transform"]), None],
    }

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        n_neighbors: int | None = None,
        scale: Literal["local", "global"] = "local",
        min_share: float = 0.1,
        neighbors: Estimator | None = None,
    ):
        self.n_clusters = n_clusters
        self.n_neighbors = n_neighbors
        self.scale = scale
        self.min_share = min_share
        self.neighbors = neighbors

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Data, y: None = None) -> "GraphDegreeLinkage":
        """Find the clusters.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training data.

        y : None
            Not used.

        Returns
        -------
        GraphDegreeLinkage
            This estimator, fitted.

        Raises
        ------
        ValueError
            If there are fewer rows than clusters, or ``neighbors`` gives no graph of
            the rows.

        Warns
        -----
        ConvergenceWarning
            If no level of the tree has enough clusters of the least size, or the graph
            has more parts than clusters were asked for.
        """
        X = self._check_training_rows(X)
        n_samples = X.shape[0]
        n_neighbors = self.n_neighbors
        if n_neighbors is None:
            rounded = round(1.5 * sqrt(n_samples / self.n_clusters))
            n_neighbors = min(max(rounded, 5), 20)
        if self.neighbors is None:
            self._search = NeighborSearch(n_neighbors)
        else:
            self._search = clone(self.neighbors)
        graph = neighbor_graph(X, n_neighbors, self._search)
        self.n_neighbors_ = int(np.diff(graph.indptr).max())

        leaf = first_neighbor_parts(graph)
        if leaf.max() + 1 < self.n_clusters:
            leaf = np.arange(n_samples, dtype=np.int32)
        tree = DegreeLinkage(edge_weights(graph, self.scale), leaf).run()
        self.leaf_labels_ = leaf
        self.n_leaves_ = int(leaf.max()) + 1
        self.children_ = np.array(tree.children, dtype=np.int64).reshape(-1, 2)
        self.distances_ = 1 / np.array(tree.affinities)

        labels = self._merge_parts(X, self._cut()[leaf])
        labels = _label_others(X, graph, labels, self.n_clusters)
        self.labels_ = number_by_size(labels, self.n_clusters)
        return self

    def _cut(self):
        """Return the cluster of each leaf, and -1 in those that are too small."""
        sizes = np.bincount(self.leaf_labels_)
        wanted = max(1, int(self.min_share * sizes.sum() / self.n_clusters))
        least_size = wanted
        labels = cut(self.children_, sizes, self.n_clusters, least_size)
        while labels is None:
            least_size //= 2
            labels = cut(self.children_, sizes, self.n_clusters, least_size)
        if least_size < wanted:
            self._warn(
                f"n_clusters={self.n_clusters} clusters of {wanted} rows or more, as "
                f"min_share={self.min_share} wants them, were never there at once: "
                f"some have but {least_size}. Lower n_clusters, or change n_neighbors.",
            )
        return labels

    def _merge_parts(self, X, labels):
        """Merge clusters that have no affinity by the distances of their means."""
        n_parts = labels.max() + 1
        if n_parts == self.n_clusters:
            return labels
        self._warn(
            f"The graph has {n_parts} parts, more than n_clusters={self.n_clusters}: "
            "those with the nearest means were put together. Raise n_neighbors or "
            "n_clusters.",
        )
        members = membership(labels, n_parts)
        sums = members.T @ X
        sums = sums.toarray() if sp.issparse(sums) else sums
        ward = AgglomerativeClustering(self.n_clusters)
        merged = ward.fit_predict(sums / members.sum(0)[:, None])
        return np.where(labels < 0, -1, merged[labels])

    def _warn(self, message):
        warn(message)

    def predict(self, X: Data) -> Labels:
        """Return the clusters that most of the neighbours of rows are in.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Data.

        Returns
        -------
        ndarray of shape (n_samples,), dtype int32
            The clusters.
        """
        X = self._check_new_rows(X)
        graph = nearest(self._search.transform(X), self.n_neighbors_)
        shares = votes(graph, self.labels_, self.n_clusters)
        return shares.argmax(1).astype(np.int32)


def _label_others(X, graph, labels, n_clusters):
    """Give rows without a label, -1, that of most neighbours, or of the nearest row."""
    while (labels < 0).any():
        shares = votes(graph, labels, n_clusters)
        reached = (labels < 0) & (shares.max(1) > 0)
        if reached.any():
            labels = np.where(reached, shares.argmax(1), labels)
        else:
            known = np.flatnonzero(labels >= 0)
            others = np.flatnonzero(labels < 0)
            graph = NeighborSearch(1).fit(X[known]).transform(X[others])
            labels[others] = labels[known][graph.indices]
    return labels
