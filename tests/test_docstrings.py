"""Tests of the docstrings."""

import configparser
import inspect
from pathlib import Path

import numpy as np
import pytest
import torch
from estimators import CLUSTERERS, ESTIMATORS, PLAIN_CLUSTERERS, name
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
    assert [error for error in errors if error[0] in CHECKS] == []


@pytest.mark.parametrize("estimator", ESTIMATORS + PLAIN_CLUSTERERS, ids=name)
def test_parameters_are_documented_in_order_with_their_defaults(estimator):
    documented = ClassDoc(type(estimator))["Parameters"]
    parameters = inspect.signature(type(estimator)).parameters
    assert [entry.name for entry in documented] == list(parameters)
    for entry in documented:
        text = entry.type.split("default=")[1]
        assert eval(text, {"torch": torch}) == parameters[entry.name].default


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
