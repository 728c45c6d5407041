"""The embedding of a clustering as a scatter plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.pipeline import Pipeline

from .._compat import validate_params
from .._labels import labels_for
from .._projection import embed, project
from ._base import AXES, check_images, colours_of, labels_of, pyplot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

_IMAGE_SIDE = 20  # points
_MOST_LARGE_NAMES = 20


def _apart(positions, sizes):
    """Return the numbers of boxes that do not overlap an earlier one of them."""
    kept = []
    for i, (position, size) in enumerate(zip(positions, sizes, strict=True)):
        is_apart = np.abs(positions[kept] - position) >= (sizes[kept] + size) / 2
        if is_apart.any(axis=1).all():
            kept.append(i)
    return kept


class EmbeddingDisplay:
    """Scatter plot of an embedding, coloured by cluster.

    The name of each cluster is written above its sample that is nearest to their
    median position; larger clusters first, and none that would overlap one that is
    written already.

    It is recommended to use :meth:`from_estimator` or :meth:`from_predictions`
    to create a display. All parameters are stored as attributes.

    Parameters
    ----------
    embedding : ndarray of shape (n_samples, 2)
        Position of each sample in the plane.

    labels : ndarray of shape (n_samples,)
        Cluster of each sample. Integers from 0 on choose the colour themselves,
        so that two displays of the same labels agree even where a cluster is
        empty; other labels are coloured in sorted order. Ten colours that remain
        distinct under colour blindness are followed by ten darker and ten paler
        ones, and repeat after 30.

    centers : ndarray of shape (n_clusters, 2), default=None
        Positions of the clusters' centers in the plane.

    images : array-like of shape (n_samples, height, width) or \
            (n_samples, height, width, 3), default=None
        Images of the samples, in frames of the cluster's colour. As many are shown,
        over small points, as do not overlap. Colours are from 0 to 1, or ints up
        to 255.

    axis_names : sequence of 2 str, default=None
        What the two axes are.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the scatter plot.

    figure_ : matplotlib Figure
        Figure containing the axes.

    scatter_ : matplotlib PathCollection
        The points.

    centers_ : matplotlib PathCollection or None
        The marks of the centers.

    text_ : list of matplotlib Text
        The names of the clusters.

    images_ : list of matplotlib AnnotationBbox
        The images shown.

    See Also
    --------
    ClusterSizesDisplay : How many samples each cluster has.
    SamplesDisplay : Images of each cluster.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeepcluster.inspection import EmbeddingDisplay
    >>> embedding = np.array([[0.0, 1.0], [0.1, 0.9], [1.0, 0.0]])
    >>> display = EmbeddingDisplay(embedding=embedding, labels=np.array([0, 0, 1]))
    >>> display.plot()
    <...EmbeddingDisplay object at ...>
    """

    def __init__(
        self,
        *,
        embedding: NDArray,
        labels: NDArray,
        centers: NDArray | None = None,
        images: ArrayLike | None = None,
        axis_names: Sequence[str] | None = None,
    ) -> None:
        self.embedding = embedding
        self.labels = labels
        self.centers = centers
        self.images = images
        self.axis_names = axis_names

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike,
        y: ArrayLike | None = None,
        *,
        projection: Any = "pca",
        images: ArrayLike | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Plot how a fitted clusterer sees X.

        The clusterers of this package show their own embedding. A
        :class:`~sklearn.pipeline.Pipeline` that ends in another clusterer shows
        the output of its transformers, and any other clusterer X itself.

        Parameters
        ----------
        estimator : object
            Fitted clusterer. Its labels are `predict(X)`, or, where there is no
            `predict`, the `labels_` of its fit, which X must then match. Its
            `cluster_centers_` are shown if they are in the space of the embedding
            and the projection can `transform` them: t-SNE cannot.

        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The data to show.

        y : array-like of shape (n_samples,), default=None
            Classes to show in the place of the clusters.

        projection : {"pca", "tsne", "umap"} or transformer, default="pca"
            What reduces more than two columns to two. "umap" needs umap-learn. A
            transformer has `fit_transform`, and is copied.

        images : array-like of shape (n_samples, height, width) or \
                (n_samples, height, width, 3), default=None
            Images to show over the points, as many as do not overlap.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.EmbeddingDisplay`
            The plotted display.

        Raises
        ------
        ValueError
            If X does not have one row per label and image, or `projection` is
            unknown or does not give two columns.

        ImportError
            If `projection="umap"` and umap-learn is not installed.

        Examples
        --------
        >>> from sklearn.cluster import KMeans
        >>> from sklearn.datasets import load_iris
        >>> from skdeepcluster.inspection import EmbeddingDisplay
        >>> X, _ = load_iris(return_X_y=True)
        >>> clusterer = KMeans(n_clusters=3, random_state=0).fit(X)
        >>> EmbeddingDisplay.from_estimator(clusterer, X)
        <...EmbeddingDisplay object at ...>
        """
        labels = labels_of(estimator, X) if y is None else y
        embedding = embed(estimator, X)
        labels = labels_for("y", labels, "X", embedding.shape[0])
        last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
        centers: Any = getattr(last, "cluster_centers_", None)
        if np.shape(centers)[1:] != np.shape(embedding)[1:]:
            centers = None
        return cls.from_predictions(
            embedding,
            labels,
            projection=projection,
            centers=centers,
            images=images,
            ax=ax,
            **kwargs,
        )

    @classmethod
    def from_predictions(
        cls,
        embedding: ArrayLike,
        labels: ArrayLike,
        *,
        projection: Any = "pca",
        centers: ArrayLike | None = None,
        images: ArrayLike | None = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Plot an embedding and the labels of its rows.

        Parameters
        ----------
        embedding : {array-like, sparse matrix} of shape (n_samples, n_components)
            Up to two columns are shown as they are.

        labels : array-like of shape (n_samples,)
            Cluster of each row.

        projection : {"pca", "tsne", "umap"} or transformer, default="pca"
            What reduces more than two columns to two. "umap" needs umap-learn. A
            transformer has `fit_transform`, and is copied.

        centers : array-like of shape (n_clusters, n_components), default=None
            Centers of the clusters. Shown if the projection can `transform` them.

        images : array-like of shape (n_samples, height, width) or \
                (n_samples, height, width, 3), default=None
            Images to show over the points, as many as do not overlap.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.EmbeddingDisplay`
            The plotted display.

        Raises
        ------
        ValueError
            If the arrays do not fit together, `embedding` is not a finite 2-D
            array, or `projection` is unknown or does not give two columns.

        ImportError
            If `projection="umap"` and umap-learn is not installed.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skdeepcluster.inspection import EmbeddingDisplay
        >>> X, y = load_iris(return_X_y=True)
        >>> EmbeddingDisplay.from_predictions(X, y).embedding.shape
        (150, 2)
        """
        plane, middles, axis_names = project(embedding, projection, centers)
        names = labels_for("labels", labels, "embedding", len(plane))
        display = cls(
            embedding=plane,
            labels=names,
            centers=middles,
            images=images,
            axis_names=axis_names,
        )
        return display.plot(ax=ax, **kwargs)

    @validate_params(AXES)
    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Plot the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made. What overlaps is found
            out for the size that the axes have now.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.EmbeddingDisplay`
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.

        ValueError
            If `images` is not one image per sample.
        """
        plt = pyplot(self)
        if ax is None:
            figure, ax = plt.subplots(layout="constrained")
            ax.set(xticks=[], yticks=[])
            self._name_axes(ax)
            figure.draw_without_rendering()  # gives the axes their final size
        has_images = self.images is not None
        colours = colours_of(self.labels)
        style: dict[str, Any] = {
            "s": 3 if has_images else np.clip(8000 / len(self.embedding), 2, 20),
            "c": colours,
            "alpha": 0.8,
            "linewidths": 0,
        }
        x, y = self.embedding.T
        self.scatter_ = ax.scatter(x, y, **(style | kwargs))
        self.centers_ = None
        if self.centers is not None:
            x, y = self.centers.T
            self.centers_ = ax.scatter(
                x,
                y,
                s=30,
                marker="X",
                c="black",
                edgecolors="white",
                linewidths=0.7,
            )
        ax.set(xticks=[], yticks=[])
        self._name_axes(ax)
        places, boxes = self._write_names(ax)
        self.images_ = (
            self._draw_images(ax, colours, places, boxes) if has_images else []
        )
        self.ax_ = ax
        self.figure_ = ax.figure
        return self

    def _name_axes(self, ax):
        if self.axis_names is not None:
            ax.set_xlabel(self.axis_names[0], fontsize="x-small")
            ax.set_ylabel(self.axis_names[1], fontsize="x-small")

    def _write_names(self, ax):
        """Write the clusters' names; return where, and the sizes of their boxes."""
        from matplotlib.patheffects import withStroke

        names, sizes = np.unique(self.labels, return_counts=True)
        names = names[np.argsort(-sizes, kind="stable")]
        middles = np.array(
            [middle(self.embedding[self.labels == name]) for name in names]
        )
        names = [str(name) for name in names]
        is_crowded = len(names) > _MOST_LARGE_NAMES or len(max(names, key=len)) > 3
        size = 7 if is_crowded else 9
        boxes = np.array([(0.75 * size * len(name), 1.3 * size) for name in names])
        places = _in_points(ax, middles)
        low, high = ax.get_window_extent().get_points() * 72 / ax.figure.dpi
        written = np.clip(places + (0, size), low + boxes / 2, high - boxes / 2)
        kept = _apart(written, boxes)
        self.text_ = [
            ax.annotate(
                names[i],
                middles[i],
                written[i] - places[i],
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=size,
                fontweight="bold",
                path_effects=[withStroke(linewidth=2.5, foreground="white")],
            )
            for i in kept
        ]
        return written[kept], boxes[kept]

    def _draw_images(self, ax, colours, places, boxes):
        """Draw images where there is room beside the boxes at the places."""
        from matplotlib.colors import Normalize
        from matplotlib.offsetbox import AnnotationBbox, OffsetImage

        images = check_images(self.images, len(self.embedding))
        style = {
            "zoom": _IMAGE_SIDE / max(images.shape[1:3]),
            "cmap": "gray_r",
            "norm": Normalize(images.min(), images.max()),
        }
        frames = np.full(self.embedding.shape, 1.2 * _IMAGE_SIDE)
        kept = _apart(
            np.vstack([places, _in_points(ax, self.embedding)]),
            np.vstack([boxes, frames]),
        )
        return [
            ax.add_artist(
                AnnotationBbox(
                    OffsetImage(images[i], **style),
                    self.embedding[i],
                    pad=0.1,
                    bboxprops={"edgecolor": colours[i], "linewidth": 1.5},
                )
            )
            for i in np.subtract(kept[len(places) :], len(places))
        ]


def middle(positions):
    """Return the position that is nearest to the median.

    Parameters
    ----------
    positions : ndarray of shape (n_samples, 2)
        Positions in the plane.

    Returns
    -------
    ndarray of shape (2,)
        One of them.
    """
    distances = np.linalg.norm(positions - np.median(positions, axis=0), axis=1)
    return positions[distances.argmin()]


def _in_points(ax, positions):
    """Return positions in the figure, in points."""
    ax.autoscale_view()
    return ax.transData.transform(positions) * 72 / ax.figure.dpi
