"""The distribution of the data around a reconstruction, and its precision."""

from numbers import Real
from typing import get_args

import numpy as np
from sklearn.preprocessing import StandardScaler, normalize
from sklearn.utils import gen_batches

from .._compat import Interval, StrOptions
from .._typing import Host, Likelihood
from ..base import sample_rows, warn

_MOST_ROWS = 10_000
_ROWS_AT_ONCE = 500


class LikelihoodMixin(Host):
    """For estimators with a parameter ``likelihood``.

    Their module has the buffer ``recon_precision``.
    """

    _parameter_constraints: dict = {
        "likelihood": [StrOptions(set(get_args(Likelihood)))]
    }

    # Without a parameter of that name, errors are relative to the data's variance.
    recon_precision: float | str = "auto"

    def _check_fit(self, X):
        super()._check_fit(X)
        if self.likelihood == "bernoulli" and (X.min() < 0 or X.max() > 1):
            raise ValueError(
                "likelihood='bernoulli' takes data in [0, 1], but X lies in "
                f"[{X.min():.8g}, {X.max():.8g}]: scale X (MinMaxScaler), or set "
                "likelihood='gaussian'."
            )
        if self.likelihood == "multinomial" and X.min() < 0:
            raise ValueError(
                "likelihood='multinomial' takes counts or weights of words, but X has "
                f"the value {X.min():.8g}: set likelihood='gaussian', the squared "
                "error, or 'cosine'."
            )

    @property
    def _has_scale(self):
        is_free = self.likelihood in ("cosine", "multinomial")
        return not is_free and super()._has_scale

    def _fixed_precision(self):
        return 1.0 if self.recon_precision == "auto" else float(self.recon_precision)

    def _find_precision(self, run, rng):
        """Put the precision into the module, where it is to be found."""
        if self.likelihood in ("cosine", "multinomial"):
            _warn_of_empty_rows(run.X)
        if self.recon_precision == "auto":
            precision = _precision_of_mean(run.X, self.likelihood, rng)
            run.module.recon_precision.fill_(precision)


class ReconPrecisionMixin(LikelihoodMixin):
    """For estimators with parameters ``likelihood`` and ``recon_precision``."""

    _parameter_constraints: dict = {
        **LikelihoodMixin._parameter_constraints,
        "recon_precision": [
            Interval(Real, 0, None, closed="neither"),
            StrOptions({"auto"}),
        ],
    }

    @property
    def recon_precision_(self) -> float:
        """Precision of the likelihood."""
        return self.module_.recon_precision.item()


def _warn_of_empty_rows(X):
    batches = gen_batches(X.shape[0], _ROWS_AT_ONCE)
    n_empty = sum(int(((X[batch] != 0).sum(1) == 0).sum()) for batch in batches)
    if n_empty:
        warn(
            f"{n_empty} of the {X.shape[0]} rows of X are zero, and have no direction: "
            "all of them get the same label. Leave them out, or let the vectorizer "
            "know more words.",
            UserWarning,
        )


def _precision_of_mean(X, likelihood, rng):
    """Return the precision with which the mean alone would explain the data.

    Parameters
    ----------
    X : ndarray, memmap or CSR matrix of shape (n_samples, n_features)
        Data, of which at most 10,000 rows are looked at, a few at once.

    likelihood : {"gaussian", "bernoulli", "cosine", "multinomial"}
        The likelihood.

    rng : RandomState
        Source of the choice of rows.

    Returns
    -------
    float
        The inverse of the mean variance of the features, or of those of the rows'
        directions, 1 for constant data; the mean number of words in a row.
    """
    rows = sample_rows(np.arange(X.shape[0]), _MOST_ROWS, rng)
    scaler, n_words = StandardScaler(with_mean=False), 0
    for batch in gen_batches(len(rows), _ROWS_AT_ONCE):
        part = X[rows[batch]]
        n_words += (part != 0).sum()
        scaler.partial_fit(normalize(part) if likelihood == "cosine" else part)
    if likelihood == "multinomial":
        return max(1.0, n_words / len(rows))
    variance = scaler.var_.mean()
    return 1 / variance if variance > 0 else 1.0
