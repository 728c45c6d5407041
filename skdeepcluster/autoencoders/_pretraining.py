"""How a clusterer starts from an autoencoder."""

import copy

from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from .._compat import HasMethods
from ..base import BaseDeepTransformer
from ._autoencoder import Autoencoder


class PretrainingMixin:
    """For clusterers with a parameter ``autoencoder`` and a ``module.autoencoder``.

    The parameter is None for the default, an unfitted transformer to be fitted
    within the clusterer's fit, or a fitted one in a
    :class:`sklearn.frozen.FrozenEstimator`, whose weights are copied.
    """

    _parameter_constraints: dict = {
        "autoencoder": [HasMethods(["fit", "transform"]), None]
    }

    @property
    def _is_pretrained(self):
        return isinstance(self.autoencoder, FrozenEstimator)

    def _check_fit(self, X):
        super()._check_fit(X)
        name = f"autoencoder={self.autoencoder!r}"
        estimator = self._autoencoder()
        if estimator is None:  # a clusterer that may do without
            return
        if not isinstance(estimator, BaseDeepTransformer):
            raise ValueError(
                f"{name} should be an Autoencoder or a VariationalAutoencoder, or a "
                "fitted one in a FrozenEstimator."
            )
        if not self._is_pretrained:
            estimator._validate_params()
            estimator._check_fit(X)
            return
        check_is_fitted(estimator)
        names = getattr(self, "feature_names_in_", None)
        if X.shape[1] != estimator.n_features_in_:
            raise ValueError(
                f"{name} was fitted on {estimator.n_features_in_} features, but X has "
                f"{X.shape[1]}: fit it on the features of X."
            )
        fitted_names = getattr(estimator, "feature_names_in_", names)
        if names is not None and list(names) != list(fitted_names):
            raise ValueError(
                f"{name} was fitted on features of other names than those of X, or in "
                "another order: fit it on the features of X."
            )

    def _autoencoder(self):
        if self._is_pretrained:
            return self.autoencoder.estimator
        if self.autoencoder is None:
            return self._default_autoencoder()
        return self.autoencoder

    def _default_autoencoder(self):
        return Autoencoder()

    def _build_autoencoder(self, n_features):
        """Return the autoencoder's network, for the clusterer's module to hold."""
        autoencoder = self._autoencoder()
        if self._is_pretrained:
            network = copy.deepcopy(autoencoder.module_).requires_grad_(True)
        else:
            network = autoencoder._build(n_features)
        network.precision = network.precision or self.precision
        return network

    def _pretrained(self, run, rng):
        """Return the network of the autoencoder, which is fitted where it is not."""
        if self._is_pretrained:
            return self.autoencoder.estimator.module_
        fitted = self._nested(self._autoencoder(), rng).fit(run.X)
        run.history += fitted.history_
        return fitted.module_

    def _pretrain(self, run, rng):
        """Take the weights of the autoencoder."""
        weights = self._pretrained(run, rng).state_dict()
        run.module.autoencoder.load_state_dict(weights)
