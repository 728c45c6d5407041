"""Losses: pure functions of tensors."""

from ._adversarial import adversarial_direction
from ._assignment import (
    balanced_frequencies,
    balanced_target,
    kl_divergence,
    squared_distances,
    student_t_log_assignment,
    target_distribution,
)
from ._gan import gradient_penalty, information_bound
from ._information import class_kl, entropy, jensen_shannon_loss, size_divergence
from ._mixture import (
    expected_gaussian_log_density,
    gaussian_log_density,
    mixture_kl,
    mixture_nll,
    neighborhood_kl,
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
from ._subspace import self_expression

__all__ = [
    "adversarial_direction",
    "balanced_frequencies",
    "balanced_target",
    "bernoulli_nll",
    "class_kl",
    "contrastive_loss",
    "direction_error",
    "entropy",
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
    "neighborhood_kl",
    "pairwise_squared_distances",
    "self_expression",
    "size_divergence",
    "spectral_loss",
    "squared_distances",
    "squared_error",
    "student_t_log_assignment",
    "target_distribution",
]
