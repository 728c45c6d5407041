"""
================
Neighbours first
================

A joint stage refines the clusters that it starts from, and seldom finds others. Here
handwritten digits are clustered by graphs of their neighbours, without any training,
and a mixture of autoencoders goes on from there. It then predicts digits that it has
never seen.
"""

# %%
# Starts
# ------
#
# Graph degree linkage merges the clusters whose digits are most each other's
# neighbours. Landmark spectral clustering maps the digits by their links to landmarks,
# and runs k-means there. k-means in the pixels themselves is far behind.

from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skdeepcluster import GraphDegreeLinkage, LandmarkSpectralClustering
from skdeepcluster.metrics import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)

X, y = load_digits(return_X_y=True)
X, X_new, y, y_new = train_test_split(X / 16, y, test_size=0.2, random_state=0)


def show(name, y, labels):
    accuracy = clustering_accuracy_score(y, labels)
    nmi = normalized_mutual_info_score(y, labels)
    print(f"{name:41} ACC {accuracy:.3f}  NMI {nmi:.3f}")


show("k-means", y, KMeans(10, n_init=10, random_state=0).fit_predict(X))
starts = {
    "graph degree linkage": GraphDegreeLinkage(10),
    "landmark spectral clustering": LandmarkSpectralClustering(10, random_state=0),
}
for name, start in starts.items():
    show(name, y, start.fit_predict(X))

# %%
# An autoencoder for each cluster
# -------------------------------
#
# Each learns to restore the digits of its cluster; a digit that another one restores
# better changes sides. In training the digits are turned and moved a little, which
# tells the mixture what does not make another digit.

from skdeepcluster import DAMIC
from skdeepcluster.augmentation import RandomAffine

models = {}
for name, start in starts.items():
    models[name] = DAMIC(
        10,
        init=start,
        hidden_layer_sizes=(64, 32),
        augment=RandomAffine((1, 8, 8), degrees=10, translate=0.05),
        batch_size=64,
        expert_epochs=50,
        random_state=0,
    ).fit(X)
    show(f"DAMIC, {name}", y, models[name].labels_)

# %%
# Which digits changed sides
# --------------------------
#
# ``initial_labels_`` are the clusters of the start, with the numbers of those that they
# became.

import matplotlib.pyplot as plt
import numpy as np

damic = models["landmark spectral clustering"]
moved = np.flatnonzero(damic.labels_ != damic.initial_labels_)
print(f"{len(moved)} of {len(X)} digits changed sides")
figure, axes = plt.subplots(2, 8, figsize=(9, 2.6), layout="constrained")
for ax, i in zip(axes.flat, moved, strict=False):
    ax.imshow(X[i].reshape(8, 8), cmap="gray_r")
    ax.set_title(f"{damic.initial_labels_[i]} to {damic.labels_[i]}", fontsize=9)
for ax in axes.flat:
    ax.axis("off")

# %%
# The clusters
# ------------
#
# A row for each: what its autoencoder makes of its digits.

from skdeepcluster.inspection import SamplesDisplay

SamplesDisplay.from_estimator(damic, X=X, image_shape=(8, 8), kind="reconstructed")

# %%
# New digits
# ----------
#
# Both starts predict new digits, too, by their neighbours and by their landmarks. What
# the mixture has added holds for them as well.

for name, start in starts.items():
    show(f"new, {name}", y_new, start.fit(X).predict(X_new))
    show(f"new, DAMIC, {name}", y_new, models[name].predict(X_new))

plt.show()
