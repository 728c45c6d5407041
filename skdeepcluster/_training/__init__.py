"""Everything that knows skorch."""

from ._net import Net
from ._rng import isolated
from ._run import Run

__all__ = ["Net", "Run", "isolated"]
