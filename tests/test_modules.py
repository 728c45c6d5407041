"""Tests of the networks."""

import pytest
import torch
from torch import nn

from skdeepcluster.modules import ConvAutoencoder, DenseAutoencoder, autocast, mlp


def shapes(network):
    """Return the shapes of the weight matrices, in order."""
    return [tuple(p.shape) for p in network.parameters() if p.ndim == 2]


@pytest.mark.parametrize("sizes", [[4, 2], [4, 8, 2], [4, 8, 3, 2]], ids=str)
def test_mlp_has_these_layers_and_a_linear_output(sizes):
    network = mlp(sizes)
    assert shapes(network) == [(b, a) for a, b in zip(sizes, sizes[1:], strict=False)]
    assert isinstance(network[-1], nn.Linear)
    assert network(torch.zeros(3, sizes[0])).shape == (3, sizes[-1])


def test_the_dense_decoder_mirrors_the_encoder():
    network = DenseAutoencoder(7, (5, 3), n_outputs=4, n_components=2)
    assert shapes(network.encoder) == [(5, 7), (3, 5), (4, 3)]
    assert shapes(network.decoder) == [(3, 2), (5, 3), (7, 5)]


@pytest.mark.parametrize("channels", [(4,), (4, 6, 8)], ids=str)
@pytest.mark.parametrize(
    "shape", [(1, 28, 28), (1, 16, 16), (3, 7, 5), (1, 1, 4), (1, 8, 8)], ids=str
)
def test_convolutions_restore_the_shape_of_the_image(shape, channels):
    x = torch.rand(2, shape[0] * shape[1] * shape[2])
    network = ConvAutoencoder(shape, channels, n_outputs=3, n_components=3)
    z = network.encode(x)
    assert z.shape == (2, 3)
    assert network.decode(z).shape == x.shape


def test_encoder_outputs_and_decoder_inputs_of_convolutions_may_differ():
    network = ConvAutoencoder((1, 8, 8), (4,), n_outputs=6, n_components=3)
    assert network.encode(torch.zeros(2, 64)).shape == (2, 6)
    assert network.decode(torch.zeros(2, 3)).shape == (2, 64)


class Layer(nn.Module):
    def __init__(self, precision):
        super().__init__()
        self.linear = nn.Linear(2, 2)
        self.precision = precision

    @autocast
    def run(self, x):
        self.inner = self.linear(x)
        return self.inner


@pytest.mark.parametrize(
    ("precision", "inner"), [(None, torch.float32), ("bfloat16", torch.bfloat16)]
)
def test_autocast_is_for_the_network_alone(precision, inner):
    layer = Layer(precision)
    assert layer.run(torch.ones(1, 2)).dtype == torch.float32
    assert layer.inner.dtype == inner
