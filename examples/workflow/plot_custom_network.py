"""
=====================
A network of your own
=====================

An autoencoder's ``module`` is any class or function that is called with
``(n_features, n_components)`` and returns something with ``encode`` and ``decode``. It
is then trained, clustered with and pickled like the built-in networks.
"""

# %%
# A residual network
# ------------------
#
# Plain torch. Nothing of this package is needed to write it.

from torch import nn


class Residual(nn.Module):
    """x + f(x), with f a layer norm, a linear layer and its activation."""

    def __init__(self, width):
        super().__init__()
        self.inner = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, width), nn.GELU()
        )

    def forward(self, x):
        return x + self.inner(x)


def perceptron(n_in, n_out, width=128):
    """Return a network of two residual layers between linear ones."""
    return nn.Sequential(
        nn.Linear(n_in, width),
        Residual(width),
        Residual(width),
        nn.Linear(width, n_out),
    )


class ResidualAutoencoder(nn.Module):
    """The network: encode(x) gives the embedding, decode(z) the data."""

    def __init__(self, n_features, n_components):
        super().__init__()
        self.encode = perceptron(n_features, n_components)
        self.decode = perceptron(n_components, n_features)


# %%
# Trained and clustered
# ---------------------
#
# Beside the dense layers that come with the package.

from sklearn.datasets import load_digits

from skdeepcluster import IDEC, Autoencoder
from skdeepcluster.metrics import clustering_accuracy_score

X, y = load_digits(return_X_y=True)
X = X / 16
networks = {
    "dense": {"hidden_layer_sizes": (256, 128)},
    "residual": {"module": ResidualAutoencoder},
}
models = {
    name: IDEC(
        10,
        autoencoder=Autoencoder(10, batch_size=64, max_epochs=40, **network),
        batch_size=64,
        max_epochs=30,
        random_state=0,
    ).fit(X)
    for name, network in networks.items()
}
for name, model in models.items():
    print(f"{name:<8} accuracy {clustering_accuracy_score(y, model.labels_):.3f}")

# %%
# Pickled
# -------
#
# Only, its class has to be importable where it is loaded.

import pickle

copy = pickle.loads(pickle.dumps(models["residual"]))
print(f"predicts the same: {(copy.predict(X) == models['residual'].labels_).all()}")

# %%
# How they learned
# ----------------
#
# Above, the reconstruction error by epoch, from ``history_``. Below, what each network
# sees in the end, coloured by its clusters.

import matplotlib.pyplot as plt

from skdeepcluster.inspection import EmbeddingDisplay

figure, axes = plt.subplot_mosaic(
    [["losses", "losses"], list(models)],
    figsize=(7, 6),
    height_ratios=[2, 3],
    layout="constrained",
)
for name, model in models.items():
    losses = [
        row["train_loss"] for row in model.history_ if row["stage"] == "reconstruct"
    ]
    axes["losses"].semilogy(losses, label=name)
    EmbeddingDisplay.from_estimator(model, X, ax=axes[name])
    axes[name].set_title(name)
axes["losses"].set(xlabel="epoch", ylabel="reconstruction error")
axes["losses"].legend()
plt.show()
