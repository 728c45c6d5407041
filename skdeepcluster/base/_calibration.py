"""How sure a clusterer may be of its labels, and how usual a row is."""

import math

import numpy as np
import torch
from scipy.optimize import brentq
from sklearn.neighbors import NearestNeighbors
from sklearn.utils import gen_batches
from sklearn.utils.extmath import randomized_svd
from torch import nn

# Rows that neighbours are looked for among, and rows whose neighbours are looked for,
# at most.
_MOST_ROWS = 10_000
_MOST_PROBES = 1_000

# Neighbours of a row, as a share of its cluster: nearer ones are in the same cluster
# even where that is half of another one.
_SHARE = 0.25

_LOG_TEMPERATURES = (-7.0, 7.0)

# Rows whose probabilities are in memory at once.
_ROWS_AT_ONCE = 4096

# So many steps from the least to the largest score of the training data.
_N_QUANTILES = 1001


class Calibration(nn.Module):
    """The temperature of a clusterer's probabilities, and the scores of its data."""

    def __init__(self):
        super().__init__()
        self.register_buffer("temperature", torch.ones(()))
        self.register_buffer("quantiles", torch.zeros(_N_QUANTILES))

    def forward(self, log_q):
        """Logarithms of the probabilities (batch, n_clusters), given the module's."""
        return (log_q / self.temperature).log_softmax(1)

    def set_quantiles(self, scores):
        """Keep the quantiles of the scores of the training data."""
        scores = scores[np.isfinite(scores)]
        if len(scores):
            levels = np.linspace(0, 1, _N_QUANTILES)
            self.quantiles.copy_(torch.from_numpy(np.quantile(scores, levels)))


def neighbor_agreement(X, labels):
    """Return how often the rows around a row are in its cluster.

    Parameters
    ----------
    X : {ndarray, memmap, CSR array} of shape (n_samples, n_features)
        The rows, of which at most 10,000 are looked at.

    labels : ndarray of shape (n_samples,), dtype int
        Their clusters.

    Returns
    -------
    float
        The mean share of a row's nearest rows, a quarter as many as are in its cluster,
        that are in its cluster. It is neither 0 nor 1: half a row more is counted on
        either side. Near are rows in the space of as many singular vectors as there
        are clusters, whose means have no more dimensions: in all of many dimensions,
        noise would decide.
    """
    step = -(-len(labels) // _MOST_ROWS)
    rows, labels = X[::step], labels[::step]
    n_rows, n_clusters = len(labels), len(np.unique(labels))
    if n_rows < 2:
        return 0.5
    if n_clusters < min(rows.shape):
        vectors, values, _ = randomized_svd(rows, n_clusters, random_state=0)
        rows = vectors * values
    n_near = np.maximum(1, _SHARE * np.bincount(labels)).astype(int)
    probes = np.arange(0, n_rows, -(-n_rows // _MOST_PROBES))
    search = NearestNeighbors(n_neighbors=min(n_near.max() + 1, n_rows)).fit(rows)
    near = search.kneighbors(rows[probes], return_distance=False)
    is_other = near != probes[:, None]
    is_near = is_other & (is_other.cumsum(1) <= n_near[labels[probes], None])
    is_same = is_near & (labels[near] == labels[probes, None])
    shares = is_same.sum(1) / is_near.sum(1)
    return (shares.sum() + 0.5) / (len(shares) + 1)


def temperature(log_q, confidence):
    """Return the temperature at which probabilities have a given confidence.

    Parameters
    ----------
    log_q : ndarray of shape (n_samples, n_clusters)
        Logarithms of the probabilities.

    confidence : float
        What the mean of the rows' largest probabilities is to be.

    Returns
    -------
    float
        The temperature, the nearest one in bounds.
    """
    below = log_q - log_q.max(1, keepdims=True)
    batches = list(gen_batches(len(below), _ROWS_AT_ONCE))

    def excess(log_t):
        # The largest probability is one in the sum of all relative to it.
        total = 0.0
        for rows in batches:
            ratios = np.divide(below[rows], math.exp(log_t), dtype=np.float64)
            total += (1 / np.exp(ratios, out=ratios).sum(1)).sum()
        return total / len(below) - confidence

    low, high = _LOG_TEMPERATURES
    if excess(low) <= 0:
        return math.exp(low)
    if excess(high) >= 0:
        return math.exp(high)
    return math.exp(brentq(excess, low, high, xtol=1e-4))
