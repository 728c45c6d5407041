"""Tests of the spectral methods, their layer and their losses."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy.linalg import eigh, qr
from scipy.spatial.distance import cdist
from sklearn.base import clone
from sklearn.cluster import SpectralClustering
from sklearn.datasets import load_digits, make_blobs, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import KNeighborsTransformer
from sklearn.preprocessing import normalize, scale
from torch.autograd import gradcheck

from skdeepcluster import Autoencoder, SpectralNet
from skdeepcluster.losses import (
    contrastive_loss,
    neighbor_affinity,
    neighbor_scale,
    pairwise_squared_distances,
    spectral_loss,
)
from skdeepcluster.metrics import normalized_mutual_info_score
from skdeepcluster.modules import OrthonormalLayer, mlp, orthonormal_factor
from skdeepcluster.spectral._base import estimate_sigma

X, Y = make_blobs(90, 6, centers=3, cluster_std=0.3, random_state=0)
X = scale(X).astype(np.float32)
SPECTRALNET = SpectralNet(
    3,
    n_neighbors=10,
    hidden_layer_sizes=(32, 32),
    max_epochs=100,
    batch_size=90,
    random_state=0,
)

seeds = st.integers(0, 2**32 - 1)


def mixed(seed, n=64, k=5):
    """Return normal draws with correlated columns, in double precision."""
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.normal(size=(n, k)) @ rng.normal(size=(k, k)))


def two_blobs(n=12):
    """Return a graph with Gaussian weights, and its Laplacian."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(n, 2)) + 3 * (np.arange(n) % 2)[:, None]
    affinity = np.exp(-cdist(points, points, "sqeuclidean") / 2)
    return torch.from_numpy(affinity), np.diag(affinity.sum(1)) - affinity


# The orthonormal layer


@given(seeds)
def test_the_factor_makes_columns_orthonormal_as_qr_does(seed):
    y = mixed(seed)
    made = (y @ orthonormal_factor(y)[0]).numpy()
    # The jitter of a millionth is what is left.
    condition = np.linalg.cond(y) ** 2
    assert_allclose(made.T @ made / 64, np.eye(5), atol=1e-5 * condition)
    expected = qr(y.numpy(), mode="economic")[0] * 8
    signs = np.sign((made * expected).sum(0))
    assert_allclose(made, expected * signs, atol=1e-4 * condition)


def test_the_factor_of_single_precision_is_computed_in_double():
    y = mixed(0).float()
    made = y @ orthonormal_factor(y)[0]
    assert made.dtype == torch.float32
    assert_allclose(made.T @ made / 64, np.eye(5), atol=1e-3)


@given(seeds)
def test_the_spectral_loss_is_invariant_to_linear_maps_of_the_outputs(seed):
    affinity = torch.rand(64, 64, dtype=torch.float64)
    affinity = affinity + affinity.T
    y, a = mixed(seed), mixed(seed + 1, n=5)

    def loss(y):
        return spectral_loss(y @ orthonormal_factor(y)[0], affinity)

    tolerance = 1e-5 * max(np.linalg.cond(y), np.linalg.cond(y @ a)) ** 2
    assert_allclose(loss(y @ a), loss(y), rtol=tolerance)
    y.requires_grad_()
    loss(y).backward()
    assert_allclose(y.grad.T @ y.detach(), 0, atol=10 * tolerance)


def test_with_a_fixed_factor_the_loss_falls_by_shrinking():
    affinity, y = two_blobs()[0], mixed(0, n=12, k=2)
    factor = orthonormal_factor(y)[0]
    halved = spectral_loss(y / 2 @ factor, affinity)
    assert_allclose(halved, spectral_loss(y @ factor, affinity) / 4)


def test_gradients_flow_through_the_factor():
    y = mixed(0, n=8, k=3).requires_grad_()
    assert gradcheck(lambda y: y @ orthonormal_factor(y)[0], y)


@pytest.mark.parametrize("n_independent", [1, 2])
def test_outputs_without_full_rank_have_a_factor(n_independent):
    y = torch.ones(64, 3)
    y[:, :n_independent] += torch.randn(64, n_independent).cumsum(0)
    assert torch.isfinite(y @ orthonormal_factor(y)[0]).all()


def test_batches_without_full_rank_are_counted():
    layer = OrthonormalLayer(3)
    layer(mixed(0, k=3).float())
    assert layer.n_jitter == 0
    layer(mixed(0, k=1).float().expand(64, 3))
    assert layer.n_jitter == 1


@pytest.mark.parametrize("value", [0.0, torch.nan, torch.inf])
def test_outputs_that_are_zero_or_not_finite_have_no_factor(value):
    assert orthonormal_factor(torch.full((8, 2), value))[0].isnan().any()


def test_after_training_the_layer_uses_the_factor_of_all_data():
    y = mixed(0).float()
    layer = OrthonormalLayer(5)
    layer.fit(y)
    layer.eval()
    made = layer(y)
    assert_allclose(made.T @ made / 64, np.eye(5), atol=1e-3)
    assert_array_equal(layer(y[:1]), made[:1])


# The losses


@pytest.mark.parametrize("k", [2, 3])
def test_the_least_spectral_loss_is_the_sum_of_the_smallest_eigenvalues(k):
    affinity, laplacian = two_blobs()
    values, vectors = eigh(laplacian)
    y = torch.from_numpy(np.sqrt(12) * vectors[:, :k])
    assert_allclose(spectral_loss(y, affinity), values[:k].sum(), atol=1e-12)
    differences = ((y[:, None] - y) ** 2).sum(-1)
    assert_allclose(spectral_loss(y, affinity), (affinity * differences).sum() / 24)


def test_minimising_the_loss_finds_the_eigenvectors():
    affinity, laplacian = two_blobs()
    values, vectors = eigh(laplacian)
    y = mixed(0, n=12, k=2).requires_grad_()
    optimizer = torch.optim.LBFGS([y], max_iter=500, line_search_fn="strong_wolfe")

    def embedding():
        return y @ orthonormal_factor(y)[0]

    def step():
        optimizer.zero_grad()
        loss = spectral_loss(embedding(), affinity)
        loss.backward()
        return loss

    optimizer.step(step)
    assert_allclose(step().item(), values[:2].sum(), rtol=1e-4)
    overlap = vectors[:, :2].T @ embedding().detach().numpy() / np.sqrt(12)
    assert 2 - (overlap**2).sum() < 1e-4


def test_the_diagonal_of_the_affinity_does_not_matter():
    affinity, y = two_blobs()[0], mixed(0, n=12, k=3)
    other = affinity + torch.diag(torch.arange(12))
    assert_allclose(spectral_loss(y, affinity), spectral_loss(y, other), rtol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_distances_far_from_the_origin_keep_their_precision(dtype):
    z = torch.randn(100, 3, dtype=dtype) + (100 if dtype == torch.float32 else 1e6)
    expected = cdist(z.double(), z.double(), "sqeuclidean")
    result = pairwise_squared_distances(z)
    assert_allclose(result, expected, rtol=1e-3, atol=1e-5)
    assert (result.diagonal() == 0).all()


@pytest.mark.parametrize(("place", "width"), [(1, 1e-3), (100, 1)], ids=str)
def test_distances_within_a_blob_are_exact_beside_another(place, width):
    blob = np.random.default_rng(0).normal(size=(50, 3))
    points = np.vstack([place + width * blob, -place + width * blob]).astype(np.float32)
    expected = cdist(points.astype(float), points.astype(float), "sqeuclidean")
    result = pairwise_squared_distances(torch.from_numpy(points))
    assert result.dtype == torch.float32
    assert_allclose(result, expected, rtol=1e-5)


@pytest.mark.parametrize("width", [1, 10, 784])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_points_that_coincide_have_a_distance_of_exactly_zero(dtype, width):
    points = torch.randn(200, width, dtype=dtype)
    i = torch.arange(200)
    assert (pairwise_squared_distances(points.repeat(2, 1))[i, i + 200] == 0).all()


def test_the_affinity_is_that_of_the_nearest_neighbors():
    z = np.random.default_rng(0).normal(size=(30, 2))
    distances = cdist(z, z)
    order = np.argsort(distances, axis=1)
    expected = np.zeros((30, 30))
    for i in range(30):
        for j in order[i, 1:4]:
            expected[i, j] = np.exp(-(distances[i, j] ** 2) / 0.5)
    squares = pairwise_squared_distances(torch.from_numpy(z))
    affinity = neighbor_affinity(squares, 4, torch.tensor(0.5))
    assert_allclose(affinity, (expected + expected.T) / 2, atol=1e-12)
    nearest = np.sort(distances, axis=1)[:, 1]
    assert_allclose(neighbor_scale(squares, 2), nearest, rtol=1e-6)


def test_points_that_coincide_have_an_affinity_of_one():
    squares = torch.zeros(4, 4)
    affinity = neighbor_affinity(squares, 4, torch.tensor(0.0))
    assert_array_equal(affinity, 1 - np.eye(4))


def test_the_contrastive_loss_is_zero_beyond_its_margins():
    near, far = torch.tensor([0.04, 0.25, 0.0]), torch.tensor([1.5, 1.0, 0.5])
    assert_allclose(contrastive_loss(near, far), [0, 0.04, 0.25], atol=1e-7)


# SpectralNet


@pytest.mark.parametrize("n_neighbors", [9, 30])
def test_the_network_finds_the_eigenvectors_of_the_moons(n_neighbors):
    points, y = make_moons(1000, noise=0.06, random_state=0)
    z = torch.from_numpy(scale(points).astype(np.float32))
    squares = pairwise_squared_distances(z)
    sigma = 4 * neighbor_scale(squares, 2).median()
    affinity = neighbor_affinity(squares, n_neighbors, 2 * sigma**2)
    weights = affinity.double().numpy()
    vectors = eigh(np.diag(weights.sum(1)) - weights)[1][:, :2]
    torch.manual_seed(0)
    network = mlp((2, 128, 128, 2))
    optimizer = torch.optim.Adam(network.parameters(), 3e-3)
    for _ in range(300):
        outputs = network(z)
        embedding = outputs @ orthonormal_factor(outputs)[0]
        optimizer.zero_grad()
        spectral_loss(embedding, affinity).backward()
        optimizer.step()
    overlap = vectors.T @ embedding.detach().numpy() / np.sqrt(1000)
    assert 2 - (overlap**2).sum() < 0.02


def test_moons_are_told_apart_and_so_are_unseen_ones():
    points, y = make_moons(1500, noise=0.06, random_state=0)
    model = clone(SPECTRALNET).set_params(
        n_clusters=2, hidden_layer_sizes=(128, 128), max_epochs=150, batch_size=500
    )
    model.fit(points[:1000])
    assert adjusted_rand_score(y[:1000], model.labels_) > 0.98
    assert adjusted_rand_score(y[1000:], model.predict(points[1000:])) > 0.98


def test_digits_are_clustered_as_well_as_by_the_exact_embedding():
    digits, y = load_digits(return_X_y=True)
    model = SpectralNet(
        10,
        hidden_layer_sizes=(256, 256, 128),
        max_epochs=100,
        batch_size=512,
        random_state=0,
    )
    assert normalized_mutual_info_score(y, model.fit_predict(digits / 16)) > 0.84


@pytest.mark.parametrize("scale_of", ["global", "local"])
@pytest.mark.parametrize("affinity", ["euclidean", "siamese"])
@pytest.mark.parametrize("start", [None, Autoencoder(2, (16,), max_epochs=20)])
def test_the_variants_find_the_blobs(start, affinity, scale_of):
    model = clone(SPECTRALNET).set_params(
        autoencoder=start,
        affinity=affinity,
        scale=scale_of,
        siamese_neighbors=10,
        siamese_epochs=50,
    )
    assert adjusted_rand_score(Y, model.fit_predict(X)) == 1
    stages = list(dict.fromkeys(row["stage"] for row in model.history_))
    expected = ["reconstruct"] * (start is not None)
    expected += ["siamese"] * (affinity == "siamese")
    assert stages == [*expected, "spectral"]


def test_a_frozen_autoencoder_is_left_as_it_is():
    autoencoder = Autoencoder(2, (16,), max_epochs=20, random_state=0).fit(X)
    codes = autoencoder.transform(X)
    model = clone(SPECTRALNET).set_params(autoencoder=FrozenEstimator(autoencoder))
    model.fit(X)
    assert_array_equal(autoencoder.transform(X), codes)
    for weight, own in zip(
        autoencoder.module_.parameters(),
        model.module_.autoencoder.parameters(),
        strict=True,
    ):
        assert_array_equal(weight, own)


def test_neighbors_may_come_from_any_transformer_to_a_graph():
    model = clone(SPECTRALNET).set_params(affinity="siamese", siamese_epochs=50)
    model.set_params(neighbors=KNeighborsTransformer(n_neighbors=10))
    assert adjusted_rand_score(Y, model.fit_predict(X)) == 1


def test_the_embedding_is_orthonormal_and_its_centers_are_those_of_kmeans():
    model = clone(SPECTRALNET).set_params(n_eigenvectors=3).fit(X)
    outputs = model.module_.map(torch.from_numpy(X))
    assert_allclose(outputs.T @ outputs / len(X), np.eye(3), atol=1e-2)
    embedding = model.transform(X).astype(float)
    assert_allclose(embedding, normalize(outputs), atol=1e-5)
    distances = cdist(embedding, model.cluster_centers_, "sqeuclidean")
    assert_array_equal(distances.argmin(1), model.labels_)
    assert_allclose(model.score_samples(X), -distances.min(1), rtol=1e-3, atol=1e-6)
    assert model.n_jitter_ == 0


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, 3),
        ({"n_clusters": 10}, 12),
        ({"n_clusters": 10, "batch_size": 22}, 11),
        ({"n_eigenvectors": 2}, 2),
    ],
)
def test_the_embedding_has_more_dimensions_than_clusters(params, expected):
    model = clone(SPECTRALNET).set_params(max_epochs=1, n_neighbors=3, **params).fit(X)
    assert model.transform(X).shape == (90, expected)
    assert model.cluster_centers_.shape == (model.n_clusters, expected)


def test_clusters_of_very_different_sizes_are_found():
    points, y = make_blobs([300, 60, 20], 4, cluster_std=0.3, random_state=1)
    model = clone(SPECTRALNET).set_params(batch_size=200, n_neighbors=6)
    assert adjusted_rand_score(y, model.fit_predict(scale(points))) > 0.95


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_as_many_clusters_as_half_a_batch_are_possible():
    model = clone(SPECTRALNET).set_params(n_clusters=16, batch_size=32, n_neighbors=3)
    model.fit(X)
    assert set(model.labels_) <= set(range(16))
    assert np.isfinite(model.transform(X)).all()


@pytest.mark.filterwarnings("ignore:.*clusters:sklearn.exceptions.ConvergenceWarning")
def test_outputs_that_lose_their_rank_are_named():
    model = clone(SPECTRALNET).set_params(lr=1.0, max_epochs=20)
    message = (
        r"nearly lost their rank in \d+ batches. Raise batch_size=90, or lower lr=1"
    )
    with pytest.warns(ConvergenceWarning, match=message):
        model.fit(X)


BAD_BATCHES = {
    "batch_size=5 should be >= 6, twice n_clusters=3": {"batch_size": 5},
    "batch_size=60 should be >= 80, twice n_eigenvectors=40": {
        "batch_size": 60,
        "n_eigenvectors": 40,
    },
    "n_neighbors=40 should be < batch_size=40": {"batch_size": 40, "n_neighbors": 40},
}


@pytest.mark.parametrize(
    ("message", "params"), BAD_BATCHES.items(), ids=["clusters", "width", "neighbors"]
)
def test_batches_that_are_too_small_are_refused(message, params):
    model = clone(SPECTRALNET).set_params(**params)
    with pytest.raises(ValueError, match=message):
        model.fit(X)
    assert not hasattr(model, "module_")


def test_a_graph_of_many_parts_is_named():
    centers = np.random.default_rng(0).normal(size=(9, 6)) * 100
    points = make_blobs(90, centers=centers, random_state=0)[0]
    model = clone(SPECTRALNET).set_params(n_neighbors=5, max_epochs=1)
    message = "has 9 parts, more than n_clusters=3.*Raise n_neighbors or batch_size"
    with pytest.warns(ConvergenceWarning, match=message):
        model.fit(scale(points))


def test_the_exact_embedding_gives_the_same_clusters():
    exact = SpectralClustering(
        3, affinity="nearest_neighbors", n_neighbors=40, random_state=0
    )
    assert adjusted_rand_score(exact.fit_predict(X), SPECTRALNET.fit(X).labels_) == 1


def test_rows_that_coincide_do_not_decide_on_the_scale():
    z = torch.cat([torch.zeros(60, 2), 3.0 * torch.arange(40)[:, None].repeat(1, 2)])
    assert estimate_sigma(z) == pytest.approx(3 * 2**0.5)
    assert estimate_sigma(torch.zeros(5, 2)) == 0
