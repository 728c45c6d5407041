"""The rows of a data set, and functions of all of them."""

import numpy as np
import scipy.sparse as sp
import torch
from torch.nn.functional import pad
from torch.utils.data import Dataset

# Matrix products round differently with the number of rows. Batches padded to this
# many rows, always, give each row the same bits whatever its company. More of them
# save nothing on a CPU; a GPU would idle between small ones.
_INFERENCE_ROWS = 128
_INFERENCE_ROWS_ON_ACCELERATORS = 4096


class Rows(Dataset):
    """The rows of ``X`` with their numbers, fetched a batch at a time.

    A dense array in memory is held once in ``dtype``: as a tensor on the device if it
    fits there, else on the CPU, without a copy where it has the dtype already. A CSR
    matrix is made dense batch by batch; a memory map is read batch by batch.

    Parameters
    ----------
    X : ndarray, memmap, CSR matrix or tensor of shape (n_samples, ...)
        The data.

    y : None
        Ignored, skorch passes it.

    dtype : str
        Dtype of the batches.

    device : str or torch.device, default=None
        Where to hold a dense array; None means where it is.

    Attributes
    ----------
    X : tensor, memmap or CSR matrix of shape (n_samples, ...)
        What is held.

    device : torch.device
        Where it is held: the batches come from there, and the row numbers are best
        there.
    """

    def __init__(self, X, y=None, *, dtype, device=None):
        self.dtype = np.dtype(dtype)
        self.device = torch.device("cpu")
        if sp.issparse(X):
            with _overflow_to_infinity():
                X = X.astype(self.dtype, copy=False)
        elif not _is_memory_map(X):
            X = dense_tensor(X, self.dtype)
            if device is not None and _fits(X, torch.device(device)):
                X = X.to(device)
            self.device = X.device
        self.X = X

    def __len__(self):
        return self.X.shape[0]

    def __getitem__(self, rows):
        """Return the rows of a slice as a tensor."""
        return dense_tensor(self.X[rows], self.dtype)

    def take(self, i):
        """Return the rows with the numbers ``i``, an ndarray or a tensor, as a tensor.

        Rows and numbers meet where the rows are.
        """
        i = torch.as_tensor(i, device=self.device)
        if isinstance(self.X, torch.Tensor):
            return self.X.index_select(0, i)  # several times as fast as self.X[i]
        return self[i.numpy()]

    def __getitems__(self, i):
        return self.take(i), i


def dense_tensor(rows, dtype):
    """Return an array, a CSR matrix or a tensor as a tensor, copied only if needed."""
    if isinstance(rows, torch.Tensor):
        return rows.to(getattr(torch, dtype.name))
    if sp.issparse(rows):
        rows = rows.toarray()
    with _overflow_to_infinity():
        rows = np.require(rows, dtype, ["C", "W"])
    # A single row may have a negative stride all the same, which torch refuses.
    return torch.from_numpy(rows.ravel().reshape(rows.shape))


def _overflow_to_infinity():
    # What is computed of it is refused, with the numbers of the rows.
    return np.errstate(over="ignore")


def to_device(tensor, device):
    """Return the tensor on a device; the CPU does not wait for its way to a GPU."""
    if tensor.device.type == "cpu" and torch.device(device).type == "cuda":
        tensor = tensor.pin_memory()
    return tensor.to(device, non_blocking=True)


def _is_memory_map(X):
    # Validation returns views of a memory map that are no longer np.memmap.
    while isinstance(X, np.ndarray):
        if isinstance(X, np.memmap):
            return True
        X = X.base
    return False


def _fits(tensor, device):
    """Whether a device has room for a tensor and leaves as much to the networks."""
    if device.type == "cpu":
        return True
    # Not all kinds of accelerators can tell.
    memory = getattr(torch.get_device_module(device), "mem_get_info", None)
    return memory is not None and 2 * tensor.nbytes < memory(device)[0]


def forward_rows(function, X, *, dtype, device):
    """Apply ``function`` to all rows of ``X``, in batches and without gradients.

    Each row's result is bitwise independent of the rows it is computed with.

    Parameters
    ----------
    function : callable
        From a tensor (batch, n_features) to a tensor with one row for each.

    X : Rows, ndarray, memmap, CSR matrix or tensor of shape (n_samples, n_features)
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
    device = torch.device(device)
    rows = X if isinstance(X, Rows) else Rows(X, dtype=dtype, device=device)
    size = _INFERENCE_ROWS if device.type == "cpu" else _INFERENCE_ROWS_ON_ACCELERATORS
    results = []
    with torch.inference_mode():
        for start in range(0, len(rows), size):
            x = to_device(rows[start : start + size], device)
            padded = pad(x, (0, 0, 0, size - len(x)))
            results.append(function(padded)[: len(x)])
    return torch.cat(results)
