"""DEC, IDEC, DCN and VaDE as ClustPy has them, beside those of this library.

Three sides: ClustPy as it comes; this library's recipes with the start of the papers,
k-means or a mixture of the codes, and without images that are turned and moved; and the
recipes as they are. All on the same rows in [0, 1], one thread, one seed after the
other, with the seconds of the processor for pre-training and fit. A side pre-trains
once for the methods that take the same autoencoder, and its seconds count for each.
ClustPy runs in an environment of its own:

    python -m venv clustpy-env && clustpy-env/bin/pip install clustpy==0.0.3
    python examples/measurements/clustpy_side_by_side.py \\
        --python clustpy-env/bin/python [--data digits usps mnist-test] [--seeds 1]

Each fit is a row of the file of results as soon as it is done; the same command goes on
from there. A seed of scikit-learn's digits takes eight minutes on an idle core.
`python doc/results/tables.py` makes tables of the file.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout
from itertools import product
from pathlib import Path
from time import process_time

import numpy as np

METHODS = ["DEC", "IDEC", "DCN", "VaDE"]
SIDES = ["ClustPy", "papers' start", "recipe"]
COLUMNS = ["data", "side", "method", "seed", "acc", "nmi", "seconds"]


def clustpy(X, data, methods, seed):
    """Yield each method's labels and seconds, by ClustPy with its defaults."""
    from clustpy import deep
    from clustpy.deep.neural_networks import FeedforwardAutoencoder

    n_clusters = data["n_clusters"]
    networks = {"VaDE": (None, 0.0)}
    for method in methods:
        if method not in networks:
            # What the methods would each train, with their defaults.
            begin = process_time()
            network = FeedforwardAutoencoder(
                [X.shape[1], 500, 500, 2000, 10], random_state=seed
            )
            network.fit(100, optimizer_params={"lr": 1e-3}, data=X, batch_size=256)
            networks |= dict.fromkeys(
                ("DEC", "IDEC", "DCN"), (network, process_time() - begin)
            )
        network, pretraining = networks[method]
        begin = process_time()
        model = getattr(deep, method)(
            n_clusters, neural_network=network, random_state=seed
        )
        labels = model.fit_predict(X)
        yield method, labels, pretraining + process_time() - begin


def skdeepcluster(X, data, methods, seed, is_recipe):
    """Yield each method's labels and seconds, by this library."""
    from sklearn.cluster import KMeans
    from sklearn.frozen import FrozenEstimator
    from sklearn.mixture import GaussianMixture

    from skdeepcluster.recipes import recipe

    n_clusters, kind = data["n_clusters"], data["kind"]
    autoencoder = recipe("Autoencoder", kind, image_shape=data["image_shape"])
    autoencoder.set_params(random_state=seed)
    if not is_recipe:
        autoencoder.set_params(augment=None)
    begin = process_time()
    autoencoder.fit(X)
    pretraining = process_time() - begin
    for method in methods:
        model = recipe(method, kind, n_clusters, image_shape=data["image_shape"])
        model.set_params(autoencoder=FrozenEstimator(autoencoder), random_state=seed)
        if not is_recipe:
            init = KMeans(n_clusters, n_init=20)
            if method == "VaDE":
                init = GaussianMixture(n_clusters, covariance_type="diag")
            model.set_params(init=init, init_space="codes", augment=None)
        begin = process_time()
        labels = model.fit_predict(X)
        yield method, labels, pretraining + process_time() - begin


def fit(side, folder, methods, seed):
    """Fit a side's methods to the data in a folder, and print what is found."""
    X = np.load(f"{folder}/X.npy")
    data = json.loads(Path(folder, "data.json").read_text())
    if side == "ClustPy":
        found = clustpy(X, data, methods, seed)
    else:
        found = skdeepcluster(X, data, methods, seed, side == "recipe")
    with redirect_stdout(sys.stderr):  # what ClustPy tells
        for method, labels, seconds in found:
            line = json.dumps([method, np.asarray(labels).tolist(), seconds])
            print(line, file=sys.__stdout__, flush=True)


def fit_apart(python, side, folder, methods, seed):
    """Yield what a process of another Python finds."""
    command = [python, "-W", "ignore", __file__, "--fit", side, folder]
    command += ["--methods", *methods, "--seeds", str(seed)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        for line in process.stdout:
            yield json.loads(line)
    if process.returncode:
        raise SystemExit(f"{side} ended with code {process.returncode}")


def missing(options):
    """Yield the runs that are not done: data set, side, seed and methods."""
    done = {tuple(row[k] for k in COLUMNS[:4]) for row in read(options.out)}
    for name, seed, side in product(options.data, range(options.seeds), options.sides):
        methods = [
            method
            for method in options.methods
            if (name, side, method, str(seed)) not in done
        ]
        if methods:
            yield name, side, seed, methods


def run(options, name, side, seed, methods):
    """Fit a side's methods to a data set, and write a row of each."""
    # Not at the top: ClustPy's environment has none of it.
    from skdeepcluster.benchmark._catalog import DATASETS
    from skdeepcluster.metrics import (
        clustering_accuracy_score,
        normalized_mutual_info_score,
    )

    X, y = DATASETS[name].load()
    python = options.python if side == "ClustPy" else sys.executable
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/X.npy", X)
        data = {**DATASETS[name]._asdict(), "load": None}
        Path(folder, "data.json").write_text(json.dumps(data))
        for method, labels, seconds in fit_apart(python, side, folder, methods, seed):
            numbers = [
                f"{clustering_accuracy_score(y, labels):.4f}",
                f"{normalized_mutual_info_score(y, labels):.4f}",
                f"{seconds:.1f}",
            ]
            write(options.out, [name, side, method, seed, *numbers])


def read(path):
    """Return the rows that are done."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(path, row):
    """Add a row."""
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        if is_new:
            table.writerow(COLUMNS)
        table.writerow(row)
    print(*row, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable, help="ClustPy's Python")
    parser.add_argument("--data", nargs="+", default=["digits"])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--sides", nargs="+", choices=SIDES, default=SIDES)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("clustpy.csv"))
    parser.add_argument("--fit", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.fit:
        fit(*options.fit, options.methods, options.seeds)
        return

    for missed in list(missing(options)):
        run(options, *missed)


if __name__ == "__main__":
    main()
