"""The command line: a script about a file, which is shown, and run."""

from ._main import main

__all__ = ["main"]
