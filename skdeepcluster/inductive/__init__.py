"""Networks that learn the clusters of any clusterer."""

from ._inductive import InductiveClusterer

__all__ = ["InductiveClusterer"]
