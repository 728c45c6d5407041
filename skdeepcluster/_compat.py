"""The only place that imports private or experimental names of scikit-learn."""

from collections.abc import Callable
from numbers import Integral
from typing import Any, TypeVar

import numpy as np
from sklearn.base import _fit_context as fit_context
from sklearn.callback import CallbackSupportMixin
from sklearn.utils import _param_validation
from sklearn.utils._param_validation import StrOptions

__all__ = [
    "COUNT",
    "RANDOM_STATE",
    "CallbackSupportMixin",
    "HasMethods",
    "Interval",
    "StrOptions",
    "fit_context",
    "validate_params",
]

_Function = TypeVar("_Function", bound=Callable[..., Any])


class Interval(_param_validation.Interval):
    """Numbers from one to another; Python's True and False are none here."""

    def is_satisfied_by(self, val: Any) -> bool:
        return not isinstance(val, bool) and super().is_satisfied_by(val)


class HasMethods(_param_validation.HasMethods):
    """Objects with methods; a class is none, as it has nothing to call them on."""

    def is_satisfied_by(self, val: Any) -> bool:
        return not isinstance(val, type) and super().is_satisfied_by(val)


# Constraints that several have in common.
COUNT = Interval(Integral, 1, None, closed="left")
RANDOM_STATE = [
    Interval(Integral, 0, 2**32 - 1, closed="both"),
    np.random.RandomState,
    None,
]


def validate_params(constraints: dict[str, Any]) -> Callable[[_Function], _Function]:
    """Let a function refuse arguments that are not as the constraints say."""
    return _param_validation.validate_params(
        constraints, prefer_skip_nested_validation=False
    )
