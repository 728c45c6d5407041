"""Soft assignments to centers, and what they are compared with."""

import torch

# Of a fixed point that a step brings at least halfway nearer.
_N_STEPS = 60


def squared_distances(z: torch.Tensor, centers: torch.Tensor) -> torch.Tensor:
    r"""Squared Euclidean distances :math:`\|z_i - \mu_k\|^2`.

    By explicit differences: the expansion into a matrix product cancels in float32
    when the data lie far from the origin.

    Parameters
    ----------
    z : tensor of shape (n, d)
        Points.

    centers : tensor of shape (k, d)
        Centers.

    Returns
    -------
    tensor of shape (n, k)
        The squared distances.
    """
    return (z[:, None] - centers).square().sum(-1)


def student_t_log_assignment(
    z: torch.Tensor, centers: torch.Tensor, dof: float = 1.0
) -> torch.Tensor:
    r"""Logarithm of the Student-t soft assignment of DEC.

    .. math:: q_{ik} \propto (1 + \|z_i - \mu_k\|^2 / \nu)^{-(\nu + 1) / 2}

    Parameters
    ----------
    z : tensor of shape (n, d)
        Points.

    centers : tensor of shape (k, d)
        Centers.

    dof : float, default=1.0
        Degrees of freedom :math:`\nu`.

    Returns
    -------
    tensor of shape (n, k)
        :math:`\log q`, each row a distribution.
    """
    distances = squared_distances(z, centers)
    return (-(dof + 1) / 2 * torch.log1p(distances / dof)).log_softmax(1)


def target_distribution(
    log_q: torch.Tensor, frequencies: torch.Tensor | None = None
) -> torch.Tensor:
    r"""Sharpened assignments that DEC pulls the assignments towards.

    .. math:: p_{ik} \propto q_{ik}^2 / f_k, \qquad f_k = \sum_i q_{ik}

    Parameters
    ----------
    log_q : tensor of shape (n, k)
        Logarithms of the assignment.

    frequencies : tensor of shape (k,), default=None
        The soft cluster sizes :math:`f`; None means those of the rows given.

    Returns
    -------
    tensor of shape (n, k)
        :math:`p`, each row a distribution.
    """
    if frequencies is None:
        frequencies = log_q.exp().sum(0)
    return (2 * log_q - _log_size(frequencies)).softmax(1)


def balanced_frequencies(log_q: torch.Tensor) -> torch.Tensor:
    r"""Mean of the target of DEPICT's paper.

    The solution of

    .. math:: f_k = \frac1n \sum_i \frac{q_{ik} / f_k}{\sum_l q_{il} / f_l}.

    Parameters
    ----------
    log_q : tensor of shape (n, k)
        Logarithms of the assignment.

    Returns
    -------
    tensor of shape (k,)
        :math:`f`.
    """
    log_f = log_q.new_zeros(log_q.shape[1])
    for _ in range(_N_STEPS):
        mean = (log_q - log_f).softmax(1).mean(0)
        # Half of a step: whole ones go to and fro. The first is the paper's.
        log_f = (log_f + _log_size(mean)) / 2
    return log_f.exp()


def balanced_target(
    log_q: torch.Tensor, frequencies: torch.Tensor | None = None
) -> torch.Tensor:
    r"""Balanced assignments that DEPICT's paper pulls the assignments towards.

    .. math:: p_{ik} \propto q_{ik} / f_k, \qquad f_k = \frac1n \sum_i p_{ik}

    Of all :math:`p`, they have the least sum of :math:`\frac1n \sum_i KL(p_i \| q_i)`
    and the divergence of their mean from the uniform distribution.

    Parameters
    ----------
    log_q : tensor of shape (n, k)
        Logarithms of the assignment.

    frequencies : tensor of shape (k,), default=None
        The mean :math:`f`; None means that of the rows given.

    Returns
    -------
    tensor of shape (n, k)
        :math:`p`, each row a distribution.
    """
    if frequencies is None:
        frequencies = balanced_frequencies(log_q)
    return (log_q - _log_size(frequencies)).softmax(1)


def _log_size(sizes):
    # An empty cluster's size may underflow to zero, and 0 / 0 with it.
    return sizes.clamp_min(torch.finfo(sizes.dtype).tiny).log()


def kl_divergence(p: torch.Tensor, log_q: torch.Tensor) -> torch.Tensor:
    r"""Kullback-Leibler divergence of each row.

    .. math:: \sum_k p_{ik} \log (p_{ik} / q_{ik}), \qquad 0 \log 0 = 0

    Parameters
    ----------
    p : tensor of shape (n, k)
        Probabilities.

    log_q : tensor of shape (n, k)
        Logarithms of probabilities.

    Returns
    -------
    tensor of shape (n,)
        The divergences.
    """
    return (torch.special.xlogy(p, p) - p * log_q).sum(1)
