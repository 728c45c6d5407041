"""Write the inventories of other projects' pages, so that no build needs a network.

Each project names the pages of its objects by a rule of its own. Names that the rule
does not fit stand with their address. A name that is missing here is just not linked.
"""

import zlib
from importlib import import_module

from sklearn.utils.discovery import all_displays, all_estimators, all_functions

PROJECTS = {
    "python": (
        "https://docs.python.org/3/",
        "library/{module}.html",
        "pathlib.Path pickle.dumps pickle.loads tempfile.TemporaryDirectory "
        "time.perf_counter warnings.catch_warnings warnings.simplefilter "
        "OSError=library/exceptions.html#OSError "
        "ValueError=library/exceptions.html#ValueError "
        "FutureWarning=library/exceptions.html#FutureWarning",
    ),
    "numpy": (
        "https://numpy.org/doc/stable/",
        "reference/generated/{name}.html",
        "numpy.arange numpy.array numpy.asarray numpy.bincount numpy.column_stack "
        "numpy.flatnonzero numpy.hstack numpy.isin numpy.linspace numpy.load "
        "numpy.ndarray numpy.ptp numpy.unique numpy.vstack numpy.where "
        "numpy.random.default_rng=reference/random/generator.html"
        "#numpy.random.default_rng "
        "numpy.random.RandomState=reference/random/legacy.html"
        "#numpy.random.RandomState",
    ),
    "scipy": (
        "https://docs.scipy.org/doc/scipy/",
        "reference/generated/{name}.html",
        "scipy.optimize.linear_sum_assignment scipy.sparse.csr_array "
        "scipy.special.logit",
    ),
    "sklearn": (
        "https://scikit-learn.org/stable/",
        "modules/generated/{name}.html",
        "sklearn.base.clone sklearn.callback.ProgressBar "
        "sklearn.callback.ScoringMonitor sklearn.compose.make_column_selector "
        "sklearn.compose.make_column_transformer sklearn.datasets.get_data_home "
        "sklearn.datasets.load_digits sklearn.datasets.load_iris "
        "sklearn.datasets.make_blobs sklearn.datasets.make_moons "
        "sklearn.exceptions.ConvergenceWarning sklearn.frozen.FrozenEstimator "
        "sklearn.utils.Bunch",
    ),
    "torch": (
        "https://docs.pytorch.org/docs/stable/",
        "generated/{name}.html",
        "torch.from_numpy torch.nn.GELU torch.nn.LayerNorm torch.nn.Linear "
        "torch.nn.Module torch.nn.Sequential torch.optim.Adam torch.optim.AdamW "
        "torch.optim.SGD torch.optim.lr_scheduler.StepLR torch.set_num_threads "
        "torch.tensor torch.use_deterministic_algorithms "
        "torch.utils.data.DataLoader=data.html#torch.utils.data.DataLoader",
    ),
    "skorch": (
        "https://skorch.readthedocs.io/en/stable/",
        "callbacks.html",
        "skorch.callbacks.BatchScoring skorch.callbacks.Checkpoint "
        "skorch.callbacks.EarlyStopping skorch.callbacks.EpochScoring "
        "skorch.callbacks.GradientNormClipping skorch.callbacks.LRScheduler "
        "skorch.callbacks.PrintLog "
        "skorch.NeuralNet=net.html#skorch.net.NeuralNet",
    ),
    "matplotlib": (
        "https://matplotlib.org/stable/",
        "api/_as_gen/{name}.html",
        "matplotlib.axes.Axes.bar matplotlib.axes.Axes.barh "
        "matplotlib.axes.Axes.imshow matplotlib.axes.Axes.scatter "
        "matplotlib.pyplot.figure matplotlib.pyplot.show "
        "matplotlib.pyplot.subplot_mosaic matplotlib.pyplot.subplots",
    ),
    "pandas": (
        "https://pandas.pydata.org/docs/",
        "reference/api/{name}.html",
        "pandas.DataFrame pandas.crosstab pandas.read_csv",
    ),
}


def write_inventories(folder):
    """Write an inventory for each project, and return intersphinx's mapping."""
    folder.mkdir(parents=True, exist_ok=True)
    mapping = {}
    for project, (url, page, entries) in PROJECTS.items():
        names = dict(entry.partition("=")[::2] for entry in entries.split())
        if project == "sklearn":
            names.update(dict.fromkeys(_names_of_sklearn(), ""))
        lines = [
            f"{name} py:{_role(name)} 1 {address or _address(page, name)} -\n"
            for name, address in sorted(names.items())
        ]
        head = (
            "# Sphinx inventory version 2\n"
            f"# Project: {project}\n"
            "# Version: stable\n"
            "# The remainder of this file is compressed using zlib.\n"
        )
        path = folder / f"{project}.inv"
        path.write_bytes(head.encode() + zlib.compress("".join(lines).encode()))
        mapping[project] = (url, str(path))
    return mapping


def _address(page, name):
    module = name.rpartition(".")[0]
    return page.format(name=name, module=module) + f"#{name}"


def _role(name):
    *_, owner, last = ["", *name.split(".")]
    if last[0].isupper():
        return "class"
    return "method" if owner[:1].isupper() else "function"


def _names_of_sklearn():
    for name, thing in [*all_estimators(), *all_functions(), *all_displays()]:
        path = thing.__module__.split(".")
        public = [part for part in path if part[0] != "_"]
        # What stands in a private module is told of where its package has it.
        if public != path and hasattr(import_module(".".join(public[:2])), name):
            public = public[:2]
        # The tools for developers have names that are words, such as device.
        if public[1:2] != ["utils"]:
            yield ".".join([*public, name])
