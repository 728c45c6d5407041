"""
====================================
Four blobs, bent into 100 dimensions
====================================

The data of the paper on :class:`~skdeepcluster.DAMIC`: four blobs of a plane, hidden
by a random map and a squared logistic function. No linear map shows them as they are.
An autoencoder nearly does, but stretches some blobs, and k-means then cuts them. The
experts of DAMIC follow the bent blobs themselves.
"""

# %%
# The data, and the plane behind them
# -----------------------------------
#
# The logistic function can be undone, and what remains is linear in the plane. So
# this once there is a true picture to hold the results against.

import numpy as np
from scipy.special import logit
from sklearn.decomposition import PCA

from skdeepcluster.datasets import make_sigmoid_blobs

X, y = make_sigmoid_blobs(n_samples=2000, random_state=1)
plane = PCA(2).fit_transform(logit(np.sqrt(X)).clip(-30, 30))

# %%
# Three embeddings
# ----------------

from sklearn.decomposition import NMF, TruncatedSVD

from skdeepcluster import Autoencoder

autoencoder = Autoencoder(2, (50, 10), batch_size=64, max_epochs=25, random_state=0)
embeddings = {
    "NMF": NMF(2, max_iter=1000, random_state=0).fit_transform(X),
    "SVD": TruncatedSVD(2, random_state=0).fit_transform(X),
    "Autoencoder": autoencoder.fit_transform(X),
}

# %%
# An expert for each blob
# -----------------------
#
# DAMIC starts from k-means in the embedding of the autoencoder, given as a pipeline.
# On such smooth data an expert would restore the rows of others as well; noise on its
# inputs and dropout keep it to its own.

from sklearn.cluster import KMeans
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline

from skdeepcluster import DAMIC

damic = DAMIC(
    4,
    init=make_pipeline(FrozenEstimator(autoencoder), KMeans(4, n_init=20)),
    hidden_layer_sizes=(128, 64),
    gate_hidden_layer_sizes=(128, 128),
    input_noise=1.0,
    dropout=0.2,
    batch_size=64,
    max_epochs=30,
    random_state=0,
).fit(X)

# %%
# Above, the embeddings with the true blobs. Below, the plane, which no method has seen,
# with the clusters that were found.

import matplotlib.pyplot as plt

from skdeepcluster.inspection import EmbeddingDisplay
from skdeepcluster.metrics import normalized_mutual_info_score

found = {
    "The plane, true blobs": y,
    "k-means on codes": damic.initial_labels_,
    "DAMIC": damic.labels_,
}
figure, axes = plt.subplots(2, 3, figsize=(8, 5.6), layout="constrained")
for (name, embedding), ax in zip(embeddings.items(), axes[0], strict=True):
    EmbeddingDisplay.from_predictions(embedding, y, ax=ax)
    ax.set_title(f"{name}, true blobs")
for (name, labels), ax in zip(found.items(), axes[1], strict=True):
    EmbeddingDisplay.from_predictions(plane, labels, ax=ax)
    nmi = normalized_mutual_info_score(y, labels)
    ax.set_title(name if labels is y else f"{name}: NMI {nmi:.2f}")
plt.show()
