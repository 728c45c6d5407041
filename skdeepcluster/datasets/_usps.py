"""The USPS handwritten digits."""

from typing import Literal

import numpy as np

from .._compat import validate_params
from .._typing import BunchOrTuple, StrPath
from ._files import FETCHING, SUBSETS
from ._images import fetch_images
from ._openml import DIGITS, NumberSet

_IMAGES = NumberSet(
    name="usps",
    data_id=41082,
    shape=(1, 16, 16),
    n_samples=9_298,
    n_train=7_291,
    limits=(-1, 1),
    unit=1000,
    dtype=np.int16,
    target_names=DIGITS,
    target_sha256=("23d374427c9e1a0074b0b6f6d9ced2b877e9fe72adc27db773fba947c93ea3bd"),
    # Copies of USPS may differ in the last decimal.
    data_sha256=None,
    descr=(
        "USPS: 9,298 grey images of handwritten digits, 16 x 16 pixels between 0 "
        "and 1 (originally -1 and 1), in the original order: 7,291 for training, "
        "then 2,007 for testing. J. J. Hull, A database for handwritten text "
        "recognition research, IEEE Transactions on Pattern Analysis and Machine "
        "Intelligence 16 (1994), pp. 550-554."
    ),
)


@validate_params({**FETCHING, "subset": SUBSETS})
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
    return fetch_images(
        _IMAGES,
        subset=subset,
        data_home=data_home,
        download_if_missing=download_if_missing,
        return_X_y=return_X_y,
        n_retries=n_retries,
        delay=delay,
    )
