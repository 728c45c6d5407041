"""Draw results.png, the summary of the results page, from doc/results/results.csv.

python doc/images/results.py
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "results"))
from tables import COLUMNS, summary  # noqa: E402

COLORS = ["#c7c7c7", "#bcbddc", "#9ecae1", "#3182bd", "#e6550d"]

scores = {
    data: [100 * entry["acc_mean"] if entry else np.nan for entry in entries]
    for data, entries in summary().items()
}
figure, ax = plt.subplots(figsize=(9, 10), layout="constrained")
lines = np.arange(len(scores))
bars = zip(COLUMNS, COLORS, np.array(list(scores.values())).T, strict=True)
for number, (column, color, values) in enumerate(bars):
    heights = lines + 0.17 * (number - 2)
    ax.barh(heights, values, 0.16, color=color, label=column)
    for y, value in zip(heights, values, strict=True):
        if np.isfinite(value):
            ax.text(value + 0.6, y, f"{value:.0f}", va="center", fontsize=7)
ax.set(xlim=(0, 100), xlabel="accuracy under the best matching, %", yticks=lines)
ax.set_yticklabels(scores)
ax.margins(y=0.01)
ax.invert_yaxis()
ax.spines[["top", "right"]].set_visible(False)
figure.legend(loc="outside upper center", ncols=5, frameon=False)
figure.savefig(HERE / "results.png", dpi=100)
