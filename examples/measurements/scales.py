"""Fit the clusterers to blobs of many scales, and far from zero.

Prints the agreement (ARI) of the clusters with the blobs for each standard deviation of
the features, and for each mean in standard deviations, or the error. Fits warn beyond
the numbers from which some of the methods lose the blobs.

    python examples/measurements/scales.py [--features 6] [--spread 1.0]
"""

import argparse
import warnings

from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import scale

from skdeepcluster import (
    DAMIC,
    DCN,
    DEC,
    DSCDAN,
    DVAEC,
    IDEC,
    KDAE,
    KDVAE,
    AttentionAutoencoder,
    Autoencoder,
    DualAutoencoder,
    InductiveClusterer,
    SpectralNet,
    VaDE,
)

DEVIATIONS = [1e-6, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 1, 1e1, 1e2, 1e3, 1e4, 1e6]
DEVIATIONS += [1e9, 1e12, 1e15]
MEANS = [0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 100, 1e3, 1e4, 1e6]

SETTINGS = {"max_epochs": 20, "batch_size": 32}
START = Autoencoder(2, (32, 16), **SETTINGS)
EXPERTS = {"init": START, "n_components": 1, "hidden_layer_sizes": (16,)}
CLUSTERERS = [
    DEC(3, autoencoder=START),
    IDEC(3, autoencoder=START),
    DCN(3, autoencoder=START),
    DAMIC(3, gate_hidden_layer_sizes=(16,), gate_epochs=60, **EXPERTS),
    KDAE(3, **EXPERTS),
    KDVAE(3, **EXPERTS),
    VaDE(3, autoencoder=START),
    SpectralNet(3, hidden_layer_sizes=(32, 32)),
    DSCDAN(
        3,
        autoencoder=DualAutoencoder(2, (32, 16), **SETTINGS),
        hidden_layer_sizes=(32, 32),
        spectral_epochs=20,
    ),
    DVAEC(
        3,
        autoencoder=AttentionAutoencoder(2, (32, 16), recon_precision=20, **SETTINGS),
        head_hidden_layer_sizes=(16,),
    ),
    InductiveClusterer(KMeans(3), hidden_layer_sizes=(32, 16), lr=1e-2),
]


def agreement(clusterer, X, y):
    """Return the agreement of a fit with the blobs, or the error."""
    try:
        labels = clusterer.set_params(**SETTINGS, random_state=0).fit_predict(X)
    except ValueError:
        return "error"
    return f"{adjusted_rand_score(y, labels):.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--features", type=int, default=6)
    parser.add_argument("--spread", type=float, default=1.0)
    options = parser.parse_args()
    X, y = make_blobs(
        300, options.features, centers=3, cluster_std=options.spread, random_state=0
    )
    X = scale(X)
    warnings.simplefilter("ignore")
    for clusterer in CLUSTERERS:
        name = type(clusterer).__name__
        print(name, *(f"x{d:g}: {agreement(clusterer, d * X, y)}" for d in DEVIATIONS))
        print(name, *(f"+{m:g}: {agreement(clusterer, X + m, y)}" for m in MEANS))


if __name__ == "__main__":
    main()
