"""Tests of the training loop, of the batches and of the seeds."""

import contextlib
import re
import signal
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from estimators import CLUSTERERS, ESTIMATORS, name, set_n_clusters
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, scale
from skorch.callbacks import (
    BatchScoring,
    Callback,
    Checkpoint,
    EarlyStopping,
    EpochScoring,
    GradientNormClipping,
    LRScheduler,
    PrintLog,
)
from skorch.dataset import ValidSplit
from torch import nn

from skdeepcluster import DEC, Autoencoder
from skdeepcluster._data import GroupedBatches, Rows, ShuffledBatches, forward_rows
from skdeepcluster._training import isolated
from skdeepcluster.metrics import nmi_scorer

X, Y = make_blobs(90, 6, centers=3, cluster_std=0.3, random_state=0)
X = scale(X).astype(np.float32)

CPU = torch.device("cpu")

all_estimators = pytest.mark.parametrize("estimator", ESTIMATORS, ids=name)
all_clusterers = pytest.mark.parametrize("estimator", CLUSTERERS, ids=name)
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*clusters.*:sklearn.exceptions.ConvergenceWarning"
)


def small(**params):
    """Return an autoencoder of three batches an epoch."""
    params = {"max_epochs": 3, "batch_size": 30, "random_state": 0, **params}
    return Autoencoder(2, (8, 4), **params)


# Batches


@given(n_samples=st.integers(1, 200), batch_size=st.integers(1, 64))
def test_an_epoch_has_each_row_once_in_batches_of_nearly_equal_size(
    n_samples, batch_size
):
    batches = ShuffledBatches(n_samples, batch_size, torch.Generator(), CPU)
    epoch = list(batches)
    assert len(epoch) == len(batches)
    assert_array_equal(np.sort(np.concatenate(epoch)), np.arange(n_samples))
    sizes = [len(batch) for batch in epoch]
    assert max(sizes) <= batch_size
    assert max(sizes) - min(sizes) <= 1


@given(
    groups=arrays(np.int64, st.integers(1, 60), elements=st.integers(0, 3)),
    batch_size=st.integers(1, 64),
)
def test_a_grouped_batch_has_equally_many_rows_of_each_group(groups, batch_size):
    batches = GroupedBatches(groups, 4, batch_size, torch.Generator(), CPU)
    epoch = list(batches)
    assert len(epoch) == len(batches)
    n_rows = max(1, min(batch_size, len(groups)) // 4)
    assert len(groups) <= sum(map(len, epoch)) < len(groups) + 4 * n_rows
    for batch in epoch:
        drawn = groups[batch].reshape(4, n_rows)
        for group in range(4):
            # An empty group stands for everyone.
            assert set(drawn[group]) <= ({group} if group in groups else set(groups))


def test_grouped_batches_visit_all_rows_of_a_group():
    groups = np.repeat([0, 1], [5, 50])
    batches = GroupedBatches(groups, 2, 20, torch.Generator(), CPU)
    visited = np.concatenate([batch for _ in range(40) for batch in batches])
    assert_array_equal(np.unique(visited), np.arange(55))


def test_every_epoch_has_an_order_of_its_own():
    batches = ShuffledBatches(50, 50, torch.Generator().manual_seed(0), CPU)
    first, second = next(iter(batches)), next(iter(batches))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(indices=st.lists(st.integers(0, 89), min_size=1).map(np.array))
def test_rows_of_a_sparse_matrix_are_those_of_the_dense_one(dtype, indices):
    for data in (X, sp.csr_matrix(X), sp.csr_array(X)):
        rows = Rows(data, dtype=dtype)
        x, i = rows.__getitems__(torch.from_numpy(indices))
        assert x.dtype == getattr(torch, dtype)
        assert i.dtype == torch.int64
        assert_array_equal(x, X[indices])
        assert_array_equal(i, indices)
        assert_array_equal(rows.take(indices), X[indices])
        assert_array_equal(rows[20:50], X[20:50])


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_rows_hold_an_array_once_in_the_dtype_of_the_batches(dtype, order):
    data = X.astype(dtype, order=order)
    held = Rows(data, dtype="float32", device="cpu").X.numpy()
    assert held.dtype == np.float32
    assert held.flags.c_contiguous
    assert np.shares_memory(held, data) == (dtype == "float32" and order == "C")


def test_rows_of_a_read_only_array_are_writeable():
    data = X.copy()
    data.setflags(write=False)
    x = Rows(data, dtype="float32").take(np.arange(3))
    x += 1
    assert_array_equal(data, X)


def test_rows_of_a_reversed_array_are_taken():
    for data in (X[::-1], X[:1][::-1], X[:, ::-1]):
        assert_array_equal(Rows(data, dtype="float32")[0 : len(data)], data)


@given(cuts=st.lists(st.integers(1, 1199), max_size=4, unique=True).map(sorted))
def test_results_for_a_row_are_the_same_bits_whatever_the_split(cuts):
    rng = np.random.default_rng(0)
    data = rng.normal(size=(1200, 40)).astype(np.float32)
    weights = torch.from_numpy(rng.normal(size=(40, 30)).astype(np.float32))

    def embed(rows):
        return forward_rows(lambda x: x @ weights, rows, dtype="float32", device="cpu")

    together = embed(data)
    assert together.shape == (1200, 30)
    assert_array_equal(torch.cat([embed(p) for p in np.split(data, cuts)]), together)


def room_for(n_bytes, monkeypatch):
    """Make torch believe that an accelerator has this much free memory."""
    module = SimpleNamespace(mem_get_info=lambda device: (n_bytes, 10 * n_bytes))
    monkeypatch.setattr(torch, "get_device_module", lambda device: module)


# A device with shapes and without numbers stands for an accelerator.
META = torch.device("meta")


@pytest.mark.parametrize(
    ("free", "device"), [(2 * X.nbytes, CPU), (2 * X.nbytes + 1, META)]
)
def test_rows_are_held_on_the_device_if_they_take_less_than_half(
    free, device, monkeypatch
):
    room_for(free, monkeypatch)
    rows = Rows(X, dtype="float32", device=META)
    assert rows.device == rows.X.device == device
    (numbers,) = ShuffledBatches(90, 90, torch.Generator(), rows.device)
    assert numbers.device == device
    (numbers, *_) = GroupedBatches(Y, 3, 30, torch.Generator(), rows.device)
    assert numbers.device == device
    assert all(tensor.device == device for tensor in rows.__getitems__(numbers))
    assert rows.take(np.arange(3)).device == device
    # Where nothing is said, a tensor stays where it is.
    assert Rows(rows.X, dtype="float32").device == device


def test_sparse_rows_and_those_of_a_memory_map_stay_where_they_are(
    monkeypatch, tmp_path
):
    room_for(10**9, monkeypatch)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    for data in (sp.csr_array(X), mapped, mapped[:50]):
        rows = Rows(data, dtype="float32", device=META)
        assert rows.device == CPU
        assert type(rows.X) is type(data)
        assert_array_equal(rows.take([5, 7]), X[[5, 7]])
    assert np.shares_memory(rows.X, mapped)


@pytest.mark.parametrize("room", [0, 10**9], ids=["sent", "held"])
def test_functions_see_larger_batches_on_an_accelerator(room, monkeypatch):
    room_for(room, monkeypatch)
    shapes = []

    def function(x):
        shapes.append((x.device.type, len(x)))
        return x

    for device in ("cpu", "meta"):
        rows = np.ones((5000, 2), np.float32)
        result = forward_rows(function, rows, dtype="float32", device=device)
        assert result.shape == (5000, 2)
    assert shapes == [("cpu", 128)] * 40 + [("meta", 4096)] * 2


# Seeds


def draw(seed):
    with isolated(seed, CPU):
        first = torch.rand(2)
        time.sleep(0.01)
        return torch.cat([first, torch.rand(2)])


def test_isolated_draws_follow_from_the_seed():
    assert_array_equal(draw(1), draw(1))
    assert not torch.equal(draw(1), draw(2))


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_isolated_puts_the_generator_back(error):
    before = torch.get_rng_state()
    try:
        with isolated(0, CPU):
            torch.rand(3)
            if error is not None:
                raise error
    except (ValueError, KeyboardInterrupt):
        pass
    assert_array_equal(torch.get_rng_state(), before)


def test_isolated_threads_do_not_draw_from_each_other():
    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(draw, range(8)))
    assert_array_equal(torch.stack(at_once), torch.stack([draw(i) for i in range(8)]))


def test_only_the_generators_in_use_are_seeded(monkeypatch):
    def seed_all(seed):
        raise AssertionError("the user's other generators are seeded")

    monkeypatch.setattr(torch.cuda, "manual_seed_all", seed_all)
    with isolated(0, CPU):
        pass

    # Two accelerators, of which a fit uses the second.
    generators = [torch.Generator().manual_seed(seed) for seed in (10, 11)]
    current = [0]
    module = SimpleNamespace(
        get_rng_state=lambda device: generators[device.index].get_state(),
        set_rng_state=lambda state, device: generators[device.index].set_state(state),
        manual_seed=lambda seed: generators[current[0]].manual_seed(seed),
    )

    @contextlib.contextmanager
    def device_index(index):
        current[0] = index
        yield
        current[0] = 0

    monkeypatch.setattr(torch, "get_device_module", lambda device: module)
    monkeypatch.setattr(torch.accelerator, "device_index", device_index)
    before = [generator.get_state() for generator in generators]
    with isolated(5, torch.device("cuda", 1)):
        seeds = [generator.initial_seed() for generator in generators]
        assert seeds == [10, 5]
        torch.rand(3, generator=generators[1])
    assert_array_equal([generator.get_state() for generator in generators], before)


# Callbacks


def rows_per_stage(model):
    return Counter(row["stage"] for row in model.history_)


def test_early_stopping_ends_one_stage_and_starts_anew_in_the_next():
    stop = EarlyStopping("train_loss", patience=2, threshold=0.999)
    model = small(layerwise_epochs=9, max_epochs=9, callbacks=[stop]).fit(X)
    stages = ["layer 1", "layer 2", "layer 3", "reconstruct"]
    assert rows_per_stage(model) == dict.fromkeys(stages, 3)


def test_a_learning_rate_schedule_starts_anew_in_each_stage():
    schedule = LRScheduler("StepLR", step_size=1, gamma=0.5)
    model = small(layerwise_epochs=3, lr=0.08, callbacks=[schedule]).fit(X)
    rates = [row["event_lr"] for row in model.history_]
    assert_allclose(rates, [0.08, 0.04, 0.02] * 4)


@pytest.mark.parametrize(
    ("callbacks", "expected"),
    [
        ([], {"lr": [0.08, 0.04, 0.02]}),
        # A user's schedule has the field to itself.
        (
            [LRScheduler("StepLR", step_size=2, gamma=0.1)],
            {"event_lr": [0.08, 0.08, 0.008]},
        ),
    ],
    ids=["built in", "the user's"],
)
def test_a_users_schedule_replaces_that_of_a_stage(callbacks, expected):
    def train(run, loss):
        run.stage("cluster", loss, 3, lr_factor=lambda epoch: 0.5**epoch)
        run.stage("constant", loss, 1)

    model = staged(train, lr=0.08, callbacks=callbacks)
    *annealed, constant = model.history_
    (name, rates) = expected.popitem()
    assert_allclose([row[name] for row in annealed], rates)
    assert all({"lr", "event_lr"} & set(row) == {name} for row in annealed)
    assert list(annealed[0])[-2:] == [name, "seconds"]
    assert type(annealed[0][name]) is float
    assert "lr" not in constant


def test_gradient_clipping_reaches_the_gradients():
    clip = GradientNormClipping(1e-9)
    clipped = small(optimizer=torch.optim.SGD, callbacks=[clip]).fit(X)
    untrained = small(max_epochs=0).fit(X)
    assert_allclose(clipped.transform(X), untrained.transform(X), atol=1e-6)


class CtrlC(Callback):
    """What a user does in the midst of a callback."""

    def on_epoch_end(self, net, **kwargs):
        signal.raise_signal(signal.SIGINT)


@pytest.fixture
def handler():
    """Python's handler of Ctrl+C, which jobs in a shell's background are without."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.default_int_handler
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("others", [[], [EarlyStopping("train_loss", patience=1)]])
def test_ctrl_c_at_an_epochs_end_ends_the_fit_and_not_the_stage(others, handler):
    autoencoder = small(callbacks=[CtrlC(), *others])
    with pytest.raises(KeyboardInterrupt):
        autoencoder.fit(X)
    assert signal.getsignal(signal.SIGINT) is handler
    assert not hasattr(autoencoder, "module_")


def held_out_loss(net, rows, y=None):
    """Return the loss of rows that the training does not see."""
    return -net.module_.score(torch.from_numpy(X[60:])).mean().item()


@pytest.mark.parametrize("kind", [EpochScoring, BatchScoring])
def test_a_fit_stops_on_rows_of_the_users_own(kind):
    scoring = kind(held_out_loss, name="held_out", on_train=True)
    stopping = EarlyStopping("held_out", patience=2, threshold=0.5)
    fitted = small(max_epochs=50, callbacks=[scoring, stopping]).fit(X[:60])
    assert len(fitted.history_) < 50
    losses = [row["held_out"] for row in fitted.history_]
    assert losses[-1] != losses[0]


def test_the_best_weights_are_kept_and_taken(tmp_path):
    best = Checkpoint("train_loss_best", dirname=tmp_path, load_best=True)
    every = Checkpoint(None, f_params="{last_epoch[epoch]}.pt", dirname=tmp_path)
    fitted = small(callbacks=[every, best], lr=0.3, max_epochs=6).fit(X)
    assert {f"{n}.pt" for n in range(1, 7)} <= {f.name for f in tmp_path.iterdir()}
    losses = [row["train_loss"] for row in fitted.history_]
    number = int(np.argmin(losses)) + 1
    assert number < 6
    weights = torch.load(tmp_path / f"{number}.pt", weights_only=True)
    for key, weight in fitted.module_.state_dict().items():
        assert_array_equal(weight, weights[key])


def write(text):
    sys.stdout.write(f"{text}\n")


def test_skorch_prints_its_rows(capsys):
    small(callbacks=[PrintLog(sink=write)]).fit(X)
    assert capsys.readouterr().out.count("reconstruct") == 3


@pytest.mark.parametrize(
    ("params", "advice"),
    [
        ({"callbacks": [EarlyStopping()]}, "monitor='train_loss'"),
        ({"callbacks": [Checkpoint()]}, "'train_loss_best'"),
        ({"callbacks": [("stop", EarlyStopping())]}, "monitor='train_loss'"),
        ({"callbacks": [EpochScoring(held_out_loss)]}, "on_train=True"),
        ({"callbacks": [EpochScoring("accuracy", on_train=True)]}, "function"),
        ({"callbacks": [BatchScoring("accuracy")]}, "function"),
        ({"callbacks": [EarlyStopping]}, "instances"),
        ({"callbacks": ["stop"]}, "instances"),
        ({"net_params": {"train_split": ValidSplit(5)}}, "'train_split'"),
        ({"net_params": {"max_epochs": 7}}, "'max_epochs'"),
        ({"net_params": {"lr": 7}}, "'lr'"),
    ],
)
def test_what_skorch_has_no_use_for_here_is_refused(params, advice):
    for estimator in (small(**params), DEC(3, autoencoder=small(**params))):
        with pytest.raises(ValueError, match=advice):
            estimator.fit(X)


class Seen(Callback):
    """Keeps what the net is like when a stage begins, for all its clones."""

    log = []

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        module = net.module_
        self.log.append(
            {
                "batch_size": net.batch_size,
                "device": str(net.device),
                "dtype": str(next(module.parameters()).dtype),
                "precision": getattr(module, "precision", None),
                "fused": net.optimizer_.defaults.get("fused"),
            }
        )


@pytest.fixture
def seen():
    Seen.log.clear()
    return Seen.log


@pytest.mark.parametrize(
    ("params", "fused"),
    [
        ({"optimizer": torch.optim.Adam}, True),
        ({"optimizer": torch.optim.SGD}, True),
        ({"optimizer": torch.optim.RMSprop}, None),
        (
            {"optimizer": torch.optim.Adam, "net_params": {"optimizer__fused": False}},
            False,
        ),
    ],
)
def test_a_fused_optimizer_is_used_where_there_is_one(seen, params, fused):
    small(callbacks=[Seen()], **params).fit(X)
    assert seen[0]["fused"] is fused


def test_an_optimizer_may_look_at_the_loss_more_than_once():
    model = small(optimizer=torch.optim.LBFGS, lr=0.1, batch_size=90).fit(X)
    losses = [row["train_loss"] for row in model.history_]
    assert losses[0] > losses[1] > losses[2]


def test_the_loaders_settings_are_the_users():
    workers = {"iterator_train__num_workers": 1}
    model = small(net_params=workers).fit(X)
    assert_array_equal(model.transform(X), small().fit(X).transform(X))


def test_rows_are_not_held_on_a_device_if_the_loader_has_settings(monkeypatch):
    room_for(10**9, monkeypatch)
    places = []

    def train(run, loss):
        run.net.device = META
        places.append(run.net.get_dataset(X).device)

    staged(train)
    staged(train, net_params={"iterator_train__num_workers": 0})
    assert places == [META, CPU]


# Stages


class Staged(Autoencoder):
    """An autoencoder whose training is written in a test."""

    def _train(self, run, rng):
        net = run.module

        def loss(x, i):
            return {"reconstruction": net.relative_error(x, net.embed(x))}

        self.train(run, loss)


def staged(train, **params):
    estimator = Staged(2, (8, 4), batch_size=30, random_state=0, **params)
    estimator.train = train
    return estimator.fit(X)


@pytest.mark.parametrize(
    ("interval", "expected"), [(None, [0, 3]), (1, range(6)), (2, [0, 2, 4]), (9, [0])]
)
def test_refresh_is_called_every_so_many_batches(interval, expected):
    steps, calls = [], []

    def train(run, loss):
        run.stage(
            "cluster",
            loss,
            2,
            refresh=lambda: calls.append(len(steps)),
            interval=interval,
            after_step=lambda x, i: steps.append(len(i)),
        )

    staged(train)
    assert calls == list(expected)
    assert sum(steps) == 2 * len(X)


@pytest.mark.parametrize(("stop_at", "n_rows"), [(0, 0), (2, 1), (3, 1), (4, 2)])
def test_refresh_stops_at_once_and_a_partial_epoch_keeps_its_row(stop_at, n_rows):
    steps = []

    def train(run, loss):
        run.stage(
            "cluster",
            loss,
            9,
            refresh=lambda: len(steps) == stop_at,
            interval=1,
            after_step=lambda x, i: steps.append(i),
        )

    model = staged(train)
    assert len(steps) == stop_at
    assert model.n_iter_ == n_rows
    for row in model.history_:
        assert row["stage"] == "cluster"
        assert np.isfinite(row["train_loss"])
        assert row["seconds"] > 0


@pytest.mark.parametrize("n_steps", [1, 2, 3, 4, 7])
def test_epochs_of_so_many_steps_go_on_through_the_rows(n_steps):
    batches = []

    def train(run, loss):
        run.stage("cluster", loss, 6, after_step=lambda x, i: batches.append(i.numpy()))

    model = staged(train, steps_per_epoch=n_steps)
    assert model.n_iter_ == 6
    assert len(batches) == 6 * n_steps
    # X makes three batches: each pass has every row once.
    for first in range(0, len(batches) - 2, 3):
        rows = np.concatenate(batches[first : first + 3])
        assert_array_equal(np.sort(rows), np.arange(len(X)))


@pytest.mark.parametrize(("n_steps", "expected"), [(1, [0, 3]), (5, [0, 5, 10, 15])])
def test_refresh_waits_for_an_epoch_and_a_pass(n_steps, expected):
    steps, calls = [], []

    def train(run, loss):
        run.stage(
            "cluster",
            loss,
            4,
            refresh=lambda: calls.append(len(steps)),
            after_step=lambda x, i: steps.append(i),
        )

    staged(train, steps_per_epoch=n_steps)
    assert calls == expected


def test_a_pass_is_the_default_epoch():
    assert_array_equal(
        small().fit_transform(X), small(steps_per_epoch=3).fit_transform(X)
    )


def test_the_steps_of_a_clusterer_are_those_of_its_autoencoder():
    autoencoder = Autoencoder(2, (4,), max_epochs=2, random_state=0)
    dec = DEC(3, autoencoder=autoencoder, start_steps=0, max_epochs=0)
    codes = dec.set_params(steps_per_epoch=11).fit_transform(X)
    autoencoder.set_params(steps_per_epoch=11)
    assert_array_equal(codes, autoencoder.fit_transform(X))


def test_after_step_sees_the_batch_and_its_row_numbers():
    def train(run, loss):
        run.stage("cluster", loss, 1, after_step=check)

    def check(x, i):
        assert i.dtype == torch.int64
        assert_array_equal(x, X[i])

    staged(train)


def test_rows_by_their_numbers():
    def train(run, loss):
        codes = run.map(run.module.embed)
        array = run.embed()
        for i in (np.array([7, 3]), torch.tensor([7, 3])):
            assert_array_equal(run.rows(i), X[[7, 3]])
            for held in (codes, array):
                taken = run.rows(i, held)
                assert isinstance(taken, torch.Tensor)
                assert_array_equal(taken, array[[7, 3]])

    staged(train)


def test_a_stage_may_have_batches_of_what_map_returned():
    def train(run, loss):
        codes = run.map(run.module.embed)
        decoder = run.module.network.decoder
        data = torch.from_numpy(X)

        def decoding(z, i):
            return {"reconstruction": (decoder(z) - data[i]).square().mean()}

        run.stage("decoder", decoding, 5, X=codes, parameters=decoder.parameters())

    losses = [row["train_loss"] for row in staged(train, lr=1e-2).history_]
    assert losses[-1] < losses[0]


def test_map_leaves_the_module_in_the_mode_it_was_in():
    def train(run, loss):
        for mode in (True, False):
            run.module.train(mode)
            run.map(lambda x: x * run.module.training)
            assert run.module.training is mode

    staged(train)


def test_a_stage_trains_the_parameters_it_is_given():
    def train(run, loss):
        network = run.module.network
        before = [p.clone() for p in network.parameters()]
        run.stage("decoder", loss, 2, parameters=network.decoder.parameters())
        changed = [
            not torch.equal(p, old)
            for p, old in zip(network.parameters(), before, strict=True)
        ]
        n_encoder = len(list(network.encoder.parameters()))
        assert not any(changed[:n_encoder])
        assert all(changed[n_encoder:])

    staged(train)


def test_values_recorded_in_an_epoch_are_in_its_row():
    def train(run, loss):
        run.stage("cluster", loss, 2, refresh=lambda: run.record(answer=42))

    assert [row["answer"] for row in staged(train).history_] == [42, 42]


def test_settled_counts_quiet_looks_in_a_row():
    looks = [[0, 0, 1, 1], [0, 0, 0, 1], [0, 0, 0, 1], [1, 0, 0, 1]] + 3 * [[0] * 4]
    settled = []

    def train(run, loss):
        def refresh():
            labels = np.array(looks[len(settled)])
            settled.append(run.settled(labels, tol=0.2, patience=2))

        run.stage("cluster", loss, len(looks), refresh=refresh)

    history = staged(train).history_
    assert settled == [False] * 6 + [True]
    assert [row["n_used_clusters"] for row in history] == [2, 2, 2, 2, 1, 1, 1]
    assert "label_change" not in history[0]
    changes = [row["label_change"] for row in history[1:]]
    assert changes == [0.25, 0, 0.25, 0.5, 0, 0]


# What is shown


@pytest.mark.parametrize("verbose", [None, 0])
def test_nothing_is_printed_unasked(capsys, verbose):
    small(verbose=verbose, layerwise_epochs=1).fit(X)
    DEC(3, autoencoder=small(verbose=verbose), max_epochs=1).fit(X)
    assert capsys.readouterr() == ("", "")


STAGES = ["layer 1", "layer 2", "layer 3", "reconstruct"]


def test_verbose_1_shows_a_bar_for_each_stage_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    small(verbose=1, layerwise_epochs=2).fit(X)
    out, err = capsys.readouterr()
    assert out == ""
    bars = [line.split("\r")[-1] for line in err.strip().split("\n")]
    assert [bar.split(":")[0] for bar in bars] == [f"Autoencoder {s}" for s in STAGES]
    assert "3/3" in bars[-1]
    assert "loss=" in bars[-1]


def test_verbose_1_writes_plain_lines_into_a_file(capsys):
    small(verbose=1, layerwise_epochs=2, max_epochs=25).fit(X)
    out, err = capsys.readouterr()
    assert out == ""
    assert not set(err) & set(map(chr, {*range(32), 127} - {ord("\n")}))
    lines = err.splitlines()
    assert [line.split(":")[0] for line in lines if "/2," in line] == [
        f"Autoencoder {stage}" for stage in STAGES[:-1] for _ in range(2)
    ]
    shown = [
        re.match("Autoencoder reconstruct: epoch (.*)/25,", line) for line in lines
    ]
    epochs = [int(match[1]) for match in shown if match]
    assert epochs == [3, 5, 8, 10, 13, 15, 18, 20, 23, 25]
    assert re.search(r"loss \S+, at most 00:00 left$", lines[-1])


def test_lines_show_the_last_epoch_of_a_stage_that_ends_early(capsys):
    stop = EarlyStopping(monitor="train_loss", patience=2, threshold=1e9)
    model = small(verbose=1, max_epochs=100, callbacks=[stop]).fit(X)
    last = capsys.readouterr().err.splitlines()[-1]
    assert f"epoch {model.n_iter_}/100," in last


def test_verbose_2_prints_a_row_for_each_epoch(capsys):
    model = small(verbose=2).fit(X)
    out, err = capsys.readouterr()
    assert err == ""
    heading, rule, *rows = out.strip().splitlines()
    assert heading.split()[:1] == ["epoch"]
    assert set(rule) <= set("- ")
    assert [int(row.split()[0]) for row in rows] == [1, 2, 3]
    for printed, row in zip(rows, model.history_, strict=True):
        assert f"{row['train_loss']:.4f}" in printed


# scikit-learn's callbacks


def plain(estimator):
    """Return a clone for three clusters with few epochs."""
    return set_n_clusters(clone(estimator).set_params(max_epochs=3), 3)


@all_estimators
def test_scikit_learns_progress_bar_shows_the_epochs(estimator, capsys):
    watched = plain(estimator).set_callbacks(ProgressBar()).fit(X)
    assert name(estimator) in capsys.readouterr().out
    assert_array_equal(watched.transform(X), plain(estimator).fit(X).transform(X))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_scikit_learns_progress_bar_goes_through_searches_and_pipelines(n_jobs, capsys):
    pipeline = make_pipeline(StandardScaler(), small())
    search = GridSearchCV(pipeline, {"autoencoder__lr": [1e-3, 1e-2]}, n_jobs=n_jobs)
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(X)
    shown = capsys.readouterr().out
    for task in "GridSearchCV", "Pipeline", "Autoencoder", "reconstruct":
        assert task in shown


@all_clusterers
def test_scikit_learns_monitor_scores_each_epoch_of_the_model(estimator):
    monitor = ScoringMonitor(scoring=nmi_scorer)
    watched = plain(estimator).set_callbacks(monitor).fit(X, Y)
    scores = [r for r in monitor.get_logs().data if r["task_name"] == "epoch"]
    assert len(scores) == sum(r["stage"] != "reconstruct" for r in watched.history_)
    assert all(0 <= row["score"] <= 1 for row in scores)
    assert_array_equal(watched.transform(X), plain(estimator).fit(X).transform(X))


class Tasks:
    """Counts the tasks that begin and end, by name."""

    def __init__(self):
        self.begun, self.ended = Counter(), Counter()

    def setup(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        self.begun[context.task_name] += 1

    def on_fit_task_end(self, estimator, context):
        self.ended[context.task_name] += 1

    def teardown(self, estimator, context):
        pass


@pytest.mark.parametrize("stop_at", [0, 3, 4, None])
def test_every_task_of_scikit_learn_that_begins_ends(stop_at):
    steps, tasks = [], Tasks()

    def train(run, loss):
        run.stage(
            "cluster",
            loss,
            2,
            refresh=lambda: len(steps) == stop_at,
            interval=1,
            after_step=lambda x, i: steps.append(i),
        )

    estimator = Staged(2, (8, 4), batch_size=30, random_state=0)
    estimator.train = train
    model = estimator.set_callbacks(tasks).fit(X)
    assert tasks.begun == tasks.ended
    assert tasks.begun["epoch"] == model.n_iter_


class Dropout(nn.Module):
    """An autoencoder that trains in another way than it predicts."""

    def __init__(self, n_features, n_components):
        super().__init__()
        self.encode = nn.Sequential(nn.Linear(n_features, n_components), nn.Dropout())
        self.decode = nn.Linear(n_components, n_features)


def test_a_look_at_the_model_in_training_leaves_it_in_training():
    monitor = ScoringMonitor(scoring=lambda model, X, y: {"score": model.score(X)})
    watched = small(module=Dropout).set_callbacks(monitor).fit(X, Y)
    unwatched = small(module=Dropout).fit(X)
    assert_array_equal(watched.transform(X), unwatched.transform(X))


# Nested estimators

SETTINGS = {
    "batch_size": (16, 8, 16, 8),
    "dtype": ("float64", "float32", "torch.float64", "torch.float32"),
    "precision": ("bfloat16", "bfloat16", "bfloat16", "bfloat16"),
    "device": ("cpu", torch.device("cpu"), "cpu", "cpu"),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_outer_settings_hold_where_the_inner_are_unset(seen, setting):
    outer, inner, expected_of_outer, expected_of_inner = SETTINGS[setting]
    for value, expected in ((None, expected_of_outer), (inner, expected_of_inner)):
        autoencoder = Autoencoder(2, (4,), max_epochs=1, callbacks=[Seen()])
        autoencoder.set_params(**{setting: value})
        DEC(3, autoencoder=autoencoder, max_epochs=0, **{setting: outer}).fit(X)
        assert seen[-1][setting] == expected
        assert getattr(autoencoder, setting) is value


def test_the_outer_seed_holds_where_the_inner_is_unset():
    def embedding(outer, inner):
        autoencoder = small(random_state=inner)
        dec = DEC(3, autoencoder=autoencoder, start_steps=0, max_epochs=0)
        return dec.set_params(random_state=outer).fit_transform(X)

    assert_array_equal(embedding(0, None), embedding(0, None))
    assert not np.array_equal(embedding(0, None), embedding(1, None))
    assert_array_equal(embedding(0, 5), small(random_state=5).fit_transform(X))
    assert_array_equal(embedding(1, 5), small(random_state=5).fit_transform(X))


def test_the_outer_verbosity_holds_where_the_inner_is_unset(capsys):
    DEC(3, autoencoder=small(), max_epochs=1, verbose=1).fit(X)
    err = capsys.readouterr().err
    assert "Autoencoder reconstruct" in err
    assert "DEC cluster" in err
    DEC(3, autoencoder=small(verbose=0), max_epochs=1, verbose=1).fit(X)
    assert "Autoencoder" not in capsys.readouterr().err


# Mixed precision


@all_estimators
def test_mixed_precision_gives_float32_results_near_the_full_ones(estimator):
    mixed = plain(estimator).set_params(precision="bfloat16").fit(X)
    full = plain(estimator).fit(X)
    assert {p.dtype for p in mixed.module_.parameters()} == {torch.float32}
    embedding = mixed.transform(X)
    assert embedding.dtype == np.float32
    assert np.isfinite(embedding).all()
    assert_allclose(mixed.score(X), full.score(X), rtol=0.2)
    # Two sides that play against each other go ways of their own.
    if hasattr(mixed, "labels_") and name(estimator) not in ("ClusterGAN", "InfoGAN"):
        assert adjusted_rand_score(mixed.labels_, full.labels_) > 0.9
