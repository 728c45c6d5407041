"""What saved estimators hold besides themselves: the version that saved them."""

from ._typing import Host
from ._version import __version__
from ._warn import warn


class SavedMixin(Host):
    """Saves an estimator with the version of the package, and compares it on loading.

    Copies are made by saving, too.
    """

    # Attributes without which a fitted estimator cannot predict.
    _essential: tuple[str, ...] = ()

    def __getstate__(self):
        return {**super().__getstate__(), "_skdeepcluster_version": __version__}

    def __setstate__(self, state):
        state = dict(state)
        saved_by = state.pop("_skdeepcluster_version", "of an unknown version")
        is_fitted = any(name in state for name in self._essential)
        name = type(self).__name__
        advice = "load it with that version, or fit it anew and save it again."
        try:
            super().__setstate__(state)
            self.get_params(deep=False)
            if is_fitted:
                self._restore()
        except Exception as error:  # whatever a part raises that is not as it was
            raise ValueError(
                f"This {name} was saved by skdeepcluster {saved_by}, and skdeepcluster "
                f"{__version__} cannot load it ({type(error).__name__}: {error}): "
                f"{advice}"
            ) from error
        if is_fitted and saved_by != __version__:
            self._tell(
                f"This {name} was saved by skdeepcluster {saved_by}, and loaded by "
                f"skdeepcluster {__version__}. It may predict otherwise, or fail: "
                f"{advice}"
            )

    def _tell(self, message):
        warn(message, UserWarning)

    def _restore(self):
        """Make a fitted estimator of its saved attributes, or raise an exception."""
        for name in self._essential:
            getattr(self, name)
