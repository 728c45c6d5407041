"""What a clusterer found, in words and pictures, and how it was trained."""

from ._confusion import ConfusionDisplay
from ._embedding import EmbeddingDisplay
from ._features import TopFeatures, TopFeaturesDisplay, top_features
from ._history import HistoryDisplay
from ._members import doubtful_members, typical_members
from ._n_clusters import NumberOfClustersDisplay
from ._profiles import (
    ClusterProfiles,
    ClusterProfilesDisplay,
    cluster_profiles,
)
from ._report import write_report
from ._samples import SamplesDisplay
from ._sizes import ClusterSizesDisplay

__all__ = [
    "ClusterProfiles",
    "ClusterProfilesDisplay",
    "ClusterSizesDisplay",
    "ConfusionDisplay",
    "EmbeddingDisplay",
    "HistoryDisplay",
    "NumberOfClustersDisplay",
    "SamplesDisplay",
    "TopFeatures",
    "TopFeaturesDisplay",
    "cluster_profiles",
    "doubtful_members",
    "top_features",
    "typical_members",
    "write_report",
]
