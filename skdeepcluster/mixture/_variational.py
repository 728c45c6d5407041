"""Clusterers by one variational autoencoder whose prior is a mixture."""

from numbers import Real
from typing import Any

from torch import nn

from .._compat import Interval
from .._parts import MixturePriorMixin, ReconPrecisionMixin
from ..autoencoders import Autoencoder, PretrainingMixin, VariationalAutoencoder
from ..base import BaseDeepClusterer, DecoderMixin
from ..losses import mixture_kl
from ..modules import MixturePrior, VariationalModule, with_variances
from ._base import warn_of_collapse


class VariationalMixture(nn.Module):
    """A variational autoencoder and the mixture that its codes come from.

    A subclass has ``log_responsibilities(z, expected)``, the logarithms of q(c | x)
    (batch, n_clusters) given codes and the expectation of their log p(z, c).

    Parameters
    ----------
    vae : VariationalModule
        The autoencoder.

    n_clusters : int
        Number of components of the mixture.

    covariance_type : {"full", "tied", "diag", "fixed"}
        Their covariances.
    """

    log_responsibilities: Any

    def __init__(self, vae, n_clusters, covariance_type):
        super().__init__()
        self.vae = vae
        self.n_components = vae.n_components
        self.prior = MixturePrior(n_clusters, vae.n_components, covariance_type)

    def embed(self, x):
        return self.vae.embed(x)

    def decode(self, z):
        return self.vae.decode(z)

    @property
    def recon_precision(self):
        return self.vae.recon_precision

    def kl(self, z, mean, log_var):
        """KL(q(z, c | x) || p(z, c)) with z from q(z | x) (batch,)."""
        expected = self.prior.expected_log_joint(mean, log_var)
        log_responsibilities = self.log_responsibilities(z, expected)
        return mixture_kl(log_responsibilities, expected, log_var)

    def score(self, x):
        mean, log_var = self.vae.posterior(x)
        return self.vae.log_likelihood(x, mean) - self.kl(mean, mean, log_var)

    def information(self, x):
        """KL(q(z, c | x) || p(z, c)) with z = m(x) (batch,)."""
        mean, log_var = self.vae.posterior(x)
        return self.kl(mean, mean, log_var)

    def reorder(self, order):
        self.prior.reorder(order)


class BaseVariationalMixture(
    MixturePriorMixin,
    ReconPrecisionMixin,
    PretrainingMixin,
    DecoderMixin,
    BaseDeepClusterer,
):
    """A clusterer whose module is a :class:`VariationalMixture`."""

    _parameter_constraints: dict = {
        **BaseDeepClusterer._parameter_constraints,
        **PretrainingMixin._parameter_constraints,
        **ReconPrecisionMixin._parameter_constraints,
        "lr_decay": [Interval(Real, 0, 1, closed="right")],
    }

    _autoencoders = (Autoencoder, VariationalAutoencoder)

    def _check_fit(self, X):
        super()._check_fit(X)
        autoencoder = self._autoencoder()
        if self._is_pretrained:
            autoencoder = autoencoder._fitted_as
        if isinstance(autoencoder, Autoencoder) and autoencoder.module is not None:
            raise ValueError(
                f"autoencoder={autoencoder!r} has a module of your own, without "
                "variances: give a VariationalAutoencoder with a module."
            )
        if autoencoder.likelihood != self.likelihood:
            raise ValueError(
                f"likelihood={self.likelihood!r} takes an autoencoder with the same "
                f"one, but it has likelihood={autoencoder.likelihood!r}."
            )

    def _default_autoencoder(self):
        return Autoencoder(likelihood=self.likelihood)

    def _variational(self, start):
        """Return the network of the start's autoencoder as a variational one."""
        autoencoder = start.autoencoder
        network = autoencoder.network
        if not isinstance(autoencoder, VariationalModule):
            # Those of a sphere keep their length, those of a saved model are unknown.
            is_fixed = autoencoder.spherical or start.codes is None
            scale = None if is_fixed else float(start.codes.std() or 1)
            network = with_variances(network, scale)
        return VariationalModule(
            network,
            autoencoder.n_components,
            self.likelihood,
            self._fixed_precision(),
            autoencoder.precision,
            autoencoder.spherical,
        )

    def _begin(self, run, rng):
        self._start_prior(run.module.prior, run.embed(), run.start.labels)
        self._find_precision(run, rng)

    def _joint_stage(self, run, loss, after_step=None):
        """Train the network and the mixture together, and tell what has collapsed."""
        run.stage(
            "cluster",
            loss,
            self.max_epochs,
            lr_factor=lambda epoch: max(self.lr_decay ** (epoch // 10), 0.1),
            after_step=after_step,
        )
        information = run.map(run.module.information).mean().item()
        warn_of_collapse(self, run.map(run.module.assign).exp(), information)
