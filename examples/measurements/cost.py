"""What a fit and its predictions cost as the rows become many.

A method of each family, with its recipe for tables, and what needs no network, are
fitted to made data: ten blobs of eight dimensions, bent into 64 features. Each fit is a
process of its own, on one thread, which gives the seconds of the processor for the fit
and for the prediction of all rows, so that other work beside does not count, and the
peak of the memory above the data. Where a recipe leaves it open, an epoch is as many
batches as 2,000 rows are. Linux only.

Each fit is a row of the file of results as soon as it is done; the same command goes on
from there. On an idle core it takes half an hour, and a million rows about as long; a
fit that wants more seconds than `--limit` is stopped. `python doc/results/cost.py`
makes a table of the file there.

    python examples/measurements/cost.py [--methods DEC IMSAT] [--rows 1000 10000]
"""

import argparse
import csv
import json
import math
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.exceptions import ConvergenceWarning

from skdeepcluster import GraphDegreeLinkage, InductiveClusterer
from skdeepcluster.metrics import clustering_accuracy_score
from skdeepcluster.recipes import recipe

N_CLUSTERS = 10
N_FEATURES = 64
ROWS_OF_AN_EPOCH = 2_000

RECIPES = [
    "GraphDegreeLinkage",
    "LandmarkSpectralClustering",
    "DEC",
    "IDEC",
    "VaDE",
    "DAMIC",
    "KDVAE",
    "SpectralNet",
    "DSCDAN",
    "DSCNet",
    "DVAEC",
    "IMSAT",
    "ClusterGAN",
]


def approximate():
    """Return graph degree linkage of approximate neighbours."""
    from pynndescent import PyNNDescentTransformer

    search = PyNNDescentTransformer(n_neighbors=21, random_state=0)
    # What it compiles is none of the cost.
    X, _ = make_data(5_000)
    search.fit(X).transform(X)
    return GraphDegreeLinkage(N_CLUSTERS, neighbors=search)


METHODS = {
    "kmeans": lambda: KMeans(N_CLUSTERS, n_init=20),
    **{name: lambda name=name: recipe(name, "tables", N_CLUSTERS) for name in RECIPES},
    "InductiveClusterer": lambda: InductiveClusterer(
        recipe("LandmarkSpectralClustering", "tables", N_CLUSTERS)
    ),
    "GraphDegreeLinkage, pynndescent": approximate,
}
COLUMNS = ["method", "rows", "seconds", "predict_seconds", "memory_mib", "acc", "error"]


def make_data(n_rows):
    """Return bent blobs and their numbers."""
    rng = np.random.RandomState(0)
    latent, y = make_blobs(
        n_rows, 8, centers=N_CLUSTERS, cluster_std=1.5, center_box=(-4, 4),
        random_state=rng,
    )  # fmt: skip
    weights = rng.standard_normal((8, N_FEATURES)) / 8
    X = np.tanh(latent.astype(np.float32) @ weights.astype(np.float32))
    X += 0.1 * rng.standard_normal(X.shape).astype(np.float32)
    return X, y


def make(method):
    """Return a method with budgets in steps."""
    estimator = METHODS[method]()
    params = estimator.get_params()
    for name, value in params.items():
        if name.endswith("steps_per_epoch") and value is None:
            batch_size = params[name.replace("steps_per_epoch", "batch_size")]
            estimator.set_params(**{name: math.ceil(ROWS_OF_AN_EPOCH / batch_size)})
    if "random_state" in params:
        estimator.set_params(random_state=0)
    return estimator


def memory(entry):
    """Return an entry of the process's status, in MiB."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{entry}:\s*(\d+) kB", status)[1]) / 1024


def measure(method, folder, limit):
    """Fit a method to the data in a folder, and return what it took."""
    X, y = np.load(f"{folder}/X.npy"), np.load(f"{folder}/y.npy")
    estimator = make(method)
    before, begin = memory("VmRSS"), time.process_time()
    seconds = math.ceil(begin + limit)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 60))
    warnings.simplefilter("ignore", ConvergenceWarning)
    try:
        estimator.fit(X)
    except ValueError as error:
        return {"error": str(error).replace("\n", " ")}
    end = time.process_time()
    row = {"seconds": end - begin, "memory_mib": memory("VmHWM") - before}
    labels = estimator.predict(X)
    row["predict_seconds"] = time.process_time() - end
    row["acc"] = clustering_accuracy_score(y, labels)
    return {name: f"{value:.4g}" for name, value in row.items()}


def measure_apart(method, folder, limit):
    """Measure in a process of its own."""
    command = [sys.executable, __file__, "--fit", method, folder, "--limit", str(limit)]
    one_thread = {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
    run = subprocess.run(
        command, env=os.environ | one_thread, stdout=subprocess.PIPE, text=True
    )
    if run.returncode == -signal.SIGXCPU:
        return {"error": f"stopped after {limit} s"}
    if run.returncode:
        return {"error": f"ended with code {run.returncode}"}
    return json.loads(run.stdout)


def read(path):
    """Return the rows that are done."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=[*METHODS])
    parser.add_argument("--rows", nargs="+", type=int, default=[10**3, 10**4, 10**5])
    parser.add_argument("--limit", type=int, default=1800, help="seconds of a fit")
    parser.add_argument("--out", type=Path, default=Path("cost.csv"))
    parser.add_argument("--fit", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fit:
        print(json.dumps(measure(*options.fit, options.limit)))
        return

    done = {(row["method"], int(row["rows"])) for row in read(options.out)}
    for n_rows in options.rows:
        missing = [name for name in options.methods if (name, n_rows) not in done]
        if not missing:
            continue
        with tempfile.TemporaryDirectory() as folder:
            for name, array in zip("Xy", make_data(n_rows), strict=True):
                np.save(f"{folder}/{name}.npy", array)
            for method in missing:
                row = dict.fromkeys(COLUMNS, "")
                row |= {"method": method, "rows": n_rows}
                row |= measure_apart(method, folder, options.limit)
                is_new = not options.out.exists()
                with options.out.open("a", newline="", encoding="utf-8") as file:
                    table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
                    if is_new:
                        table.writeheader()
                    table.writerow(row)
                print(*row.values(), flush=True)


if __name__ == "__main__":
    main()
