"""From arrays, CSR matrices and memory maps to batches of tensors."""

from ._rows import Rows, ShuffledBatches, forward_rows, whole_batch

__all__ = ["Rows", "ShuffledBatches", "forward_rows", "whole_batch"]
