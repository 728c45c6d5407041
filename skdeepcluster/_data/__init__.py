"""From arrays, CSR matrices and memory maps to batches of tensors."""

from ._rows import GroupedBatches, Rows, ShuffledBatches, forward_rows, whole_batch

__all__ = ["GroupedBatches", "Rows", "ShuffledBatches", "forward_rows", "whole_batch"]
