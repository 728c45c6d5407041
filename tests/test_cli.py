"""Tests of the command line."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from skdeepcluster._cli import main
from skdeepcluster._cli._sources import find_source
from skdeepcluster.metrics import clustering_accuracy_score
from skdeepcluster.model_selection import NumberOfClusters

pytest.importorskip("skops")
pytest.importorskip("bokeh")

QUICK = ["--method", "LandmarkSpectralClustering"]
Y = np.repeat([0, 1, 2], 20)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def table(path="table.csv", **columns):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "customer": np.arange(100, 160),
            "in come": 1e4 * Y + rng.normal(size=60),
            "age": np.where(np.arange(60) == 5, np.nan, 30.5 + Y + rng.random(60) / 9),
            "home": np.where(np.arange(60) == 7, None, np.array(["a", "b", "c"])[Y]),
            "member": Y == 1,
            "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(60), "D"),
            "same": 1,
        }
    )
    frame.assign(**columns).to_csv(path, index=False)


def texts():
    words = np.array(["cat dog", "sun moon", "car bike"])[Y]
    lines = [f"{two} {two.split()[i % 2]}" for i, two in enumerate(words)]
    with open("lines.txt", "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


def images(folder, mode="L", side=8):
    folder.mkdir()
    for i, y in enumerate(Y):
        pixels = np.full((side, side, 3), 9 + i % 4, dtype=np.uint8)
        pixels[:, 2 * y : 2 * y + 2] = 250
        Image.fromarray(pixels).convert(mode).save(folder / f"{i:02d}.png")
    (folder / "notes.txt").write_text("no image")


def vectors(unit):
    rows = np.eye(3, 5)[Y] + np.random.default_rng(0).normal(size=(60, 5)) / 50
    lengths = np.linalg.norm(rows, axis=1, keepdims=True) if unit else 1 / 7
    np.save("rows.npy", rows / lengths)


def labels_in(path):
    with open(path, newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["row", "label"]
    return np.array([int(label) for _, label in rows])


MAKE = {
    "table.csv": lambda folder: table(),
    "lines.txt": lambda folder: texts(),
    "folder": lambda folder: images(folder / "folder"),
    "rows.npy": lambda folder: vectors(unit=True),
}


@pytest.mark.parametrize("data", MAKE)
def test_the_python_that_is_printed_does_the_same(folder, capsys, data):
    MAKE[data](folder)
    arguments = ["fit", data, "--n-clusters", "3", *QUICK, "--labels", "labels.csv"]
    main([*arguments, "--save", "model.skops", "--report", "report.html"])
    printed = capsys.readouterr().out
    found = labels_in("labels.csv")
    assert clustering_accuracy_score(Y, found) > 0.9
    assert (folder / "report.html").exists()
    script = printed[printed.index("import csv") : printed.index("Sizes of")]
    assert max(map(len, script.splitlines())) <= 88
    (folder / "labels.csv").unlink()
    (folder / "model.skops").unlink()
    exec(compile(script, "script", "exec"), {})
    assert (labels_in("labels.csv") == found).all()
    main(["predict", "model.skops", data])
    assert (labels_in("labels.csv") == found).all()
    sizes = ", ".join(f"{k}: {n}" for k, n in enumerate(np.bincount(found)))
    assert f"Sizes of the clusters: {sizes}\n" in printed


@pytest.mark.usefixtures("short_stages")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("data", ["rows.npy", "table.csv"])
def test_methods_and_seeds(folder, capsys, data):
    MAKE[data](folder)
    for name in ("one.csv", "two.csv"):
        arguments = ["fit", data, "--n-clusters", "3", "--method", "SpectralNet"]
        main([*arguments, "--seed", "7", "--device", "cpu", "--labels", name])
    assert (labels_in("one.csv") == labels_in("two.csv")).all()
    printed = capsys.readouterr().out
    assert 'clusterer = recipe("SpectralNet", ' in printed
    assert 'set_params(random_state=7, verbose=1, device="cpu")' in printed


@pytest.mark.parametrize(
    ("n_rows", "words"),
    [
        (2_000, "less than a minute"),
        (150_000, "about 3 minutes"),
        (9_000_000, "about 3 hours"),
    ],
)
def test_the_time_is_told_first(monkeypatch, capsys, n_rows, words):
    vectors(unit=True)
    source = find_source(Path("rows.npy"), None)
    source.n_rows = n_rows
    monkeypatch.setattr("skdeepcluster._cli._main.find_source", lambda *_: source)
    monkeypatch.setattr("skdeepcluster._cli._main._run", lambda script: {"labels": [0]})
    main(["fit", "rows.npy", "--n-clusters", "3"])
    assert f"This takes {words} on two cores." in capsys.readouterr().out


@pytest.mark.usefixtures("short_stages")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_tables_start_with_kmeans(capsys):
    table()
    main(["fit", "table.csv", "--n-clusters", "3", "--labels", "labels.csv"])
    printed = capsys.readouterr().out
    assert "set_params(init=KMeans(3, n_init=10), init_space=" in printed
    assert 'recipe("IDEC", "tables", 3)' in printed
    assert clustering_accuracy_score(Y, labels_in("labels.csv")) > 0.9


def test_columns_that_are_left_out_are_said(capsys):
    table()
    main(["fit", "table.csv", "--n-clusters", "3", *QUICK])
    printed = capsys.readouterr().out
    assert "'customer' is left out: it numbers the rows" in printed
    assert "'day' is left out: most rows have a value of their own" in printed
    assert "'same' is left out: it has no two values" in printed
    assert 'numbers = ["in come", "age"]' in printed
    assert 'categories = ["home", "member"]' in printed


def test_new_categories_and_missing_values_are_predicted():
    table()
    main(["fit", "table.csv", "--n-clusters", "3", *QUICK, "--save", "model.skops"])
    table("new.csv", home="elsewhere", age=np.nan, more=1)
    main(["predict", "model.skops", "new.csv", "--out", "new_labels.csv"])
    assert clustering_accuracy_score(Y, labels_in("new_labels.csv")) > 0.6


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("side", [8, 70])
def test_images_of_any_size_and_colour(folder, capsys, mode, side):
    images(folder / "old", mode, side)
    images(folder / "new", "RGB", 8)
    main(["fit", "old", "--n-clusters", "3", *QUICK, "--save", "model.skops"])
    shape = (1 if mode == "L" else 3, *[8 if side == 8 else 32] * 2)
    assert f"image_shape={shape}" in capsys.readouterr().out
    main(["predict", "model.skops", "new"])
    with open("labels.csv") as file:
        assert "59.png" in file.read()


@pytest.mark.parametrize(
    ("unit", "options", "kind"),
    [(True, [], "embeddings"), (False, [], "tables")]
    + [(True, ["--kind", "tables"], "tables")],
)
def test_kinds_of_arrays(capsys, unit, options, kind):
    vectors(unit)
    main(["fit", "rows.npy", "--n-clusters", "3", *QUICK, *options])
    printed = capsys.readouterr().out
    assert f'recipe("LandmarkSpectralClustering", "{kind}", 3)' in printed
    assert ("of unit length: taken as" in printed) == (not options)


@pytest.mark.parametrize("n_found", [3, None])
def test_the_number_of_clusters_is_found(capsys, monkeypatch, n_found):
    vectors(unit=True)
    found = NumberOfClusters(n_found, np.array([2, 3]), np.array([0.2, 0.5]))
    monkeypatch.setattr(
        "skdeepcluster.model_selection.find_n_clusters", lambda X, random_state: found
    )
    main(["fit", "rows.npy", "--n-clusters", "auto", *QUICK, "--labels", "labels.csv"])
    printed = capsys.readouterr().out
    assert clustering_accuracy_score(Y, labels_in("labels.csv")) > 0.9
    assert "\nClusters: 3\n" in printed
    assert ("\nNo number of clusters is stable" in printed) == (n_found is None)


def error_of(capsys, *arguments, status=2):
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    assert stopped.value.code == status
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "cannot be read as a table"),
        ("a;b\n1;2\n", "has no commas between its columns"),
        ("1,2\n3,4\n", "has numbers in its first line, 1, 2: put names"),
        ("a,b\n1,x\n2,x\n", "has no column that tells rows apart"),
        ("a,b\n1.5,x\n2.5,y\n2.1,x\n", "has 3 rows, which are too few for 3 clusters"),
    ],
)
def test_tables_that_are_none(folder, capsys, content, message):
    (folder / "bad.csv").write_text(content)
    assert message in error_of(capsys, "fit", "bad.csv", "--n-clusters", "3")


def test_wrong_commands(folder, capsys):
    table()
    fit = ["fit", "table.csv", "--n-clusters", "3"]
    assert "none.csv does not exist" in error_of(capsys, "fit", "none.csv", *fit[2:])
    assert "--kind texts is not for table.csv: give tables" in error_of(
        capsys, *fit, "--kind", "texts"
    )
    assert "there is no folder" in error_of(capsys, *fit, "--report", "no/report.html")
    assert "'NoNet' should be one of ['AttentionAutoencoder'" in error_of(
        capsys, *fit, "--method", "NoNet", status=1
    )
    assert "Autoencoder is no clusterer" in error_of(
        capsys, *fit, "--method", "Autoencoder"
    )
    assert "0 is not at least 1" in error_of(capsys, *fit[:3], "0")
    (folder / "image.psd").write_text("")
    assert "image.psd is of no known kind" in error_of(
        capsys, "fit", "image.psd", *fit[2:]
    )
    (folder / "empty").mkdir()
    assert "empty has no images" in error_of(capsys, "fit", "empty", *fit[2:])
    np.save("cube.npy", np.zeros((9, 2, 2)))
    assert "Reshape it: X.reshape(len(X), -1)" in error_of(
        capsys, "fit", "cube.npy", *fit[2:]
    )
    assert "model is no file" in error_of(capsys, "predict", "model", "table.csv")


def test_a_table_without_a_column_of_the_model(capsys):
    table()
    main(["fit", "table.csv", "--n-clusters", "3", *QUICK, "--save", "model.skops"])
    pd.read_csv("table.csv").drop(columns="age").to_csv("new.csv")
    message = error_of(capsys, "predict", "model.skops", "new.csv")
    assert "new.csv has no column 'age', which the model was fitted with" in message


@pytest.mark.parametrize(
    ("module", "option"),
    [("skops", ["--save", "m.skops"]), ("bokeh", ["--report", "r.html"])]
    + [("pandas", [])],
)
def test_missing_packages_are_named_before_anything_runs(
    capsys, monkeypatch, module, option
):
    table()
    monkeypatch.setattr(
        "skdeepcluster._cli._sources.find_spec", lambda name: name != module
    )
    message = error_of(capsys, "fit", "table.csv", "--n-clusters", "3", *option)
    assert f"needs {module}; install it with `pip install {module}`" in message


def test_as_a_module():
    table()
    command = [sys.executable, "-m", "skdeepcluster", "fit", "table.csv"]
    done = subprocess.run(
        [*command, "--n-clusters", "3", *QUICK, "--labels", "labels.csv"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    assert "Written: labels.csv" in done.stdout
    assert clustering_accuracy_score(Y, labels_in("labels.csv")) > 0.9
    failed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert failed.returncode == 2
    assert "--n-clusters" in failed.stderr
