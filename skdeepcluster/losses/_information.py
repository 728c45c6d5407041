"""What rows, codes and clusters tell about each other."""

import math

import torch
from torch.nn.functional import softplus

from ._assignment import squared_distances
from ._reconstruction import gaussian_kl


def jensen_shannon_loss(joint: torch.Tensor, product: torch.Tensor) -> torch.Tensor:
    r"""Loss of a critic that tells joint draws from independent ones.

    .. math:: J = \langle \log(1 + e^{-t^+}) \rangle + \langle \log(1 + e^{t^-}) \rangle

    :math:`2 \log 2 - J` is a lower bound of twice the Jensen-Shannon divergence of the
    joint distribution from the product of its marginals, which is the mutual
    information that the code and the critic maximise together.

    Parameters
    ----------
    joint, product : tensors of any shape
        The critic's logits :math:`t^+` for draws of the joint distribution, and
        :math:`t^-` for those of the product.

    Returns
    -------
    tensor of shape ()
        The loss :math:`J`, a mean.
    """
    return softplus(-joint).mean() + softplus(product).mean()


def class_kl(
    log_q: torch.Tensor,
    mean: torch.Tensor,
    log_var: torch.Tensor,
    class_means: torch.Tensor,
) -> torch.Tensor:
    r"""Divergence of a code and its class from a prior with a normal for each class.

    .. math:: KL(q(z|x) q(c|x) \,\|\, p(c) p(z|c)) = \sum_c q_c \tfrac12 \sum_j
              \big((m_j - \mu_{cj})^2 + v_j - 1 - \log v_j\big) + \sum_c q_c \log K q_c

    Parameters
    ----------
    log_q : tensor of shape (n, k)
        Logarithms of the probabilities :math:`q(c|x)` of the :math:`K` classes.

    mean, log_var : tensors of shape (n, d)
        Means :math:`m` and logarithms of the variances :math:`v` of the codes.

    class_means : tensor of shape (k, d)
        Means :math:`\mu` of the classes, whose variances are one.

    Returns
    -------
    tensor of shape (n,)
        The divergences.
    """
    squares = squared_distances(mean, class_means)
    entropy_gap = log_q + math.log(log_q.shape[1])
    return (log_q.exp() * (0.5 * squares + entropy_gap)).sum(1) + gaussian_kl(
        torch.zeros_like(mean), log_var
    )


def entropy(log_p: torch.Tensor) -> torch.Tensor:
    r"""Entropy of each row, in nats.

    .. math:: -\sum_k p_{ik} \log p_{ik}

    Parameters
    ----------
    log_p : tensor of shape (..., k)
        Logarithms of probabilities.

    Returns
    -------
    tensor of shape (...)
        The entropies.
    """
    return -(log_p.exp() * log_p).sum(-1)


def size_divergence(log_p: torch.Tensor, log_prior: torch.Tensor) -> torch.Tensor:
    r"""Divergence of the clusters' sizes from those expected.

    .. math:: KL(\bar p \,\|\, \pi) = \sum_k \bar p_k \log (\bar p_k / \pi_k), \qquad
              \bar p_k = \langle p_{ik} \rangle_i

    For equal sizes :math:`\pi_k = 1 / K` it is :math:`\log K - H(\bar p)`. The mutual
    information of rows and clusters is :math:`H(\bar p)` minus the mean
    :func:`entropy`.

    Parameters
    ----------
    log_p : tensor of shape (n, k)
        Logarithms of the rows' probabilities.

    log_prior : tensor of shape (k,)
        Logarithms of the expected shares :math:`\pi`.

    Returns
    -------
    tensor of shape ()
        The divergence.
    """
    log_share = log_p.logsumexp(0) - math.log(len(log_p))
    return (log_share.exp() * (log_share - log_prior)).sum()
