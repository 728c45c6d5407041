"""Networks: torch only."""

from ._autoencoder import ConvAutoencoder, DenseAutoencoder, conv_encoder
from ._experts import ConvExperts, DenseExperts
from ._mlp import mlp
from ._normal import draw_normal, split_normal
from ._precision import autocast

__all__ = [
    "ConvAutoencoder",
    "ConvExperts",
    "DenseAutoencoder",
    "DenseExperts",
    "autocast",
    "conv_encoder",
    "draw_normal",
    "mlp",
    "split_normal",
]
