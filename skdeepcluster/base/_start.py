"""What a fit starts from: an autoencoder, its codes, and clusters of them."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.cluster import KMeans
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from torch import nn

from .._labels import as_labels, is_noise, labels_for
from .._neighbors import information, neighbor_graph, without_noise
from .._typing import CheckedData, Estimator
from .._validation import as_csr_array
from .._warn import warn
from ..graph import GraphDegreeLinkage

# Rows that clusters are looked for in, at most; the others are assigned.
_MOST_ROWS = 30_000

# Neighbours of a row whose labels its own is compared with.
_N_NEIGHBORS = 10

# Added to the variances of a mixture of codes, as a share of the codes' variance: a
# component of a few rows would have next to none, and drive the others away.
LEAST_COVARIANCE = 1e-2


@dataclass
class Start:
    """What a fit starts from, before its own network exists.

    A start with sizes alone is enough to build the network of a saved model.

    Parameters
    ----------
    n_features : int
        Number of features.

    n_clusters : int, default=None
        Number of clusters; None for a transformer.

    autoencoder : torch.nn.Module, default=None
        The network of a fitted autoencoder, for the method's network to hold.

    blueprint : transformer, default=None
        An unfitted transformer that builds such an autoencoder.

    codes : {ndarray, CSR matrix} of shape (n_samples, n_components), default=None
        What is clustered: the autoencoder's codes of the rows, or the rows.

    labels : ndarray of shape (n_samples,), default=None
        The clusters, from 0 to ``n_clusters - 1``; -1 for rows in none, where a method
        takes them.

    probabilities : ndarray of shape (n_samples, n_clusters), default=None
        Their soft assignment, for a method that learns it.

    neighbors : CSR matrix of shape (n_samples, n_samples), default=None
        The graph of nearest neighbours, for methods that learn from it.

    distances : ndarray of shape (n_samples,), default=None
        Those of the rows from a near neighbour, for methods that perturb them so far.

    history : list of dict
        The epochs in which all this was learned.

    is_warm : bool, default=False
        Whether the network goes on from the weights of the last fit.
    """

    n_features: int
    n_clusters: int | None = None
    autoencoder: nn.Module | None = None
    blueprint: Estimator | None = None
    codes: CheckedData | None = None
    labels: Any = None
    probabilities: Any = None
    neighbors: Any = None
    distances: Any = None
    history: list[dict[str, Any]] = field(default_factory=list)
    is_warm: bool = False


def is_labels(init: Estimator | ArrayLike | None) -> bool:
    """Return whether what gives the clusters is neither an estimator nor None.

    Parameters
    ----------
    init : estimator, array-like or None
        What gives them.

    Returns
    -------
    bool
        Whether it is an array-like.
    """
    return not (init is None or hasattr(init, "fit"))


def check_n_found(found, labels, n_clusters):
    """Refuse labels of another number of clusters.

    Parameters
    ----------
    found : str
        What the message begins with.

    labels : ndarray of shape (n_samples,)
        The labels, -1 for noise.

    n_clusters : int
        Number of clusters.
    """
    n_found = len(np.unique(labels[~is_noise(labels)]))
    if n_found != n_clusters:
        raise ValueError(
            f"{found} {n_found} clusters, but n_clusters={n_clusters}: set "
            f"n_clusters={n_found}, or give an init with {n_clusters} clusters."
        )


def check_steps(estimator: Estimator | ArrayLike | None) -> None:
    """Refuse wrong parameters of an estimator, or of a step, before any training.

    Parameters
    ----------
    estimator : estimator, array-like or None
        The estimator, or what may take its place.
    """
    for step in getattr(estimator, "named_steps", {"": estimator}).values():
        if hasattr(step, "_parameter_constraints"):
            step._validate_params()


def find_labels(clusterer, codes, rng):
    """Return the clusters that a clusterer starts from.

    Parameters
    ----------
    clusterer : estimator
        The clusterer, with its parameters ``init`` and ``n_clusters``.

    codes : {ndarray, CSR matrix} of shape (n_samples, n_components)
        What ``init`` clusters.

    rng : RandomState
        Source of seeds.

    Returns
    -------
    labels : ndarray of shape (n_samples,), dtype int64
        Labels from 0 on.

    history : list of dict
        The epochs of what was trained to find them.
    """
    init, history = clusterer.init, []
    if init is None:
        labels, history = clusterer._default_labels(codes, rng)
    elif is_labels(init):
        labels = as_labels("init", init)
    else:
        labels, history = fit_init(clusterer, init, codes, rng)
    labels = _without_noise(labels, codes)
    return np.unique(labels, return_inverse=True)[1], history


def fit_init(
    clusterer: Estimator,
    init: Estimator,
    X: CheckedData,
    rng: np.random.RandomState,
) -> tuple[Any, list[dict[str, Any]]]:
    """Fit an estimator, and return the clusters that it finds.

    Parameters
    ----------
    clusterer : estimator
        The clusterer whose settings it takes.

    init : clusterer or transformer
        A clusterer, or a transformer, whose embedding is clustered as by default.

    X : {ndarray, CSR matrix} of shape (n_samples, n_features)
        What it is fitted to.

    rng : RandomState
        Source of seeds.

    Returns
    -------
    labels : ndarray of shape (n_samples,)
        The labels.

    history : list of dict
        The epochs of its steps.
    """
    found = f"init={init!r} found"
    init = clusterer._nested(init, rng)
    if hasattr(init, "predict") or hasattr(init, "fit_predict"):
        # A frozen clusterer has the former alone, a transductive one the latter.
        fit_predict = getattr(init, "fit_predict", None) or init.predict
        labels = labels_for("init", fit_predict(X), "X", X.shape[0])
        check_n_found(found, labels, clusterer.n_clusters)
    else:
        codes = init.fit(X, None).transform(X)
        labels = default_labels(codes, clusterer.n_clusters, rng)
    return labels, history_of(init)


def history_of(estimator: Estimator) -> list[dict[str, Any]]:
    """Return the epochs in which an estimator has just been trained.

    Parameters
    ----------
    estimator : estimator
        The fitted estimator, or a pipeline; what is frozen was trained before.

    Returns
    -------
    list of dict
        The epochs of its steps.
    """
    is_pipeline = isinstance(estimator, Pipeline)
    steps = [step for _, step in estimator.steps] if is_pipeline else [estimator]
    trained = [step for step in steps if not isinstance(step, FrozenEstimator)]
    return [row for step in trained for row in getattr(step, "history_", [])]


def default_labels(X, n_clusters, rng):
    """Return the clusters of k-means or those of graph degree linkage.

    The ones are round, the others of any shape, but may grow together where clusters
    are not apart. Those are taken of which a row's label tells more about the labels of
    its neighbours: their mutual information, at most the entropy of the labels, is
    large where few neighbours are separated and where there are many clusters of a
    like size.

    Parameters
    ----------
    X : {ndarray, CSR matrix} of shape (n_samples, n_features)
        Rows, of which 30,000 at most are fitted to.

    n_clusters : int
        Number of clusters.

    rng : RandomState
        Source of the starts of k-means.

    Returns
    -------
    ndarray of shape (n_samples,)
        The labels.
    """
    X = as_csr_array(X)  # it may come from a transformer
    sample = sample_rows(X, _MOST_ROWS, rng)
    kmeans = KMeans(n_clusters, n_init=20, random_state=rng).fit(sample)
    linkage = _Linkage(n_clusters).fit(sample)
    graph = neighbor_graph(sample, _N_NEIGHBORS)
    best = max((kmeans, linkage), key=lambda found: information(graph, found.labels_))
    return best.labels_ if sample is X else best.predict(X)


class _Linkage(GraphDegreeLinkage):
    """One that does not warn: what it finds is taken or not."""

    def _warn(self, message):
        pass


def sample_rows(X: Any, n_rows: int, rng: np.random.RandomState) -> Any:
    """Return ``X``, or a random choice of its rows, in their order.

    Parameters
    ----------
    X : {ndarray, CSR matrix} of shape (n_samples, n_features)
        Rows.

    n_rows : int
        Number of rows at most.

    rng : RandomState
        Source of the choice.

    Returns
    -------
    {ndarray, CSR matrix} of shape (n_rows, n_features)
        ``X`` itself where it is not larger.
    """
    if X.shape[0] <= n_rows:
        return X
    return X[np.sort(rng.permutation(X.shape[0])[:n_rows])]


def _without_noise(labels, X):
    """Give rows of noise the label of most of their nearest rows in clusters."""
    n_noise = is_noise(labels).sum()
    if not n_noise:
        return labels
    warn(
        f"init left {n_noise} rows of {len(labels)} out as noise: they start "
        "with the label of most of their 5 nearest neighbours in clusters.",
        UserWarning,
    )
    return without_noise(labels, X)
