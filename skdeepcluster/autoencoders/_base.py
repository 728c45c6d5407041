"""What the autoencoders with a network of one's own share."""

import copy

import torch
from torch import nn

from .._parts import check_network, default_sizes, make_network
from ..base import BaseDeepTransformer


class BaseAutoencoder(BaseDeepTransformer):
    """A transformer around a network with ``encode(x)`` and ``decode(z)``."""

    _parameter_constraints: dict = {
        **BaseDeepTransformer._parameter_constraints,
        "hidden_layer_sizes": ["array-like", None],
        "image_shape": ["array-like", None],
        "module": [callable, nn.Module, None],
    }

    def _check_fit(self, X):
        super()._check_fit(X)
        check_network(self.hidden_layer_sizes, self.image_shape, X.shape[1])

    def _network(self, n_features, n_outputs):
        """Return a network whose encoder has ``n_outputs`` outputs."""
        if self.module is not None:
            if isinstance(self.module, nn.Module):
                network = copy.deepcopy(self.module).to(torch.get_default_device())
            else:
                network = _made_by(self.module, n_features, self.n_components)
            # A model that is loaded has been checked, and has no values yet.
            if torch.get_default_device().type != "meta":
                _check_width(network, "encode", n_features, n_outputs)
                _check_width(network, "decode", self.n_components, n_features)
            return network
        sizes = default_sizes(self.hidden_layer_sizes, self.image_shape)
        return make_network(
            n_features, self.image_shape, sizes, n_outputs, self.n_components
        )


def _made_by(module, n_features, n_components):
    try:
        return module(n_features, n_components)
    except TypeError as error:
        raise ValueError(
            f"module={module!r} cannot be called with the numbers of features and of "
            f"components, to return a network: {error}"
        ) from error


def _check_width(network, method, n_in, n_out):
    """Refuse a user's network without ``method``, or with a wrong output."""
    expected = f"{method}(), from a tensor (batch, {n_in}) to (batch, {n_out})"
    function = getattr(network, method, None)
    if not callable(function):
        raise ValueError(
            f"module gave {type(network).__name__}, which has no method {method}: "
            f"give it {expected}."
        )
    dtype = next((p.dtype for p in network.parameters()), None)
    is_training = network.training
    network.eval()  # in training, batch normalisation would learn from the zeros
    with torch.no_grad():
        shape = tuple(function(torch.zeros(2, n_in, dtype=dtype)).shape)
    network.train(is_training)
    if shape != (2, n_out):
        raise ValueError(
            f"module gave {type(network).__name__}, whose {method} returns the shape "
            f"{shape} for a batch of 2 rows: give it {expected}."
        )
