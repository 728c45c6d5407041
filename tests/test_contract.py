"""What every estimator promises beyond scikit-learn's own checks."""

import copy
import functools
import gc
import pickle
import random
import tracemalloc
import weakref
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import skops.io
import torch
from estimators import AUTOENCODER, CLUSTERERS, ESTIMATORS, name, set_n_clusters
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import adjusted_rand_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import scale
from skorch.callbacks import Callback, EarlyStopping, GradientNormClipping, LRScheduler

from skdeepcluster import IDEC, IMSAT, InductiveClusterer, SpectralNet
from skdeepcluster._data import Rows
from skdeepcluster.export import trusted_types
from skdeepcluster.metrics import accuracy_scorer, nmi_scorer

X, Y = make_blobs(90, 6, centers=3, cluster_std=0.3, random_state=0)
X = scale(X).astype(np.float32)

METHODS = ["transform", "score_samples", "predict", "predict_log_proba", "soft_predict"]

# How long the stages are.
BUDGETS = ["max_epochs", "expert_epochs", "gate_epochs", "class_epochs"]
BUDGETS += ["siamese_epochs", "spectral_epochs", "start_steps"]

all_estimators = pytest.mark.parametrize("estimator", ESTIMATORS, ids=name)
all_clusterers = pytest.mark.parametrize("estimator", CLUSTERERS, ids=name)

# How well the methods cluster is not tested here.
pytestmark = [
    pytest.mark.filterwarnings(
        "ignore:.*clusters:sklearn.exceptions.ConvergenceWarning"
    ),
    # Nor on what scale of the data.
    pytest.mark.filterwarnings("ignore:X has .* Many a network:UserWarning"),
    # Few rows make few links.
    pytest.mark.filterwarnings(
        "ignore:The graph of a batch:sklearn.exceptions.ConvergenceWarning"
    ),
    # Tight clusters leave a variational autoencoder nothing to encode.
    pytest.mark.filterwarnings(
        "ignore:The codes of:sklearn.exceptions.ConvergenceWarning"
    ),
]


def fresh(estimator, n_clusters=3, **params):
    """Return a clone for three clusters, with parameters set on it alone."""
    return set_n_clusters(clone(estimator), n_clusters).set_params(**params)


def everywhere(estimator, **params):
    """Set parameters on the estimator and on those nested in it."""
    for key in estimator.get_params():
        if key.split("__")[-1] in params:
            estimator.set_params(**{key: params[key.split("__")[-1]]})
    return estimator


@functools.cache
def fitted(estimator):
    """Return the estimator fitted on X; shared, so leave it as it is."""
    return fresh(estimator).fit(X)


@functools.cache
def large(estimator):
    """Return the data, and the estimator with a network of the usual size."""
    X = np.random.default_rng(0).random((100, 784), dtype=np.float32)
    estimator = everywhere(
        fresh(estimator),
        hidden_layer_sizes=(500, 500, 2000),
        n_components=10,
        **dict.fromkeys(BUDGETS, 0),
    )
    return X, estimator.fit(X)


def outputs(estimator, X):
    """Return what the estimator says of X, by method."""
    return {m: getattr(estimator, m)(X) for m in METHODS if hasattr(estimator, m)}


def assert_same(actual, expected):
    """Compare two estimators or results bit by bit."""
    if not isinstance(expected, dict):
        actual, expected = outputs(actual, X), outputs(expected, X)
    assert actual.keys() == expected.keys()
    for key in expected:
        assert actual[key].dtype == expected[key].dtype
        assert_array_equal(actual[key], expected[key], err_msg=key)


# Predictions


@all_clusterers
def test_labels_are_what_predict_gives(estimator):
    model = fitted(estimator)
    assert model.labels_.dtype == np.int32
    assert_array_equal(model.labels_, model.predict(X))
    assert_array_equal(model.labels_, fresh(estimator).fit_predict(X))


@all_clusterers
def test_soft_predictions_are_probabilities_with_the_prediction_first(estimator):
    model = fitted(estimator)
    proba = model.soft_predict(X)
    assert proba.shape == (90, 3)
    assert_allclose(proba.sum(1), 1, rtol=1e-5)
    assert_array_equal(proba.argmax(1), model.predict(X))
    assert_array_equal(proba, np.exp(model.predict_log_proba(X)))


@all_clusterers
def test_clusters_are_numbered_by_decreasing_size(estimator):
    unbalanced = X[np.argsort(Y, kind="stable")][15:80]
    labels = fresh(estimator).fit_predict(unbalanced)
    sizes = np.bincount(labels, minlength=3)
    assert_array_equal(sizes, np.sort(sizes)[::-1])
    assert sizes[0] > sizes[2]


@all_clusterers
def test_initial_labels_show_the_start(estimator):
    model = fitted(estimator)
    assert model.initial_labels_.shape == (90,)
    assert model.initial_labels_.dtype == np.int32
    assert set(model.initial_labels_) <= set(range(3))
    untrained = everywhere(fresh(estimator), **dict.fromkeys(BUDGETS, 50))
    untrained.set_params(max_epochs=0).fit(X)
    if isinstance(estimator, (IMSAT, InductiveClusterer, SpectralNet)):
        return  # which do not start from them, but are trained towards them or not
    # Without a joint stage, next to nothing is added to the start.
    assert adjusted_rand_score(untrained.labels_, untrained.initial_labels_) > 0.8


@pytest.mark.parametrize("size", ["small", "large"])
@all_estimators
def test_each_row_is_independent_of_its_batch(estimator, size):
    data, model = (X, fitted(estimator)) if size == "small" else large(estimator)
    torch.set_num_threads(2)
    together = outputs(model, data)
    order = np.random.default_rng(0).permutation(len(data))
    rows = {
        "alone": [[i] for i in range(0, len(data), 25)],
        "in a slice": [np.arange(5, 42)],
        "shuffled": [order],
    }
    for batches in rows.values():
        for batch in batches:
            assert_same(
                outputs(model, data[batch]), {k: v[batch] for k, v in together.items()}
            )


@all_estimators
def test_score_is_the_mean_of_the_samples_scores(estimator):
    model = fitted(estimator)
    assert isinstance(model.score(X), float)
    assert_allclose(model.score(X), model.score_samples(X).mean(), rtol=1e-5)
    assert model.score(X, y=["ignored"] * 90) == model.score(X)


@all_estimators
def test_labels_given_to_fit_are_ignored(estimator):
    y = np.array(["red", "green", "blue"])[Y]
    before = y.copy()
    assert_same(fresh(estimator).fit(X, y), fitted(estimator))
    assert_array_equal(y, before)


# Random numbers


def generator_states():
    return [
        torch.get_rng_state().tolist(),
        [np.asarray(part).tolist() for part in np.random.get_state()],  # noqa: NPY002
        random.getstate(),
    ]


@all_estimators
def test_the_users_generators_are_untouched(estimator):
    before = generator_states()
    outputs(fresh(estimator).fit(X), X)
    assert generator_states() == before


@all_estimators
def test_the_users_generators_are_untouched_after_an_error(estimator):
    before = generator_states()
    with pytest.raises(RuntimeError, match="broken"):
        fresh(estimator, callbacks=[Raising("on_batch_end", RuntimeError)]).fit(X)
    assert generator_states() == before


@all_estimators
def test_equal_seeds_give_equal_bits(estimator):
    assert_same(fresh(estimator).fit(X), fitted(estimator))
    assert_same(
        fresh(estimator, random_state=np.random.RandomState(0)).fit(X),
        fitted(estimator),
    )


@all_estimators
def test_other_seeds_give_other_models(estimator):
    model = fresh(estimator, random_state=1).fit(X)
    assert not np.array_equal(model.transform(X), fitted(estimator).transform(X))


@all_estimators
def test_fits_in_threads_equal_those_one_after_the_other(estimator):
    models = [fresh(estimator, random_state=seed) for seed in range(4)]
    serial = [clone(model).fit(X) for model in models]
    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(lambda model: model.fit(X), models))
    for a, b in zip(at_once, serial, strict=True):
        assert_same(a, b)


# Parameters


@all_estimators
def test_fit_leaves_callbacks_and_net_params_as_they_are(estimator):
    estimator = everywhere(
        fresh(estimator),
        callbacks=[
            EarlyStopping("train_loss", patience=3),
            LRScheduler("StepLR", step_size=2),
            GradientNormClipping(1.0),
        ],
        net_params={"optimizer__weight_decay": 1e-4},
    )
    before = {k: joblib.hash(v) for k, v in estimator.get_params().items()}
    estimator.fit(X)
    assert {k: joblib.hash(v) for k, v in estimator.get_params().items()} == before


@all_estimators
def test_refits_on_another_width(estimator):
    model = fresh(estimator).fit(X)
    model.fit(X[:, :4])
    assert model.n_features_in_ == 4
    assert_same(
        outputs(model, X[:, :4]), outputs(fresh(estimator).fit(X[:, :4]), X[:, :4])
    )


@pytest.mark.parametrize(
    "estimator", [e for e in ESTIMATORS if "image_shape" in e.get_params()], ids=name
)
def test_images_without_a_layer_that_convolves_them_are_refused(estimator):
    sizes = [key for key in estimator.get_params(deep=False) if "layer_sizes" in key]
    for key in sizes:
        model = fresh(estimator, image_shape=(1, 2, 3), **{key: ()})
        with pytest.raises(
            ValueError, match=rf"{key}=\(\) is empty: give at least one"
        ):
            model.fit(X)


@all_estimators
def test_html_shows_the_fitted_estimator(estimator):
    html = fitted(estimator)._repr_html_()
    assert name(estimator) in html
    assert "Fitted" in html


# Saving


@all_estimators
def test_pickle_keeps_every_bit(estimator):
    model = fitted(estimator)
    loaded = pickle.loads(pickle.dumps(model))
    assert_same(loaded, model)
    assert_same(copy.deepcopy(model), model)
    assert loaded.history_ == model.history_


@all_estimators
def test_skops_keeps_every_bit_and_asks_for_no_other_types(estimator):
    model = fitted(estimator)
    loaded = skops.io.loads(skops.io.dumps(model), trusted=trusted_types())
    assert_same(loaded, model)


@all_estimators
def test_pickle_is_about_the_size_of_the_weights(estimator):
    _, model = large(estimator)
    weights = sum(w.nbytes for w in model.module_.state_dict().values())
    assert len(pickle.dumps(model)) < 1.2 * weights + 20_000


@all_estimators
def test_pickle_keeps_the_network_whatever_the_parameters_became(estimator):
    model = copy.deepcopy(fitted(estimator))
    everywhere(model, n_components=5, hidden_layer_sizes=(7,), n_clusters=2)
    assert_same(pickle.loads(pickle.dumps(model)), fitted(estimator))


@all_estimators
def test_the_network_is_freed_with_the_estimator(estimator):
    model = fresh(estimator).fit(X)
    outputs(model, X)
    module = weakref.ref(model.module_)
    gc.disable()
    try:
        del model
        assert module() is None
    finally:
        gc.enable()


# Data


@all_estimators
def test_float64_data_give_the_same_model_with_float64_results(estimator):
    model = fresh(estimator).fit(X.astype(np.float64))
    result = outputs(model, X.astype(np.float64))
    for method, expected in outputs(fitted(estimator), X).items():
        assert_allclose(result[method], expected, 1e-6, 1e-30, err_msg=method)
    assert result["transform"].dtype == np.float64


@all_estimators
def test_dtype_float64_computes_in_double_precision(estimator):
    double = fresh(estimator, dtype="float64").fit(X)
    assert {p.dtype for p in double.module_.parameters()} == {torch.float64}
    assert double.transform(X).dtype == np.float32
    assert_allclose(double.score(X), fitted(estimator).score(X), rtol=0.5)


@pytest.mark.parametrize("convert", [sp.csr_matrix, sp.csc_matrix, sp.csr_array])
@all_estimators
def test_sparse_data_equal_dense_ones(estimator, convert):
    dense = np.where(X > 0, X, 0)
    expected = outputs(fresh(estimator).fit(dense), dense)
    assert_same(outputs(fresh(estimator).fit(convert(dense)), convert(dense)), expected)


class HeldRows(Rows):
    """Rows that tell what they hold."""

    held = []

    def __init__(self, X, y=None, **settings):
        super().__init__(X, y, **settings)
        self.held.append(self.X)


@all_estimators
def test_a_memory_map_is_not_copied(estimator, tmp_path):
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    HeldRows.held.clear()
    model = fresh(estimator, net_params={"dataset": HeldRows}).fit(mapped)
    # Besides them there may be codes.
    held = [rows for rows in HeldRows.held if rows.shape == mapped.shape]
    assert held
    assert all(np.shares_memory(rows, mapped) for rows in held)
    assert_same(outputs(model, mapped), outputs(fitted(estimator), X))


@all_estimators
def test_sparse_data_are_never_dense_as_a_whole(estimator):
    if name(estimator) == "DSCNet":
        pytest.skip("compares all rows with each other")
    wide = sp.random_array((2000, 4500), density=0.001, format="csr", rng=0)
    estimator = everywhere(
        fresh(estimator), hidden_layer_sizes=(4,), **dict.fromkeys(BUDGETS, 1)
    )
    clone(estimator).fit(X)  # what a first fit imports does not count
    tracemalloc.start()
    try:
        estimator.set_params(batch_size=128).fit(wide.astype(np.float32))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.6 * wide.shape[0] * wide.shape[1] * 4


HARD_DATA = {
    "duplicates": X[[0, 40, 80]].repeat(20, axis=0),
    "one point": X[[0]].repeat(20, axis=0),
    "a constant column": np.column_stack([X, np.ones(90)]),
    "rows of zeros": np.vstack([X, np.zeros((30, 6))]),
    "a tiny scale": 1e-6 * X,
    "more features than rows": np.random.default_rng(0).random((12, 50)),
    "one feature": X[:, :1],
    "as many rows as clusters": X[:3],
}


@pytest.mark.parametrize("case", HARD_DATA)
@all_estimators
def test_hard_data_give_finite_results(estimator, case):
    data = HARD_DATA[case]
    for result in outputs(fresh(estimator).fit(data), data).values():
        assert np.isfinite(result).all()


@all_estimators
def test_a_huge_offset_is_refused_or_survived(estimator):
    data = X + 1e6
    try:
        results = outputs(fresh(estimator).fit(data), data)
    except ValueError as error:
        if "Scale the features of X" not in str(error):
            raise
    else:
        assert all(np.isfinite(result).all() for result in results.values())


@all_clusterers
def test_one_cluster_takes_everything(estimator):
    model = fresh(estimator, n_clusters=1).fit(X)
    assert_array_equal(model.labels_, 0)
    assert_allclose(model.soft_predict(X), 1)


@all_clusterers
def test_too_few_rows_are_refused_with_both_numbers(estimator):
    with pytest.raises(ValueError, match="n_samples=2 should be >= n_clusters=3"):
        fresh(estimator).fit(X[:2])


@pytest.mark.parametrize(
    "estimator",
    [c for c in CLUSTERERS if "n_clusters" in c.get_params()],
    ids=name,
)
def test_lost_clusters_are_told(estimator):
    twins = X[[0, 40]].repeat(20, axis=0)
    with pytest.warns(ConvergenceWarning, match="instead of n_clusters=3") as record:
        model = fresh(estimator).fit(twins)
    told = [w for w in record if "instead of" in str(w.message)][-1]
    found = len(np.unique(model.labels_))
    assert str(told.message).startswith(f"{name(estimator)} found {found} clusters")
    assert told.filename == __file__


# Interruptions and errors


class Raising(Callback):
    """A callback that fails at an event."""

    def __init__(self, event, error):
        self.event = event
        self.error = error

    def __getattribute__(self, attribute):
        if attribute.startswith("on_") and attribute == self.event:
            return self.fail
        return super().__getattribute__(attribute)

    def fail(self, net, *args, **kwargs):
        raise self.error("broken")


class InterruptedSGD(torch.optim.SGD):
    """An optimizer during whose step the user presses Ctrl-C."""

    def step(self, closure=None):
        raise KeyboardInterrupt


INTERRUPTIONS = {
    **{
        event: {"callbacks": [Raising(event, KeyboardInterrupt)]}
        for event in ("on_train_begin", "on_epoch_begin", "on_batch_begin")
        + ("on_grad_computed", "on_batch_end")
    },
    "step": {"optimizer": InterruptedSGD},
}


@pytest.mark.parametrize("where", INTERRUPTIONS)
@all_estimators
def test_ctrl_c_ends_the_fit_and_leaves_the_estimator_as_it_was(estimator, where):
    unfitted = fresh(estimator, **INTERRUPTIONS[where])
    refitted = copy.deepcopy(fitted(estimator)).set_params(**INTERRUPTIONS[where])
    for model in (unfitted, refitted):
        before = vars(model).copy()
        with pytest.raises(KeyboardInterrupt):
            model.fit(X[:, :5])
        assert vars(model).keys() == before.keys()
        assert all(vars(model)[key] is value for key, value in before.items())
    assert_same(refitted, fitted(estimator))


@pytest.mark.parametrize("lr", [1e15, 1e30])
@all_estimators
def test_a_diverging_learning_rate_is_named_with_advice(estimator, lr):
    if isinstance(estimator, IMSAT) and lr == 1e15:
        return  # units that are normalised by the batch are finite for long
    model = fresh(estimator, lr=lr)
    with pytest.raises(ValueError, match="Scale the features.* or lower lr") as error:
        model.fit(X)
    assert f"lr={lr}" in str(error.value)
    assert not hasattr(model, "module_")


@all_estimators
def test_a_model_that_diverges_in_the_last_step_is_refused(estimator):
    model = fresh(estimator, lr=1e30, max_epochs=1, batch_size=90)
    with pytest.raises(ValueError, match="lower lr"):
        model.fit(X)


# History


@all_estimators
def test_history_has_a_row_of_plain_numbers_for_each_epoch(estimator):
    model = fitted(estimator)
    assert model.n_iter_ == len(model.history_) > 0
    for row in model.history_:
        assert list(row)[:2] == ["stage", "epoch"]
        assert list(row)[-1] == "seconds"
        assert type(row["stage"]) is str
        assert type(row["epoch"]) is int
        assert all(type(v) in (int, float) for k, v in row.items() if k != "stage")
        assert row["seconds"] > 0
    table = pd.DataFrame(model.history_)
    for _, stage in table.groupby("stage", sort=False):
        assert_array_equal(stage["epoch"], np.arange(1, len(stage) + 1))
        assert np.isfinite(stage["train_loss"]).all()


@all_estimators
def test_terms_of_the_loss_sum_to_it(estimator):
    other = {
        "stage",
        "epoch",
        "train_loss",
        "lr",
        "seconds",
        "label_change",
        "valid_loss",
        "valid_agreement",
        "n_used_clusters",
        "agreement",
        "energy_z",
        "energy_a",
        "spread",
    }
    for row in fitted(estimator).history_:
        terms = [value for key, value in row.items() if key not in other]
        assert_allclose(sum(terms) if terms else row["train_loss"], row["train_loss"])


# Among scikit-learn's tools

TEXTS = [
    " ".join(random.Random(i).choices("abcdefgh"[i % 3 :: 3], k=5)) for i in range(30)
]
WORDS = TfidfVectorizer(token_pattern=r"\w", dtype=np.float32)


@all_estimators
def test_data_frames_come_out_of_a_pipeline_of_texts(estimator):
    with config_context(transform_output="pandas"):
        pipeline = make_pipeline(WORDS, fresh(estimator))
        frame = pipeline.fit(TEXTS).transform(TEXTS)
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == list(pipeline.get_feature_names_out())
    assert_array_equal(frame, pipeline.transform(TEXTS))


def test_grid_search_reaches_the_nested_autoencoder():
    idec = IDEC(3, autoencoder=AUTOENCODER, max_epochs=2, random_state=0)
    search = GridSearchCV(
        make_pipeline(WORDS, idec),
        {"idec__autoencoder__n_components": [1, 2]},
        scoring={"acc": accuracy_scorer, "nmi": nmi_scorer},
        refit="nmi",
        cv=2,
        n_jobs=2,
        error_score="raise",
    )
    search.fit(TEXTS, [str(i % 3) for i in range(30)])
    best = search.best_params_["idec__autoencoder__n_components"]
    assert search.transform(TEXTS).shape == (30, best)
    for metric in ("acc", "nmi"):
        scores = search.cv_results_[f"mean_test_{metric}"]
        assert ((scores >= 0) & (scores <= 1)).all()
