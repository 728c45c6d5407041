"""Tests of networks that learn the clusters of other clusterers."""

import pickle
import warnings

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cluster import (
    DBSCAN,
    HDBSCAN,
    AgglomerativeClustering,
    KMeans,
    SpectralClustering,
)
from sklearn.datasets import load_digits, make_blobs, make_moons
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.manifold import TSNE
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import scale
from sklearn.utils.estimator_checks import check_estimator

from skdeepcluster import DEC, Autoencoder, InductiveClusterer
from skdeepcluster.inductive._inductive import _hold_out, _temperature

X, Y = make_blobs([20, 30, 40], 6, cluster_std=0.3, random_state=0)
X = scale(X).astype(np.float32)
X_NEW, Y_NEW = X[::2], Y[::2]
X_OLD, Y_OLD = X[1::2], Y[1::2]

DIGITS, DIGIT_LABELS = load_digits(return_X_y=True)
DIGITS = (DIGITS / 16).astype(np.float32)


def inductive(clusterer=None, **params):
    """Return an estimator with a small network."""
    params = {"hidden_layer_sizes": (32, 16), "random_state": 0, **params}
    return InductiveClusterer(clusterer, **{"batch_size": 16, **params})


# What is learned

CLUSTERERS = {
    "transductive": SpectralClustering(3),
    "hierarchical": AgglomerativeClustering(3),
    "with predict": KMeans(3),
    "with noise": HDBSCAN(min_cluster_size=5, copy=True),
    "a mixture": GaussianMixture(3),
    "a pipeline": make_pipeline(PCA(2), SpectralClustering(3)),
    "without transform": make_pipeline(TSNE(2, perplexity=5), GaussianMixture(3)),
    "nested": make_pipeline(PCA(3), make_pipeline(PCA(2), GaussianMixture(3))),
    "deep": DEC(3, autoencoder=Autoencoder(2, (16,)), batch_size=16, max_epochs=5),
    "frozen": FrozenEstimator(KMeans(3, random_state=0).fit(X)),
    "frozen at the end": make_pipeline(
        PCA(2), FrozenEstimator(GaussianMixture(3).fit(PCA(2).fit_transform(X_OLD)))
    ),
    "a classifier": FrozenEstimator(
        KNeighborsClassifier(1).fit(X, np.array(["c", "a", "b"])[Y])
    ),
    "labels": Y_OLD,
    "names": np.array(["c", "a", "b"])[Y_OLD].tolist(),
}


@pytest.mark.parametrize("clusterer", CLUSTERERS.values(), ids=CLUSTERERS)
def test_blobs_are_predicted_in_new_rows(clusterer):
    model = inductive(clusterer).fit(X_OLD)
    assert adjusted_rand_score(Y_OLD, model.labels_) == 1
    assert adjusted_rand_score(Y_NEW, model.predict(X_NEW)) == 1
    assert_array_equal(model.labels_, model.predict(X_OLD))
    assert model.agreement_ == 1
    assert_array_equal(np.unique(model.initial_labels_), [0, 1, 2])


def test_the_default_is_eight_clusters():
    model = inductive().fit(DIGITS[:300])
    assert model.soft_predict(DIGITS).shape == (1797, 8)


@pytest.mark.filterwarnings("ignore:.*clusters:sklearn.exceptions.ConvergenceWarning")
def test_the_number_of_clusters_is_that_of_the_clusterer():
    clusterer = BayesianGaussianMixture(n_components=12, random_state=0)
    found = len(np.unique(clusterer.fit_predict(X)))
    assert found < 12
    assert inductive(clusterer).fit(X).soft_predict(X).shape == (90, found)


@pytest.mark.filterwarnings("ignore:.*clusters:sklearn.exceptions.ConvergenceWarning")
def test_epochs_of_a_deep_clusterer_are_in_the_history():
    clusterer = make_pipeline(Autoencoder(2, (16,), max_epochs=3), KMeans(3))
    model = inductive(clusterer, max_epochs=2).fit(X)
    stages = [row["stage"] for row in model.history_]
    assert stages == ["reconstruct"] * 3 + ["learn"] * 2
    assert model.n_iter_ == 5


def test_a_mixture_is_learned_from_its_posteriors():
    data, _ = make_blobs(900, 4, centers=3, cluster_std=3.0, random_state=1)
    data = scale(data).astype(np.float32)
    mixture = GaussianMixture(3, random_state=0).fit(data)
    posteriors = mixture.predict_proba(data)
    assert np.mean(posteriors.max(1) < 0.9) > 0.05
    errors = []
    for clusterer in (mixture, mixture.predict(data)):
        model = InductiveClusterer(clusterer, random_state=0).fit(data)
        # In the order of the mixture's components.
        order = [model.initial_labels_[posteriors[:, k].argmax()] for k in range(3)]
        errors.append(np.abs(model.soft_predict(data)[:, order] - posteriors).mean())
    assert errors[0] < 0.03
    assert errors[0] < 0.8 * errors[1]


@pytest.mark.parametrize(
    ("data", "n_clusters", "least"), [(X, 3, 0.99), (DIGITS, 10, 0.97)]
)
def test_posteriors_are_reproduced(data, n_clusters, least):
    clusterer = make_pipeline(PCA(5), GaussianMixture(n_clusters, random_state=0))
    model = InductiveClusterer(clusterer, random_state=0).fit(data)
    assert np.mean(model.labels_ == model.initial_labels_) >= least


# Noise


def test_noise_gets_the_clusters_around_it():
    rng = np.random.default_rng(0)
    moons, sides = make_moons(600, noise=0.06, random_state=0)
    scattered = rng.uniform([-1.5, -1], [2.5, 1.5], (60, 2))
    clusterer = HDBSCAN(min_cluster_size=20, copy=True)
    model = InductiveClusterer(clusterer, random_state=0)
    model.fit(np.vstack([moons, scattered]))
    noise = model.initial_labels_ == -1
    assert 0 < noise.sum() < 100
    assert set(model.labels_) == {0, 1}
    assert adjusted_rand_score(sides, model.labels_[:600]) > 0.97
    assert np.mean((model.initial_labels_ == model.labels_)[~noise]) > 0.98


def test_noise_is_not_learned():
    labels = np.where(np.arange(90) % 3 == 0, -1, Y)
    # Were they learned from, rows of noise far away would spoil all.
    spoiled = X.copy()
    spoiled[labels == -1] *= 100
    model = inductive(labels).fit(spoiled)
    assert_array_equal(model.initial_labels_ == -1, labels == -1)
    assert adjusted_rand_score(Y[labels >= 0], model.labels_[labels >= 0]) == 1


@pytest.mark.parametrize(
    "clusterer", [DBSCAN(eps=1e-9), np.full(90, -1), np.arange(90) // 89 - 1]
)
def test_noise_alone_is_refused(clusterer):
    with pytest.raises(ValueError, match=r"(?s)clusterer=.* rows of 90 in clusters"):
        inductive(clusterer).fit(X)


# Disagreement


def test_wrong_labels_are_passed_over():
    rng = np.random.RandomState(7)
    given = DIGIT_LABELS.copy()
    wrong = rng.permutation(len(given))[: len(given) // 20]
    given[wrong] = rng.permutation(given[wrong])
    model = InductiveClusterer(given, random_state=0).fit(DIGITS)
    expected = adjusted_rand_score(DIGIT_LABELS, given)
    assert adjusted_rand_score(DIGIT_LABELS, model.labels_) > expected + 0.02
    assert 0.85 < model.agreement_ < 0.97


def test_the_best_epoch_is_kept():
    rng = np.random.RandomState(7)
    data = rng.normal(size=(300, 20)).astype(np.float32)
    labels = np.where(rng.random(300) < 0.3, rng.randint(2, size=300), data[:, 0] > 0)
    model = inductive(labels, patience=5).fit(data)
    losses = [row["valid_loss"] for row in model.history_]
    best = int(np.argmin(losses))
    assert len(losses) == best + 5
    # The loss of an epoch is that before it: fewer epochs end with the same network.
    earlier = inductive(labels, max_epochs=best).fit(data)
    assert_array_equal(earlier.predict_log_proba(data), model.predict_log_proba(data))
    assert model.agreement_ == model.history_[best]["valid_agreement"]
    assert model.history_[-1]["agreement"] > model.history_[0]["agreement"]


def test_rows_that_are_held_out():
    labels = np.array([0] * 80 + [1] * 19 + [2] + [-1] * 20)
    rows, held_out = _hold_out(labels, 0.2, np.random.RandomState(0))
    assert len(held_out) == 20
    assert_array_equal(np.sort([*rows, *held_out]), np.arange(100))
    assert set(labels[rows]) == {0, 1, 2}
    for few in (np.array([0, 1, 2]), np.array([0, 0])):
        rows, held_out = _hold_out(few, 0.2, np.random.RandomState(0))
        assert set(few[rows]) == set(few)
        assert len(held_out)


# Calibration


def test_confidence_on_overlapping_blobs_is_the_agreement():
    data, _ = make_blobs(1500, 4, centers=3, cluster_std=3.0, random_state=1)
    data = scale(data).astype(np.float32)
    clusterer = SpectralClustering(3, affinity="nearest_neighbors")
    model = InductiveClusterer(clusterer, validation_fraction=0.2, random_state=0)
    model.fit(data)
    confidence = model.soft_predict(data).max(1).mean()
    assert abs(confidence - model.agreement_) < 0.05


def test_confidence_of_new_rows_is_how_often_labels_are_right():
    rng = np.random.RandomState(5)
    data = rng.normal(size=(4000, 5)).astype(np.float32)
    labels = (data[:, 0] > 0).astype(int)
    labels = np.where(rng.random(4000) < 0.3, 1 - labels, labels)
    model = InductiveClusterer(labels[:2000], random_state=0).fit(data[:2000])
    new = labels[2000:]
    number = model.labels_[np.argmax(model.initial_labels_ == model.labels_)]
    first = labels[:2000][model.initial_labels_ == number][0]
    predicted = np.where(model.predict(data[2000:]) == number, first, 1 - first)
    confidence = model.soft_predict(data[2000:]).max(1).mean()
    assert abs(confidence - np.mean(predicted == new)) < 0.05
    assert_allclose(confidence, 0.7, atol=0.05)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_temperature_of_known_probabilities_is_found(temperature):
    rng = np.random.default_rng(0)
    log_p = torch.from_numpy(rng.normal(size=(5000, 4))).log_softmax(1)
    labels = (log_p + torch.from_numpy(rng.gumbel(size=(5000, 4)))).argmax(1)
    logits = log_p * temperature
    assert_allclose(_temperature(logits, labels), temperature, rtol=0.1)
    assert_allclose(_temperature(logits, log_p.exp()), temperature, rtol=0.02)


def test_rows_that_all_agree_do_not_make_probabilities_certain():
    log_p = torch.tensor([[0.9, 0.1]]).log()
    assert 0.3 < _temperature(log_p, torch.tensor([0])) < 1
    assert _temperature(log_p, torch.tensor([1])) > 1


def test_temperature_is_saved_with_the_network():
    model = inductive(KMeans(3)).fit(X)
    weights = model.module_.state_dict()
    assert model.temperature_ == weights["calibration.temperature"].item() != 1
    assert pickle.loads(pickle.dumps(model)).temperature_ == model.temperature_


# Networks and data


@pytest.mark.filterwarnings("ignore:.*clusters:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    ("params", "width"),
    [
        ({"hidden_layer_sizes": None}, 256),
        ({"hidden_layer_sizes": (7, 5)}, 5),
        ({"hidden_layer_sizes": ()}, 64),
        ({"image_shape": (1, 8, 8), "hidden_layer_sizes": None}, 128),
        ({"image_shape": (1, 8, 8), "hidden_layer_sizes": (2, 3)}, 12),
    ],
)
def test_the_embedding_is_the_last_hidden_layer(params, width):
    model = inductive(KMeans(10), max_epochs=1, **params).fit(DIGITS)
    assert model.transform(DIGITS).shape == (1797, width)
    assert model.transform(DIGITS).min() >= 0
    logits = model.module_.head(torch.from_numpy(model.transform(DIGITS)))
    probabilities = (logits / model.temperature_).softmax(1)
    assert_allclose(model.soft_predict(DIGITS), probabilities, rtol=1e-4, atol=1e-6)
    assert_allclose(
        model.score_samples(DIGITS), model.predict_log_proba(DIGITS).max(1), rtol=1e-6
    )


def test_convolutions_learn_digits():
    model = InductiveClusterer(
        KMeans(10), image_shape=(1, 8, 8), hidden_layer_sizes=(16, 32), random_state=0
    )
    assert model.fit(DIGITS).agreement_ > 0.9


SMALL = {
    "ten rows": (X[:10], KMeans(2)),
    "one feature": (X[:, :1], KMeans(3)),
    "one cluster": (X, KMeans(1)),
    "two rows": (X[:2], [0, 1]),
    "rows of their own": (X[:5], np.arange(5)),
    "a cluster of one row": (X, np.where(np.arange(90) == 4, 3, Y)),
}


@pytest.mark.filterwarnings("ignore:.*clusters:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("data", "clusterer"), SMALL.values(), ids=SMALL)
def test_small_data(data, clusterer):
    model = inductive(clusterer).fit(data)
    probabilities = model.soft_predict(data)
    assert np.isfinite(probabilities).all()
    assert_allclose(probabilities.sum(1), 1, rtol=1e-5)
    assert 0 <= model.agreement_ <= 1
    assert model.temperature_ > 0


def test_a_lost_cluster_is_told():
    with pytest.warns(ConvergenceWarning, match="clusters instead of the 3 of") as told:
        inductive(Y, max_epochs=0).fit(X)
    assert told[0].filename == __file__


BAD_CLUSTERERS = {
    "clusterer has 3 labels, but X has 90 rows: give one": [0, 1, 2],
    "clusterer has no label for 30 rows": np.where(Y == 1, np.nan, Y),
    "The 'algorithm' parameter of KMeans": KMeans(3, algorithm="elkn"),
    "The 'n_init' parameter of KMeans": make_pipeline(PCA(2), KMeans(3, n_init=-1)),
    "The 'clusterer' parameter of InductiveClusterer": PCA(2),
}


@pytest.mark.parametrize(("message", "clusterer"), BAD_CLUSTERERS.items())
def test_what_gives_no_clusters_is_refused(message, clusterer):
    with pytest.raises(ValueError, match=message):
        inductive(clusterer).fit(X)


def test_the_clusterer_is_neither_changed_nor_saved_twice():
    clusterer = KMeans(3)
    model = inductive(clusterer).fit(X)
    assert not hasattr(clusterer, "labels_")
    assert model._fitted_as.clusterer is None
    assert inductive(Y).fit(X)._fitted_as.clusterer is None


def test_scikit_learn_with_the_default_clusterer():
    with warnings.catch_warnings():
        # The checks' rows are few, and some far from zero.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "X has means", UserWarning)
        check_estimator(inductive(lr=1e-2, max_epochs=50))
