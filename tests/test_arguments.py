"""What is no value of a parameter is refused with its name, everywhere.

The table is made of the parameters of all public estimators and of the arguments of
all public functions, by what they are for; a new one that is in no row fails.
"""

import importlib
import inspect
import re
from numbers import Integral

import matplotlib
import numpy as np
import pytest
import torch
from estimators import ESTIMATORS, PLAIN_CLUSTERERS, name, set_n_clusters
from public import public_objects
from sklearn.base import clone
from sklearn.cluster import KMeans
from test_contract import X, everywhere, fitted
from test_contract import pytestmark as pytestmark

from skdeepcluster import KDVAE, VariationalAutoencoder
from skdeepcluster._compat import Interval
from skdeepcluster.augmentation import RandomAffine

matplotlib.use("agg")

Y = np.arange(90) % 3
NAN = float("nan")


def refused(name):
    """Expect an error that names a parameter, and comes from no array library."""
    return pytest.raises((TypeError, ValueError), match=rf"\b{name}\b")


# Parameters of estimators

MODELS = ESTIMATORS + PLAIN_CLUSTERERS

# What no number of anything is, or no number at all.
NO_NUMBERS = [True, False, NAN, float("inf"), "1", [1], {}, 1j, np.array([1, 2]), "nan"]
# What no parameter of another kind takes.
NOTHING = [object(), 1j, NAN, {"no": "name"}, ["no", 1, None]]


def outside(constraint):
    """Yield values just outside an interval."""
    is_count = constraint.type is Integral
    if is_count:
        yield from (constraint.left - 1, float(constraint.left), constraint.left + 0.5)
    else:
        below = constraint.closed in ("right", "neither")
        yield constraint.left if below else constraint.left - 1e-3
    if constraint.right is not None:
        above = constraint.closed in ("left", "neither")
        yield constraint.right if above else constraint.right + 1


def wrong_values(constraints):
    """Yield values that are of a wrong type, or wrong, or beyond a boundary."""
    intervals = [c for c in constraints if isinstance(c, Interval)]
    for interval in intervals:
        yield from NO_NUMBERS
        yield from outside(interval)
    if not intervals:
        yield from NOTHING
        yield -1
    if None not in constraints:
        yield None


PARAMETERS = [
    pytest.param(estimator, parameter, id=f"{name(estimator)}-{parameter}")
    for estimator in MODELS
    for parameter in estimator.get_params(deep=False)
]


@pytest.mark.parametrize(("estimator", "parameter"), PARAMETERS)
def test_wrong_values_of_parameters_are_refused_by_name(estimator, parameter):
    constraints = estimator._parameter_constraints[parameter]
    for value in wrong_values(constraints):
        model = set_n_clusters(clone(estimator), 3)
        with refused(parameter):
            model.set_params(**{parameter: value}).fit(X)


HUGE = 10**9

# The work that the user asks for, or the size of a network.
UNBOUNDED = ("epochs", "steps", "n_components", "layer_sizes", "lr", "n_clusters")
UNBOUNDED += ("n_noise", "n_init")


def boundaries(parameter, constraints):
    """Yield the least value of a number, and a large one."""
    for interval in constraints:
        if isinstance(interval, Interval) and interval.type is Integral:
            yield interval.left
            if interval.right is None and not any(
                key in parameter for key in UNBOUNDED
            ):
                yield HUGE


@pytest.mark.parametrize(("estimator", "parameter"), PARAMETERS)
def test_counts_at_their_boundaries_are_taken_or_refused_by_name(estimator, parameter):
    constraints = estimator._parameter_constraints[parameter]
    for value in boundaries(parameter, constraints):
        model = everywhere(set_n_clusters(clone(estimator), 3), max_epochs=1)
        model.set_params(**{parameter: value})
        try:
            model.fit(X[:30])
        except ValueError as error:
            message = str(error)
        else:
            message = parameter
        assert parameter in message


MORE_WRONG_VALUES = {
    "init": [KMeans, [0, 1], np.zeros((90, 2)), [None] * 90, ["a", 1] * 45, Y[:89]],
    "clusterer": [KMeans, [0, 1], [None] * 90, ["a", 1] * 45],
    "autoencoder": [VariationalAutoencoder, KMeans(3)],
    "optimizer": [KMeans, lambda: None],
    "callbacks": [[0], ["bad"], [True]],
    "net_params": [{"nonsense": 1}, {1: 2}],
    "device": ["bad", "", "meta", "cuda:99"],
    "module": [KMeans, lambda: None],
    "hidden_layer_sizes": [[True], [0], [2.5], [NAN], {1: 2}, "12", [[1, 2]]],
    "prior": [[1, 1], [1, 1, 0], [1, 1, NAN], [[1, 1, 1]], ["a", "b", "c"], [1j] * 3],
    "gate_hidden_layer_sizes": [[True], [0], {1: 2}],
    "head_hidden_layer_sizes": [[True], [0], {1: 2}],
    "image_shape": [[True, 2, 3], [1, 2], [1, 2, 4], [1.0, 2, 3], "123", {1: 2}],
    "augment": [KMeans, lambda x: x[:1], lambda x: None],
}


@pytest.mark.parametrize(
    ("estimator", "parameter"),
    [p for p in PARAMETERS if p.values[1] in MORE_WRONG_VALUES],
)
def test_what_makes_no_training_is_refused_by_name(estimator, parameter):
    for value in MORE_WRONG_VALUES[parameter]:
        model = everywhere(set_n_clusters(clone(estimator), 3), max_epochs=0)
        with refused(parameter):
            model.set_params(**{parameter: value}).fit(X)


# Arguments of functions and methods

ESTIMATOR = [None, "bad", 3, object(), KMeans]
COUNT = [*NO_NUMBERS, 0, -1, 1.0, 2.5, None]
DEVIATION = [*NO_NUMBERS[:-1], -0.1, None]
FLAG = [None, 1, "yes", []]
LABELS = [None, 3, "bad", [], [[1, 2], [3]], np.zeros((90, 2)), [None] * 90]
LABELS += [["a", 1] * 45, [NAN] * 90, [float("inf")] * 90, [1j] * 90, [{}] * 90]
LABELS += [np.array(["NaT"] * 90, dtype="datetime64[D]"), Y[:5]]
TABLE = [3, "bad", [[1, 2], [3]], [[NAN] * 3] * 90, [["a"] * 3] * 90, np.empty((0, 3))]
CHOICE = [None, 1, "bad", ["pca"], np.zeros(3)]
AXES = [3, "bad", object(), KMeans()]
PATH = [None, 3, ["a"], object()]

SEED = [True, -1, 1.5, "bad", NAN, 2**32]
CANDIDATES = [3, "bad", [1], [2.5], [99], [[2, 3]], [True, False], ["a"]]
METRIC = {"labels_true": LABELS, "labels_pred": LABELS}
FETCH = {
    "data_home": PATH[1:],
    "download_if_missing": FLAG,
    "return_X_y": FLAG,
    "n_retries": COUNT,
    "delay": DEVIATION,
}
SUBSET = {"subset": CHOICE}
TOP_FEATURES = {
    "X": TABLE,
    "labels": LABELS,
    "feature_names": [3, "bad", ["a"]],
    "n_features": COUNT,
    "score": CHOICE,
}
PROFILES = {
    "X": [3, "bad", [[1, 2], [3]], np.empty((0, 3)), np.full((90, 2), 1j)],
    "labels": LABELS,
    "feature_names": [3, "bad", ["a"]],
    "max_categories": COUNT,
}
IMAGES = np.random.default_rng(0).random((90, 2, 3))
PROBABILITIES = np.full((90, 3), 1 / 3)
HISTORY = [{"stage": "cluster", "epoch": 1, "train_loss": 1.0}]

# By the name of a function: right arguments, and wrong values of each.
FUNCTIONS = {
    "clustering_accuracy_score": ((Y, Y), METRIC),
    "normalized_mutual_info_score": ((Y, Y), {**METRIC, "average_method": CHOICE}),
    "purity_score": ((Y, Y), METRIC),
    "aligned_contingency_matrix": ((Y, Y), METRIC),
    "silhouette_scorer": ((None, X), {"estimator": ESTIMATOR}),
    "calinski_harabasz_scorer": ((None, X), {"estimator": ESTIMATOR}),
    "stability_scorer": ((None, X), {"estimator": ESTIMATOR}),
    "objective_scorer": ((None, X), {"estimator": ESTIMATOR}),
    "top_features": (
        (np.abs(X), Y),
        TOP_FEATURES,
    ),
    "cluster_profiles": ((X, Y), PROFILES),
    "write_report": (
        (KMeans(3, random_state=0).fit(X), X, "report.html"),
        {
            "estimator": ESTIMATOR,
            "path": PATH,
            "feature_names": [3, "bad", ["a"]],
            "descriptions": [3, "bad", ["a"]],
            "image_shape": [3, "23", (2, 4), (2.0, 3), (True, 6), {2: 3}],
            "projection": [*CHOICE, KMeans, object()],
            "n_members": COUNT,
            "title": [3, ["a"]],
        },
    ),
    "typical_members": (
        (KMeans(3, random_state=0).fit(X), X, 0),
        {"estimator": ESTIMATOR, "cluster": [None, [], [0], 7], "n_members": COUNT},
    ),
    "doubtful_members": (
        (KMeans(3, random_state=0).fit(X), X, 0),
        {"estimator": ESTIMATOR, "cluster": [None, [], [0], 7], "n_members": COUNT},
    ),
    "find_n_clusters": ((X,), {"candidates": CANDIDATES, "random_state": SEED}),
    "NumberOfClustersDisplay.from_data": (
        (X, [2, 3]),
        {"candidates": CANDIDATES, "random_state": SEED, "ax": AXES},
    ),
    "ClusterSizesDisplay.from_predictions": (
        (Y, PROBABILITIES),
        {
            "labels": [*LABELS, [True] * 90, Y + 1, ["a"] * 90],
            "probabilities": [*TABLE, PROBABILITIES[:3]],
            "ax": AXES,
        },
    ),
    "ConfusionDisplay.from_predictions": (
        (Y, Y),
        {
            "y_true": LABELS,
            "y_pred": LABELS,
            "class_names": [3, "bad", ["a"]],
            "ax": AXES,
        },
    ),
    "EmbeddingDisplay.from_predictions": (
        (X, Y),
        {
            "embedding": [*TABLE, X[:1]],
            "labels": LABELS,
            "projection": [*CHOICE, KMeans, object()],
            "centers": [3, "bad", X[:, :2], [[NAN] * 6]],
            "images": [3, "bad", IMAGES[:5], IMAGES[0]],
            "ax": AXES,
        },
    ),
    "HistoryDisplay.from_history": (
        (HISTORY,),
        {"history": [None, 3, "bad", [], {}, [3], [{}], HISTORY[0]], "ax": AXES},
    ),
    "SamplesDisplay.from_predictions": (
        (IMAGES, Y),
        {
            "images": [None, 3, "bad", IMAGES[:5], IMAGES[0], np.full((90, 2, 3), NAN)],
            "labels": LABELS[:-1],
            "scores": [
                3,
                "bad",
                [None] * 90,
                ["a"] * 90,
                [NAN] * 90,
                [0.5],
                [[1]] * 90,
            ],
            "n_images": COUNT,
            "ax": AXES,
        },
    ),
    "TopFeaturesDisplay.from_predictions": (
        (np.abs(X), Y),
        {**TOP_FEATURES, "figure": AXES},
    ),
    "ClusterProfilesDisplay.from_predictions": (
        (X, Y),
        {**PROFILES, "n_features": COUNT, "ax": AXES},
    ),
    "make_sigmoid_blobs": (
        (20,),
        {
            "n_samples": COUNT,
            "n_features": COUNT,
            "cluster_std": DEVIATION,
            "shuffle": FLAG,
            "random_state": SEED,
        },
    ),
    "make_affine_planes": (
        (20,),
        {
            "n_samples": COUNT,
            "n_features": COUNT,
            "n_planes": COUNT,
            "plane_dim": [*COUNT, 21],
            "offset": DEVIATION,
            "noise": DEVIATION,
            "shuffle": FLAG,
            "random_state": SEED,
        },
    ),
    "fetch_mnist": ((), {**FETCH, **SUBSET}),
    "fetch_fashion_mnist": ((), {**FETCH, **SUBSET}),
    "fetch_usps": ((), {**FETCH, **SUBSET}),
    "fetch_pendigits": ((), {**FETCH, **SUBSET}),
    "fetch_har": ((), {**FETCH, **SUBSET}),
    "fetch_newsgroups": ((), {**FETCH, **SUBSET}),
    "fetch_rcv1_topics": ((), {**FETCH, **SUBSET}),
    "fetch_stackoverflow": ((), FETCH),
    "load_docstrings": ((), {"return_X_y": FLAG}),
    "recipe": (
        ("DEC", "images", 3),
        {
            "method": CHOICE,
            "kind": CHOICE,
            "n_clusters": COUNT,
            "image_shape": [3, "123", [1, 2], [True, 2, 3], [1.0, 2, 3], {1: 2}],
        },
    ),
    "run_benchmark": (
        ({"kmeans": KMeans(3)}, {"blobs": (X, Y)}),
        {
            "estimators": [None, 3, [], {}, [KMeans(3)], {"kmeans": KMeans}],
            "datasets": [None, 3, [], {}, [X]],
            "seeds": [None, True, 0, -1, 1.5, [], ["a"], [True], [-1], [1.5], "ab"],
            "out": PATH[1:],
            "verbose": [None, "bad", -1, 1.5],
        },
    ),
    "resumable": (("folder",), {"path": PATH, "every": COUNT}),
    "save_weights": ((None, "weights"), {"estimator": ESTIMATOR, "path": PATH}),
    "load_weights": ((None, "weights"), {"estimator": ESTIMATOR, "path": PATH}),
    "to_onnx": ((None, "model"), {"estimator": ESTIMATOR, "path": PATH}),
}

# These have the arguments of the function beside them, and a fitted clusterer.
FROM_ESTIMATOR = {
    "ClusterProfilesDisplay.from_estimator": {
        "feature_names": [3, "bad", ["a"]],
        "max_categories": COUNT,
        "n_features": COUNT,
        "ax": AXES,
    },
    "ClusterSizesDisplay.from_estimator": {"ax": AXES},
    "ConfusionDisplay.from_estimator": {
        "y": LABELS,
        "class_names": [3, "bad", ["a"]],
        "ax": AXES,
    },
    "EmbeddingDisplay.from_estimator": {
        "y": LABELS[1:],
        "projection": [*CHOICE, KMeans, object()],
        "images": [3, "bad", IMAGES[:5], IMAGES[0]],
        "ax": AXES,
    },
    "HistoryDisplay.from_estimator": {"ax": AXES},
    "SamplesDisplay.from_estimator": {
        "image_shape": [None, 3, "23", (2, 4), (2.0, 3), (True, 6), {2: 3}],
        "kind": CHOICE,
        "n_images": COUNT,
        "ax": AXES,
    },
    "TopFeaturesDisplay.from_estimator": {
        "feature_names": [3, "bad", ["a"]],
        "n_features": COUNT,
        "score": CHOICE,
        "figure": AXES,
    },
}

# Arguments of any type, or of one that scikit-learn tells.
FREE = {"X", "y", "self", "kwargs"}
# Functions of tensors, which are called in every step of a training.
OF_TENSORS = ("losses", "modules", "base")


def find(path):
    """Return what is public by its dotted name."""
    *module, name = path.split(".")
    if module[-1][0].isupper():  # a method
        return getattr(find(".".join(module)), name)
    return getattr(importlib.import_module(".".join(module)), name)


# By their names without modules; methods have two parts.
PUBLIC = {re.search(r"([A-Z]\w+\.)?\w+$", path)[0]: path for path in public_objects()}
CASES = [
    pytest.param(function, argument, id=f"{function}-{argument}")
    for table in ({k: wrong for k, (_, wrong) in FUNCTIONS.items()}, FROM_ESTIMATOR)
    for function, wrong in table.items()
    for argument in wrong
]


@pytest.mark.parametrize(("function", "argument"), CASES)
def test_wrong_arguments_of_functions_are_refused_by_name(function, argument):
    call = find(PUBLIC[function])
    if function in FUNCTIONS:
        right, table = FUNCTIONS[function]
    else:
        right, table = (), FROM_ESTIMATOR[function]
    arguments = dict(zip(inspect.signature(call).parameters, right, strict=False))
    if function in FROM_ESTIMATOR:
        model = fitted(next(e for e in ESTIMATORS if isinstance(e, KDVAE)))
        needed = {"estimator": model, "X": np.abs(X), "y": Y, "image_shape": (2, 3)}
        known = inspect.signature(call).parameters
        arguments = {key: value for key, value in needed.items() if key in known}
    for value in table[argument]:
        with refused(argument):
            call(**{**arguments, argument: value})


def test_the_table_has_all_arguments_of_all_public_functions():
    missing = []
    for function, path in PUBLIC.items():
        thing = find(path)
        is_function = inspect.isfunction(thing) and "." not in function
        is_maker = inspect.ismethod(thing)  # of a display
        if path.split(".")[1] in OF_TENSORS or not (is_function or is_maker):
            continue
        known = FUNCTIONS.get(function, ((), FROM_ESTIMATOR.get(function, {})))[1]
        arguments = inspect.signature(thing).parameters.keys() - FREE
        if function in FROM_ESTIMATOR:
            arguments -= {"estimator"}
        missing += [f"{function}({argument})" for argument in arguments - known.keys()]
    assert missing == []


@pytest.mark.parametrize("function", FROM_ESTIMATOR)
def test_displays_need_a_clusterer(function):
    call = find(PUBLIC[function])
    needed = {"X": X[:, :2], "y": None, "image_shape": (1, 2)}
    known = inspect.signature(call).parameters
    arguments = {key: value for key, value in needed.items() if key in known}
    for value in ESTIMATOR:
        with refused("estimator"):
            call(value, **arguments)


def with_method(method):
    return pytest.mark.parametrize(
        "estimator", [e for e in ESTIMATORS if hasattr(e, method)], ids=name
    )


@with_method("sample")
def test_wrong_numbers_of_draws_are_refused(estimator):
    for value in COUNT:
        with refused("n_samples"):
            fitted(estimator).sample(value)


WRONG_CLUSTERS = [True, -1, 3, 0.5, 1.0, NAN, "0", [0], np.array([0, 1]), {}]


@with_method("sample")
def test_wrong_clusters_to_draw_from_are_refused(estimator):
    if "cluster" not in inspect.signature(estimator.sample).parameters:
        return  # a transformer
    for value in WRONG_CLUSTERS:
        with refused("cluster"):
            fitted(estimator).sample(1, cluster=value)


@with_method("reconstruct")
def test_wrong_clusters_to_reconstruct_are_refused(estimator):
    for value in WRONG_CLUSTERS:
        with refused("cluster"):
            fitted(estimator).reconstruct(X, cluster=value)


@pytest.mark.parametrize("parameter", ["image_shape", "degrees", "translate"])
def test_wrong_parameters_of_an_augmentation_are_refused(parameter):
    wrong = {
        "image_shape": [None, 3, "123", [2, 3], [1, 2, 4], [True, 2, 3], np.array(6)],
        "degrees": [*NO_NUMBERS, -1, 181, None],
        "translate": [*NO_NUMBERS, -0.1, 1.1, None],
    }
    for value in wrong[parameter]:
        affine = RandomAffine(**{"image_shape": (1, 2, 3), parameter: value})
        with refused(parameter):
            affine(torch.ones(2, 6))


# Data


def small_data():
    return {
        "no rows": np.empty((0, 6)),
        "no columns": np.empty((90, 0)),
        "one dimension": X[0],
        "three dimensions": X[None],
        "not a number": np.full((90, 6), NAN),
        "infinite": np.full((90, 6), np.inf),
        "complex": 1j * X,
        "strings": np.full((90, 6), "a"),
        "ragged": [[1, 2], [3]],
        "objects": np.full((90, 6), object()),
        "nothing": None,
        "a scalar": 3.0,
        "another width": X[:, :4],
    }


@pytest.mark.parametrize("case", small_data())
@pytest.mark.parametrize("estimator", MODELS, ids=name)
def test_what_is_no_data_is_refused(estimator, case):
    rows = small_data()[case]
    model = set_n_clusters(clone(estimator), 3)
    if case != "another width":
        with pytest.raises((TypeError, ValueError)):
            model.fit(rows)
    known = fitted(estimator) if estimator in ESTIMATORS else model.fit(X)
    for method in ("predict", "soft_predict", "transform", "score", "score_samples"):
        if hasattr(known, method):
            with pytest.raises((TypeError, ValueError)):
                getattr(known, method)(rows)


@pytest.mark.parametrize("estimator", MODELS, ids=name)
def test_one_row_is_fitted_or_refused_by_the_number_of_rows(estimator):
    model = set_n_clusters(clone(estimator), 1)
    try:
        model.fit(X[:1])
    except ValueError as error:
        message = str(error)
    else:
        message = "n_samples"
    assert any(key in message for key in ("n_samples", "1 sample", "needed"))
