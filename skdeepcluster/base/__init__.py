"""What all estimators share: parameters, validation, starts, prediction, saving."""

from ._clusterer import BaseDeepClusterer
from ._estimator import BaseDeepEstimator
from ._generative import GenerativeMixin, check_cluster, check_n_samples
from ._start import Start, fit_init, mixture_labels, sample_rows
from ._transformer import BaseDeepTransformer, DecoderMixin
from ._warn import warn

__all__ = [
    "BaseDeepClusterer",
    "BaseDeepEstimator",
    "BaseDeepTransformer",
    "DecoderMixin",
    "GenerativeMixin",
    "Start",
    "check_cluster",
    "check_n_samples",
    "fit_init",
    "mixture_labels",
    "sample_rows",
    "warn",
]
