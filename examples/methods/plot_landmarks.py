"""
===================================
A hundred thousand rows, in seconds
===================================

Spectral clustering of n rows needs a graph of all of them and eigenvectors as long.
With landmarks, the centers of a short k-means, each row is described by the few that
are nearest, and the rest is linear in the number of rows. Nothing is trained, and new
rows are mapped exactly: :class:`~skdeepcluster.LandmarkSpectralClustering`.
"""

# %%
# Rings in a table
# ----------------
#
# Three rings, one around the other, in 100,000 rows. k-means cuts them like a cake.

from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from skdeepcluster import LandmarkSpectralClustering


def make_rings(n_samples, random_state):
    rng = np.random.default_rng(random_state)
    y = rng.integers(3, size=n_samples)
    angle = rng.uniform(0, 2 * np.pi, n_samples)
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    return (1 + y)[:, None] * ring + rng.normal(scale=0.12, size=ring.shape), y


X, y = make_rings(100_000, random_state=0)
models = {
    "k-means": KMeans(3, random_state=0),
    "LandmarkSpectralClustering": LandmarkSpectralClustering(3, random_state=0),
}
for name, model in models.items():
    start = perf_counter()
    model.fit(X)
    seconds = perf_counter() - start
    print(f"{name}: ARI {adjusted_rand_score(y, model.labels_):.2f}, {seconds:.1f} s")

# %%
# What it has found
# -----------------
#
# In the space that ``transform`` maps to, the rings are apart, and k-means, the last
# step of the method, is right.

landmarks = models["LandmarkSpectralClustering"]
embedding = landmarks.transform(X)
print("embedding:", embedding.shape)

some = slice(3000)
figure, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
for ax, (name, model) in zip(axes, models.items(), strict=False):
    ax.scatter(*X[some].T, c=model.labels_[some], s=4, cmap="tab10", vmax=9)
    ax.set(title=name, aspect="equal", xticks=[], yticks=[])
axes[2].scatter(
    *embedding[some, 1:3].T, c=landmarks.labels_[some], s=4, cmap="tab10", vmax=9
)
axes[2].set(title="the embedding, two of its columns", xticks=[], yticks=[])

# %%
# New rows
# --------
#
# They have the same neighbours among the landmarks as if they had been there from the
# beginning.

X_new, y_new = make_rings(10_000, random_state=1)
print(f"new rows: ARI {adjusted_rand_score(y_new, landmarks.predict(X_new)):.2f}")

# %%
# Seconds by the number of rows
# -----------------------------

sizes = [12_500, 25_000, 50_000, 100_000]
seconds = []
for size in sizes:
    start = perf_counter()
    LandmarkSpectralClustering(3, random_state=0).fit(X[:size])
    seconds.append(perf_counter() - start)
figure, ax = plt.subplots(figsize=(5, 3), layout="constrained")
ax.plot(sizes, seconds, "o-")
ax.set(xlabel="rows", ylabel="seconds", xlim=(0, None), ylim=(0, None))
plt.show()
