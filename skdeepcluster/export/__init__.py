"""Fitted estimators for other programs: weights, and ONNX."""

from ._onnx import to_onnx
from ._skops import trusted_types
from ._weights import load_weights, save_weights

__all__ = ["load_weights", "save_weights", "to_onnx", "trusted_types"]
