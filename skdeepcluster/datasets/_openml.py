"""What the data sets of OpenML share: rows of whole numbers, kept in a file."""

import hashlib
import math
from dataclasses import dataclass

import numpy as np
from sklearn.datasets import fetch_openml

from ._files import (
    checked,
    data_folder,
    missing_error,
    read_arrays,
    rows_of,
    write_arrays,
)


@dataclass(frozen=True)
class NumberSet:
    """What is known of a data set before it is read.

    The file holds integers, ``round(unit * value)``, so that it is small and its
    digest does not depend on the arithmetic of the machine.
    """

    name: str
    data_id: int
    shape: tuple
    n_samples: int
    n_train: int
    limits: tuple
    unit: int
    dtype: type
    target_names: tuple
    target_sha256: str
    data_sha256: str | None
    descr: str


DIGITS = tuple("0123456789")


def _download(number_set, folder, n_retries, delay):
    """Return values and classes from OpenML, as the file holds them."""
    # This parser is slow but needs no pandas; the result is kept, so it runs once.
    values, target = fetch_openml(
        data_id=number_set.data_id,
        data_home=folder,
        return_X_y=True,
        as_frame=False,
        parser="liac-arff",
        n_retries=n_retries,
        delay=delay,
    )
    target = target.astype(np.int64)
    # OpenML numbers the digits of USPS from 1.
    target -= target.min()
    return np.rint(number_set.unit * values).astype(number_set.dtype), target


def _check_content(number_set, values, target):
    """Return values in rows, and classes, if they are the original ones in order."""
    values = values.reshape(len(values), -1)
    n_features = math.prod(number_set.shape)
    expected = (number_set.n_samples, n_features), (number_set.n_samples,)
    if (values.shape, target.shape) != expected:
        raise ValueError(
            f"the shapes of data and target are {values.shape} and {target.shape} "
            f"instead of {expected[0]} and {expected[1]}"
        )
    limits = tuple(number_set.unit * limit for limit in number_set.limits)
    if (values.min(), values.max()) != limits:
        raise ValueError(
            f"the values are between {values.min()} and {values.max()} instead of "
            f"{limits[0]} and {limits[1]}"
        )
    values = values.astype(number_set.dtype, copy=False)  # some copies have floats
    target = target.astype(np.uint8)
    for name, array, digest in [
        ("values", values, number_set.data_sha256),
        ("classes", target, number_set.target_sha256),
    ]:
        if digest and hashlib.sha256(array.tobytes()).hexdigest() != digest:
            raise ValueError(f"the {name} differ from the original ones")
    return values, target.astype(np.int64)


def fetch_numbers(
    number_set, *, subset, data_home, download_if_missing, n_retries, delay
):
    """Return the whole numbers of a subset, and the classes.

    They are read from the file, which is downloaded if it is missing.
    """
    folder = data_folder(data_home)
    path = folder / f"{number_set.name}.npz.xz"
    source = path
    if path.exists():
        values, target = read_arrays(path, "X", "y")
    elif download_if_missing:
        source = folder / "openml"
        values, target = _download(number_set, folder, n_retries, delay)
    else:
        raise missing_error(path.name, folder)
    with checked(source):
        values, target = _check_content(number_set, values, target)
    if source != path:
        write_arrays(path, X=values, y=target)
    rows = rows_of(subset, number_set.n_train)
    return values[rows], target[rows]
