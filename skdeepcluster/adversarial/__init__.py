"""Clusters that are the classes of a generator: adversarial methods."""

from ._clustergan import ClusterGAN
from ._infogan import InfoGAN

__all__ = ["ClusterGAN", "InfoGAN"]
