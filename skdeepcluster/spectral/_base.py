"""What the spectral methods share."""

import math
from numbers import Integral

import torch
from scipy.sparse.csgraph import connected_components
from sklearn.cluster import KMeans, MiniBatchKMeans
from torch import nn
from torch.nn.functional import normalize, pairwise_distance

from .._compat import HasMethods, Interval, StrOptions
from .._labels import cluster_means
from .._neighbors import neighbors_of_all
from .._parts import check_layer_sizes, check_rows_per_cluster
from ..autoencoders import PretrainingMixin
from ..base import BaseDeepClusterer, warn
from ..losses import (
    contrastive_loss,
    neighbor_affinity,
    neighbor_scale,
    pairwise_squared_distances,
    spectral_loss,
    squared_distances,
)
from ..modules import OrthonormalLayer, SiameseNetwork, autocast, mlp, reorder_outputs

_LEAST_VARIANCE = 1e-12


class SpectralMap(nn.Module):
    """A network from codes to a spectral embedding, and the centers of k-means there.

    Parameters
    ----------
    sizes : sequence of int
        Numbers of inputs, of units of the hidden layers and of dimensions.

    n_clusters : int
        Number of centers.

    activation : callable
        What makes outputs of the network's logits (batch, n_eigenvectors).

    precision : {"bfloat16"} or None
        Mixed precision of the network.
    """

    def __init__(self, sizes, n_clusters, activation, precision):
        super().__init__()
        self.n_eigenvectors = sizes[-1]
        self.network = mlp(sizes)
        self.activation = activation
        self.precision = precision
        self.orthonormal = OrthonormalLayer(self.n_eigenvectors)
        self.register_buffer("centers", torch.zeros(n_clusters, self.n_eigenvectors))
        self.register_buffer("variance", torch.tensor(1.0))

    @autocast
    def logits(self, codes):
        return self.network(codes)

    def outputs(self, codes):
        return self.activation(self.logits(codes))

    def forward(self, codes):
        """Outputs with orthonormal columns (batch, n_eigenvectors)."""
        return self.orthonormal(self.outputs(codes))

    def embed(self, codes):
        """The embedding: these, with rows of unit length (batch, n_eigenvectors)."""
        return normalize(self(codes), dim=1)

    def distances(self, codes):
        """Squared distances from the centers (batch, n_clusters)."""
        return squared_distances(self.embed(codes), self.centers)

    def assign(self, codes):
        return (-0.5 * self.distances(codes) / self.variance).log_softmax(1)

    @torch.no_grad()
    def reorder(self, order):
        """Reorder the centers."""
        self.centers.copy_(self.centers[order])

    @torch.no_grad()
    def reorder_outputs(self, order):
        """Reorder the outputs, where they are clusters, and leave the embedding."""
        reorder_outputs(self.network[-1], order)
        factor = self.orthonormal.factor
        factor.copy_(factor[order])


class BaseSpectralClusterer(PretrainingMixin, BaseDeepClusterer):
    """A clusterer whose module has :class:`SpectralMap` networks."""

    _parameter_constraints: dict = {
        **BaseDeepClusterer._parameter_constraints,
        **PretrainingMixin._parameter_constraints,
        "n_eigenvectors": [Interval(Integral, 2, None, closed="left"), None],
        "affinity": [StrOptions({"siamese", "euclidean"})],
        "siamese_neighbors": [Interval(Integral, 1, None, closed="left")],
        "neighbors": [HasMethods(["fit_transform"]), None],
        "siamese_epochs": [Interval(Integral, 0, None, closed="left")],
        "n_neighbors": [Interval(Integral, 2, None, closed="left")],
        "scale": [StrOptions({"global", "local"})],
        "hidden_layer_sizes": ["array-like"],
    }

    def _check_fit(self, X):
        super()._check_fit(X)
        check_layer_sizes("hidden_layer_sizes", self.hidden_layer_sizes)
        if self.affinity == "siamese" and X.shape[0] == 1:
            raise ValueError(
                "n_samples=1, but the Siamese network learns from neighbours: give "
                'more rows, or affinity="euclidean".'
            )
        batch_size = self.batch_size
        for name in ("n_clusters", "n_eigenvectors"):
            number = getattr(self, name) or 0
            check_rows_per_cluster(batch_size, X.shape[0], number, name)
        if (self.n_eigenvectors or 0) > X.shape[0]:
            raise ValueError(
                f"n_eigenvectors={self.n_eigenvectors} should be <= "
                f"n_samples={X.shape[0]}: lower n_eigenvectors."
            )
        if self.n_neighbors >= batch_size:
            raise ValueError(
                f"n_neighbors={self.n_neighbors} should be < batch_size={batch_size}, "
                "for the neighbours are those in a batch: lower n_neighbors, or raise "
                "batch_size."
            )

    def _start(self, X, rng):
        start = super()._start(X, rng)
        if self.affinity == "siamese":
            start.neighbors = self._neighbor_graph(start.codes)
        return start

    def _default_labels(self, codes, rng):
        # To compare the result with; nothing starts from them.
        kmeans = MiniBatchKMeans(self.n_clusters, n_init=3, random_state=rng)
        return kmeans.fit_predict(codes), []

    def _neighbor_graph(self, codes):
        """Return the graph of the nearest neighbours of all rows."""
        # Of those that a transformer finds, all are taken.
        is_own = self.neighbors is None
        n_neighbors = self.siamese_neighbors if is_own else codes.shape[0]
        return neighbors_of_all(codes, n_neighbors, self.neighbors)

    def _width(self):
        """Return the number of dimensions of the spectral embedding.

        A cluster that is loosely knit gets dimensions of its own parts, before a
        weaker border between two clusters has one: more dimensions than clusters.
        """
        if self.n_eigenvectors is not None:
            return self.n_eigenvectors
        most = max(self.n_clusters, self.batch_size // 2)
        return min(self.n_clusters + self.n_clusters // 4, most)

    def _spectral_map(self, n_inputs, n_eigenvectors, activation):
        sizes = (n_inputs, *self.hidden_layer_sizes, n_eigenvectors)
        return SpectralMap(sizes, self.n_clusters, activation, self.precision)

    def _similarity(self, n_inputs):
        """Return what maps codes to where distances tell neighbours."""
        if self.affinity == "euclidean":
            return nn.Identity()
        sizes = (n_inputs, *self.hidden_layer_sizes, self.n_clusters)
        return SiameseNetwork(sizes, self.precision)

    def _train_similarity(self, run, similarity, codes):
        """Teach a Siamese network the neighbours among all rows."""
        if self.affinity == "euclidean":
            return
        graph, n_samples = run.start.neighbors, codes.shape[0]
        first, neighbors = (
            torch.from_numpy(index).long().to(run.net.device)
            for index in (graph.indptr, graph.indices)
        )
        n_neighbors = first.diff()

        def loss(x, i):
            draws = (torch.rand_like(x[:, 0]) * n_neighbors[i]).long()
            near = neighbors[first[i] + draws]
            far = torch.randint_like(i, n_samples)
            pairs = torch.cat([x, run.rows(near, codes), run.rows(far, codes)])
            own, near, far = similarity(pairs).chunk(3)
            near, far = pairwise_distance(own, near), pairwise_distance(own, far)
            return {"contrastive": contrastive_loss(near, far).mean()}

        run.stage(
            "siamese",
            loss,
            self.siamese_epochs,
            X=codes,
            parameters=similarity.parameters(),
            lr_factor=cosine(self.siamese_epochs),
        )

    def _train_map(self, run, spectral_map, codes, rng, max_epochs, similarity):
        """Train a map for the neighbours among ``similarity(codes)``."""
        with torch.no_grad():
            sample = similarity(self._sample(run, codes, rng))
            sigma = estimate_sigma(sample)
            _warn_of_parts(self._affinity(sample, sigma), self.n_clusters)

        def loss(x, i):
            with torch.no_grad():
                affinity = self._affinity(similarity(x), sigma)
            return {"spectral": spectral_loss(spectral_map(x), affinity)}

        run.stage(
            "spectral",
            loss,
            max_epochs,
            X=codes,
            parameters=spectral_map.parameters(),
            lr_factor=cosine(max_epochs),
        )

    def _place_centers(self, run, spectral_map, codes, rng, labels=None):
        """Run k-means in the embedding of all rows, from labels if there are any.

        Returns its labels, which then have the same numbers.
        """
        _warn_of_lost_rank(self, spectral_map.orthonormal.n_jitter.item())
        spectral_map.orthonormal.fit(run.map(spectral_map.outputs, codes))
        embedding = run.map(spectral_map.embed, codes).numpy(force=True)
        if labels is None:
            kmeans = KMeans(self.n_clusters, n_init=20, random_state=rng)
        else:
            means = cluster_means(embedding, labels, self.n_clusters)
            kmeans = KMeans(self.n_clusters, init=means, n_init=1)
        kmeans.fit(embedding)
        spectral_map.centers.copy_(torch.from_numpy(kmeans.cluster_centers_))
        # Rows that coincide have no variance.
        variance = max(kmeans.inertia_ / embedding.size, _LEAST_VARIANCE)
        spectral_map.variance.fill_(variance)
        return kmeans.labels_

    def _given_labels(self, run):
        """Return the clusters that k-means is to start from, if there are any."""
        is_given = self.init is not None or run.start.is_warm
        return run.start.labels if is_given else None

    def _sample(self, run, codes, rng):
        """Return the codes of a random batch, as large as those in training."""
        n_samples = codes.shape[0]
        size = -(-n_samples // run.n_batches)
        return run.rows(torch.from_numpy(rng.permutation(n_samples)[:size]), codes)

    def _affinity(self, z, sigma):
        """Return W of a batch."""
        distances = pairwise_squared_distances(z)
        n_neighbors = min(self.n_neighbors, len(z))
        bandwidth = 2 * sigma.square()
        if self.scale == "local":
            sigma = neighbor_scale(distances, n_neighbors)
            bandwidth = sigma.outer(sigma)
        return neighbor_affinity(distances, n_neighbors, bandwidth)

    @property
    def n_jitter_(self) -> int:
        """Number of batches in which the outputs had nearly lost their rank."""
        layers = self.module_.modules()
        return sum(int(m.n_jitter) for m in layers if isinstance(m, OrthonormalLayer))


def estimate_sigma(z):
    """Return the median distance of codes (batch, n_components) to their nearest.

    Codes that coincide with another one tell nothing of the scale of the others.
    """
    rank = min(2, len(z))  # a point itself has the first
    distances = neighbor_scale(pairwise_squared_distances(z), rank)
    positive = distances[distances > 0]
    return positive.median() if len(positive) else distances.median()


def cosine(n_epochs):
    """Return the factors of a learning rate that is annealed to 0 by a cosine."""
    return lambda epoch: 0.5 * (1 + math.cos(math.pi * epoch / n_epochs))


def _warn_of_lost_rank(estimator, n_batches):
    if n_batches:
        warn(
            f"The outputs of the network nearly lost their rank in {n_batches} "
            f"batches. Raise batch_size={estimator.batch_size}, or lower "
            f"lr={estimator.lr}, n_eigenvectors={estimator.n_eigenvectors} or "
            f"n_clusters={estimator.n_clusters}."
        )


def _warn_of_parts(affinity, n_clusters):
    n_parts = connected_components(affinity.numpy(force=True) > 0, directed=False)[0]
    if n_parts > n_clusters:
        warn(
            f"The graph of a batch of {len(affinity)} rows has {n_parts} parts, more "
            f"than n_clusters={n_clusters}: which of them go together is not learned. "
            "Raise n_neighbors or batch_size."
        )
