"""
=============================
Clusters that draw new digits
=============================

A mixture describes each cluster by a network or a distribution of its own.
:class:`~skdeepcluster.KDAE`, :class:`~skdeepcluster.DAMIC` and
:class:`~skdeepcluster.KDVAE` have an autoencoder for each cluster, an expert:
a row belongs where it is restored best. :class:`~skdeepcluster.VaDE` is one
variational autoencoder, and its codes come from a mixture;
:class:`~skdeepcluster.DGG` is another one, on whose clusters neighbours agree. What
such a model has learned can be drawn.
"""

# %%
# Five mixtures
# -------------
#
# They all start from one autoencoder, and from a Gaussian mixture in its embedding.
# The experts are small, as each has a tenth of the digits to learn from.

from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator

from skdeepcluster import DAMIC, DGG, KDAE, KDVAE, Autoencoder, VaDE
from skdeepcluster.metrics import clustering_accuracy_score

X, y = load_digits(return_X_y=True)
X = X / 16
start = FrozenEstimator(
    Autoencoder(
        hidden_layer_sizes=(256, 128), batch_size=64, max_epochs=50, random_state=0
    ).fit(X)
)
training = {"batch_size": 64, "max_epochs": 20, "random_state": 0}
experts = {"init": start, "n_components": 5, "hidden_layer_sizes": (64, 32)}
kdae = KDAE(10, **experts, **training).fit(X)
damic = DAMIC(10, **experts, **training).fit(X)
kdvae = KDVAE(10, **experts, **training).fit(X)
vade = VaDE(10, autoencoder=start, **training).fit(X)
dgg = DGG(10, autoencoder=start, **training).fit(X)
for model in (kdae, damic, kdvae, vade, dgg):
    before = clustering_accuracy_score(y, model.initial_labels_)
    after = clustering_accuracy_score(y, model.labels_)
    print(f"{type(model).__name__:<5} accuracy {before:.3f} -> {after:.3f}")

# %%
# What the experts see in a digit
# -------------------------------
#
# ``reconstruct(X, cluster=k)`` restores rows by one expert. Given an image that is not
# its own, an expert turns it into the digit that it knows as well as it can: the
# larger the difference, the less it is that cluster's. Experts with a narrow code have
# nothing else to say.

import numpy as np

restored = {
    type(model).__name__: np.vstack(
        [X[:1], *(model.reconstruct(X[:1], cluster=k) for k in range(10))]
    )
    for model in (kdae, damic, kdvae)
}

# %%
# What they draw
# --------------
#
# The variational ones are generative: ``sample`` draws new rows, of a cluster if one is
# named. A row of the lower mosaics is a cluster. Where it holds several digits, so does
# the cluster.

import matplotlib.pyplot as plt


def mosaic(ax, rows, title):
    """Show rows of images of 8 x 8, with a gap between them."""
    images = np.reshape(rows, (len(rows), -1, 8, 8))
    padded = np.pad(images, [(0, 0), (0, 0), (1, 1), (1, 1)])
    image = padded.swapaxes(1, 2).reshape(10 * len(rows), -1)
    ax.imshow(image, cmap="gray_r", vmin=0, vmax=1)
    ax.set_title(title)
    ax.set_axis_off()


figure = plt.figure(figsize=(8, 5.2), layout="constrained")
upper, lower = figure.subfigures(2, 1, height_ratios=[2.2, 3])
ax = upper.subplots()
mosaic(ax, list(restored.values()), "A zero, and what each of ten experts makes of it")
for height, name in enumerate(restored):
    ax.text(-2, 10 * height + 5, name, ha="right", va="center")
for model, ax in zip((kdvae, vade, dgg), lower.subplots(1, 3), strict=True):
    drawn = [model.sample(10, cluster=k)[0] for k in range(10)]
    mosaic(ax, drawn, f"{type(model).__name__}: ten of each cluster")
plt.show()
