"""Spectral clustering by networks."""

from ._spectralnet import SpectralNet

__all__ = ["SpectralNet"]
