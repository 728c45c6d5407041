"""Terms of mixtures, in which every expert or component sees every row."""

import math

import torch

_LOG_TWO_PI = math.log(2 * math.pi)


def mixture_nll(log_weights: torch.Tensor, distortions: torch.Tensor) -> torch.Tensor:
    r"""Negative log-likelihood of a mixture of experts.

    .. math:: -\log \sum_k p_{ik} e^{-d_{ik}}

    Parameters
    ----------
    log_weights : tensor of shape (n, k) or (k,)
        Logarithms of the weights :math:`p`.

    distortions : tensor of shape (n, k)
        Distortions :math:`d`, the experts' negative log-likelihoods.

    Returns
    -------
    tensor of shape (n,)
        The values, never less than the least distortion of the row.
    """
    return -(log_weights - distortions).logsumexp(1)


def gaussian_log_density(
    z: torch.Tensor, means: torch.Tensor, precisions_cholesky: torch.Tensor
) -> torch.Tensor:
    r"""Logarithm of normal densities.

    .. math:: \log N(z_i; \mu_k, (U_k U_k^T)^{-1}) = -\tfrac d2 \log 2\pi
              + \log \det U_k - \tfrac12 \|U_k^T (z_i - \mu_k)\|^2

    Parameters
    ----------
    z : tensor of shape (n, d)
        Points.

    means : tensor of shape (k, d)
        Means :math:`\mu`.

    precisions_cholesky : tensor of shape (k, d, d)
        Upper triangular factors :math:`U` of the inverse covariances, as
        :class:`sklearn.mixture.GaussianMixture` has them.

    Returns
    -------
    tensor of shape (n, k)
        The logarithms of the densities.
    """
    offsets = z - means[:, None]
    if torch.is_grad_enabled():
        whitened = offsets @ precisions_cholesky
    else:
        # Sums, because small matrix products round a row by its place in the batch.
        pairs = zip(offsets, precisions_cholesky, strict=True)
        whitened = torch.stack([(o[:, :, None] * u).sum(1) for o, u in pairs])
    log_det = precisions_cholesky.diagonal(dim1=1, dim2=2).log().sum(1)
    return log_det - 0.5 * (_LOG_TWO_PI + whitened.square()).sum(2).T


def expected_gaussian_log_density(
    mean: torch.Tensor,
    log_var: torch.Tensor,
    means: torch.Tensor,
    precisions_cholesky: torch.Tensor,
) -> torch.Tensor:
    r"""Expectation of :func:`gaussian_log_density` for a normally distributed point.

    Parameters
    ----------
    mean, log_var : tensors of shape (n, d)
        Means, and logarithms of the variances :math:`v`, of the points.

    means : tensor of shape (k, d)
        Means of the densities.

    precisions_cholesky : tensor of shape (k, d, d)
        Factors :math:`U` of their inverse covariances.

    Returns
    -------
    tensor of shape (n, k)
        The log-density at the mean, less
        :math:`\tfrac12 \sum_j v_{ij} (U_k U_k^T)_{jj}`.
    """
    spread = (log_var.exp()[:, None] * precisions_cholesky.square().sum(2)).sum(2)
    return gaussian_log_density(mean, means, precisions_cholesky) - 0.5 * spread


def mixture_kl(
    log_responsibilities: torch.Tensor,
    expected_log_joint: torch.Tensor,
    log_var: torch.Tensor,
) -> torch.Tensor:
    r"""Kullback-Leibler divergence of a code and its component from their prior.

    .. math:: KL(q(z|x) q(c|x) \,\|\, p(z, c)) = \sum_c \gamma_c
              (\log \gamma_c - E_{q(z|x)} \log p(z, c)) - H(q(z|x))

    Parameters
    ----------
    log_responsibilities : tensor of shape (..., n, k)
        :math:`\log \gamma`, with :math:`\gamma = q(c|x)`.

    expected_log_joint : tensor of shape (..., n, k)
        :math:`E_{q(z|x)} \log p(z, c)`.

    log_var : tensor of shape (..., n, d)
        Logarithms of the variances of the normal distribution :math:`q(z|x)`.

    Returns
    -------
    tensor of shape (..., n)
        The divergences; the least one has :math:`\gamma` proportional to
        :math:`\exp E_{q(z|x)} \log p(z, c)`.
    """
    gap = log_responsibilities - expected_log_joint
    entropy = 0.5 * (1 + _LOG_TWO_PI + log_var).sum(-1)
    return (log_responsibilities.exp() * gap).sum(-1) - entropy


def neighborhood_kl(
    log_q: torch.Tensor,
    expected_log_density: torch.Tensor,
    log_var: torch.Tensor,
    weights: torch.Tensor,
) -> torch.Tensor:
    r"""Divergence of neighbours from a mixture whose weights are their common ones.

    .. math:: \sum_m w_m KL(q(z|x_m) q(c|x_m) \,\|\, \bar\pi_c p(z|c)), \qquad
              \bar\pi_c = \sum_m w_m q(c|x_m)

    Parameters
    ----------
    log_q : tensor of shape (m, n, k)
        Logarithms of the assignments :math:`q(c|x_m)` of :math:`m` neighbours, for each
        of n neighbourhoods.

    expected_log_density : tensor of shape (m, n, k)
        :math:`E_{q(z|x_m)} \log p(z|c)`.

    log_var : tensor of shape (m, n, d)
        Logarithms of the variances of the normal distributions :math:`q(z|x_m)`.

    weights : tensor of shape (m,)
        Weights :math:`w` of the neighbours, which sum to one.

    Returns
    -------
    tensor of shape (n,)
        The divergences. Part of them is the Jensen-Shannon divergence of the
        assignments, :math:`\sum_m w_m KL(q(c|x_m) \,\|\, \bar\pi)`.
    """
    weights = weights[:, None]
    log_prior = (weights.log()[..., None] + log_q).logsumexp(0)
    kl = mixture_kl(log_q, log_prior + expected_log_density, log_var)
    return (weights * kl).sum(0)
