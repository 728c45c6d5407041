"""What all estimators share: parameters, validation, starts, prediction, saving."""

from .._warn import warn
from ._clusterer import BaseDeepClusterer
from ._estimator import BaseDeepEstimator
from ._generative import GenerativeMixin, check_cluster
from ._start import (
    LEAST_COVARIANCE,
    Start,
    check_steps,
    fit_init,
    history_of,
    is_labels,
    sample_rows,
)
from ._transformer import BaseDeepTransformer, DecoderMixin

__all__ = [
    "LEAST_COVARIANCE",
    "BaseDeepClusterer",
    "BaseDeepEstimator",
    "BaseDeepTransformer",
    "DecoderMixin",
    "GenerativeMixin",
    "Start",
    "check_cluster",
    "check_steps",
    "fit_init",
    "history_of",
    "is_labels",
    "sample_rows",
    "warn",
]
