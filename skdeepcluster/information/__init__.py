"""Methods that maximise the information between rows and clusters."""

from ._imsat import IMSAT

__all__ = ["IMSAT"]
