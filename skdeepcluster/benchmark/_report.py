"""Table and picture of a benchmark."""

import shlex
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from skdeepcluster._files import whole

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SCORES = ("acc", "nmi", "ari")
MEASURES = (*SCORES, "gain", "seconds", "pretraining_seconds", "peak_memory_mib")

HEADER = """\
| method | ACC | NMI | ARI | gain in ACC | fit (s) | pre-training (s) | \
process memory (MiB) | runs |
|:--|--:|--:|--:|--:|--:|--:|--:|--:|
"""

LEGEND = """\
Mean ± standard deviation over the seeds; scores in percent. ACC is the clustering
accuracy under the best matching of clusters to classes, NMI is normalised by the
geometric mean, the gain is the ACC over that of the labels that the method started
from. Pre-training is shared between methods and comes on top of the fit; process memory
is the peak resident memory of the whole process during the fit, with the data and the
libraries that are loaded.
"""


_MOST_COLUMNS = 5
_BARS_WIDTH = 4.5  # inches


@dataclass
class BenchmarkResult:
    """What the runs of a benchmark gave.

    Parameters
    ----------
    rows : list of dict
        One row per run: `dataset`, `method`, `seed`, `n_samples`, `n_features`,
        `n_clusters` (of the true labels), the scores `acc`, `nmi` (geometric) and
        `ari`, the same of the labels that the method started from as
        `initial_acc`, `initial_nmi` and `initial_ari`, `n_clusters_found` (rows of
        noise count as one cluster), `n_noise` (the number of these rows), `seconds`
        (of the fit), `pretraining_seconds`, `peak_memory_mib`, `n_iter`, `error`
        (empty if there was none), `settings` and `versions` (both JSON), `threads`
        and `date` (UTC). What does not apply is None.

    embeddings : dict of (str, str) to tuple of ndarray or None
        For a data set and a method, the embedding of shape (n_points, 2) and the
        labels of shape (n_points,) of its run with the first seed. Clusters have
        the numbers of the classes that they match.

    See Also
    --------
    run_benchmark : Make one.

    Examples
    --------
    >>> from skdeepcluster.benchmark import BenchmarkResult
    >>> row = {"dataset": "iris", "method": "kmeans", "acc": 0.8, "nmi": 0.7,
    ...        "ari": 0.6, "initial_acc": None, "seconds": 0.1, "error": "",
    ...        "pretraining_seconds": None, "peak_memory_mib": 99.0}
    >>> summary = BenchmarkResult([row, row | {"acc": 0.9}], {}).summary()
    >>> print(f"{summary[0]['acc_mean']:.2f} {summary[0]['acc_sd']:.2f}")
    0.85 0.07
    """

    rows: list[dict[str, Any]]
    embeddings: dict[tuple[str, str], tuple[NDArray[Any], NDArray[Any]] | None]

    def summary(self) -> list[dict[str, Any]]:
        """Average over the seeds.

        Returns
        -------
        summary : list of dict
            One per data set and method: `dataset`, `method`, `n` (runs without an
            error), `n_failures`, and of each measure over the `n` runs the mean
            and the sample standard deviation, such as `acc_mean` and `acc_sd`.
            The measures are `acc`, `nmi`, `ari`, `gain` (`acc` over
            `initial_acc`), `seconds`, `pretraining_seconds` and
            `peak_memory_mib`. A mean of nothing and a deviation of fewer than
            two runs are None.
        """
        groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for row in self.rows:
            groups.setdefault((row["dataset"], row["method"]), []).append(row)
        return [_summarize(*key, rows) for key, rows in groups.items()]

    def to_markdown(self) -> str:
        """Write the summary as one table per data set.

        Returns
        -------
        text : str
            Markdown. The errors of failed runs are listed below the table.
        """
        summary = self.summary()
        parts = []
        for dataset in dict.fromkeys(row["dataset"] for row in self.rows):
            rows = [row for row in self.rows if row["dataset"] == dataset]
            lines = [_line(entry) for entry in summary if entry["dataset"] == dataset]
            errors = [
                f"- {row['method']}, seed {row['seed']}: {row['error']}\n"
                for row in rows
                if row["error"]
            ]
            parts.append(f"{_title(rows[0])}\n{HEADER}{''.join(lines)}")
            if errors:
                parts.append(f"Failed:\n\n{''.join(errors)}")
            noise = [
                f"- {row['method']}, seed {row['seed']}: {row['n_noise']:,} rows\n"
                for row in rows
                if row.get("n_noise")
            ]
            if noise:
                parts.append(
                    "Left out as noise, which counts as one cluster more:\n\n"
                    f"{''.join(noise)}"
                )
        return "\n".join([*parts, LEGEND])

    def plot(self) -> "Figure":
        """Draw the embeddings and the scores, one block for each data set.

        Returns
        -------
        figure : matplotlib Figure
            Small scatter plots of the run with the first seed, coloured by
            cluster, beside bars of the mean scores with whiskers of one standard
            deviation, and a mark at the ACC that a method started from.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        try:
            import matplotlib.pyplot as plt
        except ImportError as error:
            raise ImportError(
                "BenchmarkResult.plot requires matplotlib; install it with "
                "`pip install matplotlib`."
            ) from error

        summary = self.summary()
        datasets = list(dict.fromkeys(entry["dataset"] for entry in summary))
        n_methods = len({entry["method"] for entry in summary})
        n_columns = min(n_methods, _MOST_COLUMNS)
        n_rows = -(-n_methods // n_columns)
        size = (1.9 * n_columns + _BARS_WIDTH, (2.2 * n_rows + 0.3) * len(datasets))
        figure = plt.figure(figsize=size, layout="constrained")
        parts = figure.subfigures(
            len(datasets), 2, width_ratios=[1.9 * n_columns, _BARS_WIDTH], squeeze=False
        )
        for dataset, (left, right) in zip(datasets, parts, strict=True):
            entries = [entry for entry in summary if entry["dataset"] == dataset]
            axes = left.subplots(n_rows, n_columns, squeeze=False).ravel()
            for entry, ax in zip(entries, axes, strict=False):
                self._plot_embedding(ax, dataset, entry["method"])
            for ax in axes[len(entries) :]:
                ax.remove()
            left.supylabel(dataset, fontweight="bold")
            _plot_scores(right.subplots(), entries)
        return figure

    def _plot_embedding(self, ax, dataset, method):
        from skdeepcluster.inspection import EmbeddingDisplay

        kept = self.embeddings.get((dataset, method))
        if kept is None:
            ax.text(0.5, 0.5, "no picture", ha="center", va="center", color="grey")
            ax.set(xticks=[], yticks=[])
        else:
            embedding, labels = kept
            EmbeddingDisplay(embedding=embedding, labels=labels).plot(ax=ax, s=4)
        ax.set_title(method, fontsize="medium")
        ax.spines[:].set_color("lightgrey")


def _summarize(dataset, method, rows):
    done = [row for row in rows if not row["error"]]
    summary = {
        "dataset": dataset,
        "method": method,
        "n": len(done),
        "n_failures": len(rows) - len(done),
    }
    for measure in MEASURES:
        values = [_measure(row, measure) for row in done]
        values = [value for value in values if value is not None]
        summary[f"{measure}_mean"] = mean(values) if values else None
        summary[f"{measure}_sd"] = stdev(values) if len(values) > 1 else None
    return summary


def _measure(row, name):
    if name == "gain":
        start = row["initial_acc"]
        return None if start is None else row["acc"] - start
    return row[name]


def _title(row):
    features = f"{row['n_features']:,} features, " if row["n_features"] else ""
    size = f"{row['n_samples']:,} samples, {features}{row['n_clusters']} classes"
    return f"### {row['dataset']}\n\n{size}\n"


def _line(entry):
    cells = [
        entry["method"],
        *(_cell(entry, score, scale=100) for score in SCORES),
        _cell(entry, "gain", scale=100, form="+.1f"),
        _cell(entry, "seconds", form=".2f"),
        _cell(entry, "pretraining_seconds", form=".2f"),
        _cell(entry, "peak_memory_mib", form=".0f"),
        str(entry["n"]),
    ]
    if entry["n_failures"]:
        cells[-1] += f" ({entry['n_failures']} failed)"
    return f"| {' | '.join(cells)} |\n"


def _cell(entry, measure, scale=1, form=".1f"):
    average, deviation = entry[f"{measure}_mean"], entry[f"{measure}_sd"]
    if average is None:
        return "–"
    text = f"{scale * average:{form}}"
    if deviation is not None:
        text += f" ± {scale * deviation:{form.lstrip('+')}}"
    return text


def _plot_scores(ax, entries):
    height = 0.26
    colours = ("#33658a", "#86bbd8", "#f6ae2d")
    for shift, (score, colour) in enumerate(zip(SCORES, colours, strict=True), -1):
        bars = ax.barh(
            [position + shift * height for position in range(len(entries))],
            [entry[f"{score}_mean"] or 0 for entry in entries],
            height,
            xerr=[entry[f"{score}_sd"] or 0 for entry in entries],
            color=colour,
            label=score.upper(),
            error_kw={"elinewidth": 1, "ecolor": "#333333"},
        )
        numbers = [f"{100 * bar.get_width():.1f}" for bar in bars]
        ax.bar_label(bars, numbers, padding=2, fontsize=6)
    starts = [
        (entry["acc_mean"] - entry["gain_mean"], position - height)
        for position, entry in enumerate(entries)
        if entry["gain_mean"] is not None
    ]
    if starts:
        style = {"marker": "|", "s": 50, "color": "black", "zorder": 3}
        ax.scatter(*zip(*starts, strict=True), **style, label="ACC of its start")
    ax.set_yticks(range(len(entries)), [entry["method"] for entry in entries])
    ax.invert_yaxis()  # the first method at the top
    ax.set_xlim(right=1.1)  # with room for the numbers
    ax.grid(axis="x", color="lightgrey", linewidth=0.5)
    ax.set_axisbelow(True)
    ax.spines[["top", "right", "bottom"]].set_visible(False)
    ax.tick_params(length=0)
    handles, names = ax.get_legend_handles_labels()
    ax.figure.legend(handles, names, ncols=4, loc="outside upper right", frameon=False)


def write_report(result, folder):
    """Write the table and, if matplotlib is there, the picture into a folder."""
    command = shlex.join(["python", *sys.orig_argv[1:]])
    versions = dict.fromkeys(f"- {row['versions']}\n" for row in result.rows)
    text = f"{result.to_markdown()}\nMade by `{command}` with\n\n{''.join(versions)}"
    with whole(folder / "results.md") as part:
        part.write_text(text, encoding="utf-8")
    if find_spec("matplotlib"):
        import matplotlib.pyplot as plt

        figure = result.plot()
        with whole(folder / "results.png") as part:
            figure.savefig(part, dpi=150)
        plt.close(figure)
