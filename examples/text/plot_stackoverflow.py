"""
=====================================
Short texts: a name for every cluster
=====================================

Titles of questions are so short that two of them on one subject may share no word. An
autoencoder that has to guess the hidden half of a title learns which words belong
together, and :class:`~skdeepcluster.IDEC` makes clusters of what it learned.
"""

# %%
# Titles
# ------
#
# Of twenty tags. Without a network, docstrings take their place.

import numpy as np

from skdeepcluster.datasets import fetch_stackoverflow, load_docstrings

try:
    texts, y = fetch_stackoverflow(return_X_y=True)
    new_text = "How do I merge two branches?"
except OSError:
    texts, y = load_docstrings(return_X_y=True)
    new_text = "Compute the eigenvalues of a symmetric matrix."
n_clusters = len(np.unique(y))
print(f"{len(texts)} texts of {n_clusters} classes")

# %%
# From words to clusters
# ----------------------
#
# The recipe of texts, on the words as they are. The few titles without any of these
# words have no direction, and are left out.

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline

from skdeepcluster.recipes import recipe

words = TfidfVectorizer(
    max_features=1000, stop_words="english", sublinear_tf=True, dtype=np.float32
)
known = words.fit_transform(texts).getnnz(axis=1) > 0
texts, y = [texts[row] for row in np.flatnonzero(known)], np.asarray(y)[known]
idec = recipe("IDEC", "texts", n_clusters).set_params(
    autoencoder__steps_per_epoch=40, max_epochs=10, random_state=0
)
pipeline = make_pipeline(words, idec)
labels = pipeline.fit_predict(texts)

# %%
# It is always worth a look at what simpler pipelines give: k-means on the words, and on
# the directions of their latent semantic analysis.

from sklearn.cluster import KMeans
from sklearn.decomposition import TruncatedSVD
from sklearn.preprocessing import Normalizer

from skdeepcluster.metrics import clustering_accuracy_score

X = words.transform(texts)
semantics = make_pipeline(TruncatedSVD(n_clusters, random_state=0), Normalizer())
kmeans = KMeans(n_clusters, n_init=3, random_state=0)
candidates = {
    "tf-idf + k-means": kmeans.fit_predict(X),
    "semantics + k-means": kmeans.fit_predict(semantics.fit_transform(X)),
    "autoencoder + k-means": idec.initial_labels_,
    "IDEC": labels,
}
for name, candidate in candidates.items():
    print(f"{name:<22} accuracy {clustering_accuracy_score(y, candidate):.3f}")

# %%
# A name for every cluster
# ------------------------
#
# The words that tell a cluster from the others make names that nobody had to give. Here
# those of the cluster of a new text:

from skdeepcluster.inspection import top_features

top = top_features(X, labels, words.get_feature_names_out(), n_features=6)

cluster = pipeline.predict([new_text])[0]
print(new_text, "->", ", ".join(top.names[cluster]))

# %%
# And those of all clusters:

import matplotlib.pyplot as plt

sizes = np.bincount(labels, minlength=n_clusters)
figure, ax = plt.subplots(figsize=(8, 0.3 * n_clusters + 0.6), layout="constrained")
ax.barh(top.clusters, sizes[top.clusters], color="#9ecae1")
for cluster, names in zip(top.clusters, top.names, strict=True):
    ax.text(0.01 * sizes.max(), cluster, ", ".join(names), va="center")
ax.set(xlabel="number of texts", ylabel="cluster", yticks=range(n_clusters))
ax.margins(y=0.01)
ax.invert_yaxis()
ax.spines[["top", "right"]].set_visible(False)
plt.show()
