"""Tests of deep subspace clustering."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import adjusted_rand_score
from torch.testing import assert_close

from skdeepcluster import Autoencoder, DSCNet
from skdeepcluster.losses import self_expression
from skdeepcluster.subspace._dscnet import largest_of_rows


def subspaces(n_each=60, noise=0.0):
    """Return rows in three random planes of a space of twelve dimensions."""
    rng = np.random.default_rng(0)
    rows = [rng.normal(size=(n_each, 2)) @ rng.normal(size=(2, 12)) for _ in range(3)]
    X = np.concatenate(rows)
    return X + noise * rng.normal(size=X.shape), np.repeat(np.arange(3), n_each)


# Losses


def codes():
    generator = torch.Generator().manual_seed(0)
    return torch.randn(30, 4, generator=generator, dtype=torch.float64)


def test_the_coefficients_minimise_what_they_are_to_minimise():
    Z = codes()
    A, P = self_expression(Z, 0.3)
    weight = 0.3 / 4 * Z.square().sum()
    C = (Z @ A @ Z.T).requires_grad_()
    objective = (Z - C @ Z).square().sum() + weight * C.square().sum()
    (gradient,) = torch.autograd.grad(objective, C)
    assert_close(gradient, torch.zeros_like(C), atol=1e-11, rtol=0)
    assert_close(C @ Z, Z @ P)
    assert_close(objective, weight * P.trace())


def test_a_small_ridge_projects_on_the_directions_of_the_codes():
    Z = codes()
    Z[:, 2:] = Z[:, :2] @ torch.tensor([[1.0, 2.0], [0.5, -1.0]]).to(Z)
    P = self_expression(Z, 1e-10)[1]
    assert P.trace().item() == pytest.approx(2)
    assert_close(Z @ P, Z, atol=1e-4, rtol=0)


def test_rows_of_independent_subspaces_express_their_own_alone():
    X, y = subspaces()
    Z = torch.from_numpy(X)
    C = (Z @ self_expression(Z, 1e-8)[0] @ Z.T).abs().numpy()
    is_own = y[:, None] == y
    assert C[~is_own].max() < 1e-6
    assert C[is_own].mean() > 1e-2


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_the_scale_of_the_codes_does_not_matter(scale):
    assert_close(
        self_expression(scale * codes(), 0.1)[1], self_expression(codes(), 0.1)[1]
    )


def test_codes_of_zeros_express_nothing():
    assert_close(self_expression(torch.zeros(5, 3), 0.1)[1], torch.zeros(3, 3))


def test_the_largest_of_a_row_make_a_share_of_its_sum():
    values = np.array([[4.0, 1.0, 3.0, 2.0], [1.0, 0.0, 0.0, 0.0]])
    for share, kept in [(0.4, [4, 0, 0, 0]), (0.41, [4, 0, 3, 0]), (1.0, values[0])]:
        np.testing.assert_array_equal(
            largest_of_rows(values, share), [kept, [1, 0, 0, 0]]
        )


# The method

# An encoder of no hidden layers keeps subspaces.
LINEAR = Autoencoder(12, (), max_epochs=100, lr=1e-2, batch_size=60, random_state=0)
SUBSPACES = DSCNet(
    3,
    autoencoder=LINEAR,
    ridge=1e-3,
    subspace_dim=2,
    batch_size=60,
    random_state=0,
)


@pytest.fixture(scope="module")
def model():
    return clone(SUBSPACES).fit(subspaces(noise=0.01)[0])


def test_finds_subspaces_where_kmeans_does_not(model):
    y = subspaces()[1]
    assert adjusted_rand_score(y, model.labels_) > 0.9
    assert adjusted_rand_score(y, model.initial_labels_) < 0.5


def test_the_history_has_both_terms(model):
    rows = [row for row in model.history_ if row["stage"] == "express"]
    assert len(rows) == model.max_epochs
    for row in rows:
        total = row["reconstruction"] + row["expression"]
        assert row["train_loss"] == pytest.approx(total, rel=1e-5)


def test_rows_that_the_others_do_not_express_score_low(model):
    X, _ = subspaces(noise=0.01)
    others = np.random.default_rng(1).normal(scale=X.std(), size=X.shape)
    assert model.score(others) < model.score(X)


def test_a_larger_weight_leaves_fewer_directions():
    X, _ = subspaces(noise=0.3)
    autoencoder = FrozenEstimator(clone(LINEAR).fit(X))

    def n_directions(weight):
        model = clone(SUBSPACES).set_params(
            autoencoder=autoencoder, expression_weight=weight, class_epochs=1
        )
        return model.fit(X).module_.expression.trace().item()

    assert n_directions(100.0) < n_directions(0.0) - 0.1


def test_many_rows_are_refused_before_anything_is_trained(monkeypatch):
    monkeypatch.setattr(Autoencoder, "_train", lambda *args: pytest.fail("trained"))
    with pytest.raises(ValueError, match=r"n_samples=10001.*3\.6 GB.*at most 10000"):
        DSCNet().fit(np.zeros((10_001, 2)))
