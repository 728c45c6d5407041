"""What is kept of fits on disk, for others to go on from."""

import contextlib
import io
import re
import shutil
import time
from collections.abc import Iterator
from contextvars import ContextVar
from os import PathLike
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import scipy.sparse as sp
import torch

from .._compat import COUNT, validate_params
from .._files import whole
from .._settings import settings
from .._typing import StrPath
from .._version import __version__
from .._warn import warn


@validate_params({"path": [str, PathLike], "every": [COUNT]})
@contextlib.contextmanager
def resumable(path: StrPath, *, every: int = 1) -> "Iterator[Journal]":
    """Keep the state of the fits in a block, and go on from what was kept.

    A fit that was cut off, by Ctrl-C or the end of the process, goes on in a new call
    of the same block: from the last epoch that was written, to the same result, bit
    for bit (on the same machine, with as many threads). What is nested in a fit, such
    as the pre-training of an autoencoder, and fits one after the other, such as those
    of a search or a pipeline, are kept as well, in this process: not those of
    ``n_jobs``.

    Parameters
    ----------
    path : str or path-like
        A folder of its own for the state, made if it is not there. The state is
        removed when the block ends without an error.

    every : int, default=1
        Number of epochs between two writings. The state is several times as large as
        the network.

    Yields
    ------
    journal : object
        Its ``seconds`` are those since the block began without the writing, those
        before it was cut off included.

    Raises
    ------
    ValueError
        If ``every`` is not a positive int, or the folder has the state of other fits:
        of another estimator, of other parameters or data, or of another version of
        this package.

    Warns
    -----
    UserWarning
        If the state cannot be written, such as to a full disk, or cannot be read: the
        fit goes on, and begins anew where it must.

    Notes
    -----
    What is written is moved into place as a whole, so that a file is never half
    written. Files hold numbers and names; reading them runs no code. Of the callbacks
    the attributes that skorch's have after a fit are kept (``misses_``,
    ``lr_scheduler_``, ...). With ``random_state=None`` the seed is kept, too.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import Autoencoder, resumable
    >>> X = load_digits().data / 16
    >>> with TemporaryDirectory() as folder:
    ...     with resumable(Path(folder, "fit"), every=10):
    ...         autoencoder = Autoencoder(2, (64,), max_epochs=20).fit(X)
    >>> len(autoencoder.history_)
    20
    """
    journal = Journal(Path(path), every)
    token = _current.set(journal)
    try:
        yield journal
    finally:
        _current.reset(token)
    journal.remove()


def current_journal() -> "Journal":
    """Return the journal of the block, or one that keeps nothing.

    Returns
    -------
    Journal
        The journal.
    """
    return _current.get() or Journal()


class Journal:
    """The steps of fits, in the order in which they begin, a file for each.

    Parameters
    ----------
    folder : Path, default=None
        Where the files are; None: nothing is kept.

    every : int, default=1
        Number of epochs between two writings.
    """

    def __init__(self, folder: Path | None = None, every: int = 1):
        self.folder = folder
        self.every = every
        self.n_steps = 0
        self.seconds_before = 0.0
        self.seconds_of_writing = 0.0
        self.began = time.perf_counter()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def seconds(self) -> float:
        """Seconds in the block without the writing, before it was cut off included."""
        now = time.perf_counter()
        return self.seconds_before + now - self.began - self.seconds_of_writing

    def begin_fit(self, estimator, X, rng):
        """Write who is fitted to what, or check it, and give ``rng`` its state.

        Parameters
        ----------
        estimator : estimator
            The estimator.

        X : ndarray, memmap or CSR matrix of shape (n_samples, n_features)
            The data.

        rng : RandomState
            The fit's source of seeds.
        """
        if self.folder is None:
            return
        fit = f"{type(estimator).__name__}: {_digest(estimator, X)}"
        step = self.step("fit")
        saved = step.load()
        if saved is None:
            step.save(fit=fit, rng=rng_state(rng))
        elif saved["fit"] != fit:
            self.refuse(f"begins with a fit of {saved['fit'].partition(':')[0]}")
        else:
            set_rng_state(rng, saved["rng"])

    def remember(self, name, function, rng):
        """Return what ``function`` returns, or has returned before.

        Parameters
        ----------
        name : str
            What it is.

        function : callable
            Returns a tuple of arrays, None, and lists of dicts of numbers and names.

        rng : RandomState
            What it draws from.

        Returns
        -------
        tuple
            What it returned.
        """
        step = self.step(name)
        saved = step.load()
        if saved is None:
            parts = function()
            tensors = [
                torch.from_numpy(part) if isinstance(part, np.ndarray) else part
                for part in parts
            ]
            step.save(parts=tensors, rng=rng_state(rng))
            return parts
        set_rng_state(rng, saved["rng"])
        # The steps within are not taken again.
        self.n_steps = saved["n_steps"]
        return tuple(
            part.numpy() if isinstance(part, torch.Tensor) else part
            for part in saved["parts"]
        )

    def is_due(self, n_epochs):
        """Return whether to write after so many epochs of a stage."""
        return self.folder is not None and n_epochs % self.every == 0

    def step(self, title):
        """Begin the next step, and return its place in the journal."""
        self.n_steps += 1
        return Step(self, title, self.n_steps)

    def refuse(self, reason):
        """Refuse a state that is not that of these fits."""
        raise ValueError(
            f"path={str(self.folder)!r} has the state of other fits: it {reason}. "
            "Remove the folder to begin anew, or give these fits one of their own."
        )

    def remove(self):
        """Remove the files, and what a killed process left of one."""
        for path in self.folder.glob("step-*"):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        with contextlib.suppress(OSError):  # there is more in it
            self.folder.rmdir()


class Step:
    """One step's place in the journal.

    Parameters
    ----------
    journal : Journal
        The journal.

    title : str
        What the step does.

    number : int
        Its number, from 1 on.
    """

    def __init__(self, journal, title, number):
        self.journal = journal
        self.title = title
        self.number = number

    @property
    def path(self):
        return self.journal.folder / f"step-{self.number:05}.pt"

    def load(self):
        """Return what was saved, a dict, or None."""
        if self.journal.folder is None or not self.path.exists():
            return None
        try:
            saved = torch.load(self.path, map_location="cpu", weights_only=True)
            title, version = saved["title"], saved["version"]
            seconds = float(saved["seconds"])
        except Exception as error:  # of torch, zipfile, pickle, ...: damaged somewhere
            warn(
                f"{self.path} cannot be read ({type(error).__name__}: {error}). Its "
                f"step, {self.title!r}, begins anew.",
                UserWarning,
            )
            return None
        self.journal.seconds_before = max(self.journal.seconds_before, seconds)
        if version != __version__:
            self.journal.refuse(f"was written by version {version}, this is another")
        if title != self.title:
            self.journal.refuse(f"has the step {title!r} in the place of this one")
        return saved

    def save(self, **state):
        """Write what is to be loaded, in the place of what was."""
        if self.journal.folder is None:
            return
        began = time.perf_counter()
        everything = {
            "title": self.title,
            "version": __version__,
            "seconds": self.journal.seconds,
            "n_steps": self.journal.n_steps,
            **state,
        }
        buffer = io.BytesIO()  # torch has no error of its own for a full disk
        torch.save(everything, buffer)
        try:
            with whole(self.path) as part:
                part.write_bytes(buffer.getbuffer())
        except OSError as error:
            warn(
                f"The state of the fit cannot be written to {self.path}: {error}. The "
                "fit goes on; if it is cut off, it begins where it was last written.",
                UserWarning,
            )
        self.journal.seconds_of_writing += time.perf_counter() - began


_current: ContextVar[Journal | None] = ContextVar("journal", default=None)


def rng_state(rng):
    """Return the state of a RandomState, of types that torch loads."""
    name, keys, *numbers = rng.get_state()
    return [name, torch.from_numpy(keys.astype(np.int64)), *numbers]


def set_rng_state(rng, state):
    """Give a RandomState such a state."""
    name, keys, *numbers = state
    rng.set_state((name, keys.numpy().astype(np.uint32), *numbers))


def state_of(values):
    """Return those of named values, or their ``state_dict``, that torch loads."""
    states = {
        name: value.state_dict() if _has_state(value) else value
        for name, value in values.items()
    }
    return {name: state for name, state in states.items() if _is_plain(state)}


def restore(owner, state):
    """Give an object's attributes such a state."""
    for name, value in state.items():
        own = getattr(owner, name, None)
        if _has_state(own):
            own.load_state_dict(value)
        else:
            setattr(owner, name, value)


def _has_state(value):
    return hasattr(value, "load_state_dict") and not isinstance(value, type)


def _is_plain(value: Any) -> bool:
    """Return whether a value is of numbers, names and tensors alone."""
    if isinstance(value, dict):
        return all(_is_plain(part) for pair in value.items() for part in pair)
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return type(value) in (bool, int, float, str, type(None), torch.Tensor)


def _digest(estimator, X):
    """Return what identifies a fit: the parameters, but for verbosity, and the data."""
    params = re.sub('"verbose": [^,}]*', "", settings(estimator))
    arrays = [X.data, X.indices, X.indptr] if sp.issparse(X) else [X]
    return joblib.hash([params, X.shape, *map(np.asarray, arrays)])
