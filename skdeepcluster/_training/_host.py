"""The host program's torch: what we compute depends on none of its settings.

Its modes are a thread's own; its generators, default dtype and precision are those of
all threads.
"""

import contextlib
import importlib
import os
import signal
import threading

import torch


class _DefaultNumbers:
    """Puts default dtype and precision of products aside while anyone is inside.

    They are global: of several threads, the first one in sets them, the last one out
    puts them back.
    """

    products = [getattr(torch.backends, name).matmul for name in ("cuda", "mkldnn")]

    def __init__(self, n_threads=None):
        self.lock = threading.Lock()
        self.n_inside = 0
        self.n_threads = n_threads

    def __enter__(self):
        with self.lock:
            if self.n_inside == 0:
                precisions = [product.fp32_precision for product in self.products]
                n_threads = self.n_threads and torch.get_num_threads()
                self.before = torch.get_default_dtype(), precisions, n_threads
                self.set(torch.float32, ["ieee"] * len(precisions), self.n_threads)
            self.n_inside += 1

    def __exit__(self, *error):
        with self.lock:
            self.n_inside -= 1
            if self.n_inside == 0:
                self.set(*self.before)

    def set(self, dtype, precisions, n_threads):
        torch.set_default_dtype(dtype)
        for product, precision in zip(self.products, precisions, strict=True):
            product.fp32_precision = precision
        if n_threads is not None:
            torch.set_num_threads(n_threads)


_default_numbers = _DefaultNumbers()

# torch's generators are shared by all threads: without the lock, two fits would draw
# from each other's seeds. Reentrant, because a fit may hold another.
_fit_lock = threading.RLock()

# A process forked while another thread imports something would never end its own import
# of that: forks wait for the one that takes seconds.
_import_lock = threading.RLock()


def _begin_anew():
    """Free a forked process of what it has from threads that it does not have."""
    global _default_numbers, _fit_lock
    if _default_numbers.n_inside:
        _default_numbers.set(*_default_numbers.before)
    # OpenMP's threads are gone as well, and it would wait for them.
    _default_numbers = _DefaultNumbers(n_threads=1)
    _fit_lock = threading.RLock()
    _import_lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_import_lock.acquire,
        after_in_parent=_import_lock.release,
        after_in_child=_begin_anew,
    )


@contextlib.contextmanager
def default_settings(device):
    """Put the host's settings of torch aside for a block.

    Gradients are on, inference mode and autocast are off, tensors are made on the CPU
    and of float32, and products of float32 are not rounded to less.

    Parameters
    ----------
    device : torch.device
        The device in use.
    """
    with contextlib.ExitStack() as settings:
        settings.enter_context(_default_numbers)
        settings.enter_context(torch.inference_mode(False))
        settings.enter_context(torch.enable_grad())
        settings.enter_context(torch.device("cpu"))
        for kind in filter(torch.is_autocast_enabled, {"cpu", device.type}):
            settings.enter_context(torch.autocast(kind, enabled=False))
        yield


@contextlib.contextmanager
def isolated(seed, device):
    """Seed torch's generators for a block, then put their states back.

    Parameters
    ----------
    seed : int
        The seed.

    device : torch.device
        The device in use; its generator is seeded along with the CPU's, and no other.
    """
    with _import_lock:
        importlib.import_module("torch._dynamo")  # as the first optimizer would
    accelerators = [] if device.type == "cpu" else [device]
    with _fit_lock, torch.random.fork_rng(accelerators, device_type=device.type):
        # torch.manual_seed would seed all devices.
        torch.default_generator.manual_seed(seed)
        if device.type != "cpu":
            with torch.accelerator.device_index(device.index):
                torch.get_device_module(device).manual_seed(seed)
        yield


def generator_states(device):
    """Return the states of the generators that :func:`isolated` seeds.

    Parameters
    ----------
    device : torch.device
        The device in use.

    Returns
    -------
    list of tensor
        That of the CPU, and that of another device in use.
    """
    states = [torch.default_generator.get_state()]
    if device.type != "cpu":
        states.append(torch.get_device_module(device).get_rng_state(device))
    return states


def set_generator_states(device, states):
    """Give the generators such states.

    Parameters
    ----------
    device : torch.device
        The device in use.

    states : list of tensor
        The states.
    """
    torch.default_generator.set_state(states[0])
    if device.type != "cpu":
        torch.get_device_module(device).set_rng_state(states[1], device)


@contextlib.contextmanager
def interrupts_later():
    """Let Ctrl-C wait until the end of a block."""
    handler = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not callable(handler):  # no Python code of this thread is called
        yield
        return
    received = []
    signal.signal(signal.SIGINT, lambda *args: received.append(args))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if received:
            handler(*received[0])
