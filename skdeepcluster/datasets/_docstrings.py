"""Docstrings of SciPy and scikit-learn."""

import inspect
import re
from importlib import import_module

import numpy as np
import scipy
import sklearn
from sklearn.utils import Bunch

from .._compat import validate_params
from .._typing import BunchOrTuple

_MODULES = [
    "scipy.interpolate",
    "scipy.linalg",
    "scipy.ndimage",
    "scipy.optimize",
    "scipy.signal",
    "scipy.special",
    "scipy.stats",
    "sklearn.metrics",
]


def _read(module):
    """Return the different docstrings of a module, without what names the module."""
    things = (getattr(module, name) for name in module.__all__)
    docstrings = {
        inspect.getdoc(thing)
        for thing in things
        if inspect.isclass(thing)
        or inspect.isroutine(thing)
        or isinstance(thing, np.ufunc)
    }
    words = {word for name in _MODULES for word in name.split(".")}
    names = re.compile(rf"\b({'|'.join(sorted(words))})\b")
    ends = r"(References|Examples)\n-+\n|\*\*Array API Standard Support"
    rest = re.compile(rf"^({ends})(?s:.*)|^.*>>>.*$", re.MULTILINE)
    return [
        names.sub("", rest.sub("", docstring))
        for docstring in sorted(filter(None, docstrings))
    ]


@validate_params({"return_X_y": ["boolean"]})
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
    docstrings = [_read(import_module(m)) for m in _MODULES]
    data = [text for texts in docstrings for text in texts]
    sizes = [len(texts) for texts in docstrings]
    target = np.repeat(np.arange(len(sizes), dtype=np.int64), sizes)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        target_names=list(_MODULES),
        DESCR=(
            f"Docstrings of the functions and classes of SciPy {scipy.__version__} and "
            f"scikit-learn {sklearn.__version__}: {len(data):,} texts of "
            f"{len(sizes)} subpackages, without examples, references, tables of "
            "supported array libraries and the names of the subpackages. Other "
            "versions have other texts."
        ),
    )
