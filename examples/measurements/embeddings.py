"""Clusterings of embeddings: vectors of unit length, simulated or from files.

k-means, spectral clustering by landmarks, SpectralNet's recipe and EVoC, where it is
installed, with three seeds: the accuracy and NMI, mean and standard deviation, the
accuracy on a fifth of the rows that was held out, where new rows can be predicted, and
the seconds of a fit. Files are .npz with arrays X and y, such as what encoders.py in
this folder writes. Takes ten minutes on one core.

    python examples/measurements/embeddings.py [FILE ...]
"""

import sys
import time
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.preprocessing import normalize

from skdeepcluster import LandmarkSpectralClustering
from skdeepcluster.metrics import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)
from skdeepcluster.recipes import recipe

SEEDS = range(3)


def simulated():
    """Return 5,000 vectors in 20 clusters of uneven sizes."""
    rng = np.random.default_rng(0)
    sizes = rng.dirichlet(np.full(20, 4.0)) * 5000
    X, y = make_blobs(
        sizes.astype(int),
        384,
        centers=rng.uniform(-10, 10, (20, 384)),
        cluster_std=20,
        random_state=0,
    )
    return normalize(X).astype(np.float32), y


def from_file(path):
    with np.load(path) as file:
        return file["X"].astype(np.float32), file["y"]


def methods(n_clusters):
    found = {
        "k-means": lambda seed: KMeans(n_clusters, n_init=5, random_state=seed),
        "landmarks": lambda seed: LandmarkSpectralClustering(
            n_clusters, random_state=seed
        ),
        "SpectralNet": lambda seed: recipe(
            "SpectralNet", "embeddings", n_clusters
        ).set_params(random_state=seed),
    }
    try:
        from evoc import EVoC
    except ImportError:
        return found
    return found | {"EVoC": lambda seed: EVoC(random_state=seed)}


def main():
    sets = {"simulated": simulated}
    sets |= {
        Path(path).stem: lambda path=path: from_file(path) for path in sys.argv[1:]
    }
    print("| set | method | ACC | NMI | ACC of new rows | seconds |")
    print("|:--|:--|--:|--:|--:|--:|")
    for name, load in sets.items():
        X, y = load()
        is_new = np.random.default_rng(0).random(len(y)) < 0.2
        for method, make in methods(len(np.unique(y))).items():
            scores = []
            for seed in SEEDS:
                begin = time.perf_counter()
                model = make(seed).fit(X[~is_new])
                seconds = time.perf_counter() - begin
                true, labels = y[~is_new], model.labels_
                new = np.nan
                if hasattr(model, "predict"):
                    new = clustering_accuracy_score(y[is_new], model.predict(X[is_new]))
                scores.append(
                    (
                        clustering_accuracy_score(true, labels),
                        normalized_mutual_info_score(true, labels),
                        new,
                        seconds,
                    )
                )
            mean, deviation = np.mean(scores, axis=0), np.std(scores, axis=0)
            cells = [f"{mean[i]:.3f} ± {deviation[i]:.3f}" for i in range(3)]
            print(f"| {name} | {method} | {' | '.join(cells)} | {mean[3]:.0f} |")


if __name__ == "__main__":
    main()
