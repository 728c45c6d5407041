"""What the adversarial methods share: a generator with a class among its inputs."""

import contextlib
from numbers import Integral

import numpy as np
import scipy.sparse as sp
import torch
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.utils import gen_batches
from torch import nn
from torch.nn.functional import one_hot

from .._compat import Interval
from .._parts import check_network
from .._typing import FloatArray
from ..base import BaseDeepClusterer, GenerativeMixin, Start, sample_rows, warn
from ..modules import autocast, generator_network

# Rows that the mean, the range and the spread of the data are taken from, at most.
_MOST_ROWS = 10_000
_ROWS_AT_ONCE = 100

# Rows that are compared with as many drawn ones, at most.
_MOST_COMPARED = 500

# What is drawn has next to no variance within a cluster: a share of that of the data.
_LEAST_SPREAD = 0.1


class AdversarialModule(nn.Module):
    """A generator of rows, from noise and a class.

    The networks see and draw *relative* rows: with a mean of zero and a mean squared
    length of one, so that weights of losses do not depend on the data's scale. The
    generator draws each feature within the range that it has in the data.

    A subclass has ``noise(n_rows, **settings)``, with the settings of torch's draws.

    Parameters
    ----------
    n_features, n_clusters, n_noise : int
        Number of features, of classes, and width of the noise.

    sizes : sequence of int
        Units of the hidden layers, or channels of convolutions.

    image_shape : tuple of int or None
        Shape of the images that are convolved.

    precision : {"bfloat16"} or None
        Mixed precision of the networks.
    """

    def __init__(self, n_features, n_clusters, n_noise, sizes, image_shape, precision):
        super().__init__()
        self.n_clusters = n_clusters
        self.n_noise = n_noise
        self.precision = precision
        self.generator = generator_network(
            n_noise + n_clusters, sizes, n_features, image_shape
        )
        self.register_buffer("mean", torch.zeros(n_features))
        self.register_buffer("spread", torch.ones(()))
        self.register_buffer("low", torch.zeros(n_features))
        self.register_buffer("width", torch.ones(n_features))

    def relative(self, x):
        """Rows as the networks see them (batch, n_features)."""
        return (x - self.mean) / self.spread

    def scaled(self, rows):
        """Relative rows with a variance of one for each feature, to put in networks."""
        return rows * rows.shape[1] ** 0.5

    @autocast
    def shares(self, codes):
        return self.generator(codes)

    def generate(self, codes):
        """Relative rows drawn from codes (batch, n_features)."""
        return self.low + self.width * self.shares(codes)

    def decode(self, codes):
        """Rows drawn from codes (batch, n_features)."""
        return self.mean + self.spread * self.generate(codes)

    def codes_of(self, classes, noise):
        """Codes of these classes (batch, n_noise + n_clusters)."""
        return torch.cat([noise, one_hot(classes, self.n_clusters).to(noise)], 1)

    def draw_noise(self, n_rows):
        """Noise for so many rows (n_rows, n_noise)."""
        where = {"device": self.mean.device, "dtype": self.mean.dtype}
        return self.noise(n_rows, **where)

    def draw_codes(self, n_rows):
        """Codes and their classes, drawn evenly (n_rows,)."""
        # Batch normalization takes no single row in training.
        size = (max(n_rows, 2),)
        classes = torch.randint(self.n_clusters, size, device=self.mean.device)
        return self.codes_of(classes, self.draw_noise(len(classes))), classes

    @torch.no_grad()
    def reorder(self, order):
        inputs = self.generator[0].weight[:, self.n_noise :]
        inputs.copy_(inputs[:, order])


class BaseAdversarialClusterer(GenerativeMixin, BaseDeepClusterer):
    """A clusterer whose clusters are the classes that a generator draws rows from.

    Its module is an :class:`AdversarialModule`.
    """

    _parameter_constraints: dict = {
        **BaseDeepClusterer._parameter_constraints,
        "n_noise": [Interval(Integral, 1, None, closed="left")],
        "hidden_layer_sizes": ["array-like", None],
        "image_shape": ["array-like", None],
    }
    del _parameter_constraints["init"]  # they start from nothing

    # The momentum of most generators' authors: either side's gradients turn soon.
    _optimizer_settings = {"fused": True, "betas": (0.5, 0.9)}

    def _check_fit(self, X):
        super()._check_fit(X)
        check_network(self.hidden_layer_sizes, self.image_shape, X.shape[1])

    def _start(self, X, rng):
        return Start(X.shape[1], self.n_clusters)

    def _network_settings(self, start):
        """Return the arguments of :class:`AdversarialModule`."""
        sizes, shape = self.hidden_layer_sizes, self.image_shape
        if sizes is None:
            sizes = (256, 256) if shape is None else (64, 128)
        return {
            "n_features": start.n_features,
            "n_clusters": start.n_clusters,
            "n_noise": self.n_noise,
            "sizes": tuple(sizes),
            "image_shape": None if shape is None else tuple(shape),
            "precision": self.precision,
        }

    def _begin(self, run, rng):
        """Tell the module where the data lie; its clusters are those of no training."""
        for name, values in _place(run.X, self.dtype, rng).items():
            getattr(run.module, name).copy_(torch.from_numpy(np.asarray(values)))
        run.start.labels = self._run_labels(run)

    def _play(self, run, loss, opponent):
        """Train the generator and what reads its codes, and their opponent.

        Parameters
        ----------
        run : Run
            As in :meth:`_train`.

        loss : callable
            From relative rows, a batch, to the terms of the generator's loss.

        opponent : callable
            Takes the opponent's steps for such a batch, after the generator's.
        """
        module = run.module
        spread = self._spread(run)

        def refresh():
            run.settled(self._run_labels(run), tol=0, patience=1)
            run.record(spread=spread())

        run.stage(
            "play",
            lambda x, i: loss(module.relative(x)),
            self.max_epochs,
            refresh=refresh,
            after_step=lambda x, i: opponent(module.relative(x)),
        )
        if self.max_epochs:
            self._warn_of_collapse(spread())

    def _spread(self, run):
        """Return a function that compares what is drawn with the rows.

        It gives the variance within the clusters of the one over that of the other.
        """
        module, n_samples = run.module, run.X.shape[0]
        rows = run.rows(np.arange(0, n_samples, -(-n_samples // _MOST_COMPARED)))
        classes = torch.arange(len(rows), device=rows.device) % self.n_clusters
        codes = module.codes_of(classes, module.draw_noise(len(rows)))

        def spread():
            drawn = _variance_within(run.map(module.generate, codes), classes)
            labels = run.map(module.assign, rows).argmax(1)
            own = _variance_within(run.map(module.relative, rows), labels)
            return float(drawn / own.clamp(min=1e-6))

        return spread

    def _run_labels(self, run):
        return run.map(run.module.assign).argmax(1).numpy(force=True)

    def _warn_of_collapse(self, spread):
        if spread < _LEAST_SPREAD:
            warn(
                f"What {type(self).__name__} draws from its clusters has {spread:.2g} "
                "of the variance that rows have within them: the generator has "
                "collapsed, or is not trained yet. Train for more epochs, lower lr, or "
                "fit again with another random_state."
            )

    def _warn_of_lost_clusters(self, n_found, n_clusters, cause):
        advice = "Train for more epochs, fit again with another random_state, or "
        super()._warn_of_lost_clusters(
            n_found, n_clusters, cause or f"{advice}lower n_clusters."
        )

    @property
    def weights_(self) -> FloatArray:
        """Weights of the clusters that rows are drawn from, equal ones, ndarray."""
        return np.full(self._n_clusters, 1 / self._n_clusters)

    def _draw(self, labels, rng):
        module = self.module_
        generator = torch.Generator("cpu").manual_seed(int(rng.randint(2**31)))
        noise = module.noise(len(labels), generator=generator)
        codes = module.codes_of(torch.from_numpy(labels).long(), noise)
        return self._apply(module.decode, codes.numpy(), np.float64)


@contextlib.contextmanager
def frozen(network):
    """Let no gradient reach the weights of a network in a block."""
    network.requires_grad_(False)
    try:
        yield
    finally:
        network.requires_grad_(True)


def _place(X, dtype, rng):
    """Return where the data lie, as the buffers of :class:`AdversarialModule`.

    Parameters
    ----------
    X : ndarray, memmap or CSR matrix of shape (n_samples, n_features)
        Data, of which at most 10,000 rows are looked at, a few at once.

    dtype : str
        What the networks compute in.

    rng : RandomState
        Source of the choice of rows.

    Returns
    -------
    dict
        Their mean, the root of their mean squared distance from it, and the range of
        each feature, relative to these.
    """
    chosen = sample_rows(np.arange(X.shape[0]), _MOST_ROWS, rng)
    moments, extremes = StandardScaler(), MinMaxScaler()
    for batch in gen_batches(len(chosen), _ROWS_AT_ONCE):
        rows = X[chosen[batch]]
        rows = (rows.toarray() if sp.issparse(rows) else rows).astype(dtype)
        moments.partial_fit(rows)
        extremes.partial_fit(rows)
    spread = np.sqrt(moments.var_.sum()) or 1.0
    return {
        "mean": moments.mean_,
        "spread": spread,
        "low": (extremes.data_min_ - moments.mean_) / spread,
        "width": extremes.data_range_ / spread,
    }


def _variance_within(rows, labels):
    """Mean squared distance of rows from the means of their clusters."""
    members = one_hot(labels).to(rows)
    means = members.T @ rows / members.sum(0).clamp(min=1)[:, None]
    return (rows - means[labels]).square().sum(1).mean()
