"""Clusters that are subspaces of an autoencoder's codes."""

from ._dscnet import DSCNet

__all__ = ["DSCNet"]
