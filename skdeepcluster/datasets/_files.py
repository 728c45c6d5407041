"""Where data sets lie on the disk, and what is said when they do not."""

import contextlib
import io
import json
import lzma
import os
import zipfile
from numbers import Real
from pathlib import Path

import numpy as np
from sklearn.datasets import get_data_home

from .._compat import COUNT, Interval, StrOptions

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


def damaged_error(path, reason):
    """Return the error for a copy that is not the data set it should be."""
    return OSError(
        f"The copy in {path} is damaged or of another version: {reason}. Delete it "
        "and fetch again."
    )


@contextlib.contextmanager
def open_xz(path):
    """Open a compressed file for reading; whatever is wrong with it names it."""
    try:
        with lzma.open(path) as stream:
            yield stream
    except (
        EOFError,
        KeyError,
        ValueError,
        lzma.LZMAError,
        zipfile.BadZipFile,
    ) as error:
        raise damaged_error(path, repr(error)) from error


def read_arrays(path, *names):
    """Return the arrays of these names from a compressed npz file."""
    with open_xz(path) as stream, np.load(io.BytesIO(stream.read())) as arrays:
        return [arrays[name] for name in names]


def write_arrays(path, **arrays):
    """Write a compressed npz file, whole or not at all."""
    with _write_xz(path) as stream:
        np.savez(stream, **arrays)


def write_json(path, content):
    """Write a compressed file of JSON, whole or not at all."""
    with _write_xz(path) as stream:
        stream.write(json.dumps(content).encode())


@contextlib.contextmanager
def _write_xz(path):
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with lzma.open(part, "wb", preset=1) as stream:
        yield stream
    part.replace(path)
