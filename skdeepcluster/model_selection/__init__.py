"""How many clusters there are."""

from ._n_clusters import NumberOfClusters, find_n_clusters

__all__ = ["NumberOfClusters", "find_n_clusters"]
