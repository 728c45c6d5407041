"""Generators, and fetchers on small stand-ins for their sources."""

import hashlib
import io
import json
import lzma
import os
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from damage import damages
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, issparse, random_array
from sklearn.cluster import KMeans
from sklearn.utils import Bunch

from skdeepcluster.datasets import (
    _fashion_mnist,
    _files,
    _har,
    _mnist,
    _newsgroups,
    _openml,
    _pendigits,
    _rcv1,
    _stackoverflow,
    _usps,
    fetch_fashion_mnist,
    fetch_har,
    fetch_mnist,
    fetch_newsgroups,
    fetch_pendigits,
    fetch_rcv1_topics,
    fetch_stackoverflow,
    fetch_usps,
    load_docstrings,
    make_affine_planes,
    make_sigmoid_blobs,
)
from skdeepcluster.metrics import normalized_mutual_info_score

GENERATORS = [make_sigmoid_blobs, make_affine_planes]
FETCHERS = [
    fetch_mnist,
    fetch_fashion_mnist,
    fetch_usps,
    fetch_pendigits,
    fetch_har,
    fetch_newsgroups,
    fetch_rcv1_topics,
]


# Generators


@pytest.mark.parametrize("make", GENERATORS)
@pytest.mark.parametrize("shuffle", [False, True])
def test_generator_shapes(make, shuffle):
    X, y = make(n_samples=42, n_features=7, shuffle=shuffle, random_state=0)
    assert X.shape == (42, 7)
    assert X.dtype == np.float64
    assert y.shape == (42,)
    assert y.dtype == np.int64
    np.testing.assert_array_equal(np.bincount(y), [11, 11, 10, 10])
    assert np.array_equal(y, np.sort(y)) is not shuffle


@pytest.mark.parametrize("make", GENERATORS)
def test_generator_random_state(make):
    X, y = make(40, random_state=3)
    for seed in [3, np.random.RandomState(3)]:
        X_again, y_again = make(40, random_state=seed)
        np.testing.assert_array_equal(X, X_again)
        np.testing.assert_array_equal(y, y_again)
    assert not np.array_equal(X, make(40, random_state=4)[0])
    with pytest.raises(ValueError, match="'random_state' parameter"):
        make(40, random_state="three")


@pytest.mark.parametrize("make", GENERATORS)
@pytest.mark.parametrize("name", ["n_samples", "n_features"])
def test_generator_bad_numbers(make, name):
    with pytest.raises(ValueError, match=f"'{name}' parameter .* Got 0"):
        make(**{name: 0})
    with pytest.raises(TypeError, match=f"'{name}' parameter .* Got 1.5"):
        make(**{name: 1.5})


@pytest.mark.parametrize(
    ("make", "name", "value"),
    [
        (make_sigmoid_blobs, "cluster_std", -1),
        (make_affine_planes, "n_planes", 0),
        (make_affine_planes, "plane_dim", 0),
        (make_affine_planes, "plane_dim", 21),
        (make_affine_planes, "offset", -0.1),
        (make_affine_planes, "noise", -0.1),
    ],
)
def test_generator_bad_options(make, name, value):
    with pytest.raises(ValueError, match=f"{name}.*{value}"):
        make(**{name: value})


def test_sigmoid_blobs():
    X, y = make_sigmoid_blobs(random_state=0)
    assert X.shape == (4000, 100)
    assert X.min() >= 0
    assert X.max() <= 1
    labels = KMeans(4, n_init=3, random_state=0).fit_predict(X)
    assert 0.75 < normalized_mutual_info_score(y, labels) < 0.83


def test_affine_planes():
    X, y = make_affine_planes(random_state=0)
    assert X.shape == (1200, 20)
    np.testing.assert_array_equal(np.bincount(y), [300] * 4)
    for plane in range(4):
        points = X[y == plane]
        centred = points - points.mean(axis=0)
        values = np.linalg.svd(centred, compute_uv=False) / np.sqrt(len(points))
        assert values[:2] == pytest.approx(1, abs=0.2)
        assert values[2:] == pytest.approx(0.02, abs=0.01)


def test_affine_planes_without_noise():
    X, y = make_affine_planes(
        90, 6, n_planes=3, plane_dim=4, offset=0, noise=0, random_state=0
    )
    for plane in range(3):
        assert np.linalg.matrix_rank(X[y == plane]) == 4


# Fetchers from OpenML, on six rows: four for training and two for testing


@pytest.fixture
def data_home(tmp_path, monkeypatch):
    """An empty folder that the fetchers use, whatever the environment."""
    monkeypatch.setenv("SKDEEPCLUSTER_DATA", str(tmp_path))
    return tmp_path


SETS = {
    "mnist": (_mnist, "_IMAGES"),
    "fashion_mnist": (_fashion_mnist, "_IMAGES"),
    "usps": (_usps, "_IMAGES"),
    "pendigits": (_pendigits, "_POINTS"),
}
SETS = {name: (*at, getattr(*at)) for name, at in SETS.items()}


@pytest.fixture
def small_sets(monkeypatch):
    """Six rows and classes per data set, which pass the checks of the content."""
    rng = np.random.default_rng(0)
    rows = {}
    for name, (module, attribute, number_set) in SETS.items():
        low, high = (number_set.unit * limit for limit in number_set.limits)
        n_features = np.prod(number_set.shape)
        values = rng.integers(low, high + 1, (6, n_features)).astype(number_set.dtype)
        values[0, :2] = low, high
        target = np.array([3, 0, 1, 2, 9, 0])
        digests = {"target_sha256": target.astype(np.uint8)}
        if number_set.data_sha256:
            digests["data_sha256"] = values
        digests = {
            key: hashlib.sha256(array.tobytes()).hexdigest()
            for key, array in digests.items()
        }
        small = replace(number_set, n_samples=6, n_train=4, **digests)
        monkeypatch.setattr(module, attribute, small)
        rows[name] = values, target
    return rows


def write_npz(path, **arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    path.write_bytes(lzma.compress(buffer.getvalue()))


def no_download(*args, **kwargs):
    raise AssertionError("nothing should be downloaded")


def check_subsets(fetch, bunch):
    """The subsets are the first four rows and the last two."""
    for subset, rows in [("train", slice(4)), ("test", slice(4, 6))]:
        X, y = fetch(subset=subset, return_X_y=True)
        np.testing.assert_array_equal(X, bunch.data[rows])
        np.testing.assert_array_equal(y, bunch.target[rows])


@pytest.mark.parametrize(
    ("fetch", "name"),
    [
        (fetch_mnist, "mnist"),
        (fetch_fashion_mnist, "fashion_mnist"),
        (fetch_usps, "usps"),
    ],
)
def test_images(fetch, name, small_sets, data_home, monkeypatch):
    monkeypatch.setattr(_openml, "fetch_openml", no_download)
    pixels, target = small_sets[name]
    _, *side = SETS[name][-1].shape
    write_npz(data_home / f"{name}.npz.xz", X=pixels.reshape(6, *side), y=target)

    bunch = fetch()
    assert bunch.data.dtype == np.float32
    assert bunch.data.min() == 0
    assert bunch.data.max() == 1
    low, high = pixels.min(), pixels.max()
    np.testing.assert_allclose(
        bunch.data, (pixels - float(low)) / (float(high) - low), atol=1e-6
    )
    np.testing.assert_array_equal(bunch.target, target)
    assert bunch.target.dtype == np.int64
    assert len(bunch.feature_names) == bunch.data.shape[1]
    assert len(bunch.target_names) == 10
    assert bunch.image_shape == (1, *side)
    assert bunch.DESCR
    check_subsets(fetch, bunch)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_pendigits(dtype, small_sets, data_home, monkeypatch):
    monkeypatch.setattr(_openml, "fetch_openml", no_download)
    points, target = small_sets["pendigits"]
    write_npz(data_home / "pendigits.npz.xz", X=points.astype(dtype), y=target)

    bunch = fetch_pendigits()
    assert bunch.data.dtype == np.float32
    np.testing.assert_array_equal(bunch.data, points)
    np.testing.assert_array_equal(bunch.target, target)
    assert bunch.target.dtype == np.int64
    assert len(bunch.feature_names) == bunch.data.shape[1] == 16
    assert bunch.feature_names[:3] == ["x_0", "y_0", "x_1"]
    assert len(bunch.target_names) == 10
    assert "10,992 digits" in bunch.DESCR
    check_subsets(fetch_pendigits, bunch)


@pytest.mark.parametrize(
    ("fetch", "name"),
    [
        (fetch_mnist, "mnist"),
        (fetch_fashion_mnist, "fashion_mnist"),
        (fetch_usps, "usps"),
        (fetch_pendigits, "pendigits"),
    ],
)
class TestOpenML:
    def test_data_home_before_environment(
        self, fetch, name, small_sets, data_home, monkeypatch
    ):
        values, target = small_sets[name]
        write_npz(data_home / f"{name}.npz.xz", X=values, y=target)
        monkeypatch.setenv("SKDEEPCLUSTER_DATA", str(data_home / "elsewhere"))
        assert fetch(data_home=data_home, download_if_missing=False).data.shape[0] == 6

    def test_download_once(self, fetch, name, small_sets, data_home, monkeypatch):
        values, target = small_sets[name]
        number_set = SETS[name][-1]
        first_label = 1 if name == "usps" else 0

        def fetch_openml(**kwargs):
            assert kwargs["data_id"] == number_set.data_id
            assert kwargs["data_home"] == data_home
            assert kwargs["n_retries"] == 5
            assert kwargs["delay"] == 0.1
            return values / number_set.unit, (target + first_label).astype(str)

        monkeypatch.setattr(_openml, "fetch_openml", fetch_openml)
        X, y = fetch(return_X_y=True, n_retries=5, delay=0.1)
        np.testing.assert_array_equal(y, target)

        monkeypatch.setattr(_openml, "fetch_openml", no_download)
        assert [path.name for path in data_home.iterdir()] == [f"{name}.npz.xz"]
        X_again, y_again = fetch(return_X_y=True, download_if_missing=False)
        np.testing.assert_array_equal(X_again, X)
        np.testing.assert_array_equal(y_again, y)

    def test_corrupted_download(self, fetch, name, small_sets, data_home, monkeypatch):
        values, target = small_sets[name]
        unit = SETS[name][-1].unit
        monkeypatch.setattr(
            _openml,
            "fetch_openml",
            lambda **kwargs: (values / unit, target[::-1].astype(str)),
        )
        with pytest.raises(OSError, match="classes differ .* fetch again"):
            fetch()
        assert not list(data_home.iterdir())

    def test_other_range(self, fetch, name, small_sets, data_home):
        values, target = small_sets[name]
        write_npz(data_home / f"{name}.npz.xz", X=values // 2, y=target)
        with pytest.raises(OSError, match="values are between"):
            fetch()

    def test_other_shape(self, fetch, name, small_sets, data_home):
        values, target = small_sets[name]
        write_npz(data_home / f"{name}.npz.xz", X=values[:5], y=target[:5])
        with pytest.raises(OSError, match=rf"{name}.npz.xz .* shapes .*\(5,\)"):
            fetch()

    @pytest.mark.parametrize("content", [b"", b"no archive", lzma.compress(b"no npz")])
    def test_unreadable_file(self, fetch, name, data_home, content):
        (data_home / f"{name}.npz.xz").write_bytes(content)
        with pytest.raises(OSError, match=f"{name}.npz.xz is damaged .* fetch again"):
            fetch()


def test_changed_pixel(small_sets, data_home):
    values, target = small_sets["mnist"]
    values[3, 50] ^= 1
    write_npz(data_home / "mnist.npz.xz", X=values, y=target)
    with pytest.raises(OSError, match="values differ from the original"):
        fetch_mnist()


# The fetcher of signals, on eight windows: five for training and three for testing

SUBJECTS = np.array([4, 3, 1, 1, 2, 3, 2, 1])  # 2 and 4 are for testing
ACTIVITIES = np.array([0, 1, 2, 3, 4, 5, 0, 2])
IN_ORDER = [3, 2, 7, 5, 1, 4, 6, 0]


@pytest.fixture
def small_signals(monkeypatch):
    """Eight windows of four steps, in no order."""
    signals = np.random.default_rng(0).normal(size=(8, 4, 9)).astype(np.float32)
    signals[IN_ORDER, 0, 0] = np.arange(8) // 2  # some are equal, then the next counts
    signals[IN_ORDER, 0, 1] = np.arange(8)
    numbers = np.stack([ACTIVITIES, SUBJECTS - 1])[:, IN_ORDER].astype(np.uint8)
    digest = hashlib.sha256(numbers.tobytes()).hexdigest()
    monkeypatch.setattr(_har, "_SHAPE", signals.shape)
    monkeypatch.setattr(_har, "_N_TRAIN", 5)
    monkeypatch.setattr(_har, "_SHA256", digest)
    return signals


def archive_of(signals, target=ACTIVITIES):
    """Return the archive that the source has of these windows, in its order."""
    inner = io.BytesIO()
    with ZipFile(inner, "w") as archive:
        is_test = np.isin(SUBJECTS, [2, 4])
        for split, rows in [("train", ~is_test), ("test", is_test)]:
            files = {"y": target[rows] + 1, "subject": SUBJECTS[rows]}
            for i, name in enumerate(_har._SIGNALS):
                files[f"Inertial Signals/{name}"] = signals[rows, :, i]
            for name, numbers in files.items():
                text = io.StringIO()
                np.savetxt(text, numbers, fmt="%16.8e" if numbers.ndim > 1 else "%d")
                path = f"UCI HAR Dataset/{split}/{name}_{split}.txt"
                archive.writestr(path, text.getvalue())
    outer = io.BytesIO()
    with ZipFile(outer, "w") as archive:
        archive.writestr("UCI HAR Dataset.zip", inner.getvalue())
    return outer.getvalue()


def check_signals(bunch, signals):
    """These are the windows, in the order of the fetcher."""
    assert bunch.data.dtype == np.float32
    np.testing.assert_array_equal(bunch.data, signals[IN_ORDER].reshape(8, 36))
    assert bunch.signal_shape == (4, 9)
    assert bunch.target.dtype == bunch.subject.dtype == np.int64
    assert bunch.target.tolist() == ACTIVITIES[IN_ORDER].tolist()
    assert bunch.subject.tolist() == [1, 1, 1, 3, 3, 2, 2, 4]
    assert bunch.feature_names[8:10] == ["total_acc_z_0", "body_acc_x_1"]
    assert len(bunch.feature_names) == 36
    assert bunch.target_names[4] == "standing"
    assert "commercial use of the data is prohibited" in bunch.DESCR


def test_har_local_file(small_signals, data_home, monkeypatch):
    monkeypatch.setattr(_files, "urlopen", no_download)
    path = data_home / "har_raw.npz.xz"
    arrays = {"X": small_signals, "y": ACTIVITIES, "subject": SUBJECTS - 1}
    write_npz(path, **arrays)
    check_signals(fetch_har(), small_signals)
    for subset, rows in [("train", IN_ORDER[:5]), ("test", IN_ORDER[5:])]:
        X, y = fetch_har(subset=subset, return_X_y=True)
        np.testing.assert_array_equal(X, small_signals[rows].reshape(-1, 36))
        assert y.tolist() == ACTIVITIES[rows].tolist()

    for name, change in [("y", ACTIVITIES[::-1]), ("subject", SUBJECTS)]:
        write_npz(path, **{**arrays, name: change})
        with pytest.raises(OSError, match=r"har_raw.npz.xz .* subjects differ"):
            fetch_har()
    write_npz(path, **{**arrays, "X": small_signals[:, :3]})
    with pytest.raises(OSError, match=r"shapes .*\(8, 3, 9\).* instead of \(8, 4, 9\)"):
        fetch_har()
    small_signals[2, 1, 3] = np.nan
    write_npz(path, **arrays)
    with pytest.raises(OSError, match="not all finite"):
        fetch_har()


def test_har_download(small_signals, data_home, monkeypatch):
    pages = [OSError("no network"), archive_of(small_signals)]

    def urlopen(url):
        assert url == _har._SOURCE
        page = pages.pop(0)
        if isinstance(page, OSError):
            raise page
        return io.BytesIO(page)

    monkeypatch.setattr(_files, "urlopen", urlopen)
    check_signals(fetch_har(n_retries=1, delay=0), small_signals)
    assert pages == []
    assert [path.name for path in data_home.iterdir()] == ["har_raw.npz.xz"]
    check_signals(fetch_har(download_if_missing=False), small_signals)


@pytest.mark.parametrize("damage", ["classes", "cut", "other"])
def test_har_damaged_download(damage, small_signals, data_home, monkeypatch):
    content = archive_of(small_signals, ACTIVITIES[::-1])
    content = {"classes": content, "cut": content[:-99], "other": b"<html>"}[damage]
    monkeypatch.setattr(_files, "urlopen", lambda url: io.BytesIO(content))
    with pytest.raises(OSError, match="archive.ics.uci.edu.* is damaged .* fetch"):
        fetch_har()
    assert not list(data_home.iterdir())


# Fetchers of texts


@pytest.fixture
def small_newsgroups(monkeypatch):
    monkeypatch.setattr(_newsgroups, "_SIZES", {"train": 3, "test": 2})


def test_newsgroups_local_file(small_newsgroups, data_home, monkeypatch):
    monkeypatch.setattr(_newsgroups, "fetch_20newsgroups", no_download)
    posts = {
        "text": ["a", "b", "c", "d", "e"],
        "label": [0, 1, 1, 0, 1],
        "split": ["train"] * 3 + ["test"] * 2,
        "target_names": ["alt", "sci"],
    }
    path = data_home / "newsgroups20.json.xz"
    path.write_bytes(lzma.compress(json.dumps(posts).encode()))
    bunch = fetch_newsgroups()
    assert bunch.data == posts["text"]
    assert bunch.target.tolist() == posts["label"]
    assert bunch.target_names == posts["target_names"]
    data, target = fetch_newsgroups(subset="test", return_X_y=True)
    assert data == ["d", "e"]
    assert target.tolist() == [0, 1]

    monkeypatch.setitem(_newsgroups._SIZES, "test", 3)
    with pytest.raises(OSError, match="test set has 2 posts instead of 3"):
        fetch_newsgroups()
    path.write_bytes(lzma.compress(b"{}"))
    with pytest.raises(OSError, match=r"newsgroups20.json.xz is damaged"):
        fetch_newsgroups()


def test_newsgroups_download(small_newsgroups, data_home, monkeypatch):
    def fetch_20newsgroups(*, subset, **kwargs):
        assert kwargs == {
            "data_home": data_home,
            "shuffle": False,
            "download_if_missing": True,
            "n_retries": 3,
            "delay": 1.0,
        }
        rows = {"train": [1, 2, 0], "test": [4, 3]}[subset]
        return Bunch(
            data=[f"post {i}" for i in rows],
            target=np.array([0, 1, 1, 0, 1])[rows],
            filenames=np.array([f"/somewhere/{i}" for i in rows]),
            target_names=["alt", "sci"],
        )

    monkeypatch.setattr(_newsgroups, "fetch_20newsgroups", fetch_20newsgroups)
    bunch = fetch_newsgroups()
    assert bunch.data == [f"post {i}" for i in range(5)]
    assert bunch.target.tolist() == [0, 1, 1, 0, 1]


@pytest.fixture
def small_stackoverflow(monkeypatch, tmp_path_factory):
    """Two titles for each of two tags, at a place that can be read as a page."""
    monkeypatch.setattr(_stackoverflow, "_TAGS", ["excel", "bash"])
    monkeypatch.setattr(_stackoverflow, "_TITLES_PER_TAG", 2)
    source = tmp_path_factory.mktemp("source")
    monkeypatch.setattr(_stackoverflow, "_SOURCE", f"{source.as_uri()}/")
    titles = ["Sum a column", "Loop over files", "Pipe to tee ?", "Lock a cell"]
    (source / "title_StackOverflow.txt").write_text("\n".join(titles))
    (source / "label_StackOverflow.txt").write_text("1\n2\n2\n1\n")
    return titles


def test_stackoverflow_download(small_stackoverflow, data_home, monkeypatch):
    bunch = fetch_stackoverflow()
    assert bunch.data == small_stackoverflow
    assert bunch.target.tolist() == [0, 1, 1, 0]
    assert bunch.target_names == ["excel", "bash"]
    # From the copy that it kept.
    monkeypatch.setattr(_files, "urlopen", no_download)
    data, target = fetch_stackoverflow(download_if_missing=False, return_X_y=True)
    assert data == small_stackoverflow
    assert target.tolist() == [0, 1, 1, 0]


def test_stackoverflow_damaged(small_stackoverflow, data_home, monkeypatch):
    monkeypatch.setattr(_stackoverflow, "_TITLES_PER_TAG", 3)
    with pytest.raises(OSError, match="4 titles, but not 3 for each of 2 tags"):
        fetch_stackoverflow()
    assert not list(data_home.iterdir())


def test_stackoverflow_without_numbers_for_tags(
    small_stackoverflow, data_home, monkeypatch
):
    lines = {"title_StackOverflow.txt": ["a"], "label_StackOverflow.txt": ["bash"]}
    monkeypatch.setattr(_stackoverflow, "_read_lines", lambda name, *args: lines[name])
    with pytest.raises(OSError, match="damaged or of another version: invalid lit"):
        fetch_stackoverflow()


def test_stackoverflow_retries(small_stackoverflow, data_home, monkeypatch):
    calls = []

    def fail(url):
        calls.append(url)
        raise OSError("no network")

    monkeypatch.setattr(_files, "urlopen", fail)
    with pytest.raises(OSError, match="no network"):
        fetch_stackoverflow(n_retries=2, delay=0)
    assert len(calls) == 3


@pytest.fixture
def small_rcv1(monkeypatch):
    """Weights of 30 documents and 12 terms; a sample has 8 documents and 5 terms."""
    monkeypatch.setattr(_rcv1, "_N_FEATURES", 12)
    monkeypatch.setattr(_rcv1, "_SAMPLE_SHAPE", (8, 5))
    return csr_array(random_array((30, 12), density=0.6, rng=np.random.default_rng(0)))


def check_sample(X, X_sampled):
    """The sample has the most frequent terms, in rows of norm 1."""
    frequencies = np.sort((X_sampled.toarray() > 0).sum(axis=0))[-5:]
    np.testing.assert_array_equal(
        np.sort((X.toarray() > 0).sum(axis=0)), np.sort(frequencies)
    )
    assert X.shape == (8, 5)
    assert X.dtype == np.float32
    assert X.format == "csr"
    np.testing.assert_allclose(np.linalg.norm(X.toarray(), axis=1), 1, rtol=1e-6)


def test_rcv1_local_file(small_rcv1, data_home, monkeypatch):
    monkeypatch.setattr(_rcv1, "fetch_rcv1", no_download)
    X, y, rows = small_rcv1, np.arange(30) % 4, np.arange(0, 16, 2)
    arrays = {
        "data": X.data.astype(np.float32),
        "indices": X.indices.astype(np.uint16),
        "indptr": X.indptr,
        "shape": X.shape,
        "y": y,
        "sub10k": rows,
    }
    write_npz(data_home / "rcv1_4class.npz.xz", **arrays)
    bunch = fetch_rcv1_topics()
    check_sample(bunch.data, X[rows])
    assert bunch.target.tolist() == y[rows].tolist()
    assert bunch.target_names == ["CCAT", "ECAT", "GCAT", "MCAT"]
    assert "a selection of 30 documents in rcv1_4class.npz.xz" in bunch.DESCR

    data, target = fetch_rcv1_topics(subset="all", return_X_y=True)
    assert data.shape == (30, 12)
    assert target.tolist() == y.tolist()

    arrays["sub10k"] = rows[:3]
    write_npz(data_home / "rcv1_4class.npz.xz", **arrays)
    with pytest.raises(OSError, match="a sample of 3 documents instead of 12 and 8"):
        fetch_rcv1_topics()


def test_rcv1_download(small_rcv1, data_home, monkeypatch):
    names = np.array(["C11", "CCAT", "E11", "ECAT", "GCAT", "MCAT"], dtype=object)
    roots = [1, 3, 4, 5]
    topics = np.zeros((30, 6), dtype=np.uint8)
    topics[:, 0] = 1
    y = np.arange(30) % 4
    topics[np.arange(30), np.array(roots)[y]] = 1
    topics[20:25, roots] = 0
    topics[25:, roots[:2]] = 1

    def fetch_rcv1(**kwargs):
        assert kwargs == {
            "data_home": data_home,
            "download_if_missing": True,
            "n_retries": 3,
            "delay": 1.0,
        }
        return Bunch(data=small_rcv1, target=csr_array(topics), target_names=names)

    monkeypatch.setattr(_rcv1, "fetch_rcv1", fetch_rcv1)
    data, target = fetch_rcv1_topics(subset="all", return_X_y=True)
    assert data.shape == (20, 12)
    assert target.tolist() == y[:20].tolist()

    bunch = fetch_rcv1_topics()
    rows = np.sort(np.random.RandomState(0).choice(20, 8, replace=False))
    check_sample(bunch.data, small_rcv1[rows])
    assert bunch.target.tolist() == y[rows].tolist()
    assert "all 20 such documents of sklearn.datasets.fetch_rcv1" in bunch.DESCR

    monkeypatch.setattr(_rcv1, "_N_FEATURES", 13)
    with pytest.raises(OSError, match="it has 12 terms"):
        fetch_rcv1_topics()


# All fetchers


@pytest.mark.parametrize("fetch", FETCHERS)
def test_unknown_subset(fetch, data_home):
    with pytest.raises(ValueError, match="'subset' parameter .* Got 'half'"):
        fetch(subset="half")


@pytest.mark.parametrize("fetch", [*FETCHERS, fetch_stackoverflow])
def test_missing_data(fetch, data_home):
    with pytest.raises(OSError, match=r"is not in .*SKDEEPCLUSTER_DATA"):
        fetch(download_if_missing=False)


@pytest.mark.parametrize(
    ("fetch", "module", "name"),
    [
        (fetch_newsgroups, _newsgroups, "fetch_20newsgroups"),
        (fetch_rcv1_topics, _rcv1, "fetch_rcv1"),
    ],
)
def test_network_errors_pass(fetch, module, name, data_home, monkeypatch):
    def fail(**kwargs):
        raise OSError("no network")

    monkeypatch.setattr(module, name, fail)
    with pytest.raises(OSError, match="no network"):
        fetch()


# Damaged copies


@pytest.fixture
def copies(
    small_sets,
    small_signals,
    small_newsgroups,
    small_stackoverflow,
    small_rcv1,
    tmp_path_factory,
):
    """A small copy of each data set, by its fetcher and its file's name."""
    folder = tmp_path_factory.mktemp("copies")
    pixels, target = small_sets["mnist"]
    write_npz(folder / "mnist.npz.xz", X=pixels, y=target)
    pixels, target = small_sets["usps"]
    write_npz(folder / "usps.npz.xz", X=pixels, y=target)
    points, target = small_sets["pendigits"]
    write_npz(folder / "pendigits.npz.xz", X=points.astype(np.float32), y=target)
    write_npz(
        folder / "har_raw.npz.xz", X=small_signals, y=ACTIVITIES, subject=SUBJECTS - 1
    )
    write_npz(
        folder / "rcv1_4class.npz.xz",
        data=small_rcv1.data.astype(np.float32),
        indices=small_rcv1.indices.astype(np.uint16),
        indptr=small_rcv1.indptr,
        shape=small_rcv1.shape,
        y=np.arange(30) % 4,
        sub10k=np.arange(0, 16, 2),
    )
    texts = {"text": list("abcde"), "label": [0, 1, 1, 0, 1]}
    splits = ["train"] * 3 + ["test"] * 2
    posts = {**texts, "split": splits, "target_names": ["alt", "sci"]}
    titles = {"text": small_stackoverflow, "label": [0, 1, 1, 0]}
    for name, content in [("newsgroups20", posts), ("stackoverflow", titles)]:
        compressed = lzma.compress(json.dumps(content).encode())
        (folder / f"{name}.json.xz").write_bytes(compressed)
    return folder


COPIES = {
    "mnist.npz.xz": fetch_mnist,
    "usps.npz.xz": fetch_usps,
    "pendigits.npz.xz": fetch_pendigits,
    "har_raw.npz.xz": fetch_har,
    "rcv1_4class.npz.xz": fetch_rcv1_topics,
    "newsgroups20.json.xz": fetch_newsgroups,
    "stackoverflow.json.xz": fetch_stackoverflow,
}

all_copies = pytest.mark.parametrize("name", COPIES)
# The small data sets stay as they are from one example to the next.
fuzzed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def read_or_refused(fetch, folder, name):
    """Return data and classes, or None if there is an error that names the file."""
    try:
        return fetch(data_home=folder, download_if_missing=False, return_X_y=True)
    except OSError as error:
        if f"{name} is damaged or of another version" not in str(error):
            raise
        return None


@all_copies
@given(data=st.data())
@fuzzed
def test_a_damaged_copy_is_named(name, copies, data):
    path, fetch = copies / name, COPIES[name]
    content = path.read_bytes()
    X, y = read_or_refused(fetch, copies, name)
    try:
        path.write_bytes(data.draw(damages(content)))
        found = read_or_refused(fetch, copies, name)
    finally:
        path.write_bytes(content)
    if found is not None:
        assert found[1].tolist() == y.tolist()
        found, X = (x.toarray() if issparse(x) else x for x in (found[0], X))
        np.testing.assert_array_equal(found, X)


@all_copies
@given(data=st.data())
@fuzzed
def test_a_damaged_archive_in_a_sound_file_is_named(name, copies, data):
    path, fetch = copies / name, COPIES[name]
    content = path.read_bytes()
    try:
        damaged = data.draw(damages(lzma.decompress(content)))
        path.write_bytes(lzma.compress(damaged))
        found = read_or_refused(fetch, copies, name)
    finally:
        path.write_bytes(content)
    if found is not None:
        assert found[1].dtype == np.int64


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.sampled_from(["text", "label", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("name", [name for name in COPIES if ".json" in name])
@given(data=st.data())
@fuzzed
def test_json_of_something_else_is_named(name, copies, data):
    path, fetch = copies / name, COPIES[name]
    content = path.read_bytes()
    posts = json.loads(lzma.decompress(content))
    key = data.draw(st.sampled_from([*posts, None]))
    value = data.draw(json_values)
    changed = value if key is None else {**posts, key: value}
    try:
        path.write_bytes(lzma.compress(json.dumps(changed).encode()))
        found = read_or_refused(fetch, copies, name)
    finally:
        path.write_bytes(content)
    if found is not None:
        texts, target = found
        assert all(isinstance(text, str) for text in texts)
        assert len(texts) == len(target)


@pytest.mark.parametrize("name", [name for name in COPIES if ".npz" in name])
@pytest.mark.parametrize(
    "value", [0, [], ["a"], [[1, 2], [3, 4]], [-1], [np.nan], [1e30], [99] * 30]
)
def test_arrays_of_something_else_are_named(name, value, copies):
    path, fetch = copies / name, COPIES[name]
    content = path.read_bytes()
    with np.load(io.BytesIO(lzma.decompress(content))) as arrays:
        arrays = dict(arrays)
    for key in arrays:
        write_npz(path, **{**arrays, key: np.array(value)})
        assert read_or_refused(fetch, copies, name) is None


# The data sets themselves, where a copy is at hand

DATA = Path(
    os.environ.get("SKDEEPCLUSTER_DATA")
    or Path(__file__).resolve().parents[2] / "shared" / "data"
)


def fetch_copy(fetch, file_name, **kwargs):
    if not (DATA / file_name).exists():
        pytest.skip(f"no copy of {file_name}")
    return fetch(data_home=DATA, download_if_missing=False, **kwargs)


def test_docstrings(data_home):
    docstrings = load_docstrings()
    data, target = load_docstrings(return_X_y=True)
    assert data == docstrings.data
    np.testing.assert_array_equal(target, docstrings.target)
    assert len(data) == len(target) > 900
    assert target.dtype == np.int64
    assert np.bincount(target).min() > 40
    assert len(docstrings.target_names) == len(np.unique(target))
    assert f"{len(data):,} texts of 8 subpackages" in docstrings.DESCR
    assert list(data_home.iterdir()) == []  # needs no file


def test_docstrings_without_what_is_not_theirs():
    words = {"scipy", "sklearn", "signal", "metrics", ">>>", "CuPy"}
    texts = load_docstrings().data
    assert [text for text in texts if words.intersection(text.split())] == []
    assert np.median([len(text) for text in texts]) > 500  # something is left


@pytest.mark.parametrize(
    ("fetch", "file_name", "shape"),
    [
        (fetch_mnist, "mnist.npz.xz", (10_000, 784)),
        (fetch_fashion_mnist, "fashion_mnist.npz.xz", (10_000, 784)),
        (fetch_usps, "usps.npz.xz", (2_007, 256)),
    ],
)
def test_original_images(fetch, file_name, shape):
    X, y = fetch_copy(fetch, file_name, subset="test", return_X_y=True)
    assert X.shape == shape
    assert X.min() == 0
    assert X.max() == 1
    assert np.unique(y).tolist() == list(range(10))


def test_original_pendigits():
    X, y = fetch_copy(fetch_pendigits, "pendigits.npz.xz", return_X_y=True)
    assert X.shape == (10_992, 16)
    assert X[0, :6].tolist() == [47, 100, 27, 81, 57, 37]
    assert y[:6].tolist() == [8, 2, 1, 4, 1, 6]


def test_original_har():
    bunch = fetch_copy(fetch_har, "har_raw.npz.xz", subset="test")
    assert bunch.data.shape == (2_947, 1_152)
    assert np.unique(bunch.subject).tolist() == _har._TEST_SUBJECTS
    assert np.bincount(bunch.target).tolist() == [496, 471, 420, 491, 532, 537]
    # Acceleration with gravity, whose length is 1 g on average.
    signals = bunch.data.reshape(-1, *bunch.signal_shape)
    assert np.linalg.norm(signals[..., 6:], axis=-1).mean() == pytest.approx(1, abs=0.1)


def test_original_newsgroups():
    bunch = fetch_copy(fetch_newsgroups, "newsgroups20.json.xz")
    assert len(bunch.data) == len(bunch.target) == 18_846
    assert all(isinstance(text, str) for text in bunch.data)
    assert len(bunch.target_names) == len(np.unique(bunch.target)) == 20


def test_original_stackoverflow():
    titles, y = fetch_copy(
        fetch_stackoverflow, "stackoverflow.json.xz", return_X_y=True
    )
    assert len(titles) == 20_000
    np.testing.assert_array_equal(np.bincount(y), 1_000)


def test_original_rcv1():
    X, y = fetch_copy(fetch_rcv1_topics, "rcv1_4class.npz.xz", return_X_y=True)
    assert X.shape == (10_000, 2_000)
    np.testing.assert_array_equal(np.bincount(y), [4092, 826, 2301, 2781])
