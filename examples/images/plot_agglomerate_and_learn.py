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
# learns the labels, where JULE has triplets of images, from digits that are turned and
# moved a little. So it passes over labels that do not fit the digits around them, and
# ``transform`` gives what it sees, its last hidden layer. The digits are 3,000 of USPS.
# Without an internet connection to fetch them, those of scikit-learn take their place,
# whose few pixels leave the network little to add.

from sklearn.datasets import load_digits
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from skdeepcluster import GraphDegreeLinkage, InductiveClusterer
from skdeepcluster.augmentation import RandomAffine
from skdeepcluster.datasets import fetch_usps
from skdeepcluster.metrics import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)

try:
    images, digits = fetch_usps(return_X_y=True)
    image_shape = (1, 16, 16)
except OSError:
    images, digits = load_digits(return_X_y=True)
    images, image_shape = images / 16, (1, 8, 8)
n_rows = min(3000, len(images) - 500)
X, y = images[:n_rows], digits[:n_rows]

linkage = make_pipeline(
    StandardScaler(with_std=False), Normalizer(), GraphDegreeLinkage(10)
)
network = InductiveClusterer(
    image_shape=image_shape,
    hidden_layer_sizes=(16, 32, 64),
    augment=RandomAffine(image_shape),
    batch_size=64,
    steps_per_epoch=40,
    max_epochs=30,
    random_state=0,
)

# %%
# The turns
# ---------
#
# They end when few labels change. The numbers of the clusters may change as well, so
# they are compared as clusters are with classes. The classes ``y`` only check what was
# found.


def show(name, labels):
    accuracy = clustering_accuracy_score(y, labels)
    nmi = normalized_mutual_info_score(y, labels)
    print(f"{name:<27} ACC {accuracy:.3f}  NMI {nmi:.3f}")


labels = linkage.fit_predict(X)
show("linkage of the pixels", labels)
for turn in (1, 2):
    network.set_params(clusterer=labels).fit(X)
    codes = network.transform(X)
    before, labels = labels, linkage.fit_predict(codes)
    show(f"network, turn {turn}", network.labels_)
    show("linkage of its codes", labels)
    if clustering_accuracy_score(before, labels) > 0.98:
        break

# %%
# What the network sees
# ---------------------
#
# The digits by their pixels and by what the network makes of them, with their classes.
# It pulls together what the linkage has put into one cluster, and so the next
# linkage has less to decide. What a linkage has merged, no turn takes apart.

import matplotlib.pyplot as plt

from skdeepcluster.inspection import EmbeddingDisplay

figure, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
spaces = {"pixels": X, "codes": codes}
for ax, (name, rows) in zip(axes, spaces.items(), strict=True):
    EmbeddingDisplay.from_predictions(rows, y, ax=ax)
    ax.set_title(name)

# %%
# New digits
# ----------
#
# JULE has no answer for them; the network has, with probabilities.

X_new, y_new = images[n_rows:], digits[n_rows:]
print(f"new digits: ACC {clustering_accuracy_score(y_new, network.predict(X_new)):.3f}")
print(network.soft_predict(X_new[:3]).round(2))
plt.show()
