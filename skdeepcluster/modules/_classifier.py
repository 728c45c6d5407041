"""A network from rows to clusters."""

import torch
from torch import nn

from ._precision import autocast
from ._reorder import reorder_outputs


class Classifier(nn.Module):
    """A network whose outputs are the logits of clusters.

    Parameters
    ----------
    network : torch.nn.Sequential
        The network, whose last layer is linear.

    precision : {"bfloat16"} or None
        Mixed precision of all but that layer.
    """

    def __init__(self, network: nn.Sequential, precision: str | None):
        super().__init__()
        *hidden, head = network
        assert isinstance(head, nn.Linear)
        self.head = head
        self.encoder = nn.Sequential(*hidden)
        self.n_components = self.head.in_features
        self.precision = precision

    @autocast
    def embed(self, x: torch.Tensor) -> torch.Tensor:
        """The units before the last layer (batch, n_components)."""
        return self.encoder(x)

    def assign(self, x: torch.Tensor) -> torch.Tensor:
        """Logarithms of the probabilities (batch, n_clusters)."""
        return self.head(self.embed(x)).log_softmax(1)

    def reorder(self, order: torch.Tensor) -> None:
        """Give the clusters another order."""
        reorder_outputs(self.head, order)
