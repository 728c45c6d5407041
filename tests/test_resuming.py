"""Tests of fits that are cut off and go on, and of fits that go on from weights."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from estimators import CLUSTERERS, ESTIMATORS, name, set_n_clusters
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale
from skorch.callbacks import Callback, EarlyStopping, LRScheduler
from torch.optim.lr_scheduler import ReduceLROnPlateau, StepLR

from skdeepcluster import DEC, KDAE, Autoencoder, InductiveClusterer, resumable
from skdeepcluster.benchmark import run_benchmark

X, Y = make_blobs(90, 6, centers=3, cluster_std=0.3, random_state=0)
X = scale(X).astype(np.float32)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class CutOff(BaseException):
    """What ends a fit like a signal: no ``except Exception`` stops it."""


class Cut(Callback):
    """Cut the process off after so many batches in all, of whatever fit."""

    n_left = 0

    def on_batch_end(self, net, **kwargs):
        Cut.n_left -= 1
        if Cut.n_left == 0:
            raise CutOff


def small(estimator):
    estimator = set_n_clusters(clone(estimator), 3)
    params = {"patience": 100, "max_epochs": 5, "batch_size": 40}
    for key in estimator.get_params():
        if key.endswith("_epochs"):
            params.setdefault(key, 2)
        if key.endswith("callbacks"):
            params[key] = [Cut()]
    known = estimator.get_params().keys()
    return estimator.set_params(**{k: v for k, v in params.items() if k in known})


def n_batches(estimator):
    """Fit, and return the number of batches."""
    Cut.n_left = 0
    fitted = clone(estimator).fit(X)
    return fitted, -Cut.n_left


def fit_with_cuts(estimator, path, cuts, **params):
    """Fit in one block after the other; all but the last are cut off."""
    for cut in [*cuts, 0]:
        Cut.n_left = cut
        fitted = clone(estimator)
        try:
            with resumable(path, **params):
                return fitted.fit(X)
        except CutOff:
            assert not hasattr(fitted, "module_")


def check_equal(fitted, expected):
    assert_array_equal(fitted.transform(X), expected.transform(X))
    assert_array_equal(fitted.score_samples(X), expected.score_samples(X))
    assert len(fitted.history_) == len(expected.history_)
    for row, other in zip(fitted.history_, expected.history_, strict=True):
        assert row.keys() == other.keys()
        assert all(row[key] == other[key] for key in row.keys() - {"seconds"})
    if hasattr(fitted, "labels_"):
        assert_array_equal(fitted.labels_, expected.labels_)
        if hasattr(fitted, "initial_labels_"):
            assert_array_equal(fitted.initial_labels_, expected.initial_labels_)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=name)
def test_a_fit_that_is_cut_off_goes_on_to_the_same_result(estimator, tmp_path):
    estimator = small(estimator)
    expected, total = n_batches(estimator)
    cut = int(0.6 * total)
    fitted = fit_with_cuts(estimator, tmp_path / "fit", [cut, 5])
    check_equal(fitted, expected)
    # Of the batches before the cuts, those of an epoch at most are taken again.
    assert -Cut.n_left <= total - cut + 3
    assert not (tmp_path / "fit").exists()


AUTOENCODER = small(Autoencoder(2, (8,), random_state=0))


@pytest.mark.parametrize("every", [2, 100])
def test_epochs_between_writings(every, tmp_path):
    expected, total = n_batches(AUTOENCODER)
    fitted = fit_with_cuts(AUTOENCODER, tmp_path / "fit", [total - 1], every=every)
    check_equal(fitted, expected)
    assert -Cut.n_left == (3 if every == 2 else 15)


def test_the_progress_shown_is_that_of_the_epochs_left(tmp_path, capsys):
    autoencoder = clone(AUTOENCODER).set_params(layerwise_epochs=0, verbose=1)
    fit_with_cuts(autoencoder, tmp_path / "fit", [10])
    last = capsys.readouterr().err.splitlines()[-1]
    assert "epoch 2/2" in last


def test_the_seed_is_kept_where_there_is_none(tmp_path):
    losses = []

    class Losses(Callback):
        def on_epoch_end(self, net, **kwargs):
            losses.append(net.history[-1]["train_loss"])

    autoencoder = clone(AUTOENCODER).set_params(
        random_state=None, callbacks=[Losses(), Cut()]
    )
    fitted = fit_with_cuts(autoencoder, tmp_path / "fit", [4, 2], every=10)
    assert losses[0] == losses[1] == fitted.history_[0]["train_loss"]


def by_steps():
    return LRScheduler(StepLR, step_size=2, gamma=0.5)


def on_plateaus():
    return LRScheduler(ReduceLROnPlateau, monitor="train_loss", patience=0, min_lr=1e-4)


@pytest.mark.parametrize("schedule", [by_steps, on_plateaus])
def test_callbacks_go_on_where_they_were(schedule, tmp_path):
    stopping = EarlyStopping("train_loss", patience=3, threshold=0.5)
    autoencoder = clone(AUTOENCODER).set_params(
        max_epochs=30, lr=0.1, callbacks=[schedule(), stopping, Cut()]
    )
    expected, total = n_batches(autoencoder)
    assert len(expected.history_) < 30
    fitted = fit_with_cuts(autoencoder, tmp_path / "fit", [total - 4, 4])
    check_equal(fitted, expected)
    assert fitted.history_[-1]["event_lr"] < 0.1


def test_searches_and_pipelines_go_on(tmp_path):
    pipeline = make_pipeline(StandardScaler(), AUTOENCODER)
    search = GridSearchCV(pipeline, {"autoencoder__lr": [1e-3, 1e-2]}, cv=2)
    expected, total = n_batches(search)
    fitted = fit_with_cuts(search, tmp_path / "fit", [total // 2, 7])
    assert -Cut.n_left <= total - total // 2 + 3
    assert_array_equal(
        fitted.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"]
    )


def test_an_init_with_draws_of_its_own_is_not_run_again(tmp_path):
    class Draws(KMeans):
        n_fits = 0

        def fit_predict(self, X, y=None):
            Draws.n_fits += 1
            return np.random.default_rng().permutation(np.arange(len(X)) % 3)

    dec = small(DEC(autoencoder=AUTOENCODER, init=Draws(3), start_steps=2))
    dec.set_params(autoencoder__callbacks=None)
    inductive = small(InductiveClusterer(Draws(3), hidden_layer_sizes=(8,)))
    for estimator in (dec, inductive):
        Draws.n_fits = 0
        fit_with_cuts(estimator, tmp_path / "fit", [4, 4])
        assert Draws.n_fits == 1


def cut_off(path, estimator=AUTOENCODER, rows=X):
    """Leave a folder with the state of a fit."""
    Cut.n_left = 10
    with pytest.raises(CutOff), resumable(path):
        clone(estimator).fit(rows)


@pytest.mark.parametrize(
    ("estimator", "rows", "message"),
    [
        (AUTOENCODER, X[:-1], "fit of Autoencoder"),
        (clone(AUTOENCODER).set_params(lr=0.5), X, "fit of Autoencoder"),
        (clone(AUTOENCODER).set_params(optimizer=torch.optim.SGD), X, "fit of Autoe"),
        (small(ESTIMATORS[1]), X, "fit of Autoencoder"),
    ],
    ids=["rows", "parameter", "optimizer", "class"],
)
def test_the_state_of_another_fit_is_refused(estimator, rows, message, tmp_path):
    cut_off(tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(ValueError, match=message), resumable(tmp_path):
        clone(estimator).fit(rows)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_the_state_of_another_version_is_refused(tmp_path, monkeypatch):
    cut_off(tmp_path)
    monkeypatch.setattr("skdeepcluster._training._journal.__version__", "0")
    with pytest.raises(ValueError, match="version"), resumable(tmp_path):
        clone(AUTOENCODER).fit(X)


def test_a_benchmark_goes_on_within_a_run(tmp_path):
    """Not once more from the beginning, neither of the method nor its pre-training."""
    dec = small(DEC(autoencoder=AUTOENCODER, start_steps=2)).set_params(tol=0)

    def run(cut):
        Cut.n_left = cut
        return run_benchmark(
            {"dec": dec}, {"blobs": (X, Y)}, seeds=1, out=tmp_path, verbose=0
        )

    with pytest.raises(CutOff):
        run(14)  # in the autoencoder's last stage
    with pytest.raises(CutOff):
        run(10)  # in the clusterer's
    unfinished = list(tmp_path.glob("unfinished-*"))
    assert [file.name for file in unfinished] == ["unfinished-blobs-dec-0"]
    (row,) = run(0).rows
    assert not row["error"]
    assert -Cut.n_left <= 15
    assert not list(tmp_path.glob("unfinished-*"))


class Unpickled:
    def __reduce__(self):
        return pytest.fail, ("code was run",)


def damage(file, how):
    if how == "truncated":
        file.write_bytes(file.read_bytes()[:-200])
    elif how == "empty":
        file.write_bytes(b"")
    elif how == "flipped":
        content = bytearray(file.read_bytes())
        content[100:110] = bytes(10)
        file.write_bytes(content)
    elif how == "other":
        torch.save([1, 2], file)
    else:
        torch.save({"title": Unpickled()}, file)


@pytest.mark.parametrize("how", ["truncated", "empty", "flipped", "other", "code"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_file_that_cannot_be_read_is_made_anew(number, how, tmp_path):
    expected, _ = n_batches(AUTOENCODER)
    cut_off(tmp_path)
    damage(tmp_path / f"step-{number:05}.pt", how)
    Cut.n_left = 0
    with pytest.warns(UserWarning, match="cannot be read"), resumable(tmp_path):
        fitted = clone(AUTOENCODER).fit(X)
    check_equal(fitted, expected)


def test_a_full_disk_stops_no_fit_and_leaves_what_was_written(tmp_path, monkeypatch):
    expected, _ = n_batches(AUTOENCODER)
    cut_off(tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}

    def full(*args):
        raise OSError(28, "No space left on device")

    def fit():
        with resumable(tmp_path):
            fitted.fit(X)
            raise CutOff

    monkeypatch.setattr(Path, "write_bytes", full)
    fitted, Cut.n_left = clone(AUTOENCODER), 0
    with pytest.raises(CutOff), pytest.warns(UserWarning, match="No space left"):
        fit()
    check_equal(fitted, expected)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_only_its_own_files_are_removed(tmp_path):
    other = tmp_path / "notes.txt"
    other.write_text("mine")
    with resumable(tmp_path):
        clone(AUTOENCODER).fit(X)
    assert list(tmp_path.iterdir()) == [other]


@pytest.mark.parametrize("every", [0, 1.5, True, None])
def test_a_wrong_every_is_refused(every, tmp_path):
    with (
        pytest.raises(ValueError, match="'every' parameter"),
        resumable(tmp_path, every=every),
    ):
        pass


def test_seconds_are_those_of_all_blocks(tmp_path):
    cut_off(tmp_path)
    file = tmp_path / "step-00002.pt"
    torch.save({**torch.load(file), "seconds": 100.0}, file)
    Cut.n_left = 0
    with resumable(tmp_path) as journal:
        assert journal.seconds < 10
        clone(AUTOENCODER).fit(X)
        assert journal.seconds > 100


# Killed by the system, in the midst of whatever it does.
KILLED = """
import sys

import test_resuming

with test_resuming.resumable(sys.argv[1]):
    test_resuming.fit_for_long()
"""


def fit_for_long():
    autoencoder = Autoencoder(2, (64, 64), max_epochs=200, random_state=0)
    return autoencoder.fit(X)


def test_a_fit_survives_being_killed(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", KILLED, tmp_path],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        cwd=Path(__file__).parent,
    )
    while not (tmp_path / "step-00002.pt").exists():
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    with resumable(tmp_path) as journal:
        fitted = fit_for_long()
    assert journal.seconds_before > 0  # it went on
    check_equal(fitted, fit_for_long())


# Going on from weights


def warm(estimator):
    return small(estimator).set_params(warm_start=True, random_state=0)


WITH_WARM_START = [e for e in ESTIMATORS if "warm_start" in e.get_params()]


@pytest.mark.parametrize("estimator", WITH_WARM_START, ids=name)
def test_a_warm_start_goes_on_with_the_last_stage_alone(estimator):
    model = warm(estimator)
    cold = clone(model).set_params(warm_start=False).fit(X)
    check_equal(model.fit(X), cold)
    before = model.history_
    model.fit(X)
    n_new = len(model.history_) - len(before)
    assert model.history_[: len(before)] == before
    last = {before[-1]["stage"]}
    if name(model) == "DSCNet":  # which finds the clusters after the training
        last.add("express")
    assert {row["stage"] for row in model.history_[-n_new:]} == last
    assert model.n_iter_ == len(model.history_)
    before = model.transform(X)
    model.set_params(max_epochs=0).fit(X)
    if name(model) not in ("SpectralNet", "DSCDAN"):  # they find the embedding anew
        assert_array_equal(model.transform(X), before)


@pytest.mark.parametrize(
    "estimator", [e for e in WITH_WARM_START if e in CLUSTERERS], ids=name
)
def test_clusters_keep_their_numbers_on_more_rows(estimator):
    few = np.r_[np.flatnonzero(Y == 0), np.flatnonzero(Y)[::2]]
    model = clone(estimator).set_params(warm_start=True, random_state=0)
    labels = set_n_clusters(model, 3).fit(X[few]).predict(X)
    model.set_params(max_epochs=1, lr=1e-5).fit(X)
    assert adjusted_rand_score(labels, model.labels_) > 0.9
    assert np.mean(labels == model.labels_) > 0.9
    assert_array_equal(model.labels_, model.predict(X))


@pytest.mark.parametrize(
    ("params", "rows", "message"),
    [
        ({"n_clusters": 4}, X, "n_clusters=4"),
        ({"hidden_layer_sizes": (7,)}, X, "warm_start=True"),
        ({}, X[:, :5], "5 features"),
    ],
)
def test_a_warm_start_with_another_network_is_refused(params, rows, message):
    kdae = warm(KDAE(init=KMeans(3), n_components=1, hidden_layer_sizes=(8,))).fit(X)
    before = vars(kdae).copy()
    with pytest.raises(ValueError, match=message):
        kdae.set_params(**params).fit(rows)
    kdae.set_params(**{key: before[key] for key in params})
    assert vars(kdae) == before
