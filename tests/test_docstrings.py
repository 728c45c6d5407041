"""Tests of the docstrings."""

import configparser
import inspect
from pathlib import Path

import numpy as np
import pytest
import torch
from estimators import CLUSTERERS, ESTIMATORS, PLAIN_CLUSTERERS, TRANSFORMERS, name
from numpydoc.docscrape import ClassDoc
from numpydoc.validate import ERROR_MSGS, validate
from public import public_objects
from sklearn.base import clone

config = configparser.ConfigParser()
config.read(Path(__file__).parent.parent / "setup.cfg")
checks = config["tool:numpydoc_validation"]["checks"].replace(" ", "").split(",")
# "all" and what to leave out of it.
CHECKS = set(ERROR_MSGS) - set(checks) if "all" in checks else set(checks)


@pytest.mark.parametrize("path", sorted(public_objects()))
def test_numpydoc_has_no_complaint(path):
    errors = validate(path)["errors"]
    needed = CHECKS
    if path.startswith("skdeepcluster.modules.") and path.count(".") > 2:
        # Methods from tensors to tensors: a line has room for what they return.
        needed = CHECKS - {"PR01", "RT01", "SS02", "SS05", "SS06"}
    assert [error for error in errors if error[0] in needed] == []


@pytest.mark.parametrize("estimator", ESTIMATORS + PLAIN_CLUSTERERS, ids=name)
def test_parameters_are_documented_in_order_with_their_defaults(estimator):
    documented = ClassDoc(type(estimator))["Parameters"]
    parameters = inspect.signature(type(estimator)).parameters
    assert [entry.name for entry in documented] == list(parameters)
    for entry in documented:
        text = entry.type.split("default=")[1]
        assert eval(text, {"torch": torch}) == parameters[entry.name].default


# How every estimator begins what it says of the parameters that they share.
SHARED = {
    "augment": "From a batch (batch, n_features), a tensor, to a variant of it, drawn",
    "batch_size": "Number of rows in a batch",
    "callbacks": "Callbacks of skorch for the training of this estimator, cloned",
    "device": "Where to compute.",
    "dtype": "Dtype of the weights.",
    "net_params": "Further settings of :class:`skorch.NeuralNet`, such as",
    "optimizer": "Class of the optimizer.",
    "precision": "Compute the networks, and nothing else, in mixed precision.",
    "random_state": "Seed of everything that is random in the fit.",
    "steps_per_epoch": "Number of batches that make an epoch, so that epochs are the",
    "verbose": "0 is silent, 1 shows a progress bar for each stage, 2 a row for",
    "warm_start": "Let a second fit go on from the weights of the first, on the same",
}


@pytest.mark.parametrize("parameter", SHARED)
@pytest.mark.parametrize("kind", [TRANSFORMERS, CLUSTERERS], ids=["nested", "outer"])
def test_shared_parameters_have_one_wording(kind, parameter):
    texts = {
        " ".join(entry.desc)
        for estimator in kind
        for entry in ClassDoc(type(estimator))["Parameters"]
        if entry.name == parameter
    }
    assert all(text.startswith(SHARED[parameter]) for text in texts)
    # Batches that tell of neighbours, or of the sizes of clusters, have needs.
    assert len(texts) <= (3 if parameter == "batch_size" else 1)


@pytest.mark.filterwarnings("ignore:.*clusters:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("estimator", ESTIMATORS + PLAIN_CLUSTERERS, ids=name)
def test_attributes_are_documented(estimator):
    X = np.random.default_rng(0).random((20, 3))
    model = clone(estimator)
    if estimator in ESTIMATORS:
        model.set_params(max_epochs=1)
    model.fit(X)
    documented = {entry.name for entry in ClassDoc(type(estimator))["Attributes"]}
    found = {key for key in dir(model) if key.endswith("_") and key[0] != "_"}
    assert documented - {"feature_names_in_"} == found


@pytest.mark.parametrize("estimator", CLUSTERERS + PLAIN_CLUSTERERS, ids=name)
def test_clusterers_have_formula_reference_and_example(estimator):
    doc = ClassDoc(type(estimator))
    assert ".. math::" in "\n".join(doc["Notes"])
    assert doc["References"]
    assert doc["Examples"]
    assert doc["See Also"]
