"""
===============================================
Choosing the number of clusters without classes
===============================================

How many clusters are there? Three scores that need no classes are compared over the
number of clusters: the silhouette and the Calinski-Harabasz index in the embedding, and
the stability of the clusters between two halves of the data. Once on images, where the
classes are clusters, and once on texts, where they hardly are. What is in the rows
themselves, :func:`~skdeepcluster.model_selection.find_n_clusters` tells in seconds,
without a fit: :doc:`/guide/number_of_clusters`.
"""

# %%
# Each model is fitted to one half of the rows, and the scorers look at the other.
# The autoencoder is trained once and shared: only within one embedding do silhouette
# and Calinski-Harabasz index have a common scale.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, ShuffleSplit

from skdeepcluster import IDEC, Autoencoder
from skdeepcluster.datasets import fetch_newsgroups, load_docstrings
from skdeepcluster.metrics import (
    accuracy_scorer,
    calinski_harabasz_scorer,
    silhouette_scorer,
    stability_scorer,
)

SCORING = {
    "silhouette": silhouette_scorer,
    "Calinski-Harabasz": calinski_harabasz_scorer,
    "stability": stability_scorer,
    "ACC": accuracy_scorer,  # for the picture alone
}


def search(X, y, n_clusters):
    """Score numbers of clusters in one embedding, on halves of the rows."""
    autoencoder = Autoencoder(
        hidden_layer_sizes=(256, 128), batch_size=64, max_epochs=30, random_state=0
    ).fit(X)
    idec = IDEC(
        autoencoder=FrozenEstimator(autoencoder),
        batch_size=64,
        max_epochs=10,
        random_state=0,
    )
    halves = ShuffleSplit(2, test_size=0.5, random_state=0)
    return GridSearchCV(
        idec, {"n_clusters": n_clusters}, scoring=SCORING, refit=False, cv=halves
    ).fit(X, y)


# %%
# The digits of scikit-learn have ten classes.

X, y = load_digits(return_X_y=True)
digits = search(X / 16, y, [2, 4, 6, 8, 9, 10, 12, 15])

# %%
# Posts to 20 newsgroups, or the docstrings of eight scientific packages if there is no
# network to fetch them from.

try:
    texts, y = fetch_newsgroups(return_X_y=True)
    kind = "posts"
except OSError:
    texts, y = load_docstrings(return_X_y=True)
    kind = "docstrings"
rows = np.random.default_rng(0).permutation(len(texts))[:1200]
vectorizer = TfidfVectorizer(max_features=500, stop_words="english", dtype=np.float32)
X = vectorizer.fit_transform([texts[row] for row in rows]) * np.float32(500**0.5)
y = np.asarray(y)[rows]
words = search(X, y, [2, 5, 10, 15, 20, 30])

# %%
# Each score is drawn as a share of its range over the numbers of clusters. On the
# digits, the silhouette is near its largest value from six clusters to ten, the
# Calinski-Harabasz index at six, and the stability at four and again beyond ten. On the
# texts they name numbers far from each other: several classes share a topic, and short
# texts have none.
# Where such scores disagree, no number of clusters is the right one, and what the
# clusters are for has to decide.

figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained", sharey=True)
panels = [
    ("digits, 10 classes", digits),
    (f"{kind}, {len(np.unique(y))} classes", words),
]
for ax, (title, found) in zip(axes, panels, strict=True):
    n_clusters = found.cv_results_["param_n_clusters"].astype(int)
    for name, marker in zip(SCORING, "os^x", strict=True):
        scores = found.cv_results_[f"mean_test_{name}"]
        share = (scores - scores.min()) / np.ptp(scores)
        style = {"color": "grey", "ls": ":"} if name == "ACC" else {}
        ax.plot(n_clusters, share, marker=marker, label=name, **style)
    ax.set(title=title, xlabel="number of clusters")
axes[0].set_ylabel("share of the score's range")
figure.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
plt.show()
