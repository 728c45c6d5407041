"""
=========================
Saving and loading models
=========================

A fitted clusterer pickles. Its weights are plain numpy arrays in the pickle, so a
model that was fitted on a GPU with ``device="auto"`` loads where there is none.
"""

# %%
# A model to keep
# ---------------
#
# Fitted on the first 1,200 digits; the others come later.

from sklearn.datasets import load_digits

from skdeepcluster import IDEC, Autoencoder

X, y = load_digits(return_X_y=True)
X = X / 16
autoencoder = Autoencoder(hidden_layer_sizes=(256, 128), batch_size=64, max_epochs=80)
idec = IDEC(
    10, autoencoder=autoencoder, batch_size=64, max_epochs=60, random_state=0
).fit(X[:1200])

# %%
# pickle and joblib
# -----------------
#
# Loading either of them runs code: load only what you trust. Another version of the
# package warns, or refuses by name what it cannot load.

import pickle
import tempfile
from pathlib import Path

import joblib

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "idec.joblib"
    joblib.dump(idec, path, compress=3)
    print(f"joblib, compressed: {path.stat().st_size / 2**20:.2f} MiB")
    copies = [joblib.load(path), pickle.loads(pickle.dumps(idec))]

# %%
# skops
# -----
#
# `skops <https://skops.readthedocs.io>`_ loads a file only if all types in it are
# trusted: those of this package can be, whoever the file is from.

try:
    import skops.io
except ImportError:
    print("skops is not installed")
else:
    from skdeepcluster.export import trusted_types

    saved = skops.io.dumps(idec)
    print("skops asks about", *skops.io.get_untrusted_types(data=saved), sep="\n  ")
    copies.append(skops.io.loads(saved, trusted=trusted_types()))

# %%
# All of them predict what the original predicts.

import numpy as np

for copy in copies:
    np.testing.assert_array_equal(copy.soft_predict(X), idec.soft_predict(X))

# %%
# The loaded model at work
# ------------------------
#
# Digits that it has not seen, with its probability for each cluster. It knows no names
# of digits: cluster 0 is the largest one.

import matplotlib.pyplot as plt

unseen = X[1200:1212]
probabilities = copies[0].soft_predict(unseen)
figure, (top, bottom) = plt.subplots(
    2, 1, figsize=(8, 5.2), height_ratios=[1, 6], layout="constrained"
)
top.imshow(np.hstack(unseen.reshape(-1, 8, 8)), cmap="gray_r", aspect="auto")
top.set_axis_off()
bottom.imshow(probabilities.T, cmap="Blues", vmin=0, vmax=1.2, aspect="auto")
for i, cluster in enumerate(probabilities.argmax(axis=1)):
    probability = probabilities[i, cluster]
    bottom.text(i, cluster, f"{probability:.2f}", ha="center", va="center")
bottom.set(xticks=[], yticks=range(10), ylabel="cluster")
plt.show()
