"""The documentation site builds without a warning, but for the gallery's examples."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

pytest.importorskip("sphinx_gallery")


def test_the_site_builds_without_a_warning(tmp_path):
    for name in ("doc", "examples"):
        shutil.copytree(
            ROOT / name,
            tmp_path / name,
            ignore=shutil.ignore_patterns("_build", "auto_examples", "generated"),
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
    pages = ["index", "guide/choosing", "results", "auto_examples/workflow/plot_tour"]
    assert all((tmp_path / "site" / f"{page}.html").exists() for page in pages)
