"""Saving and copying fitted estimators."""

import torch

from .._training import default_settings
from .._typing import Host


class SavedModuleMixin(Host):
    """Pickles a fitted module as numpy arrays, without torch's own pickles.

    So it loads on any device and can be inspected by skops.
    """

    def __getstate__(self):
        state = dict(super().__getstate__())
        if "module_" in state:
            weights = state["module_"].state_dict()
            state["module_"] = {k: v.cpu().numpy() for k, v in weights.items()}
        return state

    def __setstate__(self, state):
        super().__setstate__(state)
        if "module_" in state:
            with default_settings(torch.device("cpu")):
                self.module_ = self._loaded(state)

    def _loaded(self, state):
        built = self._fitted_as
        with torch.device("meta"):
            sizes = built._sizes(self.n_features_in_, state.get("_n_clusters"))
            module = built._build(sizes)
        # A copy, because an array from a memory map is read-only.
        weights = {k: torch.from_numpy(v.copy()) for k, v in state["module_"].items()}
        module.load_state_dict(weights, assign=True)
        try:
            module.to(built._torch_device())
        except (RuntimeError, AssertionError):
            module.to("cpu")  # fitted on a device that is not here
        return module.eval().requires_grad_(False)
