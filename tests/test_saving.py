"""Files of fitted estimators: of every version, damaged ones, and half-written ones."""

import contextlib
import functools
import pickle

import numpy as np
import pytest
import safetensors.torch
import skops.io
from damage import damages
from estimators import ESTIMATORS, PLAIN_CLUSTERERS, name, set_n_clusters
from hypothesis import given
from make_saved import FOLDER, MODELS, predictions
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.datasets import make_blobs

import skdeepcluster
from skdeepcluster import _saving
from skdeepcluster._files import whole
from skdeepcluster.export import load_weights, save_weights, to_onnx, trusted_types

X, _ = make_blobs(30, 4, centers=3, shuffle=False, random_state=0)
VERSIONS = [folder.name for folder in sorted(FOLDER.iterdir())]

all_estimators = pytest.mark.parametrize(
    "estimator", ESTIMATORS + PLAIN_CLUSTERERS, ids=name
)

# How well the methods cluster is not tested here.
pytestmark = [
    pytest.mark.filterwarnings(f"ignore:{text}:sklearn.exceptions.ConvergenceWarning")
    for text in (".*clusters", "The graph of a batch", "The codes of")
]


@functools.cache
def fitted(estimator):
    """Return the estimator fitted in no time; shared, so leave it as it is."""
    model = set_n_clusters(clone(estimator), 3)
    epochs = [key for key in model.get_params() if key.endswith("_epochs")]
    return model.set_params(**dict.fromkeys(epochs, 1)).fit(X)


def restored(model, state):
    """Return what comes of a state, such as pickle has read it."""
    new = type(model).__new__(type(model))
    new.__setstate__(state)
    return new


# Files of this version and of others


def load_pickle(path):
    return pickle.loads(path.read_bytes())


def load_skops(path):
    return skops.io.load(path, trusted=trusted_types())


def telling(version):
    """Expect a warning where the version is not this one."""
    if version == _saving.__version__:
        return contextlib.nullcontext()
    return pytest.warns(UserWarning, match=f"was saved by skdeepcluster {version}")


@pytest.mark.parametrize("load", [load_pickle, load_skops])
@pytest.mark.parametrize("key", MODELS)
@pytest.mark.parametrize("version", VERSIONS)
def test_saved_models_predict_as_they_did(version, key, load):
    path = FOLDER / version / f"{key}.{load.__name__.removeprefix('load_')}"
    with telling(version):
        model = load(path)
    assert type(model) is type(MODELS[key])
    check_predictions(model, path)


@pytest.mark.parametrize("key", ["autoencoder", "idec", "imsat", "inductive"])
@pytest.mark.parametrize("version", VERSIONS)
def test_saved_weights_predict_as_they_did(version, key):
    path = FOLDER / version / f"{key}.safetensors"
    untrained = clone(MODELS[key]).set_params(max_epochs=0).fit(X)
    check_predictions(load_weights(untrained, path), path)


def test_rows_are_not_compared_with_those_of_a_fit_without_the_weights(tmp_path):
    model = clone(MODELS["autoencoder"]).fit(X)
    save_weights(model, tmp_path / "w.safetensors")
    untrained = clone(model).set_params(max_epochs=0).fit(1e-2 * X)
    with pytest.warns(UserWarning, match="prepare X as for the fit"):
        untrained.transform(X)
    loaded = load_weights(untrained, tmp_path / "w.safetensors")
    assert_array_equal(loaded.transform(X), model.transform(X))


def check_predictions(model, path):
    with np.load(path.with_suffix(".npz")) as expected:
        for method, values in predictions(model, expected["X"]).items():
            assert_allclose(values, expected[method], 1e-4, 1e-6, err_msg=method)


def test_this_version_is_among_those_saved():
    assert skdeepcluster.__version__ in VERSIONS


@pytest.mark.parametrize("load", [load_pickle, load_skops])
@pytest.mark.parametrize("key", MODELS)
def test_a_model_of_another_version_is_told_once(key, load, monkeypatch):
    path = FOLDER / VERSIONS[0] / f"{key}.{load.__name__.removeprefix('load_')}"
    monkeypatch.setattr(_saving, "__version__", "99.0")
    with telling(VERSIONS[0]) as record:
        model = load(path)
    assert len(record) == 1
    assert "loaded by skdeepcluster 99.0" in str(record[0].message)
    check_predictions(model, path)
    if load is load_pickle:
        assert record[0].filename == __file__


@all_estimators
def test_every_estimator_tells_of_another_version(estimator):
    saved = fitted(estimator).__getstate__()
    assert saved["_skdeepcluster_version"] == skdeepcluster.__version__
    del saved["_skdeepcluster_version"]
    with telling("of an unknown version"):
        model = restored(fitted(estimator), saved)
    assert vars(model).keys() == vars(fitted(estimator)).keys()


@all_estimators
def test_what_is_not_fitted_is_no_matter_of_versions(estimator, monkeypatch):
    saved = pickle.dumps(estimator)
    monkeypatch.setattr(_saving, "__version__", "99.0")
    assert pickle.loads(saved).get_params(deep=False).keys()


# States that lack something, or have something else


@all_estimators
def test_a_state_without_a_part_predicts_or_is_refused(estimator):
    model = fitted(estimator)
    expected = predictions(model, X)
    state = model.__getstate__()
    refused = set()
    params = model.get_params(deep=False).keys()
    for key in state.keys() - {"_skdeepcluster_version"}:
        partial = {k: v for k, v in state.items() if k != key}
        try:
            other = restored(model, partial)
        except ValueError as error:
            refused.add(key)
            if "was saved by skdeepcluster" not in str(error):
                raise
        else:
            for method, values in predictions(other, X).items():
                assert_array_equal(values, expected[method])
            if "transform" in expected:
                other.set_output(transform="pandas").transform(X)
    # A class may have a value of its own for a parameter.
    assert all(hasattr(type(model), key) for key in params - refused)


@pytest.mark.parametrize("key", ["module_", "_fitted_as", "n_features_in_"])
@pytest.mark.parametrize("value", [None, "x", -1, 7, [], {}, {"centers": 0}, X])
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=name)
def test_a_state_with_something_else_is_refused(estimator, key, value):
    model = fitted(estimator)
    with pytest.raises(ValueError, match="saved by skdeepcluster .* cannot load it"):
        restored(model, {**model.__getstate__(), key: value})


@pytest.mark.parametrize(
    ("estimator", "part", "missing"),
    [
        (ESTIMATORS[0], "_fitted_as", "n_components"),
        (PLAIN_CLUSTERERS[0], "_search", "n_neighbors"),
        (PLAIN_CLUSTERERS[0], "_search", "_rows"),
    ],
)
def test_an_older_version_of_what_is_inside_is_refused_by_both_versions(
    estimator, part, missing, monkeypatch
):
    model = pickle.loads(pickle.dumps(fitted(estimator)))
    inside = getattr(model, part)
    delattr(inside, missing)
    saved = pickle.dumps(model)
    monkeypatch.setattr(_saving, "__version__", "99.0")
    message = (
        f"This {name(inside)} was saved by skdeepcluster {skdeepcluster.__version__}, "
        f"and skdeepcluster 99.0 cannot load it .*{missing}.*fit it anew"
    )
    with pytest.raises(ValueError, match=message):
        pickle.loads(saved)


# Damaged weights

WEIGHTS = (FOLDER / VERSIONS[-1] / "autoencoder.safetensors").read_bytes()


@functools.cache
def receiver():
    return clone(MODELS["autoencoder"]).set_params(max_epochs=0).fit(X)


@given(damages(WEIGHTS))
def test_damaged_weights_are_finite_or_refused(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("damaged") / "weights.safetensors"
    path.write_bytes(content)
    model = receiver()
    module = model.module_
    try:
        load_weights(model, path)
    except ValueError as error:
        if "weights.safetensors" not in str(error) or model.module_ is not module:
            raise
    else:
        assert all(w.isfinite().all() for w in model.module_.state_dict().values())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: w.fill_(np.nan), "that are not finite in torch.float32"),
        (lambda w: w.double().fill_(1e300), "that are not finite in torch.float32"),
        (lambda w: w.int(), "in torch.int32, but the network has it in torch.float32"),
    ],
)
def test_weights_that_no_fit_leaves(change, message, tmp_path):
    weights = receiver().module_.state_dict()
    key = next(iter(weights))
    weights[key] = change(weights[key].clone())
    safetensors.torch.save_file(weights, tmp_path / "w")
    with pytest.raises(ValueError, match=f"{key}.* {message}"):
        load_weights(receiver(), tmp_path / "w")


# Half-written files


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.txt"
    for content in ("old", "new"):
        with whole(path) as part:
            part.write_text(content)
            part.with_name("a.txt.data").write_text(content * 2)
            assert not path.exists() or path.read_text() == "old"
    with contextlib.suppress(KeyboardInterrupt), whole(path) as part:
        part.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "new"
    assert (tmp_path / "a.txt.data").read_text() == "newnew"
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("export", [save_weights, to_onnx])
def test_an_export_that_fails_leaves_the_last_one(export, tmp_path, monkeypatch):
    def fail(weights, path):
        path.write_bytes(b"half")
        raise OSError("No space left on device")

    path = tmp_path / "model"
    export(receiver(), path)
    before = path.read_bytes()
    monkeypatch.setattr(safetensors.torch, "save_file", fail)
    monkeypatch.setattr("torch.onnx.ONNXProgram.save", fail)
    with pytest.raises(OSError, match="No space left"):
        export(receiver(), path)
    assert [p.name for p in tmp_path.iterdir()] == ["model"]
    assert path.read_bytes() == before
