"""Nearest neighbours: the search for them, their graph, and what they vote for."""

import numpy as np
import scipy.sparse as sp
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.decomposition import PCA
from sklearn.metrics import mutual_info_score
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.utils import gen_batches

from ._labels import is_noise, membership
from ._saving import SavedMixin

# n_samples ** 2 * n_features of an exact search that is still quick: ten seconds.
_QUICK = 1e11

# A longer one is for so many times as many candidates in so many dimensions, unless
# that misses more than a share of the neighbours of some rows.
_N_CANDIDATES = 3
_N_COMPONENTS = 64
_LEAST_RECALL = 0.95
_N_PROBES = 100

# Rows of which each one's neighbours are searched for, at most, where distances from
# them are all that is asked for; of more rows some, in their place.
_MOST_ROWS = 100_000
_N_ANCHORS = 1_000

# Sparse rows that are compared with all others at once.
_ROWS_AT_ONCE = 256

# Entries of the differences of rows that are in memory at once.
_BATCH = 2**22


class NeighborSearch(SavedMixin, TransformerMixin, BaseEstimator):
    """A transformer to the graph of the nearest rows among those seen in ``fit``.

    As :class:`sklearn.neighbors.KNeighborsTransformer`, but equal rows have the
    distance 0 exactly, whether they come alone or with others, and a long search is
    for candidates in the space of the first principal components.

    Parameters
    ----------
    n_neighbors : int
        Number of neighbours of a row.

    algorithm : str, default="auto"
        As of :class:`sklearn.neighbors.NearestNeighbors`.
    """

    _essential = ("_rows", "_projection")

    def __init__(self, n_neighbors, algorithm="auto"):
        self.n_neighbors = n_neighbors
        self.algorithm = algorithm

    def fit(self, X, y=None):
        self._fit(X, None)
        is_long = X.shape[0] ** 2 * X.shape[1] > _QUICK
        if is_long and X.shape[1] > 2 * _N_COMPONENTS and not sp.issparse(X):
            probes = X[:: X.shape[0] // _N_PROBES]
            true = self.transform(probes).indices.reshape(len(probes), -1)
            self._fit(X, PCA(_N_COMPONENTS, random_state=0).fit(X))
            found = self.transform(probes).indices.reshape(len(probes), -1)
            hits = [np.isin(*rows).mean() for rows in zip(true, found, strict=True)]
            if np.mean(hits) < _LEAST_RECALL:
                self._fit(X, None)
        return self

    def _fit(self, X, projection):
        self._rows = X
        self._projection = projection
        self._index()

    def _index(self):
        search = NearestNeighbors(algorithm=self.algorithm)
        self._search = search.fit(self._project(self._rows))

    def __getstate__(self):
        # The tree would read memory outside of its arrays if a file told it to.
        return {k: v for k, v in super().__getstate__().items() if k != "_search"}

    def _restore(self):
        super()._restore()
        self._index()

    def _tell(self, message):
        pass  # the estimator that holds it does

    def _project(self, X):
        return X if self._projection is None else self._projection.transform(X)

    def fit_transform(self, X, y=None):
        self.fit(X)
        return self._graph(X, None, X.shape[0] - 1)

    def transform(self, X):
        return self._graph(X, self._project(X), self._rows.shape[0])

    def _graph(self, X, queries, n_others):
        n_neighbors = min(self.n_neighbors, n_others)
        shape = X.shape[0], self._rows.shape[0]
        if n_neighbors == 0:
            return sp.csr_array(shape)
        n_candidates = n_neighbors
        if self._projection is not None:
            n_candidates = min(_N_CANDIDATES * n_neighbors, n_others)
        # For sparse rows, whose distances are else as many at once as a gigabyte holds.
        with config_context(working_memory=_ROWS_AT_ONCE * n_others * 8 / 2**20):
            near = self._search.kneighbors(queries, n_candidates, return_distance=False)
        distances = np.sqrt(squared_distances(X, self._rows, near))
        starts = np.arange(len(near) + 1) * n_candidates
        graph = sp.csr_array((distances.ravel(), near.ravel(), starts), shape=shape)
        return nearest(graph, n_neighbors)


def neighbor_graph(X, n_neighbors, neighbors=None):
    """Return the graph of the nearest neighbours of rows, themselves not counted.

    Parameters
    ----------
    X : ndarray or csr_array of shape (n_samples, n_features)
        Rows.

    n_neighbors : int
        Number of neighbours of a row.

    neighbors : transformer, default=None
        Finds them, and is fitted for it: any transformer to a graph of distances as
        :class:`sklearn.neighbors.KNeighborsTransformer`. None means
        :class:`NeighborSearch`.

    Returns
    -------
    csr_array of shape (n_samples, n_samples)
        The distances, as of :func:`nearest`. A row has fewer of them if there are not
        as many others, or if ``neighbors`` finds fewer.

    Raises
    ------
    ValueError
        If ``neighbors`` gives no graph of the rows.
    """
    if neighbors is None:
        neighbors = NeighborSearch(n_neighbors)
    graph = sp.coo_array(neighbors.fit_transform(X))
    if graph.shape != (X.shape[0], X.shape[0]):
        raise ValueError(
            f"neighbors={neighbors!r} gave an array of shape {graph.shape}, but it "
            f"should give the distances of all {X.shape[0]} rows from their nearest: "
            "take a KNeighborsTransformer, or None."
        )
    is_other = graph.row != graph.col
    entries = graph.data[is_other], (graph.row[is_other], graph.col[is_other])
    return nearest(sp.coo_array(entries, shape=graph.shape), n_neighbors)


def neighbors_of_all(X, n_neighbors, neighbors=None):
    """Return such a graph in which no row is without neighbours.

    Parameters
    ----------
    X : ndarray or csr_array of shape (n_samples, n_features)
        Rows, more than one.

    n_neighbors : int
        Number of neighbours of a row.

    neighbors : transformer, default=None
        As of :func:`neighbor_graph`; a clone of it finds them.

    Returns
    -------
    csr_array of shape (n_samples, n_samples)
        The distances.

    Raises
    ------
    ValueError
        If ``neighbors`` gives no graph of the rows, or finds none for some of them.
    """
    if neighbors is None:
        return neighbor_graph(X, n_neighbors)
    graph = neighbor_graph(X, n_neighbors, clone(neighbors))
    n_alone = np.count_nonzero(np.diff(graph.indptr) == 0)
    if n_alone:
        raise ValueError(
            f"neighbors={neighbors!r} finds no neighbour but themselves for {n_alone} "
            "rows: raise its n_neighbors."
        )
    return graph


def neighbor_numbers(graph, n_neighbors):
    """Return the row numbers of neighbours as an array.

    Parameters
    ----------
    graph : csr_array of shape (n_samples, n_samples)
        Distances of at least one neighbour of each row, in increasing order.

    n_neighbors : int
        Number of neighbours of a row.

    Returns
    -------
    ndarray of shape (n_samples, n_neighbors), dtype int64
        The numbers of the nearest; those of a row with fewer of them come again.
    """
    counts = np.diff(graph.indptr)[:, None]
    places = graph.indptr[:-1, None] + np.arange(n_neighbors) % counts
    return graph.indices[places].astype(np.int64)


def nearest(graph, n_neighbors):
    """Return a graph of distances with nothing but the smallest ones of each row.

    Parameters
    ----------
    graph : sparse array of shape (n_queries, n_samples)
        Distances.

    n_neighbors : int
        Number of distances of a row that are kept.

    Returns
    -------
    csr_array of shape (n_queries, n_samples)
        The distances of each row in increasing order, equal ones by their index.
    """
    graph = sp.coo_array(graph)
    order = np.lexsort((graph.col, graph.data, graph.row))
    counts = np.bincount(graph.row, minlength=graph.shape[0])
    rank = np.arange(graph.nnz) - np.repeat(counts.cumsum() - counts, counts)
    order = order[rank < n_neighbors]
    starts = np.append(0, counts.clip(max=n_neighbors).cumsum())
    return sp.csr_array(
        (graph.data[order], graph.col[order], starts), shape=graph.shape
    )


def squared_distances(X, Y, near):
    """Return the squared distances of rows from some others, 0 from equal ones.

    Parameters
    ----------
    X : ndarray or csr_array of shape (n_queries, n_features)
        Rows.

    Y : ndarray or csr_array of shape (n_samples, n_features)
        Others.

    near : ndarray of shape (n_queries, n_neighbors), dtype int
        Those that each row is compared with.

    Returns
    -------
    ndarray of shape (n_queries, n_neighbors)
        The squared distances.
    """
    are_sparse = sp.issparse(X) and sp.issparse(Y)
    entries = X.nnz // X.shape[0] + 1 if are_sparse else X.shape[1]
    squares = np.empty(near.size)
    for batch in gen_batches(near.size, max(1, _BATCH // entries)):
        rows = np.arange(batch.start, batch.stop) // near.shape[1]
        difference = X[rows] - Y[near.ravel()[batch]]
        if are_sparse:
            squares[batch] = difference.astype(np.float64).power(2).sum(1)
        else:
            squares[batch] = np.einsum(
                "ij,ij->i", difference, difference, dtype=np.float64
            )
    return squares.reshape(near.shape)


def local_scale(graph):
    """Return the squared distance of each row to the neighbour in the middle.

    Parameters
    ----------
    graph : csr_array of shape (n_queries, n_samples)
        Distances of neighbours, those of a row in increasing order.

    Returns
    -------
    ndarray of shape (n_queries,)
        The scales; where half of the neighbours are equal to the row, the mean of its
        squared distances.
    """
    counts = np.diff(graph.indptr)
    squares = graph.data**2
    row = np.repeat(np.arange(len(counts)), counts)
    means = np.bincount(row, squares, len(counts)) / counts.clip(1)
    scales = np.where(means > 0, means, 1.0)
    middle = (graph.indptr[:-1] + np.maximum(counts // 2, 1) - 1)[counts > 0]
    scales[counts > 0] = np.where(
        squares[middle] > 0, squares[middle], scales[counts > 0]
    )
    return scales


def with_weights(graph, weights):
    """Return a graph with other weights of its edges.

    Parameters
    ----------
    graph : csr_array of shape (n_queries, n_samples)
        Distances of neighbours.

    weights : ndarray of shape (n_edges,)
        The weights, in the order of the distances.

    Returns
    -------
    csr_array of shape (n_queries, n_samples)
        The weights. It has the indices for itself, as SciPy sorts them where it likes.
    """
    parts = weights, graph.indices, graph.indptr
    return sp.csr_array(parts, shape=graph.shape, copy=True)


def votes(graph, labels, n_clusters):
    """Return how much of the weights of its neighbours each row has in each cluster.

    Parameters
    ----------
    graph : csr_array of shape (n_queries, n_samples)
        Distances of neighbours, those of a row in increasing order.

    labels : ndarray of shape (n_samples,), dtype int
        Clusters of the neighbours, -1 for none.

    n_clusters : int
        Number of clusters.

    Returns
    -------
    ndarray of shape (n_queries, n_clusters)
        The sums of the weights exp(-d^2 / 2 s), with s the row's local scale.
    """
    scales = np.repeat(local_scale(graph), np.diff(graph.indptr))
    weights = with_weights(graph, np.exp(-(graph.data**2) / (2 * scales)))
    return (weights @ membership(labels, n_clusters)).toarray()


def information(graph, labels):
    """Return how much a row's label tells about the labels of its neighbours.

    Parameters
    ----------
    graph : csr_array of shape (n_samples, n_samples)
        The graph of their nearest neighbours.

    labels : ndarray of shape (n_samples,), dtype int
        The labels.

    Returns
    -------
    float
        The mutual information of the labels at the ends of the graph's edges, in nats.
    """
    edges = sp.coo_array(graph)
    if edges.nnz == 0:
        return 0.0
    return mutual_info_score(labels[edges.row], labels[edges.col])


def without_noise(labels, X):
    """Give rows of noise the label of most of their nearest rows in clusters.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,)
        The labels, -1 for noise.

    X : {ndarray, CSR matrix} of shape (n_samples, n_features)
        The rows.

    Returns
    -------
    ndarray of shape (n_samples,)
        The labels, with those of 5 neighbours in the place of -1.
    """
    noise = is_noise(labels)
    if not noise.any():
        return labels
    clustered, labels = labels[~noise], labels.copy()
    neighbors = KNeighborsClassifier(n_neighbors=min(5, len(clustered)))
    labels[noise] = neighbors.fit(X[~noise], clustered).predict(X[noise])
    return labels


def neighbor_distances(X, n_neighbors, neighbors=None):
    """Return the distance of each row from one of its nearest neighbours.

    Parameters
    ----------
    X : ndarray or csr_array of shape (n_samples, n_features)
        Rows.

    n_neighbors : int
        The neighbour's number, the nearest being the first; the last one of rows that
        have fewer.

    neighbors : transformer, default=None
        Finds them, as for :func:`neighbor_graph`. None means an exact search, of many
        rows for some alone, whose median then stands for all.

    Returns
    -------
    ndarray of shape (n_samples,)
        The distances, 0 for rows without neighbours.
    """
    if neighbors is None and X.shape[0] > _MOST_ROWS:
        search = NeighborSearch(n_neighbors + 1).fit(X)  # a row itself is the first
        graph = search.transform(X[:: X.shape[0] // _N_ANCHORS])
        distance = np.median(graph.data.reshape(graph.shape[0], -1)[:, -1])
        return np.full(X.shape[0], distance)
    graph = neighbor_graph(X, n_neighbors, neighbors)
    has_any = np.diff(graph.indptr) > 0
    distances = np.zeros(X.shape[0])
    distances[has_any] = graph.data[graph.indptr[1:][has_any] - 1]
    return distances
