"""Whether clusterers are as sure as they are right, and what they say of noise.

Each method's recipe on the digits, on 3,000 rows of USPS and on 3,000 simulated vectors
of unit length in 20 clusters, one seed. Prints for each the accuracy, the mean of the
largest probabilities, before and after the temperature, and of uniform noise the median
probability and typicality, and how well score_samples tells it from the data (AUC).
USPS needs its files, or a network. Takes an hour on one core.

    python examples/measurements/confidence.py [METHOD ...]
"""

import sys
import warnings

import numpy as np
from scipy.special import softmax
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import normalize

from skdeepcluster import InductiveClusterer
from skdeepcluster.datasets import fetch_usps
from skdeepcluster.metrics import clustering_accuracy_score
from skdeepcluster.recipes import recipe

N_ROWS = 3000
METHODS = ["SpectralNet", "DEC", "IDEC", "DCN", "VaDE", "KDAE", "DAMIC", "KDVAE"]
METHODS += ["DSCDAN", "DVAEC", "InductiveClusterer"]


def digits():
    X, y = load_digits(return_X_y=True)
    return X / 16, y


def usps():
    X, y = fetch_usps(return_X_y=True)
    rows = np.random.default_rng(0).permutation(len(y))[:N_ROWS]
    return X[rows], y[rows]


def vectors():
    X, y = make_blobs(
        N_ROWS, 384, centers=20, center_box=(-10, 10), cluster_std=20, random_state=0
    )
    return normalize(X).astype(np.float32), y


SETS = {
    "digits": (digits, "tables"),
    "USPS": (usps, "tables"),
    "vectors": (vectors, "embeddings"),
}


def estimator(method, kind, n_clusters):
    if method == "InductiveClusterer":
        return InductiveClusterer(KMeans(n_clusters, n_init=5))
    return recipe(method, kind, n_clusters)


def main():
    warnings.simplefilter("ignore", ConvergenceWarning)
    print("| set | method | ACC | before | confidence | noise | typicality | AUC |")
    print("|:--|:--|--:|--:|--:|--:|--:|--:|")
    for name, (load, kind) in SETS.items():
        X, y = load()
        rng = np.random.default_rng(1)
        noise = rng.uniform(X.min(), X.max(), (500, X.shape[1])).astype(X.dtype)
        if kind == "embeddings":
            noise = normalize(noise)
        for method in sys.argv[1:] or METHODS:
            model = estimator(method, kind, len(np.unique(y)))
            model.set_params(random_state=0).fit(X)
            log_p = model.predict_log_proba(X)
            before = softmax(log_p * model.temperature_, axis=1).max(axis=1).mean()
            scores = np.append(model.score_samples(X), model.score_samples(noise))
            is_data = np.arange(len(scores)) < len(X)
            print(
                f"| {name} | {method} "
                f"| {clustering_accuracy_score(y, model.labels_):.2f} | {before:.2f} "
                f"| {np.exp(log_p.max(axis=1)).mean():.2f} "
                f"| {np.median(model.soft_predict(noise).max(axis=1)):.2f} "
                f"| {np.median(model.typicality(noise)):.3f} "
                f"| {roc_auc_score(is_data, scores):.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
