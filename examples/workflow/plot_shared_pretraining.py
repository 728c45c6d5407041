"""
==============================
One pre-training for many fits
==============================

Most of the time of a deep clustering goes into the autoencoder that it starts from,
and most of the luck as well: accuracies differ more between two starts than between
two methods. Fitted once and wrapped in a :class:`~sklearn.frozen.FrozenEstimator`, an
autoencoder serves any number of methods, which saves the time, and makes
comparisons fair.
"""

# %%
# Three autoencoders, nine clusterings
# ------------------------------------
#
# Each method copies the weights of the frozen autoencoder, which stays as it is.

from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator

from skdeepcluster import DCN, DEC, IDEC, Autoencoder

X, y = load_digits(return_X_y=True)
X = X / 16
seeds = range(3)
autoencoders = [
    Autoencoder(
        hidden_layer_sizes=(256, 128), batch_size=64, max_epochs=50, random_state=seed
    ).fit(X)
    for seed in seeds
]
clusterers = {
    method: [
        method(
            10,
            autoencoder=FrozenEstimator(autoencoders[seed]),
            batch_size=64,
            max_epochs=20,
            random_state=seed,
        ).fit(X)
        for seed in seeds
    ]
    for method in (DEC, IDEC, DCN)
}

# %%
# What it saves
# -------------
#
# ``history_`` has a row for each epoch, with its seconds. A frozen start is not in the
# history of the clusterer, as it was not trained there.


def seconds(model):
    return sum(row["seconds"] for row in model.history_)


pretraining = sum(map(seconds, autoencoders))
clustering = sum(seconds(c) for models in clusterers.values() for c in models)
print(f"shared: {pretraining + clustering:.0f} s")
print(f"each with its own: {len(clusterers) * pretraining + clustering:.0f} s")

# %%
# What it shows
# -------------
#
# A line for each seed, from the accuracy of k-means on the autoencoder's codes to that
# of the method. The ends alone would be hard to compare, for the starts are far apart;
# the slopes are the method's own doing.

import matplotlib.pyplot as plt

from skdeepcluster.metrics import clustering_accuracy_score

figure, axes = plt.subplots(
    1, len(clusterers), figsize=(8, 3.8), layout="constrained", sharey=True
)
for ax, (method, models) in zip(axes, clusterers.items(), strict=True):
    for seed, model in zip(seeds, models, strict=True):
        scores = [
            clustering_accuracy_score(y, labels)
            for labels in (model.initial_labels_, model.labels_)
        ]
        ax.plot(["start", "end"], scores, "o-", label=f"seed {seed}")
    ax.set_title(method.__name__)
    ax.margins(x=0.2)
    ax.grid(axis="y", alpha=0.4)
axes[0].set_ylabel("accuracy")
axes[-1].legend()
plt.show()
