"""Terms of methods in which a generator and its critic play against each other."""

import math
from collections.abc import Callable

import torch
from torch.nn.functional import nll_loss


def gradient_penalty(
    critic: Callable[[torch.Tensor], torch.Tensor],
    real: torch.Tensor,
    generated: torch.Tensor,
    shares: torch.Tensor,
) -> torch.Tensor:
    r"""Penalty of a critic whose slope between two sets of rows is not one.

    .. math:: \big\langle (\|\nabla D(\tilde x)\| - 1)^2 \big\rangle, \qquad
              \tilde x = u x + (1 - u) g

    Parameters
    ----------
    critic : callable
        The critic :math:`D`, from rows (n, d) to a number for each (n,) that depends
        on no other row.

    real, generated : tensors of shape (n, d)
        The rows :math:`x` and :math:`g`.

    shares : tensor of shape (n, 1)
        The share :math:`u` of the real row, from 0 to 1, of each pair its own.

    Returns
    -------
    tensor of shape ()
        The penalty, a mean.
    """
    between = torch.lerp(generated, real, shares).detach().requires_grad_()
    (slopes,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    return (slopes.norm(dim=1) - 1).square().mean()


def information_bound(log_q: torch.Tensor, classes: torch.Tensor) -> torch.Tensor:
    r"""Bound of the information that rows have about the classes they are made of.

    .. math:: \log K + \langle \log q(c|x) \rangle \le I(c; x)

    Parameters
    ----------
    log_q : tensor of shape (n, k)
        Logarithms of the probabilities :math:`q(c|x)` that a network gives the
        :math:`K` classes.

    classes : tensor of shape (n,), dtype int64
        The classes, drawn evenly.

    Returns
    -------
    tensor of shape ()
        The bound, :math:`\log K` for a perfect network and 0 for one that tells
        nothing.
    """
    return math.log(log_q.shape[1]) - nll_loss(log_q, classes)
