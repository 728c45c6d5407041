"""What joint stages make of a start that is not k-means.

Graph degree linkage finds the clusters of scikit-learn's digits; from its labels, DEC,
IDEC and DCN go on with the papers' algorithms, and with learning the start first. DAMIC
goes on from it and from landmark spectral clustering, with digits that are turned and
moved a little and without. Takes some minutes;
`python examples/measurements/starts.py --seeds 1` is quicker.
"""

import argparse

import numpy as np
from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator

from skdeepcluster import GraphDegreeLinkage, LandmarkSpectralClustering
from skdeepcluster.augmentation import RandomAffine
from skdeepcluster.metrics import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)
from skdeepcluster.recipes import recipe

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--seeds", type=int, default=3)
seeds = range(parser.parse_args().seeds)

X, y = load_digits(return_X_y=True)
X = (X / 16).astype(np.float32)


def scores(labels):
    return np.array(
        [clustering_accuracy_score(y, labels), normalized_mutual_info_score(y, labels)]
    )


def show(name, values):
    columns = zip(100 * np.mean(values, 0), 100 * np.std(values, 0), strict=True)
    cells = [f"{mean:.1f} \u00b1 {sd:.1f}" for mean, sd in columns]
    print("| " + " | ".join([name, *cells]) + " |", flush=True)


start = GraphDegreeLinkage(10).fit_predict(X)
print("| clusters | ACC | NMI |\n|:--|--:|--:|")
show("graph degree linkage", [scores(start)])
autoencoders = [
    FrozenEstimator(recipe("Autoencoder", "tables").set_params(random_state=s).fit(X))
    for s in seeds
]
for method in ("DEC", "IDEC", "DCN"):
    for start_steps in (0, 2000):
        found = []
        for seed, autoencoder in zip(seeds, autoencoders, strict=True):
            model = recipe(method, "tables", 10).set_params(
                autoencoder=autoencoder,
                init=start,
                start_steps=start_steps,
                random_state=seed,
            )
            found.append(scores(model.fit_predict(X)))
        show(f"{method}, start_steps={start_steps}", found)

for start in (GraphDegreeLinkage(10), LandmarkSpectralClustering(10)):
    for augment in (None, RandomAffine((1, 8, 8), degrees=10, translate=0.05)):
        models = [
            recipe("DAMIC", "tables", 10)
            .set_params(init=start, augment=augment, random_state=seed)
            .fit(X)
            for seed in seeds
        ]
        name = type(start).__name__
        if augment is None:
            show(name, [scores(model.initial_labels_) for model in models])
        show(
            f"DAMIC from it{', augmented' if augment else ''}",
            [scores(model.labels_) for model in models],
        )
