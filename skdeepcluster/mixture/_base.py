"""What the mixtures of autoencoders share."""

import warnings
from numbers import Integral

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import column_or_1d
from torch import nn

from .._compat import HasMethods, Interval, StrOptions
from .._typing import Data, FloatArray
from ..autoencoders import Autoencoder
from ..autoencoders._base import (
    check_image_shape,
    check_layer_sizes,
    check_unit_interval,
)
from ..autoencoders._prior import fit_mixture
from ..base import BaseDeepClusterer, check_cluster
from ..losses import reconstruction_nll, squared_error
from ..modules import ConvExperts, DenseExperts, autocast

# The loss of an autoencoder whose decoder a likelihood can take over.
AUTOENCODER_LOSSES = {"gaussian": "squared_error", "bernoulli": "bernoulli"}

# Codes with less information about their rows than this, in nats, are ignored.
_LEAST_INFORMATION = 0.01


class Experts(nn.Module):
    """Autoencoders side by side, one for each cluster.

    Parameters
    ----------
    network : torch.nn.Module
        The :class:`DenseExperts` or the :class:`ConvExperts`.

    n_clusters : int
        Number of experts.

    likelihood : {"gaussian", "bernoulli"}
        Distribution of the data around an expert's output.

    recon_precision : float
        Precision of the Gaussian one.

    precision : {"bfloat16"} or None
        Mixed precision of the networks.
    """

    def __init__(self, network, n_clusters, likelihood, recon_precision, precision):
        super().__init__()
        self.network = network
        self.n_components = n_clusters  # of the embedding: the distances
        self.likelihood = likelihood
        self.register_buffer("recon_precision", torch.tensor(recon_precision))
        self.precision = precision

    @autocast
    def encode(self, x):
        return self.network.encode(x)

    @autocast
    def output(self, z):
        return self.network.decode(z)

    def codes(self, x):
        """Codes by all experts (n_clusters, batch, n_components)."""
        return self.encode(x)

    def distortions(self, x, z):
        """-log p(x | z) for all experts (batch, n_clusters)."""
        output = self.output(z)
        return reconstruction_nll(x, output, self.likelihood, self.recon_precision).T

    def decode(self, z):
        """Data from codes (n_clusters, batch, n_components)."""
        output = self.output(z)
        return output.sigmoid() if self.likelihood == "bernoulli" else output

    def reconstruct(self, x):
        """Reconstructions by all experts (n_clusters, batch, n_features)."""
        return self.decode(self.codes(x))

    def embed(self, x):
        """Distances from the reconstructions (batch, n_clusters)."""
        return squared_error(x, self.reconstruct(x)).sqrt().T


class BaseExpertsClusterer(BaseDeepClusterer):
    """A clusterer with an autoencoder for each cluster.

    Its module has the :class:`Experts` in ``experts``, or is one.
    """

    _parameter_constraints: dict = {
        **BaseDeepClusterer._parameter_constraints,
        "init": [
            HasMethods(["fit", "transform"]),
            HasMethods(["fit_predict"]),
            HasMethods(["fit", "predict"]),
            "array-like",
            None,
        ],
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "hidden_layer_sizes": ["array-like", None],
        "image_shape": ["array-like", None],
        "likelihood": [StrOptions({"gaussian", "bernoulli"})],
        "expert_epochs": [Interval(Integral, 0, None, closed="left")],
    }

    def _check_fit(self, X):
        super()._check_fit(X)
        check_layer_sizes("hidden_layer_sizes", self.hidden_layer_sizes)
        check_image_shape(self.image_shape, X.shape[1])
        if self.likelihood == "bernoulli":
            check_unit_interval(X, "likelihood='bernoulli'", "likelihood='gaussian'")
        if self._starts_from_labels:
            self._check_labels(X)

    @property
    def _starts_from_labels(self):
        return not (self.init is None or hasattr(self.init, "fit"))

    def _check_labels(self, X):
        labels = column_or_1d(self.init)
        if len(labels) != X.shape[0]:
            raise ValueError(
                f"init has {len(labels)} labels, but X has {X.shape[0]} rows: give one "
                "label for each row."
            )
        names, sizes = np.unique(labels, return_counts=True)
        if len(names) != self.n_clusters:
            raise ValueError(
                f"init has labels of {len(names)} clusters, but "
                f"n_clusters={self.n_clusters}: give labels of as many clusters, or "
                "set n_clusters to their number."
            )
        if sizes.min() < 2:
            raise ValueError(
                f"init has {sizes.min()} row with the label {names[sizes.argmin()]!r}: "
                "an expert needs at least 2 rows to start from."
            )

    def _initial_labels(self, run, rng):
        """Return the clusters to start from, 0 to n_clusters - 1."""
        if self._starts_from_labels:
            labels = column_or_1d(self.init)
        else:
            labels = self._labels_of(self._init_estimator(), run, rng)
        names, labels = np.unique(labels, return_inverse=True)
        if len(names) > self.n_clusters:
            raise ValueError(
                f"init={self.init!r} found {len(names)} clusters, but "
                f"n_clusters={self.n_clusters}: set the same number in both."
            )
        return labels

    def _init_estimator(self):
        if self.init is None:
            loss = AUTOENCODER_LOSSES[self.likelihood]
            return Autoencoder(loss=loss, image_shape=self.image_shape)
        return self.init

    def _labels_of(self, start, run, rng):
        start = self._nested(start, rng)
        if hasattr(start, "fit_predict"):
            labels = start.fit_predict(run.X)
        elif hasattr(start, "predict"):  # a frozen clusterer
            labels = start.predict(run.X)
        else:
            codes = start.fit(run.X, None).transform(run.X)
            mixture, scale = fit_mixture(codes, self.n_clusters, "full", rng)
            labels = mixture.predict(codes / scale)
        for step in start if isinstance(start, Pipeline) else [start]:
            if not isinstance(step, FrozenEstimator):
                run.history += getattr(step, "history_", [])
        return labels

    def _expert_network(self, n_features, n_outputs, dropout=0.0):
        """Return k networks whose encoders have ``n_outputs`` outputs each."""
        sizes = self.hidden_layer_sizes
        if self.image_shape is not None:
            channels = (16, 32) if sizes is None else sizes
            shape = tuple(self.image_shape)
            return ConvExperts(
                self.n_clusters, shape, channels, n_outputs, self.n_components
            )
        sizes = (500, 100) if sizes is None else sizes
        return DenseExperts(
            self.n_clusters, n_features, sizes, n_outputs, self.n_components, dropout
        )

    def _train_experts(self, run, rng, experts, loss):
        """Find the initial labels, and train each expert on its cluster's rows.

        Parameters
        ----------
        run, rng
            As in :meth:`_train`.

        experts : Experts
            The experts.

        loss : callable
            From rows of each expert's own (n_clusters, batch, n_features) to its
            terms.

        Returns
        -------
        tensor of shape (n_samples,), dtype int64
            The initial labels, on the run's device.
        """
        run.initial_labels = self._initial_labels(run, rng)
        run.stage(
            "experts",
            lambda x, i: loss(x.unflatten(0, (self.n_clusters, -1))),
            self.expert_epochs,
            groups=(run.initial_labels, self.n_clusters),
            parameters=experts.parameters(),
        )
        return torch.from_numpy(run.initial_labels).to(run.net.device)

    def reconstruct(self, X: Data, cluster: int | None = None) -> FloatArray:
        """Reconstruct each row by its cluster's expert.

        Parameters
        ----------
        X : {array-like, CSR or CSC matrix} of shape (n_samples, n_features)
            The data.

        cluster : int, default=None
            The expert that reconstructs all rows; None means that of the cluster
            that :meth:`predict` gives.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            The reconstructions, in the dtype of ``X``.
        """
        X = self._check(X)
        module, experts = self.module_, getattr(self.module_, "experts", self.module_)
        expert = None if cluster is None else self._order[check_cluster(self, cluster)]

        def reconstruct(x):
            chosen = module.assign(x).argmax(1) if expert is None else expert
            return experts.reconstruct(x)[chosen, torch.arange(len(x))]

        return self._apply(reconstruct, X).astype(X.dtype, copy=False)


def warn_of_collapse(estimator, responsibilities, information=None):
    """Warn if few clusters are left, or the codes say nothing about their rows.

    Parameters
    ----------
    estimator : estimator
        The clusterer.

    responsibilities : tensor of shape (n_samples, n_clusters)
        Probabilities of the clusters.

    information : float, default=None
        Mean divergence of the codes from their prior, in nats.
    """
    name, n_clusters = type(estimator).__name__, estimator.n_clusters
    usage = responsibilities.mean(0)
    perplexity = float(torch.special.entr(usage).sum().exp())
    if perplexity < n_clusters / 2:
        warnings.warn(
            f"{name} uses {perplexity:.1f} clusters (the perplexity of their sizes) of "
            f"n_clusters={n_clusters}: the others have collapsed. Start from better "
            "clusters, train for fewer epochs, or lower lr or n_clusters.",
            ConvergenceWarning,
            stacklevel=7,
        )
    if information is not None and information < _LEAST_INFORMATION:
        advice = f"Raise recon_precision={estimator.recon_precision!r}."
        if estimator.likelihood == "bernoulli":
            advice = "Set likelihood='gaussian' and a larger recon_precision."
        warnings.warn(
            f"The codes of {name} carry {information:.2g} nats about their rows: the "
            f"decoder ignores them. {advice}",
            ConvergenceWarning,
            stacklevel=7,
        )
