"""Losses: pure functions of tensors."""

from ._assignment import (
    kl_divergence,
    squared_distances,
    student_t_log_assignment,
    target_distribution,
)
from ._reconstruction import (
    bernoulli_nll,
    gaussian_kl,
    squared_error,
)

__all__ = [
    "bernoulli_nll",
    "gaussian_kl",
    "kl_divergence",
    "squared_distances",
    "squared_error",
    "student_t_log_assignment",
    "target_distribution",
]
