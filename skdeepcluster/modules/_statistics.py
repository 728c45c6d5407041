"""Running statistics of batch normalisation."""

import contextlib
from collections.abc import Iterator

from torch import nn

_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


@contextlib.contextmanager
def running_statistics_kept(module: nn.Module) -> Iterator[None]:
    """Leave the running means and variances of a network as they are in a block.

    In training mode it normalises by the batch as ever, but rows that are not like the
    data, such as perturbed ones, leave no trace in what it predicts by.

    Parameters
    ----------
    module : torch.nn.Module
        The network.

    Yields
    ------
    None
        Nothing.
    """
    layers = [m for m in module.modules() if isinstance(m, _BATCH_NORMS)]
    before = [layer.track_running_stats for layer in layers]
    try:
        for layer in layers:
            layer.track_running_stats = not layer.training and layer.track_running_stats
        yield
    finally:
        for layer, tracks in zip(layers, before, strict=True):
            layer.track_running_stats = tracks
