"""
==================================
A grid search over a text pipeline
==================================

A clusterer of this package is an estimator like any other: it may stand at the end of a
pipeline, on sparse input, in a :class:`~sklearn.model_selection.GridSearchCV` with
several processes, and the best pipeline pickles.

A search by accuracy needs classes, at least of some of the data. They only score: the
fits do not see them.
"""

# %%
# Texts
# -----
#
# A third of the posts to four newsgroups. Without a network, docstrings of four modules
# take their place.

import numpy as np

from skdeepcluster.datasets import fetch_newsgroups, load_docstrings

GROUPS = ["comp.graphics", "rec.sport.hockey", "sci.space", "talk.politics.guns"]
MODULES = ["scipy.linalg", "scipy.ndimage", "scipy.signal", "sklearn.metrics"]
try:
    posts = fetch_newsgroups(subset="train")
    rows = np.flatnonzero(np.isin(posts.target_names, GROUPS)[posts.target])[::3]
except OSError:
    posts = load_docstrings()
    rows = np.flatnonzero(np.isin(posts.target_names, MODULES)[posts.target])
texts, y = [posts.data[i] for i in rows], posts.target[rows]
print(f"{len(texts)} texts")

# %%
# The search
# ----------
#
# The parameters of the steps, and of the autoencoder within IDEC, have the usual names
# with double underscores. Each setting is scored on held-out texts by two scorers, and
# ``refit`` names the one that decides. The recipe of texts, with a network and a budget
# for few of them:

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline

from skdeepcluster.metrics import accuracy_scorer, nmi_scorer
from skdeepcluster.recipes import recipe

idec = recipe("IDEC", "texts", 4).set_params(
    autoencoder__hidden_layer_sizes=(128,),
    autoencoder__steps_per_epoch=20,
    max_epochs=10,
    random_state=0,
)
pipeline = make_pipeline(
    TfidfVectorizer(
        max_features=500, stop_words="english", sublinear_tf=True, dtype=np.float32
    ),
    idec,
)
widths, gammas = [4, 20, 100], [0.1, 1.0]
search = GridSearchCV(
    pipeline,
    {"idec__autoencoder__n_components": widths, "idec__gamma": gammas},
    scoring={"accuracy": accuracy_scorer, "NMI": nmi_scorer},
    refit="NMI",
    cv=StratifiedKFold(2, shuffle=True, random_state=0),
    n_jobs=2,
)
search.fit(texts, y)
print(search.best_params_)

# %%
# The best pipeline, pickled
# --------------------------
#
# The weights are plain arrays in the pickle. What is loaded predicts the same.

import pickle

pickled = pickle.dumps(search.best_estimator_)
best = pickle.loads(pickled)
print(f"{len(pickled) / 2**20:.1f} MiB, accuracy {accuracy_scorer(best, texts, y):.3f}")

# %%
# The scores
# ----------
#
# Means over the two folds. Beside the width of the embedding, the weight of the
# clustering hardly matters.

import matplotlib.pyplot as plt

figure, axes = plt.subplots(1, 2, figsize=(7, 4.4), layout="constrained", sharey=True)
for ax, score in zip(axes, search.scoring, strict=True):
    table = search.cv_results_[f"mean_test_{score}"].reshape(len(widths), len(gammas))
    ax.imshow(table, cmap="Blues", vmin=0, vmax=1.2)
    for (i, j), value in np.ndenumerate(table):
        ax.text(j, i, f"{value:.2f}", ha="center", va="center")
    ax.set_xticks(range(len(gammas)), gammas)
    ax.set_yticks(range(len(widths)), widths)
    ax.set(title=score, xlabel="gamma")
axes[0].set_ylabel("n_components")
plt.show()
