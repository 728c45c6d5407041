"""Titles of questions on Stack Overflow."""

import numpy as np
from sklearn.utils import Bunch

from .._compat import validate_params
from .._typing import BunchOrTuple, StrPath
from ._files import (
    FETCHING,
    check_texts,
    checked,
    data_folder,
    missing_error,
    read_json,
    read_url,
    write_json,
)

_SOURCE = "https://raw.githubusercontent.com/jacoxu/StackOverflow/master/rawText/"
_TAGS = [
    "wordpress",
    "oracle",
    "svn",
    "apache",
    "excel",
    "matlab",
    "visual-studio",
    "cocoa",
    "osx",
    "bash",
    "spring",
    "hibernate",
    "scala",
    "sharepoint",
    "ajax",
    "qt",
    "drupal",
    "linq",
    "haskell",
    "magento",
]
_TITLES_PER_TAG = 1_000


def _read_lines(name, n_retries, delay):
    """Return the lines of a file of the source of the titles."""
    page = read_url(_SOURCE + name, n_retries, delay)
    return page.decode("utf-8", errors="replace").splitlines()


@validate_params(FETCHING)
def fetch_stackoverflow(
    *,
    data_home: StrPath | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    n_retries: int = 3,
    delay: float = 1.0,
) -> BunchOrTuple:
    """Load titles of questions on Stack Overflow (20,000 short texts, 20 classes).

    The short texts on which text clustering is compared: 1,000 titles for each of 20
    tags.

    Parameters
    ----------
    data_home : str or path-like, default=None
        The folder that holds ``stackoverflow.json.xz``, and where it is kept after the
        download. None stands for the folder named by the environment variable
        ``SKDEEPCLUSTER_DATA`` if it is set, else for scikit-learn's
        :func:`~sklearn.datasets.get_data_home`.

    download_if_missing : bool, default=True
        If False, raise an OSError if the data are not there instead of downloading
        them.

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

        data : list of str of length 20,000
            The titles.
        target : ndarray of shape (20000,), dtype=int64
            The tag of each title.
        target_names : list of str
            The name of each tag.
        DESCR : str
            What it is and where it comes from.

    (data, target) : tuple if ``return_X_y`` is True
        As above.

    Raises
    ------
    OSError
        If the data are missing and may not be downloaded, or if titles are missing
        from the copy.

    See Also
    --------
    fetch_newsgroups : Longer texts.

    References
    ----------
    .. [1] J. Xu, P. Wang, G. Tian, B. Xu, J. Zhao, F. Wang and H. Hao, "Short text
       clustering via convolutional neural networks", Workshop on Vector Space Modeling
       for Natural Language Processing, 2015.

    Examples
    --------
    >>> from skdeepcluster.datasets import fetch_stackoverflow
    >>> titles, y = fetch_stackoverflow(return_X_y=True)  # doctest: +SKIP
    >>> len(titles)  # doctest: +SKIP
    20000
    """
    path = data_folder(data_home) / "stackoverflow.json.xz"
    source = path
    if path.exists():
        titles = read_json(path)
        with checked(path):
            data, target = titles["text"], titles["label"]
    elif download_if_missing:
        source = _SOURCE
        data = _read_lines("title_StackOverflow.txt", n_retries, delay)
        lines = _read_lines("label_StackOverflow.txt", n_retries, delay)
        with checked(source):
            target = [int(line.split()[-1]) - 1 for line in lines]
    else:
        raise missing_error("The Stack Overflow data set", path.parent)
    with checked(source):
        check_texts(data, target, len(_TAGS))
        sizes = np.bincount(target, minlength=len(_TAGS))
        if any(sizes != _TITLES_PER_TAG):
            raise ValueError(
                f"it has {len(data)} titles, but not {_TITLES_PER_TAG} for each of "
                f"{len(_TAGS)} tags"
            )
    if source != path:
        write_json(path, {"text": data, "label": target})
    target = np.asarray(target, dtype=np.int64)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        target_names=list(_TAGS),
        DESCR=(
            "Stack Overflow: 20,000 titles of questions, 1,000 for each of 20 tags. "
            "J. Xu and others, Short text clustering via convolutional neural "
            "networks, Workshop on Vector Space Modeling for Natural Language "
            "Processing, 2015."
        ),
    )
