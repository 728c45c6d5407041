"""Spectral clustering by networks."""

from ._dscdan import DSCDAN
from ._spectralnet import SpectralNet

__all__ = ["DSCDAN", "SpectralNet"]
