"""Files that are written whole or not at all."""

import contextlib
import os
from pathlib import Path
from tempfile import TemporaryDirectory


@contextlib.contextmanager
def whole(path):
    """Yield a path to write to, whose file then takes the place of ``path``.

    After an exception, or where the process is killed, ``path`` is as it was. What is
    written beside the file goes with it.

    Parameters
    ----------
    path : str or path-like
        The file.
    """
    path = Path(path)
    # In the same folder, because only on one disk is a file moved in one step.
    with TemporaryDirectory(prefix=f"{path.name}.", dir=path.parent) as folder:
        yield Path(folder, path.name)
        parts = sorted(Path(folder).iterdir(), key=lambda part: part.name == path.name)
        for part in parts:  # the file itself at the end
            os.replace(part, path.with_name(part.name))
