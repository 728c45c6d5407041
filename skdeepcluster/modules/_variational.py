"""Autoencoders whose codes are normal distributions."""

import copy
from typing import Any

import torch
from torch import nn

from ..losses import gaussian_kl
from ._likelihood import LikelihoodAutoencoder
from ._normal import split_normal

# Codes that become means: their standard deviation, and the variances around them.
_SCALE = 2.0
_INITIAL_LOG_VAR = -4.0


class VariationalModule(LikelihoodAutoencoder):
    r"""A variational autoencoder: its encoder gives means and log-variances.

    Parameters
    ----------
    network : torch.nn.Module
        A network with ``encode(x)``, means and then log-variances, and ``decode(z)``.

    n_components : int
        Width of the codes.

    likelihood : {"gaussian", "bernoulli", "cosine", "multinomial"}
        Distribution of the data around the decoder's output.

    recon_precision : float, default=1.0
        Its precision.

    precision : {"bfloat16"}, default=None
        Mixed precision of the network.

    spherical : bool, default=False
        Bring means to the length :math:`\sqrt{n_{components}}`.

    corruption : float, default=0.0
        Share of the inputs that are hidden from an encoder that learns to restore them.
    """

    def posterior(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and log-variance of q(z | x), each (batch, n_components)."""
        mean, log_var = split_normal(self.encode(x))
        return self.placed(mean), log_var

    def embed(self, x: torch.Tensor) -> torch.Tensor:
        """The mean (batch, n_components)."""
        return self.posterior(x)[0]

    def score(self, x: torch.Tensor) -> torch.Tensor:
        """The evidence bound at the mean (batch,)."""
        mean, log_var = self.posterior(x)
        return self.log_likelihood(x, mean) - gaussian_kl(mean, log_var)


@torch.no_grad()
def with_variances(network: Any, scale: float | None = None) -> nn.Module:
    """Return an autoencoder's network whose encoder gives log-variances as well.

    Parameters
    ----------
    network : torch.nn.Module
        A :class:`DenseAutoencoder` or a :class:`ConvAutoencoder`.

    scale : float, default=None
        Standard deviation of its codes. They are brought to one of 2, by the layers
        around them: what the decoder gives of them stays the same. None leaves them as
        they are.

    Returns
    -------
    torch.nn.Module
        A copy whose encoder gives the former codes, scaled, as means, and small
        variances.
    """
    network = copy.deepcopy(network)
    *layers, head = network.encoder
    wide = nn.Linear(head.in_features, 2 * head.out_features).to(head.weight)
    factor = 1.0 if scale is None else _SCALE / scale
    means, log_vars = wide.weight.chunk(2)
    means.copy_(factor * head.weight)
    log_vars.mul_(0.01)
    means, log_vars = wide.bias.chunk(2)
    means.copy_(factor * head.bias)
    log_vars.fill_(_INITIAL_LOG_VAR)
    network.encoder = nn.Sequential(*layers, wide)
    network.decoder[0].weight.div_(factor)
    return network
