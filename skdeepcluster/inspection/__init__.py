"""Pictures of what a clusterer found, and of how it was trained."""

from ._confusion import ConfusionDisplay
from ._embedding import EmbeddingDisplay
from ._history import HistoryDisplay
from ._samples import SamplesDisplay
from ._sizes import ClusterSizesDisplay

__all__ = [
    "ClusterSizesDisplay",
    "ConfusionDisplay",
    "EmbeddingDisplay",
    "HistoryDisplay",
    "SamplesDisplay",
]
