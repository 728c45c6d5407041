"""Mixed precision for networks alone."""

import functools
from collections.abc import Callable
from typing import Any

import torch


def autocast(
    method: Callable[[Any, torch.Tensor], torch.Tensor],
) -> Callable[[Any, torch.Tensor], torch.Tensor]:
    """Run a module's method in the mixed precision that the module asks for.

    Decorates a method ``(self, x)`` that runs a network. Where ``self.precision`` is
    ``"bfloat16"``, its matrix products and convolutions are computed in bfloat16;
    the result has the dtype of ``x``, so that whatever is computed from it keeps
    full precision.

    Parameters
    ----------
    method : callable
        The method.

    Returns
    -------
    callable
        The decorated method.
    """

    @functools.wraps(method)
    def wrapper(self, x):
        # Few of the runtimes for exported networks have bfloat16.
        if self.precision is None or torch.compiler.is_exporting():
            return method(self, x)
        dtype = getattr(torch, self.precision)
        # Without the cache of rounded weights, which outlives a step where the caller
        # is inside of an autocast block as well.
        with torch.autocast(x.device.type, dtype, cache_enabled=False):
            return method(self, x).to(x.dtype)

    return wrapper
