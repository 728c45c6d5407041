"""What every autoencoder is to the methods that start from it."""

import math
from typing import Any

import torch
from torch import nn
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    dropout,
    mse_loss,
    normalize,
)

from .._typing import Likelihood, Precision
from ..losses import (
    bernoulli_nll,
    direction_error,
    multinomial_nll,
    squared_error,
)
from ._precision import autocast

_ERRORS = {
    "gaussian": squared_error,
    "bernoulli": bernoulli_nll,
    "cosine": direction_error,
    "multinomial": multinomial_nll,
}


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

    likelihood : {"gaussian", "bernoulli", "cosine", "multinomial"}
        Distribution of the data around the decoder's output: the mean, the log-odds, a
        mean direction of any length, or the logits of proportions. For the latter two,
        which know no lengths, the encoder sees rows of length :math:`\sqrt d`.

    recon_precision : float, default=1.0
        Precision :math:`\tau` of the Gaussian one, of the rows or of their directions;
        the number of words that a row of the multinomial one counts for.

    precision : {"bfloat16"}, default=None
        Mixed precision of the network.

    spherical : bool, default=False
        Bring embeddings to the length :math:`\sqrt{n_{components}}`.

    corruption : float, default=0.0
        Share of the inputs that are hidden from an encoder that learns to restore them.
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
        spherical: bool = False,
        corruption: float = 0.0,
    ):
        super().__init__()
        self.network = network
        self.n_components = n_components
        self.likelihood = likelihood
        self.register_buffer("recon_precision", torch.tensor(recon_precision))
        self.precision = precision
        self.spherical = spherical
        self.corruption = corruption

    @property
    def is_of_directions(self) -> bool:
        """Whether the lengths of the rows do not matter."""
        return self.likelihood in ("cosine", "multinomial")

    def inputs(self, x: torch.Tensor) -> torch.Tensor:
        """What the networks see of the rows (batch, n_features)."""
        if self.is_of_directions:
            return normalize(x, dim=-1) * math.sqrt(x.shape[-1])
        return x

    def corrupted(self, x: torch.Tensor) -> torch.Tensor:
        """What the encoder sees of rows that the decoder is to restore."""
        return dropout(x, self.corruption) if self.corruption else x

    @autocast
    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """The encoder's output."""
        return self.network.encode(self.inputs(x))

    @autocast
    def output(self, z: torch.Tensor) -> torch.Tensor:
        """The decoder's output (..., batch, n_features)."""
        return self.network.decode(z)

    def placed(self, z: torch.Tensor) -> torch.Tensor:
        """Codes where embeddings may lie: anywhere, or on the sphere."""
        if self.spherical:
            return normalize(z, dim=-1) * math.sqrt(z.shape[-1])
        return z

    def embed(self, x: torch.Tensor) -> torch.Tensor:
        """The embedding (batch, n_components)."""
        return self.placed(self.encode(x))

    def decode(self, z: torch.Tensor) -> torch.Tensor:
        """The mean of the data (..., batch, n_features)."""
        return self.mean(self.output(z))

    def mean(self, output: torch.Tensor) -> torch.Tensor:
        """The mean of the data, of their directions or of their proportions."""
        # Not in mixed precision, in which all but small log-odds would give 1.
        if self.likelihood == "bernoulli":
            return output.sigmoid()
        if self.likelihood == "cosine":
            return normalize(output, dim=-1)
        if self.likelihood == "multinomial":
            return output.softmax(-1)
        return output

    def target(self, x: torch.Tensor) -> torch.Tensor:
        """What :meth:`mean` is the mean of: the rows, directions or proportions."""
        if self.is_of_directions:
            return normalize(x, p=2.0 if self.likelihood == "cosine" else 1.0, dim=-1)
        return x

    def errors(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """Squared errors or cross-entropies of the rows (..., batch)."""
        return self.output_errors(x, self.output(z))

    def output_errors(self, x: torch.Tensor, output: torch.Tensor) -> torch.Tensor:
        """The same from the decoder's output."""
        return _ERRORS[self.likelihood](x, output)

    def relative_errors(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """Errors that neither the scale nor the number of the features changes.

        Squared errors relative to the data's variance, cross-entropies for a feature or
        a word, squared errors of directions (..., batch).
        """
        errors = self.errors(x, z)
        if self.is_of_directions:
            return errors
        return self._relative(errors / x.shape[1])

    def relative_error(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """Their mean, in half the time."""
        return self.relative_output_error(x, self.output(z))

    def denoising_error(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """The same from the embedding of what corruption leaves, if there is any."""
        if self.corruption:
            z = self.embed(self.corrupted(x))
        return self.relative_error(x, z)

    def relative_output_error(
        self, x: torch.Tensor, output: torch.Tensor
    ) -> torch.Tensor:
        """The same from the decoder's output."""
        if self.likelihood == "gaussian":
            return self._relative(mse_loss(output, x))
        if self.likelihood == "bernoulli":
            return binary_cross_entropy_with_logits(output, x)
        return self.output_errors(x, output).mean()

    def _relative(self, errors):
        is_gaussian = self.likelihood == "gaussian"
        return self.recon_precision * errors if is_gaussian else errors

    def negative_log_likelihood(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """-log p(x | z), of the Gaussian without its constant (..., batch)."""
        return self.weigh(self.errors(x, z))

    def weigh(self, errors: torch.Tensor) -> torch.Tensor:
        """Minus the log-likelihood of errors, without the Gaussian's constant."""
        if self.likelihood == "bernoulli":
            return errors
        if self.likelihood == "multinomial":
            return self.recon_precision * errors
        return self.recon_precision / 2 * errors

    def log_likelihood(self, x: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
        """log p(x | z) (..., batch), which tells a good precision from a bad one."""
        return self.log_constant(x) - self.negative_log_likelihood(x, z)

    def log_constant(self, x: torch.Tensor) -> float | torch.Tensor:
        """The logarithm of the Gaussian's constant."""
        if self.likelihood in ("bernoulli", "multinomial"):
            return 0.0
        return x.shape[1] / 2 * (self.recon_precision / (2 * math.pi)).log()
