"""Several autoencoders of the same shape in one network.

What they return has the experts first: (n_experts, batch, ...). What they take is
either that, or (batch, ...) for rows that all experts are to see.
"""

import copy
from functools import partial

import torch
from torch import nn
from torch.func import functional_call, stack_module_state
from torch.nn.functional import linear

from .._typing import ImageShape, Sizes
from ._autoencoder import ConvAutoencoder, EncoderDecoder
from ._mlp import mlp


class GroupedLinear(nn.Module):
    """Linear layers of the same shape, evaluated together.

    Parameters
    ----------
    n_groups : int
        Number of layers.

    n_in : int
        Number of inputs of each layer.

    n_out : int
        Number of outputs of each layer.
    """

    def __init__(self, n_groups, n_in, n_out):
        super().__init__()
        state, _ = stack_module_state([nn.Linear(n_in, n_out) for _ in range(n_groups)])
        self.weight = nn.Parameter(state["weight"].detach())
        self.bias = nn.Parameter(state["bias"].detach())

    def forward(self, x):
        if x.ndim == 2:  # the same rows for all layers: one matrix product
            y = linear(x, self.weight.flatten(0, 1), self.bias.flatten())
            return y.unflatten(1, self.bias.shape).transpose(0, 1)
        if self.training:
            return torch.baddbmm(self.bias[:, None], x, self.weight.mT)
        # Rounds each row in the same way in batches of every size, which baddbmm
        # does not for the smallest layers.
        return torch.stack(list(map(linear, x, self.weight, self.bias)))


class Stacked(nn.Module):
    """Networks of the same shape, evaluated together.

    Parameters
    ----------
    networks : list of torch.nn.Module
        The networks; their parameters are stacked.
    """

    def __init__(self, networks):
        super().__init__()
        state, _ = stack_module_state(networks)
        self._names = list(state)
        self.weights = nn.ParameterList(p.detach() for p in state.values())
        # In a tuple, so that it is no part of this module.
        self._skeleton = (copy.deepcopy(networks[0]).to("meta"),)

    def forward(self, x):
        is_exporting = torch.compiler.is_exporting()
        skeleton = self._skeleton[0]
        if not self.training and not is_exporting:
            # The weights are put into it for the time of the call: predictions in
            # threads need one each. Without data, a copy is cheap.
            skeleton = copy.deepcopy(skeleton)

        def evaluate(weights, x):
            return functional_call(
                skeleton, dict(zip(self._names, weights, strict=True)), x
            )

        shared = x.ndim == 2
        if is_exporting:  # where vmap would fix the number of rows
            experts = list(zip(*self.weights, strict=True))
            rows = [x] * len(experts) if shared else x
            return torch.stack(list(map(evaluate, experts, rows)))
        return torch.vmap(evaluate, in_dims=(0, None if shared else 0))(
            tuple(self.weights), x
        )


class DenseExperts(EncoderDecoder):
    """Multi-layer perceptrons and their mirror images, one pair for each expert.

    Parameters
    ----------
    n_experts : int
        Number of autoencoders.

    n_features : int
        Number of inputs of each.

    hidden_layer_sizes : sequence of int
        Units of an encoder's hidden layers; a decoder has them reversed.

    n_outputs : int
        Number of an encoder's outputs.

    n_components : int
        Number of a decoder's inputs.

    dropout : float, default=0.0
        Share of the hidden units that are set to zero in training.
    """

    def __init__(
        self,
        n_experts: int,
        n_features: int,
        hidden_layer_sizes: Sizes,
        n_outputs: int,
        n_components: int,
        dropout: float = 0.0,
    ):
        layer = partial(GroupedLinear, n_experts)
        super().__init__(
            mlp([n_features, *hidden_layer_sizes, n_outputs], layer, dropout),
            mlp(
                [n_components, *reversed(hidden_layer_sizes), n_features],
                layer,
                dropout,
            ),
        )


class ConvExperts(EncoderDecoder):
    """Convolutional autoencoders, for images given as flat rows.

    Parameters
    ----------
    n_experts : int
        Number of autoencoders.

    image_shape : tuple of int (channels, height, width)
        Shape of an image.

    channels : sequence of int
        Channels of the convolutions; each halves height and width.

    n_outputs : int
        Number of an encoder's outputs.

    n_components : int
        Number of a decoder's inputs.
    """

    def __init__(
        self,
        n_experts: int,
        image_shape: ImageShape,
        channels: Sizes,
        n_outputs: int,
        n_components: int,
    ):
        experts = [
            ConvAutoencoder(image_shape, channels, n_outputs, n_components)
            for _ in range(n_experts)
        ]
        super().__init__(
            Stacked([expert.encoder for expert in experts]),
            Stacked([expert.decoder for expert in experts]),
        )
