"""Clusters as integers: their numbers, what they share and what is in them."""

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

# Label of the rows that belong to no cluster, as in scikit-learn.
_NOISE = -1


def as_labels(name, labels):
    """Return labels as an array, or refuse what is none.

    Parameters
    ----------
    name : str
        The parameter that gave them.

    labels : array-like of shape (n_samples,)
        The labels, numbers or names.

    Returns
    -------
    ndarray of shape (n_samples,)
        The labels, of one type that can be sorted, without missing ones.
    """
    try:
        found = np.asarray(labels)
    except ValueError:  # lists of several lengths
        found = np.empty((0, 0))
    if found.ndim != 1:
        raise ValueError(
            f"{name} must be one-dimensional, one label per sample; got "
            f"{type(labels).__name__} of shape {found.shape}. Pass the result of "
            "predict, or the argmax over the columns of cluster probabilities."
        )
    if not found.size:
        raise ValueError(
            f"{name} is empty; expected an array of shape (n_samples,) with at "
            "least one label. Pass the labels of the samples to compare."
        )
    if found.dtype.kind in "US" and isinstance(labels, list | tuple):
        found = np.array(labels, dtype=object)  # numbers among them are still numbers
    if found.dtype.kind not in "biufUSOmM":
        raise ValueError(
            f"{name} has the dtype {found.dtype}, but labels are integers, strings or "
            "other values that can be sorted."
        )
    try:
        if found.dtype.kind == "O":
            is_missing = [label is None or bool(label != label) for label in found]
        elif found.dtype.kind == "f":
            is_missing = ~np.isfinite(found)
        else:
            is_missing = found != found  # a date may be none
        n_missing = np.count_nonzero(is_missing)
        if n_missing:
            raise ValueError(
                f"{name} has no label for {n_missing} rows: give each row one, -1 if "
                "it belongs to no cluster."
            )
        if found.dtype.kind == "O":
            np.unique(found)
    except TypeError as error:
        raise TypeError(
            f"{name} has labels of several types, or of one that cannot be sorted: "
            "give all rows integers, or all strings."
        ) from error
    return found


def labels_for(name, labels, of, n_samples):
    """Return labels as an array, or refuse those that are not one for each row.

    Parameters
    ----------
    name : str
        The parameter that gave them.

    labels : array-like of shape (n_samples,)
        The labels, numbers or names.

    of : str
        The parameter that gave the rows.

    n_samples : int
        Number of rows.

    Returns
    -------
    ndarray of shape (n_samples,)
        The labels.
    """
    found = as_labels(name, labels)
    if len(found) != n_samples:
        raise ValueError(
            f"{name} has {len(found)} labels, but {of} has {n_samples} rows: give one "
            "label for each row."
        )
    return found


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
    columns = np.full(n_rows, n_columns)
    table = sp.coo_array(counts)
    while True:
        rows, found = _sure_pairs(table)
        if not len(rows):
            break
        columns[rows] = found
        is_left = ~(np.isin(table.row, rows) | np.isin(table.col, found))
        entries = table.data[is_left], (table.row[is_left], table.col[is_left])
        table = sp.coo_array(entries, shape=table.shape)
    # A matching of all rows may leave a row to itself, in a column of its own. Each row
    # then has one more than its count, which decides nothing, as zeros are no entries.
    left, numbers = np.unique(table.row, return_inverse=True)
    entries = table.data + 1.0, (numbers, table.col)
    if len(left):
        table = sp.csr_array(entries, shape=(len(left), n_columns))
        table = sp.hstack([table, sp.eye_array(len(left))], format="csr")
        columns[left] = min_weight_full_bipartite_matching(table, maximize=True)[1]
    alone = np.flatnonzero(columns >= n_columns)
    spare = np.setdiff1d(np.arange(n_columns), columns)
    columns[alone[: len(spare)]] = spare[: len(alone)]
    rows = np.flatnonzero(columns < n_columns)
    return rows, columns[rows]


def _sure_pairs(table):
    """Return rows and columns that are in a best matching, whatever the others are in.

    A pair is, if it counts as much as any two others of its row and of its column.
    """
    others = _largest_other(table.data, table.row)
    others += _largest_other(table.data, table.col)
    is_sure = table.data >= others
    rows, first = np.unique(table.row[is_sure], return_index=True)
    columns, second = np.unique(table.col[is_sure][first], return_index=True)
    return rows[second], columns


def _largest_other(counts, groups):
    """Return for each entry the largest count of the others in its group, or 0."""
    order = np.lexsort((-counts, groups))
    _, first, sizes = np.unique(groups[order], return_index=True, return_counts=True)
    ordered = np.append(counts[order], 0)
    largest = np.repeat(ordered[first], sizes)
    largest[first] = np.where(sizes > 1, ordered[first + 1], 0)
    others = np.empty_like(largest)
    others[order] = largest
    return others


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
