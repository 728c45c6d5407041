"""Saving and copying fitted estimators."""

import torch

from .._saving import SavedMixin
from .._training import default_settings


class SavedModuleMixin(SavedMixin):
    """Pickles a fitted module as numpy arrays, without torch's own pickles.

    So it loads on any device and can be inspected by skops.
    """

    # What a fit leaves at its end: scikit-learn's callbacks copy in the midst of one.
    _essential = ("module_", "history_")

    def __getstate__(self):
        state = super().__getstate__()
        if "module_" in state:
            weights = state["module_"].state_dict()
            state["module_"] = {k: v.cpu().numpy() for k, v in weights.items()}
        return state

    def _restore(self):
        super()._restore()
        built = self._fitted_as
        with default_settings(torch.device("cpu")):
            with torch.device("meta"):
                sizes = built._sizes(self.n_features_in_, self._n_clusters)
                module = built._build_whole(sizes)
            # A copy, because an array from a memory map is read-only.
            weights = {k: torch.from_numpy(v.copy()) for k, v in self.module_.items()}
            module.load_state_dict(weights, assign=True)
            try:
                module.to(built._torch_device())
            except (RuntimeError, AssertionError):
                module.to("cpu")  # fitted on a device that is not here
            module.requires_grad_(False)
        vars(self).update(self._fitted_by(module))
