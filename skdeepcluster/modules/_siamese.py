"""A network in whose space neighbours are near."""

import torch
from torch import nn

from .._typing import Precision, Sizes
from ._mlp import mlp
from ._precision import autocast


class SiameseNetwork(nn.Module):
    """A network to codes in whose space neighbours are near.

    Parameters
    ----------
    sizes : sequence of int
        Numbers of inputs, of units of the hidden layers and of outputs.

    precision : {"bfloat16"} or None
        Mixed precision of the network.
    """

    def __init__(self, sizes: Sizes, precision: Precision | None):
        super().__init__()
        self.network = nn.Sequential(mlp(sizes), nn.ReLU())
        self.precision = precision

    @autocast
    def forward(self, codes: torch.Tensor) -> torch.Tensor:
        """Codes in whose space neighbours are near (batch, n_outputs)."""
        return self.network(codes)
