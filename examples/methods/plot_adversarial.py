"""
===========================
Digits drawn by a generator
===========================

:class:`~skdeepcluster.ClusterGAN` draws rows from noise and a class, and reads the
class of rows. What it draws shows what its clusters are; how its parts
keep up with each other shows in the history.
"""

# %%
# A short training
# ----------------
#
# Both sides learn from batches of scikit-learn's digits, without their labels.

from sklearn.datasets import load_digits

from skdeepcluster import ClusterGAN
from skdeepcluster.metrics import clustering_accuracy_score

X, y = load_digits(return_X_y=True)
X = X / 16
gan = ClusterGAN(10, max_epochs=80, random_state=0).fit(X)
print(f"accuracy {clustering_accuracy_score(y, gan.labels_):.2f}")

# %%
# Digits of each cluster
# ----------------------
#
# A column for each cluster: three of its rows, with the highest scores first, over
# three that were drawn.

import matplotlib.pyplot as plt
import numpy as np

figure, axes = plt.subplots(6, 10, figsize=(8, 5), layout="constrained")
scores = gan.score_samples(X)
for cluster, column in enumerate(axes.T):
    members = np.flatnonzero(gan.labels_ == cluster)
    best = members[np.argsort(-scores[members])][:3]
    drawn, _ = gan.sample(3, cluster=cluster)
    for ax, image in zip(column, [*X[best], *drawn], strict=False):
        ax.imshow(image.reshape(8, 8), cmap="gray_r")
    column[0].set_title(cluster)
for ax in axes.flat:
    ax.axis("off")
plt.show()

# %%
# Whether it has collapsed
# ------------------------
#
# The distance between rows and drawn ones falls. The spread is the variance within
# clusters of what is drawn over that of the rows: near 0, the generator would draw the
# same digit again and again.

import pandas as pd

history = pd.DataFrame(gan.history_).set_index("epoch")
ax = history[["distance", "spread"]].plot(figsize=(6, 3), color=["#0072B2", "#E69F00"])
ax.set(ylabel="relative to the data", ylim=(0, 1.1))
plt.show()
