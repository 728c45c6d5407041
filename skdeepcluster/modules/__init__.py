"""Networks: torch only."""

from ._attention import VariationalAttention
from ._autoencoder import ConvAutoencoder, DenseAutoencoder, conv_encoder
from ._experts import ConvExperts, DenseExperts
from ._mlp import mlp
from ._normal import draw_normal, split_normal
from ._orthonormal import OrthonormalLayer, orthonormal_factor
from ._precision import autocast
from ._sites import ConvSites, GroupSites

__all__ = [
    "ConvAutoencoder",
    "ConvExperts",
    "ConvSites",
    "DenseAutoencoder",
    "DenseExperts",
    "GroupSites",
    "OrthonormalLayer",
    "VariationalAttention",
    "autocast",
    "conv_encoder",
    "draw_normal",
    "mlp",
    "orthonormal_factor",
    "split_normal",
]
