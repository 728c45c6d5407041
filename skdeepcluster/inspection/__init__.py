"""Pictures of what a clusterer found."""

from ._embedding import EmbeddingDisplay

__all__ = ["EmbeddingDisplay"]
