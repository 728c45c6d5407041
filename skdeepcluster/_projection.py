"""Where a clusterer separates its clusters, and a plane to look at it."""

import numpy as np
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import check_array

from ._validation import as_csr_array


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


def project(
    embedding,
    projection="pca",
    centers=None,
):
    """Reduce an embedding to the plane, and the centers if they can follow."""
    embedding = as_csr_array(
        check_array(embedding, accept_sparse="csr", input_name="embedding")
    )
    n_columns = embedding.shape[1]
    projector = _projector(projection)
    if n_columns <= 2:
        projector = FunctionTransformer(_two_columns, accept_sparse=True)
    plane = np.asarray(projector.fit_transform(embedding))
    if plane.shape != (len(plane), 2):
        raise ValueError(
            f"projection={projection!r} gave the shape {plane.shape}; expected "
            f"({embedding.shape[0]}, 2). Set its number of components to 2."
        )
    if centers is None or not hasattr(projector, "transform"):
        return plane, None
    centers = check_array(centers, input_name="centers")
    if centers.shape[1] != n_columns:
        raise ValueError(
            f"centers has {centers.shape[1]} columns, but embedding has {n_columns}; "
            "expected the same. Pass centers in the embedding's space."
        )
    return plane, projector.transform(centers)


def _projector(projection):
    """Return a new transformer to the plane."""
    if hasattr(projection, "fit_transform"):
        return clone(projection, safe=False)
    if projection == "pca":
        return PCA(n_components=2, random_state=0)
    if projection == "tsne":
        return TSNE(n_components=2, random_state=0)
    if projection == "umap":
        try:
            from umap import UMAP
        except ImportError as error:
            raise ImportError(
                "projection='umap' requires umap-learn; install it with "
                "`pip install umap-learn`, or pass projection='tsne'."
            ) from error
        # Said here because umap-learn warns that a seed allows for one job only.
        return UMAP(n_components=2, n_jobs=1, random_state=0)
    raise ValueError(
        f"projection={projection!r} is unknown; pass 'pca', 'tsne', 'umap', or a "
        "transformer with fit_transform."
    )


def _two_columns(embedding):
    if issparse(embedding):
        embedding = embedding.toarray()
    return np.pad(embedding, [(0, 0), (0, 2 - embedding.shape[1])])
