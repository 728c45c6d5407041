"""Six clusterings of an autoencoder's codes, and which of them the default start is.

For each data set of the benchmark: NMI of k-means, a Gaussian mixture, spectral
clustering with as many eigenvectors as clusters and with a quarter more, graph degree
linkage, and a Gaussian mixture in a UMAP embedding (with umap-learn). Beside them, how
much a row's label tells about those of its neighbours: of k-means and the linkage, the
default start of the clusterers is the one that tells more. Takes an hour;
`python examples/measurements/six_starts.py --data digits sigmoid-blobs` half a minute.
"""

import argparse
import csv
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans
from sklearn.manifold import spectral_embedding
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import kneighbors_graph
from sklearn.preprocessing import normalize

from skdeepcluster import GraphDegreeLinkage
from skdeepcluster._neighbors import information, neighbor_graph
from skdeepcluster.benchmark._catalog import DATASETS
from skdeepcluster.benchmark._rivals import UMAPClusterer
from skdeepcluster.metrics import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)
from skdeepcluster.recipes import recipe

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", nargs="+", default=[d for d in DATASETS if d != "mnist"])
parser.add_argument("--out", type=Path, default=Path("six_starts.csv"))
options = parser.parse_args()


def kmeans(codes, k):
    return KMeans(k, n_init=20, random_state=0).fit_predict(codes)


def mixture(codes, k):
    codes = codes.astype(np.float64) / codes.std()
    model = GaussianMixture(k, reg_covar=1e-2, n_init=10, random_state=0)
    return model.fit_predict(codes)


def spectral(codes, k, n_eigenvectors):
    graph = kneighbors_graph(codes, 10)
    embedding = spectral_embedding(
        graph + graph.T, n_components=n_eigenvectors, drop_first=False, random_state=0
    )
    return kmeans(normalize(embedding), k)


STARTS = {
    "k-means": kmeans,
    "Gaussian mixture": mixture,
    "spectral, k": lambda codes, k: spectral(codes, k, k),
    "spectral, 1.25 k": lambda codes, k: spectral(codes, k, k + k // 4),
    "graph degree linkage": lambda codes, k: GraphDegreeLinkage(k).fit_predict(codes),
    "UMAP and mixture": lambda codes, k: UMAPClusterer(
        GaussianMixture(k, n_init=5, random_state=0), random_state=0
    ).fit_predict(codes),
}
if not find_spec("umap"):
    del STARTS["UMAP and mixture"]

with options.out.open("w", newline="") as file:
    table = csv.writer(file)
    table.writerow(["data", "start", "acc", "nmi", "information"])
    for name in options.data:
        data = DATASETS[name]
        X, y = data.load()
        autoencoder = recipe("Autoencoder", data.kind).set_params(random_state=0)
        codes = autoencoder.fit_transform(X)
        graph = neighbor_graph(codes, 10)
        for start, cluster in STARTS.items():
            labels = cluster(codes, data.n_clusters)
            row = [
                clustering_accuracy_score(y, labels),
                normalized_mutual_info_score(y, labels),
                information(graph, labels),
            ]
            table.writerow([name, start, *(f"{value:.4f}" for value in row)])
            file.flush()
            print(name, start, *(f"{value:.3f}" for value in row), flush=True)
