"""Autoencoders whose first layers see parts of the data: the sites."""

from typing import Any

import torch
from torch import nn
from torch.nn.functional import pad

from .._typing import ImageShape, Sizes
from ._autoencoder import ConvAutoencoder, EncoderDecoder
from ._experts import GroupedLinear
from ._mlp import mlp


class ConvSites(ConvAutoencoder):
    """A convolutional autoencoder with the places of its last convolution as sites.

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
    """

    encoder: nn.Sequential

    def __init__(
        self,
        image_shape: ImageShape,
        channels: Sizes,
        n_outputs: int,
        n_components: int,
    ):
        super().__init__(image_shape, channels, n_outputs, n_components)
        head: Any = self.encoder[-1]  # linear
        self.n_channels = channels[-1]
        self.n_sites = head.in_features // self.n_channels

    def sites(self, x: torch.Tensor) -> torch.Tensor:
        """Describe each site of the rows.

        Parameters
        ----------
        x : tensor of shape (batch, n_features)
            Rows.

        Returns
        -------
        tensor of shape (batch, n_sites, n_channels)
            The features of the sites.
        """
        return self.encoder[:-2](x).flatten(2).mT

    def head(self, sites: torch.Tensor) -> torch.Tensor:
        """Map sites to the encoder's outputs.

        Parameters
        ----------
        sites : tensor of shape (batch, n_sites, n_channels)
            The features of the sites.

        Returns
        -------
        tensor of shape (batch, n_outputs)
            The outputs.
        """
        return self.encoder[-2:](sites.mT)


class GroupSites(EncoderDecoder):
    """A dense autoencoder whose first layer sees groups of features, the sites.

    Parameters
    ----------
    n_features : int
        Number of inputs.

    groups : list of array of int
        The features of each group.

    hidden_layer_sizes : sequence of int
        Units of the encoder's hidden layers, the first one's shared out among the
        groups; the decoder has them reversed.

    n_outputs : int
        Number of the encoder's outputs.

    n_components : int
        Number of the decoder's inputs.
    """

    members: torch.Tensor

    def __init__(
        self,
        n_features: int,
        groups: list[Any],
        hidden_layer_sizes: Sizes,
        n_outputs: int,
        n_components: int,
    ):
        first, *others = hidden_layer_sizes
        n_sites, n_channels = len(groups), max(1, first // len(groups))
        super().__init__(
            mlp([n_sites * n_channels, *others, n_outputs]),
            mlp([n_components, *reversed(hidden_layer_sizes), n_features]),
        )
        self.n_sites, self.n_channels = n_sites, n_channels
        size = max(map(len, groups))
        # Smaller groups are filled up with a feature of zeros, the last one.
        rows = [
            pad(torch.as_tensor(g), (0, size - len(g)), value=n_features)
            for g in groups
        ]
        self.register_buffer("members", torch.stack(rows))
        self.local = GroupedLinear(n_sites, size, n_channels)

    def sites(self, x: torch.Tensor) -> torch.Tensor:
        """Describe each site of the rows.

        Parameters
        ----------
        x : tensor of shape (batch, n_features)
            Rows.

        Returns
        -------
        tensor of shape (batch, n_sites, n_channels)
            The features of the sites.
        """
        own = pad(x, (0, 1))[:, self.members]
        return self.local(own.transpose(0, 1)).relu().transpose(0, 1)

    def head(self, sites: torch.Tensor) -> torch.Tensor:
        """Map sites to the encoder's outputs.

        Parameters
        ----------
        sites : tensor of shape (batch, n_sites, n_channels)
            The features of the sites.

        Returns
        -------
        tensor of shape (batch, n_outputs)
            The outputs.
        """
        return self.encoder(sites.flatten(1))

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """Map rows to the encoder's outputs.

        Parameters
        ----------
        x : tensor of shape (batch, n_features)
            Rows.

        Returns
        -------
        tensor of shape (batch, n_outputs)
            The outputs.
        """
        return self.head(self.sites(x))
