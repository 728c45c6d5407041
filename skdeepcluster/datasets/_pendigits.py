"""The trajectories of a pen that writes digits."""

from typing import Literal

import numpy as np
from sklearn.utils import Bunch

from .._compat import validate_params
from .._typing import BunchOrTuple, StrPath
from ._files import FETCHING, SUBSETS
from ._openml import DIGITS, NumberSet, fetch_numbers

_POINTS = NumberSet(
    name="pendigits",
    data_id=32,
    shape=(8, 2),
    n_samples=10_992,
    n_train=7_494,
    limits=(0, 100),
    unit=1,
    dtype=np.uint8,
    target_names=DIGITS,
    target_sha256=("7c46af6ec70ffa62e1d4e1a1dfbc4d9b99a2538b2bb24b68da09c22258e1933c"),
    data_sha256="8d5e28475754ff4a2c9992542f08a82bdd7a713aa7e37397a07fd7cd635f5cf7",
    descr=(
        "Pendigits: 10,992 digits written with a pen on a tablet by 44 people, each as "
        "8 points of its path at equal distances, with x and y from 0 to 100, in the "
        "original order: 7,494 of 30 writers for training, then 3,498 of the others "
        "for testing. E. Alpaydin and F. Alimoglu, Pen-Based Recognition of "
        "Handwritten Digits, UCI Machine Learning Repository, 1998, "
        "https://doi.org/10.24432/C5MG6K."
    ),
)


@validate_params({**FETCHING, "subset": SUBSETS})
def fetch_pendigits(
    *,
    subset: Literal["all", "train", "test"] = "all",
    data_home: StrPath | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    n_retries: int = 3,
    delay: float = 1.0,
) -> BunchOrTuple:
    """Load the pen trajectories of digits (10,992 rows, 16 numbers, 10 classes).

    A small table of numbers: 8 points of the path of a pen, which wrote a digit.

    Parameters
    ----------
    subset : {'all', 'train', 'test'}, default='all'
        'train' for the first 7,494 digits, 'test' for the last 3,498, which other
        people wrote, 'all' for both in this order.

    data_home : str or path-like, default=None
        The folder that holds ``pendigits.npz.xz``, and where it is kept after the
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

        data : ndarray of shape (n_samples, 16), dtype=float32
            x and y of each point, in the order of writing: whole numbers from 0 to
            100.
        target : ndarray of shape (n_samples,), dtype=int64
            The digits.
        feature_names : list of str
            ``x_<point>`` and ``y_<point>`` in turns.
        target_names : list of str
            The name of each class.
        DESCR : str
            What it is and where it comes from.

    (data, target) : tuple if ``return_X_y`` is True
        As above.

    Raises
    ------
    ValueError
        If `subset` is unknown.

    OSError
        If the data are missing and may not be downloaded, or if they are not the
        original ones in the original order.

    See Also
    --------
    fetch_usps : Images of digits.
    fetch_har : Longer paths: the signals of a smartphone.

    Notes
    -----
    The source is ``fetch_openml(data_id=32)``. Data and classes are compared with the
    SHA-256 digests of the originals, whatever the source.

    References
    ----------
    .. [1] E. Alpaydin and F. Alimoglu, "Pen-Based Recognition of Handwritten Digits",
       UCI Machine Learning Repository, 1998, https://doi.org/10.24432/C5MG6K.

    Examples
    --------
    >>> from skdeepcluster.datasets import fetch_pendigits
    >>> X, y = fetch_pendigits(return_X_y=True)  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (10992, 16)
    """
    points, target = fetch_numbers(
        _POINTS,
        subset=subset,
        data_home=data_home,
        download_if_missing=download_if_missing,
        n_retries=n_retries,
        delay=delay,
    )
    data = points.astype(np.float32)
    if return_X_y:
        return data, target
    n_points, _ = _POINTS.shape
    return Bunch(
        data=data,
        target=target,
        feature_names=[f"{axis}_{i}" for i in range(n_points) for axis in "xy"],
        target_names=list(_POINTS.target_names),
        DESCR=_POINTS.descr,
    )
