"""What tells a cluster from the others: its features of the largest scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

import numpy as np
import scipy.sparse as sp
from sklearn.pipeline import Pipeline
from sklearn.utils.sparsefuncs import mean_variance_axis

from .._compat import COUNT, StrOptions, validate_params
from .._labels import is_noise, labels_for, membership
from .._projection import split
from .._validation import check_squares, named_array
from ._base import FIGURE, PALETTE, labels_of, pyplot

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

_MOST_COLUMNS = 4


class TopFeatures(NamedTuple):
    """The features of the largest scores of each cluster.

    Parameters
    ----------
    clusters : ndarray of shape (n_clusters,)
        Labels of the clusters.

    names : ndarray of shape (n_clusters, n_features)
        Names of their features, those of the largest scores first.

    scores : ndarray of shape (n_clusters, n_features)
        The scores.
    """

    clusters: NDArray
    names: NDArray
    scores: NDArray


@validate_params(
    {"n_features": [COUNT], "score": [StrOptions({"tf-idf", "difference"})]}
)
def top_features(
    X: ArrayLike,
    labels: ArrayLike,
    feature_names: ArrayLike | None = None,
    *,
    n_features: int = 10,
    score: Literal["tf-idf", "difference"] = "tf-idf",
) -> TopFeatures:
    r"""Return the features that tell each cluster from the others.

    Parameters
    ----------
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        The data, such as counts or tf-idf of words.

    labels : array-like of shape (n_samples,)
        Cluster of each row; rows of noise, -1, are left out.

    feature_names : array-like of shape (n_features,), default=None
        Names of the columns, such as a vectorizer's `get_feature_names_out()`. None
        means the columns' names of a DataFrame, or x0, x1 and so on.

    n_features : int, default=10
        Number of features of each cluster, at most.

    score : {"tf-idf", "difference"}, default="tf-idf"
        What is large for a feature that tells a cluster from the others. "tf-idf" is
        for words and whatever can be counted; "difference" for features of any sign
        and unit.

    Returns
    -------
    TopFeatures
        A tuple of `clusters`, `names` and `scores`, see Notes.

    Raises
    ------
    ValueError
        If `X` is negative where ``score="tf-idf"``, or the sizes do not match.

    See Also
    --------
    TopFeaturesDisplay : Bars of them.
    cluster_profiles : Numbers and categories of a table, in its own units.
    typical_members : The rows that stand for a cluster.

    Notes
    -----
    With the share :math:`t_{kj} = \sum_{i \in k} x_{ij} / \sum_{i \in k} \sum_l x_{il}`
    of feature :math:`j` in cluster :math:`k`, "tf-idf" is

    .. math:: t_{kj} \log \Big( 1 + \frac{1}{\sum_m t_{mj}} \Big),

    the class-wise tf-idf of [1]_ in which all clusters have the same number of words.
    "difference" is the mean of the feature in the cluster less that in all rows, in
    standard deviations of all rows.

    References
    ----------
    .. [1] Grootendorst, M. (2022). BERTopic: neural topic modeling with a class-based
       TF-IDF procedure. https://arxiv.org/abs/2203.05794

    Examples
    --------
    >>> from sklearn.feature_extraction.text import CountVectorizer
    >>> from skdeepcluster.inspection import top_features
    >>> words = CountVectorizer()
    >>> X = words.fit_transform(["the cat", "a cat, the cat", "the sun", "the sun"])
    >>> top = top_features(X, [0, 0, 1, 1], words.get_feature_names_out(), n_features=2)
    >>> top.names.tolist()
    [['cat', 'the'], ['sun', 'the']]
    """
    dtypes = [np.float64, np.float32]
    rows = named_array("X", X, accept_sparse="csr", dtype=dtypes)
    check_squares("X", rows, rows.dtype)
    if feature_names is None:
        feature_names = getattr(X, "columns", [f"x{j}" for j in range(rows.shape[1])])
    names = np.asarray(feature_names, dtype=object)
    kept, clusters, numbers = in_clusters(labels, rows.shape[0])
    if names.shape != rows.shape[1:]:
        raise ValueError(
            f"feature_names has the shape {names.shape}, but X has {rows.shape[1]} "
            "columns: give one name for each column."
        )
    rows = rows[kept]
    if score == "tf-idf":
        scores = _class_tf_idf(rows, numbers, len(clusters))
    else:
        *_, scores = means_and_differences(rows, numbers, len(clusters))
    order = np.argsort(-scores, axis=1, kind="stable")[:, :n_features]
    return TopFeatures(clusters, names[order], np.take_along_axis(scores, order, 1))


def _sums(rows, numbers, n_clusters):
    """Return the sum of each cluster's rows (n_clusters, n_features)."""
    sums = membership(numbers, n_clusters).T @ rows
    return sums.toarray() if sp.issparse(sums) else np.asarray(sums)


def _class_tf_idf(rows, numbers, n_clusters):
    if rows.min() < 0:
        raise ValueError(
            f"X has the value {rows.min():.8g}, but score='tf-idf' is for counts or "
            "weights that are not negative: set score='difference'."
        )
    sums = _sums(rows, numbers, n_clusters)
    totals = sums.sum(axis=1, keepdims=True)
    shares = np.divide(sums, totals, out=np.zeros_like(sums), where=totals > 0)
    frequencies = shares.sum(axis=0)
    # A word that nobody uses has no score.
    rarity = np.log1p(1 / np.where(frequencies > 0, frequencies, np.inf))
    return shares * rarity


def in_clusters(labels, n_samples):
    """Return which rows are in a cluster, and in which one.

    Parameters
    ----------
    labels : array-like of shape (n_samples,)
        Cluster of each row, -1 for noise.

    n_samples : int
        Number of rows of the argument ``X``.

    Returns
    -------
    kept : ndarray of shape (n_kept,)
        The numbers of the rows that are no noise.

    clusters : ndarray of shape (n_clusters,)
        Labels of the clusters.

    numbers : ndarray of shape (n_kept,)
        Where the label of each row that is kept stands in ``clusters``.
    """
    labels = labels_for("labels", labels, "X", n_samples)
    kept = np.flatnonzero(~is_noise(labels))
    if not len(kept):
        raise ValueError(
            "labels has no row in a cluster, all are noise: pass labels of clusters."
        )
    return kept, *np.unique(labels[kept], return_inverse=True)


def means_and_differences(rows, numbers, n_clusters):
    """Return the means of clusters, and how far they are from those of all rows.

    Parameters
    ----------
    rows : {ndarray, CSR array} of shape (n_samples, n_features)
        The rows; NaN of an ndarray counts nowhere.

    numbers : ndarray of shape (n_samples,)
        Their clusters, from 0 to ``n_clusters - 1``.

    n_clusters : int
        Number of clusters.

    Returns
    -------
    means : ndarray of shape (n_clusters, n_features)
        Means of the clusters.

    overall : ndarray of shape (n_features,)
        Means of all rows.

    differences : ndarray of shape (n_clusters, n_features)
        ``means - overall`` in standard deviations of all rows, 0 where these are 0.
    """
    if sp.issparse(rows):
        counts = np.bincount(numbers, minlength=n_clusters)[:, None]
        overall, variances = mean_variance_axis(rows, axis=0)
    else:
        is_there = ~np.isnan(rows)
        counts = _sums(is_there, numbers, n_clusters)
        n_there = counts.sum(axis=0)
        rows = np.where(is_there, rows, 0)
        overall = _ratio(rows.sum(axis=0), n_there)
        squares = np.where(is_there, (rows - overall) ** 2, 0)
        variances = _ratio(squares.sum(axis=0), n_there)
    means = _ratio(_sums(rows, numbers, n_clusters), counts)
    deviations = np.sqrt(np.where(variances > 0, variances, np.inf))
    return means, overall, (means - overall) / deviations


def _ratio(sums, counts):
    """Return means, NaN of nothing."""
    return sums / np.where(counts > 0, counts, np.nan)


class TopFeaturesDisplay:
    """Bars of the features that tell each cluster from the others.

    It is recommended to use :meth:`from_estimator` or :meth:`from_predictions`
    to create a display. All parameters are stored as attributes.

    Parameters
    ----------
    clusters : ndarray of shape (n_clusters,)
        Labels of the clusters.

    names : ndarray of shape (n_clusters, n_features)
        Names of their features, those of the largest scores first.

    scores : ndarray of shape (n_clusters, n_features)
        The scores.

    Attributes
    ----------
    axes_ : ndarray of matplotlib Axes, of shape (n_clusters,)
        Axes with the bars of each cluster.

    figure_ : matplotlib Figure
        Figure containing the axes.

    See Also
    --------
    top_features : The same as arrays.

    Examples
    --------
    >>> from skdeepcluster.inspection import TopFeaturesDisplay
    >>> X = [[2, 0], [3, 1], [0, 4]]
    >>> display = TopFeaturesDisplay.from_predictions(X, [0, 0, 1], ["a", "b"])
    >>> display.names.tolist()
    [['a', 'b'], ['b', 'a']]
    """

    def __init__(self, *, clusters: NDArray, names: NDArray, scores: NDArray) -> None:
        self.clusters = clusters
        self.names = names
        self.scores = scores

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        feature_names: ArrayLike | None = None,
        *,
        n_features: int = 8,
        score: Literal["tf-idf", "difference"] = "tf-idf",
        figure: Figure | None = None,
        **kwargs: Any,
    ) -> Self:
        """Plot the features of the clusters that a fitted clusterer finds in X.

        Parameters
        ----------
        estimator : object
            Fitted clusterer, or a :class:`~sklearn.pipeline.Pipeline` that ends in
            one: the features are then those that come to its last step, with their
            names.

        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The data, or what the pipeline takes in their place, such as a list of
            texts.

        feature_names : array-like of shape (n_features,), default=None
            Names of the features. None means those that a pipeline's transformers
            give, or as of :func:`top_features`.

        n_features : int, default=8
            Number of features of each cluster, at most.

        score : {"tf-idf", "difference"}, default="tf-idf"
            As of :func:`top_features`.

        figure : matplotlib Figure, default=None
            Figure to plot on. If None, a new one is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.barh`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.TopFeaturesDisplay`
            The plotted display.

        Raises
        ------
        ValueError
            As of :func:`top_features`.

        Examples
        --------
        >>> from sklearn.cluster import KMeans
        >>> from sklearn.datasets import load_iris
        >>> from skdeepcluster.inspection import TopFeaturesDisplay
        >>> iris = load_iris()
        >>> kmeans = KMeans(3, random_state=0).fit(iris.data)
        >>> TopFeaturesDisplay.from_estimator(
        ...     kmeans, iris.data, iris.feature_names, score="difference"
        ... )
        <...TopFeaturesDisplay object at ...>
        """
        labels = labels_of(estimator, X)
        if isinstance(estimator, Pipeline) and len(estimator) > 1:
            _, X = split(estimator, X)
            if feature_names is None:
                feature_names = estimator[:-1].get_feature_names_out()
        return cls.from_predictions(
            X,
            labels,
            feature_names,
            n_features=n_features,
            score=score,
            figure=figure,
            **kwargs,
        )

    @classmethod
    def from_predictions(
        cls,
        X: ArrayLike,
        labels: ArrayLike,
        feature_names: ArrayLike | None = None,
        *,
        n_features: int = 8,
        score: Literal["tf-idf", "difference"] = "tf-idf",
        figure: Figure | None = None,
        **kwargs: Any,
    ) -> Self:
        """Plot the features of clusters, given the labels.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The data.

        labels : array-like of shape (n_samples,)
            Cluster of each row.

        feature_names : array-like of shape (n_features,), default=None
            Names of the columns.

        n_features : int, default=8
            Number of features of each cluster, at most.

        score : {"tf-idf", "difference"}, default="tf-idf"
            As of :func:`top_features`.

        figure : matplotlib Figure, default=None
            Figure to plot on. If None, a new one is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.barh`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.TopFeaturesDisplay`
            The plotted display.

        Raises
        ------
        ValueError
            As of :func:`top_features`.

        Examples
        --------
        >>> from skdeepcluster.inspection import TopFeaturesDisplay
        >>> X = [[2, 0], [3, 1], [0, 4]]
        >>> TopFeaturesDisplay.from_predictions(X, [0, 0, 1]).names.tolist()
        [['x0', 'x1'], ['x1', 'x0']]
        """
        top = top_features(X, labels, feature_names, n_features=n_features, score=score)
        display = cls(clusters=top.clusters, names=top.names, scores=top.scores)
        return display.plot(figure, **kwargs)

    @validate_params(FIGURE)
    def plot(self, figure: Figure | None = None, **kwargs: Any) -> Self:
        """Plot the display.

        Parameters
        ----------
        figure : matplotlib Figure, default=None
            Figure to plot on. If None, a new one is made, as high as it needs to be.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.barh`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.TopFeaturesDisplay`
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        plt = pyplot(self)
        n_clusters, n_features = self.names.shape
        n_columns = min(_MOST_COLUMNS, n_clusters)
        n_lines = -(-n_clusters // n_columns)
        if figure is None:
            size = (2.1 * n_columns, n_lines * (0.5 + 0.17 * n_features))
            figure = plt.figure(figsize=size, layout="constrained")
        grid = figure.subplots(n_lines, n_columns, squeeze=False).ravel()
        for ax in grid[n_clusters:]:
            ax.remove()
        self.axes_ = grid[:n_clusters]
        for number, ax in enumerate(self.axes_):
            places = np.arange(n_features)
            style = {"color": PALETTE[number % len(PALETTE)]}
            ax.barh(places, self.scores[number], **(style | kwargs))
            ax.set_yticks(places, [str(name) for name in self.names[number]])
            ax.invert_yaxis()
            ax.set_xticks([])
            ax.set_title(f"Cluster {self.clusters[number]}", fontsize="small")
            ax.tick_params(labelsize="small", length=0)
            ax.spines[:].set_visible(False)
        self.figure_ = figure
        return self
