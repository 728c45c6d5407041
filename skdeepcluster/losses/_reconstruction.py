"""Terms of autoencoders, one value for each row (and each expert)."""

import torch
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    cosine_similarity,
    normalize,
)


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


def direction_error(x: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
    r"""Squared error between directions, twice the cosine distance.

    .. math:: \Big\| \frac{x_i}{\|x_i\|} - \frac{y_i}{\|y_i\|} \Big\|^2
              = 2 - 2 \cos(x_i, y_i)

    Parameters
    ----------
    x : tensor of shape (n, d)
        Data; a row of zeros has no direction, and the error 2.

    output : tensor of shape (..., n, d)
        The output :math:`y`, of any length, or those of several experts.

    Returns
    -------
    tensor of shape (..., n)
        The errors.
    """
    return 2 - 2 * cosine_similarity(output, x, dim=-1)


def multinomial_nll(x: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    r"""Cross-entropy of a row's proportions, the one of each of its words.

    .. math:: -\sum_j \frac{x_{ij}}{\sum_l x_{il}} \log
              \frac{e^{l_{ij}}}{\sum_m e^{l_{im}}}

    Parameters
    ----------
    x : tensor of shape (n, d)
        Data that are not negative; a row of zeros has the error 0.

    logits : tensor of shape (..., n, d)
        Logits :math:`l` of the proportions, or those by several experts.

    Returns
    -------
    tensor of shape (..., n)
        The negative log-likelihoods.
    """
    return -(normalize(x, p=1, dim=-1) * logits.log_softmax(-1)).sum(-1)


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
