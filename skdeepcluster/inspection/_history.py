"""The course of a training as curves."""

from __future__ import annotations

from itertools import groupby
from numbers import Real
from typing import TYPE_CHECKING, Any, Self

from sklearn.pipeline import Pipeline

from .._compat import validate_params
from ._base import AXES, PALETTE, pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_COLUMNS = 3
_MOST_TERMS = 4  # in a row of the legend
_ROW_HEIGHT = 1.7  # inches
_TITLES = {"n_used_clusters": "clusters in use", "label_change": "changed labels"}
_LINES = ("-", "--", ":", "-.")


class HistoryDisplay:
    """Curves of the losses in each stage of a training, and of the clusters in use.

    A stage has a panel of its own, because its loss has a scale of its own, with the
    loss and the terms that it is the sum of. In rows beneath is what was measured
    besides: the number of clusters in use, the share of labels that changed, and what
    else a method watches.

    It is recommended to use :meth:`from_estimator` or :meth:`from_history` to create
    a display. All parameters are stored as attributes.

    Parameters
    ----------
    history : list of dict
        One row for each epoch, with `stage`, `epoch` and `train_loss`. Numbers that
        stand before `train_loss` are what was measured, and may be missing in some
        rows; those after it, without `seconds`, are the loss's terms.

    Attributes
    ----------
    axes_ : list of matplotlib Axes
        The panels: one for each stage, then one for each measured number.

    figure_ : matplotlib Figure
        Figure containing the panels.

    See Also
    --------
    ClusterSizesDisplay : The clusters after the training.

    Examples
    --------
    >>> from skdeepcluster.inspection import HistoryDisplay
    >>> history = [
    ...     {"stage": "reconstruct", "epoch": 1, "train_loss": 0.3},
    ...     {"stage": "reconstruct", "epoch": 2, "train_loss": 0.2},
    ...     {"stage": "cluster", "epoch": 1, "n_used_clusters": 3, "train_loss": 5.0},
    ... ]
    >>> display = HistoryDisplay.from_history(history)
    >>> [ax.get_title() for ax in display.axes_]
    ['reconstruct', 'cluster', 'cluster: clusters in use']
    """

    def __init__(self, *, history: list[dict[str, Any]]) -> None:
        self.history = history

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Axes | None = None) -> Self:
        """Plot the training of a fitted estimator.

        Parameters
        ----------
        estimator : object
            Fitted estimator with `history_`, or a
            :class:`~sklearn.pipeline.Pipeline` that ends in one.

        ax : matplotlib Axes, default=None
            Axes whose place in a grid of subplots the panels take. If None, a new
            figure is made.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.HistoryDisplay`
            The plotted display.

        Raises
        ------
        ValueError
            If the estimator has no `history_`, or it is empty.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skdeepcluster import Autoencoder
        >>> from skdeepcluster.inspection import HistoryDisplay
        >>> autoencoder = Autoencoder(2, hidden_layer_sizes=(8,), max_epochs=3)
        >>> autoencoder.fit(load_iris().data)
        Autoencoder(...)
        >>> HistoryDisplay.from_estimator(autoencoder)
        <...HistoryDisplay object at ...>
        """
        last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
        if not hasattr(last, "history_"):
            raise ValueError(
                f"estimator={estimator!r} has no history_; expected a fitted estimator "
                "of this package, or a pipeline that ends in one. Call fit first."
            )
        return cls.from_history(last.history_, ax=ax)

    @classmethod
    def from_history(
        cls, history: list[dict[str, Any]], *, ax: Axes | None = None
    ) -> Self:
        """Plot the rows of a training.

        Parameters
        ----------
        history : list of dict
            One row for each epoch, as in `history_`.

        ax : matplotlib Axes, default=None
            Axes whose place in a grid of subplots the panels take. If None, a new
            figure is made.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.HistoryDisplay`
            The plotted display.

        Raises
        ------
        ValueError
            If `history` is empty, or a row has no `stage`, `epoch` or `train_loss`.

        Examples
        --------
        >>> from skdeepcluster.inspection import HistoryDisplay
        >>> row = {"stage": "cluster", "epoch": 1, "train_loss": 0.5}
        >>> len(HistoryDisplay.from_history([row]).axes_)
        1
        """
        if not isinstance(history, list) or not history:
            raise ValueError(
                f"history={history!r} is empty, or no list; expected a row for each "
                "epoch. Fit with at least one epoch."
            )
        for number, row in enumerate(history):
            missing = {"stage", "epoch", "train_loss"} - set(
                row if isinstance(row, dict) else ()
            )
            if missing:
                raise ValueError(
                    f"history[{number}]={row!r} has no {min(missing)!r}; "
                    "expected a row of an estimator's history_. Pass history_ as it is."
                )
        return cls(history=history).plot(ax=ax)

    @validate_params(AXES)
    def plot(self, ax: Axes | None = None) -> Self:
        """Plot the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes whose place in a grid of subplots the panels take. If None, a new
            figure is made.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.HistoryDisplay`
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.

        ValueError
            If `ax` is not part of a grid of subplots.
        """
        plt = pyplot(self)
        losses, measures = _panels(self.history)
        n_columns = min(_MOST_COLUMNS, max(len(losses), len(measures)))
        n_rows = sum(-(-len(panels) // n_columns) for panels in (losses, measures))
        terms = list(dict.fromkeys(name for _, curves in losses for name in curves))
        has_legend = len(terms) > 1
        # One legend for all panels, in a low row of its own.
        heights = [1.0] * n_rows + [0.15 * -(-len(terms) // _MOST_TERMS)] * has_legend
        if ax is None:
            height = _ROW_HEIGHT * max(n_rows, 2)
            self.figure_ = plt.figure(figsize=(6, height), layout="constrained")
            grid = self.figure_.add_gridspec(
                len(heights), n_columns, height_ratios=heights
            )
        else:
            place = ax.get_subplotspec()
            if place is None:
                raise ValueError(
                    f"ax={ax!r} is not part of a grid of subplots, whose place the "
                    "panels could take. Make it by matplotlib.pyplot.subplots."
                )
            self.figure_ = ax.figure
            ax.set_axis_off()
            grid = place.subgridspec(len(heights), n_columns, height_ratios=heights)
        self.axes_ = []
        first = 0
        for panels in (losses, measures):
            for number, (title, curves) in enumerate(panels):
                row, column = divmod(number, n_columns)
                # The last panel takes what is left of its row.
                is_last = number == len(panels) - 1
                cell = grid[first + row, column : None if is_last else column + 1]
                panel = self.figure_.add_subplot(cell)
                _plot_curves(panel, title, curves, terms)
                if panels is losses and column == 0:
                    panel.set_ylabel("Loss", fontsize="x-small")
                self.axes_.append(panel)
            first += -(-len(panels) // n_columns)
        if has_legend:
            lines = {
                line.get_label(): line for panel in self.axes_ for line in panel.lines
            }
            below = self.figure_.add_subplot(grid[-1, :])
            below.set_axis_off()
            below.legend(
                [lines[_label(name)] for name in terms],
                [_label(name) for name in terms],
                loc="center",
                ncols=_MOST_TERMS,
                fontsize="x-small",
                frameon=False,
            )
        return self


def _panels(history):
    """Return panels of losses and of measures, pairs of a title and its curves."""
    losses, measures = [], []
    for stage, rows in groupby(history, key=lambda row: row["stage"]):
        terms, measured = _curves(rows)
        losses.append((stage, terms))
        measures += [
            (f"{stage}: {_TITLES.get(name, name)}", {name: curve})
            for name, curve in measured.items()
        ]
    return losses, measures


def _curves(rows):
    """Return the loss with its terms, and what was measured, over the epochs."""
    terms, measured = {}, {}
    for row in rows:
        curves = measured
        for name, value in row.items():
            if name == "train_loss":
                curves = terms
            if isinstance(value, Real) and name not in ("epoch", "seconds"):
                curves.setdefault(name, []).append((row["epoch"], value))
    return terms, measured


def _label(name):
    return "sum" if name == "train_loss" else name


def _plot_curves(ax, title, curves, terms):
    for name, curve in curves.items():
        number = terms.index(name) if name in terms else 0
        ax.plot(
            *zip(*curve, strict=True),
            color=PALETTE[number % len(PALETTE)],
            linestyle=_LINES[number % len(_LINES)],
            marker=".",
            markersize=3,
            linewidth=1.2,
            label=_label(name),
        )
        if name in _TITLES:
            ax.set_ylim(bottom=0)
    ax.set_title(title, fontsize="small")
    ax.set_xlabel("Epoch", fontsize="x-small")
    ax.tick_params(labelsize="x-small")
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.spines[["top", "right"]].set_visible(False)
