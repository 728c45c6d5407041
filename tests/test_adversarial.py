"""Tests of the adversarial methods and of their losses."""

import math

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import load_digits, make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score

from skdeepcluster import ClusterGAN, InfoGAN
from skdeepcluster.losses import gradient_penalty, information_bound
from skdeepcluster.modules import critic_network, generator_network

X, Y = make_blobs(90, 6, centers=3, cluster_std=0.3, random_state=0)
X = X.astype(np.float32)
SMALL = {"hidden_layer_sizes": (32, 32), "lr": 3e-3, "random_state": 0}
MODELS = [
    ClusterGAN(3, max_epochs=60, batch_size=45, **SMALL),
    InfoGAN(3, max_epochs=100, batch_size=45, **SMALL),
]
both = pytest.mark.parametrize("model", MODELS, ids=lambda m: type(m).__name__)

pytestmark = pytest.mark.filterwarnings(
    "ignore:.* found . clusters:sklearn.exceptions.ConvergenceWarning"
)


@pytest.fixture(scope="module")
def fitted():
    return {type(model): clone(model).fit(X) for model in MODELS}


# Losses


@pytest.mark.parametrize(("length", "penalty"), [(1, 0), (2, 10)])
def test_a_critic_is_to_have_a_slope_of_one(length, penalty):
    slope = length * torch.tensor([0.6, 0.8])
    rows = torch.randn(2, 5, 2)
    found = 10 * gradient_penalty(lambda x: x @ slope, *rows, torch.rand(5, 1))
    assert_allclose(found, penalty, atol=1e-5)


def test_each_pair_has_its_own_share():
    real, drawn = torch.zeros(3, 2), torch.ones(3, 2)
    seen = []

    def critic(x):
        seen.append(x.detach())
        return x.sum(1)

    gradient_penalty(critic, real, drawn, torch.tensor([[0.0], [0.25], [1.0]]))
    assert_allclose(seen[0], [[1, 1], [0.75, 0.75], [0, 0]])


def test_the_best_linear_critic_of_two_points():
    """Its slope exceeds one by a twentieth of the distance, for a penalty of ten."""
    delta = 3.0
    real, drawn = torch.tensor([[delta]]), torch.zeros(1, 1)
    slope = torch.ones(1, requires_grad=True)
    optimizer = torch.optim.SGD([slope], lr=0.04)
    for _ in range(50):
        optimizer.zero_grad()

        def critic(x):
            return x @ slope

        distance = (critic(real) - critic(drawn)).mean()
        penalty = gradient_penalty(critic, real, drawn, torch.full((1, 1), 0.5))
        (10 * penalty - distance).backward()
        optimizer.step()
    assert_allclose(slope.item(), 1 + delta / 20, rtol=1e-5)
    assert_allclose(distance.item(), delta * (1 + delta / 20), rtol=1e-5)


def test_the_information_is_that_of_a_perfect_reader_at_most():
    classes = torch.arange(10)
    perfect = (100.0 * torch.eye(10)).log_softmax(1)
    assert_allclose(information_bound(perfect, classes), math.log(10), rtol=1e-6)
    constant = torch.zeros(10, 10).log_softmax(1)
    assert_allclose(information_bound(constant, classes), 0, atol=1e-6)


# Networks


@pytest.mark.parametrize("shape", [(1, 8, 8), (2, 7, 5), (1, 3, 1)])
@pytest.mark.parametrize("sizes", [(4,), (4, 6)])
def test_convolutions_draw_and_judge_images(shape, sizes):
    n_features = math.prod(shape)
    drawn = generator_network(3, sizes, n_features, shape)(torch.randn(5, 3))
    assert drawn.shape == (5, n_features)
    assert ((drawn >= 0) & (drawn <= 1)).all()
    critic = critic_network(n_features, sizes, 2, shape)
    assert critic(drawn).shape == (5, 2)


@both
def test_images_are_convolved(model):
    model = clone(model).set_params(max_epochs=1, hidden_layer_sizes=(4, 4))
    with pytest.warns(ConvergenceWarning):
        model.set_params(image_shape=(1, 2, 3)).fit(X)
    assert model.sample(2)[0].shape == (2, 6)


# Methods


@both
def test_clusters_that_are_apart_are_found(model, fitted):
    assert adjusted_rand_score(Y, fitted[type(model)].labels_) > 0.9


@both
def test_what_is_drawn_from_a_cluster_is_in_it(model, fitted):
    model = fitted[type(model)]
    drawn, clusters = model.sample(60)
    assert np.mean(model.predict(drawn) == clusters) > 0.9
    assert_array_equal(np.unique(clusters), [0, 1, 2])
    # Near the rows of that cluster, in their units.
    for k in range(3):
        center = model.sample(30, cluster=k)[0].mean(0)
        nearest = np.linalg.norm(X - center, axis=1).argmin()
        assert model.labels_[nearest] == k
    assert (drawn >= X.min(0) - 1e-4).all()
    assert (drawn <= X.max(0) + 1e-4).all()


@both
def test_draws_have_the_seed_of_the_estimator(model, fitted):
    model = fitted[type(model)]
    assert_array_equal(model.sample(3)[0], model.sample(3)[0])


@both
@pytest.mark.filterwarnings("ignore:X has")
def test_the_scale_of_the_data_does_not_count(model, fitted):
    other = clone(model).fit(1024 * X)  # a power of two is exact
    assert_array_equal(other.labels_, fitted[type(model)].labels_)
    assert_allclose(other.sample(3)[0], 1024 * fitted[type(model)].sample(3)[0], 1e-3)


@both
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_batches_of_a_single_row_are_taken(model):
    model = clone(model).set_params(max_epochs=1, batch_size=1)
    assert np.isfinite(model.fit(X[:7]).transform(X)).all()


@both
def test_both_sides_learn(model):
    before = clone(model).set_params(max_epochs=0).fit(X).module_.state_dict()
    with pytest.warns(ConvergenceWarning):
        after = clone(model).set_params(max_epochs=1).fit(X).module_.state_dict()
    networks = {name.split(".")[0] for name in after if name.endswith("weight")}
    opponents = networks & {"critic", "discriminator"}
    assert opponents
    for network in networks:
        layers = [k for k in after if k.startswith(network) and k.endswith("weight")]
        assert any(not torch.equal(before[k], after[k]) for k in layers)


@both
def test_a_collapse_is_told(model):
    model = clone(model).set_params(max_epochs=1, lr=1e-6)
    with pytest.warns(ConvergenceWarning, match=r"draws from its clusters has .* of"):
        model.fit(X)


def test_transform_gives_the_noise_and_the_class(fitted):
    model = fitted[ClusterGAN]
    Z = model.transform(X)
    assert Z.shape == (90, 33)
    assert_allclose(Z[:, 30:].sum(1), 1, rtol=1e-5)
    assert_array_equal(Z[:, 30:].argmax(1), model.labels_)


def test_digits():
    X, y = load_digits(return_X_y=True)
    settings = {"batch_size": 128, "max_epochs": 15, "random_state": 0}
    model = ClusterGAN(10, lr=1e-3, **settings).fit(X / 16)
    assert model.history_[-1]["distance"] < 0.5 * model.history_[0]["distance"]
    assert model.score(X / 16) > -1
    assert len(np.unique(model.labels_)) == 10
