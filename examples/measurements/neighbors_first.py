"""DAMIC on the digits from two graph clusterings, with augmentation and without.

Takes some minutes; `python examples/measurements/neighbors_first.py --seeds 1` is
quicker.
"""

import argparse

import numpy as np
from sklearn.datasets import load_digits

from skdeepcluster import GraphDegreeLinkage, LandmarkSpectralClustering
from skdeepcluster.augmentation import RandomAffine
from skdeepcluster.metrics import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)
from skdeepcluster.recipes import recipe

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--seeds", type=int, default=5)
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


print("| clusters | ACC | NMI |\n|:--|--:|--:|")
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
