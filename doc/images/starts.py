"""Draw starts.png, the six starts of the guide, from doc/results/starts.csv.

python doc/images/starts.py
"""

import csv
from itertools import groupby
from pathlib import Path

import matplotlib.pyplot as plt

HERE = Path(__file__).parent
DEFAULT = ("k-means", "graph degree linkage")

with open(HERE.parent / "results" / "starts.csv", encoding="utf-8") as file:
    rows = list(csv.DictReader(file))
names = list(dict.fromkeys(row["start"] for row in rows))
data = {name: list(group) for name, group in groupby(rows, lambda row: row["data"])}

figure, ax = plt.subplots(figsize=(8, 0.45 * len(data) + 1.4), layout="constrained")
for line, found in enumerate(data.values()):
    candidates = [row for row in found if row["start"] in DEFAULT]
    chosen = max(candidates, key=lambda row: float(row["information"]))
    ax.plot([0, 100], [line, line], color="0.9", zorder=0)
    for row in found:
        color = f"C{names.index(row['start'])}"
        ax.scatter(
            100 * float(row["nmi"]),
            line,
            s=70,
            edgecolors=color,
            facecolors=color if row is chosen else "white",
        )
for number, name in enumerate(names):
    ax.scatter([], [], s=70, edgecolors=f"C{number}", facecolors="white", label=name)
ax.scatter([], [], s=70, color="0.5", label="filled: the default")
ax.set(xlim=(0, 100), xlabel="NMI with the classes, %", yticks=range(len(data)))
ax.set_yticklabels(data)
ax.invert_yaxis()
ax.spines[["top", "right"]].set_visible(False)
figure.legend(loc="outside right upper", frameon=False)
figure.savefig(HERE / "starts.png", dpi=80)
