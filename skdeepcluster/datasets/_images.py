"""What the data sets of images share: rows of pixels between 0 and 1."""

import hashlib
import math
from dataclasses import dataclass

import numpy as np
from sklearn.datasets import fetch_openml
from sklearn.utils import Bunch

from ._files import (
    checked,
    data_folder,
    missing_error,
    read_arrays,
    write_arrays,
)


@dataclass(frozen=True)
class ImageSet:
    """What is known of a data set before it is read.

    The file holds integers, ``round(unit * value)``, so that it is small and its
    digest does not depend on the arithmetic of the machine.
    """

    name: str
    data_id: int
    image_shape: tuple
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


def _download(image_set, folder, n_retries, delay):
    """Return pixels and classes from OpenML, as the file holds them."""
    # This parser is slow but needs no pandas; the result is kept, so it runs once.
    pixels, target = fetch_openml(
        data_id=image_set.data_id,
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
    return np.rint(image_set.unit * pixels).astype(image_set.dtype), target


def _check_content(image_set, pixels, target):
    """Return pixels in rows, and classes, if they are the original ones in order."""
    pixels = pixels.reshape(len(pixels), -1)
    n_features = math.prod(image_set.image_shape)
    expected = (image_set.n_samples, n_features), (image_set.n_samples,)
    if (pixels.shape, target.shape) != expected:
        raise ValueError(
            f"the shapes of data and target are {pixels.shape} and {target.shape} "
            f"instead of {expected[0]} and {expected[1]}"
        )
    limits = tuple(image_set.unit * limit for limit in image_set.limits)
    if (pixels.min(), pixels.max()) != limits:
        raise ValueError(
            f"the pixels are between {pixels.min()} and {pixels.max()} instead of "
            f"{limits[0]} and {limits[1]}"
        )
    target = target.astype(np.uint8)
    for name, array, digest in [
        ("pixels", pixels, image_set.data_sha256),
        ("classes", target, image_set.target_sha256),
    ]:
        if digest and hashlib.sha256(array.tobytes()).hexdigest() != digest:
            raise ValueError(f"the {name} differ from the original ones")
    return pixels, target.astype(np.int64)


def fetch_images(
    image_set, *, subset, data_home, download_if_missing, return_X_y, n_retries, delay
):
    """Read a data set from its file, which is downloaded if it is missing."""
    rows = {
        "train": slice(image_set.n_train),
        "test": slice(image_set.n_train, None),
        "all": slice(None),
    }
    folder = data_folder(data_home)
    path = folder / f"{image_set.name}.npz.xz"
    source = path
    if path.exists():
        pixels, target = read_arrays(path, "X", "y")
    elif download_if_missing:
        source = folder / "openml"
        pixels, target = _download(image_set, folder, n_retries, delay)
    else:
        raise missing_error(path.name, folder)
    with checked(source):
        pixels, target = _check_content(image_set, pixels, target)
    if source != path:
        write_arrays(path, X=pixels, y=target)

    low, high = (image_set.unit * limit for limit in image_set.limits)
    data = pixels[rows[subset]].astype(np.float32)
    data -= low
    data /= high - low
    target = target[rows[subset]]
    if return_X_y:
        return data, target
    _, height, width = image_set.image_shape
    return Bunch(
        data=data,
        target=target,
        feature_names=[f"pixel_{i}_{j}" for i in range(height) for j in range(width)],
        target_names=list(image_set.target_names),
        image_shape=image_set.image_shape,
        DESCR=image_set.descr,
    )
