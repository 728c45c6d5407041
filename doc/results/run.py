"""Measure what doc/results.md shows, and write its tables anew.

Everything, which takes days on two cores, or the tables of some data sets; with
--seeds, fewer seeds than the plan has:

    python doc/results/run.py
    python doc/results/run.py usps digits
    python doc/results/run.py mnist --device cuda --methods damic dscdan

An interrupted command goes on where it was when it is given again: what ended lies in
benchmark-results/NAME. Rows of a benchmark that was run in another way, with the same
names, are taken over by

    python doc/results/run.py --from FOLDER
"""

import argparse
import csv
from pathlib import Path

import tables

from skdeepcluster._files import whole
from skdeepcluster.benchmark.__main__ import main as benchmark
from skdeepcluster.benchmark._store import COLUMNS

RESULTS = tables.FOLDER / "results.csv"
CODES = ["ae+kmeans", "ae+gmm", "dec", "idec", "dcn", "depict", "vade", "dgg"]
EXPERTS = ["kdae", "damic", "kdvae"]
GRAPHS = ["landmark-spectral", "gdl"]
RIVALS = ["umap+gmm", "umap+hdbscan", "evoc"]
PLAIN = ["kmeans", "gmm", "nmf", *GRAPHS, *RIVALS]
SPECTRAL = ["spectralnet", "ae+spectralnet", "ae+spectralnet-siamese", "dscdan"]
ATTENTION = ["attention-z+kmeans", "attention+kmeans", "dvaec"]
ADVERSARIAL = ["clustergan", "infogan"]
ABLATION = ["plain+kmeans", "mi+kmeans", "rs+kmeans", "dual+kmeans"]
DEEP = [*CODES, *EXPERTS, *SPECTRAL, *ATTENTION, "imsat"]
TEXTS = [
    *["kmeans", "nmf", "lsa+kmeans", "lsa+gmm", "lsa+evoc", "lsa+umap+gmm"],
    *["lsa+umap+hdbscan", *DEEP],
]
# Seeds and methods by data set: five seeds up to 20,000 rows, three above.
PLAN = {
    "digits": (
        5,
        [
            *[*PLAIN, "spectral", *DEEP, *ABLATION, *ADVERSARIAL],
            *["dscnet", "landmark-spectral+damic"],
        ],
    ),
    "pendigits": (5, [*PLAIN, "spectral", *DEEP]),
    "har": (5, [m for m in [*PLAIN, "spectral", *DEEP] if m != "nmf"]),
    "sigmoid-blobs": (5, [*PLAIN, "spectral", *DEEP]),
    "usps": (5, [*PLAIN, "spectral", *DEEP, *ABLATION, *ADVERSARIAL]),
    "mnist-test": (5, [*PLAIN, "spectral", *DEEP, *ABLATION, *ADVERSARIAL]),
    "fashion-mnist-test": (5, [*PLAIN, "spectral", *DEEP]),
    "docstrings": (5, TEXTS),
    "stackoverflow": (5, TEXTS),
    "newsgroups": (5, [*TEXTS, "spectral"]),
    "rcv1-10k": (5, TEXTS),
    "mnist": (3, [*PLAIN, *DEEP, "damic-joint", *ABLATION, *ADVERSARIAL]),
    "fashion-mnist": (3, [*PLAIN, *DEEP, *ABLATION, *ADVERSARIAL]),
}


def take_over(folder, methods=None):
    """Replace rows of results.csv by those of a benchmark, failures included."""
    with open(Path(folder) / "results.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    # The last of several runs of one method and seed counts.
    new = {_key(row): row for row in rows if not methods or row["method"] in methods}
    measured = {key[:2] for key in new}
    with open(RESULTS, newline="", encoding="utf-8") as file:
        old = [row for row in csv.DictReader(file) if _key(row)[:2] not in measured]
    with whole(RESULTS) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted([*old, *new.values()], key=_place))


def _key(row):
    return row["dataset"], row["method"], row["seed"]


def _place(row):
    dataset, method, seed = _key(row)
    order = [list(PLAN), list(tables.METHODS)]
    place = [
        names.index(name) if name in names else len(names)
        for names, name in zip(order, (dataset, method), strict=True)
    ]
    return *place, dataset, method, int(seed)


def main():
    """Measure what the arguments ask for, and write the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", nargs="*", metavar="DATA", help=", ".join(PLAN))
    parser.add_argument("--methods", nargs="+", help="methods (default: of the plan)")
    parser.add_argument("--seeds", type=int, help="seeds (default: of the plan)")
    parser.add_argument("--device", help="device of the deep methods")
    parser.add_argument(
        "--from",
        dest="folders",
        nargs="+",
        default=[],
        metavar="FOLDER",
        help="take over the rows of these benchmarks, and measure nothing",
    )
    options = parser.parse_args()
    if unknown := set(options.data) - set(PLAN):
        parser.error(f"{', '.join(sorted(unknown))}: none of {', '.join(PLAN)}")
    for folder in options.folders:
        if not Path(folder, "results.csv").exists():
            parser.error(f"{folder} has no results.csv: give the --out of a benchmark")
        take_over(folder, options.methods)
    if not options.folders:
        for dataset in options.data or PLAN:
            _measure(dataset, options)
    tables.main()


def _measure(dataset, options):
    seeds, methods = PLAN[dataset]
    methods = options.methods or methods
    folder = f"benchmark-results/{dataset}"
    command = ["--data", dataset, "--seeds", f"{options.seeds or seeds}"]
    command += ["--out", folder, "--methods", *methods]
    if options.device is not None:
        command += ["--device", options.device]
    benchmark(command)
    take_over(folder, methods)


if __name__ == "__main__":
    main()
