"""The precision of the reconstruction, found from the data."""

from numbers import Real

from .._compat import Interval, StrOptions
from .._typing import Host
from ._base import mean_variance


class ReconPrecisionMixin(Host):
    """For estimators with a parameter ``recon_precision``.

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
            run.module.recon_precision.fill_(1 / mean_variance(run.X, rng))

    @property
    def recon_precision_(self) -> float:
        """Precision of the Gaussian likelihood."""
        return self.module_.recon_precision.item()
