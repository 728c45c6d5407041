"""What a step of SpectralNet costs, and how much memory a fit on many rows takes.

Prints how long a training step of the spectral stage takes relative to the bare
network's forward and backward pass on the same batch, 1,024 rows for 10 clusters; then
the peak of the memory above the data in a fit of SpectralNet and of DSCDAN on 200,000
rows of 64 features, one epoch of each stage: no matrix has as many rows and columns as
there are rows. Linux only, as it reads the peak from /proc. Takes some minutes.

    python examples/measurements/spectral_cost.py
"""

import re
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import torch
from sklearn.datasets import make_blobs

from skdeepcluster import DSCDAN, DualAutoencoder, SpectralNet
from skdeepcluster.losses import (
    neighbor_affinity,
    pairwise_squared_distances,
    spectral_loss,
)
from skdeepcluster.modules import OrthonormalLayer, mlp

N_CLUSTERS = 10
SIZES = (10, 1024, 1024, 512, N_CLUSTERS)
ROUNDS = 30


def memory(entry):
    """Return an entry of the process's status, in MiB."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{entry}:\s*(\d+) kB", status)[1]) / 1024


def seconds(step):
    """Return the seconds of a call."""
    begin = perf_counter()
    step()
    return perf_counter() - begin


def step_ratio():
    """Return the median ratio of a spectral step to a bare one, taken in turns."""
    torch.manual_seed(0)
    network, layer = mlp(SIZES), OrthonormalLayer(N_CLUSTERS)
    x, bandwidth = torch.randn(1024, SIZES[0]), torch.tensor(2.0)

    def bare():
        network(x).tanh().square().sum().backward()

    def spectral():
        with torch.no_grad():
            affinity = neighbor_affinity(pairwise_squared_distances(x), 5, bandwidth)
        spectral_loss(layer(network(x).tanh()), affinity).backward()

    pairs = [(seconds(spectral), seconds(bare)) for _ in range(ROUNDS)]
    return median(a / b for a, b in pairs[3:])


def main():
    print(f"a spectral step takes {step_ratio():.2f} times a bare one")
    X, _ = make_blobs(200_000, 64, centers=N_CLUSTERS, random_state=0)
    X = X.astype(np.float32)
    dual = DualAutoencoder(max_epochs=1, batch_size=1024)
    once = {"max_epochs": 1, "random_state": 0}
    for model in (
        SpectralNet(N_CLUSTERS, **once),
        DSCDAN(
            N_CLUSTERS,
            autoencoder=dual,
            affinity="euclidean",
            spectral_epochs=1,
            class_epochs=1,
            **once,
        ),
    ):
        before = memory("VmRSS")
        model.fit(X)
        peak = memory("VmHWM") - before
        print(f"{type(model).__name__}: peak {peak:,.0f} MiB above the data")


if __name__ == "__main__":
    main()
