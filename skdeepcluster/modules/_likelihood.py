"""What every autoencoder is to the methods that start from it."""

import math
from typing import Any

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss

from .._typing import Likelihood, Precision
from ..losses import bernoulli_nll, squared_error
from ._precision import autocast


class LikelihoodAutoencoder(nn.Module):
    r"""An encoder, a decoder, and the distribution of the data around its output.

    A method may use of it ``embed``, ``decode``, the errors and likelihoods below,
    ``n_components`` and ``precision``. Of a subclass ``embed`` differs, or ``output``.

    Parameters
    ----------
    network : torch.nn.Module
        A network with ``encode(x)`` and ``decode(z)``.

    n_components : int
        Width of the embedding.

    likelihood : {"gaussian", "bernoulli"}
        Distribution of the data around the decoder's output, the mean or the log-odds.

    recon_precision : float, default=1.0
        Precision :math:`\tau` of the Gaussian one.

    precision : {"bfloat16"}, default=None
        Mixed precision of the network.
    """

    network: Any
    recon_precision: torch.Tensor

    def __init__(
        self,
        network: nn.Module,
        n_components: int,
        likelihood: Likelihood,
        recon_precision: float = 1.0,
        precision: Precision | None = None,
    ):
        super().__init__()
        self.network = network
        self.n_components = n_components
        self.likelihood = likelihood
        self.register_buffer("recon_precision", torch.tensor(recon_precision))
        self.precision = precision

    @autocast
    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """The encoder's output."""
        return self.network.encode(x)

    @autocast
    def output(self, z: torch.Tensor) -> torch.Tensor:
        """The decoder's output (..., batch, n_features)."""
        return self.network.decode(z)

    def embed(self, x: torch.Tensor) -> torch.Tensor:
        """The embedding (batch, n_components)."""
        return self.encode(x)

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """The mean of the data (..., batch, n_features)."""
        return self.mean(self.output(z))

    def mean(self, output: torch.Tensor) -> torch.Tensor:
        """The mean of the data, from the decoder's output."""
        # Not in mixed precision, in which all but small log-odds would give 1.
        return output.sigmoid() if self.likelihood == "bernoulli" else output

    def errors(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """Squared errors, or cross-entropies, summed over the features (..., batch)."""
        return self.output_errors(x, self.output(z))

    def output_errors(self, x: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
        """The same from the decoder's output."""
        if self.likelihood == "bernoulli":
            return bernoulli_nll(x, output)
        return squared_error(x, output)

    def mean_error(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """The errors' mean over batch and features, in half the time."""
        return self.mean_output_error(x, self.output(z))

    def mean_output_error(self, x: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
        """The same from the decoder's output."""
        if self.likelihood == "bernoulli":
            return binary_cross_entropy_with_logits(output, x)
        return mse_loss(output, x)

    def negative_log_likelihood(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """-log p(x | z), of the Gaussian without its constant (..., batch)."""
        return self.weigh(self.errors(x, z))

    def weigh(self, errors: torch.Tensor) -> torch.Tensor:
        """Minus the log-likelihood of errors, without the Gaussian's constant."""
        if self.likelihood == "bernoulli":
            return errors
        return self.recon_precision / 2 * errors

    def log_likelihood(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """log p(x | z) (..., batch), which tells a good precision from a bad one."""
        return self.log_constant(x) - self.negative_log_likelihood(x, z)

    def log_constant(self, x: torch.Tensor) -> float | torch.Tensor:
        """The logarithm of the Gaussian's constant."""
        if self.likelihood == "bernoulli":
            return 0.0
        return x.shape[1] / 2 * (self.recon_precision / (2 * math.pi)).log()
