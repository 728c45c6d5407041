"""Clustering with variational attention."""

from ._dvaec import DVAEC

__all__ = ["DVAEC"]
