"""The sizes of clusters as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from .._compat import validate_params
from .._labels import as_labels, labels_for
from .._validation import named_array
from ._base import AXES, labels_of, name_ticks, probabilities_of, pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

# Between the parts of a bar, and their shades from sure to unsure.
_THRESHOLDS = (0.9, 0.5)
_PARTS = {
    "largest probability > 0.9": "#08519c",
    "0.5 to 0.9": "#6baed6",
    "< 0.5": "#d2e3f3",
}


class ClusterSizesDisplay:
    """Bars of the clusters' sizes, shaded by how sure the assignment is.

    It is recommended to use :meth:`from_estimator` or :meth:`from_predictions`
    to create a display. All parameters are stored as attributes.

    Parameters
    ----------
    counts : ndarray of shape (n_clusters, 3) or (n_clusters, 1)
        Number of samples in each cluster whose largest probability is above 0.9,
        from 0.5 to 0.9, and below 0.5; or only the sizes.

    clusters : ndarray of shape (n_clusters,)
        Labels of the clusters.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the bars.

    figure_ : matplotlib Figure
        Figure containing the axes.

    bars_ : list of matplotlib BarContainer
        The bars, one container for each column of `counts`.

    See Also
    --------
    EmbeddingDisplay : Where the clusters are.

    Examples
    --------
    >>> from skdeepcluster.inspection import ClusterSizesDisplay
    >>> probabilities = [[0.95, 0.05], [0.8, 0.2], [0.1, 0.9]]
    >>> display = ClusterSizesDisplay.from_predictions([0, 0, 1], probabilities)
    >>> display.counts
    array([[1, 1, 0],
           [0, 1, 0]])
    """

    def __init__(self, *, counts: NDArray, clusters: NDArray) -> None:
        self.counts = counts
        self.clusters = clusters

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: ArrayLike, *, ax: Axes | None = None, **kwargs: Any
    ) -> Self:
        """Plot the sizes of the clusters that a fitted clusterer finds in X.

        Parameters
        ----------
        estimator : object
            Fitted clusterer, or a :class:`~sklearn.pipeline.Pipeline` that ends in
            one. Its probabilities are `soft_predict(X)` or `predict_proba(X)`; the
            bars of a clusterer that has neither are not shaded.

        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The data. A clusterer without `predict` shows the `labels_` of its fit,
            which X must then match.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.bar`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.ClusterSizesDisplay`
            The plotted display.

        Raises
        ------
        ValueError
            If X does not have one row per label.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.mixture import GaussianMixture
        >>> from skdeepcluster.inspection import ClusterSizesDisplay
        >>> X, _ = load_iris(return_X_y=True)
        >>> mixture = GaussianMixture(3, random_state=0).fit(X)
        >>> ClusterSizesDisplay.from_estimator(mixture, X)
        <...ClusterSizesDisplay object at ...>
        """
        labels = labels_of(estimator, X)
        probabilities = probabilities_of(estimator, X)
        return cls.from_predictions(labels, probabilities, ax=ax, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        labels: ArrayLike,
        probabilities: ArrayLike | None = None,
        *,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Plot the sizes of clusters, given the labels.

        Parameters
        ----------
        labels : array-like of shape (n_samples,)
            Cluster of each sample; with `probabilities` the number of a column.

        probabilities : array-like of shape (n_samples, n_clusters), default=None
            Probabilities of the clusters. Clusters without samples are then shown
            too. If None, the bars are not shaded.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.bar`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.ClusterSizesDisplay`
            The plotted display.

        Raises
        ------
        ValueError
            If `labels` and `probabilities` differ in length, or a label is not the
            number of a column.

        Examples
        --------
        >>> from skdeepcluster.inspection import ClusterSizesDisplay
        >>> ClusterSizesDisplay.from_predictions(["a", "b", "a"]).counts
        array([[2],
               [1]])
        """
        numbers = as_labels("labels", labels)
        if probabilities is None:
            clusters, sizes = np.unique(numbers, return_counts=True)
            return cls(counts=sizes[:, None], clusters=clusters).plot(ax=ax, **kwargs)

        confidence = named_array("probabilities", probabilities)
        numbers = labels_for("labels", labels, "probabilities", len(confidence))
        clusters = np.arange(confidence.shape[1])
        is_strange = ~np.isin(numbers, clusters)
        if numbers.dtype.kind not in "iu" or is_strange.any():
            raise ValueError(
                f"labels has {numbers.tolist()[is_strange.argmax()]!r}; expected the "
                f"numbers of the columns of probabilities, 0 to {clusters[-1]}. Pass "
                "labels of the same clusters, or labels alone."
            )
        largest = confidence.max(axis=1)
        part = (largest <= _THRESHOLDS[0]) * 1 + (largest < _THRESHOLDS[1])
        counts = np.zeros((len(clusters), len(_PARTS)), dtype=int)
        np.add.at(counts, (numbers, part), 1)
        return cls(counts=counts, clusters=clusters).plot(ax=ax, **kwargs)

    @validate_params(AXES)
    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Plot the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.bar`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.ClusterSizesDisplay`
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        plt = pyplot(self)
        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        names, colours = list(_PARTS), list(_PARTS.values())
        positions = np.arange(len(self.counts))
        tops = np.cumsum(self.counts, axis=1)
        self.bars_ = [
            ax.bar(
                positions,
                count,
                bottom=top - count,
                **({"color": colour, "label": name} | kwargs),
            )
            for count, top, name, colour in zip(
                self.counts.T, tops.T, names, colours, strict=False
            )
        ]
        if len(self.bars_) > 1:
            # Above the axes, where no bar can be in its way.
            ax.legend(
                loc="lower center",
                bbox_to_anchor=(0.5, 1),
                ncols=len(names),
                frameon=False,
            )
        name_ticks(ax.xaxis, self.clusters)
        ax.set(xlabel="Cluster", ylabel="Samples", ylim=(0, 1.05 * tops.max()))
        ax.spines[["top", "right"]].set_visible(False)
        self.ax_ = ax
        self.figure_ = ax.figure
        return self
