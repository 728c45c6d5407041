"""Classes and clusters as a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from .._compat import validate_params
from .._labels import as_labels, labels_for
from ..metrics import aligned_contingency_matrix
from ._base import AXES, labels_of, name_ticks, pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

_MOST_NUMBERED = 12  # rows or columns with counts in their cells


class ConfusionDisplay:
    """Matrix of classes and clusters, with matched pairs on the diagonal.

    Each row is a class, and its colours are the shares of the class. The title is the
    clustering accuracy (ACC), the share of all samples that are on the diagonal.

    It is recommended to use :meth:`from_estimator` or :meth:`from_predictions`
    to create a display. All parameters are stored as attributes.

    Parameters
    ----------
    counts : ndarray of shape (n_classes, n_clusters)
        Number of samples of each class in each cluster, as
        :func:`~skdeepcluster.metrics.aligned_contingency_matrix` returns it. Written
        into the cells where there are at most 12 classes and clusters.

    class_names : sequence of length n_classes
        Names of the rows.

    clusters : sequence of length n_clusters
        Names of the columns. Of more than 20 names not all are written.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the matrix.

    figure_ : matplotlib Figure
        Figure containing the axes.

    im_ : matplotlib AxesImage
        The matrix.

    text_ : list of matplotlib Text
        The counts in the cells, row by row.

    See Also
    --------
    skdeepcluster.metrics.aligned_contingency_matrix : The counts.
    skdeepcluster.metrics.clustering_accuracy_score : The share in the title.

    Examples
    --------
    >>> from skdeepcluster.inspection import ConfusionDisplay
    >>> display = ConfusionDisplay.from_predictions(
    ...     ["cat", "cat", "cat", "dog", "dog"], [1, 1, 2, 0, 0]
    ... )
    >>> display.counts
    array([[2, 0, 1],
           [0, 2, 0]])
    >>> display.ax_.get_title()
    'ACC 0.80'
    """

    def __init__(
        self, *, counts: NDArray, class_names: ArrayLike, clusters: ArrayLike
    ) -> None:
        self.counts = counts
        self.class_names = class_names
        self.clusters = clusters

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike,
        *,
        class_names: ArrayLike | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Plot known classes against the clusters that a fitted clusterer finds in X.

        Parameters
        ----------
        estimator : object
            Fitted clusterer. Its labels are `predict(X)`, or, where there is no
            `predict`, the `labels_` of its fit, which X must then match.

        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The data.

        y : array-like of shape (n_samples,)
            The classes.

        class_names : array-like of shape (n_classes,), default=None
            Names of the sorted classes. If None, the classes themselves.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.ConfusionDisplay`
            The plotted display.

        Raises
        ------
        ValueError
            If X, y and the labels differ in length, or `class_names` does not have
            one name per class.

        Examples
        --------
        >>> from sklearn.cluster import KMeans
        >>> from sklearn.datasets import load_iris
        >>> from skdeepcluster.inspection import ConfusionDisplay
        >>> X, y = load_iris(return_X_y=True)
        >>> clusterer = KMeans(3, random_state=0).fit(X)
        >>> ConfusionDisplay.from_estimator(clusterer, X, y)
        <...ConfusionDisplay object at ...>
        """
        labels = labels_of(estimator, X)
        y = labels_for("y", y, "X", len(labels))
        return cls.from_predictions(y, labels, class_names=class_names, ax=ax, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        class_names: ArrayLike | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Plot classes against clusters.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,)
            The classes.

        y_pred : array-like of shape (n_samples,)
            The clusters. There may be more or fewer than classes.

        class_names : array-like of shape (n_classes,), default=None
            Names of the sorted classes. If None, the classes themselves.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.ConfusionDisplay`
            The plotted display.

        Raises
        ------
        ValueError
            If a labelling is empty or not one-dimensional, the two differ in length,
            or `class_names` does not have one name per class.

        Examples
        --------
        >>> from skdeepcluster.inspection import ConfusionDisplay
        >>> display = ConfusionDisplay.from_predictions(
        ...     [0, 0, 1, 1], [5, 5, 5, 3], class_names=["cat", "dog"]
        ... )
        >>> display.clusters.tolist()
        [5, 3]
        """
        true = as_labels("y_true", y_true)
        predicted = labels_for("y_pred", y_pred, "y_true", len(true))
        counts, classes, clusters = aligned_contingency_matrix(true, predicted)
        if class_names is not None:
            class_names = np.asarray(class_names, dtype=object)
            if class_names.shape != classes.shape:
                raise ValueError(
                    f"class_names has the shape {class_names.shape}; expected "
                    f"({len(classes)},), a name for each class of y_true. Pass them in "
                    "the order of the sorted classes."
                )
            classes = class_names[np.argsort(np.argsort(classes))]
        display = cls(counts=counts, class_names=classes, clusters=clusters)
        return display.plot(ax=ax, **kwargs)

    @validate_params(AXES)
    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Plot the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.ConfusionDisplay`
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        plt = pyplot(self)
        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        shares = self.counts / self.counts.sum(axis=1, keepdims=True)
        style: dict[str, Any] = {
            "cmap": "Blues",
            "vmin": 0,
            "vmax": 1,
            "aspect": "auto",
        } | kwargs
        self.im_ = ax.imshow(shares, **style)
        ax.figure.colorbar(self.im_, ax=ax, label="Share of the class")
        self.text_ = []
        if max(shares.shape) <= _MOST_NUMBERED:
            self.text_ = [
                ax.text(
                    column,
                    row,
                    count,
                    ha="center",
                    va="center",
                    fontsize="small",
                    color="white" if shares[row, column] > 0.5 else "black",
                )
                for (row, column), count in np.ndenumerate(self.counts)
            ]
        name_ticks(ax.xaxis, self.clusters)
        name_ticks(ax.yaxis, self.class_names)
        accuracy = np.trace(self.counts) / self.counts.sum()
        ax.set(xlabel="Cluster", ylabel="Class", title=f"ACC {accuracy:.2f}")
        self.ax_ = ax
        self.figure_ = ax.figure
        return self
