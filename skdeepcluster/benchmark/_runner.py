"""Run clusterers over data sets and seeds."""

import gc
import platform
import re
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from importlib.util import find_spec
from json import dumps
from numbers import Integral
from os import PathLike
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix
from sklearn.pipeline import Pipeline
from sklearn.utils import column_or_1d, resample
from threadpoolctl import threadpool_info

from skdeepcluster._compat import COUNT, Interval, validate_params
from skdeepcluster._labels import is_noise, match
from skdeepcluster._projection import embed, project
from skdeepcluster._settings import settings
from skdeepcluster._typing import Data, Estimator, StrPath
from skdeepcluster.metrics import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)

from ._report import BenchmarkResult, write_report
from ._store import COLUMNS, Store, run_key

MAX_POINTS = 2000
_SEED = Interval(Integral, 0, 2**32 - 1, closed="both")
PACKAGES = {
    "skdeepcluster": "skdeepcluster",
    "scikit-learn": "sklearn",
    "torch": "torch",
    "skorch": "skorch",
    "numpy": "numpy",
}


_Dataset = tuple[Data, ArrayLike]


@validate_params(
    {
        "estimators": [Mapping],
        "datasets": [Mapping],
        "out": [str, PathLike, None],
        "verbose": ["verbose"],
    }
)
def run_benchmark(
    estimators: Mapping[str, Estimator | Callable[[str], Estimator]],
    datasets: Mapping[str, _Dataset | Callable[[], _Dataset]],
    *,
    seeds: int | Iterable[int] = 5,
    out: StrPath | None = None,
    verbose: int = 1,
) -> BenchmarkResult:
    """Fit every clusterer on every data set with every seed and score its labels.

    The true labels are used for the scores only and never given to `fit_predict`.
    A method that raises gives a row with its error and does not stop the others.

    A transformer that is trained over epochs, so one with a parameter
    `max_epochs`, is fitted once per data set and seed and shared by all methods
    that ask for the same class and parameters: as the parameter `autoencoder` of
    a clusterer or as the first step of a :class:`~sklearn.pipeline.Pipeline`.
    They get it as a :class:`~sklearn.frozen.FrozenEstimator`. It is fitted on its
    own, so give it what it would otherwise take from the clusterer, such as the
    `device`.

    Parameters
    ----------
    estimators : dict of str to clusterer or callable
        The methods by name: anything with `fit_predict(X)`. A callable is given
        the name of a data set and returns the clusterer for it, for methods
        whose parameters depend on the data. For the run of a seed, the clusterer
        is cloned and each `random_state` in its `get_params()` that is None is
        set to the seed.

    datasets : dict of str to tuple (X, y) or callable
        The data sets by name. A callable returns `(X, y)` and is called only if
        one of its runs is still to be done.

    seeds : int or sequence of int, default=5
        The seeds; a number stands for `range(seeds)`.

    out : path-like, default=None
        Folder for `results.csv`, `results.md`, `results.png` (with matplotlib),
        the pre-trained transformers and the embeddings. Runs found there without
        an error, of the same data set, method, seed and parameters, are not
        repeated: call again to go on after an interruption, from the last ten epochs
        of a deep method. Take a new folder
        when a data set has changed. If None, nothing is kept.

    verbose : int, default=1
        Whether to write a line for each run, to the standard error stream, with the
        time left for the data set as soon as each method was run on it once.

    Returns
    -------
    result : :class:`~skdeepcluster.benchmark.BenchmarkResult`
        The rows of all runs asked for, with their table and picture.

    Raises
    ------
    TypeError
        If an estimator has no `fit_predict`.

    ValueError
        If `estimators`, `datasets` or `seeds` are empty, if a data set's X and y
        differ in length, or if `out` holds results with other columns.

    See Also
    --------
    skdeepcluster.inspection.EmbeddingDisplay : Picture of one embedding.

    Notes
    -----
    `seconds` and `peak_memory_mib` (the resident memory of the whole process) are
    those of the method's own fit; shared pre-training comes on top, as
    `pretraining_seconds`. The initial scores are those of `initial_labels_`,
    where a method gives the labels that it started from.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.mixture import GaussianMixture
    >>> from skdeepcluster.benchmark import run_benchmark
    >>> result = run_benchmark(
    ...     {"kmeans": KMeans(3), "gmm": GaussianMixture(3)},
    ...     {"iris": load_iris(return_X_y=True)},
    ...     seeds=2,
    ...     verbose=0,
    ... )
    >>> [(row["method"], row["seed"]) for row in result.rows]
    [('kmeans', 0), ('gmm', 0), ('kmeans', 1), ('gmm', 1)]
    >>> print(f"{result.summary()[0]['acc_mean']:.2f}")
    0.89
    """
    seeds = _check_seeds(seeds)
    for name, value in [("estimators", estimators), ("datasets", datasets)]:
        if not value:
            raise ValueError(f"{name} is empty: give at least one, by name.")
    methods = {
        dataset: {
            name: _check_estimator(name, estimator, dataset)
            for name, estimator in estimators.items()
        }
        for dataset in datasets
    }
    rows = []
    with tempfile.TemporaryDirectory() if out is None else nullcontext(out) as folder:
        store = Store(folder)
        finished = store.finished()
        progress = _Progress(methods, seeds, verbose)
        for dataset, source in datasets.items():
            data: _Dataset | None = None
            for seed in seeds:
                for method, estimator in methods[dataset].items():
                    row: dict[str, Any] = dict.fromkeys(COLUMNS)
                    row |= {"dataset": dataset, "method": method, "seed": seed}
                    row["settings"] = settings(estimator)
                    progress.begin(row)
                    if run_key(row) in finished:
                        row = finished[run_key(row)]
                    else:
                        data = _load(dataset, source) if data is None else data
                        keep_embedding = seed == seeds[0]
                        _run(row, estimator, *data, store, keep_embedding)
                        store.append(row)
                    rows.append(row)
                    progress.end(row)
        embeddings = {
            (row["dataset"], row["method"]): store.load_embedding(row)
            for row in rows
            if row["seed"] == seeds[0] and not row["error"]
        }
    result = BenchmarkResult(rows, embeddings)
    if out is not None:
        write_report(result, Path(out))
    return result


class _Progress:
    """Tells what is run, what came of it, and how long the rest will be."""

    def __init__(self, methods, seeds, verbose):
        self._methods, self._n_seeds, self._verbose = methods, len(seeds), verbose
        self._seconds = {dataset: {} for dataset in methods}
        n_runs = self._n_seeds * sum(map(len, methods.values()))
        self._tell(
            f"{n_runs} runs: each method on each data set with {self._n_seeds} seeds. "
            "The time that is left is told as soon as one seed is done.\n"
        )

    def begin(self, row):
        self._began = perf_counter()
        self._tell(f"{row['dataset']} {row['method']} seed {row['seed']}: ")

    def end(self, row):
        seconds = self._seconds[row["dataset"]]
        # With what comes on top of the fit, such as pre-training.
        seconds.setdefault(row["method"], []).append(perf_counter() - self._began)
        text = row["error"] or f"ACC {100 * row['acc']:.1f}, {row['seconds']:.1f} s"
        if len(seconds) == len(self._methods[row["dataset"]]):
            left = sum(
                (self._n_seeds - len(times)) * max(times) for times in seconds.values()
            )
            text += f"; about {_duration(left)} left for {row['dataset']}" * (left > 0)
        self._tell(f"{text}\n")

    def _tell(self, text):
        if self._verbose:
            print(text, end="", file=sys.stderr, flush=True)


def _duration(seconds):
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def _check_seeds(seeds) -> list[int]:
    numbers = range(seeds) if COUNT.is_satisfied_by(seeds) else seeds
    if (
        not isinstance(numbers, Iterable)
        or not (numbers := list(numbers))
        or not all(map(_SEED.is_satisfied_by, numbers))
    ):
        raise ValueError(
            f"seeds={seeds!r} gives no seeds: expected an int >= 1 or a non-empty "
            "sequence of int, such as 5 or [0, 1, 2]."
        )
    return [int(seed) for seed in dict.fromkeys(numbers)]


def _check_estimator(name, estimator, dataset):
    if callable(estimator) and not hasattr(estimator, "fit_predict"):
        estimator = estimator(dataset)
    if isinstance(estimator, type) or not hasattr(estimator, "fit_predict"):
        raise TypeError(
            f"estimators[{name!r}] is {estimator!r}: expected an instance with the "
            "method fit_predict, or a callable that returns one."
        )
    return estimator


def _load(name, source) -> _Dataset:
    X, y = source() if callable(source) else source
    y = column_or_1d(y)
    n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
    if n_rows != len(y):
        raise ValueError(
            f"datasets[{name!r}] has {n_rows} rows in X and {len(y)} labels in y: "
            "expected one label per row."
        )
    return X, y


def _run(row, estimator, X, y, store, keep_embedding):
    """Fit a clone of the estimator and fill the row with what came of it."""
    row["n_samples"] = len(y)
    row["n_features"] = X.shape[1] if hasattr(X, "shape") else None
    row["n_clusters"] = len(np.unique(y))
    row["error"] = ""
    try:
        estimator = clone(estimator, safe=False)
        row["pretraining_seconds"] = _pretrain(row, estimator, X, store)
        _set_seed(estimator, row["seed"])
        gc.collect()
        _reset_peak_memory()
        with store.resumed(row["dataset"], row["method"], row["seed"]) as journal:
            labels = estimator.fit_predict(X)
            row["seconds"] = journal.seconds
        row["peak_memory_mib"] = _peak_memory_mib()
        last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
        row |= _scores(y, labels)
        if hasattr(last, "initial_labels_"):
            row |= _scores(y, last.initial_labels_, prefix="initial_")
        row["n_clusters_found"] = len(np.unique(labels))
        row["n_noise"] = np.count_nonzero(is_noise(np.asarray(labels)))
        if hasattr(last, "n_iter_"):
            row["n_iter"] = int(last.n_iter_)
    except Exception as error:
        # One line, so that a torn last line of the results is seen as such.
        row["error"] = " ".join(f"{type(error).__name__}: {error}".split())
    row["versions"] = dumps(_versions())
    row["threads"] = max(
        (library["num_threads"] for library in threadpool_info()), default=1
    )
    row["date"] = datetime.now(UTC).isoformat(timespec="seconds")
    if keep_embedding and not row["error"]:
        _save_embedding(row, estimator, X, y, labels, store)


def _pretrain(row, estimator, X, store):
    """Put the shared transformers into the estimator; give the seconds of their fits.

    They are the deep transformers that the estimator holds, at any depth.
    """
    seconds, params = [], _params(estimator)
    for name, transformer in params.items():
        is_deep = "max_epochs" in _params(transformer)
        is_frozen = isinstance(params.get(name.rpartition("__")[0]), FrozenEstimator)
        if not is_deep or is_frozen or hasattr(transformer, "fit_predict"):
            continue

        def fit(transformer=transformer):
            fitted = clone(transformer)
            _set_seed(fitted, row["seed"])
            with store.resumed(row["dataset"], "pretraining", row["seed"]) as journal:
                return fitted.fit(X), journal.seconds

        fitted, fit_seconds = store.pretrained(
            row["dataset"], row["seed"], transformer, fit
        )
        estimator.set_params(**{name: FrozenEstimator(fitted)})
        seconds.append(fit_seconds)
    return sum(seconds) if seconds else None


def _params(estimator):
    return estimator.get_params() if hasattr(estimator, "get_params") else {}


def _set_seed(estimator, seed):
    unset = [
        name
        for name, value in _params(estimator).items()
        if name.rpartition("__")[2] == "random_state" and value is None
    ]
    if unset:
        estimator.set_params(**dict.fromkeys(unset, seed))


def _scores(y, labels, prefix=""):
    return {
        f"{prefix}acc": clustering_accuracy_score(y, labels),
        f"{prefix}nmi": normalized_mutual_info_score(y, labels),
        f"{prefix}ari": float(adjusted_rand_score(y, labels)),
    }


def _save_embedding(row, estimator, X, y, labels, store):
    n_points = min(MAX_POINTS, len(y))
    X, y, labels = resample(
        X, y, labels, replace=False, n_samples=n_points, random_state=0
    )
    try:
        embedding = project(embed(estimator, X), "tsne").rows
    except Exception as error:
        warnings.warn(
            f"No picture of {row['method']} on {row['dataset']}: {error}", stacklevel=3
        )
    else:
        store.save_embedding(row, embedding, _match(y, labels))


def _match(y, labels):
    """Number the clusters as the classes they match, for comparable colours."""
    table = contingency_matrix(y, labels, sparse=True)
    n_classes, n_clusters = table.shape
    numbers = np.arange(n_classes, n_classes + n_clusters)
    classes, clusters = match(table)
    numbers[clusters] = classes
    return numbers[np.unique(labels, return_inverse=True)[1]]


def _reset_peak_memory():
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        # Not Linux: the peak is that of the process so far.
        pass


def _peak_memory_mib():
    status = Path("/proc/self/status")
    if status.exists():
        peak = re.search(r"VmHWM:\s*(\d+) kB", status.read_text())
        if peak:
            return int(peak[1]) / 1024
    if find_spec("resource") is None:  # Windows
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)


def _versions():
    versions = {
        name: sys.modules[module].__version__
        for name, module in PACKAGES.items()
        if module in sys.modules
    }
    return versions | {"python": platform.python_version()}
