"""What many seeds do to each clusterer: failures, collapses, the worst and the median.

Every clusterer, with a tenth of the epochs of its recipe for tables, is fitted with the
seeds 0, 1, ... to scikit-learn's digits, or with a fifth to smaller data that are hard:
clusters of 1000, 100 and 10 rows, 30 rows, 100 distinct rows of 1000, and as many
constant features as others. A fit has collapsed if it uses fewer clusters than it was
asked for, or if the perplexity of its clusters' sizes is below half of that of the
classes'. The classes are used for that and for the scores alone.

Each fit is a row of the file of results as soon as it is done; the same command goes on
from there, and `--again METHOD` fits a method anew. A hundred seeds of the digits take
half an hour on one idle core, twenty of the others as long.

    python examples/measurements/many_seeds.py --data digits --seeds 100
    python examples/measurements/many_seeds.py --seeds 20 \\
        --data imbalanced tiny duplicates constants
"""

import argparse
import csv
import time
import warnings
from itertools import groupby
from pathlib import Path
from statistics import median

import numpy as np
from sklearn.datasets import load_digits, make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import scale

from skdeepcluster import InductiveClusterer
from skdeepcluster.metrics import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)
from skdeepcluster.recipes import recipe

RECIPES = [
    "GraphDegreeLinkage",
    "LandmarkSpectralClustering",
    "DEC",
    "IDEC",
    "DCN",
    "VaDE",
    "KDAE",
    "DAMIC",
    "KDVAE",
    "SpectralNet",
    "DSCDAN",
    "DVAEC",
]
METHODS = [*RECIPES, "InductiveClusterer"]

COLUMNS = ["data", "method", "seed", "n_lost", "is_collapsed", "is_finite"]
COLUMNS += ["nmi", "acc", "seconds", "error"]


def digits():
    X, y = load_digits(return_X_y=True)
    return X / 16, y


def blobs(sizes):
    X, y = make_blobs(sizes, 16, cluster_std=3.0, random_state=0)
    return scale(X), y


def duplicates():
    X, y = digits()
    rows = np.arange(1000) % 100
    return X[rows], y[rows]


def constants():
    X, y = blobs([200, 200, 200])
    return np.hstack([X, np.ones_like(X)]), y


DATA = {
    "digits": digits,
    "imbalanced": lambda: blobs([1000, 100, 10]),
    "tiny": lambda: blobs([10, 10, 10]),
    "duplicates": duplicates,
    "constants": constants,
}


def make(method, n_clusters, part):
    """Return a method with a part of its recipe's budget."""
    if method in RECIPES:
        estimator = recipe(method, "tables", n_clusters)
    else:
        estimator = InductiveClusterer(recipe(RECIPES[1], "tables", n_clusters))
    budgets = {
        name: -(-value // part)
        for name, value in estimator.get_params().items()
        if name.endswith(("epochs", "start_steps"))
    }
    return estimator.set_params(**budgets)


def perplexity(labels):
    """Return how many clusters of one size are as even as these."""
    shares = np.unique(labels, return_counts=True)[1] / len(labels)
    return np.exp(-np.sum(shares * np.log(shares)))


def measure(estimator, X, y):
    """Fit a clusterer, and return what became of it."""
    n_clusters = len(np.unique(y))
    begin = time.perf_counter()
    try:
        labels = estimator.fit(X).labels_
        outputs = [
            getattr(estimator, name)(X)
            for name in ("transform", "score_samples", "predict_log_proba")
            if hasattr(estimator, name)
        ]
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    seconds = time.perf_counter() - begin
    n_used = len(np.unique(labels))
    is_uneven = perplexity(labels) < perplexity(y) / 2
    return {
        "n_lost": n_clusters - n_used,
        "is_collapsed": int(n_used < n_clusters or is_uneven),
        "is_finite": int(all(np.isfinite(output).all() for output in outputs)),
        "nmi": f"{normalized_mutual_info_score(y, labels):.4f}",
        "acc": f"{clustering_accuracy_score(y, labels):.4f}",
        "seconds": f"{seconds:.2f}",
    }


def read(path):
    """Return the rows that are done, but one that was cut off as it was written."""
    if not path.exists():
        return []
    written = path.read_text(encoding="utf-8")
    return list(csv.DictReader(written[: written.rfind("\n")].splitlines()))


def write(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)


def show(rows):
    """Print a table of each data set."""
    for data, group in groupby(rows, lambda row: row["data"]):
        print(
            f"\n{data}\n\n| method | fits | failed | not finite | collapsed "
            "| clusters lost | NMI, worst | median | ACC, worst | median |\n"
            f"|:--|{9 * '--:|'}"
        )
        of_data = list(group)
        for method in METHODS:
            fits = [row for row in of_data if row["method"] == method]
            done = [row for row in fits if not row["error"]]
            if not done:
                continue
            cells = [len(fits), len(fits) - len(done)]
            cells.append(sum(row["is_finite"] == "0" for row in done))
            cells += [
                sum(int(row[k]) for row in done) for k in ("is_collapsed", "n_lost")
            ]
            for score in ("nmi", "acc"):
                values = [100 * float(row[score]) for row in done]
                cells += [f"{min(values):.1f}", f"{median(values):.1f}"]
            print(f"| {method} | " + " | ".join(map(str, cells)) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", choices=DATA, default=["digits"])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--again", nargs="+", choices=METHODS, default=[])
    parser.add_argument("--out", type=Path, default=Path("many_seeds.csv"))
    options = parser.parse_args()
    # That clusters were lost is counted.
    warnings.simplefilter("ignore", ConvergenceWarning)

    rows = [row for row in read(options.out) if row["method"] not in options.again]
    write(options.out, rows)
    done = {(row["data"], row["method"], int(row["seed"])) for row in rows}
    for data in options.data:
        X, y = DATA[data]()
        part = 10 if data == "digits" else 5
        for seed in range(options.seeds):
            for method in options.methods:
                estimator = make(method, len(np.unique(y)), part)
                is_random = "random_state" in estimator.get_params()
                if (data, method, seed) in done or (seed and not is_random):
                    continue
                if is_random:
                    estimator.set_params(random_state=seed)
                row = {"data": data, "method": method, "seed": seed}
                row |= measure(estimator, X.astype(np.float32), y)
                with options.out.open("a", newline="", encoding="utf-8") as file:
                    csv.DictWriter(file, COLUMNS, lineterminator="\n").writerow(row)
                print(*row.values(), flush=True)
    show(sorted(read(options.out), key=lambda row: list(DATA).index(row["data"])))


if __name__ == "__main__":
    main()
