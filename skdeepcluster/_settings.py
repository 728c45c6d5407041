"""What tells one estimator from another."""

import json
import re

import joblib
import numpy as np


def settings(estimator):
    """Return the class and the parameters of an estimator as JSON.

    Parameters
    ----------
    estimator : estimator
        The estimator.

    Returns
    -------
    str
        The same text in every process.
    """
    return json.dumps(_describe_estimator(estimator))


def _describe_estimator(estimator):
    has_params = hasattr(estimator, "get_params")
    params = estimator.get_params(deep=False) if has_params else vars(estimator)
    described = {name: _describe(params[name]) for name in sorted(params)}
    return {"class": _describe(type(estimator)), **described}


def _describe(value):
    """Turn a value into what JSON can hold and every process gives alike."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [_describe(item) for item in value]
    if isinstance(value, dict):
        return {str(_describe(key)): _describe(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}, hash {joblib.hash(value)}"
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    if hasattr(value, "get_params"):
        return _describe_estimator(value)
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))
