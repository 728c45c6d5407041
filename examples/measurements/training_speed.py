"""Time the training loop against a bare torch loop, side by side.

Prints, for a large and a small network, how long an epoch of `Autoencoder` takes
relative to the shortest loop one can write in torch on the same network, data,
batches and optimizer; the same for skorch as it comes, and for mixed precision.
The loops take turns, so that whatever else the machine does slows all of them: read
the ratios, not the milliseconds.

    python examples/measurements/training_speed.py [--rounds 7] [--threads 1] \\
        [--device cpu]
"""

import argparse
from statistics import median
from time import perf_counter

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import Callback
from torch import nn
from torch.nn.functional import mse_loss

from skdeepcluster import Autoencoder

BATCH_SIZE = 256
# Name, layers from the data to the code, rows, epochs for each measurement.
SETTINGS = [
    ("large", (784, 500, 500, 2000, 10), 10_000, 1),
    ("small", (64, 32, 10), 1_797, 30),
]


class Clock(Callback):
    """Keep the seconds between the first epoch's begin and the last one's end."""

    seconds = None  # the class's, because estimators clone their callbacks

    def on_train_begin(self, net, **kwargs):
        self.begin_ = perf_counter()

    def on_train_end(self, net, **kwargs):
        Clock.seconds = perf_counter() - self.begin_


def network(sizes):
    """Return a multi-layer perceptron and its mirror image."""
    sizes = [*sizes, *reversed(sizes[:-1])]
    layers = []
    for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    n_encoder = len(layers) // 2
    # The code and the output are linear, as Autoencoder's are.
    return nn.Sequential(*layers[: n_encoder - 1], *layers[n_encoder:-1])


def bare(X, sizes, epochs, device):
    """Return the seconds of a loop over tensor slices that keeps no record."""
    net = network(sizes).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=True)
    X = torch.from_numpy(X)
    begin = perf_counter()
    for _ in range(epochs):
        for rows in torch.randperm(len(X)).split(BATCH_SIZE):
            x = X[rows].to(device)
            loss = mse_loss(net(x), x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    loss.item()  # waits for a GPU
    return perf_counter() - begin


def skdeepcluster(X, sizes, epochs, device, precision=None):
    """Return the seconds of Autoencoder's training loop."""
    Autoencoder(
        sizes[-1],
        sizes[1:-1],
        batch_size=BATCH_SIZE,
        max_epochs=epochs,
        precision=precision,
        device=device,
        callbacks=[Clock()],
    ).fit(X)
    return Clock.seconds


def mixed_precision(X, sizes, epochs, device):
    """Return the seconds of Autoencoder's training loop in bfloat16."""
    return skdeepcluster(X, sizes, epochs, device, precision="bfloat16")


def skorch(X, sizes, epochs, device):
    """Return the seconds of skorch's training loop with its default settings."""
    NeuralNet(
        network(sizes),
        criterion=nn.MSELoss,
        optimizer=torch.optim.Adam,
        optimizer__fused=True,
        lr=1e-3,
        batch_size=BATCH_SIZE,
        max_epochs=epochs,
        train_split=None,
        device=device,
        callbacks=[Clock()],
        verbose=0,
    ).fit(X, X)
    return Clock.seconds


LOOPS = {
    "bare torch loop": bare,
    "skdeepcluster": skdeepcluster,
    "skdeepcluster, bfloat16": mixed_precision,
    "skorch": skorch,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    for name, sizes, n_samples, epochs in SETTINGS:
        X = np.random.default_rng(0).random((n_samples, sizes[0]), dtype=np.float32)
        seconds = {loop: [] for loop in LOOPS}
        for run in LOOPS.values():
            run(X[:BATCH_SIZE], sizes, 1, options.device)  # warm up
        for turn in range(options.rounds):
            order = list(LOOPS)
            # Nobody always comes first.
            for loop in order[turn % len(order) :] + order[: turn % len(order)]:
                run = LOOPS[loop]
                seconds[loop].append(run(X, sizes, epochs, options.device) / epochs)
        report(name, sizes, n_samples, seconds)


def report(name, sizes, n_samples, seconds):
    """Print the milliseconds of an epoch and the ratios to the bare loop."""
    print(f"\n{name}: {n_samples:,} rows, {'-'.join(map(str, sizes))}, per epoch\n")
    print(f"{'loop':<24}{'ms':>9}{'ratio':>8}   (lowest to highest)")
    for loop, values in seconds.items():
        pairs = zip(values, seconds["bare torch loop"], strict=True)
        ratios = [own / reference for own, reference in pairs]
        print(
            f"{loop:<24}{1000 * median(values):>9.1f}{median(ratios):>8.2f}"
            f"   ({min(ratios):.2f} to {max(ratios):.2f})"
        )


if __name__ == "__main__":
    main()
