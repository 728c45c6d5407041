"""Data and methods of the user's own, for the command line."""

import inspect
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from ._catalog import DataSet


def read_dataset(path: Path) -> DataSet:
    """Read a table or an array whose last column has the classes.

    Numbers of tables are scaled, categories one-hot; rows of unit length are
    embeddings and stay as they are.

    Parameters
    ----------
    path : Path
        The file, .csv or .npy.

    Returns
    -------
    DataSet
        The data.
    """
    if not path.is_file():
        raise ValueError(f"{path} is no file")
    X, y = _table(path) if path.suffix == ".csv" else _array(path)
    n_clusters = len(np.unique(y))
    if not 2 <= n_clusters < len(y):
        raise ValueError(
            f"{path} has {n_clusters} classes of {len(y)} rows in its last column: put "
            "the class of each row there"
        )
    is_unit = np.allclose(np.linalg.norm(X, axis=1), 1, atol=1e-2)
    if not is_unit and path.suffix == ".npy":
        X = StandardScaler().fit_transform(X)
    return DataSet(lambda: (X, y), n_clusters, "embeddings" if is_unit else "tables")


def _table(path):
    try:
        import pandas as pd
    except ImportError as error:
        raise ValueError(
            "a table needs pandas; install it with `pip install pandas`"
        ) from error
    frame = pd.read_csv(path)
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    columns = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (
            OneHotEncoder(sparse_output=False),
            make_column_selector(dtype_exclude="number"),
        ),
    )
    X = columns.fit_transform(frame.iloc[:, :-1])
    return X.astype(np.float32), frame.iloc[:, -1].astype(str).to_numpy()


def _array(path):
    rows = np.load(path)
    if rows.ndim != 2 or rows.shape[1] < 2:
        raise ValueError(
            f"{path} has the shape {rows.shape}: expected (n_rows, n_features + 1), "
            "with the classes in the last column"
        )
    return rows[:, :-1].astype(np.float32), rows[:, -1]


def find_method(name):
    """Return what makes a clusterer of the user's own for a data set.

    Parameters
    ----------
    name : str
        "module:object"; the object is a class, which is given `n_clusters` if it takes
        that, or a clusterer.

    Returns
    -------
    callable
        From a DataSet to a clusterer.
    """
    module, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"{name} is not to be found: {error}") from error
    if not hasattr(found, "fit_predict"):
        raise ValueError(f"{name} has no fit_predict: give a clusterer, or its class")
    return partial(_make, found)


def _make(found, data):
    if not isinstance(found, type):
        return clone(found, safe=False)
    takes_number = "n_clusters" in inspect.signature(found).parameters
    return found(n_clusters=data.n_clusters) if takes_number else found()
