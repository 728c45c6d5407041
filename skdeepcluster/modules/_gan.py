"""Networks that play against each other: they draw rows, or judge them."""

import math
from itertools import pairwise

from torch import nn

from .._typing import ImageShape, Sizes
from ._autoencoder import convolutions

# The slope of the critics' units where they are negative.
_SLOPE = 0.2

# The width of the dense layer of convolutional networks, by the last channels.
_WIDENING = 8


def generator_network(
    n_inputs: int, sizes: Sizes, n_features: int, image_shape: ImageShape | None = None
) -> nn.Sequential:
    """Return a network that draws rows, with batch normalization.

    Parameters
    ----------
    n_inputs : int
        Width of the codes that the rows are drawn from.

    sizes : sequence of int
        Units of the hidden layers of :func:`critic_network`, or channels of its
        convolutions, which it has reversed.

    n_features : int
        Number of outputs.

    image_shape : tuple of int (channels, height, width), default=None
        Shape of an image, for transposed convolutions. None means a dense network.

    Returns
    -------
    torch.nn.Sequential
        The network; its outputs are shares, from 0 to 1.
    """
    layers: list[nn.Module] = []
    if image_shape is None:
        *hidden, last = pairwise([n_inputs, *reversed(sizes), n_features])
        for n_in, n_out in hidden:
            layers += [nn.Linear(n_in, n_out), nn.BatchNorm1d(n_out), nn.ReLU()]
        return nn.Sequential(*layers, nn.Linear(*last), nn.Sigmoid())
    for shape, below, kernel in convolutions(image_shape, sizes):
        up = nn.ConvTranspose2d(
            below[0],
            shape[0],
            kernel,
            stride=2,
            padding=kernel // 2,
            # Halving rounds up: an even side must get back its last row.
            output_padding=tuple(1 - side % 2 for side in shape[1:]),
        )
        layers = [nn.BatchNorm2d(below[0]), nn.ReLU(), up, *layers]
    n_hidden = _WIDENING * below[0]
    return nn.Sequential(
        nn.Linear(n_inputs, n_hidden),
        nn.BatchNorm1d(n_hidden),
        nn.ReLU(),
        nn.Linear(n_hidden, math.prod(below)),
        nn.Unflatten(1, below),
        *layers,
        nn.Flatten(),
        nn.Sigmoid(),
    )


def critic_network(
    n_features: int, sizes: Sizes, n_outputs: int, image_shape: ImageShape | None = None
) -> nn.Sequential:
    """Return a network that judges rows, each for itself, with leaky ReLU.

    Parameters
    ----------
    n_features : int
        Number of inputs.

    sizes : sequence of int
        Units of the hidden layers, or channels of the convolutions, each of which
        halves height and width; a dense layer of eight times the last channels follows.

    n_outputs : int
        Number of outputs, which are linear.

    image_shape : tuple of int (channels, height, width), default=None
        Shape of an image, for convolutions. None means a dense network.

    Returns
    -------
    torch.nn.Sequential
        The network, from flat rows to the outputs.
    """
    layers: list[nn.Module] = []
    if image_shape is None:
        *hidden, last = pairwise([n_features, *sizes, n_outputs])
        for n_in, n_out in hidden:
            layers += [nn.Linear(n_in, n_out), nn.LeakyReLU(_SLOPE)]
        return nn.Sequential(*layers, nn.Linear(*last))
    for shape, below, kernel in convolutions(image_shape, sizes):
        down = nn.Conv2d(shape[0], below[0], kernel, stride=2, padding=kernel // 2)
        layers += [down, nn.LeakyReLU(_SLOPE)]
    n_hidden = _WIDENING * below[0]
    return nn.Sequential(
        nn.Unflatten(1, image_shape),
        *layers,
        nn.Flatten(),
        nn.Linear(math.prod(below), n_hidden),
        nn.LeakyReLU(_SLOPE),
        nn.Linear(n_hidden, n_outputs),
    )
