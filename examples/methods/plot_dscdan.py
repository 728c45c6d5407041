"""What each term of the dual autoencoder's loss does to its codes, seen through t-SNE.

Encodes 2,000 digits of MNIST by dual autoencoders without and with the mutual
information (MI) and the relative reconstruction (RS), and clusters the last one's codes
with DSCDAN, as figure 6 of its paper. Draws t-SNE maps, coloured by digit, with the
accuracy of k-means, into plot_dscdan.png. Takes about ten minutes.

    python examples/plot_dscdan.py [picture.png]
"""

import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from sklearn.cluster import KMeans
from sklearn.frozen import FrozenEstimator
from sklearn.manifold import TSNE

from skdeepcluster import DSCDAN, DualAutoencoder
from skdeepcluster.datasets import fetch_mnist
from skdeepcluster.metrics import clustering_accuracy_score

N_SAMPLES = 2000
SETTINGS = {
    "image_shape": (1, 28, 28),
    "hidden_layer_sizes": (32, 64),
    "output": "sigmoid",
    "max_epochs": 30,
    "random_state": 0,
}
VARIANTS = {
    "autoencoder": {"beta": 0.0, "relative_weight": 0.0},
    "with MI": {"relative_weight": 0.0},
    "with RS": {"beta": 0.0},
    "with MI and RS": {},
}


def main(path="plot_dscdan.png"):
    X, y = fetch_mnist(subset="test", return_X_y=True)
    X, y = X[:N_SAMPLES], y[:N_SAMPLES]
    kmeans = KMeans(10, n_init=20, random_state=0)
    maps = {"pixels": (X, kmeans.fit_predict(X))}
    for name, variant in VARIANTS.items():
        dual = DualAutoencoder(**SETTINGS, **variant, verbose=1).fit(X)
        codes = dual.transform(X)
        maps[name] = codes, kmeans.fit_predict(codes)
    dscdan = DSCDAN(
        10,
        autoencoder=FrozenEstimator(dual),
        max_epochs=30,
        random_state=0,
        verbose=1,
    ).fit(X)
    maps["DSCDAN"] = dscdan.transform(X), dscdan.labels_

    figure, axes = plt.subplots(2, 3, figsize=(11, 7.5), layout="constrained")
    for ax, (name, (codes, labels)) in zip(axes.flat, maps.items(), strict=True):
        points = TSNE(random_state=0).fit_transform(codes)
        ax.scatter(*points.T, c=y, cmap="tab10", s=3)
        accuracy = clustering_accuracy_score(y, labels)
        rule = "" if name == "DSCDAN" else "k-means: "
        ax.set_title(f"{name}\n{rule}accuracy {accuracy:.2f}")
        ax.set(xticks=[], yticks=[])
    handles = [
        plt.Line2D([], [], marker="o", linestyle="", color=plt.cm.tab10(digit))
        for digit in range(10)
    ]
    figure.legend(
        handles, range(10), loc="outside lower center", ncols=10, title="digit"
    )
    figure.savefig(path, dpi=120)
    print(f"Picture: {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
