"""Networks: torch only."""

from ._autoencoder import ConvAutoencoder, DenseAutoencoder
from ._mlp import mlp
from ._precision import autocast

__all__ = ["ConvAutoencoder", "DenseAutoencoder", "autocast", "mlp"]
