"""What different embeddings see of four blobs that are bent into 100 dimensions.

The data set of DAMIC's paper: four blobs of a plane, hidden by a random map and a
squared logistic function. Draws what NMF, SVD and an autoencoder make of the data, and
the plane itself with the clusters of k-means on the autoencoder's codes and of DAMIC,
into plot_manifolds.png. k-means cuts the blobs where the map has stretched the codes;
the experts of DAMIC follow them. Takes about 30 seconds.

    python examples/plot_manifolds.py [picture.png]
"""

import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from scipy.special import logit
from sklearn.cluster import KMeans
from sklearn.decomposition import NMF, PCA, TruncatedSVD
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline

from skdeepcluster import DAMIC, Autoencoder
from skdeepcluster.datasets import make_sigmoid_blobs
from skdeepcluster.inspection import EmbeddingDisplay
from skdeepcluster.metrics import normalized_mutual_info_score


def main(path="plot_manifolds.png"):
    X, y = make_sigmoid_blobs(random_state=1)
    # The inverse of the logistic function is linear in the plane.
    plane = PCA(2).fit_transform(logit(np.sqrt(X)).clip(-30, 30))

    autoencoder = Autoencoder(2, (50, 10), max_epochs=25, random_state=0, verbose=1)
    codes = autoencoder.fit_transform(X)
    damic = DAMIC(
        4,
        init=make_pipeline(FrozenEstimator(autoencoder), KMeans(4, n_init=20)),
        n_components=2,
        hidden_layer_sizes=(64, 32),
        gate_hidden_layer_sizes=(128, 128),
        input_noise=1.0,
        dropout=0.3,
        batch_size=64,
        random_state=0,
        verbose=1,
    ).fit(X)

    panels = [
        ("NMF, true clusters", NMF(2, max_iter=1000).fit_transform(X), y),
        ("SVD, true clusters", TruncatedSVD(2).fit_transform(X), y),
        ("Autoencoder, true clusters", codes, y),
        ("Plane, k-means on codes", plane, damic.initial_labels_),
        ("Plane, DAMIC", plane, damic.labels_),
    ]
    figure, axes = plt.subplots(1, 5, figsize=(16, 3.6), layout="constrained")
    for (title, embedding, labels), ax in zip(panels, axes, strict=True):
        EmbeddingDisplay.from_predictions(embedding, labels, ax=ax)
        if labels is not y:
            title += f": NMI {normalized_mutual_info_score(y, labels):.2f}"
        ax.set_title(title, fontsize=11)
    figure.savefig(path, dpi=100)
    print(f"Picture: {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
