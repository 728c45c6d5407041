"""Tests of the estimators on another device than the CPU.

The device is a stand-in: its tensors hold numbers of the CPU, but do not mix with its
tensors. Mixed precision is not covered, for a stand-in has none.
"""

import contextlib
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from estimators import ESTIMATORS, name, set_n_clusters
from numpy.testing import assert_array_equal
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.preprocessing import minmax_scale
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend

from skdeepcluster import (
    KDAE,
    AttentionAutoencoder,
    Autoencoder,
    DualAutoencoder,
    SpectralNet,
)

X, _ = make_blobs(90, 16, centers=3, cluster_std=0.3, random_state=0)
X = minmax_scale(X).astype(np.float32)

# How well the methods cluster is not tested here.
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# What goes from one device to another.
MOVES = {torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default}


class OnDevice(torch.Tensor):
    """A tensor on the device; its numbers are in ``inner``, a tensor on the CPU."""

    @staticmethod
    def __new__(cls, inner):
        tensor = torch.Tensor._make_wrapper_subclass(
            cls,
            inner.size(),
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
            device="standin:0",
        )
        tensor.inner = inner
        return tensor

    def numpy(self, *, force=False):
        assert force, "an array is on the CPU"
        return self.detach().cpu().numpy()

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        return compute(function, args, kwargs or {})


class StandIn(TorchDispatchMode):
    """Make tensors on the device where they are asked for, and count what waits."""

    n_waits = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = compute(function, args, kwargs or {})
        tensors = [t for t in (*args, result) if isinstance(t, torch.Tensor)]
        is_move = function in MOVES and len({type(t) for t in tensors}) > 1
        self.n_waits += (
            is_move or function is torch.ops.aten._local_scalar_dense.default
        )
        return result


@contextlib.contextmanager
def standin():
    """Compute on the device."""
    with (
        StandIn() as mode,
        # An error in another thread would end the process.
        torch.autograd.set_multithreading_enabled(False),
        pytest.MonkeyPatch.context() as patch,
    ):
        # It is not for subclasses of tensors.
        patch.setattr(
            torch, "inference_mode", lambda on=True: torch.set_grad_enabled(not on)
        )
        yield mode


def compute(function, args, kwargs):
    """Call a function of torch on the CPU, and put its results on their device."""
    tensors = [t for t in tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)]
    on_device = any(isinstance(t, OnDevice) for t in tensors)
    if on_device and function not in MOVES:
        strangers = [t for t in tensors if t.ndim and not isinstance(t, OnDevice)]
        assert not strangers, f"{function}: tensors of the CPU and of the device meet"
    if kwargs.get("device") is not None:
        on_device = kwargs["device"].type == "standin"
        kwargs = {**kwargs, "device": torch.device("cpu")}
    args_of_cpu, kwargs_of_cpu = tree_map_only(
        OnDevice, lambda tensor: tensor.inner, (args, kwargs)
    )
    result = function(*args_of_cpu, **kwargs_of_cpu)
    if function._schema.is_mutable:
        return args[0] if isinstance(result, torch.Tensor) else result
    return tree_map_only(torch.Tensor, OnDevice, result) if on_device else result


@pytest.fixture(scope="module")
def device():
    """Tell torch of the device."""
    module = SimpleNamespace(
        is_available=lambda: True,
        is_initialized=lambda: True,
        device_count=lambda: 1,
        current_device=lambda: 0,
        mem_get_info=lambda device: (10**9, 10**9),
        # It draws from the CPU's generator, so that the results are the CPU's.
        get_rng_state=lambda device: torch.get_rng_state(),
        set_rng_state=lambda state, device: torch.set_rng_state(state),
        manual_seed=lambda seed: None,
        # For torch.manual_seed of later tests.
        manual_seed_all=lambda seed: None,
        _is_in_bad_fork=lambda: False,
    )
    _setup_privateuseone_for_python_backend("standin", backend_module=module)
    return "standin"


def outputs(estimator):
    """Return what the estimator says of X, by method."""
    methods = ["transform", "score_samples", "predict", "predict_log_proba"]
    answers = {m: getattr(estimator, m)(X) for m in methods if hasattr(estimator, m)}
    if hasattr(estimator, "inverse_transform"):
        answers["inverse_transform"] = estimator.inverse_transform(answers["transform"])
    return answers


IMAGES = {"image_shape": (1, 4, 4), "hidden_layer_sizes": (2, 3), "n_components": 2}
OTHERS = [
    KDAE(3, init=KMeans(3, n_init=1), expert_epochs=1, batch_size=32, **IMAGES),
    DualAutoencoder(batch_size=32, **IMAGES),
    AttentionAutoencoder(combine="concat", batch_size=32, **IMAGES),
    SpectralNet(hidden_layer_sizes=(8,), affinity="siamese", scale="local"),
]


@pytest.mark.parametrize("estimator", ESTIMATORS + OTHERS, ids=name)
def test_results_on_another_device_are_those_of_the_cpu(estimator, device):
    settings = {key: 1 for key in estimator.get_params() if key.endswith("epochs")}
    settings["random_state"] = 0
    on_cpu, on_device = (
        set_n_clusters(clone(estimator), 3).set_params(device=place, **settings)
        for place in ("cpu", device)
    )
    expected = outputs(on_cpu.fit(X))
    with standin():
        result = outputs(on_device.fit(X))
    assert {type(p.data) for p in on_device.module_.parameters()} == {OnDevice}
    assert result.keys() == expected.keys()
    for method, answer in expected.items():
        assert_array_equal(result[method], answer, err_msg=method)


@pytest.mark.parametrize(
    "estimator",
    [Autoencoder(2, (8,)), KDAE(3, init=KMeans(3, n_init=1), hidden_layer_sizes=(8,))],
    ids=name,
)
def test_the_loop_does_not_wait_for_each_batch(estimator, device):
    n_waits = []
    for batch_size in (90, 9):
        model = clone(estimator).set_params(batch_size=batch_size, device=device)
        with standin() as mode:
            model.set_params(max_epochs=2).fit(X)
        n_waits.append(mode.n_waits)
    assert n_waits[0] == n_waits[1]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sparse_rows_go_to_the_device_batch_by_batch(dtype, device):
    settings = {"max_epochs": 2, "batch_size": 32, "dtype": dtype, "random_state": 0}
    expected = Autoencoder(2, (8,), **settings).fit(X).transform(X)
    with standin():
        model = Autoencoder(2, (8,), device=device, **settings)
        assert_array_equal(model.fit_transform(csr_array(X)), expected)
