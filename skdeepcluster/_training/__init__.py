"""Everything that knows skorch."""

from ._host import default_settings, isolated
from ._net import Net
from ._run import Run

__all__ = ["Net", "Run", "default_settings", "isolated"]
