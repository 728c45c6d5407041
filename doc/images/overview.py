"""Draw overview.png, the picture of the README: from pixels to clusters and new digits.

python doc/images/overview.py
"""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator

from skdeepcluster import KDVAE, SpectralNet
from skdeepcluster.inspection import (
    ConfusionDisplay,
    EmbeddingDisplay,
    SamplesDisplay,
)
from skdeepcluster.metrics import clustering_accuracy_score

X, y = load_digits(return_X_y=True)
X = X / 16
images = X.reshape(-1, 8, 8)
spectralnet = SpectralNet(
    10,
    hidden_layer_sizes=(256, 256, 128),
    batch_size=512,
    max_epochs=150,
    random_state=0,
).fit(X)
kdvae = KDVAE(
    10,
    init=FrozenEstimator(spectralnet),
    n_components=5,
    hidden_layer_sizes=(64, 32),
    batch_size=64,
    random_state=0,
).fit(X)
accuracy = clustering_accuracy_score(y, spectralnet.labels_)

figure, axes = plt.subplots(1, 4, figsize=(15, 3.9), layout="constrained")
no_names = np.full(len(X), " ")
EmbeddingDisplay.from_predictions(X, no_names, images=images, ax=axes[0])
axes[0].set_title("handwritten digits, as pixels")
EmbeddingDisplay.from_estimator(
    spectralnet, X, projection="tsne", images=images, ax=axes[1]
)
axes[1].set_title("clusters, by SpectralNet")
ConfusionDisplay.from_estimator(spectralnet, X, y, ax=axes[2])
axes[2].set_title(f"beside classes it never saw: {accuracy:.0%} match")
SamplesDisplay.from_estimator(kdvae, image_shape=(8, 8), kind="generated", ax=axes[3])
axes[3].set_title("new digits of each cluster, by KDVAE")
figure.savefig(Path(__file__).with_name("overview.png"), dpi=80)
