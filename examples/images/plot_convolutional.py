"""Images: the convolutional autoencoder on the digits of 8 x 8 pixels.

Images stay rows of an array, as everywhere in scikit-learn; `image_shape` turns on
the convolutions. Draws ten digits, what the autoencoder restores of them, and the
digit nearest to each cluster's center: one sees what each cluster stands for. The
picture is convolutional.png. Takes about 15 seconds.

    python examples/convolutional.py [picture.png]
"""

import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import euclidean_distances

from skdeepcluster import DCN, Autoencoder
from skdeepcluster.metrics import clustering_accuracy_score


def main(path="convolutional.png"):
    X, y = load_digits(return_X_y=True)
    X = X / 16
    autoencoder = Autoencoder(
        hidden_layer_sizes=(32, 64),
        image_shape=(1, 8, 8),
        max_epochs=40,
        random_state=0,
        verbose=1,
    ).fit(X)
    dcn = DCN(10, autoencoder=FrozenEstimator(autoencoder), random_state=0, verbose=1)
    dcn.fit(X)
    print(f"accuracy {clustering_accuracy_score(y, dcn.labels_):.3f}")

    embedding = autoencoder.transform(X[:10])
    distances = euclidean_distances(dcn.transform(X), dcn.cluster_centers_)
    rows = {
        "digits": X[:10],
        "restored": autoencoder.inverse_transform(embedding),
        "nearest\nto center": X[distances.argmin(0)],
    }
    figure, axes = plt.subplots(len(rows), 10, figsize=(10, 3.4), layout="constrained")
    for (name, images), row_axes in zip(rows.items(), axes, strict=True):
        row_axes[0].set_ylabel(name)
        for image, ax in zip(images, row_axes, strict=True):
            ax.imshow(image.reshape(8, 8), cmap="gray_r", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
    figure.savefig(path, dpi=100)
    print(f"Picture: {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
