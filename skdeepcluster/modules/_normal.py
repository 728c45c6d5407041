"""Normal distributions that encoders give."""

import torch

# exp() of a log-variance far beyond this overflows where a hard data set drives it.
_LARGEST_LOG_VAR = 10.0


def split_normal(output: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Split an encoder's output into means and log-variances.

    Parameters
    ----------
    output : tensor of shape (..., 2 * n_components)
        Means, and then logarithms of variances.

    Returns
    -------
    mean, log_var : tensors of shape (..., n_components)
        The two, the second clamped, with the gradient of what is not clamped: a
        log-variance beyond the bounds can come back.
    """
    mean, log_var = output.chunk(2, -1)
    return mean, clamp_with_gradient(log_var, -_LARGEST_LOG_VAR, _LARGEST_LOG_VAR)


def clamp_with_gradient(x: torch.Tensor, least: float, largest: float) -> torch.Tensor:
    """Clamp values, and leave those beyond the bounds a way back.

    Parameters
    ----------
    x : tensor of any shape
        Values.

    least, largest : float
        The bounds.

    Returns
    -------
    tensor of the same shape
        The values within the bounds, with the gradient of the identity.
    """
    return x.detach().clamp(least, largest) + (x - x.detach())


def draw_normal(mean: torch.Tensor, log_var: torch.Tensor) -> torch.Tensor:
    """Draw from normal distributions, with gradients for their parameters.

    Parameters
    ----------
    mean, log_var : tensors of the same shape
        Means, and logarithms of variances.

    Returns
    -------
    tensor of the same shape
        One draw from each.
    """
    return mean + torch.randn_like(mean) * (log_var / 2).exp()
