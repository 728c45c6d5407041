"""Clusters as integers: their numbers, what they share and what is in them."""

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

# Label of the rows that belong to no cluster, as in scikit-learn.
_NOISE = -1


def order_by_size(labels, n_clusters):
    """Return the clusters by decreasing size, empty ones last.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,), dtype int
        Labels from 0 to ``n_clusters - 1``.

    n_clusters : int
        Number of clusters.

    Returns
    -------
    ndarray of shape (n_clusters,)
        The numbers of the clusters, in that order.
    """
    sizes = np.bincount(labels, minlength=n_clusters)
    return np.argsort(-sizes, kind="stable")


def number_by_size(labels, n_clusters):
    """Give the largest cluster the number 0, the next one 1, and so on.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,), dtype int
        Labels from 0 to ``n_clusters - 1``.

    n_clusters : int
        Number of clusters.

    Returns
    -------
    ndarray of shape (n_samples,), dtype int32
        The same clusters with their new numbers.
    """
    number = np.argsort(order_by_size(labels, n_clusters))
    return number.astype(np.int32)[labels]


def align(labels, reference, n_clusters):
    """Give clusters the numbers of those of a reference that they share most rows with.

    Parameters
    ----------
    labels, reference : ndarrays of shape (n_samples,), dtype int
        Labels from 0 to ``n_clusters - 1``; in ``labels`` also -1, for rows in none.

    n_clusters : int
        Number of clusters.

    Returns
    -------
    ndarray of shape (n_samples,), dtype int32
        The clusters of ``labels``, numbered so that as many labels as possible are
        those of ``reference``; where there was a -1, it still is.
    """
    shared = membership(labels, n_clusters).T @ membership(reference, n_clusters)
    number = match(shared)[1]
    return np.append(number, -1).astype(np.int32)[labels]


def match(counts):
    """Match the rows and columns of a table one-to-one, for the largest sum of counts.

    As :func:`scipy.optimize.linear_sum_assignment`, but time and memory follow the
    entries: there are no more of them than samples, however many labels there are.

    Parameters
    ----------
    counts : sparse array of shape (n_rows, n_columns)
        The table, without explicit zeros.

    Returns
    -------
    rows, columns : ndarrays of shape (min(n_rows, n_columns),)
        The pairs, by their rows.
    """
    n_rows, n_columns = counts.shape
    # A matching of all rows may leave a row to itself, in a column of its own. Each row
    # then has one more than its count, which decides nothing, as zeros are no entries.
    entries = sp.csr_array(counts).astype(np.float64)
    entries.data += 1
    table = sp.hstack([entries, sp.eye_array(n_rows)], format="csr")
    columns = min_weight_full_bipartite_matching(table, maximize=True)[1]
    alone = np.flatnonzero(columns >= n_columns)
    spare = np.setdiff1d(np.arange(n_columns), columns)
    columns[alone[: len(spare)]] = spare[: len(alone)]
    rows = np.flatnonzero(columns < n_columns)
    return rows, columns[rows]


def membership(labels, n_clusters):
    """Return the rows' clusters as a sparse matrix of ones.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,), dtype int
        Labels from 0 to ``n_clusters - 1``, or -1.

    n_clusters : int
        Number of clusters.

    Returns
    -------
    csr_array of shape (n_samples, n_clusters)
        1 where the row is in the cluster.
    """
    rows = np.flatnonzero(labels >= 0)
    entries = np.ones(len(rows)), (rows, labels[rows])
    return sp.csr_array(entries, shape=(len(labels), n_clusters))


def cluster_means(X, labels, n_clusters):
    """Return the means of clusters.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_features)
        Rows.

    labels : ndarray of shape (n_samples,), dtype int
        Their labels, from 0 to ``n_clusters - 1``.

    n_clusters : int
        Number of clusters.

    Returns
    -------
    ndarray of shape (n_clusters, n_features)
        The means, 0 for an empty cluster.
    """
    members = membership(labels, n_clusters).T
    return members @ X / members.sum(1).clip(1)[:, None]


def is_noise(labels):
    """Return which rows belong to no cluster.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,)
        The labels, numbers or names.

    Returns
    -------
    ndarray of shape (n_samples,), dtype bool
        Where they are -1.
    """
    if labels.dtype.kind not in "if":
        return np.zeros(len(labels), dtype=bool)
    return labels == _NOISE
