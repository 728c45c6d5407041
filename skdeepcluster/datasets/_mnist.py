"""The MNIST handwritten digits."""

from typing import Literal

import numpy as np

from .._compat import validate_params
from .._typing import BunchOrTuple, StrPath
from ._files import FETCHING, SUBSETS
from ._images import fetch_images
from ._openml import DIGITS, NumberSet

_IMAGES = NumberSet(
    name="mnist",
    data_id=554,
    shape=(1, 28, 28),
    n_samples=70_000,
    n_train=60_000,
    limits=(0, 255),
    unit=1,
    dtype=np.uint8,
    target_names=DIGITS,
    target_sha256=("671ff9d70b4811116d55c3dd479efa7a981e2e62753ef7a6d5c15fea81e63d27"),
    data_sha256="5b92582eb909c82a9bfefcd44acbe9233be3eb5b419a44cf211022ad2bf4bf96",
    descr=(
        "MNIST: 70,000 grey images of handwritten digits, 28 x 28 pixels between "
        "0 and 1, in the original order: 60,000 for training, then 10,000 for "
        "testing. Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, Gradient-based "
        "learning applied to document recognition, Proceedings of the IEEE 86 "
        "(1998), pp. 2278-2324."
    ),
)


@validate_params({**FETCHING, "subset": SUBSETS})
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
    return fetch_images(
        _IMAGES,
        subset=subset,
        data_home=data_home,
        download_if_missing=download_if_missing,
        return_X_y=return_X_y,
        n_retries=n_retries,
        delay=delay,
    )
