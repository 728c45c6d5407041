"""Tests of the displays."""

import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepcluster.inspection import EmbeddingDisplay

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")


class DeepClusterer(ClusterMixin, BaseEstimator):
    """What the display needs of a deep clusterer; embeds in two columns of X."""

    def fit(self, X, y=None):
        self.labels_ = self.predict(X)
        return self

    def transform(self, X):
        return X[:, :2]

    def soft_predict(self, X):
        return np.eye(2)[self.predict(X)]

    def predict(self, X):
        return (X[:, 0] > X[:, 0].mean()).astype(np.int32)


@pytest.fixture
def X():
    return load_iris().data


@pytest.fixture(autouse=True)
def close_figures():
    yield
    matplotlib.pyplot.close("all")


def reduced(X):
    return PCA(n_components=2, random_state=0).fit_transform(X)


def test_deep_clusterer_shows_its_embedding(X):
    display = EmbeddingDisplay.from_estimator(DeepClusterer().fit(X), X)
    assert_array_equal(display.embedding, X[:, :2])
    assert_array_equal(display.scatter_.get_offsets(), X[:, :2])
    assert display.figure_ is display.ax_.figure
    assert len(display.ax_.get_xticks()) == len(display.ax_.get_yticks()) == 0


def test_pipeline_that_ends_in_a_deep_clusterer(X):
    pipeline = make_pipeline(StandardScaler(), DeepClusterer()).fit(X)
    display = EmbeddingDisplay.from_estimator(pipeline, X)
    assert_allclose(display.embedding, StandardScaler().fit_transform(X)[:, :2])


def test_pipeline_that_ends_in_another_clusterer(X):
    pipeline = make_pipeline(StandardScaler(), KMeans(3, random_state=0)).fit(X)
    display = EmbeddingDisplay.from_estimator(pipeline, X)
    assert_allclose(display.embedding, reduced(StandardScaler().fit_transform(X)))
    assert_array_equal(display.labels, pipeline.predict(X))


@pytest.mark.parametrize(
    "clusterer", [KMeans(3, random_state=0), make_pipeline(KMeans(3, random_state=0))]
)
def test_other_clusterers_show_X(clusterer, X):
    display = EmbeddingDisplay.from_estimator(clusterer.fit(X), X)
    assert_allclose(display.embedding, reduced(X))


def test_clusterer_without_predict(X):
    clusterer = AgglomerativeClustering(3).fit(X)
    display = EmbeddingDisplay.from_estimator(clusterer, X)
    assert_array_equal(display.labels, clusterer.labels_)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        EmbeddingDisplay.from_estimator(clusterer, X[:10])


@pytest.mark.parametrize("n_columns", [1, 2, 3])
@pytest.mark.parametrize("container", [np.asarray, csr_array])
def test_any_number_of_columns(n_columns, container, X):
    labels = np.zeros(len(X), dtype=int)
    display = EmbeddingDisplay.from_predictions(container(X[:, :n_columns]), labels)
    assert isinstance(display.embedding, np.ndarray)
    assert display.embedding.shape == (len(X), 2)


def test_labels_choose_the_colour():
    embedding = np.zeros((2, 2))
    both = EmbeddingDisplay.from_predictions(embedding, [0, 1])
    one_empty = EmbeddingDisplay.from_predictions(embedding, [1, 1])
    words = EmbeddingDisplay.from_predictions(embedding, ["a", "b"])
    noise = EmbeddingDisplay.from_predictions(embedding, [-1, 0])
    colours = both.scatter_.get_facecolors()
    assert_array_equal(one_empty.scatter_.get_facecolors(), colours[[1, 1]])
    assert_array_equal(words.scatter_.get_facecolors(), colours)
    assert_array_equal(noise.scatter_.get_facecolors(), colours)


@pytest.mark.parametrize("n_clusters", [10, 20])
def test_colours_differ(n_clusters):
    embedding = np.zeros((n_clusters, 2))
    display = EmbeddingDisplay.from_predictions(embedding, np.arange(n_clusters))
    assert len(np.unique(display.scatter_.get_facecolors(), axis=0)) == n_clusters


def test_plot_on_given_axes_with_given_style(X):
    _, ax = matplotlib.pyplot.subplots()
    display = EmbeddingDisplay.from_predictions(X[:, :2], X[:, 0] > 5, ax=ax, s=7)
    assert display.ax_ is ax
    assert_array_equal(display.scatter_.get_sizes(), [7])
    assert display.plot() is display
    assert display.ax_ is not ax


def test_plot_without_matplotlib(X, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match="pip install matplotlib"):
        EmbeddingDisplay.from_predictions(X, X[:, 0])
