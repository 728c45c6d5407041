"""What DAMIC's experts make of an empty input and of a digit, and what KDVAE draws.

On scikit-learn's handwritten digits. The first two rows of the picture are the experts
of DAMIC, fed with ones and with one digit: each of them turns everything into its own
digit. Below are new digits by KDVAE and by VaDE, a row for each cluster. Writes
plot_experts.png. Takes about a minute.

    python examples/plot_experts.py [picture.png]
"""

import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator

from skdeepcluster import DAMIC, KDVAE, Autoencoder, VaDE
from skdeepcluster.metrics import clustering_accuracy_score

N_SAMPLES = 10


def mosaic(rows):
    """Return rows of images of 8 x 8 as one image, with a gap between them."""
    padded = np.pad(
        np.reshape(rows, (len(rows), -1, 8, 8)), [(0, 0), (0, 0), (1, 1), (1, 1)]
    )
    return padded.swapaxes(1, 2).reshape(10 * len(rows), -1)


def show(ax, rows, title):
    ax.imshow(mosaic(rows), cmap="gray_r", vmin=0, vmax=1)
    ax.set_title(title)
    ax.set_axis_off()


def main(path="plot_experts.png"):
    X, y = load_digits(return_X_y=True)
    X = X / 16
    autoencoder = Autoencoder(
        hidden_layer_sizes=(256, 128), batch_size=64, random_state=0, verbose=1
    )
    start = FrozenEstimator(autoencoder.fit(X))
    settings = {"batch_size": 64, "random_state": 0, "verbose": 1}
    experts = {"n_components": 5, "hidden_layer_sizes": (64, 32), "init": start}
    models = [
        DAMIC(10, **experts, **settings),
        KDVAE(10, **experts, **settings),
        VaDE(10, autoencoder=start, **settings),
    ]
    for model in models:
        accuracy = clustering_accuracy_score(y, model.fit_predict(X))
        print(f"{type(model).__name__:<6} accuracy {accuracy:.3f}")
    damic, kdvae, vade = models

    figure = plt.figure(figsize=(9, 5.8), layout="constrained")
    axes = figure.subplot_mosaic(
        [["ones", "digit"], ["kdvae", "vade"]], height_ratios=[1, 9]
    )
    show(axes["ones"], [damic.prototypes()], "DAMIC's experts, fed with ones")
    digit = np.vstack([damic.reconstruct(X[:1], cluster=k) for k in range(10)])
    show(axes["digit"], [digit], f"... and with a {y[0]}")
    for model, name in ((kdvae, "kdvae"), (vade, "vade")):
        rows = [model.sample(N_SAMPLES, cluster=k)[0] for k in range(10)]
        show(axes[name], rows, f"{type(model).__name__}, new digits by cluster")
    figure.savefig(path, dpi=100)
    print(f"Picture: {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
