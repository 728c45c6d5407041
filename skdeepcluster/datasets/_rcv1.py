"""News stories of Reuters, as weights of terms."""

from typing import Literal

import numpy as np
from scipy.sparse import csr_array
from sklearn.datasets import fetch_rcv1
from sklearn.preprocessing import normalize
from sklearn.utils import Bunch, check_random_state

from .._compat import StrOptions, validate_params
from .._typing import BunchOrTuple, StrPath
from ._files import FETCHING, checked, data_folder, missing_error, read_arrays

_TOPICS = ["CCAT", "ECAT", "GCAT", "MCAT"]
_N_FEATURES = 47_236
_SAMPLE_SHAPE = 10_000, 2_000


def _read(path):
    """Return weights, classes and the rows of the benchmark sample from the file."""
    data, indices, indptr, shape, y, rows = read_arrays(
        path, "data", "indices", "indptr", "shape", "y", "sub10k"
    )
    with checked(path):
        X = csr_array((data, indices.astype(np.int32), indptr), shape=tuple(shape))
        X.check_format()
        return X, y, rows


def _download(folder, download_if_missing, n_retries, delay):
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
    topics = np.searchsorted(rcv1.target_names, _TOPICS)
    roots = rcv1.target[:, topics].toarray()
    single = np.flatnonzero(roots.sum(axis=1) == 1)
    X = csr_array(rcv1.data[single]).astype(np.float32)
    n_sampled = min(_SAMPLE_SHAPE[0], len(single))
    rows = check_random_state(0).choice(len(single), n_sampled, replace=False)
    return X, roots[single].argmax(axis=1), np.sort(rows)


def _most_frequent_terms(X, n_terms):
    """Return the columns that the most documents use, in increasing order."""
    document_frequencies = np.bincount(X.indices, minlength=X.shape[1])
    return np.sort(np.argsort(-document_frequencies, kind="stable")[:n_terms])


@validate_params({**FETCHING, "subset": [StrOptions({"10k", "all"})]})
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
    folder = data_folder(data_home)
    path = folder / "rcv1_4class.npz.xz"
    if path.exists():
        X, y, rows = _read(path)
        source = f"a selection of {X.shape[0]:,} documents in {path.name}"
    else:
        path = folder / "RCV1"
        X, y, rows = _download(folder, download_if_missing, n_retries, delay)
        source = f"all {X.shape[0]:,} such documents of sklearn.datasets.fetch_rcv1"
    with checked(path):
        if X.shape[1] != _N_FEATURES or len(rows) != _SAMPLE_SHAPE[0]:
            raise ValueError(
                f"it has {X.shape[1]} terms and a sample of {len(rows)} documents "
                f"instead of {_N_FEATURES} and {_SAMPLE_SHAPE[0]}"
            )
        if y.shape != X.shape[:1] or not np.isin(y, range(len(_TOPICS))).all():
            raise ValueError(f"it has no class for each of {X.shape[0]} documents")
        if subset == "10k":
            X, y = X[rows], y[rows]
            X = X[:, _most_frequent_terms(X, _SAMPLE_SHAPE[1])]
            source = f"a fixed sample, drawn from {source}"
        data, target = normalize(X), y.astype(np.int64)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        target_names=list(_TOPICS),
        DESCR=(
            f"RCV1-v2 news stories with exactly one root topic: {data.shape[0]:,} "
            f"documents by {data.shape[1]:,} terms, log TF-IDF weights in unit rows. "
            f"Source: {source}. D. D. Lewis, Y. Yang, T. G. Rose and F. Li, RCV1: a "
            "new benchmark collection for text categorization research, Journal of "
            "Machine Learning Research 5 (2004), pp. 361-397."
        ),
    )
