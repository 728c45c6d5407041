"""Seeds that leave the user's generators alone."""

import contextlib
import threading

import torch

# torch's global generators are shared by all threads: without the lock, two fits
# would draw from each other's seeds. Reentrant, because a fit may hold another.
_lock = threading.RLock()


@contextlib.contextmanager
def isolated(seed, device):
    """Seed torch's global generators for a block, then put their states back.

    Parameters
    ----------
    seed : int
        The seed.

    device : torch.device
        The device in use; its generator is seeded along with the CPU's, and no other.
    """
    accelerators = [] if device.type == "cpu" else [device]
    with _lock, torch.random.fork_rng(accelerators, device_type=device.type):
        # torch.manual_seed would seed all devices.
        torch.default_generator.manual_seed(seed)
        if device.type != "cpu":
            with torch.accelerator.device_index(device.index):
                torch.get_device_module(device).manual_seed(seed)
        yield
