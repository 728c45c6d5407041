"""Encoders with mirrored decoders."""

import math
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from .._typing import ImageShape, Sizes
from ._mlp import mlp


class EncoderDecoder(nn.Module):
    encoder: Any

    def __init__(self, encoder: nn.Module, decoder: nn.Module):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """Map rows to codes.

        Parameters
        ----------
        x : tensor of shape (batch, n_features)
            Rows.

        Returns
        -------
        tensor of shape (batch, n_outputs)
            The encoder's output.
        """
        return self.encoder(x)

    def layers(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Map rows to codes, and keep what lies between.

        Parameters
        ----------
        x : tensor of shape (batch, n_features)
            Rows.

        Returns
        -------
        list of tensor of shape (batch, ...)
            The outputs of the encoder's hidden layers, and then its own.
        """
        outputs = []
        for layer in self.encoder:
            x = layer(x)
            if isinstance(layer, nn.ReLU):
                outputs.append(x)
        return [*outputs, x]

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """Map embeddings back to rows.

        Parameters
        ----------
        z : tensor of shape (batch, n_components)
            Embeddings.

        Returns
        -------
        tensor of shape (batch, n_features)
            The decoder's output.
        """
        return self.decoder(z)


class DenseAutoencoder(EncoderDecoder):
    """A multi-layer perceptron and its mirror image.

    Parameters
    ----------
    n_features : int
        Number of inputs.

    hidden_layer_sizes : sequence of int
        Units of the encoder's hidden layers; the decoder has them reversed.

    n_outputs : int
        Number of the encoder's outputs.

    n_components : int
        Number of the decoder's inputs.
    """

    def __init__(
        self,
        n_features: int,
        hidden_layer_sizes: Sizes,
        n_outputs: int,
        n_components: int,
    ):
        super().__init__(
            mlp([n_features, *hidden_layer_sizes, n_outputs]),
            mlp([n_components, *reversed(hidden_layer_sizes), n_features]),
        )


class ConvAutoencoder(EncoderDecoder):
    """The convolutional autoencoder of DCEC, for images given as flat rows.

    Strided convolutions with ReLU, kernels 5 x 5 but for the last of 3 x 3, a linear
    layer to the code, and their mirror image.

    Parameters
    ----------
    image_shape : tuple of int (channels, height, width)
        Shape of an image.

    channels : sequence of int
        Channels of the convolutions; each halves height and width.

    n_outputs : int
        Number of the encoder's outputs.

    n_components : int
        Number of the decoder's inputs.

    References
    ----------
    Guo, X., Liu, X., Zhu, E., Yin, J. (2017). Deep clustering with convolutional
    autoencoders. ICONIP.
    """

    def __init__(
        self,
        image_shape: ImageShape,
        channels: Sizes,
        n_outputs: int,
        n_components: int,
    ):
        decoder: list[nn.Module] = []
        for shape, below, kernel in convolutions(image_shape, channels):
            # Halving rounds up: an even side must get back its last row.
            last = tuple(1 - side % 2 for side in shape[1:])
            up = nn.ConvTranspose2d(
                below[0],
                shape[0],
                kernel,
                stride=2,
                padding=kernel // 2,
                output_padding=last,
            )
            decoder = [nn.ReLU(), up, *decoder]
        super().__init__(
            encoder=conv_encoder(image_shape, channels, n_outputs),
            decoder=nn.Sequential(
                nn.Linear(n_components, math.prod(below)),
                nn.Unflatten(1, below),
                *decoder,
                nn.Flatten(),
            ),
        )


def conv_encoder(
    image_shape: ImageShape, channels: Sizes, n_outputs: int
) -> nn.Sequential:
    """Return the encoder of :class:`ConvAutoencoder`.

    Parameters
    ----------
    image_shape : tuple of int (channels, height, width)
        Shape of an image.

    channels : sequence of int
        Channels of the convolutions; each halves height and width.

    n_outputs : int
        Number of outputs.

    Returns
    -------
    torch.nn.Sequential
        The network, from flat rows to the outputs.
    """
    layers = []
    for shape, below, kernel in convolutions(image_shape, channels):
        convolution = nn.Conv2d(
            shape[0], below[0], kernel, stride=2, padding=kernel // 2
        )
        layers += [convolution, nn.ReLU()]
    return nn.Sequential(
        nn.Unflatten(1, image_shape),
        *layers,
        nn.Flatten(),
        nn.Linear(math.prod(below), n_outputs),
    )


def convolutions(image_shape, channels):
    """Yield the input's shape, the output's shape and the kernel's size of each."""
    shapes = [image_shape]
    for n_channels in channels:
        shapes.append((n_channels, *((side + 1) // 2 for side in shapes[-1][1:])))
    kernels = [5] * (len(channels) - 1) + [3]
    for (shape, below), kernel in zip(pairwise(shapes), kernels, strict=True):
        yield shape, below, kernel
