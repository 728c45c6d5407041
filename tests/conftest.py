"""Settings for all tests."""

import os

# Before scikit-learn is imported: it runs its array API check only with this set.
os.environ.setdefault("SCIPY_ARRAY_API", "1")

import pytest
import torch
from hypothesis import settings

settings.register_profile("suite", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("suite")


@pytest.fixture(autouse=True)
def one_thread():
    """Bitwise comparisons hold at an equal number of threads; small nets want one."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
