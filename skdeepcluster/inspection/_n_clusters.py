"""The stability of clusters over their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from .._compat import RANDOM_STATE, validate_params
from ..model_selection import find_n_clusters
from ._base import AXES, PALETTE, pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

    from .._typing import Data, RandomState


class NumberOfClustersDisplay:
    """A curve of how stable clusters are, over their number.

    It is recommended to use :meth:`from_data` to create a display. All parameters are
    stored as attributes.

    Parameters
    ----------
    n_clusters : int or None
        The number that was found, if any.

    candidates : ndarray of shape (n_candidates,), dtype int
        The numbers that were tried.

    stability : ndarray of shape (n_candidates,)
        How much the clusters that different rows lead to agree.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the curve.

    figure_ : matplotlib Figure
        Figure containing the axes.

    line_ : matplotlib Line2D
        The curve.

    See Also
    --------
    skdeepcluster.model_selection.find_n_clusters : The numbers.

    Examples
    --------
    >>> from skdeepcluster.inspection import NumberOfClustersDisplay
    >>> display = NumberOfClustersDisplay(
    ...     n_clusters=3, candidates=[2, 3, 4], stability=[0.4, 0.9, 0.7]
    ... )
    >>> display.plot()
    <...NumberOfClustersDisplay object at ...>
    """

    def __init__(
        self, *, n_clusters: int | None, candidates: NDArray, stability: NDArray
    ) -> None:
        self.n_clusters = n_clusters
        self.candidates = candidates
        self.stability = stability

    @classmethod
    @validate_params({"random_state": RANDOM_STATE})
    def from_data(
        cls,
        X: Data,
        candidates: ArrayLike | None = None,
        *,
        random_state: RandomState = None,
        ax: Axes | None = None,
        **kwargs: Any,
    ) -> Self:
        """Find the number of clusters in X, and plot the curve.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The data.

        candidates : array-like of int, default=None
            As of :func:`~skdeepcluster.model_selection.find_n_clusters`.

        random_state : int, RandomState instance or None, default=None
            As of :func:`~skdeepcluster.model_selection.find_n_clusters`.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.NumberOfClustersDisplay`
            The plotted display.

        Raises
        ------
        ValueError
            As of :func:`~skdeepcluster.model_selection.find_n_clusters`.

        Examples
        --------
        >>> from sklearn.datasets import load_wine
        >>> from sklearn.preprocessing import scale
        >>> from skdeepcluster.inspection import NumberOfClustersDisplay
        >>> X = scale(load_wine().data)
        >>> NumberOfClustersDisplay.from_data(X, random_state=0).n_clusters
        3
        """
        found = find_n_clusters(X, candidates, random_state=random_state)
        display = cls(
            n_clusters=found.n_clusters,
            candidates=found.candidates,
            stability=found.stability,
        )
        return display.plot(ax=ax, **kwargs)

    @validate_params(AXES)
    def plot(self, ax: Axes | None = None, **kwargs: Any) -> Self:
        """Plot the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.plot`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.NumberOfClustersDisplay`
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        plt = pyplot(self)
        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        style = {"color": PALETTE[0], "marker": "o", "markersize": 3} | kwargs
        lines: Any = ax.plot(self.candidates, self.stability, **style)
        self.line_ = lines[0]
        title = "No number of clusters is stable"
        if self.n_clusters is not None:
            title = f"{self.n_clusters} clusters"
            ax.axvline(self.n_clusters, color=PALETTE[1], linestyle="--", zorder=0)
        ax.set(
            title=title, xlabel="Number of clusters", ylabel="Stability", ylim=(0, 1.02)
        )
        locator: Any = ax.xaxis.get_major_locator()
        locator.set_params(integer=True)
        ax.spines[["top", "right"]].set_visible(False)
        self.ax_ = ax
        self.figure_ = ax.figure
        return self
