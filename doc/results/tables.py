"""Write the tables of doc/results.md from results.csv and published.csv.

results.csv holds rows of `python -m skdeepcluster.benchmark`, as it writes them;
published.csv what the papers report. Each table of the page stands between two comments
that name its data set. Run this after a change of one of the files:

    python doc/results/tables.py
"""

import csv
import re
from itertools import groupby
from pathlib import Path

from skdeepcluster.benchmark import BenchmarkResult

FOLDER = Path(__file__).parent
PAGE = FOLDER.parent / "results.md"
TABLE = re.compile(r"(<!-- table: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
# Runs before the recipes took graph starts, augmentation and budgets in steps.
IS_OLD = "2026-11-27"
HEAD = (
    "| method | seeds | ACC | NMI | ARI | gain | seconds "
    "| published ACC / NMI | from |\n|:--|--:|--:|--:|--:|--:|--:|--:|:--|\n"
)


def read(name):
    """Return the rows of a file, with numbers as numbers."""
    with open(FOLDER / name, newline="", encoding="utf-8") as file:
        return [{k: _number(v) for k, v in row.items()} for row in csv.DictReader(file)]


def _number(text):
    try:
        return float(text) if text else None
    except ValueError:
        return text


def table(dataset, rows, published):
    """Return the table of a data set, and the commands that made it."""
    rows = [{**row, "error": row["error"] or ""} for row in rows]
    papers = {row["method"]: row for row in published if row["dataset"] == dataset}
    ours = [row for row in rows if row["dataset"] == dataset]
    older = {row["method"] for row in ours if row["date"] < IS_OLD}
    lines = [
        _line(entry, papers.get(entry["method"]), entry["method"] in older)
        for entry in BenchmarkResult(ours, {}).summary()
    ]
    return HEAD + "".join(lines) + "\n```bash\n" + _commands(dataset, ours) + "```\n"


def _line(entry, paper, is_old):
    scores = [_mean(entry, score, 100) for score in ("acc", "nmi", "ari", "gain")]
    seconds = entry["seconds_mean"] + (entry["pretraining_seconds_mean"] or 0)
    numbers = [f"{paper[k]:g}" if paper and paper[k] else "–" for k in ("acc", "nmi")]
    cells = [
        f"`{entry['method']}`" + r" \*" * is_old,
        f"{entry['n']}"
        + (f", {entry['n_failures']} failed" * (entry["n_failures"] > 0)),
        *scores,
        f"{seconds:,.0f}",
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


def _commands(dataset, rows):
    runs = {}
    for row in rows:
        seeds, is_mixed = runs.get(row["method"], (0, False))
        is_mixed = is_mixed or '"precision": "bfloat16"' in row["settings"]
        runs[row["method"]] = seeds + 1, is_mixed
    commands = ""
    for (seeds, is_mixed), group in groupby(
        sorted(runs, key=runs.get), key=lambda method: runs[method]
    ):
        precision = " --precision bfloat16" * is_mixed
        commands += (
            f"python -m skdeepcluster.benchmark --data {dataset} --seeds {seeds}"
            f"{precision} \\\n    --methods {' '.join(group)}\n"
        )
    return commands


def fill(text):
    """Return the page's text with all tables written anew."""
    rows, published = read("results.csv"), read("published.csv")
    return TABLE.sub(
        lambda match: match[1] + table(match[2], rows, published) + match[3], text
    )


if __name__ == "__main__":
    PAGE.write_text(fill(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
