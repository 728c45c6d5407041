"""The examples of the gallery: their form, and some of them run."""

import ast
import runpy
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
GALLERY = sorted(EXAMPLES.glob("*/plot_*.py"))
MEASUREMENTS = sorted(EXAMPLES.glob("measurements/*.py"))
QUICK = ["plot_mixed_table.py", "plot_saving.py", "plot_tour.py"]


def name(path):
    return path.name


@pytest.mark.parametrize("path", GALLERY, ids=name)
def test_form(path):
    source = path.read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(source))
    above, title, below, empty, text = docstring.split("\n", 4)
    assert above == below == "=" * len(below)
    assert len(title) == len(below)
    assert empty == ""
    assert text
    assert "\n# %%\n" in source
    assert source.endswith("plt.show()\n")


@pytest.mark.parametrize("path", MEASUREMENTS, ids=name)
def test_measurements_compile(path):
    compile(path.read_text(encoding="utf-8"), str(path), "exec")


@pytest.mark.parametrize("path", GALLERY, ids=name)
def test_data_without_a_network(path):
    source = path.read_text(encoding="utf-8")
    assert ("fetch_" in source) == ("except OSError:" in source)


def test_every_folder_has_a_header():
    folders = {path.parent for path in GALLERY} | {EXAMPLES}
    assert all((folder / "GALLERY_HEADER.rst").exists() for folder in folders)
    assert len({path.name for path in GALLERY}) == len(GALLERY)


@pytest.mark.usefixtures("short_stages")
@pytest.mark.parametrize("path", [p for p in GALLERY if p.name in QUICK], ids=name)
def test_runs(path):
    matplotlib.use("Agg")
    try:
        runpy.run_path(str(path), run_name="__main__")
        assert plt.get_fignums()
    finally:
        plt.close("all")
