"""One page that tells what a clusterer found."""

from __future__ import annotations

import base64
import datetime
import io
import os
from itertools import groupby
from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state

from .._compat import COUNT, validate_params
from .._files import whole
from .._projection import embed, project
from .._validation import named_array
from .._version import __version__
from ._base import colours_of, labels_of, probabilities_of, scores_of
from ._features import in_clusters, top_features
from ._members import doubtful_members, tells_memberships, typical_members
from ._page import HOVER_SIDE, curve, embedded, require_bokeh, scatter, template
from ._profiles import cluster_profiles, written
from ._samples import to_images

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

# Rows in the plot: t-SNE takes seconds of so many, and the page stays small.
_MOST_POINTS = 2000
# Features and words of a cluster, and columns of its members.
_MOST_FEATURES = 10
# Columns without names, such as an embedding's, tell a reader nothing.
_MOST_UNNAMED = 50
_LONGEST_TEXT = 180
_MEMBER_SIDE = 64  # pixels


@validate_params(
    {
        "path": [str, os.PathLike],
        "feature_names": ["array-like", None],
        "n_members": [COUNT],
        "title": [str, None],
    }
)
def write_report(
    estimator: Any,
    X: ArrayLike,
    path: str | os.PathLike,
    *,
    feature_names: ArrayLike | None = None,
    descriptions: ArrayLike | None = None,
    image_shape: tuple[int, ...] | None = None,
    projection: Any = "tsne",
    n_members: int = 5,
    title: str | None = None,
) -> None:
    """Write a page of HTML that tells what a fitted clusterer found in X.

    The page opens in a browser without a network. It has the clusters' sizes and how
    sure their assignment is, the embedding as a plot that tells a row where the mouse
    is, and for each cluster what tells it from the others and its typical, doubtful and
    unusual members: columns of tables, words of texts, or images. At the end are the
    losses of the training.

    Parameters
    ----------
    estimator : object
        Fitted clusterer, or a :class:`~sklearn.pipeline.Pipeline` that ends in one.

    X : {data frame, array-like, sparse matrix} of shape (n_samples, n_features), or \
            list of str
        The data, as the estimator takes them: a table with numbers and categories,
        images (`image_shape`), texts, counts of words, or embeddings.

    path : str or path-like
        The file, usually with the ending ``.html``.

    feature_names : array-like of shape (n_features,), default=None
        Names of the columns of X. None means those of a data frame, or none.

    descriptions : array-like of shape (n_samples,), default=None
        A text for each row, to be shown in its place, such as what an embedding is of.

    image_shape : tuple of int (height, width) or (channels, height, width), \
            default=None
        Shape of the image in a row; there are 1 or 3 channels. None means that the
        rows are no images.

    projection : {"pca", "tsne", "umap"} or transformer, default="tsne"
        What reduces the embedding to the plane, as of :class:`EmbeddingDisplay`. At
        most 2,000 rows are shown, drawn at random.

    n_members : int, default=5
        Number of members shown of each kind, at most.

    title : str, default=None
        Title of the page. None means one of the method and the number of clusters.

    Raises
    ------
    ImportError
        If bokeh is not installed.

    ValueError
        If the arguments do not fit together.

    See Also
    --------
    cluster_profiles : What the clusters are like, as arrays.
    EmbeddingDisplay : The embedding, as a picture.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.mixture import GaussianMixture
    >>> from skdeepcluster.inspection import write_report
    >>> iris = load_iris(as_frame=False)
    >>> mixture = GaussianMixture(3, random_state=0).fit(iris.data)
    >>> write_report(
    ...     mixture, iris.data, "report.html", feature_names=iris.feature_names
    ... )  # doctest: +SKIP
    """
    require_bokeh()
    data: Any = X
    if are_texts := _are_texts(data):
        data = list(data)  # whose members have numbers, whatever held them
    labels = labels_of(estimator, data)
    rows = _Rows(data, are_texts, len(labels), feature_names, descriptions, image_shape)
    kept, clusters, _ = in_clusters(labels, len(labels))
    colours = [_hexadecimal(colour) for colour in colours_of(clusters)]
    shown = _sample(len(labels))
    plane = project(rows.take(embed(estimator, data), shown), projection).rows
    place = dict(zip(clusters.tolist(), range(len(clusters)), strict=True))
    places = [place.get(label, -1) for label in labels[shown].tolist()]
    plot = scatter(plane, places, clusters, colours, rows.hover(shown))
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    history = getattr(last, "history_", [])
    curves = {
        stage: curve([row["train_loss"] for row in epochs])
        for stage, epochs in groupby(history, key=lambda row: row["stage"])
    }
    page = template().render(
        title=title or f"{type(last).__name__}: {len(clusters)} clusters",
        method=type(last).__name__,
        settings=_settings(estimator),
        n_samples=len(labels),
        n_features=rows.n_features,
        n_noise=len(labels) - len(kept),
        n_shown=len(shown),
        date=datetime.date.today().isoformat(),
        version=__version__,
        clusters=_clusters(estimator, data, rows, labels, colours, n_members),
        stages=list(curves),
        columns=rows.columns,
        seconds=sum(row.get("seconds", 0) for row in history),
        n_epochs=len(history),
        **embedded(plot, list(curves.values())),
    )
    with whole(path) as file:
        file.write_text(page, encoding="utf-8")


class _Rows:
    """The rows as a reader is to see them: as texts, images, or lines of a table.

    Parameters
    ----------
    X, feature_names, descriptions, image_shape : object
        As of :func:`write_report`.

    are_texts : bool
        Whether X is a list of texts.

    n_samples : int
        Number of rows.
    """

    def __init__(
        self, X, are_texts, n_samples, feature_names, descriptions, image_shape
    ):
        self.X, self.are_texts = X, are_texts
        self.feature_names = feature_names
        self.texts, self.images, self.columns = None, None, []
        frame = nw.from_native(X, eager_only=True, pass_through=True)
        is_frame = isinstance(frame, nw.DataFrame)
        self.n_features = None
        if descriptions is not None:
            self.texts = _texts("descriptions", descriptions, n_samples)
        elif are_texts:
            self.texts = _texts("X", X, n_samples)
        if not are_texts:
            self.n_features = np.shape(X)[1]
        self.has_profiles = not (are_texts or sp.issparse(X)) and (
            is_frame
            or feature_names is not None
            or (self.texts is None and self.n_features <= _MOST_UNNAMED)
        )
        if image_shape is not None:
            self.images = to_images(named_array("X", X), image_shape)
            self.has_profiles = False
        elif self.has_profiles and self.texts is None:
            names = frame.columns if is_frame else feature_names
            if names is None:
                names = [f"x{j}" for j in range(self.n_features)]
            self.columns = [str(name) for name in names][:_MOST_FEATURES]

    @staticmethod
    def take(X, numbers):
        """Return some of the rows of anything that has rows."""
        frame = nw.from_native(X, eager_only=True, pass_through=True)
        if isinstance(frame, nw.DataFrame):
            return frame[np.asarray(numbers).tolist()].to_native()
        if hasattr(X, "shape"):
            return X[numbers]
        return [X[number] for number in numbers]

    def _cells(self, numbers):
        """Return the first columns of rows, as texts."""
        found = self.take(self.X, numbers)
        frame = nw.from_native(found, eager_only=True, pass_through=True)
        lines = frame.rows() if isinstance(frame, nw.DataFrame) else found
        n_columns = len(self.columns)
        return [[_cell(value) for value in line[:n_columns]] for line in lines]

    def hover(self, numbers):
        """Return what the plot tells of each row: a text, and perhaps an image."""
        told = {"row": numbers}
        if self.texts is not None:
            told["text"] = [_short(self.texts[number]) for number in numbers]
        elif self.columns:
            told["text"] = [
                ", ".join(
                    f"{name} {cell}"
                    for name, cell in zip(self.columns, cells, strict=True)
                )
                for cells in self._cells(numbers)
            ]
        if self.images is not None:
            images = self.images
            told["image"] = [_png(images, number, HOVER_SIDE) for number in numbers]
        return told

    def members(self, numbers):
        """Return what is shown of each of some members."""
        cells = self._cells(numbers) if self.columns else [None] * len(numbers)
        return [
            {
                "row": number,
                "text": None if self.texts is None else _short(self.texts[number]),
                "image": (
                    None
                    if self.images is None
                    else _png(self.images, number, _MEMBER_SIDE)
                ),
                "cells": line,
            }
            for number, line in zip(numbers, cells, strict=True)
        ]

    def features(self, estimator, labels):
        """Return what tells each cluster from the others, strongest first."""
        if self.has_profiles:
            profiles = cluster_profiles(self.X, labels, self.feature_names)
            return [_profile(profiles, k) for k in range(len(profiles.clusters))]
        if self.images is not None:
            return None
        if self.texts is not None:
            first = estimator[0] if isinstance(estimator, Pipeline) else estimator
            if not hasattr(first, "vocabulary_") or not self.are_texts:
                first = CountVectorizer(token_pattern=r"\b\w+\b").fit(self.texts)
            top = top_features(
                first.transform(self.texts),
                labels,
                first.get_feature_names_out(),
                n_features=_MOST_FEATURES,
            )
        elif sp.issparse(self.X):
            top = top_features(
                self.X,
                labels,
                self.feature_names,
                n_features=_MOST_FEATURES,
                score="difference" if self.X.min() < 0 else "tf-idf",
            )
        else:
            return None
        return [
            [
                {"name": name, "length": score / max(scores[0], 1e-300)}
                for name, score in zip(names, scores, strict=True)
                if score > 0
            ]
            for names, scores in zip(top.names, top.scores, strict=True)
        ]


def _profile(profiles, k):
    """Return the features in which a cluster differs most, as the template needs."""
    differences = np.nan_to_num(profiles.differences[k])
    order = np.argsort(-np.abs(differences), kind="stable")[:_MOST_FEATURES]
    largest = np.abs(differences).max() or 1
    return [
        {
            "name": profiles.names[j],
            "here": written(profiles.means[k, j], profiles.is_category[j]),
            "overall": written(profiles.overall[j], profiles.is_category[j]),
            "difference": f"{differences[j]:+.1f}",
            "length": abs(differences[j]) / largest,
            "is_less": differences[j] < 0,
        }
        for j in order
    ]


def _clusters(estimator, X, rows, labels, colours, n_members):
    """Return what the template tells of each cluster."""
    probabilities = probabilities_of(estimator, X)
    confidence = None if probabilities is None else probabilities.max(axis=1)
    _, clusters, _ = in_clusters(labels, len(labels))
    scores = scores_of(estimator, X)
    features = rows.features(estimator, labels)
    sizes = [np.count_nonzero(labels == cluster) for cluster in clusters]
    found = []
    for k, cluster in enumerate(clusters):
        own = np.flatnonzero(labels == cluster)
        groups = _groups(estimator, rows.take(X, own), cluster, n_members)
        if scores is not None:
            groups["Unusual"] = np.argsort(scores[own], kind="stable")[:n_members]
        found.append(
            {
                "label": cluster,
                "colour": colours[k],
                "size": sizes[k],
                "share": sizes[k] / len(labels),
                "length": sizes[k] / max(sizes),
                "confidence": None if confidence is None else confidence[own].mean(),
                "features": None if features is None else features[k],
                "groups": {
                    name: rows.members(own[members]) for name, members in groups.items()
                },
            }
        )
    return found


def _groups(estimator, X, cluster, n_members):
    """Return typical and doubtful rows among those of a cluster, if any are known."""
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    if not tells_memberships(last):
        return {}
    return {
        "Typical": typical_members(estimator, X, cluster, n_members),
        "Doubtful": doubtful_members(estimator, X, cluster, n_members),
    }


def _settings(estimator):
    """Return the parameters that are not as by default, not shortened."""
    if isinstance(estimator, BaseEstimator):
        return estimator.__repr__(N_CHAR_MAX=10_000)
    return repr(estimator)


def _are_texts(X):
    return getattr(X, "ndim", 1) == 1 and isinstance(next(iter(X), None), str)


def _texts(name, texts, n_samples):
    texts = np.asarray(texts, dtype=object)
    if texts.shape != (n_samples,):
        raise ValueError(
            f"{name} has the shape {texts.shape}, but there are {n_samples} rows: give "
            "one text for each row."
        )
    return [str(text) for text in texts]


def _short(text):
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


def _cell(value):
    if isinstance(value, float | np.floating):
        return written(value, is_category=False)
    return "–" if value is None else _short(str(value))


def _sample(n_samples):
    """Return the rows of the plot."""
    order = check_random_state(0).permutation(n_samples)
    return np.sort(order[:_MOST_POINTS])


def _hexadecimal(colour):
    return "#" + "".join(f"{round(255 * part):02x}" for part in colour)


def _png(images, number, side):
    """Return an image as an address that holds it."""
    from PIL import Image

    image = images[number]
    if image.ndim == 2:  # from white to black
        low, high = images.min(), images.max()
        image = 1 - (image - low) / (high - low or 1)
    picture = Image.fromarray(np.round(255 * image).astype(np.uint8))
    picture.thumbnail((side, side))
    file = io.BytesIO()
    picture.save(file, "png")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
