"""The Fashion-MNIST clothes."""

from typing import Literal

import numpy as np

from .._compat import validate_params
from .._typing import BunchOrTuple, StrPath
from ._files import FETCHING, SUBSETS
from ._images import fetch_images
from ._openml import NumberSet

_IMAGES = NumberSet(
    name="fashion_mnist",
    data_id=40996,
    shape=(1, 28, 28),
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
    target_sha256=("8ab940a680640f36c0bf1d2549cb2f3b3d4068c12547116cc7b1161b1d26663d"),
    data_sha256="0fbbfcb392782b3b702472ead3688778e1509e8cf40f5c24d9d3303618b193ab",
    descr=(
        "Fashion-MNIST: 70,000 grey images of clothes, 28 x 28 pixels between 0 "
        "and 1, in the original order: 60,000 for training, then 10,000 for "
        "testing. H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST: a novel image "
        "dataset for benchmarking machine learning algorithms, "
        "arXiv:1708.07747, 2017."
    ),
)


@validate_params({**FETCHING, "subset": SUBSETS})
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
    return fetch_images(
        _IMAGES,
        subset=subset,
        data_home=data_home,
        download_if_missing=download_if_missing,
        return_X_y=return_X_y,
        n_retries=n_retries,
        delay=delay,
    )
