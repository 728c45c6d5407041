"""From arrays, CSR matrices and memory maps to batches of tensors."""

from ._rows import (
    GroupedBatches,
    Rows,
    ShuffledBatches,
    dense_tensor,
    forward_rows,
    whole_batch,
)

__all__ = [
    "GroupedBatches",
    "Rows",
    "ShuffledBatches",
    "dense_tensor",
    "forward_rows",
    "whole_batch",
]
