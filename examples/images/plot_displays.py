"""
===================
Looking at clusters
===================

What the displays of ``skdeepcluster.inspection`` show of two models of the digits that
come with scikit-learn: :class:`~skdeepcluster.IDEC`, and
:class:`~skdeepcluster.KDVAE`, which has an autoencoder for each cluster and can draw
new digits.
"""

# %%
# Two models
# ----------
#
# Both start from the same autoencoder.

from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator

from skdeepcluster import IDEC, KDVAE, Autoencoder

X, y = load_digits(return_X_y=True)
X = X / 16
autoencoder = Autoencoder(
    hidden_layer_sizes=(256, 128), batch_size=64, max_epochs=60, random_state=0
)
pretrained = FrozenEstimator(autoencoder.fit(X))
idec = IDEC(10, autoencoder=pretrained, batch_size=64, random_state=0).fit(X)
kdvae = KDVAE(
    10,
    init=pretrained,
    n_components=5,
    hidden_layer_sizes=(64, 32),
    batch_size=64,
    max_epochs=30,
    random_state=0,
).fit(X)

# %%
# The embedding
# -------------
#
# In which IDEC separates the digits, by its principal components, with the clusters'
# numbers and centers; and by t-SNE, with the images themselves.

import matplotlib.pyplot as plt

from skdeepcluster.inspection import EmbeddingDisplay

figure, axes = plt.subplots(1, 2, figsize=(9, 4.5), layout="constrained")
EmbeddingDisplay.from_estimator(idec, X, ax=axes[0])
EmbeddingDisplay.from_estimator(
    idec, X, projection="tsne", images=X.reshape(-1, 8, 8), ax=axes[1]
)
plt.show()

# %%
# The training
# ------------
#
# A panel for each stage with its loss, and how many labels changed from one look to the
# next.

from skdeepcluster.inspection import HistoryDisplay

HistoryDisplay.from_estimator(idec)
plt.show()

# %%
# Clusters and classes
# --------------------
#
# Clusters are matched with classes one to one. The cluster with the most digits, 0,
# holds two classes.

from skdeepcluster.inspection import ConfusionDisplay

ConfusionDisplay.from_estimator(idec, X, y)
plt.show()

# %%
# Sizes, and how sure the assignment is
# -------------------------------------
#
# This needs no classes: large clusters and pale bars are worth a second look.

from skdeepcluster.inspection import ClusterSizesDisplay

ClusterSizesDisplay.from_estimator(idec, X)
plt.show()

# %%
# What a cluster looks like
# -------------------------
#
# Its most typical members, and new digits that KDVAE draws from it.

from skdeepcluster.inspection import SamplesDisplay

figure, axes = plt.subplots(1, 2, figsize=(9, 4.5), layout="constrained")
for kind, ax in zip(["typical", "generated"], axes, strict=True):
    SamplesDisplay.from_estimator(kdvae, X, image_shape=(8, 8), kind=kind, ax=ax)
    ax.set_title(kind)
plt.show()
