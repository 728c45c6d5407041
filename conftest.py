"""Settings for all tests, and for the examples in docstrings."""

import os
import sys

# Before scikit-learn is imported: it runs its array API check only with this set.
os.environ.setdefault("SCIPY_ARRAY_API", "1")
# Before torch is: its threads would keep a core while they wait, from other processes.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import pytest
import torch
from hypothesis import settings

from skdeepcluster._training import Run

settings.register_profile("suite", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("fuzz", deadline=None, max_examples=10_000, print_blob=True)
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def one_thread():
    """Bitwise comparisons hold at an equal number of threads; small nets want one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def closed_figures():
    """Close what a test leaves open: pyplot warns of too many figures."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def short_stages(monkeypatch):
    """Cut training short where it counts that code runs, not how well it clusters."""
    stage = Run.stage

    def short(run, name, loss, max_epochs, **settings):
        stage(run, name, loss, min(max_epochs, 20), **settings)

    monkeypatch.setattr(Run, "stage", short)
