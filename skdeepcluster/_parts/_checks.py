"""What parameters and data must be."""

import math
from numbers import Integral


def check_layer_sizes(name, sizes):
    """Refuse sizes of layers that make no network."""
    if sizes is not None and not all(_is_size(size) for size in sizes):
        raise ValueError(
            f"{name}={sizes!r} should be positive integers, one for each hidden layer."
        )


def check_seen_layers(sizes, reader):
    """Refuse sizes of hidden layers that leave nothing to see for a ``reader``."""
    check_layer_sizes("hidden_layer_sizes", sizes)
    if sizes is not None and len(sizes) == 0:
        raise ValueError(
            f"hidden_layer_sizes={sizes!r} is empty: give at least one hidden layer, "
            f"which {reader}."
        )


def check_image_shape(shape, n_features):
    """Refuse a shape of images that the rows do not have."""
    if shape is not None and (
        len(shape) != 3
        or not all(_is_size(side) for side in shape)
        or math.prod(shape) != n_features
    ):
        raise ValueError(
            f"image_shape={shape!r} does not fit X with {n_features} features: give "
            "(channels, height, width), whose product is the number of features."
        )


def _is_size(value):
    return isinstance(value, Integral) and value >= 1
