"""How well scores that need no classes rank models: their correlation with accuracy.

Searches over settings of IDEC, and over its number of clusters, on four data sets: each
model is fitted to one half of the rows and scored on the other, by the scorers without
classes and by accuracy and NMI. Prints a table of the rank correlations of each scorer
with the accuracy, over the settings and over the numbers of clusters, and of what each
would choose; the grids with all scores go to a CSV file. Needs the data sets, or a
network. Takes a quarter of an hour on one core.

    python examples/measurements/model_selection.py [FILE.csv]
"""

import sys

import numpy as np
import pandas as pd
from scipy.stats import spearmanr
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV, ShuffleSplit

from skdeepcluster import IDEC, Autoencoder
from skdeepcluster.datasets import fetch_fashion_mnist, fetch_newsgroups, fetch_usps
from skdeepcluster.metrics import (
    accuracy_scorer,
    calinski_harabasz_scorer,
    nmi_scorer,
    objective_scorer,
    silhouette_scorer,
    stability_scorer,
)

N_SAMPLES = 1500
UNSUPERVISED = {
    "silhouette": silhouette_scorer,
    "Calinski-Harabasz": calinski_harabasz_scorer,
    "objective": objective_scorer,
    "stability": stability_scorer,
}
SCORING = {"ACC": accuracy_scorer, "NMI": nmi_scorer, **UNSUPERVISED}
SETTINGS = {
    "autoencoder__n_components": [5, 10, 20],
    "gamma": [0.01, 0.1, 1.0, 10.0],
}
N_CLUSTERS = {"n_clusters": [2, 5, 8, 10, 12, 15, 20, 25]}


def some(X, y):
    """Return the same random rows each time."""
    rows = np.random.default_rng(0).permutation(len(y))[:N_SAMPLES]
    return X[rows], y[rows]


def newsgroups():
    texts, y = fetch_newsgroups(return_X_y=True)
    texts, y = some(np.array(texts, dtype=object), y)
    words = TfidfVectorizer(
        max_features=1000, stop_words="english", sublinear_tf=True, dtype=np.float32
    )
    return words.fit_transform(texts) * np.float32(1000**0.5), y


def digits():
    X, y = load_digits(return_X_y=True)
    return X / 16, y


DATASETS = {
    "digits": digits,
    "USPS": lambda: some(*fetch_usps(return_X_y=True)),
    "Fashion-MNIST": lambda: some(*fetch_fashion_mnist(return_X_y=True)),
    "20 newsgroups": newsgroups,
}


def search(X, y, grid):
    """Return the mean scores of each setting in the grid, as a data frame."""
    autoencoder = Autoencoder(
        hidden_layer_sizes=(256, 128), batch_size=64, max_epochs=30
    )
    idec = IDEC(
        len(set(y)),
        autoencoder=autoencoder,
        batch_size=64,
        max_epochs=30,
        random_state=0,
    )
    halves = ShuffleSplit(2, test_size=0.5, random_state=0)
    found = GridSearchCV(idec, grid, scoring=SCORING, refit=False, cv=halves).fit(X, y)
    results = pd.DataFrame(found.cv_results_["params"])
    for name in SCORING:
        results[name] = found.cv_results_[f"mean_test_{name}"]
    return results


frames, table = [], []
for dataset, load in DATASETS.items():
    X, y = load()
    settings, numbers = search(X, y, SETTINGS), search(X, y, N_CLUSTERS)
    frames += [frame.assign(dataset=dataset) for frame in (settings, numbers)]
    pd.concat(frames).to_csv(sys.argv[1] if len(sys.argv) > 1 else "selection.csv")
    for name in (*UNSUPERVISED, "NMI"):
        table.append(
            {
                "data": dataset,
                "scorer": name,
                "settings": spearmanr(settings[name], settings["ACC"]).statistic,
                "numbers": spearmanr(numbers[name], numbers["ACC"]).statistic,
                "ACC of its choice": settings["ACC"][settings[name].idxmax()],
                "best ACC": settings["ACC"].max(),
                "mean ACC": settings["ACC"].mean(),
                "n_clusters": numbers["n_clusters"][numbers[name].idxmax()],
            }
        )
    print(pd.DataFrame(table).round(2).to_string(index=False), flush=True)
