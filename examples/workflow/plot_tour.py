"""
=====================
A tour in ten minutes
=====================

The digits of scikit-learn, 1,797 images of 8 x 8 pixels, from raw pixels to clusters
that one can look at, save and predict with. From there, :ref:`Which method <which-one>`
suits which data, and :doc:`the results </results>` on public data.
"""

# %%
# Data
# ----
#
# Rows of features of the order of one: pixels are divided by their largest value.
# ``y`` holds the classes. They are never used for learning; here they check what was
# found.

from sklearn.datasets import load_digits

X, y = load_digits(return_X_y=True)
X = X / 16

# %%
# A first clustering
# ------------------
#
# :class:`~skdeepcluster.SpectralNet` trains a network to put each row near its nearest
# neighbours, and looks for clusters there. It wants large batches, of some thirty rows
# for each cluster and more.

from sklearn.cluster import KMeans

from skdeepcluster import SpectralNet
from skdeepcluster.metrics import clustering_accuracy_score

spectralnet = SpectralNet(
    10, hidden_layer_sizes=(256, 128), batch_size=512, random_state=0
).fit(X)
kmeans = KMeans(10, n_init=10, random_state=0).fit(X)
for model in (kmeans, spectralnet):
    print(f"{clustering_accuracy_score(y, model.labels_):.3f}")

# %%
# Clusters are numbered by decreasing size. A fitted clusterer gives labels,
# probabilities and an embedding to any rows, also to new ones.

print(spectralnet.predict(X[:3]))
print(spectralnet.soft_predict(X[:3]).round(2))
print(spectralnet.transform(X[:3]).shape)

# %%
# Methods that start from an autoencoder
# --------------------------------------
#
# An :class:`~skdeepcluster.Autoencoder` is a transformer like ``PCA``: ``transform``
# gives codes, ``inverse_transform`` restores the data. Most methods start from its
# codes. One that is fitted already comes in a ``FrozenEstimator``: it is copied, never
# changed, so that it can start several methods.

import pandas as pd
from sklearn.frozen import FrozenEstimator

from skdeepcluster import DCN, DEC, IDEC, Autoencoder

autoencoder = Autoencoder(
    n_components=10, hidden_layer_sizes=(256, 128), batch_size=64, random_state=0
)
pretrained = FrozenEstimator(autoencoder.fit(X))
models = {
    method.__name__: method(
        10, autoencoder=pretrained, batch_size=64, random_state=0
    ).fit(X)
    for method in (DEC, IDEC, DCN)
}

# %%
# ``initial_labels_`` are the clusters before the joint training: the difference is what
# the method adds. Here the codes are a start that is worse than the pixels; starts
# differ by several percent from seed to seed.

scores = {
    name: [
        clustering_accuracy_score(y, model.initial_labels_),
        clustering_accuracy_score(y, model.labels_),
    ]
    for name, model in models.items()
}
pd.DataFrame(scores, index=["start", "end"]).T.round(3)

# %%
# Look at it
# ----------
#
# What it sees, how the training went, and which classes share a cluster. There are more
# :ref:`displays <sphx_glr_auto_examples_images_plot_displays.py>`.

import matplotlib.pyplot as plt

from skdeepcluster.inspection import (
    ConfusionDisplay,
    EmbeddingDisplay,
    HistoryDisplay,
)

images = X.reshape(-1, 8, 8)
EmbeddingDisplay.from_estimator(spectralnet, X, projection="tsne", images=images)
HistoryDisplay.from_estimator(spectralnet)
ConfusionDisplay.from_estimator(spectralnet, X, y)
plt.show()

# %%
# Tables
# ------
#
# A table with numbers and categories goes through scikit-learn's preprocessing. With a
# file of your own, ``pd.read_csv("customers.csv")`` takes the place of the frame.

import numpy as np
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

rng = np.random.default_rng(0)
customers = pd.DataFrame(
    {
        "age": rng.choice([25, 45, 70], 300) + rng.normal(0, 3, 300),
        "income": rng.choice([20, 40, 80, np.nan], 300) + rng.normal(0, 3, 300),
        "city": rng.choice(["Bern", "Lyon", "Graz"], 300),
    }
)
columns = make_column_transformer(
    (
        make_pipeline(SimpleImputer(), StandardScaler()),
        make_column_selector(dtype_include="number"),
    ),
    (OneHotEncoder(sparse_output=False), make_column_selector(dtype_exclude="number")),
)
small = Autoencoder(2, hidden_layer_sizes=(32,), batch_size=32, max_epochs=40)
table = make_pipeline(
    columns, IDEC(3, autoencoder=small, batch_size=32, max_epochs=10, random_state=0)
)
customers["cluster"] = table.fit_predict(customers)
customers.groupby("cluster").agg({"age": "mean", "income": "mean", "city": "count"})

# %%
# Images stay rows of an array; ``Autoencoder(image_shape=(1, 8, 8))`` makes the
# network convolutional. Texts go through a ``TfidfVectorizer``, as
# :ref:`these examples <sphx_glr_auto_examples_text>` show.
#
# Search
# ------
#
# Everything nests, so a grid search reaches every parameter: with classes at hand, by
# accuracy or NMI; without them, see :doc:`/guide/choosing`.

from sklearn.model_selection import GridSearchCV

from skdeepcluster.metrics import accuracy_scorer, nmi_scorer

search = GridSearchCV(
    IDEC(10, autoencoder=pretrained, batch_size=64, max_epochs=10, random_state=0),
    {"gamma": [0.01, 0.1, 1.0]},
    scoring={"acc": accuracy_scorer, "nmi": nmi_scorer},
    refit="nmi",
    cv=2,
).fit(X, y)
columns = ["param_gamma", "mean_test_acc", "mean_test_nmi"]
pd.DataFrame(search.cv_results_)[columns].round(3)

# %%
# Save and load
# -------------
#
# By pickle or joblib; skops works as well, and weights alone go in and out as
# safetensors or ONNX (:doc:`/guide/saving`).

import pickle

loaded = pickle.loads(pickle.dumps(models["IDEC"]))
assert (loaded.predict(X) == models["IDEC"].labels_).all()

# %%
# Decoders remain with the methods that train them. So one sees what a cluster's center
# stands for:

figure, axes = plt.subplots(1, 10, figsize=(6, 0.9), layout="constrained")
centers = loaded.inverse_transform(loaded.cluster_centers_)
for center, ax in zip(centers, axes, strict=True):
    ax.imshow(center.reshape(8, 8), cmap="gray_r")
    ax.set(xticks=[], yticks=[])
plt.show()
