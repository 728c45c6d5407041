"""Losses: pure functions of tensors."""

from ._assignment import (
    kl_divergence,
    squared_distances,
    student_t_log_assignment,
    target_distribution,
)
from ._gan import gradient_penalty, information_bound
from ._information import class_kl, jensen_shannon_loss
from ._mixture import (
    expected_gaussian_log_density,
    gaussian_log_density,
    mixture_kl,
    mixture_nll,
)
from ._reconstruction import (
    bernoulli_nll,
    direction_error,
    gaussian_kl,
    multinomial_nll,
    squared_error,
)
from ._spectral import (
    contrastive_loss,
    neighbor_affinity,
    neighbor_scale,
    pairwise_squared_distances,
    spectral_loss,
)

__all__ = [
    "bernoulli_nll",
    "class_kl",
    "contrastive_loss",
    "direction_error",
    "expected_gaussian_log_density",
    "gaussian_kl",
    "gaussian_log_density",
    "gradient_penalty",
    "information_bound",
    "jensen_shannon_loss",
    "kl_divergence",
    "mixture_kl",
    "mixture_nll",
    "multinomial_nll",
    "neighbor_affinity",
    "neighbor_scale",
    "pairwise_squared_distances",
    "spectral_loss",
    "squared_distances",
    "squared_error",
    "student_t_log_assignment",
    "target_distribution",
]
