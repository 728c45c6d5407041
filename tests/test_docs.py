"""The Python blocks of the README and the documentation run, page by page."""

import re
import runpy
import sys
import types
from pathlib import Path

import matplotlib
import numpy as np
import pytest

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


def test_tables_of_the_results_are_those_of_the_files():
    tables = runpy.run_path(str(ROOT / "doc" / "results" / "tables.py"))
    fill = tables["fill"]
    for page in tables["PAGES"]:
        text = page.read_text(encoding="utf-8")
        assert fill(text) == text
    changed = text.replace("20,000 titles", "2 titles")
    assert changed != text
    assert fill(changed) == text
