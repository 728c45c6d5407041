"""
=======================
The words of newsgroups
=======================

Posts go in as text, clusters come out, and the words that stand out in a cluster tell
what it is about. The pipeline is scikit-learn's, with
:class:`~skdeepcluster.IDEC` in the place of k-means.
"""

# %%
# Posts
# -----
#
# Eight of the 20 newsgroups. Without a network, docstrings of SciPy and scikit-learn
# take their place.

import numpy as np

from skdeepcluster.datasets import fetch_newsgroups, load_docstrings

GROUPS = [
    "comp.graphics",
    "rec.autos",
    "rec.sport.hockey",
    "sci.crypt",
    "sci.med",
    "sci.space",
    "soc.religion.christian",
    "talk.politics.guns",
]
try:
    posts = fetch_newsgroups(subset="train")
    rows = np.flatnonzero(np.isin(posts.target_names, GROUPS)[posts.target])[::2]
except OSError:
    posts = load_docstrings()
    rows = np.arange(len(posts.data))
texts, y = [posts.data[i] for i in rows], posts.target[rows]
print(f"{len(texts)} texts of {len(np.unique(y))} classes")

# %%
# A pipeline
# ----------
#
# The recipe of texts takes the matrix of a
# :class:`~sklearn.feature_extraction.text.TfidfVectorizer` as it is. Its autoencoder
# compares directions, hides more than half of the words from the encoder, and has codes
# of one length.

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline

from skdeepcluster.recipes import recipe

vectorizer = TfidfVectorizer(
    max_features=1500, stop_words="english", sublinear_tf=True, dtype=np.float32
)
idec = recipe("IDEC", "texts", 8).set_params(
    autoencoder__steps_per_epoch=40, random_state=0
)
pipeline = make_pipeline(vectorizer, idec)
labels = pipeline.fit_predict(texts)

# %%
# Beside k-means on the same features, and on the autoencoder's codes, from which IDEC
# starts:

from sklearn.cluster import KMeans

from skdeepcluster.metrics import clustering_accuracy_score

X = vectorizer.transform(texts)
candidates = {
    "k-means": KMeans(8, n_init=10, random_state=0).fit_predict(X),
    "autoencoder + k-means": idec.initial_labels_,
    "IDEC": labels,
}
for name, candidate in candidates.items():
    print(f"{name:<22} accuracy {clustering_accuracy_score(y, candidate):.3f}")

# %%
# A text that stands for the largest cluster, and one that might be elsewhere:

from skdeepcluster.inspection import doubtful_members, typical_members

for kind, members in [("typical", typical_members), ("doubtful", doubtful_members)]:
    (row,) = members(pipeline, texts, cluster=0, n_members=1)
    print(f"{kind}: {' '.join(texts[row].split())[:70]} ...")

# %%
# What a cluster is about
# -----------------------
#
# The words that tell each cluster from the others, by class-wise tf-idf. Names and
# addresses among those of posts are of people who post a lot, for headers and
# signatures are left in; words such as "parameters" head the sections of docstrings.

import matplotlib.pyplot as plt

from skdeepcluster.inspection import TopFeaturesDisplay

TopFeaturesDisplay.from_estimator(pipeline, texts)
plt.show()
