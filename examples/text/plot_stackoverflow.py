"""
=====================================
Short texts: a name for every cluster
=====================================

Titles of questions are so short that two of them on one subject may share no word.
Latent semantic analysis brings together words that occur beside the same others; on
its few features :class:`~skdeepcluster.IDEC` needs only a small network, and thousands
of titles take seconds.
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
except OSError:
    texts, y = load_docstrings(return_X_y=True)
n_clusters = len(np.unique(y))
print(f"{len(texts)} texts of {n_clusters} classes")

# %%
# From words to clusters
# ----------------------
#
# After the :class:`~sklearn.preprocessing.Normalizer` only the direction of a title
# counts, as is usual for texts; the scaler gives the network features of about one.

from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from skdeepcluster import IDEC, Autoencoder

words = TfidfVectorizer(max_features=2000, stop_words="english", sublinear_tf=True)
semantics = make_pipeline(
    words, TruncatedSVD(20, random_state=0), Normalizer(), StandardScaler()
)
autoencoder = Autoencoder(10, hidden_layer_sizes=(64, 32), max_epochs=20)
pipeline = make_pipeline(
    semantics,
    IDEC(n_clusters, autoencoder=autoencoder, max_epochs=20, random_state=0),
)
labels = pipeline.fit_predict(texts)

# %%
# It is always worth a look at what simpler pipelines give. Here the semantics do all
# the work: k-means on them is as good as IDEC.

from sklearn.cluster import KMeans

from skdeepcluster.metrics import clustering_accuracy_score

X = semantics[0].transform(texts)
kmeans = KMeans(n_clusters, n_init=3, random_state=0)
candidates = {
    "tf-idf + k-means": kmeans.fit_predict(X),
    "semantics + k-means": kmeans.fit_predict(semantics.transform(texts)),
    "semantics + IDEC": labels,
}
for name, candidate in candidates.items():
    print(f"{name:<20} accuracy {clustering_accuracy_score(y, candidate):.3f}")

# %%
# A name for every cluster
# ------------------------
#
# The words of the largest mean weights make names that nobody had to give. Look at the
# largest cluster: its words are those of any question.

import matplotlib.pyplot as plt

names = words.get_feature_names_out()
sizes = np.bincount(labels, minlength=n_clusters)
figure, ax = plt.subplots(figsize=(8, 0.3 * n_clusters + 0.6), layout="constrained")
ax.barh(range(n_clusters), sizes, color="#9ecae1")
for cluster in range(n_clusters):
    weights = np.asarray(X[labels == cluster].mean(axis=0)).ravel()
    top = ", ".join(names[np.argsort(-weights)[:6]])
    ax.text(0.01 * sizes.max(), cluster, top, va="center")
ax.set(xlabel="number of texts", ylabel="cluster", yticks=range(n_clusters))
ax.margins(y=0.01)
ax.invert_yaxis()
ax.spines[["top", "right"]].set_visible(False)
plt.show()
