"""
===========================
Clusters that are subspaces
===========================

Rows in three planes of a space of twelve dimensions, all of which meet in one point:
two rows of a plane may be far from each other, and k-means puts them into different
clusters. :class:`~skdeepcluster.DSCNet` asks of whom a row can be combined.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from skdeepcluster import Autoencoder, DSCNet
from skdeepcluster.inspection import ConfusionDisplay

rng = np.random.default_rng(0)
planes = np.repeat(np.arange(3), 100)
axes_of_planes = rng.normal(size=(3, 2, 12))
X = np.einsum("ni,nij->nj", rng.normal(size=(300, 2)), axes_of_planes[planes])
X += 0.01 * rng.normal(size=X.shape)

# %%
# An autoencoder without hidden layers leaves planes what they are.

dscnet = DSCNet(
    3,
    autoencoder=Autoencoder(12, (), batch_size=60, lr=1e-2),
    ridge=1e-3,
    subspace_dim=2,
    batch_size=60,
    random_state=0,
).fit(X)
found = {
    "k-means": KMeans(3, n_init=10, random_state=0).fit_predict(X),
    "DSCNet": dscnet.labels_,
}
for name, labels in found.items():
    print(f"{name}: adjusted Rand index {adjusted_rand_score(planes, labels):.2f}")

# %%
# Planes and clusters
# -------------------

figure, axes = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
for ax, (name, labels) in zip(axes, found.items(), strict=True):
    ConfusionDisplay.from_predictions(planes, labels, ax=ax)
    ax.set_title(name)
plt.show()
