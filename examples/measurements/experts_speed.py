"""Time k autoencoders evaluated at once against a loop over them.

Prints, for small and for large experts, how long a training step takes in a loop over
autoencoders relative to the experts of `KDAE`, which are evaluated together; and how
much of the speed of a bare matrix product the joint epochs of `DAMIC` reach, with the
memory that they take.

    python examples/measurements/experts_speed.py [--rounds 7] [--threads 1]
"""

import argparse
import resource
from statistics import median
from time import perf_counter

import numpy as np
import torch
from sklearn.datasets import make_blobs
from sklearn.preprocessing import minmax_scale
from torch import nn

from skdeepcluster import DAMIC
from skdeepcluster.modules import DenseAutoencoder, DenseExperts

# Name, k, features, hidden layers, width of the code, rows in a batch.
SIZES = [
    ("small", 10, 64, (64, 32), 10, 64),
    ("large", 10, 784, (500, 100), 10, 256),
]


def steps(reconstruct, parameters, x):
    """Return a function that takes a step of k-DAE with these experts."""
    optimizer = torch.optim.Adam(parameters, fused=True)

    def step():
        errors = (reconstruct(x) - x).square().sum(-1)
        optimizer.zero_grad()
        errors.amin(0).mean().backward()
        optimizer.step()

    return step


def seconds(function, repeats):
    begin = perf_counter()
    for _ in range(repeats):
        function()
    return (perf_counter() - begin) / repeats


def compare(rounds):
    """Print the ratio of the loop's time to that of the experts together."""
    for name, k, n_features, hidden, n_components, batch_size in SIZES:
        shape = (n_features, hidden, n_components, n_components)
        experts = DenseExperts(k, *shape)
        autoencoders = nn.ModuleList([DenseAutoencoder(*shape) for _ in range(k)])
        x = torch.rand(batch_size, n_features)
        together = steps(
            lambda x, experts=experts: experts.decode(experts.encode(x)),
            experts.parameters(),
            x,
        )
        loop = steps(
            lambda x, autoencoders=autoencoders: torch.stack(
                [network.decode(network.encode(x)) for network in autoencoders]
            ),
            autoencoders.parameters(),
            x,
        )
        repeats = 200 if name == "small" else 3
        ratios = [
            seconds(loop, repeats) / seconds(together, repeats)
            for _ in range(rounds + 1)
        ][1:]  # the first one warms up
        print(
            f"{name}: a loop over {k} autoencoders takes {median(ratios):.2f} times as "
            f"long ({min(ratios):.2f} to {max(ratios):.2f})"
        )


def make_data(n_samples, n_features, n_clusters):
    X, y = make_blobs(n_samples, n_features, centers=n_clusters, random_state=0)
    return minmax_scale(X).astype(np.float32), y


def efficiency(n_samples=10_000):
    """Print what part of the speed of a matrix product an epoch of DAMIC reaches."""
    a, b = torch.rand(512, 1024), torch.rand(1024, 1024)
    rate = 2 * 512 * 1024**2 / min(seconds(lambda: a @ b, 20) for _ in range(5))
    X, y = make_data(n_samples, 784, 10)
    damic = DAMIC(10, init=y, expert_epochs=1, gate_epochs=1, max_epochs=3).fit(X)
    n_weights = sum(p.numel() for p in damic.module_.parameters() if p.ndim > 1)
    # Twice the multiplications, forward, and backward for weights and inputs.
    needed = 2 * 3 * n_weights * n_samples / rate
    epochs = [row for row in damic.history_ if row["stage"] == "cluster"]
    taken = min(row["seconds"] for row in epochs)
    print(
        f"DAMIC, {n_samples} rows of 784: {taken:.2f} s an epoch, {needed / taken:.0%} "
        f"of the speed of a matrix product ({rate / 1e9:.0f} GFLOP/s)"
    )


def memory():
    """Print the peak memory of a wide DAMIC above its start."""
    X, y = make_data(2_000, 2_000, 20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    DAMIC(20, init=y, expert_epochs=1, gate_epochs=1, max_epochs=1).fit(X)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"DAMIC, 20 experts on 2,000 features, batches of 256: {peak / 1024:.0f} MiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    memory()
    compare(options.rounds)
    efficiency()


if __name__ == "__main__":
    main()
