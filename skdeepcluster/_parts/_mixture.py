"""Clusterers whose codes have a Gaussian mixture for a prior."""

import numpy as np
import torch

from .._labels import cluster_means
from .._typing import FloatArray
from ..base import LEAST_COVARIANCE, GenerativeMixin


class MixturePriorMixin(GenerativeMixin):
    """For clusterers whose module has a ``MixturePrior``, its ``prior``."""

    def _start_prior(self, prior, codes, labels, variances=0.0):
        """Give each component a cluster, by the M-step of EM.

        Parameters
        ----------
        prior : MixturePrior
            The prior.

        codes : ndarray of shape (n_samples, n_components)
            Means of the codes.

        labels : ndarray of shape (n_samples,)
            Their clusters.

        variances : float or ndarray of shape (n_components,), default=0.0
            Mean of the variances of the codes around these means.
        """
        codes = codes.astype(np.float64)
        n_clusters, width = prior.means.shape
        # A cluster without rows is a weak copy of all of them.
        sizes = np.bincount(labels, minlength=n_clusters)
        means = np.where(
            sizes[:, None], cluster_means(codes, labels, n_clusters), codes.mean(0)
        )
        variance = codes.var() or 1.0
        identity = np.eye(width)
        if self.covariance_type == "fixed":
            covariances = self.prior_variance * variance * identity[None]
        else:
            covariances = self._covariances_around(means, codes, labels, sizes)
            covariances += LEAST_COVARIANCE * variance * identity + variances * identity
        weights = sizes.clip(1) / sizes.clip(1).sum()
        tensors = map(torch.from_numpy, (weights, means, covariances))
        prior.start_from(*tensors, variance)

    def _covariances_around(self, means, codes, labels, sizes):
        """Return the clusters' covariances (n_clusters or 1, width, width)."""
        covariances = np.empty((*means.shape, means.shape[1]))
        for k, size in enumerate(sizes):
            offsets = (codes[labels == k] if size else codes) - means[k]
            if self.covariance_type == "diag":
                covariances[k] = np.diag(offsets.var(0))
            else:
                covariances[k] = offsets.T @ offsets / len(offsets)
        if self.covariance_type == "tied":
            return np.average(covariances, axis=0, weights=sizes)[None]
        return covariances

    @property
    def weights_(self) -> FloatArray:
        """Weights of the components, ndarray of shape (n_clusters,)."""
        return self.module_.prior.logits.double().softmax(0).numpy(force=True)

    @property
    def means_(self) -> FloatArray:
        """Means of the components, ndarray of shape (n_clusters, n_components)."""
        return self.module_.prior.means.numpy(force=True)

    @property
    def covariances_(self) -> FloatArray:
        """Covariances of the components, one of all, or their variances, ndarray."""
        factors = self.module_.prior.precisions_cholesky.numpy(force=True)
        covariances = np.linalg.inv(factors @ factors.swapaxes(1, 2))
        covariance_type = self._fitted_as.covariance_type
        if covariance_type == "diag":
            return np.diagonal(covariances, axis1=1, axis2=2)
        is_common = covariance_type in ("tied", "fixed")
        return covariances[0] if is_common else covariances

    def _draw_codes(self, labels, rng):
        """Draw from the components (n_samples, n_components)."""
        noise = rng.normal(size=(len(labels), self.means_.shape[1], 1))
        factors = self.module_.prior.precisions_cholesky.numpy(force=True)
        upper = factors[labels].swapaxes(1, 2)
        return self.means_[labels] + np.linalg.solve(upper, noise)[..., 0]

    def _draw(self, labels, rng):
        codes = self._draw_codes(labels, rng)
        return self._apply(self.module_.decode, codes, np.float64)
