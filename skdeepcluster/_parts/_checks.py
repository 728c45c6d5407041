"""What parameters and data must be."""

import math

from .._compat import COUNT


def check_layer_sizes(name, sizes):
    """Refuse sizes of layers that make no network."""
    if sizes is not None and not _are_sizes(sizes):
        raise ValueError(
            f"{name}={sizes!r} should be positive integers, one for each hidden layer."
        )


def check_seen_layers(sizes, reader, name="hidden_layer_sizes"):
    """Refuse sizes of hidden layers that leave nothing to see for a ``reader``."""
    check_layer_sizes(name, sizes)
    if sizes is not None and len(sizes) == 0:
        raise ValueError(
            f"{name}={sizes!r} is empty: give at least one hidden layer, which "
            f"{reader}."
        )


def check_rows_per_cluster(batch_size, n_samples, number, name="n_clusters"):
    """Refuse batches with fewer than two rows for each cluster, or what ``name`` is."""
    if batch_size < min(2 * number, n_samples):
        raise ValueError(
            f"batch_size={batch_size} should be >= {2 * number}, twice "
            f"{name}={number}, and is best 30 times as large: raise "
            f"batch_size, or lower {name}."
        )


def check_image_shape(shape, n_features):
    """Refuse a shape of images that the rows do not have."""
    if shape is not None and (
        not _are_sizes(shape) or len(shape) != 3 or math.prod(shape) != n_features
    ):
        raise ValueError(
            f"image_shape={shape!r} does not fit X with {n_features} features: give "
            "(channels, height, width), whose product is the number of features."
        )


def check_network(sizes, image_shape, n_features, name="hidden_layer_sizes"):
    """Refuse sizes of hidden layers, and a shape of images, that make no network."""
    if image_shape is None:
        check_layer_sizes(name, sizes)
    else:
        check_seen_layers(sizes, "convolves the images", name)
    check_image_shape(image_shape, n_features)


def _are_sizes(values):
    is_sequence = isinstance(values, list | tuple) or getattr(values, "ndim", 0) == 1
    return is_sequence and all(map(COUNT.is_satisfied_by, values))
