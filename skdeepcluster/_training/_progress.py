"""How far a stage is, on a terminal, in a notebook or in a log file."""

import sys
import time

from tqdm.asyncio import tqdm as terminal_bar
from tqdm.auto import tqdm


def progress_bar(title, max_epochs, *, disable):
    """Return a bar of tqdm, or lines where its control characters would be noise.

    Parameters
    ----------
    title : str
        What is being trained.

    max_epochs : int
        Number of epochs at most.

    disable : bool
        Whether to show nothing.

    Returns
    -------
    tqdm or ProgressLines
        A context manager with ``set_postfix`` and ``update``.
    """
    is_notebook = tqdm is not terminal_bar
    if disable or is_notebook or sys.stderr.isatty():
        return tqdm(total=max_epochs, desc=title, unit="epoch", disable=disable)
    return ProgressLines(title, max_epochs)


class ProgressLines:
    """What `ProgressBar` needs of a bar, as a line for each tenth of the epochs."""

    def __init__(self, title, max_epochs):
        self.title = title
        self.max_epochs = max_epochs
        self.epoch = self.shown = 0

    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, *error):
        if self.epoch > self.shown:  # the stage ended early
            self.show()

    def set_postfix(self, *, loss, refresh):
        self.loss = loss

    def update(self):
        self.epoch += 1
        tenths = self.epoch * 10 // self.max_epochs
        if tenths > self.shown * 10 // self.max_epochs:
            self.show()

    def show(self):
        self.shown = self.epoch
        seconds = (time.perf_counter() - self.start) / self.epoch
        left = tqdm.format_interval(seconds * (self.max_epochs - self.epoch))
        print(
            f"{self.title}: epoch {self.epoch}/{self.max_epochs}, "
            f"loss {self.loss}, at most {left} left",
            file=sys.stderr,
            flush=True,
        )
