"""Clustering by graphs of nearest neighbours, without training.

This subpackage needs neither torch nor skorch.
"""

from ._gdl import GraphDegreeLinkage
from ._landmark import LandmarkSpectralClustering

__all__ = ["GraphDegreeLinkage", "LandmarkSpectralClustering"]
