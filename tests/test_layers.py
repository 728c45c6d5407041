"""Tests of the package's order: who may import whom, and what belongs to a method."""

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest
from estimators import ESTIMATORS, PLAIN_CLUSTERERS
from sklearn.base import BaseEstimator, is_clusterer

import skdeepcluster
from skdeepcluster.base import BaseDeepEstimator
from skdeepcluster.benchmark._catalog import DATASETS, METHODS

ROOT = Path(skdeepcluster.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

# What a part of the package may import, besides itself, types and the standard library.
# The parts that are not here are families of methods.
MAY_IMPORT = {
    "__init__": {"_version"},
    "_version": set(),
    "_typing": {"numpy", "scipy"},
    "__main__": {"_cli"},
    "_compat": {"numpy", "sklearn"},
    "_files": set(),
    "_settings": {"joblib", "numpy"},
    "_saving": {"_version", "_warn"},
    "_warn": {"sklearn"},
    "_data": {"numpy", "scipy", "torch"},
    "_labels": {"numpy", "scipy"},
    "_neighbors": {"numpy", "scipy", "sklearn", "_labels", "_saving"},
    "_projection": {"numpy", "scipy", "sklearn", "umap", "_validation"},
    "_validation": {"numpy", "scipy", "sklearn", "_warn"},
    "_training": {"joblib", "numpy", "scipy", "skorch", "torch", "tqdm"}
    | {"_compat", "_data", "_files", "_settings", "_version", "_warn"},
    "base": {"numpy", "scipy", "sklearn", "torch"}
    | {"_compat", "_data", "_labels", "_neighbors", "_saving", "_training"}
    | {"_validation", "_warn", "graph"},
    "_parts": {"numpy", "sklearn", "torch"}
    | {"_compat", "_labels", "base", "losses", "modules"},
    "losses": {"torch"},
    "modules": {"torch", "losses"},
    "metrics": {"numpy", "scipy", "sklearn", "_compat", "_labels"},
    "augmentation": {"sklearn", "torch", "_compat", "_parts"},
    "datasets": {"numpy", "scipy", "sklearn", "_compat", "_files"},
    "graph": {"numpy", "scipy", "sklearn"}
    | {"_compat", "_labels", "_neighbors", "_saving", "_validation", "_warn"},
    "export": {"numpy", "sklearn", "torch"}
    | {"__init__", "_compat", "_files", "_neighbors", "_training", "base"},
    "model_selection": {"numpy", "scipy", "sklearn"}
    | {"_compat", "_validation", "graph"},
    "inspection": {"narwhals", "numpy", "scipy", "sklearn", "matplotlib"}
    | {"metrics", "model_selection", "_compat", "_files", "_labels", "_projection"}
    | {"PIL", "_validation", "_version", "bokeh", "jinja2"},
}
A_FAMILY_MAY_IMPORT = {"numpy", "scipy", "sklearn", "torch", "_compat"} | {
    "_labels",
    "_neighbors",
    "_parts",
    "base",
    "losses",
    "modules",
    "autoencoders",
}
TOOLS = {"_cli", "inspection", "benchmark"}


def part_of(path):
    """Return the part of the package that a file belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


PARTS = {part_of(path) for path in FILES}
FAMILIES = PARTS - MAY_IMPORT.keys() - {"_cli", "benchmark", "recipes"}
MAY_IMPORT["recipes"] = FAMILIES | {"augmentation", "graph"}
MAY_IMPORT["recipes"] |= {"sklearn", "skorch", "torch", "_compat"}
# The command lines build every method by its recipe.
MAY_IMPORT["_cli"] = {"PIL", "numpy", "pandas", "sklearn", "skops", "export", "recipes"}
MAY_IMPORT["benchmark"] = (
    MAY_IMPORT["inspection"]
    | {"recipes", "inspection", "datasets", "_neighbors", "_projection", "__init__"}
    | {
        "_files",
        "_settings",
        "_warn",
        "joblib",
        "threadpoolctl",
        "pandas",
        "evoc",
        "umap",
    }
)


def imports(path):
    """Yield what a file imports, as absolute dotted names down to the last."""
    package = ["skdeepcluster", *path.relative_to(ROOT).parts[:-1]]
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []  # never run
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*start, *filter(None, [node.module])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def imported_parts(path):
    """Yield packages of others, and parts of this one, that a file imports."""
    for name in imports(path):
        top, *rest = name.split(".")
        if top == "skdeepcluster":
            yield rest[0] if rest and rest[0] in PARTS else "__init__"
        elif top not in sys.stdlib_module_names:
            yield top


def relative(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_imports_go_downwards(path):
    part = part_of(path)
    allowed = MAY_IMPORT.get(part, A_FAMILY_MAY_IMPORT) | {part, "_typing"}
    assert set(imported_parts(path)) <= allowed


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_parts_import_public_names_of_each_other(path):
    own = f"skdeepcluster.{part_of(path)}."
    inner = [
        name.split(".", 2)[2]
        for name in imports(path)
        if name.startswith("skdeepcluster.") and name.count(".") > 1
        if not name.startswith(own)
    ]
    assert [n for n in inner if "._" in f".{n}" and not n.startswith("__")] == []


def test_the_families_are_known():
    assert {"autoencoders", "centroid"} <= FAMILIES
    assert not any(family.startswith("_") for family in FAMILIES)


@pytest.mark.parametrize(
    "path", [f for f in FILES if part_of(f) != "_compat"], ids=relative
)
def test_private_names_of_scikit_learn_are_in_one_file(path):
    names = [name for name in imports(path) if name.startswith("sklearn.")]
    private = [n for n in names if any(p.startswith("_") for p in n.split("."))]
    assert private == []
    assert [n for n in names if n.startswith("sklearn.callback")] == []


@pytest.mark.parametrize(
    "path", [f for f in FILES if part_of(f) in TOOLS], ids=relative
)
def test_tools_use_public_members_of_estimators(path):
    private = [
        node.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
    ]
    assert private == []


@pytest.mark.parametrize("module", ["", ".inspection", ".graph"])
def test_importing_loads_neither_torch_nor_skorch(module):
    code = (
        "import sys\n"
        f"import skdeepcluster{module}\n"
        "dir(skdeepcluster)\n"
        "print({'torch', 'skorch'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


# What belongs to a method


def public_estimators():
    """Return all concrete estimators of the package, wherever they are."""
    for module in pkgutil.walk_packages(skdeepcluster.__path__, "skdeepcluster."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found, todo = set(), [BaseDeepEstimator]
    while todo:
        cls = todo.pop()
        todo += cls.__subclasses__()
        is_ours = cls.__module__.startswith("skdeepcluster.")
        if is_ours and not inspect.isabstract(cls) and not cls.__name__.startswith("_"):
            found.add(cls)
    return sorted(found, key=lambda cls: cls.__name__)


@pytest.mark.parametrize("cls", public_estimators())
def test_every_estimator_is_public_and_in_the_tables(cls):
    assert cls.__name__ in skdeepcluster.__all__
    assert getattr(skdeepcluster, cls.__name__) is cls
    assert cls in {type(estimator) for estimator in ESTIMATORS}
    if is_clusterer(cls()):
        cataloged = [method(DATASETS["digits"]) for method in METHODS.values()]
        assert cls in {type(estimator) for estimator in cataloged}


def test_every_estimator_without_a_network_is_in_its_table():
    members = [getattr(skdeepcluster, name) for name in skdeepcluster.__all__]
    found = {
        member
        for member in members
        if inspect.isclass(member) and issubclass(member, BaseEstimator)
    }
    plain = {cls for cls in found if not issubclass(cls, BaseDeepEstimator)}
    assert plain == {type(estimator) for estimator in PLAIN_CLUSTERERS}


def test_every_public_name_exists_and_is_listed():
    assert set(skdeepcluster.__all__) <= set(dir(skdeepcluster))
    for name in skdeepcluster.__all__:
        thing = getattr(skdeepcluster, name)
        for inner in getattr(thing, "__all__", []):
            public = getattr(thing, inner)
            if inspect.isclass(public) and hasattr(public, "fit"):
                assert inner in skdeepcluster.__all__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="skdeepcluster.*has no attribute 'DECK'"):
        skdeepcluster.DECK  # noqa: B018
