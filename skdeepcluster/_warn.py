"""Warnings that point at the user's line."""

import sys
import warnings
from pathlib import Path
from types import FrameType

import sklearn
from sklearn.exceptions import ConvergenceWarning

_OURS = (str(Path(__file__).parent), str(Path(sklearn.__file__).parent))


def warn(message: str, category: type[Warning] = ConvergenceWarning) -> None:
    """Warn at the line from which this package, or scikit-learn, was called.

    Parameters
    ----------
    message : str
        What happened, and what to do.

    category : type, default=ConvergenceWarning
        The warning's class.
    """
    frame: FrameType | None = sys._getframe(1)
    level = 2
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
