"""How much the weight of the clusters matters to DVAEC, on titles of questions.

Clusters 4,000 titles from Stack Overflow by a TfidfVectorizer and DVAEC for several
lambda, over one pre-training, as the figure of its slides. Draws accuracy and NMI
beside those of k-means on the same tf-idf into plot_dvaec.png, and predicts titles that
it has not seen. Takes about two minutes.

    python examples/plot_dvaec.py [picture.png]
"""

import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skdeepcluster import DVAEC, AttentionAutoencoder
from skdeepcluster.datasets import fetch_stackoverflow
from skdeepcluster.metrics import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)

LAMBDAS = (0.1, 0.3, 1.0, 3.0, 10.0)
UNSEEN = (
    "merge two svn branches without conflicts",
    "fold over a list in Haskell",
    "shell script to rename all files in a folder",
)


def scale_terms(X):
    """Scale unit rows of d terms, so features of about 1 / sqrt(d), to about one."""
    return X * np.float32(X.shape[1] ** 0.5)


def main(path="plot_dvaec.png"):
    titles, y = fetch_stackoverflow(return_X_y=True)
    titles, y = titles[::5], y[::5]
    words = make_pipeline(
        TfidfVectorizer(
            max_features=2000, stop_words="english", sublinear_tf=True, dtype=np.float32
        ),
        FunctionTransformer(scale_terms, accept_sparse=True),
    )
    X = words.fit_transform(titles)
    attention = AttentionAutoencoder(
        20, (500, 500), max_epochs=30, random_state=0, verbose=1
    ).fit(X)
    scores = []
    for lam in LAMBDAS:
        dvaec = DVAEC(
            20,
            autoencoder=FrozenEstimator(attention),
            lam=lam,
            max_epochs=20,
            random_state=0,
            verbose=1,
        ).fit(X)
        scores.append(
            [
                clustering_accuracy_score(y, dvaec.labels_),
                normalized_mutual_info_score(y, dvaec.labels_),
            ]
        )
        if lam == 1:
            pipeline = make_pipeline(words, dvaec)
            for title in UNSEEN:
                (cluster,) = pipeline.predict([title])
                own = np.flatnonzero(dvaec.labels_ == cluster)[:3]
                print(f"{title!r} goes to", [titles[i] for i in own])

    labels = KMeans(20, n_init=10, random_state=0).fit_predict(X)
    figure, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
    accuracies, informations = zip(*scores, strict=True)
    ax.plot(LAMBDAS, accuracies, "o-", color="#0072B2", label="DVAEC, accuracy")
    ax.plot(LAMBDAS, informations, "s-", color="#E69F00", label="DVAEC, NMI")
    accuracy = clustering_accuracy_score(y, labels)
    information = normalized_mutual_info_score(y, labels)
    ax.axhline(accuracy, color="#0072B2", ls="--", label="k-means, accuracy")
    ax.axhline(information, color="#E69F00", ls="--", label="k-means, NMI")
    ax.set(xscale="log", xlabel="weight of the clusters, lambda", ylim=(0, 1))
    ax.legend(ncols=2)
    figure.savefig(path, dpi=120)
    print(f"Picture: {path}")


if __name__ == "__main__":
    main(*sys.argv[1:])
