"""The Python that clusters a file, or predicts the clusters of one."""

_STANDARD = ("import csv", "from pathlib import Path")

_LABELS = """\
with open({path}, "w", newline="") as file:
    csv.writer(file).writerows([("row", "label"), *zip({names}, labels)])
"""

_FOUND = """\
found = find_n_clusters({features}, random_state={seed})
n_clusters = found.n_clusters
if n_clusters is None:
    print("No number of clusters is stable: the most stable one is taken.")
    n_clusters = found.candidates[found.stability.argmax()]
print(f"Clusters: {{n_clusters}}")
"""


def fit_script(
    source, method, n_clusters, seed, settings, outputs, *, starts_with_kmeans
):
    """Return a script that fits a model.

    Parameters
    ----------
    source : Source
        The data.

    method : str
        Name of the clusterer.

    n_clusters : int or None
        Number of clusters; None means to find it.

    seed : int
        Seed of what finds the number.

    settings : dict
        Parameters of the clusterer.

    outputs : dict of str
        Files to write: "report", "save", "labels".

    starts_with_kmeans : bool
        Whether the clusterer starts with k-means of the rows.

    Returns
    -------
    str
        The script; it makes ``X``, ``model`` and ``labels``.
    """
    imports = source.imports | {"from skdeepcluster.recipes import recipe"}
    lines = [*source.definitions, *source.read]
    if source.prepare:
        imports.add("from sklearn.pipeline import make_pipeline")
        lines.append(f"prepare = {source.prepare}")
    if n_clusters is None:
        imports.add("from skdeepcluster.model_selection import find_n_clusters")
        features = "prepare.fit_transform(X)" if source.prepare else "X"
        lines += _FOUND.format(features=features, seed=seed).splitlines()
    number = n_clusters or "n_clusters"
    shape = f", image_shape={source.image_shape}" if source.image_shape else ""
    lines += [
        f"clusterer = recipe({quoted(method)}, {quoted(source.kind)}, {number}{shape})",
    ]
    if starts_with_kmeans:
        imports.add("from sklearn.cluster import KMeans")
        start = f'init=KMeans({number}, n_init=10), init_space="data"'
        lines.append(f"clusterer.set_params({start})")
    if settings:
        given = ", ".join(f"{name}={quoted(value)}" for name, value in settings.items())
        lines.append(f"clusterer.set_params({given})")
    model = "make_pipeline(prepare, clusterer)" if source.prepare else "clusterer"
    lines += [f"model = {model}", "labels = model.fit_predict(X)"]
    if "labels" in outputs:
        imports.add("import csv")
        lines += _labels(source, outputs["labels"])
    if "save" in outputs:
        imports.add("import skops.io")
        lines.append(f"skops.io.dump(model, {quoted(outputs['save'])})")
    if "report" in outputs:
        imports.add("from skdeepcluster.inspection import write_report")
        page = quoted(outputs["report"])
        lines.append(f"write_report(model, X, {page}{shape})")
    return _script(imports, lines)


def predict_script(source, model, output):
    """Return a script that predicts clusters.

    Parameters
    ----------
    source : Source
        The new data.

    model : str
        File of the model.

    output : str
        File for the labels.

    Returns
    -------
    str
        The script; it makes ``labels``.
    """
    # What only a fit needs.
    is_read = {"import numpy as np", "import pandas as pd", "from PIL import Image"}
    imports = source.imports & {*is_read, *_STANDARD}
    imports |= {
        "import csv",
        "import skops.io",
        "from skdeepcluster.export import trusted_types",
    }
    lines = [
        *source.read,
        f"model = skops.io.load({quoted(model)}, trusted=trusted_types())",
        "labels = model.predict(X)",
        *_labels(source, output),
    ]
    return _script(imports, lines)


def _labels(source, path):
    return _LABELS.format(path=quoted(path), names=source.names).splitlines()


def quoted(value):
    """Return the Python of a value, with the quotes that people use.

    Parameters
    ----------
    value : object
        A number or a string.

    Returns
    -------
    str
        The Python.
    """
    text = repr(value)
    is_plain = text[0] == "'" and not {'"', "\\"}.intersection(text)
    return f'"{text[1:-1]}"' if is_plain else text


def _script(imports, lines):
    """Return a script, with its imports in the usual order."""
    names = {}
    for line in sorted(imports, key=str.lower):
        module, _, name = line.partition(" import ")
        names.setdefault(module, []).extend([name] if name else [])
    groups = [], [], []
    for module in sorted(names, key=lambda module: module[:4] == "from"):
        line = " import ".join([module, *filter(None, [", ".join(names[module])])])
        is_ours = module.startswith("from skdeepcluster")
        groups[0 if line in _STANDARD else 1 + is_ours].append(line)
    blocks = ["\n".join(group) for group in groups if group]
    return "\n\n".join([*blocks, "\n".join(lines)]) + "\n"
