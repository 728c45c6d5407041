"""Tests of the networks."""

import copy
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from skdeepcluster.modules import (
    ConvAutoencoder,
    ConvExperts,
    DenseAutoencoder,
    DenseExperts,
    add_noise,
    autocast,
    draw_normal,
    mlp,
    split_normal,
)


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


def test_mlp_drops_hidden_units_alone():
    network = mlp([4, 8, 3], dropout=0.5)
    names = [type(layer).__name__ for layer in network]
    assert names == ["Linear", "ReLU", "Dropout", "Linear"]


def test_noise_makes_a_noisy_path_and_leaves_the_clean_one():
    network = DenseAutoencoder(4, (200, 8), n_outputs=2, n_components=2)
    x = torch.rand(3, 4)
    clean = network.encode(x)
    names = list(network.state_dict())
    add_noise(network.encoder, 0.25)
    assert list(network.state_dict()) == names
    assert_close(network.eval().encode(x), clean)
    network.train()
    assert (network.encode(x) != network.encode(x)).any()
    hidden = network.layers(x)[0]  # still seen as the output of a ReLU
    without = network.encoder[0](x).relu()
    kept = hidden != 0
    assert_close(hidden[kept], without[kept] / 0.75)
    assert 0.15 < 1 - kept.sum() / (without > 0).sum() < 0.35


# Experts side by side


def stacked(experts, expert):
    """Return the parameters of one of the experts, in order."""
    return [parameter[expert] for parameter in experts.parameters()]


EXPERTS = {
    "dense": (
        lambda: DenseExperts(3, 64, (8, 6), n_outputs=4, n_components=2),
        lambda: DenseAutoencoder(64, (8, 6), n_outputs=4, n_components=2),
    ),
    "conv": (
        lambda: ConvExperts(3, (1, 8, 8), (2, 3), n_outputs=4, n_components=2),
        lambda: ConvAutoencoder((1, 8, 8), (2, 3), n_outputs=4, n_components=2),
    ),
}
all_experts = pytest.mark.parametrize(
    ("together", "alone"), EXPERTS.values(), ids=EXPERTS
)


def pickled(module):
    """Return what a pickle of the module gives back."""
    return pickle.loads(pickle.dumps(module))


@all_experts
@pytest.mark.parametrize("shared", [True, False], ids=["same rows", "own rows"])
def test_experts_equal_a_loop_over_autoencoders(together, alone, shared):
    torch.manual_seed(0)
    together, alone = together().double(), [alone().double() for _ in range(3)]
    for k, network in enumerate(alone):
        for own, theirs in zip(network.parameters(), stacked(together, k), strict=True):
            own.data.copy_(theirs)
    x = torch.rand(5, 64).double() if shared else torch.rand(3, 5, 64).double()
    rows = [x] * 3 if shared else x

    codes = together.encode(x)
    assert codes.shape == (3, 5, 4)
    output = together.decode(codes[..., :2])
    expected = [n.decode(n.encode(r)[:, :2]) for n, r in zip(alone, rows, strict=True)]
    assert_close(output, torch.stack(expected))

    output.square().sum().backward()
    sum(e.square().sum() for e in expected).backward()
    for k, network in enumerate(alone):
        gradients = [p.grad[k] for p in together.parameters()]
        assert_close(gradients, [p.grad for p in network.parameters()])


@all_experts
def test_experts_predict_in_threads(together, alone):
    torch.manual_seed(0)
    experts = together().eval()
    x = torch.rand(64, 64)

    def predict(_):
        with torch.inference_mode():
            return experts.decode(experts.encode(x)[..., :2])

    expected = predict(None)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            at_once = list(pool.map(predict, range(200)))
    finally:
        sys.setswitchinterval(interval)
    assert all(torch.equal(result, expected) for result in at_once)


@all_experts
@pytest.mark.parametrize("duplicate", [copy.deepcopy, pickled], ids=["copy", "pickle"])
def test_copies_of_experts_have_weights_of_their_own(together, alone, duplicate):
    experts, x = together(), torch.rand(5, 64)
    twin = duplicate(experts)
    before = experts.encode(x)
    assert torch.equal(twin.encode(x), before)
    with torch.no_grad():
        for parameter in twin.parameters():
            parameter.zero_()
    assert torch.equal(experts.encode(x), before)
    assert (twin.encode(x) == 0).all()


@all_experts
def test_experts_start_as_different_autoencoders_do(together, alone):
    torch.manual_seed(0)
    together = together()
    torch.manual_seed(0)
    first = next(alone().parameters())
    weight = next(together.parameters())
    assert weight.shape == (3, *first.shape)
    assert weight.std().item() == pytest.approx(first.std().item(), rel=0.2)
    assert not torch.equal(weight[0], weight[1])


def test_draws_have_the_mean_and_the_variance():
    torch.manual_seed(0)
    mean, log_var = split_normal(torch.tensor([1.0, -2.0, 0.0, 1.0]).repeat(20000, 1))
    draws = draw_normal(mean, log_var)
    assert_close(draws.mean(0), torch.tensor([1.0, -2.0]), atol=0.05, rtol=0)
    assert_close(
        draws.var(0),
        torch.tensor([1.0, 1.0]).exp() ** torch.tensor([0, 1]),
        atol=0.1,
        rtol=0,
    )
    assert split_normal(torch.tensor([[0.0, 1e9]]))[1].exp().isfinite().all()


def test_a_log_variance_is_bounded_and_comes_back_from_beyond_the_bounds():
    values = torch.tensor([-1e9, -10.5, -10.0, 0.3, 10.0, 10.5, 1e9])
    output = torch.stack([torch.zeros(7), values], 1).requires_grad_()
    log_var = split_normal(output)[1]
    bounded = torch.tensor([-10.0, -10.0, -10.0, 0.3, 10.0, 10.0, 10.0])
    assert torch.equal(log_var[:, 0], bounded)
    log_var.sum().backward()
    assert torch.equal(output.grad, torch.tensor([0.0, 1.0]).repeat(7, 1))

    lost = torch.tensor([[0.0, 30.0]], requires_grad=True)
    descent = torch.optim.SGD([lost], lr=1.0)
    for _ in range(100):
        descent.zero_grad()
        (split_normal(lost)[1] - 2.0).square().mul(0.1).sum().backward()
        descent.step()
    assert lost[0, 1].item() == pytest.approx(2.0)
