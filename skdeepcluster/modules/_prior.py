"""A Gaussian mixture as the prior of codes: a component for each cluster."""

import math

import torch
from torch import nn

from ..losses import expected_gaussian_log_density, gaussian_log_density
from ._normal import clamp_with_gradient

# Variances in training, as shares of the codes' variance.
_LEAST_VARIANCE = 1e-3
_LARGEST_VARIANCE = 1e3


class MixturePrior(nn.Module):
    """A Gaussian mixture that is trained with the network of its codes.

    Parameters
    ----------
    n_clusters : int
        Number of components.

    n_components : int
        Width of the codes.

    covariance_type : {"full", "tied", "diag", "fixed", "identity"}
        The covariances that are learned, with the weights, a tied one for all
        components; a fixed one for all; or the identity matrix and equal weights.
    """

    def __init__(self, n_clusters: int, n_components: int, covariance_type: str):
        super().__init__()
        k, d = n_clusters, n_components
        self.is_identity = covariance_type == "identity"
        self.logits = nn.Parameter(torch.zeros(k), not self.is_identity)
        self.means = nn.Parameter(torch.zeros(k, d))
        n_covariances = 1 if covariance_type in ("tied", "fixed") else k
        self.raw_log_vars = nn.Parameter(
            torch.zeros(n_covariances, d), covariance_type not in ("fixed", "identity")
        )
        self.raw_factors = nn.Parameter(
            torch.zeros(n_covariances, d, d), covariance_type in ("full", "tied")
        )
        self.log_variance: torch.Tensor
        self.register_buffer("log_variance", torch.tensor(0.0))

    @property
    def log_weights(self) -> torch.Tensor:
        """log pi_c (n_clusters,)."""
        return self.logits.log_softmax(0)

    @property
    def precisions_cholesky(self) -> torch.Tensor:
        """Upper triangular U_c, Sigma_c^-1 = U_c U_c^T (n_clusters, d, d)."""
        log_vars = self.log_variance + clamp_with_gradient(
            self.raw_log_vars - self.log_variance,
            math.log(_LEAST_VARIANCE),
            math.log(_LARGEST_VARIANCE),
        )
        diagonals = (-0.5 * log_vars).exp()
        factors = diagonals.diag_embed() + self.raw_factors.triu(1)
        return factors.expand(len(self.means), -1, -1)

    def log_joint(self, z: torch.Tensor) -> torch.Tensor:
        """log p(z, c) (batch, n_clusters)."""
        return self.log_weights + gaussian_log_density(
            z, self.means, self.precisions_cholesky
        )

    def expected_log_density(
        self, mean: torch.Tensor, log_var: torch.Tensor
    ) -> torch.Tensor:
        """The expectation of log p(z | c) for normal codes (batch, n_clusters)."""
        return expected_gaussian_log_density(
            mean, log_var, self.means, self.precisions_cholesky
        )

    def expected_log_joint(
        self, mean: torch.Tensor, log_var: torch.Tensor
    ) -> torch.Tensor:
        """The expectation of log p(z, c) for normal codes (batch, n_clusters)."""
        return self.log_weights + self.expected_log_density(mean, log_var)

    @torch.no_grad()
    def start_from(
        self,
        weights: torch.Tensor,
        means: torch.Tensor,
        covariances: torch.Tensor,
        variance: float,
    ) -> None:
        """Take the components of a mixture.

        Parameters
        ----------
        weights : tensor of shape (n_clusters,)
            Weights, none of them 0.

        means : tensor of shape (n_clusters, n_components)
            Means.

        covariances : tensor of shape (n_clusters or 1, n_components, n_components)
            Covariances.

        variance : float
            Variance of the codes' entries, to which bounds are relative.
        """
        self.means.copy_(means)
        if self.is_identity:
            return
        lower = torch.linalg.cholesky(covariances.double())
        identity = torch.eye(lower.shape[1], dtype=lower.dtype, device=lower.device)
        factors = torch.linalg.solve_triangular(lower, identity, upper=False).mT
        self.logits.copy_(weights.log())
        self.raw_log_vars.copy_(-2 * factors.diagonal(dim1=1, dim2=2).log())
        self.raw_factors.copy_(factors)
        self.log_variance.fill_(math.log(variance))

    @torch.no_grad()
    def em_step(self, z: torch.Tensor, rate: float) -> None:
        """Move weights and means towards those of an M-step for a batch.

        Parameters
        ----------
        z : tensor of shape (batch, n_components)
            Codes, whose E-step it is.

        rate : float
            How far: the statistics of the components are so much those of the batch, 1
            for a whole step of EM.
        """
        responsibilities = self.log_joint(z).softmax(1)
        # An empty component keeps its mean.
        former = self.log_weights.exp().clamp_min(torch.finfo(z.dtype).eps)
        weights = (1 - rate) * former + rate * responsibilities.mean(0)
        sums = responsibilities.T @ z / len(z)
        sums = (1 - rate) * former[:, None] * self.means + rate * sums
        self.means.copy_(sums / weights[:, None])
        self.logits.copy_(weights.log())

    @torch.no_grad()
    def reorder(self, order: torch.Tensor) -> None:
        """Make component ``order[k]`` the ``k``-th.

        Parameters
        ----------
        order : tensor of shape (n_clusters,)
            The former numbers.
        """
        for parameter in self.parameters():
            if len(parameter) == len(order):  # not of what is tied
                parameter.copy_(parameter[order])
