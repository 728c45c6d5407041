"""What the methods with centers in an autoencoder's embedding share."""

from numbers import Integral, Real

import torch
from sklearn.cluster import KMeans
from torch import nn

from .._compat import Interval
from .._typing import FloatArray
from ..autoencoders import PretrainingMixin
from ..base import BaseDeepClusterer


class CentroidModule(nn.Module):
    """An autoencoder with centers in its embedding.

    Parameters
    ----------
    autoencoder : torch.nn.Module
        A network with ``embed``, ``decode``, ``reconstruction_loss`` and
        ``reconstruction_errors``.

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


class BaseCentroidClusterer(PretrainingMixin, BaseDeepClusterer):
    """A clusterer that starts from k-means in an autoencoder's embedding.

    Its module is a :class:`CentroidModule`.
    """

    _parameter_constraints: dict = {
        **BaseDeepClusterer._parameter_constraints,
        **PretrainingMixin._parameter_constraints,
        "tol": [Interval(Real, 0, 1, closed="both")],
        "patience": [Interval(Integral, 1, None, closed="left")],
    }

    def _start(self, run, rng):
        """Pretrain the autoencoder, and put the centers where k-means finds them."""
        self._pretrain(run, rng)
        kmeans = KMeans(self.n_clusters, n_init=20, random_state=rng).fit(run.embed())
        run.initial_labels = kmeans.labels_
        with torch.no_grad():
            run.module.centers.copy_(torch.from_numpy(kmeans.cluster_centers_))

    @property
    def cluster_centers_(self) -> FloatArray:
        """Centers in the embedding, ndarray of shape (n_clusters, n_components)."""
        return self.module_.centers.numpy(force=True)[self._order]
