"""Tests of fits in a host program with its own settings of torch, and of its forks."""

import contextlib
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from estimators import ESTIMATORS, name, set_n_clusters
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.preprocessing import scale

from skdeepcluster import DEC, Autoencoder

X, _ = make_blobs(90, 6, centers=3, cluster_std=0.3, random_state=0)
X = scale(X).astype(np.float32)

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@contextlib.contextmanager
def setting(set_value, value, before):
    set_value(value)
    try:
        yield
    finally:
        set_value(before)


SETTINGS = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "default_device": lambda: torch.device("meta"),
    "default_dtype": lambda: setting(
        torch.set_default_dtype, torch.float64, torch.float32
    ),
    "deterministic": lambda: setting(torch.use_deterministic_algorithms, True, False),
    "matmul_precision": lambda: setting(
        torch.set_float32_matmul_precision, "medium", "highest"
    ),
}


def state():
    """Return what a host program may have set in torch."""
    return (
        torch.is_grad_enabled(),
        torch.is_inference_mode_enabled(),
        torch.is_autocast_enabled("cpu"),
        torch.get_default_device(),
        torch.get_default_dtype(),
        torch.are_deterministic_algorithms_enabled(),
        torch.get_float32_matmul_precision(),
        torch.get_rng_state().tolist(),
    )


def results(estimator):
    """Fit, predict, copy and load; return the numbers."""
    fitted = clone(estimator).fit(X)
    loaded = pickle.loads(pickle.dumps(fitted))
    return [
        values
        for model in (fitted, loaded)
        for values in (model.transform(X), model.score_samples(X))
    ]


def small(estimator):
    estimator = set_n_clusters(clone(estimator), 3).set_params(max_epochs=2)
    budgets = {
        key: 2 for key in estimator.get_params() if key.endswith(("_epochs", "_steps"))
    }
    return estimator.set_params(**budgets)


def check_same_results_and_state(estimator, *settings):
    expected = results(estimator)
    with contextlib.ExitStack() as stack:
        for key in settings:
            stack.enter_context(SETTINGS[key]())
        before = state()
        found = results(estimator)
        assert state() == before
    for a, b in zip(expected, found, strict=True):
        assert_array_equal(a, b)


@pytest.mark.parametrize("key", SETTINGS)
def test_a_setting_of_the_host_changes_no_model_and_stays(key):
    dec = DEC(3, autoencoder=Autoencoder(2, (8,)), random_state=0)
    check_same_results_and_state(small(dec), key)


@pytest.mark.parametrize("precision", [None, "bfloat16"])
def test_the_hosts_autocast_keeps_no_weights_from_one_step_to_the_next(precision):
    autoencoder = Autoencoder(2, (8,), max_epochs=5, lr=0.1, precision=precision)
    check_same_results_and_state(autoencoder.set_params(random_state=0), "autocast")


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=name)
def test_no_setting_of_the_host_changes_a_model(estimator):
    check_same_results_and_state(small(estimator), *SETTINGS)


def test_a_fit_that_fails_leaves_the_hosts_settings():
    with contextlib.ExitStack() as stack:
        for enter in SETTINGS.values():
            stack.enter_context(enter())
        before = state()
        with pytest.raises(ValueError, match="lr"):
            Autoencoder(2, (8,), lr=1e30, max_epochs=3).fit(X)
        assert state() == before


def test_a_model_that_was_fitted_without_gradients_can_be_trained_on():
    with torch.inference_mode():
        loaded = pickle.loads(pickle.dumps(Autoencoder(2, (8,), max_epochs=1).fit(X)))
    assert not any(weight.is_inference() for weight in loaded.module_.parameters())


# In a process of its own: one that has used an accelerator cannot train in forks.
FORKS = """
import faulthandler
import multiprocessing
import threading

import numpy as np
import torch
from numpy.testing import assert_allclose

from skdeepcluster import DEC, Autoencoder

torch.set_num_threads(2)
X = np.random.default_rng(0).normal(size=(900, 6)).astype(np.float32)


def fork(work):
    def guarded():
        faulthandler.dump_traceback_later(60, exit=True)
        work()

    process = multiprocessing.get_context("fork").Process(target=guarded)
    process.start()
    process.join(70)
    assert process.exitcode == 0


begun, forked = threading.Event(), threading.Event()


def wait(x):
    begun.set()
    forked.wait(80)
    return x


def make():
    autoencoder = Autoencoder(2, (512,), max_epochs=1)
    return DEC(3, autoencoder=autoencoder, max_epochs=1, random_state=0)


thread = threading.Thread(target=make().set_params(augment=wait).fit, args=(X,))
thread.start()
assert begun.wait(60)
fork(lambda: make().fit(X))
forked.set()
thread.join()

model = make().fit(X)
expected = model.transform(X)


def predict_and_fit():
    assert_allclose(model.transform(X), expected, rtol=1e-4)
    make().fit(X)
    assert torch.get_num_threads() == 2


fork(predict_and_fit)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks on this platform")
def test_a_process_forked_during_a_fit_or_after_one_can_predict_and_fit():
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORKS], check=True)
