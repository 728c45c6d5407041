"""Batches of rows, fetched whole."""

import numpy as np
import scipy.sparse as sp
import torch
from torch.nn.functional import pad
from torch.utils.data import Dataset

# Matrix products round differently with the number of rows. Batches padded to this
# many rows, always, give each row the same bits whatever its company.
_INFERENCE_ROWS = 128


class Rows(Dataset):
    """The rows of ``X`` with their numbers, fetched a batch at a time.

    A dense array in memory is held once in ``dtype`` (without a copy where it has
    it already); a CSR matrix is made dense batch by batch; a memory map is read
    batch by batch.

    Parameters
    ----------
    X : ndarray, memmap or CSR matrix of shape (n_samples, n_features)
        The data.

    y : None
        Ignored, skorch passes it.

    dtype : str
        Dtype of the batches.
    """

    def __init__(self, X, y=None, *, dtype):
        self.dtype = np.dtype(dtype)
        if sp.issparse(X):
            X = X.astype(self.dtype, copy=False)
        elif not _is_memory_map(X):
            X = np.require(X, self.dtype, ["C", "W"])
        self.X = X

    def __len__(self):
        return self.X.shape[0]

    def __getitems__(self, indices):
        return dense_tensor(self.X[indices], self.dtype), torch.from_numpy(indices)


def dense_tensor(rows, dtype):
    """Return an array or a CSR matrix as a tensor on the CPU."""
    if sp.issparse(rows):
        rows = rows.toarray()
    return torch.from_numpy(np.require(rows, dtype, ["C", "W"]))


def _is_memory_map(X):
    # Validation returns views of a memory map that are no longer np.memmap.
    while isinstance(X, np.ndarray):
        if isinstance(X, np.memmap):
            return True
        X = X.base
    return False


class ShuffledBatches:
    """Row numbers in random batches, a new permutation every epoch.

    A ``batch_sampler`` for :class:`torch.utils.data.DataLoader`. All rows are
    visited once in an epoch; the sizes of the batches differ by one at most, so
    that no step is taken on a handful of left-over rows.

    Parameters
    ----------
    n_samples : int
        Number of rows.

    batch_size : int
        Largest size of a batch.

    generator : torch.Generator
        Source of the permutations.
    """

    def __init__(self, n_samples, batch_size, generator):
        self.n_samples = n_samples
        self.batch_size = batch_size
        self.generator = generator

    def __len__(self):
        return -(-self.n_samples // self.batch_size)

    def __iter__(self):
        order = torch.randperm(self.n_samples, generator=self.generator, device="cpu")
        yield from np.array_split(order.numpy(), len(self))


class GroupedBatches:
    """Row numbers in random batches with equally many rows of each group.

    A ``batch_sampler`` for :class:`torch.utils.data.DataLoader`. A batch holds the
    rows of the first group, then those of the second, and so on, each drawn with
    replacement; an epoch draws about as many rows as there are.

    Parameters
    ----------
    groups : ndarray of shape (n_samples,), dtype int
        The groups of the rows, from 0 to ``n_groups - 1``. In the place of an empty
        one are all rows.

    n_groups : int
        Number of groups.

    batch_size : int
        Largest size of a batch, where it is not less than the number of groups.

    generator : torch.Generator
        Source of the draws.
    """

    def __init__(self, groups, n_groups, batch_size, generator):
        everyone = np.arange(len(groups))
        members = [np.flatnonzero(groups == group) for group in range(n_groups)]
        self.members = [rows if len(rows) else everyone for rows in members]
        self.n_samples = len(groups)
        self.n_rows = max(1, batch_size // n_groups)
        self.generator = generator

    def __len__(self):
        return -(-self.n_samples // (self.n_rows * len(self.members)))

    def __iter__(self):
        shape = (len(self.members), self.n_rows)
        for _ in range(len(self)):
            draws = torch.rand(
                shape, generator=self.generator, dtype=torch.float64, device="cpu"
            )
            yield np.concatenate(
                [
                    rows[(draw * len(rows)).astype(int)]
                    for rows, draw in zip(self.members, draws.numpy(), strict=True)
                ]
            )


def whole_batch(batch):
    """Return a batch as it is: rows are fetched together, nothing is collated."""
    return batch


def forward_rows(function, X, *, dtype, device):
    """Apply ``function`` to all rows of ``X``, in batches and without gradients.

    Each row's result is bitwise independent of the rows it is computed with.

    Parameters
    ----------
    function : callable
        From a tensor (batch, n_features) to a tensor with one row for each.

    X : ndarray, memmap or CSR matrix of shape (n_samples, n_features)
        The data.

    dtype : str
        Dtype of the batches.

    device : str or torch.device
        Where ``function`` computes.

    Returns
    -------
    tensor of shape (n_samples, ...)
        The results, where ``function`` leaves them.
    """
    results = []
    with torch.inference_mode():
        for start in range(0, X.shape[0], _INFERENCE_ROWS):
            x = dense_tensor(X[start : start + _INFERENCE_ROWS], dtype).to(device)
            padded = pad(x, (0, 0, 0, _INFERENCE_ROWS - len(x)))
            results.append(function(padded)[: len(x)])
    return torch.cat(results)
