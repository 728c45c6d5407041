"""What several families are made of."""

from ._best import BestWeights
from ._checks import (
    check_image_shape,
    check_layer_sizes,
    check_network,
    check_rows_per_cluster,
    check_seen_layers,
)
from ._likelihood import LikelihoodMixin, ReconPrecisionMixin
from ._mixture import MixturePriorMixin
from ._networks import default_sizes, make_network

__all__ = [
    "BestWeights",
    "LikelihoodMixin",
    "MixturePriorMixin",
    "ReconPrecisionMixin",
    "check_image_shape",
    "check_layer_sizes",
    "check_network",
    "check_rows_per_cluster",
    "check_seen_layers",
    "default_sizes",
    "make_network",
]
