"""Images of each cluster, a row of them for each."""

from __future__ import annotations

import inspect
import math
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.pipeline import Pipeline

from .._compat import COUNT, StrOptions, validate_params
from .._labels import as_labels
from .._projection import split
from .._validation import named_array
from ._base import AXES, check_images, labels_of, name_ticks, pyplot
from ._members import strengths_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

_LARGEST_SIDE = 0.5  # inches


class SamplesDisplay:
    """Images of each cluster, a row of them for each.

    It is recommended to use :meth:`from_estimator` or :meth:`from_predictions`
    to create a display. All parameters are stored as attributes.

    Parameters
    ----------
    images : ndarray of shape (n_clusters, n_lines, n_images, height, width) or \
            (n_clusters, n_lines, n_images, height, width, 3)
        The images of each cluster, in one or more lines; NaN where a cluster has
        fewer. Grey values are shown from white to black, from the least to the
        largest of the first lines; colours are from 0 to 1.

    clusters : sequence of length n_clusters
        Names of the clusters, written beside their first lines. On given axes, of more
        than 20 names not all are written.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the images.

    figure_ : matplotlib Figure
        Figure containing the axes.

    im_ : matplotlib AxesImage
        All images in one.

    See Also
    --------
    EmbeddingDisplay : Shows images where they are in the embedding.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster.inspection import SamplesDisplay
    >>> digits = load_digits()
    >>> display = SamplesDisplay.from_predictions(digits.images, digits.target)
    >>> display.images.shape
    (10, 1, 10, 8, 8)
    """

    def __init__(self, *, images: NDArray, clusters: ArrayLike) -> None:
        self.images = images
        self.clusters = clusters

    @classmethod
    @validate_params(
        {
            "kind": [StrOptions({"typical", "generated", "reconstructed"})],
            "n_images": [COUNT],
        }
    )
    def from_estimator(
        cls,
        estimator: Any,
        X: ArrayLike | None = None,
        *,
        image_shape: tuple[int, ...],
        kind: str = "typical",
        n_images: int = 10,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Plot images of the clusters of a fitted clusterer.

        Parameters
        ----------
        estimator : object
            Fitted clusterer, or a :class:`~sklearn.pipeline.Pipeline` that ends in
            one; where that makes images, its transformers need `inverse_transform`.

        X : array-like of shape (n_samples, n_features), default=None
            The data, an image in each row. Only `kind="generated"` does without.

        image_shape : tuple of int (height, width) or (channels, height, width)
            Shape of the image in a row; there are 1 or 3 channels.

        kind : {"typical", "generated", "reconstructed"}, default="typical"
            What to show of each cluster:

            * "typical": the rows that
              :func:`~skdeepcluster.inspection.typical_members` gives;
            * "generated": rows from `sample(n_images, cluster=number)`;
            * "reconstructed": the typical rows, and beneath them what the
              estimator makes of them: `reconstruct(X)`, or else
              `inverse_transform(transform(X))`.

        n_images : int, default=10
            Number of images of each cluster, at most.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.SamplesDisplay`
            The plotted display.

        Raises
        ------
        ValueError
            If the estimator cannot give this kind of images, X is missing, or
            a parameter is not as it should be.

        Examples
        --------
        >>> from sklearn.cluster import KMeans
        >>> from sklearn.datasets import load_digits
        >>> from skdeepcluster.inspection import SamplesDisplay
        >>> X = load_digits().data
        >>> clusterer = KMeans(10, random_state=0).fit(X)
        >>> SamplesDisplay.from_estimator(clusterer, X, image_shape=(8, 8))
        <...SamplesDisplay object at ...>
        """
        if kind == "generated":
            rows, labels = _generate(estimator, n_images)
            lines = [rows]
        elif X is None:
            raise ValueError(
                f"X=None, but kind={kind!r} shows rows of the data. Pass X, or "
                "kind='generated' with a clusterer that has sample."
            )
        else:
            labels = labels_of(estimator, X)
            kept = _first_of_each(labels, strengths_of(estimator, X), n_images)
            labels = labels[kept]
            lines = [named_array("X", X)[kept]]
            if kind == "reconstructed":
                lines.append(_reconstruct(estimator, X)[kept])
        lines = [to_images(rows, image_shape) for rows in lines]
        return cls(**_arrange(lines, labels)).plot(ax=ax, **kwargs)

    @classmethod
    @validate_params({"n_images": [COUNT]})
    def from_predictions(
        cls,
        images: ArrayLike,
        labels: ArrayLike,
        scores: ArrayLike | None = None,
        *,
        n_images: int = 10,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Plot images, given their clusters.

        Parameters
        ----------
        images : array-like of shape (n_samples, height, width) or \
                (n_samples, height, width, 3)
            The images; colours are from 0 to 1, or ints up to 255.

        labels : array-like of shape (n_samples,)
            Cluster of each image.

        scores : array-like of shape (n_samples,), default=None
            How typical each image is of its cluster; the largest are shown. If None,
            the first images of each cluster are.

        n_images : int, default=10
            Number of images of each cluster, at most.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.SamplesDisplay`
            The plotted display.

        Raises
        ------
        ValueError
            If the arrays differ in length, or a parameter is not as it should be.

        Examples
        --------
        >>> import numpy as np
        >>> from skdeepcluster.inspection import SamplesDisplay
        >>> images = np.random.default_rng(0).random((4, 5, 5))
        >>> display = SamplesDisplay.from_predictions(images, ["a", "b", "a", "a"])
        >>> display.images.shape
        (2, 1, 3, 5, 5)
        """
        names = as_labels("labels", labels)
        pictures = check_images(images, len(names))
        order = np.zeros(len(names))
        if scores is not None:
            order = named_array("scores", scores, dtype=np.float64, ensure_2d=False)
        if order.shape != names.shape:
            raise ValueError(
                f"scores has the shape {order.shape}, but there are {len(names)} "
                "images: give one for each."
            )
        kept = _first_of_each(names, order, n_images)
        return cls(**_arrange([pictures[kept]], names[kept])).plot(ax=ax, **kwargs)

    @validate_params(AXES)
    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Plot the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made, as high as it needs to be.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.imshow`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.SamplesDisplay`
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        plt = pyplot(self)
        mosaic, height = _mosaic(self.images)
        most_names = 20
        if ax is None:
            most_names = len(self.images)
            width = min(6, 1 + _LARGEST_SIDE * self.images.shape[2])
            size = (width, 0.3 + (width - 0.8) * mosaic.shape[0] / mosaic.shape[1])
            _, ax = plt.subplots(figsize=size, layout="constrained")
        first_lines = self.images[:, 0]
        style = {
            "cmap": "gray_r",
            "vmin": np.nanmin(first_lines),
            "vmax": np.nanmax(first_lines),
        }
        self.im_ = ax.imshow(mosaic, **(style | kwargs))
        positions = (self.images.shape[3] - 1) / 2 + height * np.arange(
            len(self.images)
        )
        name_ticks(ax.yaxis, self.clusters, positions, most=most_names)
        ax.set(xticks=[], ylabel="Cluster")
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        self.ax_ = ax
        self.figure_ = ax.figure
        return self


def to_images(rows, image_shape):
    """Return rows as images.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_features)
        An image in each row.

    image_shape : tuple of int (height, width) or (channels, height, width)
        Shape of an image.

    Returns
    -------
    ndarray of shape (n_samples, height, width) or (n_samples, height, width, 3)
        The images.
    """
    shape = tuple(image_shape) if isinstance(image_shape, list | tuple) else ()
    if len(shape) == 2:
        shape = (1, *shape)
    if (
        len(shape) != 3
        or shape[0] not in (1, 3)
        or not all(map(COUNT.is_satisfied_by, shape))
        or math.prod(shape) != rows.shape[1]
    ):
        raise ValueError(
            f"image_shape={image_shape!r} does not fit rows with {rows.shape[1]} "
            "features: give (height, width) or (channels, height, width) with 1 or 3 "
            "channels, whose product is the number of features."
        )
    images = np.moveaxis(rows.reshape(-1, *shape), 1, -1)
    return check_images(images[..., 0] if shape[0] == 1 else images, len(rows))


def _generate(estimator, n_images):
    """Return new rows of each cluster, and their clusters."""
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    sample = getattr(last, "sample", None)
    if sample is None or "cluster" not in inspect.signature(sample).parameters:
        raise ValueError(
            f"kind='generated' needs a clusterer that has sample(n, cluster=number), "
            f"which estimator={last!r} does not have. Use VaDE, KDVAE or DVAEC, or "
            "kind='typical'."
        )
    draws = [sample(n_images, cluster=k) for k in range(len(last.weights_))]
    rows, labels = (np.concatenate(parts) for parts in zip(*draws, strict=True))
    return _to_data(estimator, rows, "generated"), labels


def _reconstruct(estimator, X):
    """Return what the clusterer makes of each row."""
    last, X = split(estimator, X)
    if hasattr(last, "reconstruct"):
        rows = last.reconstruct(X)
    elif hasattr(last, "inverse_transform"):
        rows = last.inverse_transform(last.transform(X))
    else:
        raise ValueError(
            "kind='reconstructed' needs a clusterer that has reconstruct or "
            f"inverse_transform, which estimator={last!r} does not have. Use IDEC, "
            "DCN, DEPICT, KDAE, DAMIC, KDVAE, VaDE or DVAEC, or kind='typical'."
        )
    return _to_data(estimator, rows, "reconstructed")


def _to_data(estimator, rows, kind):
    """Take rows that a pipeline's clusterer made back to the pipeline's input."""
    if not isinstance(estimator, Pipeline) or len(estimator) == 1:
        return rows
    head = estimator[:-1]
    if not hasattr(head, "inverse_transform"):
        raise ValueError(
            f"kind={kind!r} needs the way back to images, but estimator={estimator!r} "
            "has a transformer without inverse_transform. Use kind='typical'."
        )
    return head.inverse_transform(rows)


def _first_of_each(labels, scores, n):
    """Return the numbers of the n rows with the largest scores of each cluster."""
    order = np.lexsort((-scores, labels))
    _, starts = np.unique(labels[order], return_index=True)
    return np.concatenate([rows[:n] for rows in np.split(order, starts[1:])])


def _arrange(lines, labels):
    """Return the display's parameters, from images in the order of their clusters."""
    clusters, places, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    within = np.arange(len(labels)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    shape = (len(clusters), len(lines), sizes.max(), *lines[0].shape[1:])
    images = np.full(shape, np.nan)
    for number, line in enumerate(lines):
        images[places, number, within] = line
    return {"images": images, "clusters": clusters}


def _mosaic(images):
    """Return all images as one, and the height of a cluster in it."""
    n_clusters, n_lines, n_images, height, width, *colours = images.shape
    gap = 1 + height // 12

    def pad(array, *sizes):
        sizes = [(0, size) for size in sizes]
        sizes += [(0, 0)] * (array.ndim - len(sizes))
        return np.pad(array, sizes, constant_values=np.nan)

    tiles = np.swapaxes(pad(images, 0, 0, 0, gap, gap), 2, 3)
    clusters = tiles.reshape(n_clusters, n_lines * (height + gap), -1, *colours)
    if n_lines > 1:
        clusters = pad(clusters, 0, 3 * gap)
    mosaic = clusters.reshape(-1, *clusters.shape[2:])
    if colours:
        mosaic = np.nan_to_num(mosaic, nan=1.0)
    return mosaic, clusters.shape[1]
