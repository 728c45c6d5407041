"""What the methods with centers in an autoencoder's embedding share."""

from numbers import Integral, Real

import numpy as np
import torch
from torch import nn

from .._compat import Interval
from .._labels import cluster_means
from .._typing import FloatArray
from ..autoencoders import PretrainingMixin
from ..base import BaseDeepClusterer


class CentroidModule(nn.Module):
    """An autoencoder with centers in its embedding.

    Parameters
    ----------
    autoencoder : torch.nn.Module
        Its network, a :class:`LikelihoodAutoencoder`.

    n_clusters : int
        Number of centers.
    """

    def __init__(self, autoencoder, n_clusters):
        super().__init__()
        self.autoencoder = autoencoder
        self.n_components = autoencoder.n_components
        self.centers = nn.Parameter(torch.zeros(n_clusters, self.n_components))

    def embed(self, x):
        return self.autoencoder.embed(x)

    def decode(self, z):
        return self.autoencoder.decode(z)

    @torch.no_grad()
    def reorder(self, order):
        self.centers.copy_(self.centers[order])


class BaseEmbeddingClusterer(PretrainingMixin, BaseDeepClusterer):
    """A clusterer that starts from clusters in an autoencoder's embedding."""

    _parameter_constraints: dict = {
        **BaseDeepClusterer._parameter_constraints,
        **PretrainingMixin._parameter_constraints,
        "start_steps": [Interval(Integral, 0, None, closed="left")],
        "tol": [Interval(Real, 0, 1, closed="both")],
        "patience": [Interval(Integral, 1, None, closed="left")],
    }

    def _interval(self, run):
        """Return the number of batches between two looks at all rows."""
        # Of few rows, as many batches as DEC's authors have.
        return max(140, run.n_batches)


class BaseCentroidClusterer(BaseEmbeddingClusterer):
    """One that moves centers in the embedding.

    Its module is a :class:`CentroidModule`.
    """

    def _place_centers(self, run):
        """Put the centers at the means of the start's clusters."""
        start = run.start
        means = cluster_means(start.codes, start.labels, start.n_clusters)
        with torch.no_grad():
            run.module.centers.copy_(torch.from_numpy(means))

    def _learn_start(self, run, loss, lr_factor=None):
        """Train until the nearest centers are those of the start's clusters.

        Those of k-means are. Others need not be round in the embedding: the joint stage
        would begin with the nearest centers, and lose what is good in such a start.

        Parameters
        ----------
        run : Run
            As in :meth:`_train`.

        loss, lr_factor : callable
            As of :meth:`Run.stage`.
        """

        def learned():
            nearest = run.map(run.module.assign).argmax(1).numpy(force=True)
            return np.mean(nearest != run.start.labels) <= self.tol

        n_epochs = -(-self.start_steps // run.n_steps)
        if not learned():
            run.stage("start", loss, n_epochs, refresh=learned, lr_factor=lr_factor)

    @property
    def cluster_centers_(self) -> FloatArray:
        """Centers in the embedding, ndarray of shape (n_clusters, n_components)."""
        return self.module_.centers.numpy(force=True)
