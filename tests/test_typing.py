"""Tests of the type hints."""

import importlib.resources
import inspect
import pkgutil
import re
from pathlib import Path

import pytest
from public import public_objects

import skdeepcluster


@pytest.mark.parametrize("path", sorted(public_objects()))
def test_signatures_have_types(path):
    thing = pkgutil.resolve_name(path)
    function = thing.fget if isinstance(thing, property) else thing
    if inspect.isclass(thing):
        function = thing.__init__
    signature = inspect.signature(function)
    variadic = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    untyped = [
        name
        for name, parameter in signature.parameters.items()
        if parameter.annotation is inspect.Parameter.empty
        and parameter.kind not in variadic
        and name not in ("self", "cls")
    ]
    assert untyped == []
    if not inspect.isclass(thing):
        assert signature.return_annotation is not inspect.Signature.empty


def test_package_is_marked_as_typed():
    assert (importlib.resources.files(skdeepcluster) / "py.typed").is_file()


def test_mypy_accepts_the_package(tmp_path, monkeypatch):
    api = pytest.importorskip("mypy.api")
    root = Path(__file__).parent.parent
    monkeypatch.chdir(root)
    output, errors, status = api.run([f"--cache-dir={tmp_path}"])
    assert (errors, status) == ("", 0), output


# torch takes mypy four times as long as all the rest.
CONFIG = """
[mypy]
strict = True
ignore_missing_imports = True
follow_imports = silent

[mypy-torch.*]
follow_imports = skip
"""

SNIPPET = """
from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.frozen import FrozenEstimator

from skdeepcluster import IDEC, Autoencoder, DualAutoencoder, VaDE
from skdeepcluster import IDCE  # error
from skdeepcluster.datasets import fetch_mnist
from skdeepcluster.metrics import clustering_accuracy_score

images = fetch_mnist().data
X, y = fetch_mnist(return_X_y=True)
rows: NDArray[np.float64] = np.zeros((9, 3))

model = IDEC(10, autoencoder=Autoencoder(2, hidden_layer_sizes=[50]))
assert_type(model.fit(rows), IDEC)
assert_type(model.fit(csr_matrix(rows), y).labels_, NDArray[np.int32])
assert_type(model.predict([[0.0, 1.0]]), NDArray[np.int32])
assert_type(model.history_, list[dict[str, Any]])
assert_type(clustering_accuracy_score(y, model.fit_predict(X)), float)
VaDE(autoencoder=FrozenEstimator(Autoencoder().fit(X))).fit(X).sample(5, cluster=0)
DualAutoencoder(image_shape=(1, 28, 28), feature_groups=[[0, 1], rows])

IDEC(n_clusters="ten")  # error
IDEC(clusters=10)  # error
IDEC(precision="float16")  # error
VaDE(10).fit(X).labels_.no_such_attribute  # error
DualAutoencoder(image_shape=(28, 28))  # error
len(clustering_accuracy_score([0], [0]))  # error
"""


def test_mypy_refuses_what_is_wrong_and_nothing_else(tmp_path, monkeypatch):
    api = pytest.importorskip("mypy.api")
    monkeypatch.chdir(Path(skdeepcluster.__file__).parent.parent)
    imports = f"from skdeepcluster import {', '.join(skdeepcluster.__all__)}\n"
    (tmp_path / "snippet.py").write_text(SNIPPET + imports)
    (tmp_path / "mypy.ini").write_text(CONFIG)
    output, errors, _ = api.run(
        [
            f"--config-file={tmp_path / 'mypy.ini'}",
            f"--cache-dir={tmp_path / 'cache'}",
            str(tmp_path / "snippet.py"),
        ]
    )
    assert errors == ""
    lines = SNIPPET.splitlines()
    wrong = [i for i, line in enumerate(lines, 1) if line.endswith("# error")]
    found = re.findall(r"snippet\.py:(\d+): error", output)
    assert list(map(int, found)) == wrong, output
