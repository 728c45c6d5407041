"""Graph degree linkage of the rows of a graph."""

import heapq

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from .._labels import membership
from .._neighbors import local_scale, with_weights

# A weight of exp(-_FAR) is none.
_FAR = np.log(1e5)


def edge_weights(graph, scale):
    """Return the weights W of the edges of a graph of distances.

    Parameters
    ----------
    graph : csr_array of shape (n_samples, n_samples)
        Distances of neighbours, those of a row in increasing order.

    scale : {"local", "global"}
        Whether each row has a scale of its own.

    Returns
    -------
    csr_array of shape (n_samples, n_samples)
        The weights, at the places of the distances.
    """
    squares = graph.data**2
    if scale == "local":
        scales = np.repeat(local_scale(graph), np.diff(graph.indptr))
        weights = np.exp(-squares / (2 * scales)) / np.sqrt(scales)
    else:
        bandwidth = squares.mean() if squares.any() else 1.0
        has_neighbors = np.diff(graph.indptr) > 0
        farthest = squares[graph.indptr[:-1][has_neighbors]].max(initial=0.0)
        while farthest > _FAR * bandwidth:
            bandwidth *= 2
        weights = np.exp(-squares / bandwidth)
    return with_weights(graph, weights)


def first_neighbor_parts(graph):
    """Return the parts of a graph of distances with the first neighbours alone.

    Parameters
    ----------
    graph : csr_array of shape (n_samples, n_samples)
        Distances of neighbours, those of a row in increasing order.

    Returns
    -------
    ndarray of shape (n_samples,), dtype int32
        The number of each row's part.
    """
    rows = np.flatnonzero(np.diff(graph.indptr))
    first = graph.indices[graph.indptr[rows]]
    links = sp.coo_array((np.ones(len(rows)), (rows, first)), shape=graph.shape)
    return connected_components(links, directed=False)[1]


class DegreeLinkage:
    """Clusters that are merged, the two of the largest affinity first.

    The clusters are nodes of a tree, numbered as in
    :class:`sklearn.cluster.AgglomerativeClustering`: the first ones are its leaves, and
    each merge makes the next. A node has the slot of the larger one that it was made
    from, so that the sums of that one are added to, not made anew.

    Parameters
    ----------
    W : csr_array of shape (n_samples, n_samples)
        Weights of the edges.

    labels : ndarray of shape (n_samples,), dtype int
        The leaf of each row.

    Attributes
    ----------
    children : list of (int, int)
        The nodes that were merged.

    affinities : list of float
        Their affinities.
    """

    def __init__(self, W, labels):
        self.children = []
        self.affinities = []
        self._n_leaves = int(labels.max()) + 1
        self._node = list(range(self._n_leaves))  # of a slot
        self._slot = dict(enumerate(self._node))  # of a node that was not merged yet
        self._label = labels.tolist()  # the slot of a row
        order = np.argsort(labels, kind="stable")
        sizes = np.bincount(labels)
        self._members = [m.tolist() for m in np.split(order, sizes.cumsum()[:-1])]

        # Sums of weights from a cluster to a row outside of it, and back.
        leaves = membership(labels, self._n_leaves).T
        to, back = (_without_members(leaves @ V, labels) for V in (W, W.T))
        self._to, self._back = _dicts(to), _dicts(back)
        # |a|^2 L_a(b), the sum of their products over the rows of the other cluster.
        # Each pair of linked clusters has both of its sums, be one of them 0.
        self._product = _dicts(to.multiply(back) @ leaves.T)
        for a, products in enumerate(self._product):
            for b in list(products):
                self._product[b].setdefault(a, 0.0)

        # The best partner of each node among those of its time. No later merge changes
        # the affinity of two nodes that it leaves, so the largest one is always here.
        self._heap = []
        for a in range(self._n_leaves):
            self._push(a)

    def run(self):
        """Merge clusters until there is one, or none has an affinity to another."""
        while self._heap:
            minus_affinity, node, partner = heapq.heappop(self._heap)
            if node not in self._slot:
                continue
            if partner in self._slot:
                self.children.append((node, partner))
                self.affinities.append(-minus_affinity)
                self._push(self._merge(self._slot.pop(node), self._slot.pop(partner)))
            else:
                self._push(self._slot[node])
        return self

    def _push(self, a):
        """Put the best partner of a cluster on the heap."""
        best, partner = 0.0, None
        square = len(self._members[a]) ** 2
        for b, product in self._product[a].items():
            other = self._product[b][a] / len(self._members[b]) ** 2
            affinity = product / square + other
            if affinity > best:
                best, partner = affinity, b
        if partner is not None:
            heapq.heappush(self._heap, (-best, self._node[a], self._node[partner]))

    def _merge(self, a, b):
        """Merge the clusters in two slots, and return the slot of the new one."""
        if len(self._members[a]) < len(self._members[b]):
            a, b = b, a
        self._node[a] = self._n_leaves + len(self.children) - 1
        self._slot[self._node[a]] = a
        for row in self._members[b]:
            self._label[row] = a
        self._members[a] += self._members[b]

        # L_c(a + b) of the others is a sum over rows.
        products = self._product[a]
        del products[b]
        for c in self._product[b]:
            if c != a:
                others = self._product[c]
                others[a] = others.get(a, 0.0) + others.pop(b)
                products.setdefault(c, 0.0)

        # With t, s for the sums to and back, (t_a + t_b) (s_a + s_b) is
        # t_a s_a, which is there, + t_b s_a + (t_a + t_b) s_b.
        to, back = self._to[a], self._back[a]
        for sums, others, added in (
            (to, back, self._to[b]),
            (back, to, self._back[b]),
        ):
            for row, weight in added.items():
                c = self._label[row]
                if c == a:
                    continue
                sums[row] = sums.get(row, 0.0) + weight
                if row in others:
                    products[c] = products.get(c, 0.0) + weight * others[row]
                    self._product[c].setdefault(a, 0.0)
        self._to[b] = self._back[b] = self._product[b] = self._members[b] = None
        return a


def _without_members(sums, labels):
    """Return sums (n_clusters, n_samples) without those of a cluster's own rows."""
    sums = sp.coo_array(sums)
    outside = sums.row != labels[sums.col]
    entries = sums.data[outside], (sums.row[outside], sums.col[outside])
    return sp.csr_array(entries, shape=sums.shape)


def _dicts(matrix):
    """Return a dict from column to entry for each row of a csr_array."""
    columns, entries = matrix.indices.tolist(), matrix.data.tolist()
    starts = matrix.indptr.tolist()
    return [
        dict(zip(columns[begin:end], entries[begin:end], strict=True))
        for begin, end in zip(starts, starts[1:], strict=False)
    ]


def cut(children, leaf_sizes, n_clusters, least_size):
    """Return the last level of a tree that has enough clusters of a size.

    Parameters
    ----------
    children : ndarray of shape (n_merges, 2), dtype int
        The nodes that were merged.

    leaf_sizes : ndarray of shape (n_leaves,), dtype int
        Numbers of rows.

    n_clusters : int
        Number of clusters that are wanted.

    least_size : int
        Number of rows that they must have.

    Returns
    -------
    ndarray of shape (n_leaves,), dtype int or None
        The cluster of each leaf, from 0, and -1 in clusters that are smaller. None if
        no level has enough.
    """
    n_leaves, sizes = len(leaf_sizes), leaf_sizes.tolist()
    for a, b in children.tolist():
        sizes.append(sizes[a] + sizes[b])
    is_large = np.array(sizes) >= least_size
    changes = is_large[n_leaves:].astype(int) - is_large[children].sum(1)
    n_large = np.append(0, changes.cumsum()) + is_large[:n_leaves].sum()
    levels = np.flatnonzero(n_large >= n_clusters)
    if not len(levels):
        return None
    n_merges = levels[-1]
    nodes = np.arange(n_leaves, n_leaves + n_merges)
    edges = np.ones(2 * n_merges), (np.repeat(nodes, 2), children[:n_merges].ravel())
    links = sp.coo_array(edges, shape=(len(sizes), len(sizes)))
    labels = connected_components(links, directed=False)[1][:n_leaves]
    is_large = np.bincount(labels, leaf_sizes) >= least_size
    return np.where(is_large, is_large.cumsum() - 1, -1)[labels]
