"""Draw time.png: accuracies against seconds, from doc/results/results.csv.

Means over the seeds of what was measured on a CPU, pre-training counted.

    python doc/images/time.py
"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.patheffects import withStroke

from skdeepcluster.benchmark import BenchmarkResult

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "results"))
from tables import ON_GPU, RIVALS, runs, seconds  # noqa: E402

PANELS = {
    "mnist-test": "MNIST, the last 10,000",
    "mnist": "MNIST, all 70,000",
    "stackoverflow": "Stack Overflow, 20,000 titles",
}
STYLES = {
    "clusterers of this library": {"marker": "o", "color": "C0", "s": 45},
    "others, of its autoencoders": {"marker": "^", "color": "C2", "s": 40},
    "without this library": {"marker": "s", "color": "C1", "s": 45},
}
OWN, OF_CODES, RIVAL = STYLES
# Where a name may stand, in points from its dot.
PLACES = [(6, 0), (-6, 0), (0, 8), (0, -8), (5, 7), (5, -7), (-5, 7), (-5, -7)]
PLACES += [(3 * x, 2.5 * y) for x, y in PLACES[2:]]


def style_of(method):
    """Return the name of a method's style."""
    if method in RIVALS:
        return RIVAL
    return OF_CODES if method.endswith(("+kmeans", "+gmm")) else OWN


def points(dataset):
    """Return the seconds and the accuracy of each method."""
    rows = [row for row in runs() if row["dataset"] == dataset]
    rows = [row for row in rows if ON_GPU not in row["settings"] and not row["error"]]
    return {
        entry["method"]: (seconds(entry), 100 * entry["acc_mean"])
        for entry in BenchmarkResult(rows, {}).summary()
    }


def fastest(found):
    """Return the methods than which none is both faster and better."""
    front, best = [], 0
    for method in sorted(found, key=found.get):
        if found[method][1] > best:
            front.append(method)
            best = found[method][1]
    return front


def write_names(ax, found, important):
    """Write the names at the points, where there is room for them."""
    dots = ax.transData.transform(list(found.values()))
    taken = []
    for method in sorted(found, key=lambda m: (m not in important, -found[m][1])):
        size = 8.5 if method in important else 6.5
        for x, y in PLACES:
            text = ax.annotate(
                method,
                found[method],
                (x, y),
                textcoords="offset points",
                ha="left" if x > 0 else "right" if x < 0 else "center",
                va="center",
                fontsize=size,
                color="black" if method in important else "0.4",
                path_effects=[withStroke(linewidth=2, foreground="white")],
            )
            box = text.get_window_extent().padded(1)
            is_inside = ax.bbox.containsx(box.x0) and ax.bbox.containsx(box.x1)
            hits_dots = any(box.padded(2).contains(*dot) for dot in dots)
            if is_inside and not hits_dots and not any(map(box.overlaps, taken)):
                taken.append(box)
                break
            text.remove()


scores = {dataset: points(dataset) for dataset in PANELS}
figure, axes = plt.subplots(1, 3, figsize=(13, 5), sharey=True, layout="constrained")
for ax, (dataset, found) in zip(axes, scores.items(), strict=True):
    front = zip(*(found[method] for method in fastest(found)), strict=True)
    ax.step(*front, where="post", color="0.85", zorder=0)
    for method, point in found.items():
        ax.scatter(*point, **STYLES[style_of(method)], edgecolors="white", zorder=3)
    ax.set(xscale="log", xlabel="seconds", title=PANELS[dataset], ylim=(50, 100))
    ax.margins(x=0.15)
    ax.grid(color="0.95")
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("accuracy under the best matching, %")
for name, style in STYLES.items():
    axes[0].scatter([], [], label=name, **style)
axes[0].plot([], [], color="0.85", label="none is faster and better")
figure.legend(loc="outside upper center", ncols=4, frameon=False)
# When all else has its place.
figure.draw_without_rendering()
for ax, found in zip(axes, scores.values(), strict=True):
    rivals = {method for method in found if style_of(method) == RIVAL}
    write_names(ax, found, rivals.union(fastest(found)))
figure.savefig(HERE / "time.png", dpi=90)
