"""What the autoencoders share: parameters and networks."""

import copy
import math
from numbers import Integral

import numpy as np
import torch
from sklearn.preprocessing import StandardScaler
from torch import nn

from ..base import BaseDeepTransformer
from ..modules import ConvAutoencoder, DenseAutoencoder

_MOST_ROWS = 10_000


class BaseAutoencoder(BaseDeepTransformer):
    """A transformer around a network with ``encode(x)`` and ``decode(z)``."""

    _parameter_constraints: dict = {
        **BaseDeepTransformer._parameter_constraints,
        "hidden_layer_sizes": ["array-like", None],
        "image_shape": ["array-like", None],
        "module": [callable, nn.Module, None],
    }

    def _check_fit(self, X):
        check_layer_sizes("hidden_layer_sizes", self.hidden_layer_sizes)
        check_image_shape(self.image_shape, X.shape[1])

    def _network(self, n_features, n_outputs):
        """Return a network whose encoder has ``n_outputs`` outputs."""
        if self.module is not None:
            if isinstance(self.module, nn.Module):
                network = copy.deepcopy(self.module).to(torch.get_default_device())
            else:
                network = self.module(n_features, self.n_components)
            # A model that is loaded has been checked, and has no values yet.
            if torch.get_default_device().type != "meta":
                _check_width(network, "encode", n_features, n_outputs)
                _check_width(network, "decode", self.n_components, n_features)
            return network
        sizes = default_sizes(self.hidden_layer_sizes, self.image_shape)
        return make_network(
            n_features, self.image_shape, sizes, n_outputs, self.n_components
        )


def default_sizes(sizes, image_shape):
    """Return the sizes of an autoencoder's hidden layers, where None was given."""
    if sizes is not None:
        return tuple(sizes)
    return (500, 500, 2000) if image_shape is None else (32, 64, 128)


def make_network(n_features, image_shape, sizes, n_outputs, n_components):
    """Return a convolutional network for images, else a dense one."""
    if image_shape is None:
        return DenseAutoencoder(n_features, sizes, n_outputs, n_components)
    return ConvAutoencoder(tuple(image_shape), sizes, n_outputs, n_components)


def check_layer_sizes(name, sizes):
    """Refuse sizes of layers that make no network."""
    if sizes is not None and not all(_is_size(size) for size in sizes):
        raise ValueError(
            f"{name}={sizes!r} should be positive integers, one for each hidden layer."
        )


def check_seen_layers(sizes, reader):
    """Refuse sizes of hidden layers that leave nothing to see for a ``reader``."""
    check_layer_sizes("hidden_layer_sizes", sizes)
    if sizes is not None and len(sizes) == 0:
        raise ValueError(
            f"hidden_layer_sizes={sizes!r} is empty: give at least one hidden layer, "
            f"which {reader}."
        )


def check_image_shape(shape, n_features):
    """Refuse a shape of images that the rows do not have."""
    if shape is not None and (
        len(shape) != 3
        or not all(_is_size(side) for side in shape)
        or math.prod(shape) != n_features
    ):
        raise ValueError(
            f"image_shape={shape!r} does not fit X with {n_features} features: give "
            "(channels, height, width), whose product is the number of features."
        )


def _is_size(value):
    return isinstance(value, Integral) and value >= 1


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


def check_unit_interval(X, setting, alternative):
    """Refuse data outside of [0, 1], where Bernoulli likelihoods are undefined."""
    if X.min() < 0 or X.max() > 1:
        raise ValueError(
            f"{setting} takes data in [0, 1], but X lies in "
            f"[{X.min():.8g}, {X.max():.8g}]: scale X (MinMaxScaler), or set "
            f"{alternative}."
        )


def mean_variance(X, rng):
    """Return the mean variance of the features.

    Parameters
    ----------
    X : ndarray, memmap or CSR matrix of shape (n_samples, n_features)
        Data, of which at most 10,000 rows are looked at.

    rng : RandomState
        Source of the choice of rows.

    Returns
    -------
    float
        The variance; 1 for constant data.
    """
    rows = np.sort(rng.permutation(X.shape[0])[:_MOST_ROWS])
    variance = StandardScaler(with_mean=False).fit(X[rows]).var_.mean()
    return variance if variance > 0 else 1.0
