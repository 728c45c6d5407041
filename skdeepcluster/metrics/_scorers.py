"""Scorers for the `scoring` parameter of scikit-learn's model selection.

`accuracy_scorer`, `nmi_scorer` and `ari_scorer` compare the predicted clusters with
known classes `y`: the accuracy under the best matching, the normalized mutual
information (geometric mean) and the adjusted Rand index.

The others need no classes. `stability_scorer` compares any models. `silhouette_scorer`,
`calinski_harabasz_scorer` and `objective_scorer` compare models only within one
embedding: a score of another autoencoder, another number of components or another
weight in the objective is measured on another scale, and a collapsed embedding can
score well.
"""

from sklearn.base import clone
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    make_scorer,
    silhouette_score,
)

from .._compat import HasMethods, validate_params
from .._typing import Data, Estimator
from ._supervised import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)

accuracy_scorer = make_scorer(clustering_accuracy_score)
nmi_scorer = make_scorer(normalized_mutual_info_score)
ari_scorer = make_scorer(adjusted_rand_score)


@validate_params({"estimator": [HasMethods(["predict", "transform"])]})
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
    ValueError
        If the estimator has no `predict` or no `transform`.

    See Also
    --------
    calinski_harabasz_scorer : A score of separation that takes no pairs.
    stability_scorer : Agreement between models of two samples.
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
    return _separation(silhouette_score, estimator, X, undefined=-1.0)


@validate_params({"estimator": [HasMethods(["predict", "transform"])]})
def calinski_harabasz_scorer(estimator: Estimator, X: Data, y: object = None) -> float:
    """Calinski-Harabasz index of the predicted clusters in the estimator's embedding.

    It compares models only within one embedding, as :func:`silhouette_scorer` does, at
    a cost that is linear in the number of samples.

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
        A number from 0 on, higher is better. It is 0 where the index is undefined:
        for a single found cluster, and for as many as there are samples.

    Raises
    ------
    ValueError
        If the estimator has no `predict` or no `transform`.

    See Also
    --------
    silhouette_scorer : Bounded, but it takes all pairs of samples.
    stability_scorer : Agreement between models of two samples.
    sklearn.metrics.calinski_harabasz_score : The score itself.

    Notes
    -----
    With the traces of the scatter between the clusters' means and within the clusters,

    .. math:: s = \\frac{\\operatorname{tr} B}{\\operatorname{tr} W}
        \\cdot \\frac{n - k}{k - 1}.

    References
    ----------
    .. [1] T. Calinski and J. Harabasz, "A dendrite method for cluster analysis",
       Communications in Statistics 3 (1974), pp. 1-27.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.datasets import make_blobs
    >>> from skdeepcluster.metrics import calinski_harabasz_scorer
    >>> X, _ = make_blobs(centers=[[0, 0], [9, 0], [0, 9]], random_state=0)
    >>> two, three = (KMeans(k, random_state=0).fit(X) for k in (2, 3))
    >>> calinski_harabasz_scorer(two, X) < calinski_harabasz_scorer(three, X)
    True
    """
    return _separation(calinski_harabasz_score, estimator, X, undefined=0.0)


def _separation(score, estimator, X, undefined):
    labels = estimator.predict(X)
    if len(set(labels)) in (1, len(labels)):
        return undefined
    return float(score(estimator.transform(X), labels))


@validate_params({"estimator": [HasMethods(["predict", "fit_predict"])]})
def stability_scorer(estimator: Estimator, X: Data, y: object = None) -> float:
    """Agreement between the predicted clusters and those of a second fit, to X.

    A structure that is there is found again in other data. Give it to a search whose
    splits are halves, ``cv=ShuffleSplit(5, test_size=0.5)``: the model of one half
    then predicts the other half, which a clone clusters anew. It doubles the fits.

    Parameters
    ----------
    estimator : estimator instance
        A clusterer with `predict` and `fit_predict`, or a pipeline that ends in one,
        fitted to other rows than X.

    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Whatever the estimator takes.

    y : Ignored
        Not used, present for API consistency.

    Returns
    -------
    score : float
        The adjusted Rand index, 1 for equal clusters and 0 on average for unrelated
        ones. It is 0 as well where one of the two found a single cluster, which
        would otherwise agree with itself.

    Raises
    ------
    ValueError
        If the estimator has no `predict` or no `fit_predict`.

    See Also
    --------
    silhouette_scorer : Separation of the clusters in the embedding.
    objective_scorer : The method's own objective.

    Notes
    -----
    This is the stability of [1]_ with the adjusted Rand index in the place of their
    normalised error, so that chance agreement is taken out for any number of
    clusters. A fitted transformer in a :class:`~sklearn.frozen.FrozenEstimator` is
    shared by both fits, and what it has seen of X with it. Coarse clusterings are
    often more stable than right ones: among numbers of clusters, look for a peak
    rather than for the largest value.

    References
    ----------
    .. [1] T. Lange, V. Roth, M. L. Braun and J. M. Buhmann, "Stability-based
       validation of clustering solutions", Neural Computation 16 (2004),
       pp. 1299-1323.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn.datasets import make_blobs
    >>> from sklearn.model_selection import GridSearchCV, ShuffleSplit
    >>> from skdeepcluster.metrics import stability_scorer
    >>> X, _ = make_blobs(centers=[[0, 0], [9, 0], [0, 9]], random_state=0)
    >>> search = GridSearchCV(
    ...     KMeans(),
    ...     {"n_clusters": [2, 3, 4]},
    ...     scoring=stability_scorer,
    ...     cv=ShuffleSplit(5, test_size=0.5, random_state=0),
    ... )
    >>> search.fit(X).best_params_
    {'n_clusters': 3}
    """
    predicted, found = estimator.predict(X), clone(estimator).fit_predict(X)
    if 1 in (len(set(predicted)), len(set(found))):
        return 0.0
    return float(adjusted_rand_score(predicted, found))


@validate_params({"estimator": [HasMethods(["score"])]})
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
    ValueError
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
