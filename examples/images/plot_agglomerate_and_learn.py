"""
=======================
Agglomerate, then learn
=======================

Joint unsupervised learning, JULE (`Yang, Parikh, Batra, 2016
<https://arxiv.org/abs/1604.03628>`_), takes turns: an agglomeration merges clusters in
a graph of neighbours, a convolutional network learns them, and the next agglomeration
is of what the network makes of the images. Both halves are here, and JULE is a
composition of them.
"""

# %%
# The two halves
# --------------
#
# Graph degree linkage is JULE's agglomeration, but for the safeguard that no cluster
# has but a few rows. :class:`~skdeepcluster.InductiveClusterer` is the network. It
# learns the labels, where JULE has triplets of them, from digits that are turned and
# moved a little, and stops when those that it has not seen no longer fit better. So
# it passes over labels that do not fit the digits around them. ``transform`` gives its
# last hidden layer.

from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from skdeepcluster import GraphDegreeLinkage, InductiveClusterer
from skdeepcluster.augmentation import RandomAffine
from skdeepcluster.metrics import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)

X, y = load_digits(return_X_y=True)
X = X / 16
linkage = make_pipeline(
    StandardScaler(with_std=False), Normalizer(), GraphDegreeLinkage(10)
)
network = InductiveClusterer(
    image_shape=(1, 8, 8),
    hidden_layer_sizes=(32, 64),
    augment=RandomAffine((1, 8, 8), degrees=10, translate=0.05),
    batch_size=64,
    max_epochs=60,
    random_state=0,
)

# %%
# The turns
# ---------
#
# They end when next to no labels change; their numbers may be others, so they are
# compared as clusters are with classes. The classes ``y`` only check what was found.


def show(name, labels):
    accuracy = clustering_accuracy_score(y, labels)
    nmi = normalized_mutual_info_score(y, labels)
    print(f"{name:<27} ACC {accuracy:.3f}  NMI {nmi:.3f}")


labels, codes = linkage.fit_predict(X), {"pixels": X}
show("linkage of the pixels", labels)
for turn in range(1, 5):
    network.set_params(clusterer=labels).fit(X)
    show(f"network, turn {turn}", network.labels_)
    codes[f"codes, turn {turn}"] = network.transform(X)
    before, labels = labels, linkage.fit_predict(network.transform(X))
    show("linkage of the codes", labels)
    if clustering_accuracy_score(before, labels) > 0.98:
        break

# %%
# What the network sees
# ---------------------
#
# The digits in the pixels' space and in that of the network's last hidden layer, with
# their true classes. The network pulls together what the linkage has put into one
# cluster, and so the next linkage has less to decide.

import matplotlib.pyplot as plt

from skdeepcluster.inspection import EmbeddingDisplay

figure, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
first, *_, last = codes
for ax, name in zip(axes, (first, last), strict=True):
    EmbeddingDisplay.from_predictions(codes[name], y, ax=ax)
    ax.set_title(name)

# %%
# As one estimator
# ----------------
#
# A pipeline may begin with a network and end with a linkage, and be what the next
# network learns. The last one predicts new digits, with probabilities.

from sklearn.base import clone

second = clone(network).set_params(
    clusterer=make_pipeline(clone(network).set_params(clusterer=linkage), linkage)
)
second.fit(X[:1500])
print(clustering_accuracy_score(y[1500:], second.predict(X[1500:])))

plt.show()
