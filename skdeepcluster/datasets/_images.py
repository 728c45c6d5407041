"""Images of digits and clothes, as rows of pixels between 0 and 1."""

import hashlib
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sklearn.datasets import fetch_openml
from sklearn.utils import Bunch

from .._typing import BunchOrTuple, StrPath
from ._files import (
    check_subset,
    damaged_error,
    data_folder,
    missing_error,
    read_arrays,
    write_arrays,
)


@dataclass(frozen=True)
class _ImageSet:
    """What is known of a data set before it is read.

    The file holds integers, ``round(unit * value)``, so that it is small and its
    digest does not depend on the arithmetic of the machine.
    """

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


_DIGITS = tuple("0123456789")

_IMAGE_SETS = {
    "mnist": _ImageSet(
        data_id=554,
        image_shape=(1, 28, 28),
        n_samples=70_000,
        n_train=60_000,
        limits=(0, 255),
        unit=1,
        dtype=np.uint8,
        target_names=_DIGITS,
        target_sha256=(
            "671ff9d70b4811116d55c3dd479efa7a981e2e62753ef7a6d5c15fea81e63d27"
        ),
        data_sha256="5b92582eb909c82a9bfefcd44acbe9233be3eb5b419a44cf211022ad2bf4bf96",
        descr=(
            "MNIST: 70,000 grey images of handwritten digits, 28 x 28 pixels between "
            "0 and 1, in the original order: 60,000 for training, then 10,000 for "
            "testing. Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, Gradient-based "
            "learning applied to document recognition, Proceedings of the IEEE 86 "
            "(1998), pp. 2278-2324."
        ),
    ),
    "fashion_mnist": _ImageSet(
        data_id=40996,
        image_shape=(1, 28, 28),
        n_samples=70_000,
        n_train=60_000,
        limits=(0, 255),
        unit=1,
        dtype=np.uint8,
        target_names=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        target_sha256=(
            "8ab940a680640f36c0bf1d2549cb2f3b3d4068c12547116cc7b1161b1d26663d"
        ),
        data_sha256="0fbbfcb392782b3b702472ead3688778e1509e8cf40f5c24d9d3303618b193ab",
        descr=(
            "Fashion-MNIST: 70,000 grey images of clothes, 28 x 28 pixels between 0 "
            "and 1, in the original order: 60,000 for training, then 10,000 for "
            "testing. H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST: a novel image "
            "dataset for benchmarking machine learning algorithms, "
            "arXiv:1708.07747, 2017."
        ),
    ),
    "usps": _ImageSet(
        data_id=41082,
        image_shape=(1, 16, 16),
        n_samples=9_298,
        n_train=7_291,
        limits=(-1, 1),
        unit=1000,
        dtype=np.int16,
        target_names=_DIGITS,
        target_sha256=(
            "23d374427c9e1a0074b0b6f6d9ced2b877e9fe72adc27db773fba947c93ea3bd"
        ),
        # Copies of USPS may differ in the last decimal.
        data_sha256=None,
        descr=(
            "USPS: 9,298 grey images of handwritten digits, 16 x 16 pixels between 0 "
            "and 1 (originally -1 and 1), in the original order: 7,291 for training, "
            "then 2,007 for testing. J. J. Hull, A database for handwritten text "
            "recognition research, IEEE Transactions on Pattern Analysis and Machine "
            "Intelligence 16 (1994), pp. 550-554."
        ),
    ),
}


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


def _check_content(image_set, pixels, target, path):
    """Raise unless these are the images, in the original order."""
    n_features = math.prod(image_set.image_shape)
    expected = (image_set.n_samples, n_features), (image_set.n_samples,)
    if (pixels.shape, target.shape) != expected:
        raise damaged_error(
            path,
            f"the shapes of data and target are {pixels.shape} and {target.shape} "
            f"instead of {expected[0]} and {expected[1]}",
        )
    limits = tuple(image_set.unit * limit for limit in image_set.limits)
    if (pixels.min(), pixels.max()) != limits:
        raise damaged_error(
            path,
            f"the pixels are between {pixels.min()} and {pixels.max()} instead of "
            f"{limits[0]} and {limits[1]}",
        )
    for name, array, digest in [
        ("pixels", pixels, image_set.data_sha256),
        ("classes", target.astype(np.uint8), image_set.target_sha256),
    ]:
        if digest and hashlib.sha256(array.tobytes()).hexdigest() != digest:
            raise damaged_error(path, f"the {name} differ from the original ones")


def _fetch_images(
    name, *, subset, data_home, download_if_missing, return_X_y, n_retries, delay
):
    """Read a data set from its file, which is downloaded if it is missing."""
    image_set = _IMAGE_SETS[name]
    rows = {
        "train": slice(image_set.n_train),
        "test": slice(image_set.n_train, None),
        "all": slice(None),
    }
    check_subset(subset, rows)
    folder = data_folder(data_home)
    path = folder / f"{name}.npz.xz"
    if path.exists():
        pixels, target = read_arrays(path, "X", "y")
        pixels = pixels.reshape(len(pixels), -1)
        _check_content(image_set, pixels, target, path)
    elif download_if_missing:
        pixels, target = _download(image_set, folder, n_retries, delay)
        _check_content(image_set, pixels, target, folder / "openml")
        write_arrays(path, X=pixels, y=target)
    else:
        raise missing_error(path.name, folder)

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


def fetch_mnist(
    *,
    subset: Literal["all", "train", "test"] = "all",
    data_home: StrPath | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    n_retries: int = 3,
    delay: float = 1.0,
) -> BunchOrTuple:
    """Load the MNIST handwritten digits (70,000 images, 10 classes).

    The data set of most clustering papers. The smaller "MNIST-test" of some is
    ``subset="test"``.

    Parameters
    ----------
    subset : {'all', 'train', 'test'}, default='all'
        'train' for the first 60,000 images, 'test' for the last 10,000, 'all' for
        both in this order, which is what clustering papers use.

    data_home : str or path-like, default=None
        The folder that holds ``mnist.npz.xz``, and where it is kept after the
        download. None stands for the folder named by the environment variable
        ``SKDEEPCLUSTER_DATA`` if it is set, else for scikit-learn's
        :func:`~sklearn.datasets.get_data_home`.

    download_if_missing : bool, default=True
        If False, raise an OSError if the file is not there instead of downloading
        it.

    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    n_retries : int, default=3
        Number of retries upon network errors.

    delay : float, default=1.0
        Number of seconds between retries.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : ndarray of shape (n_samples, 784), dtype=float32
            The pixels of each image, row by row, between 0 and 1.
        target : ndarray of shape (n_samples,), dtype=int64
            The digits.
        feature_names : list of str
            ``pixel_<row>_<column>``.
        target_names : list of str
            The name of each class.
        image_shape : tuple, (1, 28, 28)
            Channels, height and width.
        DESCR : str
            What it is and where it comes from.

    (data, target) : tuple if ``return_X_y`` is True
        As above.

    Raises
    ------
    ValueError
        If `subset` is unknown.

    OSError
        If the data are missing and may not be downloaded, or if they differ
        from the original.

    See Also
    --------
    fetch_usps : Fewer and smaller digits.
    fetch_fashion_mnist : Harder, of the same shape.

    Notes
    -----
    The source is ``fetch_openml(data_id=554)``, which is slow to parse; this happens
    once. Pixels and classes are compared with the SHA-256 digests of the original,
    whatever the source.

    References
    ----------
    .. [1] Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning
       applied to document recognition", Proceedings of the IEEE 86 (1998),
       pp. 2278-2324.

    Examples
    --------
    >>> from skdeepcluster.datasets import fetch_mnist
    >>> X, y = fetch_mnist(return_X_y=True)  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (70000, 784)
    """
    return _fetch_images(
        "mnist",
        subset=subset,
        data_home=data_home,
        download_if_missing=download_if_missing,
        return_X_y=return_X_y,
        n_retries=n_retries,
        delay=delay,
    )


def fetch_fashion_mnist(
    *,
    subset: Literal["all", "train", "test"] = "all",
    data_home: StrPath | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    n_retries: int = 3,
    delay: float = 1.0,
) -> BunchOrTuple:
    """Load the Fashion-MNIST clothes (70,000 images, 10 classes).

    Of the shape of MNIST, but harder: some classes, such as shirts and coats,
    overlap.

    Parameters
    ----------
    subset : {'all', 'train', 'test'}, default='all'
        'train' for the first 60,000 images, 'test' for the last 10,000, 'all' for
        both in this order, which is what clustering papers use.

    data_home : str or path-like, default=None
        The folder that holds ``fashion_mnist.npz.xz``, and where it is kept after the
        download. None stands for the folder named by the environment variable
        ``SKDEEPCLUSTER_DATA`` if it is set, else for scikit-learn's
        :func:`~sklearn.datasets.get_data_home`.

    download_if_missing : bool, default=True
        If False, raise an OSError if the file is not there instead of downloading
        it.

    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    n_retries : int, default=3
        Number of retries upon network errors.

    delay : float, default=1.0
        Number of seconds between retries.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : ndarray of shape (n_samples, 784), dtype=float32
            The pixels of each image, row by row, between 0 and 1.
        target : ndarray of shape (n_samples,), dtype=int64
            The kinds of clothes, numbered as in ``target_names``.
        feature_names : list of str
            ``pixel_<row>_<column>``.
        target_names : list of str
            The name of each class.
        image_shape : tuple, (1, 28, 28)
            Channels, height and width.
        DESCR : str
            What it is and where it comes from.

    (data, target) : tuple if ``return_X_y`` is True
        As above.

    Raises
    ------
    ValueError
        If `subset` is unknown.

    OSError
        If the data are missing and may not be downloaded, or if they differ
        from the original.

    See Also
    --------
    fetch_mnist : Easier, of the same shape.

    Notes
    -----
    The source is ``fetch_openml(data_id=40996)``, which is slow to parse; this happens
    once. Pixels and classes are compared with the SHA-256 digests of the original,
    whatever the source.

    References
    ----------
    .. [1] H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a novel image dataset
       for benchmarking machine learning algorithms", arXiv:1708.07747, 2017.

    Examples
    --------
    >>> from skdeepcluster.datasets import fetch_fashion_mnist
    >>> X, y = fetch_fashion_mnist(return_X_y=True)  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (70000, 784)
    """
    return _fetch_images(
        "fashion_mnist",
        subset=subset,
        data_home=data_home,
        download_if_missing=download_if_missing,
        return_X_y=return_X_y,
        n_retries=n_retries,
        delay=delay,
    )


def fetch_usps(
    *,
    subset: Literal["all", "train", "test"] = "all",
    data_home: StrPath | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    n_retries: int = 3,
    delay: float = 1.0,
) -> BunchOrTuple:
    """Load the USPS handwritten digits (9,298 images, 10 classes).

    Digits of envelopes, small enough to try a method within minutes. The values,
    originally between -1 and 1, are scaled to [0, 1].

    Parameters
    ----------
    subset : {'all', 'train', 'test'}, default='all'
        'train' for the first 7,291 images, 'test' for the last 2,007, 'all' for
        both in this order, which is what clustering papers use.

    data_home : str or path-like, default=None
        The folder that holds ``usps.npz.xz``, and where it is kept after the
        download. None stands for the folder named by the environment variable
        ``SKDEEPCLUSTER_DATA`` if it is set, else for scikit-learn's
        :func:`~sklearn.datasets.get_data_home`.

    download_if_missing : bool, default=True
        If False, raise an OSError if the file is not there instead of downloading
        it.

    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    n_retries : int, default=3
        Number of retries upon network errors.

    delay : float, default=1.0
        Number of seconds between retries.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : ndarray of shape (n_samples, 256), dtype=float32
            The pixels of each image, row by row, between 0 and 1.
        target : ndarray of shape (n_samples,), dtype=int64
            The digits.
        feature_names : list of str
            ``pixel_<row>_<column>``.
        target_names : list of str
            The name of each class.
        image_shape : tuple, (1, 16, 16)
            Channels, height and width.
        DESCR : str
            What it is and where it comes from.

    (data, target) : tuple if ``return_X_y`` is True
        As above.

    Raises
    ------
    ValueError
        If `subset` is unknown.

    OSError
        If the data are missing and may not be downloaded, or if the classes
        are not the original ones in the original order.

    See Also
    --------
    fetch_mnist : More and larger digits.

    Notes
    -----
    The source is ``fetch_openml(data_id=41082)``, which numbers the digits from 1;
    here they are numbered from 0. Values are kept to three decimals. The classes are
    compared with the SHA-256 digest of the original, whatever the source.

    References
    ----------
    .. [1] J. J. Hull, "A database for handwritten text recognition research", IEEE
       Transactions on Pattern Analysis and Machine Intelligence 16 (1994),
       pp. 550-554.

    Examples
    --------
    >>> from skdeepcluster.datasets import fetch_usps
    >>> X, y = fetch_usps(return_X_y=True)  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (9298, 256)
    """
    return _fetch_images(
        "usps",
        subset=subset,
        data_home=data_home,
        download_if_missing=download_if_missing,
        return_X_y=return_X_y,
        n_retries=n_retries,
        delay=delay,
    )
