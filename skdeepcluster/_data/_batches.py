"""Which rows go into a batch together."""

import numpy as np
import torch


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
        Source of the permutations, on the CPU, so that they are the same everywhere.

    device : torch.device
        Where the row numbers are to be.
    """

    def __init__(self, n_samples, batch_size, generator, device):
        self.n_samples = n_samples
        self.batch_size = batch_size
        self.generator = generator
        self.device = device

    def __len__(self):
        return -(-self.n_samples // self.batch_size)

    def __iter__(self):
        order = torch.randperm(self.n_samples, generator=self.generator, device="cpu")
        yield from order.to(self.device).tensor_split(len(self))


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
        Source of the draws, on the CPU, so that they are the same everywhere.

    device : torch.device
        Where the row numbers are to be.
    """

    def __init__(self, groups, n_groups, batch_size, generator, device):
        everyone = np.arange(len(groups))
        members = [np.flatnonzero(groups == group) for group in range(n_groups)]
        members = [rows if len(rows) else everyone for rows in members]
        sizes = np.array([[len(rows)] for rows in members])
        # The members of all groups in a row, and where each group begins.
        self.members = torch.from_numpy(np.concatenate(members)).to(device)
        self.starts = torch.from_numpy(sizes.cumsum(0) - sizes).to(device)
        self.sizes = torch.from_numpy(sizes).to(device)
        self.n_samples = len(groups)
        self.n_rows = max(1, min(batch_size, self.n_samples) // n_groups)
        self.generator = generator

    def __len__(self):
        return -(-self.n_samples // (self.n_rows * len(self.sizes)))

    def __iter__(self):
        draws = torch.rand(
            (len(self), len(self.sizes), self.n_rows),
            generator=self.generator,
            dtype=torch.float64,
            device="cpu",
        )
        places = (draws.to(self.starts.device) * self.sizes).long() + self.starts
        yield from self.members[places].flatten(1)


class EndlessBatches:
    """The batches of a loader, one pass after the other.

    Parameters
    ----------
    loader : torch.utils.data.DataLoader
        The loader, with a ``batch_sampler`` that has a ``generator``.
    """

    def __init__(self, loader):
        self.loader = loader
        self.generator = loader.batch_sampler.generator
        self.begin_pass()

    def begin_pass(self):
        self.state = self.generator.get_state()
        self.n_taken = 0
        self.batches = iter(self.loader)

    def take(self, n_batches):
        """Yield the next batches."""
        for _ in range(n_batches):
            batch = next(self.batches, None)
            if batch is None:
                self.begin_pass()
                batch = next(self.batches)
            self.n_taken += 1
            yield batch

    @property
    def place(self):
        """The generator's state as the pass began, and the batches taken of it."""
        return self.state, self.n_taken

    def go_to(self, place):
        """Go on from a place."""
        state, n_taken = place
        self.generator.set_state(state)
        self.begin_pass()
        for _ in self.take(n_taken):
            pass


def whole_batch(batch):
    """Return a batch as it is: rows are fetched together, nothing is collated."""
    return batch
