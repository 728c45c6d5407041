"""Tests of what tells clusters apart: their features and members."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array, csr_matrix
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.datasets import load_iris, make_moons
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import euclidean_distances
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepcluster import LandmarkSpectralClustering
from skdeepcluster.inspection import (
    TopFeaturesDisplay,
    doubtful_members,
    top_features,
    typical_members,
)

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")
pytest.importorskip("matplotlib.pyplot")

COUNTS = np.array([[4, 1, 0], [2, 1, 0], [0, 3, 9]])


@pytest.fixture(autouse=True)
def close_figures():
    yield
    matplotlib.pyplot.close("all")


@pytest.mark.parametrize("container", [np.asarray, csr_matrix, csr_array])
def test_class_wise_tf_idf(container):
    top = top_features(container(COUNTS), [0, 0, 1], n_features=2)
    shares = np.array([[6 / 8, 2 / 8, 0], [0, 3 / 12, 9 / 12]])
    expected = shares * np.log(1 + 1 / shares.sum(axis=0))
    assert_array_equal(top.clusters, [0, 1])
    assert top.names.tolist() == [["x0", "x1"], ["x2", "x1"]]
    assert_allclose(top.scores, [expected[0, :2], expected[1, [2, 1]]])


@pytest.mark.parametrize("container", [np.asarray, csr_array])
def test_differences_know_no_units(container):
    X, y = load_iris(return_X_y=True)
    top = top_features(container(X), y, score="difference", n_features=4)
    scaled = top_features(container(X * [1, 9, 0.1, 1e3]), y, score="difference")
    assert_allclose(scaled.scores, top.scores)
    means = (X[y == 0].mean(axis=0) - X.mean(axis=0)) / X.std(axis=0)
    assert_allclose(top.scores[0], np.sort(means)[::-1])


def test_sizes_of_clusters_do_not_matter():
    few = top_features(COUNTS, [0, 0, 1])
    many = top_features(np.vstack([COUNTS[:2], [COUNTS[2]] * 50]), [0, 0] + [1] * 50)
    assert_allclose(few.scores, many.scores)


def test_noise_is_no_cluster():
    rows = np.vstack([COUNTS, [0, 0, 99]])
    for with_noise, without in zip(
        top_features(rows, [0, 0, 1, -1]), top_features(COUNTS, [0, 0, 1]), strict=True
    ):
        assert_array_equal(with_noise, without)


def test_words_of_nobody_have_no_score():
    top = top_features(np.hstack([COUNTS, np.zeros((3, 1))]), [0, 0, 1])
    assert_array_equal(top.scores[top.names == "x3"], [0, 0])
    constant = top_features(np.ones((3, 2)), [0, 0, 1], score="difference")
    assert_array_equal(constant.scores, 0)


def test_names_of_a_table():
    table = pd.DataFrame(COUNTS, columns=["a", "b", "c"])
    assert top_features(table, list("xxy")).names[1, 0] == "c"


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"X": -COUNTS}, "X has the value -9, .* set score='difference'"),
        ({"X": [1, 2, 3]}, "Expected 2D array"),
        ({"labels": [0, 1]}, "labels has 2 labels, but X has 3 rows"),
        ({"labels": [-1, -1, -1]}, "labels has no row in a cluster"),
        (
            {"feature_names": ["a"]},
            "feature_names has the shape .1,., but X has 3 columns",
        ),
        ({"n_features": 0}, "'n_features' parameter .* Got 0"),
        ({"score": "chi2"}, "'score' parameter .* Got 'chi2'"),
    ],
)
def test_top_features_refuse(kwargs, message):
    with pytest.raises(ValueError, match=message):
        top_features(**{"X": COUNTS, "labels": [0, 0, 1]} | kwargs)


TEXTS = ["a cat and a cat", "the cat", "cats", "the sun", "the sun sun", "sun"]


def test_words_of_a_pipeline():
    pipeline = make_pipeline(CountVectorizer(), KMeans(2, random_state=0)).fit(TEXTS)
    display = TopFeaturesDisplay.from_estimator(pipeline, TEXTS, n_features=2)
    firsts = set(display.names[:, 0])
    assert "sun" in firsts
    assert [ax.get_title() for ax in display.axes_] == ["Cluster 0", "Cluster 1"]
    labels = [tick.get_text() for tick in display.axes_[0].get_yticklabels()]
    assert labels == list(display.names[0])
    assert display.axes_[0].yaxis_inverted()


@pytest.mark.parametrize("n_clusters", [1, 3, 9])
def test_an_axes_for_each_cluster(n_clusters):
    labels = np.arange(18) % n_clusters
    figure = matplotlib.pyplot.figure()
    display = TopFeaturesDisplay.from_predictions(
        np.ones((18, 3)), labels, figure=figure, color="black"
    )
    assert len(figure.axes) == n_clusters
    assert display.axes_[0].patches[0].get_facecolor() == (0, 0, 0, 1)


POINTS = np.array([[0.0], [1], [2], [4.4], [8], [9], [10]])


def test_members_by_distance():
    kmeans = KMeans(2, random_state=0).fit(POINTS)
    left = kmeans.labels_[0]
    assert typical_members(kmeans, POINTS, left, 1).tolist() == [2]
    assert doubtful_members(kmeans, POINTS, left, 2).tolist() == [3, 2]


@pytest.mark.parametrize("head", [[], [StandardScaler()]])
def test_members_by_score_and_probability(head):
    X = load_iris().data
    mixture = make_pipeline(*head, GaussianMixture(3, random_state=0)).fit(X)
    labels, largest = mixture.predict(X), mixture.predict_proba(X).max(axis=1)
    scores = mixture.score_samples(X)
    for cluster in range(3):
        is_member = labels == cluster
        typical = typical_members(mixture, X, cluster, 3)
        assert_array_equal(labels[typical], cluster)
        assert_allclose(scores[typical], np.sort(scores[is_member])[:-4:-1])
        doubtful = doubtful_members(mixture, X, cluster, 3)
        assert largest[doubtful[0]] == largest[is_member].min()


class _Sure(ClusterMixin, BaseEstimator):
    """Knows the cluster of a row for certain, and how far it is from zero."""

    def predict(self, X):
        return np.zeros(len(X), dtype=int)

    def soft_predict(self, X):
        return np.eye(2)[self.predict(X)]

    def score_samples(self, X):
        return -np.abs(X[:, 0])


def test_typical_members_are_not_the_first_rows():
    X = np.array([[3.0], [-2.0], [0.5], [4.0]])
    assert typical_members(_Sure(), X, 0, 3).tolist() == [2, 1, 0]


def test_members_by_distance_in_an_embedding():
    X, _ = make_moons(200, noise=0.05, random_state=0)
    landmarks = LandmarkSpectralClustering(2, random_state=0).fit(X)
    own = np.flatnonzero(landmarks.labels_ == 0)
    distances = euclidean_distances(landmarks.transform(X), landmarks.cluster_centers_)
    nearest = own[distances[own, 0].argmin()]
    between = own[np.diff(distances[own])[:, 0].argmin()]
    assert typical_members(landmarks, X, 0, 1) == [nearest]
    assert doubtful_members(landmarks, X, 0, 1) == [between]


def test_members_of_a_single_cluster():
    kmeans = KMeans(1).fit(POINTS)
    assert len(typical_members(kmeans, POINTS, 0, 3)) == 3
    assert len(doubtful_members(kmeans, POINTS, 0, 99)) == len(POINTS)


@pytest.mark.parametrize(
    ("estimator", "kwargs", "message"),
    [
        (KMeans(2), {"cluster": 7}, r"cluster=7 has no rows of X; .* \[0, 1\]"),
        (KMeans(2), {"n_members": 0}, "'n_members' parameter .* Got 0"),
        (AgglomerativeClustering(2), {}, "does not tell which rows are typical"),
    ],
)
def test_members_refuse(estimator, kwargs, message):
    for members in (typical_members, doubtful_members):
        with pytest.raises(ValueError, match=message):
            members(estimator.fit(POINTS), POINTS, **{"cluster": 0} | kwargs)
