"""Posts to newsgroups."""

from pathlib import Path
from typing import Literal

import numpy as np
from sklearn.datasets import fetch_20newsgroups
from sklearn.utils import Bunch

from .._compat import validate_params
from .._typing import BunchOrTuple, StrPath
from ._files import (
    FETCHING,
    SUBSETS,
    check_texts,
    checked,
    data_folder,
    missing_error,
    read_json,
)

_SIZES = {"train": 11_314, "test": 7_532}


def _read(path, split):
    """Return texts, classes and their names of one split from the file."""
    posts = read_json(path)
    with checked(path):
        rows = [i for i, name in enumerate(posts["split"]) if name == split]
        texts = [posts["text"][i] for i in rows]
        return texts, [posts["label"][i] for i in rows], posts["target_names"]


def _download(folder, split, download_if_missing, n_retries, delay):
    """Return texts, classes and their names of one split from scikit-learn."""
    try:
        posts = fetch_20newsgroups(
            data_home=folder,
            subset=split,
            shuffle=False,
            download_if_missing=download_if_missing,
            n_retries=n_retries,
            delay=delay,
        )
    except OSError as error:
        if download_if_missing:
            raise
        raise missing_error("The 20 newsgroups data set", folder) from error
    # scikit-learn keeps the posts in a shuffled order.
    keys = zip(posts.target, (Path(name).name for name in posts.filenames), strict=True)
    order = [i for _, i in sorted((key, i) for i, key in enumerate(keys))]
    return [posts.data[i] for i in order], posts.target[order], posts.target_names


@validate_params({**FETCHING, "subset": SUBSETS})
def fetch_newsgroups(
    *,
    subset: Literal["all", "train", "test"] = "all",
    data_home: StrPath | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    n_retries: int = 3,
    delay: float = 1.0,
) -> BunchOrTuple:
    """Load the 20 newsgroups posts as raw text (18,846 documents, 20 classes).

    The "by date" version with headers, footers and quotes left in, as the clustering
    papers use it.

    Parameters
    ----------
    subset : {'all', 'train', 'test'}, default='all'
        'train' for the 11,314 earlier posts, 'test' for the 7,532 later ones, 'all'
        for both in this order.

    data_home : str or path-like, default=None
        The folder that holds ``newsgroups20.json.xz`` or scikit-learn's copy of the
        data set, and where the latter is kept after the download. None stands for
        the folder named by the environment variable ``SKDEEPCLUSTER_DATA`` if it is
        set, else for scikit-learn's :func:`~sklearn.datasets.get_data_home`.

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

        data : list of str of length n_samples
            The posts, ordered by class and file name within 'train' and 'test'.
        target : ndarray of shape (n_samples,), dtype=int64
            The newsgroup of each post.
        target_names : list of str
            The name of each newsgroup.
        DESCR : str
            What it is and where it comes from.

    (data, target) : tuple if ``return_X_y`` is True
        As above.

    Raises
    ------
    ValueError
        If `subset` is unknown.

    OSError
        If the data are missing and may not be downloaded, or if posts are missing
        from the copy.

    See Also
    --------
    fetch_rcv1_topics : News stories as term weights.
    sklearn.datasets.fetch_20newsgroups : The source, with more options.

    Notes
    -----
    Headers name the newsgroup's subject, and quotes repeat other posts; both make
    the task easier than clustering of unseen text would be.

    References
    ----------
    .. [1] K. Lang, "NewsWeeder: learning to filter netnews", International
       Conference on Machine Learning, 1995.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import TfidfVectorizer
    >>> from skdeepcluster.datasets import fetch_newsgroups
    >>> texts, y = fetch_newsgroups(return_X_y=True)  # doctest: +SKIP
    >>> X = TfidfVectorizer(max_features=2000).fit_transform(texts)  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (18846, 2000)
    """
    splits = {"train": ["train"], "test": ["test"], "all": ["train", "test"]}
    folder = data_folder(data_home)
    path = folder / "newsgroups20.json.xz"
    source = path if path.exists() else folder
    data, classes = [], []
    for split in splits[subset]:
        if path.exists():
            texts, labels, target_names = _read(path, split)
        else:
            texts, labels, target_names = _download(
                folder, split, download_if_missing, n_retries, delay
            )
        with checked(source):
            if len(texts) != _SIZES[split]:
                raise ValueError(
                    f"the {split} set has {len(texts)} posts instead of {_SIZES[split]}"
                )
            check_texts(texts, labels, len(target_names))
        data.extend(texts)
        classes.extend(labels)
    target = np.asarray(classes, dtype=np.int64)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        target_names=list(target_names),
        DESCR=(
            "20 newsgroups, sorted by date into a training and a test set: 18,846 "
            "posts as raw text, nothing removed. K. Lang, NewsWeeder: learning to "
            "filter netnews, International Conference on Machine Learning, 1995."
        ),
    )
