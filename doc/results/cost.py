"""The table of cost.csv, the rows of examples/measurements/cost.py.

Printed by `python doc/results/cost.py`; a slope in bold says that the seconds grow
faster than the rows.
"""

import csv
from math import log10
from pathlib import Path

FILE = Path(__file__).with_name("cost.csv")
ROWS = (1_000, 10_000, 100_000, 1_000_000)
# Beyond what measuring scatters.
STEEP = 1.1
# The first of each family stands for it in a picture.
FAMILIES = {
    "k-means": ["kmeans"],
    "graph": [
        "GraphDegreeLinkage",
        "GraphDegreeLinkage, pynndescent",
        "LandmarkSpectralClustering",
    ],
    "centroid": ["IDEC", "DEC"],
    "mixture": ["KDVAE", "DAMIC", "VaDE"],
    "spectral": ["SpectralNet", "DSCDAN"],
    "subspace": ["DSCNet"],
    "attention": ["DVAEC"],
    "information": ["IMSAT"],
    "adversarial": ["ClusterGAN"],
    "inductive": ["InductiveClusterer"],
}
HEAD = (
    f"| seconds of a fit to | {' | '.join(f'{n:,} rows' for n in ROWS)} | slope "
    "| memory, MiB | ACC | rows predicted a second |\n"
    f"|:--{'|--:' * (len(ROWS) + 4)}|\n"
)


def measured():
    """Return each method's rows of the file by their number of rows."""
    found = {}
    with open(FILE, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["method"], {})[int(row["rows"])] = row
    return found


def values(runs, column):
    """Return what was measured of a method's runs, by the rows; 0 is too short."""
    found = {n: float(run[column] or 0) for n, run in sorted(runs.items())}
    return {n: value for n, value in found.items() if value}


def slope(seconds):
    """Return log seconds over log rows in the last decade, None of less than one."""
    last = max(seconds, default=0)
    first = seconds.get(last / 10)
    return log10(seconds[last] / first) if first else None


def cost_table():
    """Return the table."""
    found = measured()
    methods = [name for family in FAMILIES.values() for name in family]
    return HEAD + "".join(_line(name, found[name]) for name in methods if name in found)


def _line(method, runs):
    seconds = values(runs, "seconds")
    cells = [f"`{method}`", *(_cell(runs.get(n), seconds.get(n)) for n in ROWS)]
    last = runs[max(seconds)]
    cells += [_slope(seconds), f"{float(last['memory_mib']):,.0f}"]
    cells += [f"{100 * float(last['acc']):.1f}"]
    cells.append(_speed(values(runs, "predict_seconds")))
    return "| " + " | ".join(cells) + " |\n"


def _slope(seconds):
    steepness = slope(seconds)
    if steepness is None:
        return ""
    return f"**{steepness:.2f}**" if steepness > STEEP else f"{steepness:.2f}"


def _speed(predicting):
    if not predicting:
        return ""
    n, seconds = max(predicting.items())
    return f"{float(f'{n / seconds:.2g}'):,.0f}"


def _cell(run, seconds):
    if run is None:
        return ""
    if seconds is None:
        limit = run["error"].removeprefix("stopped after ")
        return "refused" if limit == run["error"] else f"> {limit}"
    return f"{seconds:,.0f}" if seconds >= 10 else f"{seconds:.2g}"


if __name__ == "__main__":
    print(cost_table(), end="")
