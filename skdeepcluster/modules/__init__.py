"""Networks: torch only."""

from ._attention import VariationalAttention
from ._autoencoder import ConvAutoencoder, DenseAutoencoder, conv_encoder
from ._classifier import Classifier
from ._experts import ConvExperts, DenseExperts
from ._gan import critic_network, generator_network
from ._likelihood import LikelihoodAutoencoder
from ._mlp import mlp
from ._noise import NoisyReLU, add_noise
from ._normal import draw_normal, split_normal
from ._orthonormal import OrthonormalLayer, orthonormal_factor
from ._precision import autocast
from ._prior import MixturePrior
from ._reorder import reorder_outputs
from ._siamese import SiameseNetwork
from ._sites import ConvSites, GroupSites
from ._statistics import running_statistics_kept
from ._variational import VariationalModule, with_variances

__all__ = [
    "Classifier",
    "ConvAutoencoder",
    "ConvExperts",
    "ConvSites",
    "DenseAutoencoder",
    "DenseExperts",
    "GroupSites",
    "LikelihoodAutoencoder",
    "MixturePrior",
    "NoisyReLU",
    "OrthonormalLayer",
    "SiameseNetwork",
    "VariationalAttention",
    "VariationalModule",
    "add_noise",
    "autocast",
    "conv_encoder",
    "critic_network",
    "draw_normal",
    "generator_network",
    "mlp",
    "orthonormal_factor",
    "reorder_outputs",
    "running_statistics_kept",
    "split_normal",
    "with_variances",
]
