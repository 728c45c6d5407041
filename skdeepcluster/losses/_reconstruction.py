"""Terms of autoencoders, one value for each row (and each expert)."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits


def squared_error(x: torch.Tensor, reconstruction: torch.Tensor) -> torch.Tensor:
    r"""Squared error summed over the features, :math:`\|x_i - \hat x_i\|^2`.

    Parameters
    ----------
    x : tensor of shape (n, d)
        Data.

    reconstruction : tensor of shape (..., n, d)
        Its reconstruction, or those by several experts.

    Returns
    -------
    tensor of shape (..., n)
        The errors.
    """
    return (reconstruction - x).square().sum(-1)


def bernoulli_nll(x: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    r"""Binary cross-entropy summed over the features.

    .. math:: \sum_j \log(1 + e^{l_{ij}}) - x_{ij} l_{ij}

    Parameters
    ----------
    x : tensor of shape (n, d)
        Data in [0, 1].

    logits : tensor of shape (..., n, d)
        Log-odds :math:`l` of the reconstruction, or of those by several experts.

    Returns
    -------
    tensor of shape (..., n)
        The negative log-likelihoods.
    """
    x = x.expand_as(logits)  # a view, nothing is copied
    return binary_cross_entropy_with_logits(logits, x, reduction="none").sum(-1)


def gaussian_kl(mean: torch.Tensor, log_var: torch.Tensor) -> torch.Tensor:
    r"""Kullback-Leibler divergence of a diagonal normal from the standard normal.

    .. math:: \tfrac12 \sum_j (\mu_{ij}^2 + \sigma_{ij}^2 - 1 - \log \sigma_{ij}^2)

    Parameters
    ----------
    mean : tensor of shape (..., d)
        Means :math:`\mu`.

    log_var : tensor of shape (..., d)
        Logarithms of the variances, :math:`\log \sigma^2`.

    Returns
    -------
    tensor of shape (...)
        The divergences.
    """
    # expm1 keeps the digits that exp(v) - 1 loses near v = 0.
    return 0.5 * (mean.square() + torch.expm1(log_var) - log_var).sum(-1)
