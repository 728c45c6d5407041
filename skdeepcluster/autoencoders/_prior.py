"""A Gaussian mixture as the prior of codes: a component for each cluster."""

import math

import numpy as np
import torch
from sklearn.mixture import GaussianMixture
from torch import nn

from .._typing import FloatArray
from ..base import GenerativeMixin
from ..losses import expected_gaussian_log_density, gaussian_log_density

# Added to the variances of a mixture of codes, as a share of the codes' variance: a
# component of a few rows would have next to none, and drive the others away.
_LEAST_COVARIANCE = 1e-2

# Variances in training, the least one as a share of the codes' variance.
_LEAST_VARIANCE = 1e-3
_LARGEST_LOG_VAR = 6.0


class MixturePrior(nn.Module):
    """A Gaussian mixture that is trained with the network of its codes.

    Parameters
    ----------
    n_clusters : int
        Number of components.

    n_components : int
        Width of the codes.

    covariance_type : {"full", "diag", "identity"}
        The covariances that are learned, with the weights; or the identity matrix and
        equal weights.
    """

    def __init__(self, n_clusters, n_components, covariance_type):
        super().__init__()
        k, d = n_clusters, n_components
        self.is_identity = covariance_type == "identity"
        self.logits = nn.Parameter(torch.zeros(k), not self.is_identity)
        self.means = nn.Parameter(torch.zeros(k, d))
        self.raw_log_vars = nn.Parameter(torch.zeros(k, d), not self.is_identity)
        self.raw_factors = nn.Parameter(
            torch.zeros(k, d, d), requires_grad=covariance_type == "full"
        )
        self.register_buffer("least_log_var", torch.tensor(-_LARGEST_LOG_VAR))

    @property
    def log_weights(self):
        """log pi_c (n_clusters,)."""
        return self.logits.log_softmax(0)

    @property
    def precisions_cholesky(self):
        """Upper triangular U_c, Sigma_c^-1 = U_c U_c^T (n_clusters, d, d)."""
        log_vars = self.raw_log_vars.clamp(max=_LARGEST_LOG_VAR)
        diagonals = (-0.5 * log_vars.maximum(self.least_log_var)).exp()
        return diagonals.diag_embed() + self.raw_factors.triu(1)

    def log_joint(self, z):
        """log p(z, c) (batch, n_clusters)."""
        return self.log_weights + gaussian_log_density(
            z, self.means, self.precisions_cholesky
        )

    def expected_log_joint(self, mean, log_var):
        """The expectation of log p(z, c) for normal codes (batch, n_clusters)."""
        return self.log_weights + expected_gaussian_log_density(
            mean, log_var, self.means, self.precisions_cholesky
        )

    @torch.no_grad()
    def start_from(self, mixture, scale, variances=0.0):
        """Take the components of a GaussianMixture.

        Parameters
        ----------
        mixture : GaussianMixture
            The mixture of means of codes divided by ``scale``.

        scale : float
            The scale.

        variances : float or ndarray of shape (n_components,), default=0.0
            Variances of the codes around these means.
        """
        self.means.copy_(torch.from_numpy(mixture.means_ * scale))
        if self.is_identity:
            return
        identity = np.eye(mixture.means_.shape[1])
        covariances = mixture.covariances_ * scale**2
        if mixture.covariance_type == "diag":
            covariances = covariances[:, None] * identity
        lower = np.linalg.cholesky(covariances + variances * identity)
        factors = torch.from_numpy(np.linalg.inv(lower)).mT
        self.logits.copy_(torch.from_numpy(mixture.weights_).log())
        self.raw_log_vars.copy_(-2 * factors.diagonal(dim1=1, dim2=2).log())
        self.raw_factors.copy_(factors)
        self.least_log_var.fill_(math.log(_LEAST_VARIANCE * scale**2))


class MixturePriorMixin(GenerativeMixin):
    """For clusterers whose module has a :class:`MixturePrior`, its ``prior``."""

    @property
    def weights_(self) -> FloatArray:
        """Weights of the components, ndarray of shape (n_clusters,)."""
        weights = self.module_.prior.logits.double().softmax(0)
        return weights.numpy(force=True)[self._order]

    @property
    def means_(self) -> FloatArray:
        """Means of the components, ndarray of shape (n_clusters, n_components)."""
        return self.module_.prior.means.numpy(force=True)[self._order]

    @property
    def covariances_(self) -> FloatArray:
        """Covariances of the components, or their variances, ndarray."""
        factors = self._factors()
        covariances = np.linalg.inv(factors @ factors.swapaxes(1, 2))
        if self.covariance_type == "diag":
            return np.diagonal(covariances, axis1=1, axis2=2)
        return covariances

    def _factors(self):
        return self.module_.prior.precisions_cholesky.numpy(force=True)[self._order]

    def _draw_codes(self, labels, rng):
        """Draw from the components (n_samples, n_components)."""
        noise = rng.normal(size=(len(labels), self.means_.shape[1], 1))
        factors = self._factors()[labels].swapaxes(1, 2)
        return self.means_[labels] + np.linalg.solve(factors, noise)[..., 0]

    def _draw(self, labels, rng):
        rows = self._apply(self.module_.decode, self._draw_codes(labels, rng))
        return rows.astype(np.float64)


def fit_mixture(codes, n_clusters, covariance_type, rng):
    """Fit a Gaussian mixture to codes.

    Parameters
    ----------
    codes : ndarray of shape (n_samples, n_components)
        The codes.

    n_clusters : int
        Number of components.

    covariance_type : {"full", "diag", "spherical"}
        As of :class:`sklearn.mixture.GaussianMixture`.

    rng : RandomState
        The source of the starts of EM.

    Returns
    -------
    mixture : GaussianMixture
        The mixture of the codes divided by ``scale``.

    scale : float
        Standard deviation of the codes' entries.
    """
    mixture = GaussianMixture(
        n_clusters,
        covariance_type=covariance_type,
        reg_covar=_LEAST_COVARIANCE,
        n_init=10,
        max_iter=1000,
        random_state=rng,
    )
    codes = codes.astype(np.float64)
    scale = codes.std() or 1.0
    return mixture.fit(codes / scale), scale
