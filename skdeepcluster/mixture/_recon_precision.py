"""The precision of the reconstruction, found from the data."""

from numbers import Real

import numpy as np
from sklearn.preprocessing import StandardScaler

from .._compat import Interval, StrOptions

_MOST_ROWS = 10_000


class ReconPrecisionMixin:
    """For clusterers with a parameter ``recon_precision``.

    Their module has the buffer ``recon_precision``.
    """

    _parameter_constraints: dict = {
        "recon_precision": [
            Interval(Real, 0, None, closed="neither"),
            StrOptions({"auto"}),
        ]
    }

    def _fixed_precision(self):
        return 1.0 if self.recon_precision == "auto" else float(self.recon_precision)

    def _find_precision(self, run, rng):
        """Put the precision into the module, where it is to be found."""
        if self.recon_precision == "auto":
            run.module.recon_precision.fill_(inverse_variance(run.X, rng))

    @property
    def recon_precision_(self):
        """Precision of the Gaussian likelihood."""
        return self.module_.recon_precision.item()


def inverse_variance(X, rng):
    """Return the inverse of the mean variance of the features.

    Parameters
    ----------
    X : ndarray, memmap or CSR matrix of shape (n_samples, n_features)
        Data, of which at most 10,000 rows are looked at.

    rng : RandomState
        Source of the choice of rows.

    Returns
    -------
    float
        The inverse; 1 for constant data.
    """
    rows = np.sort(rng.permutation(X.shape[0])[:_MOST_ROWS])
    variance = StandardScaler(with_mean=False).fit(X[rows]).var_.mean()
    return 1 / variance if variance > 0 else 1.0
