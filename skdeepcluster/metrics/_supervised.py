"""Scores of a clustering against known classes."""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import normalized_mutual_info_score as _normalized_mutual_info
from sklearn.metrics.cluster import contingency_matrix
from sklearn.utils import check_array, column_or_1d

from .._labels import match


def _check_labels(labels_true, labels_pred):
    """Return both labellings as non-empty 1-D arrays of one length, or raise."""
    labels = {}
    for name, values in [("labels_true", labels_true), ("labels_pred", labels_pred)]:
        values = check_array(
            values, dtype=None, ensure_2d=False, ensure_min_samples=0, input_name=name
        )
        if values.ndim != 1:
            raise ValueError(
                f"{name} must be one-dimensional, one label per sample; got an array "
                f"of shape {values.shape}. Pass the result of predict, or the argmax "
                "over the columns of cluster probabilities."
            )
        if not values.size:
            raise ValueError(
                f"{name} is empty; expected an array of shape (n_samples,) with at "
                "least one label. Pass the labels of the samples to compare."
            )
        labels[name] = column_or_1d(values)
    n_true, n_pred = (len(values) for values in labels.values())
    if n_true != n_pred:
        raise ValueError(
            f"labels_true has {n_true} labels and labels_pred has {n_pred}; both must "
            "label the same samples. Pass two arrays of the same length."
        )
    return labels["labels_true"], labels["labels_pred"]


def clustering_accuracy_score(labels_true: ArrayLike, labels_pred: ArrayLike) -> float:
    """Share of samples in the right cluster under the best one-to-one matching.

    Clusters carry no names, so each one is first matched with at most one class,
    and each class with at most one cluster, such that the most samples agree.

    Parameters
    ----------
    labels_true : array-like of shape (n_samples,)
        Classes, of any type that can be sorted: integers, strings, ...

    labels_pred : array-like of shape (n_samples,)
        Clusters, of any type that can be sorted. There may be more or fewer
        clusters than classes.

    Returns
    -------
    accuracy : float
        A number between 1 / max(n_classes, n_clusters) and 1, the value of a
        clustering that equals the classes up to the names.

    Raises
    ------
    ValueError
        If a labelling is empty, not one-dimensional or has missing values, or if
        the two differ in length.

    See Also
    --------
    purity_score : Lets several clusters share a class.
    aligned_contingency_matrix : The matching itself, as a table.
    sklearn.metrics.accuracy_score : Accuracy of labels that carry names.

    Notes
    -----
    With :math:`n_{ab}` the number of samples of class :math:`a` in cluster
    :math:`b`, and :math:`M` a set of pairs in which no class and no cluster
    occurs twice,

    .. math:: \\mathrm{ACC} = \\frac{1}{n} \\max_{M} \\sum_{(a, b) \\in M} n_{ab}.

    The Hungarian algorithm [1]_ finds the maximum. The samples of clusters left
    without a class count as errors. The score is symmetric in its arguments.

    References
    ----------
    .. [1] H. W. Kuhn, "The Hungarian method for the assignment problem", Naval
       Research Logistics Quarterly 2 (1955), pp. 83-97.

    Examples
    --------
    >>> from skdeepcluster.metrics import clustering_accuracy_score
    >>> clustering_accuracy_score(["cat", "cat", "dog", "dog"], [1, 1, 0, 0])
    1.0
    >>> clustering_accuracy_score([0, 0, 1, 1], [0, 1, 2, 2])
    0.75
    """
    labels_true, labels_pred = _check_labels(labels_true, labels_pred)
    counts = contingency_matrix(labels_true, labels_pred, sparse=True)
    return float(counts[match(counts)].sum() / counts.sum())


def normalized_mutual_info_score(
    labels_true: ArrayLike,
    labels_pred: ArrayLike,
    *,
    average_method: Literal["geometric", "arithmetic", "min", "max"] = "geometric",
) -> float:
    """Mutual information of classes and clusters over a mean of their entropies.

    The papers on deep clustering report the geometric mean, the default here.
    :func:`sklearn.metrics.normalized_mutual_info_score`, which computes the score,
    has the arithmetic mean as its default, and its values are never larger.

    Parameters
    ----------
    labels_true : array-like of shape (n_samples,)
        Classes, of any type that can be sorted: integers, strings, ...

    labels_pred : array-like of shape (n_samples,)
        Clusters, of any type that can be sorted.

    average_method : {'geometric', 'arithmetic', 'min', 'max'}, default='geometric'
        The mean of the two entropies. State it beside the numbers: the values
        differ most when the clusters are of very unequal sizes.

    Returns
    -------
    nmi : float
        A number between 0 (independent) and 1 (equal up to the names).

    Raises
    ------
    ValueError
        If a labelling is empty, not one-dimensional or has missing values, if the
        two differ in length, or if ``average_method`` is unknown.

    See Also
    --------
    clustering_accuracy_score : Accuracy under the best one-to-one matching.
    sklearn.metrics.adjusted_mutual_info_score : Corrected for chance.

    Notes
    -----
    With :math:`I` the mutual information and :math:`H` the entropy,

    .. math:: \\mathrm{NMI}(T, C) = \\frac{I(T, C)}{\\sqrt{H(T) \\, H(C)}}

    for the geometric mean. For the same labels, max <= arithmetic <= geometric
    <= min. It is 1 if both labellings have a single block, and 0 if one has.

    References
    ----------
    .. [1] A. Strehl and J. Ghosh, "Cluster ensembles: a knowledge reuse framework
       for combining multiple partitions", Journal of Machine Learning Research 3
       (2002), pp. 583-617.

    Examples
    --------
    >>> from skdeepcluster.metrics import normalized_mutual_info_score
    >>> labels_true, labels_pred = [0, 0, 1, 1], [0, 0, 1, 2]
    >>> round(normalized_mutual_info_score(labels_true, labels_pred), 3)
    0.816
    >>> round(normalized_mutual_info_score(
    ...     labels_true, labels_pred, average_method="arithmetic"), 3)
    0.8
    """
    labels_true, labels_pred = _check_labels(labels_true, labels_pred)
    return float(
        _normalized_mutual_info(labels_true, labels_pred, average_method=average_method)
    )


def purity_score(labels_true: ArrayLike, labels_pred: ArrayLike) -> float:
    """Share of samples that belong to the largest class of their cluster.

    Several clusters may share a class, so the purity is never below
    :func:`clustering_accuracy_score`, and it reaches 1 when each sample is a
    cluster of its own. Compare it only between clusterings of the same number of
    clusters, and do not report it as accuracy.

    Parameters
    ----------
    labels_true : array-like of shape (n_samples,)
        Classes, of any type that can be sorted: integers, strings, ...

    labels_pred : array-like of shape (n_samples,)
        Clusters, of any type that can be sorted.

    Returns
    -------
    purity : float
        A number between 1 / n_classes and 1.

    Raises
    ------
    ValueError
        If a labelling is empty, not one-dimensional or has missing values, or if
        the two differ in length.

    See Also
    --------
    clustering_accuracy_score : Matches each class with one cluster only.
    sklearn.metrics.homogeneity_score : Purity measured by entropy.

    Notes
    -----
    With :math:`n_{ab}` the number of samples of class :math:`a` in cluster
    :math:`b`,

    .. math:: \\mathrm{purity} = \\frac{1}{n} \\sum_{b} \\max_{a} n_{ab}.

    References
    ----------
    .. [1] C. D. Manning, P. Raghavan and H. Schütze, "Introduction to Information
       Retrieval", Cambridge University Press, 2008, section 16.3.

    Examples
    --------
    >>> from skdeepcluster.metrics import purity_score
    >>> purity_score([0, 0, 1, 1], [0, 1, 2, 2])
    1.0
    >>> purity_score([0, 0, 1, 1], [0, 0, 0, 1])
    0.75
    """
    labels_true, labels_pred = _check_labels(labels_true, labels_pred)
    counts = contingency_matrix(labels_true, labels_pred, sparse=True)
    return float(counts.max(axis=0).sum() / counts.sum())


def aligned_contingency_matrix(
    labels_true: ArrayLike, labels_pred: ArrayLike
) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[Any]]:
    """Contingency of classes and clusters, with matched pairs on the diagonal.

    Class and cluster number i are partners in the best one-to-one matching, so the
    matrix reads like a confusion matrix. Classes or clusters without a partner
    come last.

    Parameters
    ----------
    labels_true : array-like of shape (n_samples,)
        Classes, of any type that can be sorted: integers, strings, ...

    labels_pred : array-like of shape (n_samples,)
        Clusters, of any type that can be sorted. There may be more or fewer
        clusters than classes.

    Returns
    -------
    counts : ndarray of shape (n_classes, n_clusters), dtype=int64
        ``counts[i, j]`` samples of class ``classes[i]`` are in ``clusters[j]``.

    classes : ndarray of shape (n_classes,)
        Labels of the rows, sorted when there are at least as many clusters.

    clusters : ndarray of shape (n_clusters,)
        Labels of the columns.

    Raises
    ------
    ValueError
        If a labelling is empty, not one-dimensional or has missing values, or if
        the two differ in length.

    See Also
    --------
    clustering_accuracy_score : The share of samples on the diagonal.
    sklearn.metrics.cluster.contingency_matrix : The counts in the labels' order.
    sklearn.metrics.ConfusionMatrixDisplay : Draws the counts, if there are as many
        clusters as classes.

    Notes
    -----
    The matching maximises the trace, so that
    :math:`\\mathrm{ACC} = \\mathrm{tr}(C) / n`. The Hungarian algorithm [1]_ finds
    it; among equally good matchings an arbitrary but fixed one is returned.

    References
    ----------
    .. [1] H. W. Kuhn, "The Hungarian method for the assignment problem", Naval
       Research Logistics Quarterly 2 (1955), pp. 83-97.

    Examples
    --------
    >>> from skdeepcluster.metrics import aligned_contingency_matrix
    >>> counts, classes, clusters = aligned_contingency_matrix(
    ...     ["cat", "cat", "cat", "dog", "dog"], [1, 1, 2, 0, 0]
    ... )
    >>> counts
    array([[2, 0, 1],
           [0, 2, 0]])
    >>> classes.tolist(), clusters.tolist()
    (['cat', 'dog'], [1, 0, 2])
    """
    labels_true, labels_pred = _check_labels(labels_true, labels_pred)
    counts = contingency_matrix(labels_true, labels_pred, sparse=True)
    rows, columns = (
        np.append(matched, np.setdiff1d(np.arange(size), matched))
        for matched, size in zip(match(counts), counts.shape, strict=True)
    )
    return (
        counts[rows][:, columns].toarray(),
        np.unique(labels_true)[rows],
        np.unique(labels_pred)[columns],
    )
