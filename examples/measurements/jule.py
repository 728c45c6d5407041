"""Agglomeration and a network in turns, as JULE, on data sets of images.

Graph degree linkage clusters the pixels, centred and of unit length. A convolutional
network learns the clusters from images that are turned and moved a little, and the
linkage then clusters what its last hidden layer makes of the images, until next to no
labels change. Each turn is a row of a CSV file: accuracy and normalized mutual
information of the linkage's clusters, and of the network's, which predicts new images.
Classes are used for nothing but these. Prints the means of the network's last turn.

    python examples/measurements/jule.py --data usps --seeds 3 --out jule.csv
"""

import argparse
import csv
import time
from functools import partial

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler

from skdeepcluster import GraphDegreeLinkage, InductiveClusterer
from skdeepcluster.augmentation import RandomAffine
from skdeepcluster.datasets import fetch_fashion_mnist, fetch_mnist, fetch_usps
from skdeepcluster.metrics import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)

DATA = {
    "usps": (fetch_usps, (1, 16, 16)),
    "mnist-test": (partial(fetch_mnist, subset="test"), (1, 28, 28)),
    "mnist": (fetch_mnist, (1, 28, 28)),
    "fashion-mnist-test": (partial(fetch_fashion_mnist, subset="test"), (1, 28, 28)),
}
N_CLUSTERS = 10

COLUMNS = ["data", "seed", "turn", "changed", "linkage_acc", "linkage_nmi"]
COLUMNS += ["network_acc", "network_nmi", "agreement", "seconds"]


def turns(X, image_shape, *, max_turns=4, tol=0.02, device="auto", random_state=0):
    """Yield the linkage's labels and the network of each turn, and what changed."""
    linkage = make_pipeline(
        StandardScaler(with_std=False), Normalizer(), GraphDegreeLinkage(N_CLUSTERS)
    )
    network = InductiveClusterer(
        image_shape=image_shape,
        augment=RandomAffine(image_shape),
        steps_per_epoch=60,
        max_epochs=30,
        device=device,
        random_state=random_state,
    )
    seen, before = X, None
    for _ in range(max_turns):
        labels = linkage.fit_predict(seen)
        network.set_params(clusterer=labels).fit(X)
        # The numbers of clusters may change, and be none of the labels' change.
        same = 0.0 if before is None else clustering_accuracy_score(before, labels)
        yield labels, network, 1 - same
        if 1 - same <= tol:
            return
        seen, before = network.transform(X), labels


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", choices=DATA, default="usps")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", default="jule.csv", metavar="FILE")
    parser.add_argument("--device", default="auto")
    options = parser.parse_args()

    fetch, image_shape = DATA[options.data]
    X, y = fetch(return_X_y=True)

    def scores(labels):
        accuracy = clustering_accuracy_score(y, labels)
        return accuracy, normalized_mutual_info_score(y, labels)

    last = []
    with open(options.out, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for seed in range(options.seeds):
            begin = time.perf_counter()
            found = turns(X, image_shape, device=options.device, random_state=seed)
            for turn, (labels, network, changed) in enumerate(found, 1):
                of_network = scores(network.labels_)
                row = [options.data, seed, turn, changed, *scores(labels)]
                row += [*of_network, network.agreement_, time.perf_counter() - begin]
                writer.writerow(row)
                file.flush()
                print(*(f"{v:.3f}" if isinstance(v, float) else v for v in row))
            last.append(of_network)
    for name, values in zip(("ACC", "NMI"), 100 * np.transpose(last), strict=True):
        print(f"{name} {values.mean():.1f} \u00b1 {values.std():.1f}")


if __name__ == "__main__":
    main()
