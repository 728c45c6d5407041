"""Tests of the benchmark, with small stand-ins for deep estimators."""

import csv
import json
import re
import sys
import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from damage import damages
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin
from sklearn.cluster import DBSCAN, KMeans
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.utils import resample

import skdeepcluster
from skdeepcluster import Autoencoder
from skdeepcluster.benchmark import BenchmarkResult, run_benchmark
from skdeepcluster.benchmark.__main__ import _set_everywhere, main
from skdeepcluster.benchmark._catalog import DATASETS, METHODS, make_estimator
from skdeepcluster.benchmark._store import COLUMNS, Store, settings
from skdeepcluster.metrics import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")

calls = []


@pytest.fixture(autouse=True)
def no_calls():
    calls.clear()


class Encoder(TransformerMixin, BaseEstimator):
    """Stands in for an autoencoder."""

    def __init__(self, n_components=2, *, max_epochs=1, random_state=None):
        self.n_components = n_components
        self.max_epochs = max_epochs
        self.random_state = random_state

    def fit(self, X, y=None):
        calls.append(("Encoder", self.random_state))
        assert y is None
        self.pca_ = PCA(self.n_components, random_state=self.random_state).fit(X)
        return self

    def transform(self, X):
        return self.pca_.transform(X)


class Deep(ClusterMixin, BaseEstimator):
    """Stands in for a deep clusterer; starts with everything in one cluster."""

    def __init__(self, n_clusters=3, *, autoencoder=None, random_state=None):
        self.n_clusters = n_clusters
        self.autoencoder = autoencoder
        self.random_state = random_state

    def fit(self, X, y=None):
        calls.append(("Deep", self.random_state))
        assert y is None
        self.autoencoder_ = self.autoencoder
        if self.autoencoder is None:
            self.autoencoder_ = Encoder(random_state=self.random_state).fit(X)
        else:
            assert isinstance(self.autoencoder, FrozenEstimator)
        self.initial_labels_ = np.zeros(len(X), dtype=int)
        self.kmeans_ = KMeans(self.n_clusters, random_state=self.random_state)
        self.labels_ = self.kmeans_.fit_predict(self.transform(X))
        self.n_iter_ = 7
        return self

    def transform(self, X):
        return self.autoencoder_.transform(X)

    def soft_predict(self, X):
        return np.eye(self.n_clusters)[self.kmeans_.predict(self.transform(X))]


class Own:
    """A user's clusterer with nothing but `fit_predict`."""

    def fit_predict(self, X):
        calls.append(("Own", None))
        return (X[:, 0] > 0).astype(int)


class Failing:
    def fit_predict(self, X):
        calls.append(("Failing", None))
        raise ValueError("two\nlines")


class Killed:
    """A clusterer during which the user gives up, in the run of that number."""

    at_call = None

    def fit_predict(self, X):
        calls.append(("Killed", None))
        if len(calls) == self.at_call:
            raise KeyboardInterrupt
        return np.zeros(len(X), dtype=int)


@pytest.fixture
def data():
    return make_blobs(90, 4, centers=3, cluster_std=3, random_state=0)


def test_row(data):
    X, y = data
    kmeans = KMeans(3, n_init=1)
    result = run_benchmark({"km": kmeans}, {"blobs": data}, seeds=[4], verbose=0)
    fitted = KMeans(3, n_init=1, random_state=4).fit(X)
    (row,) = result.rows
    assert row["dataset"] == "blobs"
    assert row["method"] == "km"
    assert row["seed"] == 4
    assert (row["n_samples"], row["n_features"], row["n_clusters"]) == (90, 4, 3)
    assert row["acc"] == clustering_accuracy_score(y, fitted.labels_)
    assert row["nmi"] == normalized_mutual_info_score(y, fitted.labels_)
    assert row["ari"] == adjusted_rand_score(y, fitted.labels_)
    assert row["initial_acc"] is row["initial_nmi"] is row["initial_ari"] is None
    assert row["n_clusters_found"] == 3
    assert row["seconds"] > 0
    assert row["pretraining_seconds"] is None
    assert row["peak_memory_mib"] > 1
    assert row["n_iter"] == fitted.n_iter_
    assert row["error"] == ""
    assert json.loads(row["settings"])["n_init"] == 1
    assert {"scikit-learn", "numpy", "python"} <= set(json.loads(row["versions"]))
    assert row["threads"] >= 1
    assert row["date"].endswith("+00:00")
    assert not hasattr(kmeans, "labels_")
    assert kmeans.random_state is None


def test_order_of_rows(data):
    estimators = {"a": Own(), "b": Own()}
    datasets = {"x": data, "y": data}
    result = run_benchmark(estimators, datasets, seeds=2, verbose=0)
    runs = [(row["dataset"], row["seed"], row["method"]) for row in result.rows]
    assert runs == [(d, s, m) for d in "xy" for s in (0, 1) for m in "ab"]


def test_given_random_state_is_kept(data):
    estimators = {"km": KMeans(3, init="random", n_init=1, random_state=0)}
    result = run_benchmark(estimators, {"blobs": data}, seeds=3, verbose=0)
    assert len({row["acc"] for row in result.rows}) == 1


def test_seed_reaches_nested_estimators(data):
    pipeline = make_pipeline(Encoder(max_epochs=3), Deep(autoencoder=None))
    run_benchmark({"nested": pipeline}, {"blobs": data}, seeds=[3], verbose=0)
    assert calls == [("Encoder", 3), ("Deep", 3), ("Encoder", 3)]


def test_initial_scores(data):
    estimators = {"deep": Deep(), "pipeline": make_pipeline(PCA(3), Deep())}
    result = run_benchmark(estimators, {"blobs": data}, seeds=1, verbose=0)
    for row, entry in zip(result.rows, result.summary(), strict=True):
        assert_allclose(row["initial_acc"], 1 / 3)
        assert row["initial_ari"] == 0
        assert row["n_iter"] == 7
        assert_allclose(entry["gain_mean"], row["acc"] - 1 / 3)


def test_estimator_that_depends_on_the_data(data):
    names = []

    def make(dataset):
        names.append(dataset)
        return KMeans(2 if dataset == "two" else 3)

    datasets = {"two": data, "three": data}
    result = run_benchmark({"km": make}, datasets, seeds=2, verbose=0)
    assert names == ["two", "three"]
    assert [row["n_clusters_found"] for row in result.rows] == [2, 2, 3, 3]


@pytest.mark.parametrize("out", [None, "results"])
def test_pretraining_is_shared(data, out, tmp_path):
    estimators = {
        "ae+km": make_pipeline(Encoder(), KMeans(3)),
        "deep": Deep(autoencoder=Encoder()),
        "other": Deep(autoencoder=Encoder(n_components=3)),
        "own": Deep(),
        "fixed": Deep(autoencoder=FrozenEstimator(Encoder().fit(data[0]))),
        "plain": make_pipeline(PCA(2), KMeans(3)),
        "alone": make_pipeline(Deep()),
    }
    calls.clear()
    result = run_benchmark(
        estimators,
        {"blobs": data},
        seeds=2,
        out=out and tmp_path / out,
        verbose=0,
    )
    assert not any(row["error"] for row in result.rows)
    for seed in range(2):
        # Shared, of "other", of "own" and of "alone".
        assert calls.count(("Encoder", seed)) == 4
        seconds = {
            row["method"]: row["pretraining_seconds"]
            for row in result.rows
            if row["seed"] == seed
        }
        assert seconds["ae+km"] == seconds["deep"] > 0
        assert seconds["other"] not in (None, seconds["deep"])
        assert all(seconds[name] is None for name in ("own", "fixed", "plain"))
    assert estimators["deep"].autoencoder.random_state is None


def test_failing_method_is_a_row(data, tmp_path):
    estimators = {"bad": Failing(), "own": Own()}
    result = run_benchmark(estimators, {"b": data}, seeds=2, out=tmp_path, verbose=0)
    errors = [row["error"] for row in result.rows]
    assert errors == ["ValueError: two lines", ""] * 2
    bad, own = result.summary()
    assert (bad["n"], bad["n_failures"], bad["acc_mean"]) == (0, 2, None)
    assert (own["n"], own["n_failures"]) == (2, 0)
    text = result.to_markdown()
    assert "| 0 (2 failed) |" in text
    assert "- bad, seed 1: ValueError: two lines" in text
    # A failed run is tried again, one that is done is not.
    run_benchmark(estimators, {"b": data}, seeds=2, out=tmp_path, verbose=0)
    assert calls.count(("Failing", None)) == 4
    assert calls.count(("Own", None)) == 2


def test_wrong_number_of_labels_is_a_row(data):
    class Short:
        def fit_predict(self, X):
            return np.zeros(len(X) - 1)

    result = run_benchmark({"short": Short()}, {"b": data}, seeds=1, verbose=0)
    assert result.rows[0]["error"].startswith("ValueError")


def test_resume_after_interruption(data, tmp_path, monkeypatch):
    def run():
        estimators = {"deep": Deep(autoencoder=Encoder()), "killed": Killed()}
        return run_benchmark(
            estimators, {"blobs": lambda: data}, seeds=2, out=tmp_path, verbose=0
        )

    monkeypatch.setattr(Killed, "at_call", 3)
    with pytest.raises(KeyboardInterrupt):
        run()
    done = [("Encoder", 0), ("Deep", 0), ("Killed", None)]
    assert calls == done
    first = run()
    missing = [("Killed", None), ("Encoder", 1), ("Deep", 1), ("Killed", None)]
    assert calls == done + missing
    second = run()
    assert calls == done + missing
    assert second.rows == first.rows
    assert second.to_markdown() == first.to_markdown()
    assert set(second.embeddings) == {("blobs", "deep"), ("blobs", "killed")}


def test_pretraining_survives_an_interruption(data, tmp_path):
    class Interrupted(Deep):
        def fit(self, X, y=None):
            raise KeyboardInterrupt

    for method in (Interrupted, Interrupted, Deep):
        estimators = {"deep": method(autoencoder=Encoder())}
        try:
            run_benchmark(estimators, {"b": data}, seeds=1, out=tmp_path, verbose=0)
        except KeyboardInterrupt:
            pass
    assert calls.count(("Encoder", 0)) == 1


def test_finished_data_set_is_not_loaded(data, tmp_path):
    def fail():
        raise AssertionError("loaded")

    run_benchmark({"own": Own()}, {"b": data}, seeds=1, out=tmp_path, verbose=0)
    run_benchmark({"own": Own()}, {"b": fail}, seeds=1, out=tmp_path, verbose=0)
    with pytest.raises(AssertionError, match="loaded"):
        run_benchmark({"own": Own()}, {"b": fail}, seeds=2, out=tmp_path, verbose=0)


def test_changed_settings_run_again(data, tmp_path):
    for n_clusters in (2, 3):
        result = run_benchmark(
            {"km": KMeans(n_clusters)}, {"b": data}, seeds=1, out=tmp_path, verbose=0
        )
        assert [row["n_clusters_found"] for row in result.rows] == [n_clusters]
        _, labels = result.embeddings["b", "km"]
        assert len(np.unique(labels)) == n_clusters


@pytest.mark.parametrize("n_lost", [1, 30])
def test_torn_last_line(data, tmp_path, n_lost):
    args = {"own": Own()}, {"b": data}
    first = run_benchmark(*args, seeds=3, out=tmp_path, verbose=0)
    path = tmp_path / "results.csv"
    path.write_bytes(path.read_bytes()[:-n_lost])
    second = run_benchmark(*args, seeds=3, out=tmp_path, verbose=0)
    assert calls.count(("Own", None)) == 4
    assert second.rows[:2] == first.rows[:2]
    with path.open(newline="") as file:
        assert [row["seed"] for row in csv.DictReader(file)] == ["0", "1", "2"]


def test_results_of_another_version(data, tmp_path):
    (tmp_path / "results.csv").write_text("dataset,method\n")
    with pytest.raises(ValueError, match=r"results\.csv .* another folder"):
        run_benchmark({"own": Own()}, {"b": data}, out=tmp_path, verbose=0)


# Damaged files


ROW = {
    **dict.fromkeys(COLUMNS),
    "dataset": "b",
    "method": "own, or not",
    "acc": 0.5,
    "error": "",
    "settings": settings(KMeans(2)),
}


@given(st.data())
def test_damaged_results_are_refused_and_never_lost(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damaged")
    store = Store(folder)
    for seed in range(3):
        store.append({**ROW, "seed": seed})
    path = folder / "results.csv"
    damaged = data.draw(damages(path.read_bytes()))
    path.write_bytes(damaged)
    try:
        Store(folder).finished()
    except ValueError as error:
        if str(path) not in str(error):
            raise
    kept = path.read_bytes()
    if damaged:
        # All but the line that was being written.
        assert damaged.startswith(kept)
        assert b"\n" not in damaged[len(kept) :]


@pytest.mark.parametrize(
    ("old", "new"),
    [(b",0,", b",zero,"), (b"own, or", b'own"or'), (b",0,", b",0,0,"), (b"b", b"\xff")],
)
def test_a_damaged_line_is_named(old, new, tmp_path):
    Store(tmp_path).append({**ROW, "seed": 0})
    path = tmp_path / "results.csv"
    head, line = path.read_bytes().split(b"\n", 1)
    path.write_bytes(head + b"\n" + line.replace(old, new, 1))
    with pytest.raises(
        ValueError, match=r"results\.csv is damaged in or after line \d: "
    ):
        Store(tmp_path).finished()


def test_results_that_are_none_are_left_as_they_are(tmp_path):
    (tmp_path / "results.csv").write_text("something else")
    with pytest.raises(ValueError, match=r"results\.csv .* another folder"):
        Store(tmp_path)
    assert (tmp_path / "results.csv").read_text() == "something else"


def expect_told(caught, path):
    """Expect one warning that names the file and what is done."""
    (told,) = caught
    assert f"{path} cannot be read" in str(told.message)


@given(st.data())
def test_damaged_transformers_are_fitted_anew_and_this_is_told(tmp_path_factory, data):
    store = Store(tmp_path_factory.mktemp("damaged"))
    rows = np.random.default_rng(0).random((20, 5))

    def fit():
        return Encoder(random_state=0).fit(rows), 1.0

    expected = store.pretrained("b", 0, Encoder(), fit)[0].transform(rows)
    (path,) = (store.folder / "pretrained").iterdir()
    path.write_bytes(data.draw(damages(path.read_bytes())))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        encoder, _ = store.pretrained("b", 0, Encoder(), fit)
    assert_array_equal(encoder.transform(rows), expected)
    if caught:
        expect_told(caught, path)
    with warnings.catch_warnings(record=True) as again:
        store.pretrained("b", 0, Encoder(), fit)
    assert not again


@given(st.data())
def test_damaged_embeddings_make_no_picture_and_this_is_told(tmp_path_factory, data):
    store = Store(tmp_path_factory.mktemp("damaged"))
    store.save_embedding(ROW, np.ones((7, 2)), np.arange(7))
    (path,) = (store.folder / "embeddings").iterdir()
    path.write_bytes(data.draw(damages(path.read_bytes())))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        kept = store.load_embedding(ROW)
    if kept is None:
        expect_told(caught, path)
    else:
        embedding, labels = kept
        assert_array_equal(embedding, np.ones((7, 2)))
        assert_array_equal(labels, np.arange(7))


def test_mean_and_deviation():
    row = {
        "dataset": "d",
        "method": "m",
        "n_samples": 1000,
        "n_features": 2,
        "n_clusters": 3,
        "nmi": 0.5,
        "ari": -0.1,
        "initial_acc": 0.6,
        "pretraining_seconds": None,
        "seconds": 1.0,
        "peak_memory_mib": 10.0,
        "error": "",
    }
    rows = [row | {"seed": i, "acc": acc} for i, acc in enumerate([0.7, 0.8, 0.9])]
    (summary,) = BenchmarkResult(rows, {}).summary()
    assert_allclose(summary["acc_mean"], 0.8)
    assert_allclose(summary["acc_sd"], 0.1)
    assert_allclose(summary["gain_mean"], 0.2)
    assert summary["pretraining_seconds_mean"] is None
    text = BenchmarkResult(rows, {}).to_markdown()
    assert "### d\n\n1,000 samples, 2 features, 3 classes\n" in text
    cells = "| m | 80.0 ± 10.0 | 50.0 ± 0.0 | -10.0 ± 0.0 | +20.0 ± 10.0 |"
    assert f"{cells} 1.00 ± 0.00 | – | 10 ± 0 | 3 |" in text
    (single,) = BenchmarkResult(rows[:1], {}).summary()
    assert single["acc_mean"] == 0.7
    assert single["acc_sd"] is None
    assert "| m | 70.0 | 50.0 |" in BenchmarkResult(rows[:1], {}).to_markdown()


def test_files(data, tmp_path):
    open_figures = matplotlib.pyplot.get_fignums()
    estimators = {"km": KMeans(3), "a/b c": Deep(), "bad": Failing()}
    datasets = {"blobs": data, "more-blobs": data}
    result = run_benchmark(estimators, datasets, seeds=2, out=tmp_path, verbose=0)
    report = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert report.startswith(result.to_markdown())
    assert "Made by `python " in report
    assert '"scikit-learn": ' in report
    names = {path.name for path in (tmp_path / "embeddings").iterdir()}
    assert "blobs-km.npz" in names
    assert len(names) == 4
    picture = matplotlib.image.imread(tmp_path / "results.png")
    height, width = picture.shape[:2]
    # Scatter plots in colour on the left, bars on the right, in both rows.
    for part in (
        picture[: height // 2, : width // 5],
        picture[height // 2 :, : width // 5],
        picture[: height // 2, -width // 3 :],
        picture[height // 2 :, -width // 3 :],
    ):
        assert len(np.unique(part.reshape(-1, part.shape[-1]), axis=0)) > 3
    assert matplotlib.pyplot.get_fignums() == open_figures


def test_plot(data):
    estimators = {"km": KMeans(3), "bad": Failing()}
    result = run_benchmark(estimators, {"blobs": data}, seeds=2, verbose=0)
    figure = result.plot()
    scatter, missing, bars = figure.axes
    assert scatter.get_title() == "km"
    assert len(scatter.collections[0].get_offsets()) == 90
    assert missing.texts[0].get_text() == "no picture"
    assert [bar.get_width() for bar in bars.patches][::2] == [
        result.summary()[0][f"{score}_mean"] for score in ("acc", "nmi", "ari")
    ]
    matplotlib.pyplot.close(figure)


def test_embedding_has_few_points_in_the_colours_of_the_classes():
    X, y = make_blobs(2500, 3, centers=[[0] * 3, [9] * 3, [18] * 3], random_state=0)
    result = run_benchmark({"km": KMeans(3)}, {"b": (X, y)}, seeds=1, verbose=0)
    embedding, labels = result.embeddings["b", "km"]
    assert embedding.shape == (2000, 2)
    # The clusters have the numbers of the classes.
    kept = resample(y, replace=False, n_samples=2000, random_state=0)
    assert np.bincount(labels).tolist() == np.bincount(kept).tolist()
    middles = [embedding[labels == number].mean(axis=0) for number in range(3)]
    for number, middle in enumerate(middles):
        apart = np.linalg.norm(middles - middle, axis=1)
        own = np.linalg.norm(embedding[labels == number] - middle, axis=1)
        assert np.delete(apart, number).min() > np.median(own)


def test_texts():
    texts = ["red apple", "red cherry", "blue sky", "blue sea"] * 5
    y = np.array(["fruit", "fruit", "water", "water"] * 5)
    pipeline = make_pipeline(TfidfVectorizer(), KMeans(2))
    result = run_benchmark({"km": pipeline}, {"t": (texts, y)}, seeds=1, verbose=0)
    assert result.rows[0]["acc"] == 1
    assert result.rows[0]["n_features"] is None
    assert "20 samples, 2 classes" in result.to_markdown()
    assert result.embeddings["t", "km"][0].shape == (20, 2)


def test_no_picture_of_what_has_no_embedding():
    class Length:
        def fit_predict(self, X):
            return [len(text) for text in X]

    with pytest.warns(UserWarning, match="No picture of length on t"):
        result = run_benchmark(
            {"length": Length()}, {"t": (["a", "bb"], [0, 1])}, seeds=1, verbose=0
        )
    assert result.rows[0]["acc"] == 1
    assert result.embeddings == {("t", "length"): None}


def test_progress(data, capsys):
    run_benchmark({"own": Own()}, {"blobs": data}, seeds=1, verbose=0)
    assert capsys.readouterr() == ("", "")
    run_benchmark({"own": Own(), "bad": Failing()}, {"blobs": data}, seeds=2)
    out, err = capsys.readouterr()
    assert out == ""
    first, *lines = err.splitlines()
    assert first.startswith("4 runs: each method on each data set with 2 seeds.")
    assert re.match(r"blobs own seed 0: ACC [\d.]+, [\d.]+ s$", lines[0])
    assert re.match(r"blobs bad seed 0: ValueError.*; about \d+ s left for", lines[1])
    assert "left" not in lines[-1]


@pytest.mark.parametrize(
    ("wrong", "error", "message"),
    [
        ({"estimators": {}}, ValueError, "estimators is empty"),
        ({"datasets": {}}, ValueError, "datasets is empty"),
        ({"seeds": 0}, ValueError, "seeds=0 .* expected an int >= 1"),
        ({"seeds": []}, ValueError, "seeds=.* non-empty"),
        ({"seeds": [0.5]}, ValueError, "seeds=.* sequence of int"),
        ({"seeds": 2.5}, ValueError, "seeds=2.5"),
        ({"estimators": {"pca": PCA()}}, TypeError, "'pca'.* fit_predict"),
        ({"estimators": {"km": KMeans}}, TypeError, "'km'.* expected an instance"),
        ({"datasets": {"b": ([[0], [1]], [0])}}, ValueError, "'b'.* 2 rows .* 1 label"),
    ],
)
def test_wrong_input(data, wrong, error, message):
    given = {"estimators": {"own": Own()}, "datasets": {"b": data}, "verbose": 0}
    with pytest.raises(error, match=message):
        run_benchmark(**given | wrong)


def test_command_line(tmp_path, capsys):
    command = ["--data", "digits", "--methods", "kmeans", "--seeds", "2"]
    main([*command, "--threads", "1", "--out", str(tmp_path)])
    out, _ = capsys.readouterr()
    assert "### digits" in out
    assert "| kmeans |" in out
    assert str(tmp_path / "results.png") in out
    assert (tmp_path / "results.png").exists()


@pytest.mark.parametrize(
    ("option", "known"), [("--data", "sigmoid-blobs"), ("--methods", "ae+kmeans")]
)
def test_unknown_name_lists_what_exists(option, known, capsys):
    with pytest.raises(SystemExit):
        main(["--data", "digits", option, "nothing"])
    err = capsys.readouterr().err
    assert "'nothing'" in err
    assert known in err


class Picky(KMeans):
    """A clusterer of one's own."""


NOISY = DBSCAN(eps=0.5)


@pytest.mark.parametrize("ending", ["csv", "npy"])
def test_data_and_methods_of_ones_own(ending, tmp_path, capsys, monkeypatch):
    X, y = make_blobs(60, 3, centers=3, random_state=0)
    if ending == "csv":
        frame = pd.DataFrame(X * [1, 1e4, 1], columns=["a", "b", "c"])
        frame.insert(1, "kind", np.array(["x", "y", None])[y])
        frame.assign(y=y).to_csv(tmp_path / "own.csv", index=False)
    else:
        np.save(tmp_path / "own.npy", np.column_stack([X * [1, 1e4, 1], y]))
    path = str(tmp_path / f"own.{ending}")
    methods = [f"{__name__}:{name}" for name in ("Picky", "NOISY", "Own")]
    command = ["--data", path, "--methods", "kmeans", *methods, "--seeds", "1"]
    main([*command, "--out", str(tmp_path / "results")])
    out, _ = capsys.readouterr()
    assert f"### own.{ending}\n\n60 samples" in out
    assert "3 classes" in out
    lines = {line.split()[1]: line for line in out.splitlines() if line[:2] == "| "}
    assert "| 100.0 |" in lines[methods[0]]
    assert re.search(rf"noise.*\n\n- {methods[1]}, seed 0: \d+ rows", out)


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (["--data", "none.csv"], "none.csv is no file"),
        (["--methods", "nothing:Thing"], "nothing:Thing is not to be found"),
        (["--methods", "json:dumps"], "json:dumps has no fit_predict"),
    ],
)
def test_wrong_data_and_methods_of_ones_own(option, message, capsys):
    with pytest.raises(SystemExit):
        main(["--data", "digits", *option])
    assert message in capsys.readouterr().err


def test_an_array_without_classes(tmp_path, capsys):
    np.save(tmp_path / "rows.npy", np.arange(20.0).reshape(10, 2))
    with pytest.raises(SystemExit):
        main(["--data", str(tmp_path / "rows.npy")])
    assert "10 classes of 10 rows in its last column" in capsys.readouterr().err


def test_number_of_seeds_is_positive(capsys):
    with pytest.raises(SystemExit):
        main(["--data", "digits", "--seeds", "0"])
    assert "0 is not at least 1" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["digits", "sigmoid-blobs"])
def test_catalog_of_data_sets(name):
    X, y = DATASETS[name].load()
    assert X.dtype == np.float32
    assert 0 <= X.min() < X.max() <= 1
    assert len(np.unique(y)) == DATASETS[name].n_clusters


def test_device_reaches_all_parts():
    settings = {"device": "cpu", "precision": "bfloat16"}
    estimator = _set_everywhere(make_estimator("dec", "digits"), settings)
    for part in (estimator, estimator.autoencoder):
        assert (part.device, part.precision) == ("cpu", "bfloat16")


@pytest.mark.parametrize("dataset", DATASETS)
def test_deep_methods_share_one_pretraining(dataset):
    pretrained = [make_estimator("ae+kmeans", dataset)[0]]
    # That of DEPICT is convolutional.
    for name in METHODS.keys() - {"kmeans", "ae+kmeans", "depict"}:
        parts = make_estimator(name, dataset).get_params().values()
        pretrained += [part for part in parts if isinstance(part, Autoencoder)]
    assert len(set(map(settings, pretrained))) == 1


def test_every_clusterer_is_in_the_catalog():
    members = [getattr(skdeepcluster, name) for name in skdeepcluster.__all__]
    clusterers = {
        member
        for member in members
        if isinstance(member, type) and issubclass(member, ClusterMixin)
    }
    cataloged = {type(make_estimator(name, "digits")) for name in METHODS}
    assert clusterers <= cataloged


class Umap:
    def __init__(self, *args, **params):
        pass

    def fit_transform(self, X):
        return X


class Evoc:
    def __init__(self, approx_n_clusters, **params):
        self.n_clusters = approx_n_clusters

    def fit_predict(self, X):
        labels = (X[:, 0] > 5) % self.n_clusters
        return np.where(np.arange(len(X)) % 7, labels, -1)


@pytest.mark.parametrize(
    ("method", "package"),
    [
        ("umap+gmm", SimpleNamespace(UMAP=Umap, name="umap")),
        ("umap+hdbscan", SimpleNamespace(UMAP=Umap, name="umap")),
        ("evoc", SimpleNamespace(EVoC=Evoc, name="evoc")),
    ],
)
def test_a_rival_is_imported_when_it_is_fitted(monkeypatch, method, package):
    X, y = make_blobs(60, centers=[[0, 0], [9, 9]], random_state=0)
    rival = METHODS[method](DATASETS["digits"]._replace(n_clusters=2))
    monkeypatch.setitem(sys.modules, package.name, None)
    with pytest.raises(ImportError, match=package.name):
        rival.fit(X)
    monkeypatch.setitem(sys.modules, package.name, package)
    assert adjusted_rand_score(rival.fit_predict(X), y) == 1


@pytest.mark.parametrize("method", ["gmm", "nmf"])
def test_rivals_without_a_package_of_their_own(method):
    X, y = make_blobs(60, centers=[[9, 1], [1, 9]], cluster_std=0.2, random_state=0)
    rival = METHODS[method](DATASETS["digits"]._replace(n_clusters=2))
    assert adjusted_rand_score(rival.fit_predict(X), y) == 1
