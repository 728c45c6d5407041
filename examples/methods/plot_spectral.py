"""
=====================
Clusters of any shape
=====================

k-means divides space by straight lines, and so does an autoencoder's embedding where
there are only two features to begin with. Spectral clustering follows the links
between neighbours instead, around any corner; but it cannot place a point that was
not there. :class:`~skdeepcluster.SpectralNet` learns its map as a network, which
can.
"""

# %%
# Two shapes
# ----------
#
# Half of the points is for training, the other half stays unseen.

import numpy as np
from sklearn.datasets import make_moons
from sklearn.preprocessing import scale


def make_nested_cs(n_samples, random_state):
    """Two half circles, one inside of the other."""
    rng = np.random.default_rng(random_state)
    y = np.arange(n_samples) % 2
    angle = rng.uniform(0.5 * np.pi, 1.5 * np.pi, n_samples)
    X = (1 + y)[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return X + rng.normal(scale=0.1, size=X.shape), y


data = {
    "two moons": make_moons(2000, noise=0.075, random_state=0),
    "nested C's": make_nested_cs(2000, random_state=0),
}

# %%
# Three clusterers
# ----------------
#
# The graph of SpectralNet links the nearest neighbours *within a batch*, so batches
# are large, and ``n_neighbors`` counts those that are found there.

from sklearn.cluster import KMeans

from skdeepcluster import IDEC, Autoencoder, SpectralNet

autoencoder = Autoencoder(2, (64, 64), batch_size=64, max_epochs=20)
models = {
    "k-means": KMeans(2, random_state=0),
    "IDEC": IDEC(
        2, autoencoder=autoencoder, batch_size=64, max_epochs=20, random_state=0
    ),
    "SpectralNet": SpectralNet(
        2,
        n_neighbors=10,
        hidden_layer_sizes=(128, 128),
        batch_size=250,
        max_epochs=200,
        random_state=0,
    ),
}

# %%
# Where new points would go
# -------------------------
#
# All of them are estimators with ``predict``, so scikit-learn can draw their decision
# on every point of the plane. The adjusted Rand index is that of the unseen points.

import matplotlib.pyplot as plt
from matplotlib.colors import ListedColormap
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.metrics import adjusted_rand_score

colors = ListedColormap(["#0072B2", "#E69F00"])
figure, axes = plt.subplots(2, 3, figsize=(8, 5.6), layout="constrained")
for row, (shape, (X, y)) in zip(axes, data.items(), strict=True):
    X = scale(X)
    for ax, (name, model) in zip(row, models.items(), strict=True):
        model.fit(X[:1000])
        ari = adjusted_rand_score(y[1000:], model.predict(X[1000:]))
        DecisionBoundaryDisplay.from_estimator(
            model, X, response_method="predict", ax=ax, cmap=colors, alpha=0.25
        )
        ax.scatter(*X[:1000].T, c=model.labels_, cmap=colors, s=4)
        ax.set(xticks=[], yticks=[], xlabel="", ylabel="")
        ax.set_title(f"{name}: ARI {ari:.2f}")
    row[0].set_ylabel(shape)
plt.show()
