"""What a smartphone on the hip measures while people move."""

import hashlib
import io
from typing import Literal
from zipfile import ZipFile

import numpy as np
from sklearn.utils import Bunch

from .._compat import validate_params
from .._typing import BunchOrTuple, StrPath
from ._files import (
    FETCHING,
    SUBSETS,
    checked,
    data_folder,
    missing_error,
    read_arrays,
    read_url,
    rows_of,
    write_arrays,
)

_SOURCE = (
    "https://archive.ics.uci.edu/static/public/240/"
    "human+activity+recognition+using+smartphones.zip"
)
_SIGNALS = [
    f"{kind}_{axis}"
    for kind in ("body_acc", "body_gyro", "total_acc")
    for axis in "xyz"
]
_ACTIVITIES = [
    "walking",
    "walking_upstairs",
    "walking_downstairs",
    "sitting",
    "standing",
    "laying",
]
_SHAPE = 10_299, 128, len(_SIGNALS)
_N_TRAIN = 7_352
_TEST_SUBJECTS = [2, 4, 9, 10, 12, 13, 18, 20, 24]
# Of classes and subjects in the order of this module.
_SHA256 = "9c727368c03a2157a1c99ec8349d566f98c48e50e99bff3583c5bf88089160a5"
_DESCR = (
    "Human Activity Recognition Using Smartphones: 10,299 windows of 128 steps (2.56 "
    "seconds) of the 9 inertial signals of a smartphone on the hip of 30 people during "
    "6 activities. In the order of the subjects, the 21 for training first, then the "
    "9 for testing; within a subject, the windows are ordered by their first values. "
    "Any commercial use of the data is prohibited. D. Anguita, A. Ghio, L. Oneto, "
    "X. Parra and J. L. Reyes-Ortiz, A public domain dataset for human activity "
    "recognition using smartphones, European Symposium on Artificial Neural Networks, "
    "2013."
)


def _read_split(archive, split):
    """Return signals, classes and subjects of one split, numbered from 0."""

    def read(name, dtype):
        with archive.open(f"UCI HAR Dataset/{split}/{name}_{split}.txt") as file:
            return np.loadtxt(file, dtype=dtype)

    signals = [read(f"Inertial Signals/{name}", np.float32) for name in _SIGNALS]
    return (
        np.stack(signals, axis=-1),
        read("y", np.int64) - 1,
        read("subject", np.int64) - 1,
    )


def _read_archive(content):
    """Return signals, classes and subjects from the archive of the source."""
    with ZipFile(io.BytesIO(content)) as outer:
        inner = outer.read("UCI HAR Dataset.zip")
    with ZipFile(io.BytesIO(inner)) as archive:
        splits = [_read_split(archive, split) for split in ("train", "test")]
    return [np.concatenate(arrays) for arrays in zip(*splits, strict=True)]


def _in_order(signals, target, subject):
    """Return the windows in the order of this module, if they are the original ones.

    Both sources have all windows; only their orders differ.
    """
    shapes = signals.shape, target.shape, subject.shape
    if shapes != (_SHAPE, _SHAPE[:1], _SHAPE[:1]):
        raise ValueError(
            f"the shapes of signals, classes and subjects are {shapes} instead of "
            f"{_SHAPE} and twice {_SHAPE[:1]}"
        )
    if not np.isfinite(signals).all():
        raise ValueError("its signals are not all finite")
    is_test = np.isin(subject + 1, _TEST_SUBJECTS)
    order = np.lexsort((*signals[:, 0].T[::-1], subject, is_test))
    numbers = np.stack([target, subject]).astype(np.uint8)[:, order]
    if hashlib.sha256(numbers.tobytes()).hexdigest() != _SHA256:
        raise ValueError("the classes or subjects differ from the original ones")
    return signals[order], *numbers.astype(np.int64)


@validate_params({**FETCHING, "subset": SUBSETS})
def fetch_har(
    *,
    subset: Literal["all", "train", "test"] = "all",
    data_home: StrPath | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    n_retries: int = 3,
    delay: float = 1.0,
) -> BunchOrTuple:
    """Load a smartphone's signals of human activities (10,299 windows, 6 classes).

    The raw inertial signals of Human Activity Recognition Using Smartphones, not the
    561 features that its authors computed from them.

    Parameters
    ----------
    subset : {'all', 'train', 'test'}, default='all'
        'train' for the 7,352 windows of 21 subjects, 'test' for the 2,947 of the 9
        others, 'all' for both in this order.

    data_home : str or path-like, default=None
        The folder that holds ``har_raw.npz.xz``, and where it is kept after the
        download. None stands for the folder named by the environment variable
        ``SKDEEPCLUSTER_DATA`` if it is set, else for scikit-learn's
        :func:`~sklearn.datasets.get_data_home`.

    download_if_missing : bool, default=True
        If False, raise an OSError if the file is not there instead of downloading
        the data.

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

        data : ndarray of shape (n_samples, 1152), dtype=float32
            The 9 signals at each of 128 steps, step by step: acceleration without and
            with gravity in g, and angular velocity in radians per second.
        target : ndarray of shape (n_samples,), dtype=int64
            The activities.
        subject : ndarray of shape (n_samples,), dtype=int64
            Who wore the smartphone, from 1 to 30.
        feature_names : list of str
            ``<signal>_<step>``.
        target_names : list of str
            The name of each activity.
        signal_shape : tuple, (128, 9)
            Steps and signals: ``data.reshape(-1, 128, 9)``.
        DESCR : str
            What it is, where it comes from and that commercial use is barred.

    (data, target) : tuple if ``return_X_y`` is True
        As above.

    Raises
    ------
    ValueError
        If `subset` is unknown.

    OSError
        If the data are missing and may not be downloaded, or if windows or classes
        are not the original ones.

    See Also
    --------
    fetch_pendigits : Shorter paths, of a pen.

    Notes
    -----
    Its authors prohibit any commercial use.

    The source is the UCI Machine Learning Repository. The windows come in the order of
    the subjects, those for training before those for testing, and those of a subject
    in the order of their first values, so that the order does not depend on that of a
    copy. In this order, classes and subjects are compared with a SHA-256 digest,
    whatever the source. Windows that follow each other share half of their steps.

    References
    ----------
    .. [1] D. Anguita, A. Ghio, L. Oneto, X. Parra and J. L. Reyes-Ortiz, "A public
       domain dataset for human activity recognition using smartphones", European
       Symposium on Artificial Neural Networks, 2013.

    Examples
    --------
    >>> from skdeepcluster.datasets import fetch_har
    >>> X, y = fetch_har(return_X_y=True)  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (10299, 1152)
    """
    path = data_folder(data_home) / "har_raw.npz.xz"
    source = path
    if path.exists():
        signals, target, subject = read_arrays(path, "X", "y", "subject")
    elif download_if_missing:
        source = _SOURCE
        content = read_url(source, n_retries, delay)
        with checked(source):
            signals, target, subject = _read_archive(content)
    else:
        raise missing_error(path.name, path.parent)
    with checked(source):
        signals, target, subject = _in_order(signals, target, subject)
    if source != path:
        write_arrays(path, X=signals, y=target, subject=subject)

    rows = rows_of(subset, _N_TRAIN)
    _, n_steps, n_signals = _SHAPE
    data = signals[rows].reshape(-1, n_steps * n_signals)
    if return_X_y:
        return data, target[rows]
    return Bunch(
        data=data,
        target=target[rows],
        subject=subject[rows] + 1,
        feature_names=[f"{name}_{i}" for i in range(n_steps) for name in _SIGNALS],
        target_names=list(_ACTIVITIES),
        signal_shape=(n_steps, n_signals),
        DESCR=_DESCR,
    )
