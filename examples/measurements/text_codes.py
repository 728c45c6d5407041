"""What the codes of texts, and the clustering that starts from them, depend on.

Prints ACC and NMI of k-means on the codes of variants of the recipe's autoencoder, and
of variants of the methods that start from the recipe's own. One seed, some two minutes
for each line and data set:

    python examples/measurements/text_codes.py newsgroups stackoverflow
"""

import sys

from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.frozen import FrozenEstimator
from sklearn.preprocessing import normalize

from skdeepcluster.benchmark._catalog import DATASETS
from skdeepcluster.metrics import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)
from skdeepcluster.recipes import recipe

CODES = [
    {},
    {"n_components": 20},
    {"n_components": 200},
    {"corruption": 0.0},
    {"corruption": 0.8},
    {"likelihood": "gaussian"},
    {"likelihood": "multinomial"},
    {"likelihood": "multinomial", "n_components": 20},
    {"spherical": False},
    {"hidden_layer_sizes": (500, 500)},
]
JOINT = [
    ("DEC", {"dof": 1.0}),
    ("DEC", {"dof": 5.0}),
    ("DEC", {"dof": 10.0}),
    ("IDEC", {}),
    ("DCN", {"lam": 2.0}),
    ("DCN", {"lam": 0.2}),
    ("VaDE", {"covariance_type": "full"}),
    ("VaDE", {"covariance_type": "tied"}),
]


def report(name, params, y, labels):
    """Print a line of scores."""
    acc = 100 * clustering_accuracy_score(y, labels)
    nmi = 100 * normalized_mutual_info_score(y, labels)
    print(f"{name:<12} {params!s:<52} {acc:.1f} / {nmi:.1f}", flush=True)


for dataset in sys.argv[1:] or ["docstrings"]:
    print(dataset)
    X, y = DATASETS[dataset].load()
    n_clusters = DATASETS[dataset].n_clusters
    base = recipe("Autoencoder", "texts").set_params(random_state=0)
    for params in CODES:
        codes = normalize(clone(base).set_params(**params).fit_transform(X))
        kmeans = KMeans(n_clusters, n_init=20, random_state=0)
        report("codes", params, y, kmeans.fit_predict(codes))
    start = FrozenEstimator(base.fit(X))
    for method, params in JOINT:
        model = recipe(method, "texts", n_clusters)
        model.set_params(autoencoder=start, random_state=0, **params).fit(X)
        report(method, params, y, model.labels_)
