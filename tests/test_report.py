"""Tests of the page that tells what a clusterer found."""

import re
import sys
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.sparse import csr_array
from sklearn.cluster import DBSCAN, KMeans
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from skdeepcluster import IDEC, Autoencoder
from skdeepcluster.inspection import typical_members, write_report

pytest.importorskip("bokeh")

rng = np.random.default_rng(0)
Y = np.repeat([0, 1, 2], 20)
X = rng.normal(size=(60, 4)) + 9 * np.eye(3, 4)[Y]
HOSTILE = "<script>alert('x')</script> & </script>"


class Page(HTMLParser):
    """The text of a page, its elements, and what they would load."""

    def __init__(self, path):
        super().__init__()
        self.html = path.read_text(encoding="utf-8")
        self.words, self.tags, self.loaded, self.hidden = [], [], [], 0
        self.feed(self.html)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.hidden += tag in ("script", "style")
        self.loaded += [value for key, value in attrs if key == "src"]
        self.loaded += [v for key, v in attrs if key == "href" and tag == "link"]

    def handle_endtag(self, tag):
        self.hidden -= tag in ("script", "style")

    def handle_data(self, data):
        if not self.hidden:
            self.words.append(data)


def report(tmp_path, *args, **kwargs):
    path = tmp_path / "report.html"
    write_report(*args, path, **{"projection": "pca"} | kwargs)
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    page = Page(path)
    assert all(address.startswith("data:") for address in page.loaded)
    style = re.search(r"<style>(.*?)</style>", page.html, re.DOTALL)[1]
    assert "url(" not in style
    assert "@import" not in style
    return page


def test_an_array(tmp_path):
    mixture = GaussianMixture(3, random_state=0).fit(X)
    page = report(tmp_path, mixture, X)
    assert "GaussianMixture: 3 clusters" in page.text
    assert "60 rows of 4 features, 3 clusters." in page.text
    assert "GaussianMixture(n_components=3" in page.text
    for text in ("confidence", "Typical members", "Unusual members", "x3"):
        assert text in page.text
    assert page.text.count("20 rows, 33%, mean confidence 1.00") == 3
    assert "Training" not in page.text
    first = typical_members(mixture, X, 0, 1)[0]
    assert f" {first} " in page.text.split("Cluster 0")[1].split("Doubtful")[0]


def test_a_pipeline_of_this_package_and_a_table(tmp_path):
    frame = pd.DataFrame({"income": 1e4 * X[:, 0], "home": np.array(list("abc"))[Y]})
    columns = make_column_transformer(
        (StandardScaler(), make_column_selector(dtype_include="number")),
        (OneHotEncoder(sparse_output=False), make_column_selector("home")),
    )
    autoencoder = Autoencoder(2, hidden_layer_sizes=(16,), batch_size=16)
    autoencoder.set_params(max_epochs=15)
    idec = IDEC(3, autoencoder=autoencoder, max_epochs=2, random_state=0)
    pipeline = make_pipeline(columns, idec).fit(frame)
    page = report(tmp_path, pipeline, frame, title="Customers")
    for text in ("Customers", "income", "home=a", "100%", "home", "Training"):
        assert text in page.text
    stages = {row["stage"] for row in pipeline[-1].history_}
    assert stages <= set(page.text.split("Training")[1].split())
    assert f"{len(pipeline[-1].history_)} epochs in" in page.text


@pytest.mark.parametrize("head", [[], [TruncatedSVD(2)]])
def test_texts(tmp_path, head):
    texts = ["a cat", "the cat", "cats and a cat", "the sun", "sun", "a sunny sun"] * 3
    pipeline = make_pipeline(CountVectorizer(), *head, KMeans(2, random_state=0))
    page = report(tmp_path, pipeline.fit(texts), texts)
    overview, *clusters = page.text.split("What tells it from the others")
    assert {text.split()[0] for text in clusters} == {"cat", "sun"}
    assert re.search(r"stands out by 0 \d+ \d+% (cat|sun), ", overview)
    assert "a sunny sun" in page.text
    assert report(tmp_path, pipeline, texts, projection="tsne").text == page.text
    held = pd.Series(texts, index=range(7, 25))
    assert report(tmp_path, pipeline, held).text == page.text
    assert report(tmp_path, pipeline, np.array(texts)).text == page.text
    assert "18 rows, 2 clusters" in page.text


@pytest.mark.parametrize("shape", [(2, 2), (1, 2, 2)])
def test_images(tmp_path, shape):
    page = report(tmp_path, KMeans(3, n_init=1).fit(X), X, image_shape=shape)
    assert page.tags.count("img") == 2 * 3 * 5
    assert "What tells" not in page.text


def test_coloured_images(tmp_path):
    rows = rng.random((20, 12))
    kmeans = KMeans(2, random_state=0).fit(rows)
    page = report(tmp_path, kmeans, rows, image_shape=(3, 2, 2), n_members=1)
    assert page.tags.count("img") == 4


def test_embeddings_with_descriptions(tmp_path):
    wide = np.hstack([X] * 20)
    kmeans = KMeans(3, random_state=0).fit(wide)
    described = report(
        tmp_path, kmeans, wide, descriptions=[f"kind{y} n{i}" for i, y in enumerate(Y)]
    )
    clusters = described.text.split("What tells it from the others")[1:]
    assert {text.split()[0] for text in clusters} == {"kind0", "kind1", "kind2"}
    plain = report(tmp_path, kmeans, wide)
    assert "What tells" not in plain.text
    assert "Typical members Rows" in plain.text


def test_counts(tmp_path):
    counts = csr_array(np.eye(3, dtype=int)[Y])
    kmeans = KMeans(3, random_state=0).fit(counts)
    page = report(tmp_path, kmeans, counts, feature_names=["ant", "bee", "cow"])
    clusters = page.text.split("What tells it from the others")[1:]
    assert {text.split()[0] for text in clusters} == {"ant", "bee", "cow"}


@pytest.mark.parametrize("container", [pd.DataFrame, pl.DataFrame])
def test_all_that_comes_from_the_data_is_escaped(tmp_path, container):
    frame = container({"a" + HOSTILE: [HOSTILE, "b"] * 9, "n": [0.0, 9.0] * 9})
    head = FunctionTransformer(lambda frame: np.asarray(frame)[:, 1:].astype(float))
    pipeline = make_pipeline(head, KMeans(2, random_state=0)).fit(frame)
    page = report(tmp_path, pipeline, frame, title=HOSTILE)
    assert "<script>alert" not in page.html
    assert HOSTILE in page.text
    texts = report(tmp_path, KMeans(2).fit(X), X, descriptions=[HOSTILE] * 60)
    assert "<script>alert" not in texts.html
    assert HOSTILE in texts.text


def test_noise_and_a_clusterer_without_predict(tmp_path):
    rows = np.vstack([X, [[500.0] * 4]])
    page = report(tmp_path, DBSCAN(eps=6).fit(rows), rows)
    assert "61 rows of 4 features, 3 clusters, 1 rows of noise" in page.text
    assert "Typical" not in page.text


def test_any_object_with_predict(tmp_path):
    class Clusterer:
        def predict(self, X):
            return Y

    page = report(tmp_path, Clusterer(), X.tolist())
    assert "Clusterer: 3 clusters" in page.text
    assert "Typical" not in page.text


def test_at_most_two_thousand_points(tmp_path):
    rows = rng.normal(size=(2100, 2))
    page = report(tmp_path, KMeans(2, n_init=1).fit(rows), rows)
    assert "2,000 of 2,100 rows, drawn at random" in page.text


def test_without_bokeh(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "bokeh.plotting", None)
    with pytest.raises(ImportError, match="write_report requires bokeh; .*pip install"):
        report(tmp_path, KMeans(3).fit(X), X)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"descriptions": ["a"]}, r"descriptions has the shape .* there are 60 rows"),
        ({"feature_names": ["a"]}, r"feature_names has the shape .* X has 4 columns"),
        ({"image_shape": (3, 3)}, r"image_shape=\(3, 3\) does not fit rows with 4"),
        ({"projection": "none"}, "projection='none' is unknown"),
        ({"n_members": 0}, "'n_members' parameter .* Got 0"),
    ],
)
def test_refused(tmp_path, kwargs, message):
    with pytest.raises(ValueError, match=message):
        report(tmp_path, KMeans(3, n_init=1).fit(X), X, **kwargs)
    assert list(tmp_path.iterdir()) == []
