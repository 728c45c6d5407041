"""
======================================
How much the weight of clusters counts
======================================

:class:`~skdeepcluster.DVAEC` trains a variational autoencoder with attention, a prior
with a component for each cluster, and a network that predicts the clusters, all
together. The weight :math:`\\lambda` of the clusters is the one parameter to decide
on. Here it takes several values, on titles of questions on Stack Overflow.
"""

# %%
# Titles as features
# ------------------
#
# The unit rows of a :class:`~sklearn.feature_extraction.text.TfidfVectorizer` have
# features of the order of :math:`1 / \sqrt d`; networks want them to be about one.
# These are 1,500 titles of ten tags. Without an internet connection to fetch them,
# docstrings of SciPy and scikit-learn take their place.

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.utils import shuffle

from skdeepcluster.datasets import fetch_stackoverflow, load_docstrings

try:
    texts, y = fetch_stackoverflow(return_X_y=True)
except OSError:
    texts, y = load_docstrings(return_X_y=True)
rows = shuffle(np.flatnonzero(y < 10), random_state=0)[:1500]
texts, y = [texts[i] for i in rows], y[rows]
n_clusters = len(np.unique(y))

words = TfidfVectorizer(
    max_features=1000, stop_words="english", sublinear_tf=True, dtype=np.float32
)
X = words.fit_transform(texts)
X = X * np.float32(X.shape[1] ** 0.5)

# %%
# One pre-training, five weights
# ------------------------------

from sklearn.frozen import FrozenEstimator

from skdeepcluster import DVAEC, AttentionAutoencoder

attention = AttentionAutoencoder(20, (256, 256), max_epochs=20, random_state=0).fit(X)
weights = [0.03, 0.1, 0.3, 1.0, 3.0]
models = [
    DVAEC(
        n_clusters,
        autoencoder=FrozenEstimator(attention),
        lam=lam,
        max_epochs=10,
        random_state=0,
    ).fit(X)
    for lam in weights
]

# %%
# Beside k-means
# --------------
#
# On short texts k-means on the very same features is not easily beaten, so it is drawn
# as well. Up to 1 the weight hardly matters; a larger one may draw clusters together
# until they merge.

import matplotlib.pyplot as plt
from sklearn.cluster import KMeans

from skdeepcluster.metrics import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)

scores = {
    "accuracy": clustering_accuracy_score,
    "NMI": normalized_mutual_info_score,
}
kmeans_labels = KMeans(n_clusters, n_init=10, random_state=0).fit_predict(X)
figure, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
for (name, score), color in zip(scores.items(), ("#0072B2", "#E69F00"), strict=True):
    values = [score(y, model.labels_) for model in models]
    ax.plot(weights, values, "o-", color=color, label=f"DVAEC, {name}")
    ax.axhline(score(y, kmeans_labels), color=color, ls="--", label=f"k-means, {name}")
ax.set(
    xscale="log",
    xlabel=r"weight of the clusters, $\lambda$",
    ylabel="score",
    ylim=(0.4, 0.9),
)
ax.legend(ncols=2, loc="lower left")
plt.show()
