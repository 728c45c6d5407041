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
# A :class:`~sklearn.feature_extraction.text.TfidfVectorizer` gives unit rows, so that
# the features are of the order of :math:`1 / \sqrt d`. They are scaled to be of the
# order of one: otherwise the reconstruction hardly counts beside the clustering. The
# matrix stays sparse throughout.

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skdeepcluster import IDEC, Autoencoder


def scale(X):
    """Scale unit rows to features of about one."""
    return X * X.shape[1] ** 0.5


vectorizer = TfidfVectorizer(
    max_features=1500, stop_words="english", sublinear_tf=True, dtype=np.float32
)
autoencoder = Autoencoder(
    10, hidden_layer_sizes=(256, 128), batch_size=64, max_epochs=15
)
pipeline = make_pipeline(
    vectorizer,
    FunctionTransformer(scale),
    IDEC(8, autoencoder=autoencoder, batch_size=64, max_epochs=15, random_state=0),
)
labels = pipeline.fit_predict(texts)

# %%
# Beside k-means on the same features, and on the autoencoder's codes, from which IDEC
# starts:

from sklearn.cluster import KMeans

from skdeepcluster.metrics import clustering_accuracy_score

X = vectorizer.transform(texts)
candidates = {
    "k-means": KMeans(8, n_init=10, random_state=0).fit_predict(X),
    "autoencoder + k-means": pipeline[-1].initial_labels_,
    "IDEC": labels,
}
for name, candidate in candidates.items():
    print(f"{name:<22} accuracy {clustering_accuracy_score(y, candidate):.3f}")

# %%
# What a cluster is about
# -----------------------
#
# The words whose mean weight in the cluster exceeds that in all texts the most. The
# title has the class that is most frequent in the cluster, and its share: a check that
# only a data set with classes allows. Names and addresses among the words are of
# people who post a lot: headers and signatures are left in.

import matplotlib.pyplot as plt

names = vectorizer.get_feature_names_out()
figure, axes = plt.subplots(2, 4, figsize=(8, 5), layout="constrained")
for cluster, ax in enumerate(axes.flat):
    members = labels == cluster
    lift = np.asarray(X[members].mean(axis=0) - X.mean(axis=0)).ravel()
    top = np.argsort(lift)[-8:]
    ax.barh(names[top], lift[top], color=f"C{cluster}")
    classes = np.bincount(y[members])
    share = classes.max() / members.sum()
    ax.set_title(
        f"{members.sum()} texts\n{posts.target_names[classes.argmax()]}\n{share:.0%}",
        fontsize="small",
    )
    ax.tick_params(labelsize="small", length=0)
    ax.set_xticks([])
    ax.spines[:].set_visible(False)
plt.show()
