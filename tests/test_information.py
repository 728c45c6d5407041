"""Tests of information maximisation: IMSAT, its losses, and what it is made of."""

import math

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import KNeighborsTransformer
from torch import nn

from skdeepcluster import IMSAT, _neighbors
from skdeepcluster._neighbors import neighbor_distances
from skdeepcluster.losses import (
    adversarial_direction,
    entropy,
    kl_divergence,
    size_divergence,
)
from skdeepcluster.modules import mlp, running_statistics_kept

X, Y = make_blobs(
    [60, 30, 30], centers=[[0, 0], [0, 8], [8, 0]], random_state=0, shuffle=False
)
X = X.astype(np.float32) / 8

SMALL = IMSAT(
    3,
    n_init=3,
    init_epochs=2,
    hidden_layer_sizes=(32,),
    max_epochs=20,
    batch_size=30,
    random_state=0,
)


@pytest.fixture(scope="module")
def imsat():
    return clone(SMALL).fit(X)


# Losses


def information(p):
    log_p = torch.tensor(p).log().clamp_min(-100)
    uniform = torch.full_like(log_p[0], 1 / len(log_p[0])).log()
    marginal = uniform.exp().reciprocal().log()[0] - size_divergence(log_p, uniform)
    return (marginal - entropy(log_p).mean()).item()


def test_information_is_that_of_sure_and_balanced_clusters_at_most():
    assert_allclose(information(np.eye(4)[[0, 1, 2, 3, 0, 1, 2, 3]]), math.log(4))
    assert_allclose(information(np.full((8, 4), 0.25)), 0, atol=1e-12)
    assert_allclose(information(np.eye(4)[[1, 1, 1]]), 0, atol=1e-12)


def test_the_divergence_of_the_sizes_is_from_the_prior():
    log_p = torch.tensor([[0.9, 0.1], [0.5, 0.5]]).log()
    share = np.array([0.7, 0.3])
    prior = np.array([0.6, 0.4])
    expected = (share * np.log(share / prior)).sum()
    assert_allclose(size_divergence(log_p, torch.tensor(prior).log()), expected, 1e-6)
    assert abs(size_divergence(log_p, torch.tensor(share).log())) < 1e-7


def softmax_regression(n_features=5, n_clusters=4):
    torch.manual_seed(0)
    layer = nn.Linear(n_features, n_clusters).double().requires_grad_(False)
    x = torch.randn(3, n_features, dtype=torch.float64)
    p = layer(x).softmax(1)
    w = layer.weight
    fisher = torch.stack([w.T @ (q.diag() - q.outer(q)) @ w for q in p])
    return lambda rows: layer(rows).log_softmax(1), x, p, fisher


def test_the_adversarial_direction_is_the_first_eigenvector_of_the_fisher_matrix():
    log_assign, x, p, fisher = softmax_regression()
    reach = torch.full((3,), 1e-3, dtype=torch.float64)
    direction = adversarial_direction(log_assign, x, p, reach, n_steps=200)
    first = torch.linalg.eigh(fisher)[1][:, :, -1]
    assert_allclose(direction.norm(dim=1), 1)
    assert ((direction * first).sum(1).abs() > 0.999).all()


def test_the_loss_of_a_small_perturbation_is_half_its_fisher_length():
    log_assign, x, p, fisher = softmax_regression()
    r = 1e-3 * torch.randn_like(x)
    loss = kl_divergence(p, log_assign(x + r))
    assert_allclose(loss, 0.5 * torch.einsum("ni,nij,nj->n", r, fisher, r), rtol=1e-2)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_changes_no_prediction_has_no_direction(dtype):
    x = torch.randn(3, 5, dtype=dtype)
    p = torch.full((3, 4), 0.25, dtype=dtype)

    def constant(rows):
        return (0 * rows[:, :4]).log_softmax(1)

    direction = adversarial_direction(constant, x, p, torch.ones(3, dtype=dtype))
    assert_array_equal(direction, 0)
    # However small the changes of the prediction are.
    direction = adversarial_direction(
        lambda rows: (1e-9 * rows[:, :4]).log_softmax(1),
        x,
        constant(x).exp(),
        torch.ones(3, dtype=dtype),
    )
    lengths = direction.norm(dim=1)
    assert (torch.isclose(lengths, torch.ones(3, dtype=dtype)) | (lengths == 0)).all()


# Batch normalisation


def test_statistics_are_kept_where_rows_are_none_of_the_data():
    torch.manual_seed(0)
    network, x = mlp([4, 8, 8, 2], batch_norm=True), torch.randn(10, 4)
    norm = network[1]
    before = {k: v.clone() for k, v in network.state_dict().items()}
    with running_statistics_kept(network):
        inside = network(3 * x + 1)
    for key, value in network.state_dict().items():
        assert_array_equal(value, before[key])
    assert_array_equal(inside.detach(), network(3 * x + 1).detach())
    assert norm.running_mean.any()
    assert norm.num_batches_tracked == 1
    with pytest.raises(RuntimeError), running_statistics_kept(network):
        raise RuntimeError
    assert norm.track_running_stats
    network.eval()
    expected = network(x)
    with running_statistics_kept(network):
        assert_array_equal(network(x).detach(), expected.detach())


# Distances


def test_distances_are_those_of_a_neighbour(monkeypatch):
    rows = np.array([[0.0], [1.0], [3.0], [7.0]])
    assert_allclose(neighbor_distances(rows, 2), [3, 2, 3, 6])
    assert_allclose(neighbor_distances(rows, 9), [7, 6, 4, 7])
    exact = KNeighborsTransformer(n_neighbors=2)
    assert_allclose(neighbor_distances(rows, 2, exact), [3, 2, 3, 6])
    assert_allclose(neighbor_distances(rows[:1], 2), [0])
    monkeypatch.setattr(_neighbors, "_MOST_ROWS", 3)
    monkeypatch.setattr(_neighbors, "_N_ANCHORS", 4)
    assert_allclose(neighbor_distances(rows, 2), 3)


def test_copies_of_a_row_get_the_scale_of_the_others():
    rows = np.r_[X, np.repeat(X[:1], 20, axis=0)]
    distances = SMALL._distances(rows)
    assert_allclose(distances[-20:], np.median(SMALL._distances(X)), rtol=0.1)


def test_rows_that_are_all_equal_are_told_of():
    with pytest.warns(ConvergenceWarning) as caught:
        clone(SMALL).set_params(max_epochs=1).fit(np.ones((40, 2)))
    assert any("n_neighbors=10 that are equal" in str(w.message) for w in caught)


# IMSAT


def test_far_blobs_are_found(imsat):
    blobs, y = make_blobs(100, centers=[[0, 0], [9, 9]], random_state=0)
    found = clone(SMALL).set_params(n_clusters=2, n_init=5).fit(blobs / 9)
    assert adjusted_rand_score(y, found.labels_) == 1
    sizes = found.soft_predict(blobs / 9).mean(0)
    assert -(sizes * np.log(sizes)).sum() > 0.69
    assert adjusted_rand_score(Y, imsat.labels_) > 0.9


@pytest.mark.filterwarnings("ignore:.*clusters:sklearn.exceptions.ConvergenceWarning")
def test_the_start_with_the_lowest_loss_goes_on(imsat, monkeypatch):
    rows = [row for row in imsat.history_ if row["stage"] != "cluster"]
    names = [f"start {number}" for number in (1, 1, 2, 2, 3, 3)]
    assert [row["stage"] for row in rows] == names
    losses = [row["train_loss"] for row in rows[1::2]]
    # The starts are short: a cluster may be without rows yet.
    untrained = clone(SMALL).set_params(max_epochs=0).fit(X)
    best = int(np.argmin(losses))
    alone = []
    original = IMSAT._maximise

    def keep(self, run, *args):
        original(self, run, *args)
        alone.append(run.map(run.module.embed).numpy())

    monkeypatch.setattr(IMSAT, "_maximise", keep)
    clone(SMALL).set_params(max_epochs=0).fit(X)
    assert_array_equal(untrained.transform(X), alone[best])
    assert len(alone) == 4


def test_a_single_start_is_trained_at_once():
    single = clone(SMALL).set_params(n_init=1, max_epochs=10).fit(X)
    assert {row["stage"] for row in single.history_} == {"cluster"}
    row = single.history_[-1]
    terms = ["perturbation", "uncertainty", "imbalance"]
    assert_allclose(sum(row[term] for term in terms), row["train_loss"])


def test_without_perturbation_it_is_information_alone():
    alone = clone(SMALL).set_params(n_init=1, alpha=0.0, max_epochs=10).fit(X)
    assert alone.history_[-1]["perturbation"] == pytest.approx(0, abs=1e-6)


def test_clusters_to_start_from_are_learned_first():
    model = clone(SMALL).set_params(init=KMeans(3, n_init=3), init_epochs=50)
    model.set_params(max_epochs=0).fit(X)
    assert {row["stage"] for row in model.history_} == {"imitate"}
    assert adjusted_rand_score(model.initial_labels_, model.labels_) == 1


def test_a_prior_makes_clusters_of_its_sizes():
    rows = np.random.default_rng(0).random((200, 2), dtype=np.float32)
    shares = []
    for prior in (None, [1, 8, 1]):
        model = clone(SMALL).set_params(prior=prior, lam=1.0, lr=1e-2)
        shares.append(np.bincount(model.fit(rows).labels_) / 200)
    assert_allclose(shares[0], 1 / 3, atol=0.1)
    assert_allclose(shares[1], [0.8, 0.1, 0.1], atol=0.1)


def test_the_scale_of_the_data_hardly_matters(imsat):
    large = clone(SMALL).fit(20 * X)
    assert adjusted_rand_score(large.labels_, imsat.labels_) > 0.9


def test_a_finder_of_neighbours_is_left_as_it_is(imsat):
    finder = KNeighborsTransformer(n_neighbors=10)
    model = clone(SMALL).set_params(neighbors=finder).fit(X)
    assert not hasattr(finder, "n_samples_fit_")
    assert adjusted_rand_score(model.labels_, imsat.labels_) > 0.9


@pytest.mark.parametrize(
    ("params", "rows", "message"),
    [
        ({"batch_size": 5}, X, "batch_size=5 should be >= 6"),
        ({"batch_size": 2}, X, "batch_size"),
        ({"n_clusters": 1}, X[:1], "n_samples=1"),
        ({"prior": [1, 2]}, X, r"prior=\[1, 2\] should be n_clusters=3"),
        ({"prior": [1, 2, 0]}, X, "positive"),
    ],
)
def test_what_cannot_be_trained_is_refused(params, rows, message):
    with pytest.raises(ValueError, match=message):
        clone(SMALL).set_params(**params).fit(rows)
