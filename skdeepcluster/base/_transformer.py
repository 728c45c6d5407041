"""What all transformers share: a decoder, and settings that nesting fills in."""

from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from .._compat import Interval
from .._typing import FloatArray, Host
from ._estimator import BaseDeepEstimator


class DecoderMixin(Host):
    """For estimators whose module maps embeddings back to data.

    Its ``decode(z)`` is from (batch, n_components) to (batch, n_features).
    """

    def inverse_transform(self, X: ArrayLike) -> FloatArray:
        """Map embeddings back to data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_components)
            Embeddings.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            The decoder's output, in the dtype of ``X``.

        Raises
        ------
        ValueError
            If ``X`` has another number of columns than the embedding.
        """
        check_is_fitted(self)
        Z = check_array(X, dtype=[np.float64, np.float32])
        if Z.shape[1] != self._n_features_out:
            raise ValueError(
                f"X has {Z.shape[1]} columns, but the embedding of "
                f"{type(self).__name__} has {self._n_features_out}: pass what "
                "transform returns."
            )
        return self._apply(self.module_.decode, Z, Z.dtype)


class BaseDeepTransformer(DecoderMixin, BaseDeepEstimator):
    """A network that embeds data and maps embeddings back.

    Its module has ``decode(z)`` besides ``embed`` and ``score``.
    """

    # A transformer is often nested: None means the outer estimator's, or the default.
    _parameter_constraints: dict = {
        **BaseDeepEstimator._parameter_constraints,
        **{
            name: [*BaseDeepEstimator._parameter_constraints[name], None]
            for name in BaseDeepEstimator._defaults
        },
        "n_components": [Interval(Integral, 1, None, closed="left")],
    }
