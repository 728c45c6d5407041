"""Losses: pure functions of tensors."""

from ._assignment import (
    kl_divergence,
    squared_distances,
    student_t_log_assignment,
    target_distribution,
)
from ._mixture import (
    expected_gaussian_log_density,
    gaussian_log_density,
    mixture_kl,
    mixture_nll,
)
from ._reconstruction import (
    bernoulli_nll,
    gaussian_kl,
    reconstruction_nll,
    squared_error,
)

__all__ = [
    "bernoulli_nll",
    "expected_gaussian_log_density",
    "gaussian_kl",
    "gaussian_log_density",
    "kl_divergence",
    "mixture_kl",
    "mixture_nll",
    "reconstruction_nll",
    "squared_distances",
    "squared_error",
    "student_t_log_assignment",
    "target_distribution",
]
