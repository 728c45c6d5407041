"""The commands: what they take, say and run."""

import argparse
from pathlib import Path

import numpy as np
from sklearn.base import is_clusterer

from ..recipes import recipe
from ._script import fit_script, predict_script
from ._sources import CommandError, find_source, read_new, require

# Where to begin, by kind of data.
_METHODS = {
    "tables": "IDEC",
    "texts": "IDEC",
    "images": "DAMIC",
    "embeddings": "SpectralNet",
}

# Seconds that these take for any data, and for each thousand rows, on two cores.
_SECONDS = {
    "tables": (20, 1),
    "texts": (60, 1),
    "images": (400, 1),
    "embeddings": (15, 1),
}


def main(argv=None):
    """Run a command.

    Parameters
    ----------
    argv : list of str, default=None
        The arguments; None means those of the process.
    """
    parser = _parser()
    options = parser.parse_args(argv)
    try:
        options.run(options)
    except CommandError as error:
        parser.exit(2, f"error: {error}\n")
    except (ImportError, OSError, ValueError) as error:
        parser.exit(1, f"error: {error}\n")


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m skdeepcluster",
        description="Find clusters in a table (.csv), texts, one on each line (.txt), "
        "an array (.npy) or a folder of images. The Python that does the same is "
        "printed first.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    fit = commands.add_parser("fit", help="find clusters in data")
    fit.set_defaults(run=_fit)
    fit.add_argument("data", type=Path, metavar="DATA", help="the file or the folder")
    fit.add_argument(
        "--n-clusters",
        type=_count_or_auto,
        required=True,
        metavar="K",
        help="number of clusters, or auto",
    )
    fit.add_argument(
        "--method",
        metavar="NAME",
        help="class of the clusterer (default: "
        + ", ".join(f"{method} for {kind}" for kind, method in _METHODS.items())
        + ")",
    )
    fit.add_argument(
        "--kind", choices=_METHODS, help="kind of the data (default: by the file)"
    )
    fit.add_argument("--report", metavar="FILE", help="write a page about the clusters")
    fit.add_argument("--save", metavar="FILE", help="save the model (.skops)")
    fit.add_argument("--labels", metavar="FILE", help="write the labels (.csv)")
    fit.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed (default: %(default)s)"
    )
    fit.add_argument("--device", metavar="NAME", help="such as cpu or cuda")
    predict = commands.add_parser("predict", help="predict the clusters of new data")
    predict.set_defaults(run=_predict)
    predict.add_argument("model", type=Path, metavar="MODEL", help="what fit saved")
    predict.add_argument("data", type=Path, metavar="DATA", help="as for fit")
    predict.add_argument(
        "--out",
        default="labels.csv",
        metavar="FILE",
        help="file for the labels (default: %(default)s)",
    )
    return parser


def _count_or_auto(text):
    if text == "auto":
        return None
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not at least 1")
    return number


def _fit(options):
    outputs = {
        name: path
        for name in ("labels", "save", "report")
        if (path := getattr(options, name)) is not None
    }
    for path in outputs.values():
        _check_folder(path)
    if "save" in outputs:
        require("skops", "skops", "--save")
    if "report" in outputs:
        require("bokeh", "bokeh", "--report")
    source = find_source(options.data, options.kind)
    n_clusters = options.n_clusters
    if source.n_rows < 2 * (n_clusters or 2):
        raise CommandError(
            f"{source.path} has {source.n_rows} rows, which are too few for "
            f"{n_clusters or 'any'} clusters: give more rows"
            + (", or a smaller --n-clusters." if n_clusters else ".")
        )
    method = options.method or _METHODS[source.kind]
    clusterer = recipe(method, source.kind, n_clusters or 2)
    if not is_clusterer(clusterer):
        raise CommandError(f"--method {method} is no clusterer, such as IDEC.")
    known = clusterer.get_params()
    given = {"random_state": options.seed, "verbose": 1, "device": options.device}
    settings = {
        name: value
        for name, value in given.items()
        if name in known and value is not None
    }
    print(f"{source.path}: {source.n_rows:,} rows, {source.kind}, for {method}.")
    for note in source.notes:
        print(note)
    if method == _METHODS[source.kind]:
        base, more = _SECONDS[source.kind]
        print(f"This takes {_about(base + more * source.n_rows / 1000)} on two cores.")
    script = fit_script(
        source,
        method,
        n_clusters,
        options.seed,
        settings,
        outputs,
        # An autoencoder's codes of a few columns are a poor start.
        starts_with_kmeans=source.kind == "tables" and "init_space" in known,
    )
    made = _run(script)
    labels, sizes = np.unique(made["labels"], return_counts=True)
    print(
        "Sizes of the clusters:",
        ", ".join(f"{k}: {n}" for k, n in zip(labels, sizes, strict=True)),
    )
    for path in outputs.values():
        print(f"Written: {path}")


def _about(seconds):
    if seconds < 60:
        return "less than a minute"
    if seconds < 5400:
        return f"about {max(2, round(seconds / 60))} minutes"
    return f"about {round(seconds / 3600)} hours"


def _predict(options):
    require("skops", "skops", "predict")
    from skops.io import load

    from ..export import trusted_types

    _check_folder(options.out)
    if not options.model.is_file():
        raise CommandError(
            f"{options.model} is no file: give one that fit wrote with --save."
        )
    model = load(options.model, trusted=trusted_types())
    source = read_new(options.data, model)
    print(f"{source.path}: {source.n_rows:,} rows, {source.kind}.")
    _run(predict_script(source, str(options.model), options.out))
    print(f"Written: {options.out}")


def _check_folder(path):
    folder = Path(path).absolute().parent
    if not folder.is_dir():
        raise CommandError(f"{path} cannot be written: there is no folder {folder}.")


def _run(script):
    """Print a script and run it; return what it made."""
    print(f"\n{script}", flush=True)
    made = {"__name__": "__main__"}
    # What was printed is what runs.
    exec(compile(script, "<the script above>", "exec"), made)
    return made
