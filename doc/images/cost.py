"""Draw cost.png, what grows with the rows, from doc/results/cost.csv.

python doc/images/cost.py
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "results"))
from cost import FAMILIES, measured, values  # noqa: E402

PANELS = {
    "seconds": "seconds of a fit",
    "predict_seconds": "seconds of a prediction of all rows",
    "memory_mib": "peak of the memory in a fit, MiB",
}

found = measured()
figure, axes = plt.subplots(1, 3, figsize=(12, 4.6), layout="constrained")
for ax, (column, title) in zip(axes, PANELS.items(), strict=True):
    for number, (family, (method, *_)) in enumerate(FAMILIES.items()):
        points = values(found[method], column)
        ax.plot(
            *zip(*points.items(), strict=True),
            marker="o",
            color=f"C{number}",
            label=method if method == "kmeans" else f"{method} ({family})",
        )
    ax.set(xscale="log", yscale="log", xlabel="rows", title=title)
    ax.grid(color="0.93")
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
handles, names = axes[0].get_legend_handles_labels()
figure.legend(handles, names, loc="outside lower center", ncols=4, frameon=False)
figure.savefig(HERE / "cost.png", dpi=90)
