"""What the exports need."""

from importlib import import_module

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from ..base import BaseDeepEstimator


def check_exportable(estimator):
    """Refuse what is not a fitted estimator of this package."""
    if isinstance(estimator, Pipeline):
        raise TypeError(
            "estimator is a Pipeline, of which only a step of this package can be "
            "exported: give its last step, pipeline[-1], and prepare the data with "
            "pipeline[:-1]."
        )
    if not isinstance(estimator, BaseDeepEstimator):
        raise TypeError(
            f"estimator={estimator!r} should be a fitted estimator of skdeepcluster."
        )
    check_is_fitted(estimator)


def require(name, *, extra):
    """Return an optional package, or say how to install it."""
    try:
        return import_module(name)
    except ImportError as error:
        raise ImportError(
            f"{name} is needed for this; install it with `pip install '.[{extra}]'` "
            "in a checkout of skdeepcluster."
        ) from error
