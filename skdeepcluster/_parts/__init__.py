"""What several families are made of."""

from ._checks import (
    check_image_shape,
    check_layer_sizes,
    check_network,
    check_seen_layers,
)
from ._likelihood import LikelihoodMixin, ReconPrecisionMixin
from ._mixture import MixturePriorMixin
from ._networks import default_sizes, make_network

__all__ = [
    "LikelihoodMixin",
    "MixturePriorMixin",
    "ReconPrecisionMixin",
    "check_image_shape",
    "check_layer_sizes",
    "check_network",
    "check_seen_layers",
    "default_sizes",
    "make_network",
]
