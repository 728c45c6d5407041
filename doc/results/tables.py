"""Write the tables of doc/results.md and doc/guide/recipes.md.

results.csv holds rows of `python -m skdeepcluster.benchmark`, as it writes them;
published.csv what the papers report. Each table of a page stands between two comments
that name its data set, or "summary". Run this after a change of one of the files, and
doc/images/results.py, which draws the summary:

    python doc/results/tables.py
"""

import csv
import re
from itertools import groupby
from pathlib import Path
from textwrap import wrap

from skdeepcluster.benchmark import BenchmarkResult

FOLDER = Path(__file__).parent
PAGES = [FOLDER.parent / "results.md", FOLDER.parent / "guide" / "recipes.md"]
TABLE = re.compile(r"(<!-- table: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
# Runs before the recipes took graph starts, augmentation and budgets in steps.
IS_OLD = "2026-11-27"
ON_GPU = '"device": "cuda"'
HEAD = (
    "| method | seeds | ACC | NMI | ARI | gain | seconds "
    "| published ACC / NMI | from |\n|:--|--:|--:|--:|--:|--:|--:|--:|:--|\n"
)
# The summary: k-means, the best without a network, EVoC, and the recipe to begin with.
COLUMNS = ["k-means", "without a network", "EVoC", "recipe"]
IMAGES = ["kmeans", "gdl", "evoc", "damic"]
TEXTS = ["kmeans", "lsa+kmeans", "lsa+evoc", "idec"]
SUMMARY = {
    "digits": (
        "scikit-learn's digits, 1,797",
        ["kmeans", "landmark-spectral", "evoc", "landmark-spectral+damic"],
    ),
    "usps": ("USPS, 9,298 images", IMAGES),
    "mnist-test": ("MNIST, the last 10,000", IMAGES),
    "fashion-mnist-test": ("Fashion-MNIST, the last 10,000", IMAGES),
    "docstrings": ("1,000 docstrings", TEXTS),
    "stackoverflow": ("Stack Overflow, 20,000 titles", TEXTS),
    "newsgroups": ("20 newsgroups, 18,846 posts", TEXTS),
    "rcv1-10k": ("RCV1, 10,000 stories", TEXTS),
}


def read(name):
    """Return the rows of a file, with numbers as numbers."""
    with open(FOLDER / name, newline="", encoding="utf-8") as file:
        return [{k: _number(v) for k, v in row.items()} for row in csv.DictReader(file)]


def runs():
    """Return the rows of results.csv."""
    return [{**row, "error": row["error"] or ""} for row in read("results.csv")]


def _number(text):
    try:
        return float(text) if text else None
    except ValueError:
        return text


def table(dataset, rows, published):
    """Return the table of a data set, and the commands that made it."""
    papers = {row["method"]: row for row in published if row["dataset"] == dataset}
    ours = [row for row in rows if row["dataset"] == dataset]
    older = {row["method"] for row in ours if row["date"] < IS_OLD}
    on_gpu = {row["method"] for row in ours if ON_GPU in row["settings"]}
    lines = [
        _line(
            entry,
            papers.get(entry["method"]),
            r" \*" * (entry["method"] in older) + " †" * (entry["method"] in on_gpu),
        )
        for entry in BenchmarkResult(ours, {}).summary()
    ]
    return HEAD + "".join(lines) + "\n```bash\n" + _commands(dataset, ours) + "```\n"


def _line(entry, paper, marks):
    scores = [_mean(entry, score, 100) for score in ("acc", "nmi", "ari", "gain")]
    numbers = [f"{paper[k]:g}" if paper and paper[k] else "–" for k in ("acc", "nmi")]
    cells = [
        f"`{entry['method']}`{marks}",
        f"{entry['n']}"
        + (f", {entry['n_failures']} failed" * (entry["n_failures"] > 0)),
        *scores,
        f"{_seconds(entry):,.0f}",
        " / ".join(numbers) if paper else "",
        paper["source"] if paper else "",
    ]
    return "| " + " | ".join(cells) + " |\n"


def _mean(entry, measure, scale):
    mean, sd = entry[f"{measure}_mean"], entry[f"{measure}_sd"]
    if mean is None:
        return ""
    return f"{scale * mean:.1f}" + (
        f"\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{scale * sd:.1f}"
        if sd is not None
        else ""
    )


def summary():
    """Return the mean scores of the summary, by data set in the order of COLUMNS."""
    entries = BenchmarkResult(runs(), {}).summary()
    found = {(entry["dataset"], entry["method"]): entry for entry in entries}
    return {
        data: [found[name, method] for method in methods]
        for name, (data, methods) in SUMMARY.items()
    }


def summary_table():
    """Return the table of the summary."""
    head = f"| ACC / NMI | {' | '.join(COLUMNS)} | seconds |\n|:--{'|--:' * 5}|\n"
    lines = [
        f"| {data} | "
        + " | ".join(
            f"{100 * e['acc_mean']:.0f} / {100 * e['nmi_mean']:.0f}" for e in entries
        )
        + f" | {_seconds(entries[-1]):,.0f} |\n"
        for data, entries in summary().items()
    ]
    return head + "".join(lines)


def _seconds(entry):
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


def fill(text):
    """Return a page's text with all tables written anew."""
    rows, published = runs(), read("published.csv")

    def written(match):
        name = match[2]
        is_summary = name == "summary"
        lines = summary_table() if is_summary else table(name, rows, published)
        return match[1] + lines + match[3]

    return TABLE.sub(written, text)


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(fill(page.read_text(encoding="utf-8")), encoding="utf-8")
