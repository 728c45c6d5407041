"""Tests of the docstrings."""

import configparser
import importlib
import inspect
import pkgutil
from pathlib import Path

import numpy as np
import pytest
import torch
from estimators import CLUSTERERS, ESTIMATORS, name
from numpydoc.docscrape import ClassDoc
from numpydoc.validate import ERROR_MSGS, validate
from sklearn.base import clone

import skdeepcluster

config = configparser.ConfigParser()
config.read(Path(__file__).parent.parent / "setup.cfg")
checks = config["tool:numpydoc_validation"]["checks"].replace(" ", "").split(",")
# "all" and what to leave out of it.
CHECKS = set(ERROR_MSGS) - set(checks) if "all" in checks else set(checks)


def public_objects():
    """Yield the dotted names of what the package and its parts list as public."""
    modules = [skdeepcluster] + [
        importlib.import_module(module.name)
        for module in pkgutil.iter_modules(skdeepcluster.__path__, "skdeepcluster.")
        if module.ispkg and not module.name.split(".")[-1].startswith("_")
    ]
    seen = set()
    for module in modules:
        for key in module.__all__:
            thing = getattr(module, key)
            has_docstring = inspect.isclass(thing) or inspect.isfunction(thing)
            if not has_docstring or thing in seen:
                continue
            seen.add(thing)
            yield f"{module.__name__}.{key}"
            if inspect.isclass(thing):
                yield from public_members(f"{module.__name__}.{key}", thing)


def public_members(path, cls):
    """Yield the dotted names of methods and properties that are defined here."""
    for key, member in inspect.getmembers(cls):
        function = member.fget if isinstance(member, property) else member
        module = getattr(function, "__module__", None) or ""
        is_method = isinstance(member, property) or inspect.isroutine(member)
        if not key.startswith("_") and is_method and module.startswith("skdeepcluster"):
            yield f"{path}.{key}"


@pytest.mark.parametrize("path", sorted(public_objects()))
def test_numpydoc_has_no_complaint(path):
    errors = validate(path)["errors"]
    assert [error for error in errors if error[0] in CHECKS] == []


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=name)
def test_parameters_are_documented_in_order_with_their_defaults(estimator):
    documented = ClassDoc(type(estimator))["Parameters"]
    parameters = inspect.signature(type(estimator)).parameters
    assert [entry.name for entry in documented] == list(parameters)
    for entry in documented:
        text = entry.type.split("default=")[1]
        assert eval(text, {"torch": torch}) == parameters[entry.name].default


@pytest.mark.filterwarnings("ignore:.*clusters:sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("estimator", ESTIMATORS, ids=name)
def test_attributes_are_documented(estimator):
    X = np.random.default_rng(0).random((20, 3))
    model = clone(estimator).set_params(max_epochs=1).fit(X)
    documented = {entry.name for entry in ClassDoc(type(estimator))["Attributes"]}
    found = {key for key in dir(model) if key.endswith("_") and key[0] != "_"}
    assert documented - {"feature_names_in_"} == found


@pytest.mark.parametrize("estimator", CLUSTERERS, ids=name)
def test_clusterers_have_formula_reference_and_example(estimator):
    doc = ClassDoc(type(estimator))
    assert ".. math::" in "\n".join(doc["Notes"])
    assert doc["References"]
    assert doc["Examples"]
    assert doc["See Also"]
