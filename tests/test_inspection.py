"""Tests of the displays."""

import re
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA, FactorAnalysis
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from skdeepcluster.inspection import (
    ClusterSizesDisplay,
    ConfusionDisplay,
    EmbeddingDisplay,
    HistoryDisplay,
    SamplesDisplay,
)

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")
# Now, because a test takes it away.
pytest.importorskip("matplotlib.pyplot")


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
    with pytest.raises(ValueError, match="X has the shape .10, 4., but .* 150 rows"):
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


@pytest.mark.parametrize("n_clusters", [10, 30])
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


@pytest.mark.parametrize(
    ("display", "data"),
    [
        (EmbeddingDisplay, ([[0, 1]], [0])),
        (ConfusionDisplay, ([0], [0])),
        (ClusterSizesDisplay, ([0],)),
        (SamplesDisplay, ([[[0, 1]]], [0])),
    ],
)
def test_plot_without_matplotlib(display, data, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    advice = f"{display.__name__}.plot requires matplotlib.*pip install matplotlib"
    with pytest.raises(ImportError, match=advice):
        display.from_predictions(*data)


# EmbeddingDisplay


def texts(display):
    return [text.get_text() for text in display.text_]


def test_pipeline_that_ends_in_a_clusterer_without_predict(X):
    pipeline = make_pipeline(StandardScaler(), AgglomerativeClustering(3)).fit(X)
    display = EmbeddingDisplay.from_estimator(pipeline, X)
    assert_array_equal(display.labels, pipeline[-1].labels_)


def test_estimator_without_labels(X):
    with pytest.raises(ValueError, match=r"estimator=Agg.*neither predict nor labels_"):
        EmbeddingDisplay.from_estimator(AgglomerativeClustering(3), X)


def test_classes_in_the_place_of_clusters(X):
    y = np.array(["a", "b", "c"]).repeat(50)
    display = EmbeddingDisplay.from_estimator(KMeans(2).fit(X), X, y)
    assert_array_equal(display.labels, y)
    assert sorted(texts(display)) == ["a", "b", "c"]


def test_names_are_at_samples_of_their_clusters():
    # The median of the first cluster is between its two halves.
    embedding = np.array([[0, 0], [1, 0], [9, 0], [10, 0], [5, 5]])
    display = EmbeddingDisplay.from_predictions(embedding, [3, 3, 3, 3, 8])
    assert texts(display) == ["3", "8"]
    assert [text.xy for text in display.text_] == [(1, 0), (5, 5)]


@pytest.mark.parametrize("n_clusters", [20, 68])
def test_names_do_not_overlap_or_leave_the_axes(n_clusters):
    rng = np.random.default_rng(0)
    labels = np.arange(n_clusters)
    display = EmbeddingDisplay.from_predictions(rng.random((n_clusters, 2)), labels)
    display.figure_.draw_without_rendering()
    boxes = [text.get_window_extent() for text in display.text_]
    assert n_clusters / 2 < len(boxes)
    for i, box in enumerate(boxes):
        assert box.count_overlaps(boxes[:i]) == 0
        assert display.ax_.get_window_extent().count_contains(box.get_points()) == 2


def test_larger_clusters_are_named_first():
    display = EmbeddingDisplay.from_predictions(np.zeros((3, 2)), [0, 1, 1])
    assert texts(display) == ["1"]


@pytest.mark.parametrize("scale", [None, StandardScaler()])
def test_centers_follow_the_projection(scale, X):
    pipeline = make_pipeline(scale, KMeans(3, random_state=0)).fit(X)
    display = EmbeddingDisplay.from_estimator(pipeline, X)
    scaled = pipeline[:-1].transform(X)
    pca = PCA(2, random_state=0).fit(scaled)
    centers = pca.transform(pipeline[-1].cluster_centers_)
    assert_allclose(display.centers, centers)
    assert_allclose(display.centers_.get_offsets(), centers)


def test_centers_of_another_space_are_not_shown(X):
    clusterer = DeepClusterer().fit(X)
    clusterer.cluster_centers_ = np.zeros((2, 3))  # the embedding has 2 columns
    assert EmbeddingDisplay.from_estimator(clusterer, X).centers is None
    clusterer.cluster_centers_ = np.zeros((2, 2))
    assert_array_equal(
        EmbeddingDisplay.from_estimator(clusterer, X).centers, np.zeros((2, 2))
    )


class Columns(BaseEstimator):
    """A projection onto chosen columns, which does not know new points."""

    def __init__(self, columns=(2, 3)):
        self.columns = columns

    def fit_transform(self, X, y=None):
        self.fitted_ = True
        return X[:, list(self.columns)]


def test_projection_by_a_transformer(X):
    projection = Columns()
    clusterer = KMeans(3, random_state=0).fit(X)
    display = EmbeddingDisplay.from_estimator(clusterer, X, projection=projection)
    assert_array_equal(display.embedding, X[:, 2:])
    assert display.centers is display.centers_ is None
    assert not hasattr(projection, "fitted_")


def test_projection_by_tsne(X):
    labels = np.arange(40) % 2
    display = EmbeddingDisplay.from_predictions(X[:40], labels, projection="tsne")
    assert display.embedding.shape == (40, 2)
    assert not np.allclose(display.embedding, reduced(X[:40]))


def test_projection_by_umap(X, monkeypatch):
    umap = SimpleNamespace(UMAP=lambda n_components, n_jobs, random_state: Columns())
    monkeypatch.setitem(sys.modules, "umap", umap)
    display = EmbeddingDisplay.from_predictions(X, X[:, 0] > 5, projection="umap")
    assert_array_equal(display.embedding, X[:, 2:])
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(ImportError, match="pip install umap-learn"):
        EmbeddingDisplay.from_predictions(X, X[:, 0] > 5, projection="umap")


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"projection": "isomap"}, "projection='isomap' is unknown; pass 'pca'"),
        ({"projection": Columns((0, 1, 2))}, r"projection=Columns.*shape \(150, 3\)"),
        ({"centers": [[0, 1]]}, "centers has 2 columns, but embedding has 4"),
        ({"images": np.zeros((150, 4))}, r"images has the shape \(150, 4\)"),
        ({"images": np.zeros((9, 2, 2))}, r"images has the shape .*n_samples=150"),
    ],
)
def test_embedding_refuses(kwargs, message, X):
    with pytest.raises(ValueError, match=message):
        EmbeddingDisplay.from_predictions(X, X[:, 0], **kwargs)


@pytest.mark.parametrize("shape", [(8, 8), (8, 6, 3)])
def test_images_do_not_overlap(shape):
    rng = np.random.default_rng(0)
    display = EmbeddingDisplay.from_predictions(
        rng.random((300, 2)),
        rng.integers(5, size=300),
        images=rng.random((300, *shape)),
    )
    display.figure_.draw_without_rendering()
    boxes = [image.get_window_extent() for image in display.images_]
    boxes += [text.get_window_extent() for text in display.text_]
    assert 20 < len(boxes) < 300
    assert not any(box.count_overlaps(boxes[:i]) for i, box in enumerate(boxes))


# HistoryDisplay

HISTORY = [
    {"stage": "reconstruct", "epoch": 1, "train_loss": 3.0, "seconds": 0.1},
    {"stage": "reconstruct", "epoch": 2, "train_loss": 2.0, "seconds": 0.1},
    {
        "stage": "cluster",
        "epoch": 1,
        "n_used_clusters": 7,
        "train_loss": 5.0,
        "kl": 4.0,
        "reconstruction": 1.0,
        "seconds": 0.1,
    },
    {"stage": "cluster", "epoch": 2, "train_loss": 3.0, "kl": 2.0, "reconstruction": 1},
    {
        "stage": "cluster",
        "epoch": 3,
        "n_used_clusters": 6,
        "label_change": 0.5,
        "train_loss": 2.0,
        "kl": 1.0,
        "reconstruction": 1.0,
        "seconds": 0.1,
    },
]


def curves(ax):
    return {line.get_label(): line.get_xydata().tolist() for line in ax.lines}


def test_history_has_a_panel_for_each_stage_and_measure():
    display = HistoryDisplay.from_history(HISTORY)
    panels = {ax.get_title(): curves(ax) for ax in display.axes_}
    assert list(panels) == [
        "reconstruct",
        "cluster",
        "cluster: clusters in use",
        "cluster: changed labels",
    ]
    assert panels["reconstruct"] == {"sum": [[1, 3], [2, 2]]}
    assert panels["cluster"]["kl"] == [[1, 4], [2, 2], [3, 1]]
    assert list(panels["cluster"]) == ["sum", "kl", "reconstruction"]
    used, changed = list(panels.values())[2:]
    assert used == {"n_used_clusters": [[1, 7], [3, 6]]}
    assert changed == {"label_change": [[3, 0.5]]}
    tops = [ax.get_subplotspec().rowspan.start for ax in display.axes_]
    assert tops == [0, 0, 1, 1]


def test_history_has_one_legend_where_losses_have_terms():
    figure = HistoryDisplay.from_history(HISTORY).figure_
    legends = [ax.get_legend() for ax in figure.axes if ax.get_legend()]
    assert [[text.get_text() for text in legend.texts] for legend in legends] == [
        ["sum", "kl", "reconstruction"]
    ]
    figure = HistoryDisplay.from_history(HISTORY[:2]).figure_
    assert not any(ax.get_legend() for ax in figure.axes)


@pytest.mark.parametrize("n_stages", [1, 2, 5])
def test_history_is_legible(n_stages):
    history = [
        {**row, "stage": f"{row['stage']} {stage}"}
        for stage in range(n_stages)
        for row in HISTORY[2:]
    ]
    display = HistoryDisplay.from_history(history)
    assert display.figure_.get_figwidth() <= 6
    display.figure_.draw_without_rendering()
    boxes = [ax.get_tightbbox() for ax in display.axes_]
    boxes += [ax.title.get_window_extent() for ax in display.axes_]
    figure = display.figure_.bbox
    assert all(figure.count_contains(box.get_points()) == 2 for box in boxes)
    panels = boxes[: len(display.axes_)]
    assert not any(box.count_overlaps(panels[:i]) for i, box in enumerate(panels))


def test_history_of_a_pipeline_on_given_axes():
    clusterer = DeepClusterer()
    clusterer.history_ = HISTORY
    figure, axes = matplotlib.pyplot.subplots(1, 2)
    pipeline = make_pipeline(StandardScaler(), clusterer)
    display = HistoryDisplay.from_estimator(pipeline, ax=axes[1])
    assert display.figure_ is figure
    place = axes[1].get_position()
    for ax in display.axes_:
        assert place.x0 - 1e-9 <= ax.get_position().x0 < place.x1


def test_history_refuses():
    with pytest.raises(
        ValueError, match=r"estimator=DeepClusterer\(\) has no history_"
    ):
        HistoryDisplay.from_estimator(DeepClusterer())
    with pytest.raises(ValueError, match=r"history=\[\] is empty"):
        HistoryDisplay.from_history([])
    with pytest.raises(ValueError, match=r"history\[1\]=.* has no 'stage'"):
        HistoryDisplay.from_history([HISTORY[0], {"epoch": 2, "train_loss": 1.0}])
    ax = matplotlib.pyplot.figure().add_axes((0, 0, 1, 1))
    with pytest.raises(ValueError, match="ax=.*not part of a grid of subplots"):
        HistoryDisplay.from_history(HISTORY, ax=ax)


# ConfusionDisplay


def ticks(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_confusion_is_aligned():
    display = ConfusionDisplay.from_predictions(
        ["a", "a", "a", "b", "b"], [1, 1, 2, 0, 0], class_names=["ant", "bee"]
    )
    assert_array_equal(display.counts, [[2, 0, 1], [0, 2, 0]])
    assert_allclose(display.im_.get_array(), [[2 / 3, 0, 1 / 3], [0, 1, 0]])
    assert display.ax_.get_title() == "ACC 0.80"
    assert texts(display) == ["2", "0", "1", "0", "2", "0"]
    assert ticks(display.ax_.yaxis) == ["ant", "bee"]
    assert ticks(display.ax_.xaxis) == ["1", "0", "2"]


def test_class_names_follow_their_rows():
    # One cluster: the matched class, the larger "b", comes first.
    display = ConfusionDisplay.from_predictions(
        ["a", "b", "b", "c"], [0, 0, 0, 0], class_names=["ant", "bee", "cat"]
    )
    assert list(display.class_names) == ["bee", "ant", "cat"]
    assert_array_equal(display.counts, [[2], [1], [1]])


def test_confusion_of_an_estimator(X):
    clusterer = DeepClusterer().fit(X)
    display = ConfusionDisplay.from_estimator(clusterer, X, clusterer.labels_)
    assert display.ax_.get_title() == "ACC 1.00"


def test_confusion_of_many_classes():
    labels = np.arange(68)
    display = ConfusionDisplay.from_predictions(labels, labels)
    assert display.text_ == []
    assert ticks(display.ax_.yaxis) == [str(label) for label in labels[::4]]


def test_confusion_refuses_names_of_other_classes():
    with pytest.raises(ValueError, match=r"class_names has the shape \(1,\); expected"):
        ConfusionDisplay.from_predictions([0, 1], [0, 1], class_names=["a"])


# ClusterSizesDisplay


def test_sizes_by_probability():
    probabilities = [[0.95, 0.05, 0], [0.9, 0.1, 0], [0.5, 0.5, 0], [0.3, 0.4, 0.3]]
    display = ClusterSizesDisplay.from_predictions([0, 0, 0, 1], probabilities)
    assert_array_equal(display.counts, [[1, 2, 0], [0, 0, 1], [0, 0, 0]])
    tops = [bars[0].get_y() + bars[0].get_height() for bars in display.bars_]
    assert tops == [1, 3, 3]
    assert ticks(display.ax_.xaxis) == ["0", "1", "2"]
    assert len(display.ax_.get_legend().get_texts()) == 3


def test_sizes_without_probabilities(X):
    clusterer = AgglomerativeClustering(3).fit(X)
    display = ClusterSizesDisplay.from_estimator(clusterer, X)
    assert_array_equal(display.counts[:, 0], np.bincount(clusterer.labels_))
    assert display.ax_.get_legend() is None
    assert ticks(display.ax_.xaxis) == ["0", "1", "2"]


@pytest.mark.parametrize("clusterer", [DeepClusterer(), GaussianMixture(2)])
def test_sizes_of_an_estimator_that_gives_probabilities(clusterer, X):
    pipeline = make_pipeline(StandardScaler(), clusterer).fit(X)
    display = ClusterSizesDisplay.from_estimator(pipeline, X)
    assert display.counts.shape == (2, 3)
    assert_array_equal(display.counts.sum(axis=1), np.bincount(pipeline.predict(X)))


def test_sizes_refuse_labels_of_other_clusters():
    with pytest.raises(ValueError, match="labels has 2; expected .* 0 to 1"):
        ClusterSizesDisplay.from_predictions([0, 2], [[1, 0], [0, 1]])
    with pytest.raises(
        ValueError, match="labels has 2 labels, but probabilities has 1"
    ):
        ClusterSizesDisplay.from_predictions([0, 1], [[1, 0]])


# SamplesDisplay


class Generator(DeepClusterer):
    """What the display needs of a clusterer that makes images."""

    weights_ = np.full(2, 0.5)

    def soft_predict(self, X):
        sure = 0.5 + X[:, 1] / 100
        return np.where(super().soft_predict(X) == 1, sure[:, None], 1 - sure[:, None])

    def sample(self, n_samples=1, cluster=None):
        return np.full((n_samples, 4), cluster), np.full(n_samples, cluster)

    def reconstruct(self, X):
        return -X


class Inverter(DeepClusterer):
    def inverse_transform(self, Z):
        return np.hstack([Z, Z])


def test_samples_in_the_order_of_their_scores():
    images = np.arange(4).reshape(-1, 1, 1)
    display = SamplesDisplay.from_predictions(
        images, [5, 3, 5, 5], [0.1, 0.2, 0.3, 0.2], n_images=2
    )
    assert_array_equal(display.clusters, [3, 5])
    assert_array_equal(display.images[:, 0, :, 0, 0], [[1, np.nan], [2, 3]])
    assert ticks(display.ax_.yaxis) == ["3", "5"]
    unscored = SamplesDisplay.from_predictions(images, [5, 3, 5, 5], n_images=2)
    assert_array_equal(unscored.images[1, 0, :, 0, 0], [0, 2])


def test_all_clusters_of_a_new_figure_are_named():
    images, labels = np.ones((68, 2, 2)), np.arange(68)
    display = SamplesDisplay.from_predictions(images, labels)
    assert len(ticks(display.ax_.yaxis)) == 68
    _, ax = matplotlib.pyplot.subplots()
    assert len(ticks(display.plot(ax=ax).ax_.yaxis)) == 17


def test_samples_are_where_their_names_are():
    images = np.arange(12.0).reshape(3, 2, 2)
    display = SamplesDisplay.from_predictions(images, [0, 1, 1])
    mosaic = display.im_.get_array().filled(-1)
    for row, tick in zip([0, 1], display.ax_.get_yticks(), strict=True):
        top = round(tick - 0.5)
        assert_array_equal(mosaic[top : top + 2, :2], images[row])


def test_typical_samples(X):
    clusterer = Generator().fit(X)
    display = SamplesDisplay.from_estimator(
        clusterer, X, image_shape=(2, 2), n_images=3
    )
    for label, shown in enumerate(display.images[:, 0]):
        members = X[clusterer.labels_ == label]
        largest = np.sort(members[:, 1])[::-1][:3]
        assert_array_equal(shown.reshape(3, 4)[:, 1], largest)


def test_typical_samples_are_near_to_the_centers(X):
    pipeline = make_pipeline(StandardScaler(), KMeans(3, random_state=0)).fit(X)
    display = SamplesDisplay.from_estimator(
        pipeline, X, image_shape=(1, 2, 2), n_images=1
    )
    nearest = X[pipeline.transform(X).argmin(axis=0)]
    assert_array_equal(display.images.reshape(3, 4), nearest)


def test_generated_samples():
    display = SamplesDisplay.from_estimator(
        Generator(), kind="generated", image_shape=(2, 2), n_images=3
    )
    assert display.images.shape == (2, 1, 3, 2, 2)
    assert_array_equal(display.images[:, 0, 0, 0, 0], [0, 1])


@pytest.mark.parametrize("clusterer", [Generator(), Inverter()])
def test_reconstructed_samples(clusterer, X):
    display = SamplesDisplay.from_estimator(
        clusterer.fit(X), X, kind="reconstructed", image_shape=(2, 2)
    )
    above, below = np.moveaxis(display.images, 1, 0).reshape(2, -1, 4)
    expected = -above if isinstance(clusterer, Generator) else above[:, [0, 1, 0, 1]]
    assert_array_equal(below, expected)


def test_reconstructions_go_back_through_a_pipeline(X):
    class Identity(Generator):
        def reconstruct(self, X):
            return X

    pipeline = make_pipeline(StandardScaler(), Identity()).fit(X)
    display = SamplesDisplay.from_estimator(
        pipeline, X, kind="reconstructed", image_shape=(2, 2)
    )
    assert_allclose(display.images[:, 0], display.images[:, 1])


def test_samples_in_colour():
    X = np.arange(24).reshape(2, 12) / 23
    clusterer = Generator().fit(X)
    display = SamplesDisplay.from_estimator(clusterer, X, image_shape=(3, 2, 2))
    assert_allclose(display.images[0, 0, 0, 0, 0], X[0, [0, 4, 8]])  # channels first
    assert display.im_.get_array().shape[2] == 3


@pytest.mark.parametrize(
    ("estimator", "kwargs", "message"),
    [
        (Generator(), {"kind": "median"}, "'kind' parameter .* Got 'median'"),
        (Generator(), {"X": None}, "X=None, but kind='typical' shows rows"),
        (Generator(), {"n_images": 0}, "'n_images' parameter .* Got 0"),
        (Generator(), {"image_shape": (3, 2)}, r"image_shape=\(3, 2\).* 4 features"),
        (Generator(), {"image_shape": (4, 1, 1)}, "image_shape=.*1 or 3 channels"),
        (DeepClusterer(), {"kind": "generated"}, "kind='generated' needs .*VaDE"),
        (DeepClusterer(), {"kind": "reconstructed"}, "kind='reconstructed' needs"),
        (AgglomerativeClustering(2), {}, "estimator=Agg.*from_predictions"),
        (
            make_pipeline(Normalizer(), Generator()),
            {"kind": "generated"},
            "kind='generated' needs the way back.*without inverse_transform",
        ),
        (GaussianMixture(2), {"kind": "generated"}, "kind='generated' needs"),
    ],
)
def test_samples_refuse(estimator, kwargs, message, X):
    arguments = {"X": X, "image_shape": (2, 2)} | kwargs
    with pytest.raises(ValueError, match=message):
        SamplesDisplay.from_estimator(estimator.fit(X), **arguments)


@pytest.mark.parametrize(
    ("projection", "columns", "names"),
    [
        ("pca", 3, r"Principal component \d \(\d+% of variance\)"),
        ("tsne", 3, r"t-SNE \d"),
        ("pca", 2, r"Embedding \d"),
        (FactorAnalysis(2), 3, r"FactorAnalysis \d"),
    ],
)
def test_axes_of_an_embedding_are_named(projection, columns, names):
    X, y = load_iris(return_X_y=True)
    ax = EmbeddingDisplay.from_predictions(X[:, :columns], y, projection=projection).ax_
    assert re.fullmatch(names.replace(r"\d", "1", 1), ax.get_xlabel())
    assert re.fullmatch(names.replace(r"\d", "2", 1), ax.get_ylabel())


def test_the_axis_of_a_loss_is_named():
    history = [{"stage": "cluster", "epoch": 1, "label_change": 0.1, "train_loss": 1.0}]
    first, second = HistoryDisplay.from_history(history).axes_
    assert (first.get_ylabel(), second.get_ylabel()) == ("Loss", "")
