"""From arrays, CSR matrices and memory maps to batches of tensors."""

from ._batches import EndlessBatches, GroupedBatches, ShuffledBatches, whole_batch
from ._rows import Rows, dense_tensor, forward_rows, to_device

__all__ = [
    "EndlessBatches",
    "GroupedBatches",
    "Rows",
    "ShuffledBatches",
    "dense_tensor",
    "forward_rows",
    "to_device",
    "whole_batch",
]
