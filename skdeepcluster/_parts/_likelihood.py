"""The distribution of the data around a reconstruction, and its precision."""

from numbers import Real
from typing import get_args

import numpy as np
from sklearn.preprocessing import StandardScaler
from sklearn.utils import gen_batches

from .._compat import Interval, StrOptions
from .._typing import Host, Likelihood
from ..base import sample_rows

_MOST_ROWS = 10_000
_ROWS_AT_ONCE = 500


class LikelihoodMixin(Host):
    """For estimators with a parameter ``likelihood``."""

    _parameter_constraints: dict = {
        "likelihood": [StrOptions(set(get_args(Likelihood)))]
    }

    def _check_fit(self, X):
        super()._check_fit(X)
        if self.likelihood == "bernoulli" and (X.min() < 0 or X.max() > 1):
            raise ValueError(
                "likelihood='bernoulli' takes data in [0, 1], but X lies in "
                f"[{X.min():.8g}, {X.max():.8g}]: scale X (MinMaxScaler), or set "
                "likelihood='gaussian'."
            )


class ReconPrecisionMixin(LikelihoodMixin):
    """For estimators with parameters ``likelihood`` and ``recon_precision``.

    Their module has the buffer ``recon_precision``.
    """

    _parameter_constraints: dict = {
        **LikelihoodMixin._parameter_constraints,
        "recon_precision": [
            Interval(Real, 0, None, closed="neither"),
            StrOptions({"auto"}),
        ],
    }

    def _fixed_precision(self):
        return 1.0 if self.recon_precision == "auto" else float(self.recon_precision)

    def _find_precision(self, run, rng):
        """Put the precision into the module, where it is to be found."""
        if self.recon_precision == "auto":
            run.module.recon_precision.fill_(1 / mean_variance(run.X, rng))

    @property
    def recon_precision_(self) -> float:
        """Precision of the Gaussian likelihood."""
        return self.module_.recon_precision.item()


def mean_variance(X, rng):
    """Return the mean variance of the features.

    Parameters
    ----------
    X : ndarray, memmap or CSR matrix of shape (n_samples, n_features)
        Data, of which at most 10,000 rows are looked at, a few at once.

    rng : RandomState
        Source of the choice of rows.

    Returns
    -------
    float
        The variance; 1 for constant data.
    """
    rows = sample_rows(np.arange(X.shape[0]), _MOST_ROWS, rng)
    scaler = StandardScaler(with_mean=False)
    for batch in gen_batches(len(rows), _ROWS_AT_ONCE):
        scaler.partial_fit(X[rows[batch]])
    variance = scaler.var_.mean()
    return variance if variance > 0 else 1.0
