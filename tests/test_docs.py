"""The Python blocks of the README and the documentation run, page by page."""

import csv
import re
import runpy
import sys
import types
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from sklearn.base import clone

from skdeepcluster._settings import settings
from skdeepcluster.benchmark._catalog import make_estimator

ROOT = Path(__file__).parent.parent
BUILT = {"_build", "auto_examples", "generated"}
PAGES = [ROOT / "README.md"] + [
    page
    for page in sorted((ROOT / "doc").rglob("*.md"))
    if not BUILT.intersection(page.parts)
]


@pytest.mark.usefixtures("short_stages")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_run(page, monkeypatch):
    matplotlib.use("Agg")
    # What estimators without a seed draw from.
    np.random.seed(0)  # noqa: NPY002
    text = page.read_text(encoding="utf-8")
    # A module, so that classes of the page can be pickled.
    module = types.ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)
    for block in re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        exec(compile(block, str(page), "exec"), vars(module))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\((?!http|#)([^)#]+)", page.read_text(encoding="utf-8"))
    written = [link for link in links if not BUILT.intersection(link.split("/"))]
    assert [link for link in written if not (page.parent / link).exists()] == []


@pytest.fixture
def results(monkeypatch):
    """The folder of the results, whose scripts import each other."""
    folder = ROOT / "doc" / "results"
    monkeypatch.syspath_prepend(folder)
    yield folder
    for name in ("tables", "cost"):
        sys.modules.pop(name, None)


def test_rows_of_a_benchmark_take_the_place_of_older_ones(results, tmp_path):
    run = runpy.run_path(str(results / "run.py"))
    kept = (results / "results.csv").read_text(encoding="utf-8")
    copy = tmp_path / "results.csv"
    copy.write_text(kept, encoding="utf-8")
    run["take_over"].__globals__["RESULTS"] = copy
    lines = kept.splitlines(keepends=True)
    rows = list(csv.DictReader(lines))
    number = next(i for i, row in enumerate(rows) if row["method"] == "imsat")
    changed = rows[number] | {"acc": "0.125"}
    with open(tmp_path / "new.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(changed), lineterminator="\n")
        writer.writeheader()
        writer.writerows([rows[number], changed])
    (tmp_path / "folder").mkdir()
    (tmp_path / "new.csv").rename(tmp_path / "folder" / "results.csv")

    run["take_over"](tmp_path / "folder", ["kmeans"])
    assert sorted(copy.read_text().splitlines()) == sorted(kept.splitlines())
    run["take_over"](tmp_path / "folder")
    with copy.open(newline="", encoding="utf-8") as file:
        new = list(csv.DictReader(file))
    of_it = [r for r in new if _of(r) == _of(changed)]
    assert of_it == [changed]  # the last of two runs, and no other seed
    assert [r for r in new if _of(r) != _of(changed)] == [
        r for r in rows if _of(r) != _of(changed)
    ]


def test_a_failed_run_is_counted_and_has_no_scores(results):
    tables = runpy.run_path(str(results / "tables.py"))
    row = next(row for row in tables["runs"]() if row["method"] == "gdl")
    failed = row | {"error": "ValueError: no", "acc": None, "nmi": None, "ari": None}
    parts = tables["table"].__globals__
    parts["runs"] = lambda: [failed]
    parts["entries"].cache_clear()
    assert "| `gdl` | 0, 1 failed |  |  |  |" in tables["table"](row["dataset"])


def test_the_plan_has_all_methods_of_the_papers_tables(results):
    plan = runpy.run_path(str(results / "run.py"))["PLAN"]
    with open(results / "papers.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["method"]]
    assert [r for r in rows if r["method"] not in plan[r["dataset"]][1]] == []


def _of(row):
    return row["dataset"], row["method"]


def test_rows_with_other_settings_than_the_catalogue_are_older(results):
    tables = runpy.run_path(str(results / "tables.py"))
    estimator = make_estimator("imsat", "digits")
    row = {"dataset": "digits", "method": "imsat", "date": "2100-01-01"}
    row["settings"] = settings(estimator)
    assert not tables["is_older"](row)
    # On a GPU, or before there was a parameter that does nothing by default.
    for was in (
        settings(clone(estimator).set_params(device="cuda")),
        row["settings"].replace(', "warm_start": false', ""),
    ):
        assert was != row["settings"]
        assert not tables["is_older"](row | {"settings": was})
    other = settings(clone(estimator).set_params(mu=3.0))
    assert tables["is_older"](row | {"settings": other})
    assert tables["is_older"](row | {"date": "2000-01-01"})


def test_tables_of_the_results_are_those_of_the_files(results):
    tables = runpy.run_path(str(results / "tables.py"))
    fill = tables["fill"]
    for page in tables["PAGES"]:
        text = page.read_text(encoding="utf-8")
        assert fill(text) == text
    changed = text.replace("20,000 titles", "2 titles")
    assert changed != text
    assert fill(changed) == text
