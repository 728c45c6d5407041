"""Drawn data and parameters: a clear refusal, or a model that keeps the contract.

The suite draws the same few each time, ``make fuzz`` ten thousand others for each test.
"""

import functools
import pickle
import tempfile
import traceback
import warnings
from collections.abc import Callable
from numbers import Integral
from pathlib import Path
from typing import NamedTuple

import joblib
import numpy as np
import pandas as pd
import polars as pl
import scipy.sparse as sp
import sklearn
from estimators import ESTIMATORS, PLAIN_CLUSTERERS, set_n_clusters
from hypothesis import given, note
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

import skdeepcluster
from skdeepcluster._compat import Interval, StrOptions
from skdeepcluster.base import BaseDeepEstimator

OURS = str(Path(skdeepcluster.__file__).parent)
SKLEARN = str(Path(sklearn.__file__).parent)

METHODS = ["transform", "score_samples", "predict", "predict_log_proba", "soft_predict"]

N_FEATURES = 6


# Data


def memory_map(X):
    with tempfile.TemporaryFile() as file:
        mapped = np.memmap(file, X.dtype, "w+", shape=X.shape)
    mapped[:] = X
    return mapped


def read_only(X):
    X = X.copy()
    X.setflags(write=False)
    return X


def every_other_column(X):
    return np.repeat(X, 2, axis=1)[:, ::2]


def upside_down(X):
    return X[::-1].copy()[::-1]


def polars_frame(X):
    return pl.DataFrame(X, schema=[f"x{j}" for j in range(X.shape[1])])


ARRAYS = [np.ascontiguousarray, np.asfortranarray, read_only]
ARRAYS += [every_other_column, upside_down, np.ndarray.tolist]
SPARSE = [sp.csr_matrix, sp.csr_array, sp.csc_matrix, sp.csc_array, sp.coo_array]

# The dtypes that each container can hold.
OF_NUMBERS = ["float32", "float64", "int64", "int32", "uint8", "bool"]
DTYPES = {
    **dict.fromkeys(ARRAYS, [*OF_NUMBERS, "float16", "object"]),
    **dict.fromkeys([pd.DataFrame], [*OF_NUMBERS, "float16", "object"]),
    **dict.fromkeys([memory_map, polars_frame, *SPARSE], OF_NUMBERS),
}


def same_rows(X):
    X[:] = X[:1]


def two_rows(X):
    X[1:] = X[-1:]


def constant_feature(X):
    X[:, 0] = 1.0


def empty_rows(X):
    X[::2] = 0.0


def between_0_and_1(X):
    X[:] = np.abs(X) / (1 + np.abs(X))


CHANGES = [same_rows, two_rows, constant_feature, empty_rows, between_0_and_1]

SHAPES = [(1, 6), (2, 6), (3, 6), (7, 6), (40, 6), (40, 1), (5, 60)]

# Most data are of an ordinary scale.
SCALES = [1.0] * 8 + [0.0, 1e-310, 1e-45, 1e-30, 1e-6, 1e6, 1e15, 1e30, 1e200, 1e300]
OFFSETS = [0.0] * 8 + [1.0, 1e4, 1e8, 1e30]
SPECIAL = [None] * 8 + [np.nan, np.inf, -np.inf, -3.4e38, 1e39]


class Table(NamedTuple):
    """How rows are made."""

    shape: tuple
    seed: int
    changes: list
    scale: float
    offset: float
    special: float | None
    container: Callable
    dtype: str

    def make(self):
        X = np.random.default_rng(self.seed).normal(size=self.shape)
        for change in self.changes:
            change(X)
        with np.errstate(all="ignore"):
            X = self.scale * X + self.offset
            if self.special is not None:
                X[-1, -1] = self.special
            return self.container(X.astype(self.dtype))


def tables():
    """Draw how rows are made."""
    return st.sampled_from(list(DTYPES)).flatmap(
        lambda container: st.builds(
            Table,
            shape=st.sampled_from(SHAPES),
            seed=st.integers(0, 9),
            changes=st.lists(st.sampled_from(CHANGES), max_size=2),
            scale=st.sampled_from(SCALES),
            offset=st.sampled_from(OFFSETS),
            special=st.sampled_from(SPECIAL),
            container=st.just(container),
            dtype=st.sampled_from(DTYPES[container]),
        )
    )


# Parameters


def values(constraint):
    """Return what a parameter may be drawn from, by what it must be."""
    if isinstance(constraint, Interval) and constraint.type is Integral:
        return st.integers(int(constraint.left), int(constraint.left) + 4)
    if isinstance(constraint, Interval):
        candidates = [0.0, 1e-6, 0.1, 0.5, 0.9, 1.0, 3.0, 50.0]
        return st.sampled_from([x for x in candidates if x in constraint])
    if isinstance(constraint, StrOptions):
        return st.sampled_from(sorted(constraint.options))
    if constraint is None:
        return st.none()
    if constraint == "boolean":
        return st.booleans()
    return st.nothing()


SIZES = st.lists(st.integers(1, 5), min_size=0, max_size=3)

# Which are tried elsewhere, or cost time.
LEFT_ALONE = {"max_epochs", "verbose", "device", "callbacks", "net_params", "module"}
LEFT_ALONE |= {"random_state", "augment", "optimizer", "neighbors", "autoencoder"}


@st.composite
def estimators(draw):
    """Draw an estimator with small budgets and some of its parameters."""
    estimator = clone(draw(st.sampled_from(ESTIMATORS + PLAIN_CLUSTERERS)))
    set_n_clusters(estimator, draw(st.integers(1, 4), label="n_clusters"))
    constraints = estimator._parameter_constraints
    names = sorted(estimator.get_params(deep=False).keys() - LEFT_ALONE)
    for name in draw(st.lists(st.sampled_from(names), max_size=3, unique=True)):
        if name.endswith("layer_sizes"):
            drawn = SIZES
        elif name == "image_shape":
            drawn = st.sampled_from([(1, 2, 3), (6, 1, 1), (1, 1, 1)])
        elif name == "init":
            drawn = st.lists(st.integers(-1, 3), min_size=7, max_size=7)
        else:
            drawn = st.one_of([values(c) for c in constraints[name]])
        if not drawn.is_empty:
            estimator.set_params(**{name: draw(drawn, label=name)})
    return small(estimator)


def small(estimator):
    """Leave next to nothing of the budgets."""
    budgets = {"epochs": 2, "steps": 3}
    for key, value in estimator.get_params().items():
        most = budgets.get(key.split("_")[-1])
        if most is not None and value is not None:
            estimator.set_params(**{key: min(value, most)})
    return estimator


# The contract


def outputs(estimator, X):
    """Return what the estimator says of X, by method, or None where it refuses."""
    return tried(
        lambda: {m: getattr(estimator, m)(X) for m in METHODS if hasattr(estimator, m)}
    )


def tried(call):
    """Call, and return the result; None if it was refused as it should be."""
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        # scikit-learn sums X to see whether it is finite, infinities of both signs too.
        warnings.filterwarnings("ignore", "invalid value encountered in reduce")
        try:
            result = call()
        except (ValueError, TypeError) as error:
            note(f"refused: {error}")
            last = traceback.extract_tb(error.__traceback__)[-1]
            is_ours = last.filename.startswith(OURS) and last.line.startswith("raise")
            if not is_ours and not last.filename.startswith(SKLEARN):
                raise
            result = None
    for warning in record:
        assert warning.category in (ConvergenceWarning, UserWarning), warning
        assert warning.filename.startswith((__file__, SKLEARN)), warning
    return result


def assert_keeps_the_contract(estimator, X):
    n_samples = X.shape[0] if hasattr(X, "shape") else len(X)
    answers = outputs(estimator, X)
    assert answers is not None
    for method, answer in answers.items():
        assert len(answer) == n_samples
        assert np.isfinite(answer).all(), method
    loaded = pickle.loads(pickle.dumps(estimator))
    for method, answer in outputs(loaded, X).items():
        assert_array_equal(answer, answers[method])
    if not hasattr(estimator, "labels_"):
        return
    labels = estimator.labels_
    n_clusters = estimator.get_params().get("n_clusters", n_samples)
    assert labels.dtype == np.int32
    assert labels.shape == (n_samples,)
    assert labels.min() >= 0
    assert labels.max() < n_clusters
    if isinstance(estimator, BaseDeepEstimator):
        assert_array_equal(answers["predict"], labels)
        assert_probabilities(answers["soft_predict"], labels)


def assert_probabilities(proba, labels):
    assert_allclose(proba.sum(1), 1, rtol=1e-5)
    assert_array_equal(proba.argmax(1), labels)


@given(estimators(), tables())
def test_a_fit_is_refused_or_keeps_the_contract(estimator, table):
    X = table.make()
    params = joblib.hash(estimator.get_params())
    before = vars(estimator).copy()
    fitted = tried(lambda: estimator.fit(X))
    assert joblib.hash(estimator.get_params()) == params
    if fitted is None:
        # The others keep what scikit-learn's validation has set.
        assert vars(estimator) == before or not isinstance(estimator, BaseDeepEstimator)
    else:
        assert_keeps_the_contract(estimator, X)


@functools.cache
def fitted(estimator):
    """Return the estimator, fitted to a few rows."""
    X = np.random.default_rng(0).normal(size=(40, N_FEATURES)).astype(np.float32)
    estimator = small(set_n_clusters(clone(estimator), 3))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return estimator.fit(X)


@given(st.sampled_from(ESTIMATORS + PLAIN_CLUSTERERS), tables())
def test_a_prediction_is_refused_or_finite(estimator, table):
    answers = outputs(fitted(estimator), table.make())
    if answers is None:
        return
    assert all(np.isfinite(answer).all() for answer in answers.values())
    if "soft_predict" in answers:
        assert_probabilities(answers["soft_predict"], answers["predict"])
