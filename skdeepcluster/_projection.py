"""Where a clusterer separates its clusters, and a plane to look at it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from ._validation import check_squares, named_array


def split(estimator, X):
    """Return the clusterer at the end of a pipeline, and X as it comes there."""
    if not isinstance(estimator, Pipeline):
        return estimator, X
    head = estimator[:-1]
    return estimator[-1], head.transform(X) if len(head) else X


def embed(estimator, X):
    """Give X in the space in which a fitted clusterer separates it."""
    last, X = split(estimator, X)
    return last.transform(X) if hasattr(last, "soft_predict") else X


class Plane(NamedTuple):
    """An embedding in the plane.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, 2)
        The rows.

    centers : ndarray of shape (n_clusters, 2) or None
        The centers of clusters, where they can follow.

    axis_names : list of str
        What the two axes are.
    """

    rows: NDArray
    centers: NDArray | None
    axis_names: list[str]


def project(
    embedding,
    projection="pca",
    centers=None,
):
    """Reduce an embedding to the plane, and the centers if they can follow."""
    dtypes = [np.float64, np.float32]
    embedding = named_array("embedding", embedding, accept_sparse="csr", dtype=dtypes)
    check_squares("embedding", embedding, embedding.dtype)
    n_columns = embedding.shape[1]
    projector = _projector(projection, embedding)
    if n_columns <= 2:
        projector = FunctionTransformer(_two_columns, accept_sparse=True)
    elif embedding.shape[0] == 1:
        raise ValueError(
            f"embedding has one row of {n_columns} columns, of which no projection "
            "can be learned: pass more rows, or two columns."
        )
    plane = np.asarray(projector.fit_transform(embedding))
    if plane.shape != (len(plane), 2):
        raise ValueError(
            f"projection={projection!r} gave the shape {plane.shape}; expected "
            f"({embedding.shape[0]}, 2). Set its number of components to 2."
        )
    names = _axis_names(projector)
    if centers is None or not hasattr(projector, "transform"):
        return Plane(plane, None, names)
    centers = named_array("centers", centers)
    if centers.shape[1] != n_columns:
        raise ValueError(
            f"centers has {centers.shape[1]} columns, but embedding has {n_columns}; "
            "expected the same. Pass centers in the embedding's space."
        )
    return Plane(plane, projector.transform(centers), names)


def _axis_names(projector):
    """Return what the axes of a plane are, with the share of the variance they show."""
    name = _NAMES.get(type(projector).__name__, type(projector).__name__)
    shares = getattr(projector, "explained_variance_ratio_", [])
    told = [f" ({share:.0%} of variance)" for share in shares] or ["", ""]
    return [f"{name} {number}{text}" for number, text in enumerate(told, 1)]


def _projector(projection, embedding):
    """Return a new transformer to the plane."""
    if hasattr(projection, "fit_transform") and not isinstance(projection, type):
        return clone(projection, safe=False)
    if isinstance(projection, str) and projection in _PROJECTORS:
        return _PROJECTORS[projection](embedding)
    raise ValueError(
        f"projection={projection!r} is unknown; pass 'pca', 'tsne', 'umap', or a "
        "transformer with fit_transform."
    )


def _pca(embedding):
    return PCA(n_components=2, random_state=0)


def _tsne(embedding):
    # The default, or as many neighbours as few rows have.
    perplexity = min(30.0, (embedding.shape[0] - 1) / 3)
    # It starts with principal components, but not of sparse rows.
    init = "random" if issparse(embedding) else "pca"
    return TSNE(n_components=2, perplexity=perplexity, init=init, random_state=0)


def _umap(embedding):
    try:
        from umap import UMAP
    except ImportError as error:
        raise ImportError(
            "projection='umap' requires umap-learn; install it with "
            "`pip install umap-learn`, or pass projection='tsne'."
        ) from error
    # Said here because umap-learn warns that a seed allows for one job only.
    return UMAP(n_components=2, n_jobs=1, random_state=0)


_NAMES = {
    "FunctionTransformer": "Embedding",
    "PCA": "Principal component",
    "TSNE": "t-SNE",
}
_PROJECTORS = {"pca": _pca, "tsne": _tsne, "umap": _umap}


def _two_columns(embedding):
    if issparse(embedding):
        embedding = embedding.toarray()
    return np.pad(embedding, [(0, 0), (0, 2 - embedding.shape[1])])
