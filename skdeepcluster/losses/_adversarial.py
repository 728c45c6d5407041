"""Virtual adversarial training: small changes of a row that change its prediction."""

from collections.abc import Callable

import torch
from torch.nn.functional import normalize

from ._assignment import kl_divergence


def adversarial_direction(
    log_assign: Callable[[torch.Tensor], torch.Tensor],
    x: torch.Tensor,
    p: torch.Tensor,
    reach: torch.Tensor,
    n_steps: int = 1,
) -> torch.Tensor:
    r"""Find the directions in which the predictions for rows change most.

    They are found by power steps from a random direction :math:`d`,

    .. math:: d \leftarrow g / \|g\|, \qquad
              g = \nabla_d \, KL\big(p \,\|\, q(x + \xi d)\big)

    which for a small reach :math:`\xi` lead to the first eigenvector of the Fisher
    information of the row.

    Parameters
    ----------
    log_assign : callable
        From rows (n, d) to the logarithms of their probabilities (n, k).

    x : tensor of shape (n, d)
        The rows.

    p : tensor of shape (n, k)
        What the probabilities are at ``x``, a constant.

    reach : tensor of shape (n,)
        How far from each row, :math:`\xi`, the gradient is taken.

    n_steps : int, default=1
        Number of power steps.

    Returns
    -------
    tensor of shape (n, d)
        The directions, of unit length, without a gradient; 0 for a row whose
        prediction nothing changes.
    """
    # The squares of smaller lengths are no numbers.
    least = torch.finfo(x.dtype).tiny ** 0.5
    direction = normalize(torch.randn_like(x), dim=1)
    for _ in range(n_steps):
        direction.requires_grad_()
        divergence = kl_divergence(p, log_assign(x + reach[:, None] * direction))
        (gradient,) = torch.autograd.grad(divergence.sum(), direction)
        direction = normalize(gradient, dim=1, eps=least)
    return direction
