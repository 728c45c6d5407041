"""Where data sets lie on the disk, and what is said when they do not."""

import contextlib
import io
import json
import lzma
import os
from http.client import HTTPException
from numbers import Real
from pathlib import Path
from time import sleep
from urllib.request import urlopen

import numpy as np
from sklearn.datasets import get_data_home

from .._compat import COUNT, Interval, StrOptions
from .._files import whole

# What the arguments of all fetchers may be, and the subsets of most.
FETCHING = {
    "data_home": [str, os.PathLike, None],
    "download_if_missing": ["boolean"],
    "return_X_y": ["boolean"],
    "n_retries": [COUNT],
    "delay": [Interval(Real, 0, None, closed="left")],
}
SUBSETS = [StrOptions({"train", "test", "all"})]


def data_folder(data_home):
    """Return the folder of the data sets, which is made if it is missing."""
    return Path(get_data_home(data_home or os.environ.get("SKDEEPCLUSTER_DATA")))


def missing_error(name, folder):
    """Return the error for a data set that may not be downloaded."""
    return OSError(
        f"{name} is not in {folder} and download_if_missing is False. Pass "
        "download_if_missing=True, or name the folder that holds it by data_home or "
        "by the environment variable SKDEEPCLUSTER_DATA."
    )


def read_url(url, n_retries, delay):
    """Return the content of a page."""
    for retry in range(n_retries + 1):
        try:
            with urlopen(url) as page:
                return page.read()
        except (OSError, HTTPException) as error:
            if retry == n_retries:
                raise OSError(f"{url} cannot be read: {error}") from error
            sleep(delay)


def rows_of(subset, n_train):
    """Return the rows of a subset, where those for training come first."""
    slices = {"train": slice(n_train), "test": slice(n_train, None)}
    return slices.get(subset, slice(None))


@contextlib.contextmanager
def checked(path):
    """Say of the copy of a data set whatever turns out to be wrong with it."""
    try:
        yield
    except Exception as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the system's own
        reason = str(error) if isinstance(error, ValueError) else repr(error)
        raise OSError(
            f"The copy in {path} is damaged or of another version: {reason}. Delete it "
            "and fetch again."
        ) from error


def check_texts(texts, labels, n_classes):
    """Raise unless these are texts, and a class from 0 on for each of them."""
    if len(texts) != len(labels):
        raise ValueError(f"it has {len(texts)} texts, but {len(labels)} classes")
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("its texts are not all strings")
    if not set(labels) <= set(range(n_classes)):
        raise ValueError(f"its classes are not the numbers 0 to {n_classes - 1}")


def read_arrays(path, *names):
    """Return the arrays of these names from a compressed npz file."""
    with checked(path), lzma.open(path) as stream:
        with np.load(io.BytesIO(stream.read())) as arrays:
            return [arrays[name] for name in names]


def read_json(path):
    """Return what a compressed file of JSON holds."""
    with checked(path), lzma.open(path) as stream:
        return json.load(stream)


def write_arrays(path, **arrays):
    """Write a compressed npz file, whole or not at all."""
    with whole(path) as part, lzma.open(part, "wb", preset=1) as stream:
        np.savez(stream, **arrays)


def write_json(path, content):
    """Write a compressed file of JSON, whole or not at all."""
    with whole(path) as part, lzma.open(part, "wb", preset=1) as stream:
        stream.write(json.dumps(content).encode())
