"""Documents: posts, titles and docstrings as text, news stories as term weights."""

import inspect
import json
import re
from importlib import import_module
from pathlib import Path
from time import sleep
from typing import Literal
from urllib.request import urlopen

import numpy as np
import scipy
import sklearn
from scipy.sparse import csr_array
from sklearn.datasets import fetch_20newsgroups, fetch_rcv1
from sklearn.preprocessing import normalize
from sklearn.utils import Bunch, check_random_state

from .._typing import BunchOrTuple, StrPath
from ._files import (
    check_subset,
    damaged_error,
    data_folder,
    missing_error,
    open_xz,
    read_arrays,
    write_json,
)

_NEWSGROUPS_SIZES = {"train": 11_314, "test": 7_532}
_STACKOVERFLOW_SOURCE = (
    "https://raw.githubusercontent.com/jacoxu/StackOverflow/master/rawText/"
)
_STACKOVERFLOW_TAGS = [
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
_STACKOVERFLOW_TITLES_PER_TAG = 1_000
_RCV1_TOPICS = ["CCAT", "ECAT", "GCAT", "MCAT"]
_RCV1_N_FEATURES = 47_236
_RCV1_SAMPLE_SHAPE = 10_000, 2_000
_DOCUMENTED_MODULES = [
    "scipy.interpolate",
    "scipy.linalg",
    "scipy.ndimage",
    "scipy.optimize",
    "scipy.signal",
    "scipy.special",
    "scipy.stats",
    "sklearn.metrics",
]


def _read_newsgroups(path, split):
    """Return texts, classes and their names of one split from the file."""
    with open_xz(path) as stream:
        posts = json.load(stream)
        rows = [i for i, name in enumerate(posts["split"]) if name == split]
        texts = [posts["text"][i] for i in rows]
        return texts, [posts["label"][i] for i in rows], posts["target_names"]


def _download_newsgroups(folder, split, download_if_missing, n_retries, delay):
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
    check_subset(subset, splits)
    folder = data_folder(data_home)
    path = folder / "newsgroups20.json.xz"
    data, classes = [], []
    for split in splits[subset]:
        if path.exists():
            texts, labels, target_names = _read_newsgroups(path, split)
        else:
            texts, labels, target_names = _download_newsgroups(
                folder, split, download_if_missing, n_retries, delay
            )
        if len(texts) != _NEWSGROUPS_SIZES[split]:
            raise damaged_error(
                path if path.exists() else folder,
                f"the {split} set has {len(texts)} posts instead of "
                f"{_NEWSGROUPS_SIZES[split]}",
            )
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


def _read_lines(name, n_retries, delay):
    """Return the lines of a file of the source of the titles."""
    for retry in range(n_retries + 1):
        try:
            with urlopen(_STACKOVERFLOW_SOURCE + name) as page:
                return page.read().decode("utf-8", errors="replace").splitlines()
        except OSError:
            if retry == n_retries:
                raise
            sleep(delay)


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
    if path.exists():
        with open_xz(path) as stream:
            titles = json.load(stream)
            data, target = titles["text"], titles["label"]
    elif download_if_missing:
        data = _read_lines("title_StackOverflow.txt", n_retries, delay)
        lines = _read_lines("label_StackOverflow.txt", n_retries, delay)
        try:
            target = [int(line.split()[-1]) - 1 for line in lines]
        except (IndexError, ValueError) as error:
            raise damaged_error(_STACKOVERFLOW_SOURCE, repr(error)) from error
    else:
        raise missing_error("The Stack Overflow data set", path.parent)
    sizes = np.bincount(target, minlength=len(_STACKOVERFLOW_TAGS))
    if len(data) != len(target) or any(sizes != _STACKOVERFLOW_TITLES_PER_TAG):
        raise damaged_error(
            path if path.exists() else _STACKOVERFLOW_SOURCE,
            f"it has {len(data)} titles and {len(target)} tags instead of "
            f"{_STACKOVERFLOW_TITLES_PER_TAG} titles for each of "
            f"{len(_STACKOVERFLOW_TAGS)} tags",
        )
    if not path.exists():
        write_json(path, {"text": data, "label": target})
    target = np.asarray(target, dtype=np.int64)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        target_names=list(_STACKOVERFLOW_TAGS),
        DESCR=(
            "Stack Overflow: 20,000 titles of questions, 1,000 for each of 20 tags. "
            "J. Xu and others, Short text clustering via convolutional neural "
            "networks, Workshop on Vector Space Modeling for Natural Language "
            "Processing, 2015."
        ),
    )


def _read_rcv1(path):
    """Return weights, classes and the rows of the benchmark sample from the file."""
    data, indices, indptr, shape, y, rows = read_arrays(
        path, "data", "indices", "indptr", "shape", "y", "sub10k"
    )
    X = csr_array((data, indices.astype(np.int32), indptr), shape=tuple(shape))
    return X, y, rows


def _download_rcv1(folder, download_if_missing, n_retries, delay):
    """Return weights, classes and the rows of a fixed sample from scikit-learn."""
    try:
        rcv1 = fetch_rcv1(
            data_home=folder,
            download_if_missing=download_if_missing,
            n_retries=n_retries,
            delay=delay,
        )
    except OSError as error:
        if download_if_missing:
            raise
        raise missing_error("RCV1", folder) from error
    topics = np.searchsorted(rcv1.target_names, _RCV1_TOPICS)
    roots = rcv1.target[:, topics].toarray()
    single = np.flatnonzero(roots.sum(axis=1) == 1)
    X = csr_array(rcv1.data[single]).astype(np.float32)
    n_sampled = min(_RCV1_SAMPLE_SHAPE[0], len(single))
    rows = check_random_state(0).choice(len(single), n_sampled, replace=False)
    return X, roots[single].argmax(axis=1), np.sort(rows)


def _most_frequent_terms(X, n_terms):
    """Return the columns that the most documents use, in increasing order."""
    document_frequencies = np.bincount(X.indices, minlength=X.shape[1])
    return np.sort(np.argsort(-document_frequencies, kind="stable")[:n_terms])


def fetch_rcv1_topics(
    *,
    subset: Literal["10k", "all"] = "10k",
    data_home: StrPath | None = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    n_retries: int = 3,
    delay: float = 1.0,
) -> BunchOrTuple:
    """Load news stories of Reuters with one root topic each (sparse, 4 classes).

    The documents of RCV1-v2 that have exactly one of the topics CCAT (corporate and
    industrial), ECAT (economics), GCAT (government and social) and MCAT (markets), as
    weights of terms. This is the task known as "Reuters-10k", on another sample of
    the same corpus: the papers did not publish theirs.

    Parameters
    ----------
    subset : {'10k', 'all'}, default='10k'
        '10k' for a fixed sample of 10,000 documents and the 2,000 terms that most of
        them use. 'all' for all documents of the source and all 47,236 terms.

    data_home : str or path-like, default=None
        The folder that holds ``rcv1_4class.npz.xz`` or scikit-learn's copy of the
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

        data : CSR array of shape (n_samples, n_features), dtype=float32
            The weights of the terms, in rows of Euclidean norm 1.
        target : ndarray of shape (n_samples,), dtype=int64
            The root topic of each document.
        target_names : list of str
            The name of each topic.
        DESCR : str
            What it is, which documents were read and where they come from.

    (data, target) : tuple if ``return_X_y`` is True
        As above.

    Raises
    ------
    ValueError
        If `subset` is unknown.

    OSError
        If the data are missing and may not be downloaded, or if the copy has not
        the expected size.

    See Also
    --------
    fetch_newsgroups : Posts to newsgroups, as text.
    sklearn.datasets.fetch_rcv1 : The source: all documents and all topics.

    Notes
    -----
    Both subsets depend on the source, which DESCR names. ``rcv1_4class.npz.xz``
    holds a selection of 23,428 documents and the rows of its own sample. The
    download has all documents of the corpus, and the sample is drawn from them with
    a fixed seed. Results on the two samples are not comparable digit by digit.

    References
    ----------
    .. [1] D. D. Lewis, Y. Yang, T. G. Rose and F. Li, "RCV1: a new benchmark
       collection for text categorization research", Journal of Machine Learning
       Research 5 (2004), pp. 361-397.

    .. [2] J. Xie, R. Girshick and A. Farhadi, "Unsupervised deep embedding for
       clustering analysis", International Conference on Machine Learning, 2016.

    Examples
    --------
    >>> from skdeepcluster.datasets import fetch_rcv1_topics
    >>> X, y = fetch_rcv1_topics(return_X_y=True)  # doctest: +SKIP
    >>> X.shape  # doctest: +SKIP
    (10000, 2000)
    """
    check_subset(subset, ["10k", "all"])
    folder = data_folder(data_home)
    path = folder / "rcv1_4class.npz.xz"
    if path.exists():
        X, y, rows = _read_rcv1(path)
        source = f"a selection of {len(y):,} documents in {path.name}"
    else:
        path = folder / "RCV1"
        X, y, rows = _download_rcv1(folder, download_if_missing, n_retries, delay)
        source = f"all {len(y):,} such documents of sklearn.datasets.fetch_rcv1"
    if X.shape[1] != _RCV1_N_FEATURES or len(rows) != _RCV1_SAMPLE_SHAPE[0]:
        raise damaged_error(
            path,
            f"it has {X.shape[1]} terms and a sample of {len(rows)} documents instead "
            f"of {_RCV1_N_FEATURES} and {_RCV1_SAMPLE_SHAPE[0]}",
        )
    if subset == "10k":
        X, y = X[rows], y[rows]
        X = X[:, _most_frequent_terms(X, _RCV1_SAMPLE_SHAPE[1])]
        source = f"a fixed sample, drawn from {source}"
    data, target = normalize(X), y.astype(np.int64)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        target_names=list(_RCV1_TOPICS),
        DESCR=(
            f"RCV1-v2 news stories with exactly one root topic: {data.shape[0]:,} "
            f"documents by {data.shape[1]:,} terms, log TF-IDF weights in unit rows. "
            f"Source: {source}. D. D. Lewis, Y. Yang, T. G. Rose and F. Li, RCV1: a "
            "new benchmark collection for text categorization research, Journal of "
            "Machine Learning Research 5 (2004), pp. 361-397."
        ),
    )


def _read_docstrings(module):
    """Return the different docstrings of a module, without what names the module."""
    things = (getattr(module, name) for name in module.__all__)
    docstrings = {
        inspect.getdoc(thing)
        for thing in things
        if inspect.isclass(thing)
        or inspect.isroutine(thing)
        or isinstance(thing, np.ufunc)
    }
    words = {word for name in _DOCUMENTED_MODULES for word in name.split(".")}
    names = re.compile(rf"\b({'|'.join(sorted(words))})\b")
    ends = r"(References|Examples)\n-+\n|\*\*Array API Standard Support"
    rest = re.compile(rf"^({ends})(?s:.*)|^.*>>>.*$", re.MULTILINE)
    return [
        names.sub("", rest.sub("", docstring))
        for docstring in sorted(filter(None, docstrings))
    ]


def load_docstrings(*, return_X_y: bool = False) -> BunchOrTuple:
    """Load docstrings of SciPy and scikit-learn (about 1,000 texts, 8 classes).

    Technical texts that are there wherever this package is: a demonstration, and a
    substitute for other texts where there is no network. The class of a docstring is
    the subpackage that its function or class is from.

    Parameters
    ----------
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : list of str of length n_samples
            The docstrings, ordered by class and then alphabetically.
        target : ndarray of shape (n_samples,), dtype=int64
            The subpackage of each docstring.
        target_names : list of str
            The name of each subpackage.
        DESCR : str
            What it is and where it comes from.

    (data, target) : tuple if ``return_X_y`` is True
        As above.

    See Also
    --------
    fetch_newsgroups : Longer texts, and more of them.
    fetch_stackoverflow : Short texts.

    Notes
    -----
    The texts are those of the installed versions of SciPy and scikit-learn, so that
    results on them do not compare between versions: this is no benchmark. Examples
    and references, which give the class away, are removed, as are the names of all
    subpackages, and the tables of supported array libraries, which many texts share.
    The classes are of unequal size: a third of the texts is from ``scipy.special``.

    Examples
    --------
    >>> from skdeepcluster.datasets import load_docstrings
    >>> docstrings = load_docstrings()
    >>> docstrings.target_names[:3]
    ['scipy.interpolate', 'scipy.linalg', 'scipy.ndimage']
    >>> len(docstrings.data) == len(docstrings.target)
    True
    """
    docstrings = [_read_docstrings(import_module(m)) for m in _DOCUMENTED_MODULES]
    data = [text for texts in docstrings for text in texts]
    sizes = [len(texts) for texts in docstrings]
    target = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        target_names=list(_DOCUMENTED_MODULES),
        DESCR=(
            f"Docstrings of the functions and classes of SciPy {scipy.__version__} and "
            f"scikit-learn {sklearn.__version__}: {len(data):,} texts of "
            f"{len(sizes)} subpackages, without examples, references, tables of "
            "supported array libraries and the names of the subpackages. Other "
            "versions have other texts."
        ),
    )
