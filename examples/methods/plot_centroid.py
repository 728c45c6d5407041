"""Three methods from one pre-training, on scikit-learn's handwritten digits.

Fits one autoencoder, starts DEC, IDEC and DCN from it, prints what each of them adds
to k-means on the autoencoder's embedding, and draws the embeddings into
plot_digits.png. One sees IDEC and DEC contract the clusters into islands, and DCN
change the autoencoder's embedding less. Takes about 20 seconds.

    python examples/plot_digits.py [picture.png]
"""

import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator

from skdeepcluster import DCN, DEC, IDEC, Autoencoder
from skdeepcluster.inspection import EmbeddingDisplay
from skdeepcluster.metrics import clustering_accuracy_score


def main(path="plot_digits.png"):
    X, y = load_digits(return_X_y=True)
    X = X / 16
    autoencoder = Autoencoder(
        hidden_layer_sizes=(256, 128), max_epochs=100, random_state=0, verbose=1
    )
    pretrained = FrozenEstimator(autoencoder.fit(X))

    figure, axes = plt.subplots(1, 4, figsize=(14, 3.8), layout="constrained")
    EmbeddingDisplay.from_predictions(autoencoder.transform(X), y, ax=axes[0])
    axes[0].set_title("Autoencoder, true classes")
    for method, ax in zip([DEC, IDEC, DCN], axes[1:], strict=True):
        clusterer = method(10, autoencoder=pretrained, random_state=0, verbose=1)
        clusterer.fit(X)
        before = clustering_accuracy_score(y, clusterer.initial_labels_)
        after = clustering_accuracy_score(y, clusterer.labels_)
        print(f"{method.__name__:<5} accuracy {before:.3f} -> {after:.3f}")
        EmbeddingDisplay.from_estimator(clusterer, X, ax=ax)
        ax.set_title(f"{method.__name__}, its clusters: accuracy {after:.2f}")
    figure.savefig(path, dpi=100)
    print(f"Picture: {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
