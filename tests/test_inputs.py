"""What is asked of data, the same everywhere: finite answers, costs, containers."""

import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp
from estimators import AUTOENCODER, CLUSTERERS, ESTIMATORS, PLAIN_CLUSTERERS, name
from numpy.testing import assert_array_equal
from scipy.optimize import linear_sum_assignment
from sklearn.base import clone
from sklearn.cluster import KMeans
from test_contract import X, fitted, fresh, outputs
from test_contract import pytestmark as pytestmark

from skdeepcluster import KDAE, KDVAE, SpectralNet, VaDE
from skdeepcluster._labels import align, match
from skdeepcluster.inspection import (
    ClusterSizesDisplay,
    ConfusionDisplay,
    EmbeddingDisplay,
    SamplesDisplay,
    TopFeaturesDisplay,
    doubtful_members,
    top_features,
    typical_members,
)
from skdeepcluster.metrics import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
    purity_score,
)

all_estimators = pytest.mark.parametrize("estimator", ESTIMATORS, ids=name)
plain_clusterers = pytest.mark.parametrize("estimator", PLAIN_CLUSTERERS, ids=name)


# Answers are finite numbers

ANSWERS = [
    "predict",
    "soft_predict",
    "predict_log_proba",
    "transform",
    "score_samples",
    "score",
    "reconstruct",
]
NO_DATA = -np.finfo(np.float32).max  # of rasters


def with_one(value, dtype):
    """Return the data with a value in row 5."""
    rows = X.astype(dtype)
    rows[5, 2] = value
    return rows


@pytest.mark.parametrize(
    ("value", "dtype"), [(NO_DATA, "float32"), (1e200, "float64"), (1e25, "float32")]
)
@pytest.mark.parametrize("convert", [np.asarray, sp.csr_array], ids=["dense", "sparse"])
@all_estimators
def test_answers_are_finite_or_name_the_rows(estimator, value, dtype, convert):
    rows = with_one(value, dtype)
    largest = f"row 5, with absolute values up to {abs(rows).max():.8g}"
    model, rows = fitted(estimator), convert(rows)
    for method in filter(lambda method: hasattr(model, method), ANSWERS):
        try:
            answer = getattr(model, method)(rows)
        except ValueError as error:
            assert f"X has 1 rows of which {name(estimator)}" in str(error)
            assert largest in str(error)
        else:
            assert np.isfinite(answer).all()


@all_estimators
def test_a_row_with_a_huge_value_is_refused_in_fit(estimator):
    rows = with_one(NO_DATA, "float32")
    with pytest.raises(ValueError, match="X|likelihood='bernoulli'"):
        fresh(estimator).fit(rows)


@pytest.mark.parametrize("method", ["inverse_transform", "sample"])
@all_estimators
def test_decoded_rows_are_finite_or_refused(estimator, method):
    model = fitted(estimator)
    if not hasattr(model, method):
        pytest.skip("has no decoder")
    if method == "sample":
        drawn = model.sample(50)
        assert np.isfinite(drawn[0] if isinstance(drawn, tuple) else drawn).all()
        return
    codes = model.transform(X)
    codes[7, 0] = NO_DATA
    try:
        assert np.isfinite(model.inverse_transform(codes)).all()
    except ValueError as error:
        assert "The first is row 7" in str(error)


@pytest.mark.parametrize(
    "estimator",
    # The embeddings of the others have unit length.
    [c for c in CLUSTERERS if name(c) not in ("SpectralNet", "DSCDAN")],
    ids=name,
)
def test_displays_refuse_what_the_clusterer_refuses(estimator):
    model, rows = fitted(estimator), with_one(NO_DATA, "float32")
    for show in (
        lambda: EmbeddingDisplay.from_estimator(model, rows),
        lambda: ClusterSizesDisplay.from_estimator(model, rows),
        lambda: ConfusionDisplay.from_estimator(model, rows, np.arange(90) % 3),
        lambda: TopFeaturesDisplay.from_estimator(model, rows, score="difference"),
        lambda: SamplesDisplay.from_estimator(model, rows, image_shape=(2, 3)),
        lambda: typical_members(model, rows, 0),
        lambda: doubtful_members(model, rows, 0),
    ):
        with pytest.raises(ValueError, match="The first is row 5"):
            show()


# Sparse data


def wide_indices(rows):
    """Return a CSR matrix with indices of 64 bits."""
    matrix = sp.csr_matrix(rows)
    matrix.indices = matrix.indices.astype(np.int64)
    matrix.indptr = matrix.indptr.astype(np.int64)
    return matrix


SPARSE = np.where(X > 0, X, 0)


@all_estimators
def test_indices_of_64_bits_change_nothing(estimator):
    expected = outputs(fresh(estimator).fit(SPARSE), SPARSE)
    matrix = wide_indices(SPARSE)
    actual = outputs(fresh(estimator).fit(matrix), matrix)
    for method, answer in expected.items():
        assert_array_equal(actual[method], answer, err_msg=method)
    assert matrix.indices.dtype == np.int64


@pytest.mark.parametrize(
    "estimator",
    [
        SpectralNet(3, affinity="siamese", siamese_epochs=1, max_epochs=1),
        KDAE(3, init=KMeans(3), n_components=1, expert_epochs=1, max_epochs=1),
        KDVAE(3, init=KMeans(3), n_components=1, expert_epochs=1, max_epochs=1),
        VaDE(3, AUTOENCODER, init=KMeans(3), init_space="data", max_epochs=1),
    ],
    ids=name,
)
def test_estimators_inside_take_indices_of_64_bits(estimator):
    estimator.set_params(random_state=0)
    assert estimator.fit_predict(wide_indices(SPARSE)).shape == (90,)


@plain_clusterers
def test_graphs_take_indices_of_64_bits(estimator):
    model = clone(estimator).set_params(n_clusters=3, n_neighbors=5)
    labels = model.fit_predict(SPARSE)
    assert_array_equal(model.fit_predict(wide_indices(SPARSE)), labels)
    assert_array_equal(model.predict(wide_indices(SPARSE)), model.predict(SPARSE))


def test_displays_take_indices_of_64_bits():
    matrix = wide_indices(SPARSE)
    labels = np.arange(90) % 3
    assert_array_equal(
        EmbeddingDisplay.from_predictions(matrix, labels).embedding,
        EmbeddingDisplay.from_predictions(sp.csr_matrix(SPARSE), labels).embedding,
    )
    for score in ("tf-idf", "difference"):
        assert_array_equal(
            top_features(matrix, labels, score=score).names,
            top_features(sp.csr_matrix(SPARSE), labels, score=score).names,
        )


# Costs follow the data


def peak_memory(function):
    """Return the MiB that a call holds at most."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "score",
    [clustering_accuracy_score, purity_score, normalized_mutual_info_score],
)
def test_scores_of_many_labels_hold_no_table(score):
    labels = np.arange(5000)
    # All cells would be 200 MB.
    assert peak_memory(lambda: score(labels, labels)) < 10
    assert score(labels, labels) == 1


def test_many_clusters_are_aligned_without_a_table():
    rng = np.random.default_rng(0)
    labels, new_numbers = rng.integers(0, 5000, 20_000), rng.permutation(5000)
    aligned = []
    peak = peak_memory(lambda: aligned.append(align(new_numbers[labels], labels, 5000)))
    assert_array_equal(aligned[0], labels)
    assert peak < 20


@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (3, 7), (7, 3), (1, 5), (5, 1)])
@pytest.mark.parametrize("density", [0.0, 0.3, 1.0])
def test_match_is_as_good_as_the_matching_of_the_whole_table(shape, density):
    rng = np.random.default_rng(0)
    for _ in range(20):
        counts = rng.integers(1, 9, shape) * (rng.random(shape) < density)
        rows, columns = match(sp.csr_array(counts))
        best = linear_sum_assignment(counts, maximize=True)
        assert counts[rows, columns].sum() == counts[best].sum()
        # As there, all are matched that can be, in order.
        assert len(rows) == min(shape)
        assert_array_equal(rows, np.unique(rows))
        assert len(np.unique(columns)) == len(columns)
