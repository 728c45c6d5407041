"""What the rows of each cluster are like, in the columns of a table."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import narwhals.stable.v2 as nw
import numpy as np

from .._compat import COUNT, validate_params
from .._validation import named_array
from ._base import AXES, labels_of, pyplot
from ._features import in_clusters, means_and_differences

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

# Standard deviations at which the colours end.
_LARGEST_DIFFERENCE = 2.0


class ClusterProfiles(NamedTuple):
    """What the rows of each cluster are like, in the columns of a table.

    A feature is a column of numbers, or a category, which stands as "column=category"
    and is 1 in the rows that have it and 0 in the others. Its mean is then the share
    of these rows.

    Parameters
    ----------
    clusters : ndarray of shape (n_clusters,)
        Labels of the clusters.

    sizes : ndarray of shape (n_clusters,)
        Numbers of their rows.

    names : ndarray of shape (n_features,)
        Names of the features.

    is_category : ndarray of shape (n_features,), dtype bool
        Which of them are categories.

    means : ndarray of shape (n_clusters, n_features)
        Means of numbers, in the units of the table, and shares of categories; NaN
        where all values are missing.

    medians : ndarray of shape (n_clusters, n_features)
        Medians of numbers, NaN for categories.

    overall : ndarray of shape (n_features,)
        Means and shares in the rows of all clusters.

    differences : ndarray of shape (n_clusters, n_features)
        ``means - overall`` in standard deviations of all rows: what makes numbers of
        any unit and categories comparable.
    """

    clusters: NDArray
    sizes: NDArray
    names: NDArray
    is_category: NDArray
    means: NDArray
    medians: NDArray
    overall: NDArray
    differences: NDArray

    @property
    def lifts(self) -> NDArray:
        """How many times as frequent a category is as in all rows, NaN for numbers."""
        return np.where(self.is_category, self.means / self.overall, np.nan)


@validate_params({"max_categories": [COUNT]})
def cluster_profiles(
    X: ArrayLike,
    labels: ArrayLike,
    feature_names: ArrayLike | None = None,
    *,
    max_categories: int = 10,
) -> ClusterProfiles:
    """Return what the rows of each cluster are like, in the columns of a table.

    Parameters
    ----------
    X : {data frame, array-like} of shape (n_samples, n_features)
        The table as it is, before any scaling or encoding: numbers, and categories
        such as strings, categoricals and booleans. Columns of other types, such as
        dates, are left out; missing values count nowhere.

    labels : array-like of shape (n_samples,)
        Cluster of each row; rows of noise, -1, are left out.

    feature_names : array-like of shape (n_features,), default=None
        Names of the columns. None means those of a data frame, or x0, x1 and so on.

    max_categories : int, default=10
        Number of categories of a column, at most: the most frequent ones.

    Returns
    -------
    ClusterProfiles
        A tuple of `clusters`, `sizes`, `names`, `is_category`, `means`, `medians`,
        `overall` and `differences`, with `lifts` of the categories.

    Raises
    ------
    ValueError
        If `X` has no column of numbers or categories, or the sizes do not match.

    See Also
    --------
    ClusterProfilesDisplay : A heat map of them.
    top_features : The features that tell clusters apart, for words.

    Examples
    --------
    >>> from skdeepcluster.inspection import cluster_profiles
    >>> X = [[20, "app"], [30, "app"], [60, "app"], [70, "shop"]]
    >>> profiles = cluster_profiles(X, [0, 0, 1, 1], ["age", "channel"])
    >>> profiles.names.tolist()
    ['age', 'channel=app', 'channel=shop']
    >>> profiles.means
    array([[25. ,  1. ,  0. ],
           [65. ,  0.5,  0.5]])
    >>> profiles.differences.round(1)
    array([[-1. ,  0.6, -0.6],
           [ 1. , -0.6,  0.6]])
    """
    columns = _columns(X, feature_names)
    kept, clusters, numbers = in_clusters(labels, columns[0][1].shape[0])
    names: list[str] = []
    kinds: list[bool] = []
    features = []
    for name, values in columns:
        values = values[kept]
        if values.dtype.kind == "f":
            names.append(name)
            kinds.append(False)
            features.append(values)
            continue
        is_there = np.array([value is not None for value in values])
        categories, counts = np.unique(values[is_there], return_counts=True)
        order = np.sort(np.argsort(-counts, kind="stable")[:max_categories])
        for category in categories[order]:
            names.append(f"{name}={category}")
            kinds.append(True)
            features.append(np.where(is_there, values == category, np.nan))
    rows, is_category = np.column_stack(features), np.array(kinds)
    means, overall, differences = means_and_differences(rows, numbers, len(clusters))
    return ClusterProfiles(
        clusters=clusters,
        sizes=np.bincount(numbers),
        names=np.array(names, dtype=object),
        is_category=is_category,
        means=means,
        medians=_medians(rows, numbers, is_category, len(clusters)),
        overall=overall,
        differences=differences,
    )


def _medians(rows, numbers, is_category, n_clusters):
    medians = np.full((n_clusters, rows.shape[1]), np.nan)
    for cluster in range(n_clusters):
        for j in np.flatnonzero(~is_category):
            values = rows[numbers == cluster, j]
            values = values[~np.isnan(values)]
            if len(values):
                medians[cluster, j] = np.median(values)
    return medians


def _columns(X, feature_names):
    """Return names and values of columns: floats, or strings with None for missing."""
    frame = nw.from_native(X, eager_only=True, pass_through=True)
    if isinstance(frame, nw.DataFrame):
        found = [_of_frame(frame[name]) for name in frame.columns]
        names = frame.columns
    else:
        # An array of numbers and strings would be one of strings.
        dtype = None if hasattr(X, "dtype") else object
        rows = named_array("X", X, dtype=dtype, ensure_all_finite=False)
        found = [_of_array(column) for column in rows.T]
        names = [f"x{j}" for j in range(len(found))]
    if feature_names is not None:
        names = np.asarray(feature_names, dtype=object)
        if names.shape != (len(found),):
            raise ValueError(
                f"feature_names has the shape {names.shape}, but X has {len(found)} "
                "columns: give one name for each column."
            )
    columns = [
        (str(name), values)
        for name, values in zip(names, found, strict=True)
        if values is not None
    ]
    if not columns:
        raise ValueError(
            "X has no column of numbers or categories: pass the table that the "
            "clusters are of."
        )
    for name, values in columns:
        if values.dtype.kind == "f" and np.isinf(values).any():
            raise ValueError(
                f"X has infinite values in the column {name!r}: replace them, such as "
                "by NaN for missing ones."
            )
    return columns


def _of_frame(column):
    """Return a data frame's column as floats or strings, or None if it is neither."""
    if column.dtype.is_numeric():
        return column.cast(nw.Float64).to_numpy().astype(float)
    is_category = column.dtype in (nw.String, nw.Categorical, nw.Enum, nw.Boolean)
    if is_category or column.dtype == nw.Object:
        return _of_array(np.array(column.to_list(), dtype=object))
    return None


def _of_array(values):
    if values.dtype.kind in "iuf":
        return values.astype(float)
    if values.dtype.kind not in "bUO":
        return None
    # Whatever stands for a missing value: None, NaN, pandas' NA.
    is_there = np.array([_is_there(value) for value in values])
    there = values[is_there]
    if all(isinstance(value, Real) and not isinstance(value, bool) for value in there):
        return np.where(is_there, values, np.nan).astype(float)
    found = np.empty(len(values), dtype=object)
    found[is_there] = [str(value) for value in there]
    return found


def _is_there(value):
    """Return whether a value is neither None nor NaN, nor the NA of pandas."""
    try:
        return value is not None and bool(value == value)
    except TypeError:
        return False


class ClusterProfilesDisplay:
    """Heat map of what the rows of each cluster are like.

    Colours tell how far the rows of a cluster are from all rows, in standard
    deviations; written are the means of numbers, in their own units, and the shares of
    categories.

    It is recommended to use :meth:`from_estimator` or :meth:`from_predictions`
    to create a display. All parameters are stored as attributes.

    Parameters
    ----------
    profiles : ClusterProfiles
        The profiles, of :func:`cluster_profiles`.

    n_features : int, default=20
        Number of features shown, at most: those of the largest differences between
        a cluster and all rows.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the heat map.

    figure_ : matplotlib Figure
        Figure containing the axes.

    im_ : matplotlib AxesImage
        The heat map.

    text_ : ndarray of shape (n_shown, n_clusters + 1), dtype object
        The texts of the cells; the last column is of all rows.

    See Also
    --------
    cluster_profiles : The same as arrays.
    TopFeaturesDisplay : Bars for words.

    Examples
    --------
    >>> from skdeepcluster.inspection import ClusterProfilesDisplay
    >>> X = [[20, "app"], [30, "app"], [60, "app"], [70, "shop"]]
    >>> ClusterProfilesDisplay.from_predictions(X, [0, 0, 1, 1])
    <...ClusterProfilesDisplay object at ...>
    """

    def __init__(self, *, profiles: ClusterProfiles, n_features: int = 20) -> None:
        self.profiles = profiles
        self.n_features = n_features

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        feature_names: ArrayLike | None = None,
        *,
        max_categories: int = 10,
        n_features: int = 20,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Plot the profiles of the clusters that a fitted clusterer finds in X.

        Parameters
        ----------
        estimator : object
            Fitted clusterer, or a :class:`~sklearn.pipeline.Pipeline` that ends in
            one: the profiles are of what it takes, in the original units.

        X : {data frame, array-like} of shape (n_samples, n_features)
            The table.

        feature_names : array-like of shape (n_features,), default=None
            Names of the columns. None means those of a data frame, or x0, x1 and so
            on.

        max_categories : int, default=10
            Number of categories of a column, at most.

        n_features : int, default=20
            Number of features shown, at most.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.ClusterProfilesDisplay`
            The plotted display.

        Raises
        ------
        ValueError
            As of :func:`cluster_profiles`.

        Examples
        --------
        >>> from sklearn.cluster import KMeans
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.pipeline import make_pipeline
        >>> from sklearn.preprocessing import StandardScaler
        >>> from skdeepcluster.inspection import ClusterProfilesDisplay
        >>> iris = load_iris()
        >>> pipeline = make_pipeline(StandardScaler(), KMeans(3, random_state=0))
        >>> pipeline = pipeline.fit(iris.data)
        >>> ClusterProfilesDisplay.from_estimator(
        ...     pipeline, iris.data, iris.feature_names
        ... )
        <...ClusterProfilesDisplay object at ...>
        """
        return cls.from_predictions(
            X,
            labels_of(estimator, X),
            feature_names,
            max_categories=max_categories,
            n_features=n_features,
            ax=ax,
            **kwargs,
        )

    @classmethod
    @validate_params({"n_features": [COUNT]})
    def from_predictions(
        cls,
        X: ArrayLike,
        labels: ArrayLike,
        feature_names: ArrayLike | None = None,
        *,
        max_categories: int = 10,
        n_features: int = 20,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Plot the profiles of clusters, given the labels.

        Parameters
        ----------
        X : {data frame, array-like} of shape (n_samples, n_features)
            The table.

        labels : array-like of shape (n_samples,)
            Cluster of each row.

        feature_names : array-like of shape (n_features,), default=None
            Names of the columns.

        max_categories : int, default=10
            Number of categories of a column, at most.

        n_features : int, default=20
            Number of features shown, at most.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.ClusterProfilesDisplay`
            The plotted display.

        Raises
        ------
        ValueError
            As of :func:`cluster_profiles`.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skdeepcluster.inspection import ClusterProfilesDisplay
        >>> iris = load_iris()
        >>> ClusterProfilesDisplay.from_predictions(iris.data, iris.target)
        <...ClusterProfilesDisplay object at ...>
        """
        profiles = cluster_profiles(
            X, labels, feature_names, max_categories=max_categories
        )
        return cls(profiles=profiles, n_features=n_features).plot(ax, **kwargs)

    @validate_params(AXES)
    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Plot the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made, as large as it needs to be.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.ClusterProfilesDisplay`
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        plt = pyplot(self)
        profiles = self.profiles
        shown = most_telling(profiles, self.n_features)
        means = np.vstack([profiles.means, profiles.overall])[:, shown].T
        colours = np.vstack([profiles.differences, np.zeros(len(profiles.names))])
        colours = np.nan_to_num(colours[:, shown].T)
        if ax is None:
            size = (2.6 + 0.62 * means.shape[1], 1.1 + 0.27 * len(means))
            _, ax = plt.subplots(figsize=size, layout="constrained")
        style: dict[str, Any] = {
            "cmap": "RdBu_r",
            "vmin": -_LARGEST_DIFFERENCE,
            "vmax": _LARGEST_DIFFERENCE,
            "aspect": "auto",
        }
        self.im_ = ax.imshow(colours, **(style | kwargs))
        self.text_ = np.empty(means.shape, dtype=object)
        for (i, j), mean in np.ndenumerate(means):
            is_dark = abs(colours[i, j]) > 0.7 * _LARGEST_DIFFERENCE
            self.text_[i, j] = ax.text(
                j,
                i,
                written(mean, profiles.is_category[shown[i]]),
                ha="center",
                va="center",
                fontsize="small",
                color="white" if is_dark else "black",
            )
        ax.axvline(len(profiles.clusters) - 0.5, color="black", linewidth=0.8)
        ax.set_yticks(range(len(shown)), profiles.names[shown])
        sizes = [*profiles.sizes, profiles.sizes.sum()]
        names = [
            f"{cluster}\n({size})"
            for cluster, size in zip([*profiles.clusters, "all"], sizes, strict=True)
        ]
        ax.set_xticks(range(len(names)), names)
        ax.set_xlabel("Cluster (samples)")
        ax.tick_params(length=0, labelsize="small")
        ax.figure.colorbar(self.im_, ax=ax, label="standard deviations from all")
        self.ax_ = ax
        self.figure_ = ax.figure
        return self


def most_telling(profiles, n_features):
    """Return the features of the largest differences, in the order of the columns.

    Parameters
    ----------
    profiles : ClusterProfiles
        The profiles.

    n_features : int
        Number of features, at most.

    Returns
    -------
    ndarray of int
        Their numbers.
    """
    largest = np.nan_to_num(np.abs(profiles.differences)).max(axis=0)
    return np.sort(np.argsort(-largest, kind="stable")[:n_features])


def written(mean, is_category):
    """Return a mean with three digits, or a share in percent.

    Parameters
    ----------
    mean : float
        The mean or the share; NaN of nothing.

    is_category : bool
        Whether it is a share.

    Returns
    -------
    str
        The text.
    """
    if np.isnan(mean):
        return "–"
    if is_category:
        return f"{mean:.0%}"
    return f"{mean:,.0f}" if abs(mean) >= 1000 else f"{mean:.3g}"
