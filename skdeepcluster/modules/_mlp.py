"""Multi-layer perceptrons."""

from itertools import pairwise

from torch import nn


def mlp(sizes):
    """Return linear layers with ReLU between them.

    Parameters
    ----------
    sizes : sequence of int
        Number of inputs, of units of each hidden layer, of outputs.

    Returns
    -------
    torch.nn.Sequential
        The network; its output is linear.
    """
    layers = []
    for n_in, n_out in pairwise(sizes):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])
