"""What the methods with centers in an autoencoder's embedding share."""

from numbers import Integral, Real

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


class BaseCentroidClusterer(PretrainingMixin, BaseDeepClusterer):
    """A clusterer that starts from clusters in an autoencoder's embedding.

    Its module is a :class:`CentroidModule`.
    """

    _parameter_constraints: dict = {
        **BaseDeepClusterer._parameter_constraints,
        **PretrainingMixin._parameter_constraints,
        "start_epochs": [Interval(Integral, 0, None, closed="left")],
        "tol": [Interval(Real, 0, 1, closed="both")],
        "patience": [Interval(Integral, 1, None, closed="left")],
    }

    def _place_centers(self, run):
        """Put the centers at the means of the start's clusters."""
        start = run.start
        means = cluster_means(start.codes, start.labels, start.n_clusters)
        with torch.no_grad():
            run.module.centers.copy_(torch.from_numpy(means))

    def _learn_start(self, run, loss, labels, after_step=None):
        """Train with the clusters of the start, until the nearest centers are theirs.

        The clusters of k-means are that from the first; around the centers of other
        ones, the embedding has to become round, or the joint stage would begin with
        other clusters than those of the start.

        Parameters
        ----------
        run : Run
            As in :meth:`_train`.

        loss, after_step : callable
            As of :meth:`Run.stage`.

        labels : tensor of shape (n_samples,)
            The clusters.
        """

        def learned():
            return torch.equal(run.map(run.module.assign).argmax(1), labels)

        run.stage(
            "start", loss, self.start_epochs, refresh=learned, after_step=after_step
        )

    @property
    def cluster_centers_(self) -> FloatArray:
        """Centers in the embedding, ndarray of shape (n_clusters, n_components)."""
        return self.module_.centers.numpy(force=True)
