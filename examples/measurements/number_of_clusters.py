"""How often the number of clusters is found, on sets of 2 to 100 classes.

``find_n_clusters`` on the sets of scikit-learn, on images, on texts and on simulated
vectors, 5,000 rows of each at most, with three seeds; beside it the largest silhouette
of k-means, and what EVoC finds where it is installed. Rows are as the recipes take
them: features of unit variance, images and texts centred or reduced and of unit length.
Prints a line for each set and a count. Needs the data sets, or a network; with
--vectors also real embeddings, files of .npz with arrays X and y. Takes half an hour on
one core.

    python examples/measurements/number_of_clusters.py [--vectors FILE ...]
"""

import argparse
import time
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import (
    load_digits,
    load_iris,
    load_wine,
    make_blobs,
    make_classification,
    make_moons,
)
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import normalize, scale

from skdeepcluster.datasets import (
    fetch_fashion_mnist,
    fetch_mnist,
    fetch_newsgroups,
    fetch_stackoverflow,
    fetch_usps,
)
from skdeepcluster.model_selection import find_n_clusters

N_ROWS = 5000
SEEDS = range(3)


def some(X, y):
    rows = np.random.default_rng(0).permutation(len(y))[:N_ROWS]
    return X[rows], np.asarray(y)[rows]


def table(load):
    X, y = load(return_X_y=True)
    return scale(X), y


def images(X, y):
    X, y = some(X, y)
    return normalize(X - X.mean(axis=0)), y


def texts(fetch):
    documents, y = fetch(return_X_y=True)
    documents, y = some(np.array(documents, dtype=object), y)
    words = TfidfVectorizer(max_features=5000, stop_words="english", sublinear_tf=True)
    codes = TruncatedSVD(50, random_state=0).fit_transform(
        words.fit_transform(documents)
    )
    return normalize(codes), y


def vectors(n_clusters, n_features=384):
    """Return simulated embeddings in clusters of very different sizes."""
    rng = np.random.default_rng(n_clusters)
    sizes = rng.dirichlet(np.full(n_clusters, 3.0)) * 100 * n_clusters
    X, y = make_blobs(
        np.maximum(30, sizes).astype(int),
        n_features,
        centers=rng.uniform(-10, 10, (n_clusters, n_features)),
        cluster_std=15,
        random_state=n_clusters,
    )
    return normalize(X), y


def segments():
    X, y = make_classification(
        4000,
        8,
        n_informative=6,
        n_classes=5,
        n_clusters_per_class=1,
        class_sep=2.5,
        random_state=0,
    )
    return scale(X), y


SETS = {
    "moons": lambda: make_moons(2000, noise=0.06, random_state=0),
    "iris": lambda: table(load_iris),
    "wine": lambda: table(load_wine),
    "segments of a table": segments,
    "digits": lambda: images(*load_digits(return_X_y=True)),
    "USPS": lambda: images(*fetch_usps(return_X_y=True)),
    "MNIST": lambda: images(*fetch_mnist(return_X_y=True)),
    "Fashion-MNIST": lambda: images(*fetch_fashion_mnist(return_X_y=True)),
    "Stack Overflow, tf-idf": lambda: texts(fetch_stackoverflow),
    "20 newsgroups, tf-idf": lambda: texts(fetch_newsgroups),
    **{f"vectors, {k}": lambda k=k: vectors(k) for k in (3, 8, 20, 50, 100)},
}
NOISE = {
    "noise, 2 dimensions": lambda: np.random.default_rng(0).random((2000, 2)),
    "noise, 20 dimensions": lambda: np.random.default_rng(0).normal(size=(2000, 20)),
}


def by_silhouette(X):
    candidates = [*range(2, 21), 25, 30, 40, 50, 60]
    rows = X[:: -(-len(X) // 2000)]
    scores = [
        silhouette_score(rows, KMeans(k, n_init=1, random_state=0).fit_predict(rows))
        for k in candidates
        if 2 * k < len(rows)
    ]
    return candidates[int(np.argmax(scores))]


def by_evoc(X):
    try:
        from evoc import EVoC

        return int(EVoC(random_state=0).fit_predict(X.astype(np.float32)).max()) + 1
    except (ImportError, ValueError):  # of too few columns
        return None


def from_file(path):
    with np.load(path) as file:
        return some(file["X"], file["y"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--vectors", nargs="*", type=Path, default=[])
    files = parser.parse_args().vectors
    sets = SETS | {file.stem: lambda file=file: from_file(file) for file in files}
    print("| set | classes | found | stability | seconds | silhouette | EVoC |")
    print("|:--|--:|--:|--:|--:|--:|--:|")
    hits, silhouette_hits, evoc_hits = [], [], []
    for name, load in sets.items():
        X, y = load()
        n_classes = len(np.unique(y))
        begin = time.perf_counter()
        results = [find_n_clusters(X, random_state=seed) for seed in SEEDS]
        seconds = (time.perf_counter() - begin) / len(SEEDS)
        found = [result.n_clusters for result in results]
        others = by_silhouette(X), by_evoc(X)
        print(
            f"| {name} | {n_classes} | {', '.join(map(str, found))} | "
            f"{np.mean([result.stability.max() for result in results]):.2f} | "
            f"{seconds:.0f} | {others[0]} | {others[1]} |",
            flush=True,
        )
        hits += [k is not None and abs(k - n_classes) <= 1 for k in found]
        silhouette_hits.append(abs(others[0] - n_classes) <= 1)
        evoc_hits.append(others[1] is not None and abs(others[1] - n_classes) <= 1)
    for name, make in NOISE.items():
        results = [find_n_clusters(make(), random_state=seed) for seed in SEEDS]
        found = ", ".join(str(result.n_clusters) for result in results)
        highest = max(result.stability.max() for result in results)
        print(f"| {name} | 0 | {found} | {highest:.2f} | | | |")
    print(
        f"\nWithin one: stability {np.mean(hits):.0%} of {len(hits)} runs, silhouette "
        f"{np.mean(silhouette_hits):.0%} and EVoC {np.mean(evoc_hits):.0%} of "
        f"{len(silhouette_hits)} sets."
    )


if __name__ == "__main__":
    main()
