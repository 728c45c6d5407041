"""What the displays share: the estimator's answers, colours, axes and ticks."""

import numpy as np
from sklearn.pipeline import Pipeline

from .._compat import HasMethods
from .._projection import split
from .._validation import named_array

# Ten colours that remain distinct under the common kinds of colour blindness
# (M. A. Petroff, "Accessible color sequences for data visualization", 2021), then
# ten darker and ten paler ones.
_TEN = [
    (0.247, 0.565, 0.855),
    (1.000, 0.663, 0.055),
    (0.741, 0.122, 0.004),
    (0.580, 0.643, 0.635),
    (0.514, 0.176, 0.714),
    (0.663, 0.420, 0.349),
    (0.906, 0.388, 0.000),
    (0.725, 0.675, 0.439),
    (0.443, 0.459, 0.506),
    (0.573, 0.855, 0.867),
]
PALETTE = np.vstack([_TEN, np.multiply(_TEN, 0.6), np.multiply(_TEN, 0.6) + 0.4])

_MOST_LARGE_TICKS = 12

# What plots on the axes, or on a figure, that it is given.
AXES = {"ax": [HasMethods(["get_subplotspec", "scatter"]), None]}
FIGURE = {"figure": [HasMethods(["subplots"]), None]}


def pyplot(display):
    """Import matplotlib, or say how to get it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"{type(display).__name__}.plot requires matplotlib; install it with "
            "`pip install matplotlib`."
        ) from error
    return plt


def colours_of(labels):
    """Return a colour for each label, (n_samples, 3).

    Integers from 0 on choose the colour themselves.
    """
    if not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0:
        _, labels = np.unique(labels, return_inverse=True)
    return PALETTE[labels % len(PALETTE)]


def name_ticks(axis, names, positions=None, most=20):
    """Write names at the ticks of an axis, each if there are at most ``most``."""
    step = -(-len(names) // most)
    positions = np.arange(len(names)) if positions is None else positions
    axis.set_ticks(positions[::step], [str(name) for name in names[::step]])
    if len(names) > _MOST_LARGE_TICKS:
        is_x = axis.axis_name == "x"
        axis.set_tick_params(labelsize="small", labelrotation=90 if is_x else 0)


def labels_of(estimator, X):
    """Return the clusters of X."""
    if hasattr(estimator, "predict") and not isinstance(estimator, type):
        return estimator.predict(X)
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    if not hasattr(last, "labels_"):
        raise ValueError(
            f"estimator={estimator!r} has neither predict nor labels_; expected a "
            "fitted clusterer. Call fit first."
        )
    if np.shape(X)[:1] != last.labels_.shape:
        raise ValueError(
            f"X has the shape {np.shape(X)}, but estimator={estimator!r} has no "
            f"predict, and the labels_ of {len(last.labels_)} rows. Pass the rows that "
            "it was fitted to."
        )
    return last.labels_


def probabilities_of(estimator, X):
    """Return the probabilities of the clusters, or None where there are none."""
    last, X = split(estimator, X)
    for method in ("soft_predict", "predict_proba"):
        if hasattr(last, method):
            return getattr(last, method)(X)
    return None


def scores_of(estimator, X):
    """Return how usual each row is, or None where the clusterer does not tell."""
    last, X = split(estimator, X)
    return last.score_samples(X) if hasattr(last, "score_samples") else None


def check_images(images, n_samples):
    """Return images, one for each sample, with colours from 0 to 1."""
    images = named_array("images", images, allow_nd=True)
    is_coloured = images.ndim == 4 and images.shape[3] == 3
    if len(images) != n_samples or not (images.ndim == 3 or is_coloured):
        raise ValueError(
            f"images has the shape {images.shape}; expected (n_samples, height, width) "
            f"or (n_samples, height, width, 3) with n_samples={n_samples}. Reshape it, "
            "and pass one image for each sample."
        )
    if is_coloured:
        largest = 255 if np.issubdtype(images.dtype, np.integer) else 1
        images = np.clip(images / largest, 0, 1)
    return images
