"""Everything that knows skorch."""

from ._callbacks import check_settings
from ._host import default_settings, isolated
from ._journal import current_journal, resumable
from ._net import Net
from ._run import Run

__all__ = [
    "Net",
    "Run",
    "check_settings",
    "current_journal",
    "default_settings",
    "isolated",
    "resumable",
]
