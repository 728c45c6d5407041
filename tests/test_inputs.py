"""What is asked of data, the same everywhere: finite answers, costs, containers."""

import copy
import pickle
import tracemalloc
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from estimators import (
    AUTOENCODER,
    CLUSTERERS,
    ESTIMATORS,
    EXPERTS,
    PLAIN_CLUSTERERS,
    name,
)
from numpy.testing import assert_allclose, assert_array_equal
from scipy.optimize import linear_sum_assignment
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import adjusted_rand_score
from test_contract import X, Y, everywhere, fitted, fresh, outputs
from test_contract import pytestmark as pytestmark

from skdeepcluster import (
    DEC,
    KDAE,
    KDVAE,
    Autoencoder,
    InductiveClusterer,
    SpectralNet,
    VaDE,
)
from skdeepcluster._labels import align, match
from skdeepcluster._validation import scale_of
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


def attempt(function, rows):
    """Return what a function of rows returns, and the message if it refuses them."""
    try:
        return function(rows), None
    except ValueError as error:
        return None, str(error)


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
    ("value", "dtype"), [(NO_DATA, "float32"), (1e200, "float64"), (1e15, "float32")]
)
@pytest.mark.parametrize("convert", [np.asarray, sp.csr_array], ids=["dense", "sparse"])
@all_estimators
def test_no_answer_is_given_to_a_row_that_fit_would_refuse(
    estimator, value, dtype, convert
):
    rows = with_one(value, dtype)
    largest = f"row 5, with absolute values up to {abs(rows).max():.8g}"
    model, rows = fitted(estimator), convert(rows)
    for method in filter(lambda method: hasattr(model, method), ANSWERS):
        with pytest.raises(ValueError, match="X has 1 rows whose squares are") as error:
            getattr(model, method)(rows)
        assert largest in str(error.value)


@all_estimators
def test_a_row_with_a_huge_value_is_refused_in_fit(estimator):
    with pytest.raises(ValueError, match="X has 1 rows whose.*The first is row 5"):
        fresh(estimator).fit(with_one(NO_DATA, "float32"))


@plain_clusterers
def test_graphs_refuse_a_row_with_a_huge_value(estimator):
    model = clone(estimator).set_params(n_clusters=3, n_neighbors=5)
    rows = with_one(NO_DATA, "float32")
    for method in (model.fit, model.fit(X).predict):
        with pytest.raises(ValueError, match="X has 1 rows whose.*The first is row 5"):
            method(rows)


@all_estimators
def test_a_network_without_finite_results_does_not_answer(estimator):
    model = copy.deepcopy(fitted(estimator))
    for weight in model.module_.parameters():
        weight.fill_(np.nan)
    with pytest.raises(ValueError, match=f"rows of which {name(estimator)} computes"):
        model.transform(X)


@pytest.mark.parametrize(
    "estimator", [e for e in ESTIMATORS if hasattr(e, "inverse_transform")], ids=name
)
def test_decoded_rows_are_finite_or_refused(estimator):
    model = fitted(estimator)
    codes = model.transform(X)
    codes[7, 0] = NO_DATA
    rows, refusal = attempt(model.inverse_transform, codes)
    assert "The first is row 7" in refusal if refusal else np.isfinite(rows).all()


@pytest.mark.parametrize("estimator", CLUSTERERS, ids=name)
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


class Unsure(KMeans):
    """A clusterer whose probabilities are none."""

    def predict_proba(self, X):
        return np.full((len(X), self.n_clusters), np.nan)


def test_probabilities_that_are_none_are_refused_by_name():
    with pytest.raises(ValueError, match="clusterer=Unsure.*no finite numbers"):
        InductiveClusterer(Unsure(3)).fit(X)


@pytest.mark.parametrize(("value", "dtype"), [(NO_DATA, "float32"), (1e200, "float64")])
def test_displays_of_arrays_refuse_a_huge_value(value, dtype):
    rows = with_one(value, dtype)
    for show in (
        lambda: EmbeddingDisplay.from_predictions(rows, Y),
        lambda: EmbeddingDisplay.from_predictions(rows[:, 2:4], Y),
        lambda: top_features(rows, Y, score="difference"),
        lambda: top_features(abs(rows), Y),
    ):
        with pytest.raises(ValueError, match="1 rows whose.*The first is row 5"):
            show()


def test_few_rows_are_shown_in_any_projection():
    for n_rows in (4, 31):
        display = EmbeddingDisplay.from_predictions(
            X[:n_rows], Y[:n_rows], projection="tsne"
        )
        assert np.isfinite(display.embedding).all()


# Data of any scale

SCALES = 10.0 ** np.array([-30, -20, -19, -18, -12, 6, 12, 14, 19, 30])


def briefly(estimator):
    """Return a clone that is hardly trained."""
    stages = ("max", "expert", "gate", "siamese", "spectral", "class")
    epochs = {f"{stage}_epochs": 1 for stage in stages}
    return everywhere(fresh(estimator), start_steps=0, **epochs)


@all_estimators
def test_data_of_any_scale_are_trained_or_to_be_scaled(estimator):
    for factor in SCALES:
        rows = factor * X.astype(np.float64)
        model, refusal = attempt(briefly(estimator).fit, rows)
        if refusal:
            assert "StandardScaler" in refusal
            assert not 1e-15 < factor < 1e10
        else:
            results = outputs(model, rows).values()
            assert all(np.isfinite(result).all() for result in results)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@plain_clusterers
def test_graphs_of_data_of_any_scale_are_right_or_refused(estimator, dtype):
    model = clone(estimator).set_params(n_clusters=3, n_neighbors=5)
    for factor in np.append(SCALES, [1e-170, 1e160]):
        with np.errstate(over="ignore"):
            rows = (factor * X.astype(np.float64)).astype(dtype)
        if not np.isfinite(rows).all() or not rows.any():
            continue
        labels, refusal = attempt(model.fit_predict, rows)
        if refusal:
            assert "StandardScaler" in refusal
            assert not 1e-18 < factor < 1e12
        else:
            assert adjusted_rand_score(labels, Y) == 1


SCALED = {"too small": 1e-3 * X, "too large": 1e3 * X, "too far": X + 20}


@pytest.mark.parametrize("case", SCALED)
@pytest.mark.filterwarnings("always:X has .* Many a network:UserWarning")
@all_estimators
def test_data_that_little_is_learned_from_are_told(estimator, case):
    with pytest.warns(UserWarning, match="Many a network.*StandardScaler") as record:
        briefly(estimator).fit(SCALED[case])
    told = [w for w in record if "Many a network" in str(w.message)]
    assert {w.filename for w in told} == {__file__}


def test_the_scale_of_data_is_that_of_all_or_of_a_sample(tmp_path):
    rng = np.random.default_rng(0)
    rows = 3 + 2 * rng.standard_normal((25_000, 4))
    np.save(tmp_path / "rows.npy", rows)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    for data in (rows, sp.csr_array(rows), mapped, rows.astype(np.float32)):
        assert_allclose(scale_of(data), [2, 3, 0.25], rtol=0.03)
    # Not a rounding error.
    assert scale_of(np.full((30, 3), 0.1))[0] == 0
    assert scale_of(np.zeros((1, 2))) == (0, 0, 0)
    assert_allclose(scale_of(1e-200 * rows), [2e-200, 3e-200, 0.25], rtol=0.03)
    # Two features have no third one to hide.
    assert scale_of(rows[:, :2] * [1, 1e4]).largest_share == 0
    assert scale_of(rows * [1, 1, 1, 1e4]).largest_share > 0.99


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@all_estimators
def test_a_feature_that_hides_the_others_is_told(estimator):
    rows = X - X.mean(axis=0)
    rows[:, 0] *= 40
    with pytest.warns(UserWarning, match="variance in a single feature.*StandardSc"):
        briefly(estimator).fit(rows)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@all_estimators
def test_new_rows_of_another_scale_are_told(estimator):
    model = briefly(estimator).fit(X)
    for kept in (model, pickle.loads(pickle.dumps(model))):
        with pytest.warns(UserWarning, match="where those of the fit .* by 255"):
            kept.transform(255 * X)
    outlier = X.copy()
    outlier[:40] *= 255
    for rows in (X + X.std(), outlier, 255 * X[:9]):  # shifted, honest, few
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model.transform(rows)


@pytest.mark.filterwarnings("error:X has values of about:UserWarning")
def test_new_rows_of_any_length_where_directions_count():
    autoencoder = clone(AUTOENCODER).set_params(likelihood="cosine")
    model = briefly(DEC(3, autoencoder=autoencoder, random_state=0)).fit(np.abs(X))
    model.transform(255 * np.abs(X))


def test_lost_clusters_are_told_with_their_likely_cause():
    model = DEC(3)
    with pytest.warns(ConvergenceWarning, match="found 1 .* Lower n_clusters"):
        model._warn_of_lost_clusters(1, 3, model._told_of_scale(X))
    with pytest.warns(ConvergenceWarning, match=r"found 1 .*=3\. X has a standard dev"):
        model._warn_of_lost_clusters(1, 3, model._told_of_scale(1e3 * X))


def test_a_fitted_autoencoder_that_is_fitted_again_is_told():
    fitted = briefly(AUTOENCODER).fit(X)
    model = everywhere(DEC(3, random_state=0), start_steps=0, max_epochs=1)
    with pytest.warns(UserWarning, match=r"is fitted, and is .* again.*FrozenEstim"):
        model.set_params(autoencoder=fitted).fit(X)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.set_params(autoencoder=FrozenEstimator(fitted)).fit(X)
        clone(model.set_params(autoencoder=fitted)).fit(X)


@pytest.mark.parametrize("shape", [(90, 2, 3), (90, 1, 2, 3)])
@all_estimators
def test_images_that_are_not_flat_are_told_how_to_be(estimator, shape):
    images = X[:, :6].reshape(shape)
    for method in (briefly(estimator).fit, briefly(estimator).fit(X).transform):
        with pytest.raises(ValueError, match=r"X.reshape\(len\(X\), -1\).*image_shape"):
            method(images)


@pytest.mark.parametrize("likelihood", ["cosine", "multinomial"])
@pytest.mark.filterwarnings("error:X has .* Many a network:UserWarning")
def test_directions_have_no_scale(likelihood):
    rows = 1e-3 * np.abs(X)
    autoencoder = clone(AUTOENCODER).set_params(likelihood=likelihood)
    for model in (autoencoder, DEC(autoencoder=autoencoder), KDAE(**EXPERTS)):
        everywhere(briefly(model), likelihood=likelihood).fit(rows)


def test_differences_beyond_the_dtype_are_refused():
    rows = X.astype(np.float64) + 1e9
    with pytest.raises(ValueError, match="float32 cannot tell apart.*StandardScaler"):
        Autoencoder(2, (8,), max_epochs=1).fit(rows)
    with pytest.warns(UserWarning, match="X has means"):
        Autoencoder(2, (8,), max_epochs=1, dtype="float64").fit(rows)


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
        VaDE(
            3, autoencoder=AUTOENCODER, init=KMeans(3), init_space="data", max_epochs=1
        ),
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
