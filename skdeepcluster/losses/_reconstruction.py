"""Terms of autoencoders, one value for each row."""

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss


def squared_error(x, reconstruction):
    r"""Squared error summed over the features, :math:`\|x_i - \hat x_i\|^2`.

    Parameters
    ----------
    x : tensor of shape (n, d)
        Data.

    reconstruction : tensor of shape (n, d)
        Its reconstruction.

    Returns
    -------
    tensor of shape (n,)
        The errors.
    """
    return mse_loss(reconstruction, x, reduction="none").sum(1)


def bernoulli_nll(x, logits):
    r"""Binary cross-entropy summed over the features.

    .. math:: \sum_j \log(1 + e^{l_{ij}}) - x_{ij} l_{ij}

    Parameters
    ----------
    x : tensor of shape (n, d)
        Data in [0, 1].

    logits : tensor of shape (n, d)
        Log-odds :math:`l` of the reconstruction.

    Returns
    -------
    tensor of shape (n,)
        The negative log-likelihoods.
    """
    return binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)


def gaussian_kl(mean, log_var):
    r"""Kullback-Leibler divergence of a diagonal normal from the standard normal.

    .. math:: \tfrac12 \sum_j (\mu_{ij}^2 + \sigma_{ij}^2 - 1 - \log \sigma_{ij}^2)

    Parameters
    ----------
    mean : tensor of shape (n, d)
        Means :math:`\mu`.

    log_var : tensor of shape (n, d)
        Logarithms of the variances, :math:`\log \sigma^2`.

    Returns
    -------
    tensor of shape (n,)
        The divergences.
    """
    # expm1 keeps the digits that exp(v) - 1 loses near v = 0.
    return 0.5 * (mean.square() + torch.expm1(log_var) - log_var).sum(1)
