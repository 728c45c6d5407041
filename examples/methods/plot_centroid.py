"""
========================================
DEC, IDEC, DCN and DEPICT from one start
========================================

The centroid methods start alike: an autoencoder learns an embedding, and clusters are
found in it. Then network and clusters are trained together, each method with
a loss of its own. Here all four of them start from the very same autoencoder, on
scikit-learn's handwritten digits, so that whatever differs in the end is theirs.
"""

# %%
# The start
# ---------
#
# Features should be of the order of one, so the pixels are divided by their largest
# value. The classes ``y`` only check what was found.

from sklearn.datasets import load_digits

from skdeepcluster import Autoencoder

X, y = load_digits(return_X_y=True)
X = X / 16
autoencoder = Autoencoder(
    hidden_layer_sizes=(256, 128), batch_size=64, max_epochs=100, random_state=0
).fit(X)

# %%
# Four methods
# ------------
#
# A :class:`~sklearn.frozen.FrozenEstimator` says that the autoencoder is fitted
# already: each method copies its weights. ``initial_labels_`` are the clusters before
# the joint training, and tell what that adds.

from sklearn.frozen import FrozenEstimator

from skdeepcluster import DCN, DEC, DEPICT, IDEC
from skdeepcluster.metrics import clustering_accuracy_score

clusterers = [
    method(
        10,
        autoencoder=FrozenEstimator(autoencoder),
        batch_size=64,
        max_epochs=50,
        random_state=0,
    ).fit(X)
    for method in (DEC, IDEC, DCN, DEPICT)
]
for clusterer in clusterers:
    before = clustering_accuracy_score(y, clusterer.initial_labels_)
    after = clustering_accuracy_score(y, clusterer.labels_)
    print(f"{type(clusterer).__name__:<6} accuracy {before:.3f} -> {after:.3f}")

# %%
# What they do to the embedding
# -----------------------------
#
# DEC and IDEC pull rows towards their centers, and the clusters contract into
# islands. DCN weighs the reconstruction more, and changes the embedding less. DEPICT,
# which hides pixels and hidden units, has no centers: its clusters lie in directions.
# No method undoes a start that has put two digits into one cluster.

import matplotlib.pyplot as plt

from skdeepcluster.inspection import EmbeddingDisplay

figure, axes = plt.subplots(2, 3, figsize=(10, 7), layout="constrained")
EmbeddingDisplay.from_predictions(autoencoder.transform(X), y, ax=axes[0, 0])
axes[0, 0].set_title("Autoencoder, true classes")
for clusterer, ax in zip(clusterers, axes.flat[1:], strict=False):
    EmbeddingDisplay.from_estimator(clusterer, X, ax=ax)
    accuracy = clustering_accuracy_score(y, clusterer.labels_)
    ax.set_title(f"{type(clusterer).__name__}, its clusters: accuracy {accuracy:.2f}")
axes[1, 2].axis("off")
plt.show()
