"""Numbers of outputs."""

import torch
from torch import nn


@torch.no_grad()
def reorder_outputs(layer: nn.Linear, order: torch.Tensor) -> None:
    """Give the outputs of a linear layer another order.

    Parameters
    ----------
    layer : torch.nn.Linear
        The layer.

    order : tensor of shape (n_outputs,), dtype int64
        The former numbers of the outputs.
    """
    for parameter in layer.parameters():
        parameter.copy_(parameter[order])
