"""What other tools take from the estimators, and give to them."""

import functools
import json
import sys

import matplotlib
import numpy as np
import onnxruntime
import pandas as pd
import polars as pl
import pytest
import torch
from estimators import CLUSTERERS, ESTIMATORS, TRANSFORMERS, name
from numpy.testing import assert_allclose, assert_array_equal
from safetensors.torch import load_file, save_file
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_blobs
from sklearn.exceptions import NotFittedError
from sklearn.inspection import DecisionBoundaryDisplay, permutation_importance
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, scale
from torch import nn

from skdeepcluster import IDEC, KDAE, Autoencoder, VaDE
from skdeepcluster.export import load_weights, save_weights, to_onnx
from skdeepcluster.metrics import nmi_scorer

matplotlib.use("Agg")

X, Y = make_blobs(90, 6, centers=3, cluster_std=0.3, random_state=0)
X = scale(X).astype(np.float32)
IMAGES = np.random.default_rng(0).random((40, 64), dtype=np.float32)

TINY = {"hidden_layer_sizes": (16,), "max_epochs": 2, "batch_size": 32}
IMAGE = {**TINY, "image_shape": (1, 8, 8), "hidden_layer_sizes": (2, 3)}

all_estimators = pytest.mark.parametrize("estimator", ESTIMATORS, ids=name)
all_clusterers = pytest.mark.parametrize("estimator", CLUSTERERS, ids=name)

# How well the methods cluster is not tested here.
pytestmark = [
    pytest.mark.filterwarnings(f"ignore:{text}:sklearn.exceptions.ConvergenceWarning")
    for text in (".*clusters", "The graph of a batch", "The codes of")
]


def tiny(estimator, **params):
    """Return a clone for three clusters that fits in no time."""
    estimator = clone(estimator)
    params = {"n_clusters": 3, "max_epochs": 2, **params}
    for key in sorted(estimator.get_params()):
        last = key.rpartition("__")[2]
        if last in params:
            estimator.set_params(**{key: params[last]})
        elif last.endswith("_epochs"):
            estimator.set_params(**{key: params["max_epochs"]})
    return estimator


@functools.cache
def fitted(estimator):
    """Return the estimator fitted on X; shared, so leave it as it is."""
    return tiny(estimator).fit(X)


def idec(**params):
    autoencoder = Autoencoder(2, **TINY)
    return IDEC(3, autoencoder=autoencoder, max_epochs=2, random_state=0, **params)


def outputs(model, X):
    """Return what the estimator says of X, by method."""
    methods = ("transform", "score_samples", "predict", "predict_log_proba")
    return {m: getattr(model, m)(X) for m in methods if hasattr(model, m)}


def assert_same(actual, expected):
    for key, values in outputs(expected, X).items():
        assert_array_equal(outputs(actual, X)[key], values, err_msg=key)


# Weights


@all_estimators
def test_weights_keep_every_bit(estimator, tmp_path):
    model = fitted(estimator)
    save_weights(model, tmp_path / "model.safetensors")
    other = tiny(estimator, max_epochs=0, random_state=1).fit(X[::2])
    assert not np.array_equal(other.transform(X), model.transform(X))
    assert load_weights(other, str(tmp_path / "model.safetensors")) is other
    assert_same(other, model)
    assert not other.module_.training
    assert not any(p.requires_grad for p in other.module_.parameters())


def test_weights_have_the_names_of_the_state_dict(tmp_path):
    model = fitted(CLUSTERERS[0])
    save_weights(model, tmp_path / "w")
    own, saved = model.module_.state_dict(), load_file(tmp_path / "w")
    assert saved.keys() == own.keys()
    for key in own:
        torch.testing.assert_close(saved[key], own[key], rtol=0, atol=0)


def test_weights_of_another_program_number_clusters_as_the_network_does(tmp_path):
    model = fitted(CLUSTERERS[0])
    save_file(model.module_.state_dict(), tmp_path / "w")
    loaded = load_weights(tiny(CLUSTERERS[0], max_epochs=0).fit(X), tmp_path / "w")
    expected = model.module_.assign(torch.from_numpy(X)).argmax(1)
    assert_array_equal(loaded.predict(X), expected)


class Tied(nn.Module):
    """A decoder with the weights of its encoder, and one weight in another layout."""

    def __init__(self, n_features, n_components):
        super().__init__()
        self.down = nn.Linear(n_features, n_components)
        self.up = nn.Linear(n_components, n_features)
        self.up.bias = nn.Parameter(torch.randn(2 * n_features)[::2])
        self.again = self.up

    def encode(self, x):
        return self.down(x)

    def decode(self, z):
        return self.again(z)


def test_weights_that_share_memory_or_have_gaps(tmp_path):
    model = Autoencoder(2, module=Tied, max_epochs=1, random_state=0).fit(X)
    save_weights(model, tmp_path / "w")
    assert {"network.up.weight", "network.again.weight"} < load_file(
        tmp_path / "w"
    ).keys()
    other = clone(model).set_params(max_epochs=0, random_state=1).fit(X)
    assert_same(load_weights(other, tmp_path / "w"), model)


def test_weights_are_converted_to_the_dtype_of_the_estimator(tmp_path):
    save_weights(Autoencoder(2, **TINY).fit(X), tmp_path / "w")
    double = Autoencoder(2, **{**TINY, "max_epochs": 0}, dtype="float64").fit(X)
    load_weights(double, tmp_path / "w")
    assert {p.dtype for p in double.module_.parameters()} == {torch.float64}


OTHER_NETWORKS = {
    "width": (
        Autoencoder(3, **TINY),
        r"encoder\.2\.weight has the shape \(2, 16\) in the file and \(3, 16\) in",
    ),
    "depth": (
        Autoencoder(2, hidden_layer_sizes=(16, 16), max_epochs=0),
        r"encoder\.4\.weight has the shape None in the file and \(2, 16\) in",
    ),
    "clusterer": (
        idec(),
        r"centers has the shape None in the file and \(3, 2\) in",
    ),
}


@pytest.mark.parametrize("case", OTHER_NETWORKS)
def test_weights_of_another_network_are_refused_and_change_nothing(case, tmp_path):
    save_weights(Autoencoder(2, **TINY).fit(X), tmp_path / "w")
    other, message = OTHER_NETWORKS[case]
    other.fit(X)
    before, results = vars(other).copy(), outputs(other, X)
    with pytest.raises(ValueError, match=message):
        load_weights(other, tmp_path / "w")
    assert all(vars(other)[key] is value for key, value in before.items())
    for key, values in outputs(other, X).items():
        assert_array_equal(values, results[key])


def test_a_file_that_has_no_weights_is_refused_with_its_path(tmp_path):
    (tmp_path / "w.json").write_text(json.dumps([1, 2, 3]))
    with pytest.raises(ValueError, match=r"w\.json.* not in safetensors format"):
        load_weights(fitted(TRANSFORMERS[0]), tmp_path / "w.json")
    with pytest.raises(FileNotFoundError):
        load_weights(fitted(TRANSFORMERS[0]), tmp_path / "missing")


# ONNX


def assert_onnx_agrees(model, X, path):
    """Export, and compare what onnxruntime gives for batches of two sizes."""
    to_onnx(model, path)
    session = onnxruntime.InferenceSession(path)
    methods = {"embedding": "transform"}
    if hasattr(model, "predict"):
        methods |= {"labels": "predict", "probabilities": "soft_predict"}
    assert [x.name for x in session.get_inputs()] == ["X"]
    names = [output.name for output in session.get_outputs()]
    assert set(names) == set(methods)
    for n_rows in (1, 17):
        results = session.run(names, {"X": X[:n_rows]})
        for key, actual in zip(names, results, strict=True):
            expected = getattr(model, methods[key])(X[:n_rows])
            assert actual.dtype == (np.int64 if key == "labels" else np.float32)
            assert actual.shape == expected.shape
            assert_allclose(actual, expected, 1e-4, 1e-5, err_msg=key)


@all_estimators
def test_onnx_predicts_the_same(estimator, tmp_path, capfd, caplog):
    state = torch.get_rng_state()
    assert_onnx_agrees(fitted(estimator), X, tmp_path / "model.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.levelname != "DEBUG"] == []
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    "estimator",
    [
        Autoencoder(2, **IMAGE),
        KDAE(3, init=np.arange(40) % 3, n_components=2, expert_epochs=1, **IMAGE),
    ],
    ids=name,
)
def test_onnx_of_convolutions(estimator, tmp_path):
    model = estimator.set_params(random_state=0).fit(IMAGES)
    assert_onnx_agrees(model, IMAGES, tmp_path / "model.onnx")


def test_onnx_of_a_network_in_double_precision(tmp_path):
    model = VaDE(3, autoencoder=Autoencoder(2, **TINY), max_epochs=2, dtype="float64")
    assert_onnx_agrees(model.fit(X), X, tmp_path / "model.onnx")


def test_onnx_of_mixed_precision_computes_in_float32(tmp_path):
    model = Autoencoder(2, **TINY, precision="bfloat16", random_state=0).fit(X)
    to_onnx(model, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    full = model.module_.network.encode(torch.from_numpy(X))
    assert_allclose(session.run(None, {"X": X})[0], full, 1e-4, 1e-5)
    assert_allclose(model.transform(X), full, 0.05, 0.05)


def test_onnx_numbers_clusters_of_equal_probability_as_predict_does(tmp_path):
    model = idec().fit(X)
    model.module_.centers.copy_(model.module_.centers[[0, 0, 0]])
    assert set(model.predict(X)) == {0}
    assert_onnx_agrees(model, X, tmp_path / "model.onnx")


class Deciding(Tied):
    """A network that looks at its data in Python."""

    def encode(self, x):
        return self.down(x) if x.sum() > 0 else self.down(-x)


def test_onnx_of_a_network_that_cannot_be_exported(tmp_path):
    model = Autoencoder(2, module=Deciding, max_epochs=0).fit(X)
    with pytest.raises(ValueError, match="torch cannot export the network of Autoenc"):
        to_onnx(model, tmp_path / "model.onnx")
    assert list(tmp_path.iterdir()) == []


# What neither takes


@pytest.mark.parametrize("function", [save_weights, load_weights, to_onnx])
def test_exports_are_of_fitted_estimators_of_this_package(function, tmp_path):
    with pytest.raises(NotFittedError):
        function(Autoencoder(), tmp_path / "w")
    with pytest.raises(TypeError, match=r"should be a fitted estimator of skdeep"):
        function(StandardScaler().fit(X), tmp_path / "w")
    pipeline = make_pipeline(StandardScaler(), fitted(TRANSFORMERS[0]))
    with pytest.raises(TypeError, match=r"give its last step, pipeline\[-1\]"):
        function(pipeline, tmp_path / "w")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("function", "package", "extra"),
    [
        (save_weights, "safetensors.torch", "io"),
        (load_weights, "safetensors", "io"),
        (to_onnx, "onnx", "onnx"),
        (to_onnx, "onnxscript", "onnx"),
    ],
)
def test_a_missing_package_is_named_with_advice(
    function, package, extra, monkeypatch, tmp_path
):
    monkeypatch.setitem(sys.modules, package, None)
    message = rf"{package} is needed.* `pip install '\.\[{extra}\]'`"
    with pytest.raises(ImportError, match=message):
        function(fitted(TRANSFORMERS[0]), tmp_path / "w")


# Tables

FRAMES = {"pandas": pd.DataFrame, "polars": pl.DataFrame}
COLUMNS = [f"feature {i}" for i in range(6)]


def frame(library, X):
    return FRAMES[library](dict(zip(COLUMNS, X.T, strict=True)))


@pytest.mark.parametrize("library", FRAMES)
@all_estimators
def test_frames_in_and_out(estimator, library):
    table = frame(library, X)
    model = tiny(estimator).set_output(transform=library).fit(table)
    assert_array_equal(model.feature_names_in_, COLUMNS)
    result = model.transform(table)
    assert isinstance(result, FRAMES[library])
    assert list(result.columns) == list(model.get_feature_names_out())
    assert_array_equal(result.to_numpy(), fitted(estimator).transform(X))
    with pytest.raises(ValueError, match="feature names should match"):
        model.transform(table[COLUMNS[::-1]])


@pytest.mark.parametrize("library", FRAMES)
def test_a_mixed_table_through_a_pipeline(library):
    colours = np.array(["red", "green", "blue"])[Y]
    table = FRAMES[library](
        {"width": X[:, 0], "height": X[:, 1], "colour": colours.tolist()}
    )
    columns = make_column_transformer(
        (StandardScaler(), ["width", "height"]),
        (OneHotEncoder(sparse_output=False), ["colour"]),
    )
    pipeline = make_pipeline(columns, idec()).set_output(transform=library)
    result = pipeline.fit(table).transform(table)
    assert isinstance(result, FRAMES[library])
    assert list(result.columns) == ["idec0", "idec1"]
    assert_array_equal(pipeline.get_feature_names_out(), result.columns)
    assert_array_equal(pipeline.feature_names_in_, table.columns)
    inner = ["standardscaler__width", "standardscaler__height"]
    colours = [f"onehotencoder__colour_{c}" for c in ("blue", "green", "red")]
    assert_array_equal(pipeline[-1].feature_names_in_, inner + colours)
    assert_array_equal(pipeline.predict(table), pipeline[-1].labels_)


# Inspection


@all_clusterers
def test_permutation_importance_of_features(estimator):
    result = permutation_importance(
        fitted(estimator), X, Y, scoring=nmi_scorer, n_repeats=2, random_state=0
    )
    assert result.importances.shape == (6, 2)
    assert np.isfinite(result.importances).all()


@all_clusterers
def test_decision_boundaries(estimator):
    model = tiny(estimator).fit(X[:, :2])
    display = DecisionBoundaryDisplay.from_estimator(
        model, X[:, :2], response_method="predict", grid_resolution=10
    )
    assert set(np.unique(display.response)) <= set(range(3))
    matplotlib.pyplot.close(display.figure_)
