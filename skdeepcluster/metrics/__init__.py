"""Measures of agreement between clusters and classes, and scorers for model selection.

This subpackage needs neither torch nor skorch.
"""

from ._scorers import (
    accuracy_scorer,
    ari_scorer,
    calinski_harabasz_scorer,
    nmi_scorer,
    objective_scorer,
    silhouette_scorer,
    stability_scorer,
)
from ._supervised import (
    aligned_contingency_matrix,
    clustering_accuracy_score,
    normalized_mutual_info_score,
    purity_score,
)

__all__ = [
    "accuracy_scorer",
    "aligned_contingency_matrix",
    "ari_scorer",
    "calinski_harabasz_scorer",
    "clustering_accuracy_score",
    "nmi_scorer",
    "normalized_mutual_info_score",
    "objective_scorer",
    "purity_score",
    "silhouette_scorer",
    "stability_scorer",
]
