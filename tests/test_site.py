"""The documentation site builds without a warning, but for the gallery's examples."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BUILT = ("_build", "auto_examples", "generated", "sg_execution_times.rst")

pytest.importorskip("sphinx_gallery")


def test_the_site_builds_without_a_warning(tmp_path):
    for name in ("doc", "examples"):
        shutil.copytree(
            ROOT / name,
            tmp_path / name,
            ignore=shutil.ignore_patterns(*BUILT),
        )
    shutil.copy(ROOT / "CHANGES.md", tmp_path)
    arguments = ["-W", "--keep-going", "-D", "plot_gallery=0", "-b", "html", "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *arguments, "doc", "site"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pages = {
        str(path.relative_to(tmp_path / "site")): path.read_text(encoding="utf-8")
        for path in (tmp_path / "site").rglob("*.html")
    }
    assert {"index.html", "auto_examples/workflow/plot_tour.html"} <= set(pages)
    # The guide and the API lead to each other, and to scikit-learn.
    guide = pages["guide/index.html"]
    assert 'href="../generated/skdeepcluster.DEC.html#skdeepcluster.DEC"' in guide
    assert 'href="../guide/centroid.html"' in pages["generated/skdeepcluster.DEC.html"]
    assert "modules/generated/sklearn.preprocessing.MinMaxScaler.html" in guide
    # Formulas, and all else, are drawn without a network.
    assert "<math " in pages["guide/centroid.html"]
    loaded = re.compile(r'<(script|link)\b[^>]* (src|href)="https?:')
    assert [name for name, page in pages.items() if loaded.search(page)] == []
