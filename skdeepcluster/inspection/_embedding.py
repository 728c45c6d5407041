"""The embedding of a clustering as a scatter plot."""

import numpy as np
from scipy.sparse import issparse
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline
from sklearn.utils import check_array, check_consistent_length, column_or_1d


def embed(estimator, X):
    """Give X in the space in which a fitted clusterer separates it."""
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    if hasattr(last, "soft_predict"):
        return estimator.transform(X)
    if isinstance(estimator, Pipeline) and len(estimator) > 1:
        return estimator[:-1].transform(X)
    return X


def project(embedding):
    """Reduce an embedding to its two principal components."""
    embedding = check_array(
        embedding, accept_sparse=("csr", "csc"), input_name="embedding"
    )
    if embedding.shape[1] > 2:
        return PCA(n_components=2, random_state=0).fit_transform(embedding)
    if issparse(embedding):
        embedding = embedding.toarray()
    if embedding.shape[1] == 1:
        embedding = np.hstack([embedding, np.zeros_like(embedding)])
    return embedding


class EmbeddingDisplay:
    """Scatter plot of an embedding, coloured by cluster.

    It is recommended to use :meth:`from_estimator` or :meth:`from_predictions`
    to create a display. All parameters are stored as attributes.

    Parameters
    ----------
    embedding : ndarray of shape (n_samples, 2)
        Position of each sample in the plane.

    labels : ndarray of shape (n_samples,)
        Cluster of each sample. Integers from 0 on choose the colour themselves,
        so that two displays of the same labels agree even where a cluster is
        empty; other labels are coloured in sorted order. Colours repeat after 20.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Axes with the scatter plot.

    figure_ : matplotlib Figure
        Figure containing the axes.

    scatter_ : matplotlib PathCollection
        The points.

    See Also
    --------
    skdeepcluster.benchmark.run_benchmark : Compare clusterers, with a picture of
        each embedding.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeepcluster.inspection import EmbeddingDisplay
    >>> embedding = np.array([[0.0, 1.0], [0.1, 0.9], [1.0, 0.0]])
    >>> display = EmbeddingDisplay(embedding=embedding, labels=np.array([0, 0, 1]))
    >>> display.plot()
    <...EmbeddingDisplay object at ...>
    """

    def __init__(self, *, embedding, labels):
        self.embedding = embedding
        self.labels = labels

    @classmethod
    def from_estimator(cls, estimator, X, *, ax=None, **kwargs):
        """Plot how a fitted clusterer sees X.

        The clusterers of this package show their own embedding. A
        :class:`~sklearn.pipeline.Pipeline` that ends in another clusterer shows
        the output of its transformers, and any other clusterer X itself. More
        than two columns are reduced to two by PCA.

        Parameters
        ----------
        estimator : object
            Fitted clusterer. Its labels are `predict(X)`, or, where there is no
            `predict`, the `labels_` of its fit, which X must then match.

        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The data to show.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.EmbeddingDisplay`
            The plotted display.

        Raises
        ------
        ValueError
            If X does not have one row per label.

        Examples
        --------
        >>> from sklearn.cluster import KMeans
        >>> from sklearn.datasets import load_iris
        >>> from skdeepcluster.inspection import EmbeddingDisplay
        >>> X, _ = load_iris(return_X_y=True)
        >>> clusterer = KMeans(n_clusters=3, random_state=0).fit(X)
        >>> EmbeddingDisplay.from_estimator(clusterer, X)
        <...EmbeddingDisplay object at ...>
        """
        has_predict = hasattr(estimator, "predict")
        labels = estimator.predict(X) if has_predict else estimator.labels_
        return cls.from_predictions(embed(estimator, X), labels, ax=ax, **kwargs)

    @classmethod
    def from_predictions(cls, embedding, labels, *, ax=None, **kwargs):
        """Plot an embedding and the labels of its rows.

        Parameters
        ----------
        embedding : {array-like, sparse matrix} of shape (n_samples, n_components)
            More than two columns are reduced to two by PCA.

        labels : array-like of shape (n_samples,)
            Cluster of each row.

        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.EmbeddingDisplay`
            The plotted display.

        Raises
        ------
        ValueError
            If `embedding` and `labels` differ in length, or `embedding` is not a
            finite 2-D array.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from skdeepcluster.inspection import EmbeddingDisplay
        >>> X, y = load_iris(return_X_y=True)
        >>> EmbeddingDisplay.from_predictions(X, y).embedding.shape
        (150, 2)
        """
        labels = column_or_1d(labels)
        check_consistent_length(embedding, labels)
        display = cls(embedding=project(embedding), labels=labels)
        return display.plot(ax=ax, **kwargs)

    def plot(self, ax=None, **kwargs):
        """Plot the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to plot on. If None, a new figure is made.

        **kwargs : dict
            Passed to :meth:`matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : :class:`~skdeepcluster.inspection.EmbeddingDisplay`
            The display itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        try:
            import matplotlib.pyplot as plt
        except ImportError as error:
            raise ImportError(
                "EmbeddingDisplay.plot requires matplotlib; install it with "
                "`pip install matplotlib`."
            ) from error

        if ax is None:
            _, ax = plt.subplots()
        colours = self.labels
        if not np.issubdtype(colours.dtype, np.integer) or colours.min() < 0:
            _, colours = np.unique(colours, return_inverse=True)
        palette = plt.get_cmap("tab10" if colours.max() < 10 else "tab20")
        style = {
            "s": np.clip(8000 / len(self.embedding), 2, 20),
            "c": palette(colours % palette.N),
            "alpha": 0.8,
            "linewidths": 0,
        }
        self.scatter_ = ax.scatter(*self.embedding.T, **(style | kwargs))
        ax.set(xticks=[], yticks=[])
        self.ax_ = ax
        self.figure_ = ax.figure
        return self
