"""Tests of clustering by graphs of nearest neighbours."""

import numpy as np
import pytest
import scipy.sparse as sp
from estimators import PLAIN_CLUSTERERS, name
from sklearn.base import clone
from sklearn.datasets import load_digits, make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import KNeighborsTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from test_common import FURTHER_CHECKS

from skdeepcluster import GraphDegreeLinkage, LandmarkSpectralClustering, _neighbors
from skdeepcluster._neighbors import NeighborSearch, nearest, neighbor_graph
from skdeepcluster.graph._linkage import (
    DegreeLinkage,
    cut,
    edge_weights,
    first_neighbor_parts,
)
from skdeepcluster.metrics import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)

DIGITS, CLASSES = load_digits(return_X_y=True)
IMAGES = DIGITS[:600]


def groups(n_samples, distances, seed=0):
    """Return normal rows around points on a line, and the numbers of these."""
    centers = np.outer(distances, [1.0, 0.0])
    return make_blobs(n_samples, centers=centers, random_state=seed)


# scikit-learn's checks

pytestmark = [
    pytest.mark.filterwarnings(message)
    for message in (
        # The checks fit 10 to 20 random points with the default n_clusters=8.
        "ignore:n_clusters=.* were never there:sklearn.exceptions.ConvergenceWarning",
        "ignore:The graph has .* parts:sklearn.exceptions.ConvergenceWarning",
        "ignore:The graph has .* eigenv:sklearn.exceptions.ConvergenceWarning",
        "ignore:Number of distinct:sklearn.exceptions.ConvergenceWarning",
        "ignore:X (does not have valid|has) feature names:UserWarning",
    )
]


@parametrize_with_checks(PLAIN_CLUSTERERS, xfail_strict=True)
def test_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.parametrize("check", FURTHER_CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("estimator", PLAIN_CLUSTERERS, ids=name)
def test_scikit_learn_further(estimator, check):
    is_of_transformers = "output" in check.__name__ or "names_out" in check.__name__
    if not is_of_transformers or hasattr(estimator, "transform"):
        check(name(estimator), clone(estimator))


# What both have


@pytest.mark.parametrize("estimator", PLAIN_CLUSTERERS, ids=name)
def test_far_groups_are_found_and_predicted(estimator):
    X, y = groups(300, [0, 30, 80])
    model = clone(estimator).set_params(n_clusters=3).fit(X[:200])
    assert adjusted_rand_score(y[:200], model.labels_) == 1
    assert adjusted_rand_score(y[200:], model.predict(X[200:])) == 1
    assert model.labels_.dtype == model.predict(X).dtype == np.int32
    assert (np.diff(np.bincount(model.labels_)) <= 0).all()


@pytest.mark.parametrize("estimator", PLAIN_CLUSTERERS, ids=name)
@pytest.mark.parametrize("form", [sp.csr_array, sp.csr_matrix, sp.csc_array])
def test_sparse_rows_have_the_labels_of_dense_ones(estimator, form):
    X = DIGITS[:400]
    model = clone(estimator).set_params(n_clusters=10)
    dense = model.fit_predict(X)
    assert adjusted_rand_score(dense, model.fit_predict(form(X))) > 0.99
    np.testing.assert_array_equal(model.predict(form(X)), model.predict(X))


@pytest.mark.parametrize("estimator", PLAIN_CLUSTERERS, ids=name)
@pytest.mark.parametrize("factor", [1e-6, 255.0])
def test_the_unit_of_the_data_does_not_matter(estimator, factor):
    X = DIGITS[:400]
    model = clone(estimator).set_params(n_clusters=10)
    labels = model.fit_predict(X)
    assert adjusted_rand_score(labels, model.fit_predict(X * factor)) > 0.99


@pytest.mark.parametrize("estimator", PLAIN_CLUSTERERS, ids=name)
def test_more_clusters_than_rows_are_refused(estimator):
    with pytest.raises(ValueError, match=r"n_samples=5 should be >= n_clusters=8"):
        clone(estimator).fit(np.eye(5))


@pytest.mark.parametrize("estimator", PLAIN_CLUSTERERS, ids=name)
def test_equal_rows_do_no_harm(estimator):
    X, y = groups(60, [0, 30, 80])
    X, y = np.repeat(X, 20, axis=0), np.repeat(y, 20)
    model = clone(estimator).set_params(n_clusters=3).fit(X)
    assert adjusted_rand_score(y, model.labels_) == 1


# Nearest neighbours


def test_neighbors_are_sorted_by_distance_and_index():
    X = np.array([[0.0], [1.0], [-1.0], [0.0], [3.0]])
    found = neighbor_graph(X, 3)
    assert found.indices.reshape(5, 3).tolist() == [
        [3, 1, 2],
        [0, 3, 2],
        [0, 3, 1],
        [0, 1, 2],
        [1, 0, 3],
    ]
    assert found.data[:3].tolist() == [0, 1, 1]


def test_a_row_has_no_more_neighbors_than_there_are_others():
    assert neighbor_graph(np.eye(3), 5).nnz == 6
    assert neighbor_graph(np.eye(1), 5).nnz == 0


@pytest.mark.parametrize("far", [0.0, 1e3])
def test_equal_rows_have_the_distance_0(far):
    X = np.random.default_rng(0).normal(size=(50, 20)) + far
    search = NeighborSearch(1).fit(X)
    np.testing.assert_array_equal(search.transform(X).data, 0)
    np.testing.assert_array_equal(search.transform(X).indices, np.arange(50))
    np.testing.assert_array_equal(neighbor_graph(np.repeat(X, 2, 0), 1).data, 0)


def test_a_transformer_finds_the_same():
    X = np.random.default_rng(0).normal(size=(300, 20))
    ours = neighbor_graph(X, 10)
    theirs = neighbor_graph(X, 10, KNeighborsTransformer(n_neighbors=15))
    np.testing.assert_array_equal(ours.indices, theirs.indices)
    np.testing.assert_allclose(ours.data, theirs.data)
    few = neighbor_graph(X, 10, KNeighborsTransformer(n_neighbors=5))
    assert set(np.diff(few.indptr)) == {5}


def test_another_transformer_is_refused():
    with pytest.raises(ValueError, match=r"neighbors=StandardScaler\(\) gave.*\(20, 4"):
        GraphDegreeLinkage(2, neighbors=StandardScaler()).fit(np.eye(20)[:, :4])


@pytest.fixture
def long_search(monkeypatch):
    """Make each search a long one."""
    monkeypatch.setattr(_neighbors, "_QUICK", 0)


def wide_rows(n_dimensions):
    """Return 500 rows of 200 features that vary in some dimensions and little else."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, n_dimensions)) @ rng.normal(size=(n_dimensions, 200))
    return X + 0.1 * rng.normal(size=X.shape)


def test_a_long_search_finds_the_neighbors_among_candidates(long_search):
    X = wide_rows(10)
    search = NeighborSearch(10)
    found = search.fit_transform(X)
    assert search._projection is not None
    exact = nearest(KNeighborsTransformer(n_neighbors=11).fit_transform(X), 11)
    exact = exact.indices.reshape(500, 11)[:, 1:]
    both = [
        np.isin(*rows).mean()
        for rows in zip(exact, found.indices.reshape(500, 10), strict=True)
    ]
    assert np.mean(both) > 0.95
    np.testing.assert_array_equal(search.transform(X[:5]).indices[::10], np.arange(5))


def test_a_long_search_is_exact_if_candidates_miss_too_much(long_search):
    search = NeighborSearch(10).fit(np.random.default_rng(0).normal(size=(300, 300)))
    assert search._projection is None


# Graph degree linkage


def affinity(W, a, b):
    """Return A of two clusters from the matrix formula."""
    W = W.toarray()
    to, back = W[np.ix_(a, b)], W[np.ix_(b, a)]
    one_way = np.ones(len(a)) @ to @ back @ np.ones(len(a)) / len(a) ** 2
    return one_way + np.ones(len(b)) @ back @ to @ np.ones(len(b)) / len(b) ** 2


def test_three_rows_have_the_affinities_computed_by_hand():
    W = sp.csr_array([[0, 1, 0], [1, 0, 0.5], [0, 0.5, 0]])
    tree = DegreeLinkage(W, np.arange(3)).run()
    assert [sorted(pair) for pair in tree.children] == [[0, 1], [2, 3]]
    assert tree.affinities == [2, 5 / 16]


@pytest.mark.parametrize("seed", range(5))
def test_each_merge_has_the_largest_affinity_of_the_matrix_formula(seed):
    rng = np.random.default_rng(seed)
    W = sp.csr_array(rng.random((40, 40)) * (rng.random((40, 40)) < 0.15))
    W.setdiag(0)
    W.eliminate_zeros()
    labels = np.append(np.arange(30), rng.integers(30, size=10))
    tree = DegreeLinkage(W, labels).run()
    nodes = {leaf: np.flatnonzero(labels == leaf) for leaf in range(30)}
    for i, ((a, b), value) in enumerate(
        zip(tree.children, tree.affinities, strict=True)
    ):
        others = [(c, d) for c in nodes for d in nodes if c < d]
        largest = max(affinity(W, nodes[c], nodes[d]) for c, d in others)
        assert value == pytest.approx(largest, rel=1e-12)
        assert value == pytest.approx(affinity(W, nodes[a], nodes[b]), rel=1e-12)
        nodes[30 + i] = np.append(nodes.pop(a), nodes.pop(b))
    # It goes on as long as it can.
    for a in nodes:
        assert all(affinity(W, nodes[a], nodes[b]) == 0 for b in nodes if a != b)


def test_in_a_complete_graph_the_largest_clusters_merge():
    W = sp.csr_array(0.5 * (1 - np.eye(10)))
    tree = DegreeLinkage(W, np.repeat(np.arange(4), [4, 3, 2, 1])).run()
    assert tree.affinities == pytest.approx([0.25 * 7, 0.25 * 9, 0.25 * 10])


def test_local_weights_have_the_scale_of_the_neighbor_in_the_middle():
    found = neighbor_graph(np.array([[0.0], [1.0], [3.0], [6.0], [10.0]]), 4)
    W = edge_weights(found, "local").toarray()
    expected = np.exp(-np.array([1, 9, 36, 100]) / (2 * 9)) / 3
    np.testing.assert_allclose(W[0, 1:], expected)


def test_the_global_scale_is_doubled_until_each_row_has_a_weight():
    X = np.append(np.random.default_rng(0).normal(size=500), 1e3)[:, None]
    W = edge_weights(neighbor_graph(X, 5), "global")
    assert 1e-5 <= W.max(1).toarray().min() < 1e-2


def test_leaves_are_the_parts_of_first_neighbors():
    found = neighbor_graph(np.array([[0.0], [1.0], [3.0], [10.0], [10.5]]), 2)
    assert first_neighbor_parts(found).tolist() == [0, 0, 0, 1, 1]


def test_the_cut_is_the_last_level_with_enough_large_clusters():
    # Sizes 3, 3, 1, 3, 1 merge to 6, 7, 4 and 11.
    children = np.array([[0, 1], [2, 5], [3, 4], [6, 7]])
    sizes = np.array([3, 3, 1, 3, 1])
    assert cut(children, sizes, 2, 3).tolist() == [0, 0, 0, 1, 1]
    assert cut(children, sizes, 3, 3).tolist() == [0, 1, -1, 2, -1]
    assert cut(children, sizes, 3, 1).tolist() == [0, 0, 0, 1, 2]
    assert cut(children, sizes, 4, 3) is None
    assert cut(children[:0], sizes, 3, 3).tolist() == [0, 1, -1, 2, -1]


@pytest.mark.parametrize("scale", ["local", "global"])
def test_the_labels_follow_a_permutation_of_the_rows(scale):
    X, _ = make_blobs(400, centers=6, cluster_std=1.5, random_state=0)
    model = GraphDegreeLinkage(6, scale=scale)
    order = np.random.default_rng(0).permutation(400)
    labels = model.fit_predict(X)
    assert adjusted_rand_score(labels[order], model.fit_predict(X[order])) == 1


def triangle(side, seed):
    """Return three groups of 200 rows, and two pairs of rows far from them."""
    rng = np.random.default_rng(seed)
    corners = np.array([[0, 0], [side, 0], [side / 2, side * 3**0.5 / 2]])
    X = np.repeat(corners, 200, axis=0) + rng.normal(size=(600, 2))
    noise = [[60, 0], [60, 0.1], [0, 60], [0, 60.1]]
    return np.append(X, noise, axis=0), np.repeat(np.arange(3), 200)


@pytest.mark.parametrize("seed", [0, 1])
def test_far_pairs_do_not_use_up_the_clusters(seed):
    X, y = triangle(5, seed)
    model = GraphDegreeLinkage(3, n_neighbors=10)
    assert adjusted_rand_score(y, model.fit_predict(X)[:600]) > 0.9
    model.set_params(min_share=0).fit(X)
    assert np.bincount(model.labels_).tolist() == [600, 2, 2]


def test_parts_that_are_as_many_as_clusters_need_no_warning():
    X, y = triangle(8, 0)
    model = GraphDegreeLinkage(3, n_neighbors=10).fit(X)
    assert model.n_leaves_ - len(model.children_) > 3
    assert adjusted_rand_score(y, model.labels_[:600]) > 0.99


def test_more_parts_than_clusters_are_merged_by_their_means():
    X, y = groups(400, [0, 30, 100, 130])
    model = GraphDegreeLinkage(2)
    with pytest.warns(ConvergenceWarning, match="has 4 parts, more than n_clusters=2"):
        model.fit(X)
    assert adjusted_rand_score(y // 2, model.labels_) == 1
    with pytest.warns(ConvergenceWarning, match="has 4 parts"):
        sparse = clone(model).fit_predict(sp.csr_array(X))
    np.testing.assert_array_equal(sparse, model.labels_)


def test_two_far_groups_are_left_when_the_merges_end():
    X, _ = groups(100, [0, 1000])
    with pytest.warns(ConvergenceWarning, match="has 2 parts, more than n_clusters=1"):
        model = GraphDegreeLinkage(1).fit(X)
    assert model.n_leaves_ - len(model.children_) == 2
    assert set(model.labels_) == {0}


def test_a_least_size_that_cannot_be_is_halved():
    X, _ = groups([80, 10, 10], [0, 30, 60])
    model = GraphDegreeLinkage(3, min_share=1)
    with pytest.warns(ConvergenceWarning, match="clusters of 33 rows.*min_share=1"):
        model.fit(X)
    assert set(model.labels_) == {0, 1, 2}


def test_fewer_leaves_than_clusters_give_way_to_rows():
    X = np.linspace(0, 1, 10)[:, None] ** 2
    model = GraphDegreeLinkage(5).fit(X)
    assert model.n_leaves_ == 10
    assert len(set(model.labels_)) == 5


def test_rows_without_a_way_to_a_cluster_go_to_the_nearest():
    X, _ = groups(300, [0, 30])
    X = np.append(X, [[40.0, 0.0], [40.0, 0.1], [40.1, 0.0]], axis=0)
    model = GraphDegreeLinkage(2, n_neighbors=2, min_share=0.5)
    labels = model.fit(X).labels_
    assert set(labels[300:]) == set(model.predict([[30, 0]]))


def test_the_tree_has_the_form_of_agglomerative_clustering():
    model = GraphDegreeLinkage(10).fit(DIGITS)
    assert model.leaf_labels_.max() + 1 == model.n_leaves_
    n_merges = len(model.children_)
    assert (model.children_.max(1) < model.n_leaves_ + np.arange(n_merges)).all()
    assert len(np.unique(model.children_)) == 2 * n_merges
    assert model.distances_.shape == (n_merges,)
    assert (model.distances_ > 0).all()


@pytest.mark.parametrize(
    ("n_samples", "n_clusters", "n_neighbors"),
    [(1797, 10, 20), (1797, 2, 20), (700, 10, 13), (50, 8, 5), (4, 2, 3)],
)
def test_the_number_of_neighbors_follows_the_rows_of_a_cluster(
    n_samples, n_clusters, n_neighbors
):
    model = GraphDegreeLinkage(n_clusters).fit(DIGITS[:n_samples])
    assert model.n_neighbors_ == n_neighbors


@pytest.mark.parametrize("scale", ["local", "global"])
def test_digits_are_found(scale):
    model = GraphDegreeLinkage(10, n_neighbors=20, scale=scale)
    scaled = make_pipeline(StandardScaler(with_std=False), Normalizer(), model)
    labels = scaled.fit_predict(DIGITS)
    assert clustering_accuracy_score(CLASSES, labels) > 0.88
    assert normalized_mutual_info_score(CLASSES, labels) > 0.87
    assert adjusted_rand_score(labels, scaled.predict(DIGITS)) > 0.95


def test_a_transformer_finds_the_neighbors_of_new_rows_too():
    X = DIGITS[:600]
    ours = GraphDegreeLinkage(10, n_neighbors=10).fit(X)
    search = KNeighborsTransformer(n_neighbors=10)
    theirs = GraphDegreeLinkage(10, n_neighbors=10, neighbors=search).fit(X)
    np.testing.assert_array_equal(ours.labels_, theirs.labels_)
    new = DIGITS[600:]
    assert adjusted_rand_score(ours.predict(new), theirs.predict(new)) > 0.95


# Landmark-based spectral clustering


def embedding_matrix(model, X):
    """Return Z D^{-1/2} as a dense matrix."""
    Z = model._weights(X).toarray()
    return Z, Z * Z.sum(0) ** -0.5


@pytest.fixture(scope="module")
def landmark_model():
    return LandmarkSpectralClustering(10, random_state=0).fit(IMAGES)


def test_weights_sum_to_1_and_the_first_vector_is_constant(landmark_model):
    Z, normalized = embedding_matrix(landmark_model, IMAGES)
    assert set((Z > 0).sum(1)) == {5}
    np.testing.assert_allclose(Z.sum(1), 1)
    assert np.linalg.svd(normalized, compute_uv=False)[0] == pytest.approx(1, abs=1e-12)
    first = Z @ landmark_model._map[:, 0]
    np.testing.assert_allclose(first, len(IMAGES) ** -0.5, rtol=1e-6)


def test_the_embedding_has_the_rows_of_the_singular_vectors(landmark_model):
    _, normalized = embedding_matrix(landmark_model, IMAGES)
    vectors = np.linalg.svd(normalized, full_matrices=False)[0][:, :13]
    expected = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    embedding = landmark_model.transform(IMAGES)
    signs = np.sign((expected * embedding).sum(0))
    np.testing.assert_allclose(embedding, expected * signs, atol=1e-8)


def test_the_embedding_has_the_eigenvectors_of_the_affinity():
    X = DIGITS[:300]
    model = LandmarkSpectralClustering(3, n_eigenvectors=4, random_state=0).fit(X)
    Z, normalized = embedding_matrix(model, X)
    W = normalized @ normalized.T
    np.testing.assert_allclose(W.sum(1), 1)
    Y = Z @ model._map
    values = (Y * (W @ Y)).sum(0)
    np.testing.assert_allclose(values, np.linalg.eigvalsh(W)[:-5:-1])
    np.testing.assert_allclose(W @ Y, values * Y, atol=1e-10)


def test_a_row_alone_has_its_place_to_the_last_bit(landmark_model):
    alone = np.vstack([landmark_model.transform(row[None]) for row in IMAGES[:20]])
    np.testing.assert_array_equal(alone, landmark_model.transform(IMAGES)[:20])


def test_the_labels_are_those_predicted(landmark_model):
    labels = landmark_model.predict(IMAGES)
    np.testing.assert_array_equal(labels, landmark_model.labels_)


def test_the_embedding_keeps_float32():
    X = DIGITS[:200].astype(np.float32)
    model = LandmarkSpectralClustering(3, random_state=0).fit(X)
    assert model.transform(X).dtype == np.float32


def test_parts_of_the_graph_are_clusters():
    X, y = groups(600, [0, 50, 100])
    model = LandmarkSpectralClustering(3, n_eigenvectors=3, random_state=0).fit(X)
    _, normalized = embedding_matrix(model, X)
    values = np.linalg.svd(normalized, compute_uv=False)
    np.testing.assert_allclose(values[:3], 1)
    assert values[3] < 1 - 1e-6
    assert adjusted_rand_score(y, model.labels_) == 1


@pytest.mark.parametrize("seed", range(2))
def test_digits_are_found_by_landmarks(seed):
    labels = LandmarkSpectralClustering(10, random_state=seed).fit_predict(DIGITS)
    assert clustering_accuracy_score(CLASSES, labels) > 0.87
    assert normalized_mutual_info_score(CLASSES, labels) > 0.86


def test_equal_rows_leave_fewer_eigenvectors():
    X = np.repeat(np.eye(4), 25, axis=0)
    model = LandmarkSpectralClustering(4, n_eigenvectors=6, random_state=0)
    with pytest.warns(ConvergenceWarning, match="has 4 eigenvectors, not .*=6"):
        model.fit(X)
    assert model.transform(X).shape == (100, 4)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_landmarks": 5}, r"n_landmarks=5 should be >= n_clusters=8"),
        ({"n_eigenvectors": 60}, r"n_eigenvectors=60 should be <= 50.*n_samples=50"),
        ({"n_landmarks": 9, "n_eigenvectors": 10}, r"n_eigenvectors=10.* <= 9"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(params, message):
    with pytest.raises(ValueError, match=message):
        LandmarkSpectralClustering(**params).fit(DIGITS[:50])
