"""
================================
Convolutions: what clusters show
================================

Images stay rows of an array, as everywhere in scikit-learn; ``image_shape`` says that
they are images, and the autoencoder then has convolutions in the place of dense layers.
The digit nearest to each center shows what a cluster stands for.
"""

# %%
# A convolutional autoencoder
# ---------------------------
#
# ``hidden_layer_sizes`` are the channels of the convolutions, each of which halves
# height and width.

from sklearn.datasets import load_digits

from skdeepcluster import Autoencoder

X, y = load_digits(return_X_y=True)
X = X / 16
autoencoder = Autoencoder(
    hidden_layer_sizes=(16, 32),
    image_shape=(1, 8, 8),
    batch_size=64,
    max_epochs=30,
    random_state=0,
).fit(X)

# %%
# Clusters in its embedding
# -------------------------

from sklearn.frozen import FrozenEstimator

from skdeepcluster import DCN
from skdeepcluster.metrics import clustering_accuracy_score

dcn = DCN(
    10,
    autoencoder=FrozenEstimator(autoencoder),
    batch_size=64,
    max_epochs=30,
    random_state=0,
).fit(X)
print(f"accuracy {clustering_accuracy_score(y, dcn.initial_labels_):.3f} ->", end=" ")
print(f"{clustering_accuracy_score(y, dcn.labels_):.3f}")

# %%
# What a cluster stands for
# -------------------------
#
# A column is a cluster: its center, decoded, the digits nearest to its center, and the
# one farthest away, which may well belong elsewhere.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import euclidean_distances

distances = euclidean_distances(dcn.transform(X), dcn.cluster_centers_)
nearest = distances.argsort(axis=0)[:3]
within = np.where(dcn.labels_[:, None] == range(10), distances, -np.inf)
rows = {
    "center": dcn.inverse_transform(dcn.cluster_centers_),
    "nearest": X[nearest[0]],
    "second": X[nearest[1]],
    "third": X[nearest[2]],
    "farthest": X[within.argmax(axis=0)],
}
figure, axes = plt.subplots(len(rows), 10, figsize=(8, 4.4), layout="constrained")
for (name, images), row in zip(rows.items(), axes, strict=True):
    row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    for image, ax in zip(images, row, strict=True):
        ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
for cluster, ax in enumerate(axes[0]):
    ax.set_title(f"{np.sum(dcn.labels_ == cluster)}", fontsize="medium")
figure.suptitle("Clusters, with their numbers of digits")
plt.show()
