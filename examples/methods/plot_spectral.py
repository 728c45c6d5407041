"""Clusters of any shape, and the places of points that were not there in training.

SpectralNet learns two moons and two nested C's, and predicts the cluster of each point
of the plane. Draws the training points and the prediction around them into
plot_spectral.png, beside what k-means and IDEC make of them. Takes about a minute.

    python examples/plot_spectral.py [picture.png]
"""

import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import make_moons
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import scale

from skdeepcluster import IDEC, Autoencoder, SpectralNet

COLORS = matplotlib.colors.ListedColormap(["#0072B2", "#E69F00"])


def make_nested_cs(n_samples, random_state):
    """Two half circles, one inside of the other."""
    rng = np.random.default_rng(random_state)
    y = np.arange(n_samples) % 2
    angle = rng.uniform(0.5 * np.pi, 1.5 * np.pi, n_samples)
    radius = np.where(y == 0, 1.0, 2.0)[:, None]
    X = radius * np.column_stack([np.cos(angle), np.sin(angle)])
    return X + rng.normal(scale=0.1, size=X.shape), y


def main(path="plot_spectral.png"):
    data = {
        "two moons": make_moons(2000, noise=0.075, random_state=0),
        "nested C's": make_nested_cs(2000, random_state=0),
    }
    models = {
        "k-means": KMeans(2, random_state=0),
        "IDEC": IDEC(
            2,
            autoencoder=Autoencoder(2, (64, 64), max_epochs=30),
            max_epochs=20,
            batch_size=64,
            random_state=0,
        ),
        "SpectralNet": SpectralNet(
            2,
            n_neighbors=10,
            hidden_layer_sizes=(128, 128),
            max_epochs=200,
            batch_size=250,
            random_state=0,
            verbose=1,
        ),
    }
    figure, axes = plt.subplots(2, 3, figsize=(11, 6.5), layout="constrained")
    for row, (shape, (X, y)) in zip(axes, data.items(), strict=True):
        X = scale(X)
        half = len(X) // 2  # the others are unseen
        for ax, (name, model) in zip(row, models.items(), strict=True):
            model.fit(X[:half])
            DecisionBoundaryDisplay.from_estimator(
                model,
                X,
                response_method="predict",
                ax=ax,
                cmap=COLORS,
                alpha=0.25,
                grid_resolution=150,
            )
            ax.scatter(*X[:half].T, c=model.labels_, cmap=COLORS, s=4)
            unseen = adjusted_rand_score(y[half:], model.predict(X[half:]))
            ax.set_title(f"{name}, {shape}\nARI of unseen points {unseen:.2f}")
            ax.set(xticks=[], yticks=[], xlabel="", ylabel="")
    figure.savefig(path, dpi=100)
    print(f"Picture: {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
