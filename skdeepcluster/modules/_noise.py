"""Noise inside of a network."""

import torch
from torch import nn
from torch.nn.functional import dropout


class NoisyReLU(nn.ReLU):
    """ReLU, of whose outputs a share is set to zero in training.

    Parameters
    ----------
    rate : float
        The share; the other outputs are scaled up.
    """

    def __init__(self, rate: float):
        super().__init__()
        self.rate = rate

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The outputs, of the shape of ``x``."""
        return dropout(super().forward(x), self.rate, self.training)


def add_noise(network: nn.Module, rate: float) -> None:
    """Put noise behind every ReLU of a network.

    The network has then two paths with the same weights: a noisy one in training mode,
    and a clean one in evaluation mode. Its weights keep their names.

    Parameters
    ----------
    network : torch.nn.Module
        The network, which is changed.

    rate : float
        Share of a layer's outputs that are set to zero.
    """
    for name, layer in network.named_children():
        if isinstance(layer, nn.ReLU):
            setattr(network, name, NoisyReLU(rate))
        else:
            add_noise(layer, rate)
