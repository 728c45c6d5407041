"""What the mixtures of autoencoders share."""

from numbers import Integral

import torch

from .._compat import Interval
from .._parts import LikelihoodMixin, check_network
from .._typing import Data, FloatArray
from ..autoencoders import Autoencoder
from ..base import BaseDeepClusterer, check_cluster, fit_init, warn
from ..losses import squared_error
from ..modules import ConvExperts, DenseExperts, LikelihoodAutoencoder

# Codes with less information about their rows than this, in nats, are ignored.
_LEAST_INFORMATION = 0.01


class Experts(LikelihoodAutoencoder):
    """Autoencoders side by side, one for each cluster.

    Parameters
    ----------
    network : torch.nn.Module
        The :class:`DenseExperts` or the :class:`ConvExperts`.

    n_clusters : int
        Number of experts, and of the distances that are the embedding.

    likelihood, recon_precision, precision
        As of the base class.
    """

    def codes(self, x):
        """Codes by all experts (n_clusters, batch, n_components)."""
        return self.encode(x)

    def distortions(self, x, z):
        """-log p(x | z) for all experts, without constant (batch, n_clusters)."""
        return self.negative_log_likelihood(x, z).T

    def reconstruct(self, x):
        """Reconstructions by all experts (n_clusters, batch, n_features)."""
        return self.decode(self.codes(x))

    def embed(self, x):
        """Distances from the reconstructions (batch, n_clusters)."""
        return squared_error(self.target(x), self.reconstruct(x)).sqrt().T

    @torch.no_grad()
    def reorder(self, order):
        for parameter in self.parameters():  # all have the experts first
            parameter.copy_(parameter[order])


class BaseExpertsClusterer(LikelihoodMixin, BaseDeepClusterer):
    """A clusterer with an autoencoder for each cluster.

    Its module has the :class:`Experts` in ``experts``, or is one.
    """

    _parameter_constraints: dict = {
        **BaseDeepClusterer._parameter_constraints,
        **LikelihoodMixin._parameter_constraints,
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "hidden_layer_sizes": ["array-like", None],
        "image_shape": ["array-like", None],
        "expert_epochs": [Interval(Integral, 0, None, closed="left")],
    }

    def _check_fit(self, X):
        super()._check_fit(X)
        check_network(self.hidden_layer_sizes, self.image_shape, X.shape[1])

    def _default_labels(self, codes, rng):
        autoencoder = Autoencoder(
            image_shape=self.image_shape,
            likelihood=self.likelihood,
            augment=self.augment,
        )
        return fit_init(self, autoencoder, codes, rng)

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

    def _train_experts(self, run, experts, loss):
        """Train each expert on its cluster of the start, of all rows if it is empty.

        Parameters
        ----------
        run : Run
            As in :meth:`_train`.

        experts : Experts
            The experts.

        loss : callable
            From rows of each expert's own (n_clusters, batch, n_features) to its
            terms.
        """
        run.stage(
            "experts",
            lambda x, i: loss(x.unflatten(0, (self.n_clusters, -1))),
            self.expert_epochs,
            groups=(run.start.labels, self.n_clusters),
            parameters=experts.parameters(),
        )

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
        expert = None if cluster is None else check_cluster(self, cluster)

        def reconstruct(x):
            chosen = module.assign(x).argmax(1) if expert is None else expert
            return experts.reconstruct(x)[chosen, torch.arange(len(x), device=x.device)]

        return self._apply(reconstruct, X, X.dtype)


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
        warn(
            f"{name} uses {perplexity:.1f} clusters (the perplexity of their sizes) of "
            f"n_clusters={n_clusters}: the others have collapsed. Start from better "
            "clusters, train for fewer epochs, or lower lr or n_clusters."
        )
    if information is not None and information < _LEAST_INFORMATION:
        advice = f"Raise recon_precision={estimator.recon_precision!r}."
        if estimator.likelihood == "bernoulli":
            advice = "Set likelihood='gaussian' and a larger recon_precision."
        warn(
            f"The codes of {name} carry {information:.2g} nats about their rows: the "
            f"decoder ignores them. {advice}"
        )
