"""Write the tables of doc/results.md and of the pages of the guide that quote them.

results.csv holds rows of `python -m skdeepcluster.benchmark`, as it writes them (run.py
measures them), published.csv the best number known of each method, and papers.csv the
tables of the papers whose methods are the heart of the library. Each table of a page
stands between two comments that name it. Run this after a change of one of the files,
and doc/images/results.py, which draws the summary:

    python doc/results/tables.py
"""

import csv
import json
import re
from functools import cache
from importlib import import_module
from inspect import signature
from itertools import groupby
from pathlib import Path
from statistics import mean
from textwrap import wrap

from cost import cost_table

from skdeepcluster._settings import settings
from skdeepcluster.benchmark import BenchmarkResult
from skdeepcluster.benchmark._catalog import DATASETS, METHODS, make_estimator

FOLDER = Path(__file__).parent
PAGES = [FOLDER.parent / "results.md", FOLDER.parent / "guide" / "recipes.md"]
TABLE = re.compile(r"(<!-- table: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
# Runs before the recipes took graph starts, augmentation and budgets in steps.
IS_OLD = "2026-11-27"
ON_GPU = '"device": "cuda"'
# Settings of where and how a method was computed, not of what.
OF_THE_MACHINE = {"device", "precision"}
HEAD = (
    "| method | seeds | ACC | NMI | ARI | start | seconds | MiB "
    "| published | from |\n|:--|--:|--:|--:|--:|--:|--:|--:|:--|:--|\n"
)
# Clusterings without a network, of other packages.
RIVALS = {
    *["kmeans", "gmm", "nmf", "spectral", "umap+gmm", "umap+hdbscan", "evoc"],
    *["lsa+kmeans", "lsa+gmm", "lsa+umap+gmm", "lsa+umap+hdbscan", "lsa+evoc"],
}
TITLES = {
    "mnist": "MNIST",
    "mnist-test": "MNIST, last 10,000",
    "usps": "USPS",
    "fashion-mnist": "Fashion",
    "fashion-mnist-test": "Fashion, last 10,000",
    "digits": "digits",
    "pendigits": "pendigits",
    "har": "HAR signals",
    "sigmoid-blobs": "bent blobs",
    "stackoverflow": "Stack Overflow",
    "newsgroups": "20 newsgroups",
    "rcv1-10k": "RCV1",
    "docstrings": "docstrings",
}
OVERVIEWS = {
    "overview-images": list(TITLES)[:5],
    "overview-others": list(TITLES)[5:],
}
# The summary: k-means, others' and this library's best without a network, and the
# recipe to begin with.
COLUMNS = ["k-means", "UMAP + mixture", "EVoC", "graph or LSA", "network"]
IMAGES = ["kmeans", "umap+gmm", "evoc", "gdl", "imsat"]
TABLES = ["kmeans", "umap+gmm", "evoc", "landmark-spectral", "imsat"]
TEXTS = ["kmeans", "lsa+umap+gmm", "lsa+evoc", "lsa+kmeans", "idec"]
SUMMARY = {
    "mnist": ("MNIST, 70,000 images", IMAGES),
    "mnist-test": ("MNIST, the last 10,000", IMAGES),
    "usps": ("USPS, 9,298 images", IMAGES),
    "fashion-mnist": ("Fashion-MNIST, 70,000 images", IMAGES),
    "fashion-mnist-test": ("Fashion-MNIST, the last 10,000", IMAGES),
    "digits": ("scikit-learn's digits, 1,797", TABLES),
    "pendigits": ("pen digits, 10,992 rows of 16", TABLES),
    "har": ("signals of movement, 10,299", IMAGES),
    "stackoverflow": ("Stack Overflow, 20,000 titles", TEXTS),
    "newsgroups": ("20 newsgroups, 18,846 posts", TEXTS),
    "rcv1-10k": ("RCV1, 10,000 stories", TEXTS),
    "docstrings": ("1,000 docstrings", TEXTS),
}


def read(name):
    """Return the rows of a file, with numbers as numbers."""
    with open(FOLDER / name, newline="", encoding="utf-8") as file:
        return [{k: _number(v) for k, v in row.items()} for row in csv.DictReader(file)]


def runs():
    """Return the rows of results.csv."""
    return [{**row, "error": row["error"] or ""} for row in read("results.csv")]


@cache
def entries():
    """Return the means over the seeds that did not fail, by data set and method."""
    summary = BenchmarkResult(runs(), {}).summary()
    return {
        (entry["dataset"], entry["method"]): entry for entry in summary if entry["n"]
    }


def _number(text):
    try:
        return float(text) if text else None
    except ValueError:
        return text


# ---------------------------------------------------------------- one data set


def table(dataset):
    """Return the table of a data set, and the commands that made it."""
    papers = {r["method"]: r for r in read("published.csv") if r["dataset"] == dataset}
    ours = [row for row in runs() if row["dataset"] == dataset]
    firsts = _firsts(dataset)
    lines = []
    for entry in BenchmarkResult(ours, {}).summary():
        rows = [row for row in ours if row["method"] == entry["method"]]
        marks = r" \*" * any(map(is_older, rows))
        marks += " †" * any(ON_GPU in row["settings"] for row in rows)
        paper = papers.get(entry["method"])
        lines.append(_line(entry, paper, marks, firsts, _start(rows)))
    return HEAD + "".join(lines) + "\n```bash\n" + _commands(dataset, ours) + "```\n"


def _line(entry, paper, marks, firsts, start):
    key = entry["dataset"], entry["method"]
    scores = [_mean(entry, score, 100) for score in ("acc", "nmi", "ari")]
    for place, score in enumerate(("acc", "nmi")):
        if key == firsts[score]:
            scores[place] = f"**{scores[place]}**"
    cells = [
        f"`{entry['method']}`{marks}",
        f"{entry['n']}"
        + (f", {entry['n_failures']} failed" * (entry["n_failures"] > 0)),
        *scores,
        start,
        f"{seconds(entry):,.0f}" if entry["n"] else "",
        f"{entry['peak_memory_mib_mean']:,.0f}" if entry["n"] else "",
        _pair(paper) + " ▲" * _is_above(entry, paper) if paper else "",
        paper["source"] if paper else "",
    ]
    return "| " + " | ".join(cells) + " |\n"


def _firsts(dataset):
    """Return the best methods' keys, by score."""
    ours = {key: entry for key, entry in entries().items() if key[0] == dataset}
    return {
        score: max(ours, key=lambda key: ours[key][f"{score}_mean"], default=None)
        for score in ("acc", "nmi")
    }


def _mean(entry, measure, scale):
    mean, sd = entry[f"{measure}_mean"], entry[f"{measure}_sd"]
    if mean is None:
        return ""
    return f"{scale * mean:.1f}" + (
        f"\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{scale * sd:.1f}"
        if sd is not None
        else ""
    )


def _start(rows):
    """Return the mean scores of the labels that a method started from."""
    given = [row for row in rows if row["initial_acc"] is not None]
    if not given:
        return ""
    means = [
        100 * sum(row[f"initial_{score}"] for row in given) / len(given)
        for score in ("acc", "nmi")
    ]
    return "{:.1f}\N{NO-BREAK SPACE}/\N{NO-BREAK SPACE}{:.1f}".format(*means)


def _pair(paper):
    """Return published scores, or a dash for what was not published."""
    numbers = (f"{paper[k]:g}" if paper[k] else "–" for k in ("acc", "nmi"))
    return "\N{NO-BREAK SPACE}/\N{NO-BREAK SPACE}".join(numbers)


def _is_above(entry, paper):
    """Return whether all that was published is reached."""
    return entry["n"] > 0 and all(
        100 * entry[f"{score}_mean"] >= paper[score]
        for score in ("acc", "nmi", "ari")
        if paper.get(score) is not None
    )


def seconds(entry):
    """Return the mean seconds of pre-training and fit."""
    return entry["seconds_mean"] + (entry["pretraining_seconds_mean"] or 0)


def _commands(dataset, rows):
    runs = {}
    for row in rows:
        seeds, _ = runs.get(row["method"], (0, ""))
        options = " --precision bfloat16" * ('"bfloat16"' in row["settings"])
        options += " --device cuda" * (ON_GPU in row["settings"])
        runs[row["method"]] = seeds + 1, options
    commands = ""
    for (seeds, options), group in groupby(
        sorted(runs, key=runs.get), key=lambda method: runs[method]
    ):
        methods = wrap("--methods " + " ".join(group), 80, break_on_hyphens=False)
        commands += (
            f"python -m skdeepcluster.benchmark --data {dataset} --seeds {seeds}"
            f"{options} \\\n    " + " \\\n    ".join(methods) + "\n"
        )
    return commands


# ------------------------------------------------- rows older than what made them


def is_older(row):
    """Return whether a row was measured with other settings than today's catalogue."""
    method, dataset = row["method"], row["dataset"]
    if method not in METHODS or dataset not in DATASETS:
        return True
    if method not in RIVALS and row["date"] < IS_OLD:
        return True
    now = settings(make_estimator(method, dataset))
    return not _is_same(json.loads(row["settings"]), json.loads(now))


def _is_same(was, now):
    """Return whether settings differ in no more than new parameters' defaults."""
    if isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        return all(map(_is_same, was, now))
    if not (isinstance(was, dict) and isinstance(now, dict)):
        return was == now
    if not set(was) <= set(now):
        return False
    return all(
        _is_same(was[name], value)
        if name in was
        else value == _default(now["class"], name)
        for name, value in now.items()
        if name not in OF_THE_MACHINE
    )


def _default(path, parameter):
    module, _, name = path.rpartition(".")
    return signature(getattr(import_module(module), name)).parameters[parameter].default


# ---------------------------------------------------------------- all data sets


def overview(name):
    """Return the scores of all methods on some data sets, with the best in bold."""
    datasets, found = OVERVIEWS[name], entries()
    older = {(row["dataset"], row["method"]) for row in runs() if is_older(row)}
    firsts = {dataset: _firsts(dataset) for dataset in datasets}
    titles = " | ".join(TITLES[dataset] for dataset in datasets)
    lines = [f"| ACC / NMI | {titles} |\n|:--{'|:-:' * len(datasets)}|\n"]
    for method in METHODS:
        cells = []
        for dataset in datasets:
            entry = found.get((dataset, method))
            if entry is None:
                cells.append("")
                continue
            scores = [f"{100 * entry[f'{score}_mean']:.1f}" for score in ("acc", "nmi")]
            for place, score in enumerate(("acc", "nmi")):
                if firsts[dataset][score] == (dataset, method):
                    scores[place] = f"**{scores[place]}**"
            cells.append(" / ".join(scores) + r" \*" * ((dataset, method) in older))
        if any(cells):
            lines.append(f"| `{method}` | {' | '.join(cells)} |\n")
    return "".join(lines)


def summary():
    """Return the means of the summary, by data set in the order of COLUMNS.

    What was not measured is None.
    """
    found = entries()
    return {
        data: [found.get((name, method)) for method in methods]
        for name, (data, methods) in SUMMARY.items()
    }


def summary_table():
    """Return the table of the summary."""
    head = f"| ACC / NMI | {' | '.join(COLUMNS)} | seconds |\n|:--{'|--:' * 6}|\n"
    lines = []
    for data, means in summary().items():
        scores = [
            f"{100 * entry['acc_mean']:.0f} / {100 * entry['nmi_mean']:.0f}"
            if entry
            else ""
            for entry in means
        ]
        cost = f"{seconds(means[-1]):,.0f}" if means[-1] else ""
        lines.append(f"| {' | '.join([data, *scores, cost])} |\n")
    return head + "".join(lines)


# ---------------------------------------------------------------- papers' tables


def paper_table(name):
    """Return a paper's table, with what was measured here beside each number."""
    rows = [row for row in read("papers.csv") if row["table"] == name]
    found, datasets = entries(), list(dict.fromkeys(row["dataset"] for row in rows))
    scores = [s for s in ("acc", "nmi", "ari") if any(row[s] for row in rows)]
    head = " | ".join(f"{TITLES[dataset]} | here" for dataset in datasets)
    title = " / ".join(score.upper() for score in scores)
    lines = [f"| {title} | {head} |\n|:--{'|:-:|:-:' * len(datasets)}|\n"]
    for row_name, group in groupby(rows, key=lambda row: row["row"]):
        by_data = {row["dataset"]: row for row in group}
        cells = []
        for dataset in datasets:
            row = by_data.get(dataset)
            entry = found.get((dataset, row["method"])) if row else None
            numbers = [f"{row[s]:g}" if row[s] else "–" for s in scores] if row else []
            ours = [f"{100 * entry[f'{s}_mean']:.1f}" for s in scores] if entry else []
            is_above = bool(entry) and _is_above(entry, row)
            cells += [" / ".join(numbers), " / ".join(ours) + " ▲" * is_above]
        lines.append(f"| {row_name} | {' | '.join(cells)} |\n")
    return "".join(lines)


# ---------------------------------------------------------------- beside ClustPy


def clustpy_table(dataset):
    """Return the means of ClustPy's methods, and of this library's, on a data set."""
    rows = [row for row in read("clustpy.csv") if row["data"] == dataset]
    sides = list(dict.fromkeys(row["side"] for row in rows))
    lines = [f"| ACC / NMI, seconds | {' | '.join(sides)} |\n"]
    lines.append(f"|:--{'|--:' * len(sides)}|\n")
    for method in dict.fromkeys(row["method"] for row in rows):
        cells = []
        for side in sides:
            found = [r for r in rows if (r["method"], r["side"]) == (method, side)]
            acc, nmi, seconds_ = (
                mean(row[name] for row in found) if found else None
                for name in ("acc", "nmi", "seconds")
            )
            scores = (
                f"{100 * acc:.1f} / {100 * nmi:.1f}, {seconds_:,.0f}" if found else ""
            )
            cells.append(scores)
        lines.append(f"| {method} | {' | '.join(cells)} |\n")
    return "".join(lines)


def fill(text):
    """Return a page's text with all tables written anew."""

    def written(match):
        name = match[2]
        if name == "summary":
            lines = summary_table()
        elif name == "cost":
            lines = cost_table()
        elif name.startswith("clustpy-"):
            lines = clustpy_table(name.removeprefix("clustpy-"))
        elif name in OVERVIEWS:
            lines = overview(name)
        elif name in {row["table"] for row in read("papers.csv")}:
            lines = paper_table(name)
        else:
            lines = table(name)
        return match[1] + lines + match[3]

    return TABLE.sub(written, text)


def main():
    """Write the tables of all pages."""
    for page in PAGES:
        page.write_text(fill(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
