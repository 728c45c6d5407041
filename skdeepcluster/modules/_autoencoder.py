"""Encoders with mirrored decoders."""

import math
from itertools import pairwise

from torch import nn

from ._mlp import mlp


class _EncoderDecoder(nn.Module):
    def __init__(self, encoder, decoder):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder

    def encode(self, x):
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

    def decode(self, z):
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


class DenseAutoencoder(_EncoderDecoder):
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

    def __init__(self, n_features, hidden_layer_sizes, n_outputs, n_components):
        super().__init__(
            mlp([n_features, *hidden_layer_sizes, n_outputs]),
            mlp([n_components, *reversed(hidden_layer_sizes), n_features]),
        )


class ConvAutoencoder(_EncoderDecoder):
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

    def __init__(self, image_shape, channels, n_outputs, n_components):
        kernels = [5] * (len(channels) - 1) + [3]
        sides = [image_shape[1:]]
        for _ in channels:
            sides.append(tuple((side + 1) // 2 for side in sides[-1]))
        inner = (channels[-1], *sides[-1])

        encoder, decoder = [], []
        layers = zip(
            pairwise([image_shape[0], *channels]), kernels, sides[:-1], strict=True
        )
        for (n_in, n_out), kernel, side in layers:
            settings = {"kernel_size": kernel, "stride": 2, "padding": kernel // 2}
            encoder += [nn.Conv2d(n_in, n_out, **settings), nn.ReLU()]
            # Halving rounds up: an even side must get back its last row.
            last = tuple(1 - s % 2 for s in side)
            up = nn.ConvTranspose2d(n_out, n_in, output_padding=last, **settings)
            decoder = [nn.ReLU(), up, *decoder]

        super().__init__(
            encoder=nn.Sequential(
                nn.Unflatten(1, image_shape),
                *encoder,
                nn.Flatten(),
                nn.Linear(math.prod(inner), n_outputs),
            ),
            decoder=nn.Sequential(
                nn.Linear(n_components, math.prod(inner)),
                nn.Unflatten(1, inner),
                *decoder,
                nn.Flatten(),
            ),
        )
