"""How sure clusterers are, and what they say of rows unlike any other."""

import pickle
import tracemalloc

import numpy as np
import pytest
import torch
from estimators import CLUSTERERS, name, set_n_clusters
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from scipy.special import softmax
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale

from skdeepcluster import DEC, IDEC, Autoencoder, InductiveClusterer
from skdeepcluster.base._calibration import (
    Calibration,
    neighbor_agreement,
    temperature,
)
from skdeepcluster.metrics import clustering_accuracy_score

X, Y = make_blobs(300, 6, centers=3, cluster_std=2.0, random_state=2)
X = scale(X).astype(np.float32)
NOISE = np.random.default_rng(0).uniform(-9, 9, (200, 6)).astype(np.float32)

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


def _fitted(estimator):
    model = set_n_clusters(clone(estimator), 3).set_params(random_state=0)
    return model.fit(X)


@pytest.fixture(scope="module", params=CLUSTERERS, ids=name)
def model(request):
    return _fitted(request.param)


# InductiveClusterer is calibrated against its clusterer.
@pytest.mark.parametrize(
    "model",
    [c for c in CLUSTERERS if not isinstance(c, InductiveClusterer)],
    indirect=True,
    ids=name,
)
def test_the_mean_confidence_is_what_neighbours_agree_on(model):
    confidence = model.soft_predict(X).max(axis=1).mean()
    assert confidence == pytest.approx(neighbor_agreement(X, model.labels_), abs=2e-3)


def test_probabilities_are_those_of_the_temperature(model):
    log_q = model._apply(model.module_.assign, X)
    expected = softmax(log_q / model.temperature_, axis=1)
    assert_allclose(model.soft_predict(X), expected, atol=1e-5)
    assert_array_equal(model.soft_predict(X).argmax(axis=1), model.predict(X))


def test_outliers_have_no_cluster(model):
    labels = model.predict(X, contamination=0.1)
    assert np.mean(labels == -1) == pytest.approx(0.1, abs=0.02)
    assert_array_equal(labels[labels >= 0], model.labels_[labels >= 0])
    scores, typicality = model.score_samples(X), model.typicality(X)
    assert (np.diff(typicality[np.argsort(scores)]) >= 0).all()
    assert 0.4 < typicality.mean() < 0.6


def test_the_calibration_is_saved(model):
    copy = pickle.loads(pickle.dumps(model))
    assert copy.temperature_ == model.temperature_
    assert_array_equal(copy.typicality(NOISE), model.typicality(NOISE))


def test_noise_is_an_outlier_to_dec():
    autoencoder = Autoencoder(3, hidden_layer_sizes=(16,), batch_size=64, max_epochs=20)
    dec = DEC(3, autoencoder=autoencoder, max_epochs=5, random_state=0).fit(X)
    assert np.median(dec.typicality(NOISE)) < 0.02
    assert (dec.predict(NOISE, contamination=0.05) == -1).mean() > 0.8


def test_a_pipeline_names_outliers():
    autoencoder = Autoencoder(3, hidden_layer_sizes=(16,), max_epochs=2)
    idec = IDEC(3, autoencoder=autoencoder, max_epochs=1, random_state=0)
    pipeline = make_pipeline(StandardScaler(), idec).fit(X)
    assert -1 in pipeline.predict(X, contamination=0.2)


@pytest.mark.parametrize("contamination", [-0.1, 1.0, "auto"])
def test_contamination_is_a_share(contamination):
    with pytest.raises(ValueError, match="'contamination' parameter .* Got"):
        _fitted(CLUSTERERS[0]).predict(X, contamination=contamination)


def test_agreement_of_clusters_apart_and_of_random_labels():
    blobs, labels = make_blobs(2000, 2, centers=4, cluster_std=0.1, random_state=1)
    assert 0.999 < neighbor_agreement(blobs, labels) < 1
    random = np.random.default_rng(0).integers(4, size=2000)
    assert neighbor_agreement(blobs, random) == pytest.approx(0.25, abs=0.02)


def test_agreement_is_that_of_a_quarter_of_the_cluster():
    # The end of the one cluster, and the begin of the other one, see both.
    line = np.arange(1000.0)[:, None]
    labels = np.repeat([0, 1], 500)
    rows_near = 125
    # A row at i from the border has (rows_near / 2 - i) of its neighbours beyond it.
    expected = 1 - 2 * sum((rows_near / 2 - i) / rows_near for i in range(62)) / 1000
    assert neighbor_agreement(line, labels) == pytest.approx(expected, abs=2e-3)


def test_agreement_sees_clusters_through_noise():
    blobs, labels = make_blobs(900, 300, centers=3, cluster_std=25.0, random_state=0)
    assert neighbor_agreement(blobs, labels) > 0.95
    assert neighbor_agreement(csr_array(blobs), labels) > 0.95


@pytest.mark.parametrize("n_rows", [1, 2, 3])
def test_agreement_of_few_rows(n_rows):
    assert (
        0 < neighbor_agreement(np.zeros((n_rows, 2)), np.zeros(n_rows, dtype=int)) < 1
    )


@pytest.mark.parametrize("confidence", [0.4, 0.7, 0.99])
@pytest.mark.parametrize("factor", [0.1, 1.0, 100.0])
def test_temperature_gives_the_confidence(factor, confidence):
    logits = np.random.default_rng(0).normal(size=(500, 4)) * factor
    found = temperature(logits, confidence)
    assert softmax(logits / found, axis=1).max(1).mean() == pytest.approx(
        confidence, abs=1e-3
    )


def test_temperature_stays_in_bounds():
    logits = np.random.default_rng(0).normal(size=(50, 4))
    assert 0 < temperature(logits, 1.0) < 1e-2
    assert 1e2 < temperature(logits, 0.25) < np.inf


def test_temperature_of_many_rows_takes_little_memory():
    logits = np.random.default_rng(0).normal(size=(50_000, 10)).astype(np.float32)
    tracemalloc.start()
    temperature(logits, 0.7)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * logits.nbytes


def test_scores_that_are_no_numbers_have_no_quantiles():
    calibration = Calibration()
    calibration.set_quantiles(np.array([np.nan, 1.0, 3.0]))
    assert_allclose(calibration.quantiles[[0, -1]], [1, 3])
    calibration.set_quantiles(np.full(3, np.nan))
    assert torch.isfinite(calibration.quantiles).all()


def test_confidence_is_near_the_accuracy():
    overlapping, y = make_blobs(
        900, 5, centers=[[0] * 5, [1.5] * 5, [3.0] * 5], random_state=0
    )
    autoencoder = Autoencoder(5, hidden_layer_sizes=(64,), max_epochs=30)
    model = DEC(3, autoencoder=autoencoder, max_epochs=10, random_state=0)
    model.fit(scale(overlapping))
    accuracy = clustering_accuracy_score(y, model.labels_)
    confidence = model.soft_predict(scale(overlapping)).max(axis=1).mean()
    assert abs(confidence - accuracy) < 0.1
