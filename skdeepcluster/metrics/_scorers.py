"""Scorers for the `scoring` parameter of scikit-learn's model selection.

`accuracy_scorer`, `nmi_scorer` and `ari_scorer` compare the predicted clusters with
known classes `y`: the accuracy under the best matching, the normalized mutual
information (geometric mean) and the adjusted Rand index.

`silhouette_scorer` and `objective_scorer` need no classes. They compare models only
within one embedding: a score of another autoencoder, another number of components
or another weight in the objective is measured on another scale, and a collapsed
embedding can score well.
"""

from sklearn.metrics import adjusted_rand_score, make_scorer, silhouette_score

from .._typing import Data, Estimator
from ._supervised import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)

accuracy_scorer = make_scorer(clustering_accuracy_score)
nmi_scorer = make_scorer(normalized_mutual_info_score)
ari_scorer = make_scorer(adjusted_rand_score)


def silhouette_scorer(estimator: Estimator, X: Data, y: object = None) -> float:
    """Mean silhouette of the predicted clusters in the estimator's own embedding.

    It compares models only within one embedding: between embeddings the distances
    have different meanings, and a collapsed embedding can score well.

    Parameters
    ----------
    estimator : estimator instance
        A fitted clusterer with `predict` and `transform`, or a pipeline that ends
        in one.

    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Whatever the estimator takes.

    y : Ignored
        Not used, present for API consistency.

    Returns
    -------
    score : float
        A number between -1 and 1, higher is better. It is -1, the worst value,
        where the silhouette is undefined: for a single found cluster, and for as
        many as there are samples.

    Raises
    ------
    AttributeError
        If the estimator has no `predict` or no `transform`.

    See Also
    --------
    objective_scorer : The method's own objective.
    sklearn.metrics.silhouette_score : The score itself.

    Notes
    -----
    With :math:`a_t` the mean distance of sample :math:`t` to the others of its
    cluster and :math:`b_t` to the samples of the nearest other cluster, both
    between embedded samples,

    .. math:: s = \\frac{1}{n} \\sum_{t} \\frac{b_t - a_t}{\\max(a_t, b_t)}.

    It takes all pairs of samples, so the time grows with their number squared.

    References
    ----------
    .. [1] P. J. Rousseeuw, "Silhouettes: a graphical aid to the interpretation and
       validation of cluster analysis", Journal of Computational and Applied
       Mathematics 20 (1987), pp. 53-65.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.datasets import make_blobs
    >>> from sklearn.model_selection import GridSearchCV
    >>> from skdeepcluster.metrics import silhouette_scorer
    >>> X, _ = make_blobs(centers=[[0, 0], [9, 0], [0, 9]], random_state=0)
    >>> search = GridSearchCV(
    ...     KMeans(random_state=0), {"n_clusters": [2, 3]}, scoring=silhouette_scorer
    ... )
    >>> search.fit(X).best_params_
    {'n_clusters': 3}
    """
    labels = estimator.predict(X)
    if len(set(labels)) in (1, len(labels)):
        return -1.0
    return float(silhouette_score(estimator.transform(X), labels))


def objective_scorer(estimator: Estimator, X: Data, y: object = None) -> float:
    """Value of the method's own objective, as the estimator's `score` gives it.

    For the estimators of this library it is the mean per sample. It compares models
    only within one embedding and one objective, for instance several random starts.

    Parameters
    ----------
    estimator : estimator instance
        A fitted clusterer with `score`, or a pipeline that ends in one.

    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Whatever the estimator takes.

    y : Ignored
        Not used, present for API consistency.

    Returns
    -------
    score : float
        The objective, higher is better.

    Raises
    ------
    AttributeError
        If the estimator has no `score`.

    See Also
    --------
    silhouette_scorer : Separation of the clusters in the embedding.

    Notes
    -----
    Unlike the default scoring of a search, it never hands the classes to the
    estimator. Of scikit-learn's clusterers, :class:`~sklearn.cluster.KMeans`
    gives the sum over the samples instead of the mean.

    Examples
    --------
    >>> from sklearn.datasets import make_blobs
    >>> from sklearn.mixture import GaussianMixture
    >>> from skdeepcluster.metrics import objective_scorer
    >>> X, y = make_blobs(centers=[[0, 0], [9, 0], [0, 9]], random_state=0)
    >>> one, three = (GaussianMixture(k, random_state=0).fit(X) for k in (1, 3))
    >>> objective_scorer(one, X) < objective_scorer(three, X)
    True
    """
    return float(estimator.score(X))
