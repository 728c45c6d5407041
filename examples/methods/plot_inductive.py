"""
======================
HDBSCAN made inductive
======================

HDBSCAN finds clusters of any shape, how many there are, and rows that belong to none.
But it says nothing of rows that it was not fitted to. A network that learns its labels
does: :class:`~skdeepcluster.InductiveClusterer` predicts new rows, tells how sure it
is, and is saved in a few kilobytes.
"""

# %%
# Clusters, and noise around them
# -------------------------------

import numpy as np
from sklearn.datasets import make_blobs, make_moons
from sklearn.preprocessing import scale

moons, _ = make_moons(800, noise=0.06, random_state=0)
blob, _ = make_blobs(300, centers=[[2.6, 1.2]], cluster_std=0.15, random_state=0)
scattered = np.random.default_rng(0).uniform([-1.6, -1.1], [3.4, 1.9], (150, 2))
X = scale(np.vstack([moons, blob, scattered]))

# %%
# A network that learns them
# --------------------------
#
# It learns from the rows in clusters; a tenth of them is held out, to stop in time and
# to calibrate the probabilities. ``agreement_`` is the share of the held-out rows to
# which the network gives HDBSCAN's label.

from sklearn.cluster import HDBSCAN

from skdeepcluster import InductiveClusterer

hdbscan = HDBSCAN(min_cluster_size=30, min_samples=10, copy=True)
model = InductiveClusterer(
    hdbscan, hidden_layer_sizes=(64, 64), batch_size=64, random_state=0
).fit(X)
print(f"agreement: {model.agreement_:.3f}")
print(f"noise to HDBSCAN: {np.mean(model.initial_labels_ == -1):.3f}")

# %%
# Saved, and loaded elsewhere
# ---------------------------
#
# What is saved is the network, not HDBSCAN and not the data.

from pathlib import Path
from tempfile import TemporaryDirectory

import joblib

with TemporaryDirectory() as folder:
    path = Path(folder, "model.joblib")
    joblib.dump(model, path)
    print(f"{path.stat().st_size / 1e3:.0f} kB")
    loaded = joblib.load(path)

# %%
# Every place of the plane
# ------------------------
#
# Left, the labels by HDBSCAN, with noise in grey. Right, the clusters of the network,
# the paler the less sure it is. It has an answer everywhere, also far from all data,
# where its probabilities mean nothing: they are calibrated for rows like those of the
# fit.

import matplotlib.pyplot as plt
from matplotlib.colors import to_rgb

colors = np.array([to_rgb(c) for c in ("#0072B2", "#E69F00", "#009E73", "#999999")])
x, y = np.meshgrid(np.linspace(-2.4, 2.4, 300), np.linspace(-2.4, 2.4, 300))
probabilities = loaded.soft_predict(np.column_stack([x.ravel(), y.ravel()]))
n_clusters = probabilities.shape[1]
sure = (probabilities.max(1, keepdims=True) - 1 / n_clusters) / (1 - 1 / n_clusters)
plane = 1 - 0.6 * sure * (1 - colors[probabilities.argmax(1)])

figure, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained", sharey=True)
axes[0].scatter(*X.T, s=4, c=colors[model.initial_labels_])
axes[0].set_title("HDBSCAN: these rows")
axes[1].imshow(
    plane.reshape(*x.shape, 3), origin="lower", extent=(-2.4, 2.4, -2.4, 2.4)
)
axes[1].scatter(*X.T, s=4, c=colors[loaded.predict(X)])
axes[1].set_title("The network: any row")
for ax in axes:
    ax.set(xlim=(-2.4, 2.4), ylim=(-2.4, 2.4), aspect="equal", xticks=[], yticks=[])
plt.show()
