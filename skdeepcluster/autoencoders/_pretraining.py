"""How a clusterer starts from an autoencoder."""

import copy

from sklearn.frozen import FrozenEstimator
from sklearn.utils.validation import check_is_fitted

from .._compat import HasMethods, StrOptions
from .._typing import Host
from ..base import BaseDeepTransformer, Start, warn
from ._autoencoder import Autoencoder


class PretrainingMixin(Host):
    """For clusterers with a parameter ``autoencoder``.

    The parameter is None for the default, an unfitted transformer to be fitted
    within the clusterer's fit, or a fitted one in a
    :class:`sklearn.frozen.FrozenEstimator`, whose network is copied. The network is in
    ``start.autoencoder``, for the clusterer's module to hold.
    """

    _parameter_constraints: dict = {
        "autoencoder": [HasMethods(["fit", "transform"]), None],
        "init_space": [StrOptions({"codes", "data"})],
    }

    # What it may start from.
    _autoencoders: tuple[type, ...] = (BaseDeepTransformer,)

    def _check_fit(self, X):
        super()._check_fit(X)
        name = f"autoencoder={self.autoencoder!r}"
        estimator = self._autoencoder()
        if estimator is None:  # a clusterer that may do without
            return
        if not isinstance(estimator, self._autoencoders):
            raise ValueError(
                f"{name} should be {_any_of(self._autoencoders)}, or a fitted one in a "
                "FrozenEstimator."
            )
        if not self._is_pretrained:
            if hasattr(estimator, "module_"):
                warn(
                    f"{name} is fitted, and is fitted again, to these rows: to start "
                    "from it as it is, set autoencoder=FrozenEstimator(...) (from "
                    "sklearn.frozen).",
                    UserWarning,
                )
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
        estimator._fitted_as._check_fit(X)

    @property
    def _has_scale(self):
        autoencoder = self._autoencoder()
        return super()._has_scale and (autoencoder is None or autoencoder._has_scale)

    def _warn_of_scale(self, X):
        # What an autoencoder learns from, it warns of.
        if self._autoencoder() is None:
            super()._warn_of_scale(X)

    @property
    def _is_pretrained(self):
        return isinstance(self.autoencoder, FrozenEstimator)

    def _autoencoder(self):
        if self._is_pretrained:
            return self.autoencoder.estimator
        if self.autoencoder is None:
            return self._default_autoencoder()
        return self.autoencoder

    def _default_autoencoder(self):
        return Autoencoder()

    def _encoded(self, X, rng):
        """Return a start with the network of the autoencoder, and its codes."""
        autoencoder = self._autoencoder()
        if autoencoder is None:
            return super()._encoded(X, rng)
        history = []
        if not self._is_pretrained:
            autoencoder = self._nested(autoencoder, rng)
            if autoencoder.augment is None:
                autoencoder.augment = self.augment
            autoencoder.fit(X)
            history = autoencoder.history_
        network = copy.deepcopy(autoencoder.module_).requires_grad_(True)
        network.precision = network.precision or self.precision
        return Start(
            X.shape[1],
            autoencoder=network,
            blueprint=autoencoder._fitted_as,
            codes=self._codes(autoencoder, X),
            history=list(history),
        )

    def _codes(self, autoencoder, X):
        """Return what ``init`` clusters."""
        return autoencoder._apply(autoencoder.module_.embed, X)

    def _as_built(self, start):
        return super()._as_built(start).set_params(autoencoder=start.blueprint)

    def _sizes(self, n_features, n_clusters):
        sizes = super()._sizes(n_features, n_clusters)
        autoencoder = self._autoencoder()
        if autoencoder is not None:
            sizes.autoencoder = autoencoder._build(Start(n_features))
        return sizes


def _any_of(classes):
    """Return the names of classes, as a choice."""
    if BaseDeepTransformer in classes:
        return "an autoencoder of this package"
    return " or ".join(f"{_article(cls.__name__)} {cls.__name__}" for cls in classes)


def _article(name):
    return "an" if name[0] in "AEIOU" else "a"
