"""Numbers of outputs."""

from typing import Any

import torch


@torch.no_grad()
def reorder_outputs(network: Any, order: torch.Tensor) -> None:
    """Give the outputs of a network's last linear layer another order.

    Parameters
    ----------
    network : torch.nn.Sequential
        A network that ends with a linear layer.

    order : tensor of shape (n_outputs,), dtype int64
        The former numbers of the outputs.
    """
    for parameter in network[-1].parameters():
        parameter.copy_(parameter[order])
