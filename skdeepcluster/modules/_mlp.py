"""Multi-layer perceptrons."""

from collections.abc import Callable
from itertools import pairwise

from torch import nn

from .._typing import Sizes


def mlp(
    sizes: Sizes,
    linear: Callable[[int, int], nn.Module] = nn.Linear,
    dropout: float = 0.0,
    batch_norm: bool = False,
) -> nn.Sequential:
    """Return linear layers with ReLU between them.

    Parameters
    ----------
    sizes : sequence of int
        Number of inputs, of units of each hidden layer, of outputs.

    linear : callable, default=torch.nn.Linear
        Makes a layer from its numbers of inputs and of outputs.

    dropout : float, default=0.0
        Share of the hidden units that are set to zero in training.

    batch_norm : bool, default=False
        Whether the hidden units are normalised, before ReLU: by the batch in training,
        and by running means and variances in evaluation.

    Returns
    -------
    torch.nn.Sequential
        The network; its output is linear.
    """
    *hidden, last = pairwise(sizes)
    layers = []
    for n_in, n_out in hidden:
        layers.append(linear(n_in, n_out))
        if batch_norm:
            layers.append(nn.BatchNorm1d(n_out))
        layers.append(nn.ReLU())
        if dropout:
            layers.append(nn.Dropout(dropout))
    return nn.Sequential(*layers, linear(*last))
