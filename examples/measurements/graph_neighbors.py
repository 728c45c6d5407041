"""How many neighbours graph degree linkage wants, by the rows of a cluster.

Fits it to random parts of four data sets of images, centred and of unit length, and to
the turns of twenty handwritten digits by five degrees, with several numbers of
neighbours and both scales. Prints accuracy / normalized mutual information in percent,
means over seeds; the last column is the default number. Classes are used for nothing
but these. Takes ten minutes on one core.

    python examples/measurements/graph_neighbors.py [--seeds 3]
"""

import argparse
import warnings
from itertools import product

import numpy as np
from scipy.ndimage import rotate
from sklearn.base import BaseEstimator
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import KNeighborsTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from skdeepcluster import GraphDegreeLinkage
from skdeepcluster.datasets import fetch_fashion_mnist, fetch_mnist, fetch_usps
from skdeepcluster.metrics import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)

N_NEIGHBORS = [3, 5, 8, 13, 20, 30, 50, None]
ROWS_OF_A_CLUSTER = [30, 70, 150, 300, 900]


class Found(BaseEstimator):
    """A transformer to a graph that was found before."""

    def __init__(self, graph):
        self.graph = graph

    def __sklearn_clone__(self):
        return self

    def fit_transform(self, X):
        return self.graph

    def transform(self, X):
        raise NotImplementedError("There is a graph of these rows alone.")


def part(X, y, n_rows, seed):
    """Return random rows, and their classes."""
    rows = np.random.default_rng(seed).permutation(len(X))[:n_rows]
    return X[rows], y[rows]


def turns(images, seed, n_images=20, n_turns=72):
    """Return the turns of some images of 28 x 28 pixels, and the images' numbers."""
    chosen = np.random.default_rng(seed).choice(len(images), n_images, replace=False)
    angles = np.arange(n_turns) * 360 / n_turns
    rows = [
        rotate(images[i].reshape(28, 28), angle, reshape=False, order=1).ravel()
        for i, angle in product(chosen, angles)
    ]
    return np.array(rows), np.repeat(np.arange(n_images), n_turns)


def parts(seeds):
    """Yield name, number of clusters and the parts for the seeds."""
    mnist, digit = fetch_mnist(return_X_y=True)
    sets = {
        "digits": load_digits(return_X_y=True),
        "usps": fetch_usps(return_X_y=True),
        "mnist": (mnist, digit),
        "fashion-mnist": fetch_fashion_mnist(return_X_y=True),
    }
    for name, (X, y) in sets.items():
        for n in ROWS_OF_A_CLUSTER:
            if 10 * n < len(X):
                yield f"{name} {n}", 10, [part(X, y, 10 * n, seed) for seed in seeds]
    yield "turns 72", 20, [turns(mnist, seed) for seed in seeds]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    seeds = range(parser.parse_args().seeds)

    warnings.simplefilter("ignore", ConvergenceWarning)
    scale_rows = make_pipeline(StandardScaler(with_std=False), Normalizer())
    columns = "".join(f"{n or 'default':>9}" for n in N_NEIGHBORS)
    print(f"{'data':<20}{'scale':<8}{columns}")
    for name, n_clusters, samples in parts(seeds):
        scores = {}
        for X, y in samples:
            X = scale_rows.fit_transform(X)
            graph = Found(KNeighborsTransformer(n_neighbors=50).fit_transform(X))
            for scale, n_neighbors in product(["local", "global"], N_NEIGHBORS):
                labels = GraphDegreeLinkage(
                    n_clusters, n_neighbors=n_neighbors, scale=scale, neighbors=graph
                ).fit_predict(X)
                scores.setdefault((scale, n_neighbors), []).append(
                    [
                        clustering_accuracy_score(y, labels),
                        normalized_mutual_info_score(y, labels),
                    ]
                )
        for scale in ["local", "global"]:
            means = [100 * np.mean(scores[scale, n], axis=0) for n in N_NEIGHBORS]
            row = "".join(f"{f'{acc:.0f}/{nmi:.0f}':>9}" for acc, nmi in means)
            print(f"{name:<20}{scale:<8}{row}", flush=True)


if __name__ == "__main__":
    main()
