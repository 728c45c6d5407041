"""What it costs to stop early: quality and length of DEC and IDEC by patience.

Both stop when their labels have been quiet for `patience` updates of the target in a
row. This fits them to scikit-learn's digits with several values of it, from the first
quiet update to none at all, and prints accuracy and length of the clustering stage,
mean ± standard deviation over seeds. All share one pre-training for each seed. Takes
three minutes on one core.

    python examples/measurements/stopping.py [--seeds 5]
"""

import argparse
from statistics import mean, stdev

from sklearn.datasets import load_digits
from sklearn.frozen import FrozenEstimator

from skdeepcluster import DEC, IDEC, Autoencoder
from skdeepcluster.metrics import clustering_accuracy_score

METHODS = [DEC, IDEC]
PATIENCE = [1, 2, 3, 5, 10, None]  # None: to the end


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    seeds = range(parser.parse_args().seeds)

    X, y = load_digits(return_X_y=True)
    X = X / 16
    pretrained = [
        FrozenEstimator(
            Autoencoder(
                hidden_layer_sizes=(256, 128), batch_size=64, random_state=seed
            ).fit(X)
        )
        for seed in seeds
    ]
    print(f"{'method':<8}{'patience':>9}{'ACC':>16}{'epochs':>16}")
    for method in METHODS:
        for patience in PATIENCE:
            models = [
                method(
                    10,
                    autoencoder=pretrained[seed],
                    patience=patience or 10**6,
                    batch_size=64,
                    random_state=seed,
                ).fit(X)
                for seed in seeds
            ]
            accuracies = [clustering_accuracy_score(y, m.labels_) for m in models]
            epochs = [m.n_iter_ for m in models]
            print(
                f"{method.__name__:<8}{patience or 'none':>9}"
                f"{spread(accuracies, '.3f'):>16}{spread(epochs, '.0f'):>16}"
            )


def spread(values, form):
    """Return mean and standard deviation as text."""
    return f"{mean(values):{form}} ± {stdev(values):{form}}"


if __name__ == "__main__":
    main()
