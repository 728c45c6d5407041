"""Compare clusterers on public data sets from the command line."""

import argparse
from importlib.util import find_spec
from pathlib import Path

from threadpoolctl import threadpool_limits

from ._catalog import DATASETS, METHODS
from ._own import find_method, read_dataset
from ._runner import run_benchmark


def main(argv=None):
    """Run the benchmark that the arguments ask for and print its table."""
    parser = _parser()
    options = parser.parse_args(argv)
    data = dict(options.data)
    given = {"device": options.device, "precision": options.precision}
    settings = {name: value for name, value in given.items() if value is not None}
    estimators = {
        method: {
            name: _set_everywhere(make(dataset), settings)
            for name, dataset in data.items()
        }
        for method, make in dict(sum(options.methods, [])).items()
    }
    # Only now, because the limit holds for the libraries loaded so far.
    with threadpool_limits(options.threads):
        result = run_benchmark(
            {name: by_data.get for name, by_data in estimators.items()},
            {name: dataset.load for name, dataset in data.items()},
            seeds=options.seeds,
            out=options.out,
        )
    print(result.to_markdown())
    print(f"Table: {options.out / 'results.md'}")
    if find_spec("matplotlib"):
        print(f"Picture: {options.out / 'results.png'}")


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m skdeepcluster.benchmark",
        description="Compare clusterers on public data sets, or your own. An "
        "interrupted benchmark goes on when the same command is given again.",
    )
    parser.add_argument(
        "--data",
        nargs="+",
        required=True,
        type=_dataset,
        metavar="NAME",
        help=f"data sets: {', '.join(DATASETS)}, or files, .csv or .npy, with the "
        "classes in the last column",
    )
    parser.add_argument(
        "--methods",
        nargs="+",
        default=[_methods("all")],
        type=_methods,
        metavar="NAME",
        help=f"methods: {', '.join(METHODS)}, all of these (all, the default), or "
        "module:object with a clusterer of your own or its class",
    )
    parser.add_argument(
        "--seeds",
        type=_positive_int,
        default=5,
        metavar="N",
        help="runs of each method, with the seeds 0 to N - 1 (default: %(default)s)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("benchmark-results"),
        metavar="FOLDER",
        help="folder for the table, the picture and what a later run reuses "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--device",
        metavar="NAME",
        help="device of the deep methods, such as cpu, cuda or auto (default: auto)",
    )
    parser.add_argument(
        "--precision",
        choices=["bfloat16"],
        help="train the deep methods in this precision (default: float32)",
    )
    parser.add_argument(
        "--threads",
        type=_positive_int,
        metavar="N",
        help="largest number of threads (default: as the libraries choose)",
    )
    return parser


def _dataset(text):
    if text in DATASETS:
        return text, DATASETS[text]
    path = Path(text)
    if path.suffix not in (".csv", ".npy"):
        raise argparse.ArgumentTypeError(
            f"{text!r} is none of {', '.join(DATASETS)}, and no .csv or .npy file"
        )
    try:
        return path.name, read_dataset(path)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _methods(text):
    """Return names of methods, with what makes them for a data set."""
    if text == "all":
        return list(METHODS.items())
    if text in METHODS:
        return [(text, METHODS[text])]
    if ":" not in text:
        raise argparse.ArgumentTypeError(
            f"{text!r} is none of {', '.join(METHODS)}, and no module:object"
        )
    try:
        return [(text, find_method(text))]
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _positive_int(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not at least 1")
    return number


def _set_everywhere(estimator, settings):
    """Set the parameters of these names in an estimator and all that it holds."""
    paths = estimator.get_params() if hasattr(estimator, "get_params") else ()
    found = {
        path: settings[name]
        for path in paths
        if (name := path.rpartition("__")[2]) in settings
    }
    return estimator.set_params(**found) if found else estimator


if __name__ == "__main__":
    main()
