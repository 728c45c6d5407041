"""The methods and the data sets that the command line knows by name."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from sklearn.cluster import KMeans, SpectralClustering
from sklearn.datasets import load_digits
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from skdeepcluster import IMSAT, InductiveClusterer
from skdeepcluster.datasets import (
    fetch_fashion_mnist,
    fetch_mnist,
    fetch_newsgroups,
    fetch_rcv1_topics,
    fetch_stackoverflow,
    fetch_usps,
    load_docstrings,
    make_sigmoid_blobs,
)
from skdeepcluster.recipes import recipe

from ._rivals import EVoCClusterer, HDBSCANClusterer, NMFClusterer, UMAPClusterer


class DataSet(NamedTuple):
    """A data set before it is loaded: `load()` gives X and y."""

    load: Callable
    n_clusters: int
    kind: str
    image_shape: tuple | None = None


def _recipe(method, data, *, autoencoder=None, init=None, **params):
    """Return a method's recipe, with another start or other parameters."""
    if autoencoder is not None:
        params["autoencoder"] = _recipe(autoencoder, data)
    if init is not None:
        params["init"] = _recipe(init, data)
    estimator = recipe(method, data.kind, data.n_clusters, image_shape=data.image_shape)
    return estimator.set_params(**params)


def _kmeans(data):
    return KMeans(data.n_clusters, n_init=20)


def _mixture(data):
    return GaussianMixture(data.n_clusters, n_init=5)


def _codes_kmeans(transformer, data, **params):
    return make_pipeline(_recipe(transformer, data, **params), _kmeans(data))


def _semantics(data):
    """Latent semantic analysis, of whose rows the directions count."""
    return make_pipeline(TruncatedSVD(20), Normalizer())


def _spectral(data):
    return SpectralClustering(data.n_clusters, affinity="nearest_neighbors")


def _inductive(clusterer, data):
    return InductiveClusterer(clusterer(data), image_shape=data.image_shape)


_on_codes = partial(
    _recipe, "SpectralNet", autoencoder="Autoencoder", affinity="euclidean"
)
_dual_kmeans = partial(_codes_kmeans, "DualAutoencoder")
_attention_kmeans = partial(_codes_kmeans, "AttentionAutoencoder")

METHODS = {
    "kmeans": _kmeans,
    "lsa+kmeans": lambda data: make_pipeline(_semantics(data), _kmeans(data)),
    "gmm": lambda data: GaussianMixture(
        data.n_clusters, covariance_type="diag", reg_covar=1e-3, n_init=5
    ),
    "nmf": lambda data: NMFClusterer(data.n_clusters),
    "ae+kmeans": partial(_codes_kmeans, "Autoencoder"),
    "ae+gmm": lambda data: make_pipeline(_recipe("Autoencoder", data), _mixture(data)),
    "dec": partial(_recipe, "DEC"),
    "idec": partial(_recipe, "IDEC"),
    "dcn": partial(_recipe, "DCN"),
    "depict": partial(_recipe, "DEPICT"),
    "vade": partial(_recipe, "VaDE"),
    "dgg": partial(_recipe, "DGG"),
    "kdae": partial(_recipe, "KDAE"),
    "damic": partial(_recipe, "DAMIC"),
    "kdvae": partial(_recipe, "KDVAE"),
    "landmark-spectral+damic": partial(
        _recipe, "DAMIC", init="LandmarkSpectralClustering"
    ),
    "vade+kdvae": partial(_recipe, "KDVAE", init="VaDE"),
    "spectral": _spectral,
    "landmark-spectral": partial(_recipe, "LandmarkSpectralClustering"),
    "gdl": partial(_recipe, "GraphDegreeLinkage"),
    "umap+gmm": lambda data: UMAPClusterer(_mixture(data)),
    "umap+hdbscan": lambda data: UMAPClusterer(HDBSCANClusterer(data.n_clusters)),
    "evoc": lambda data: EVoCClusterer(data.n_clusters),
    "lsa+evoc": lambda data: make_pipeline(
        _semantics(data), EVoCClusterer(data.n_clusters)
    ),
    "spectral+network": partial(_inductive, _spectral),
    "spectralnet": partial(_recipe, "SpectralNet"),
    "spectralnet-siamese": partial(_recipe, "SpectralNet", affinity="siamese"),
    "ae+spectralnet": _on_codes,
    "ae+spectralnet-siamese": partial(_on_codes, affinity="siamese"),
    # The rows of the ablation in DSCDAN's paper.
    "plain+kmeans": partial(_dual_kmeans, beta=0.0, relative_weight=0.0),
    "mi+kmeans": partial(_dual_kmeans, relative_weight=0.0),
    "rs+kmeans": partial(_dual_kmeans, beta=0.0),
    "dual+kmeans": _dual_kmeans,
    "dscdan": partial(_recipe, "DSCDAN"),
    "dscdan-euclidean": partial(_recipe, "DSCDAN", affinity="euclidean"),
    "dscnet": partial(_recipe, "DSCNet"),
    # The rows of the table in DVAEC's slides: the codes without attention, and with it.
    "attention-z+kmeans": partial(_attention_kmeans, space="z"),
    "attention+kmeans": _attention_kmeans,
    "dvaec": partial(_recipe, "DVAEC"),
    "imsat": partial(_recipe, "IMSAT"),
    # Its authors' start and network.
    "imsat-random": lambda data: IMSAT(data.n_clusters),
    "clustergan": partial(_recipe, "ClusterGAN"),
    "infogan": partial(_recipe, "InfoGAN"),
}


def _digits():
    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y


def _words(fetch):
    texts, y = fetch(return_X_y=True)
    words = TfidfVectorizer(
        max_features=2000, stop_words="english", sublinear_tf=True, dtype=np.float32
    )
    return words.fit_transform(texts), y


def _sigmoid_blobs():
    X, y = make_sigmoid_blobs(random_state=0)
    return X.astype(np.float32), y


DATASETS = {
    "digits": DataSet(_digits, 10, "tables"),
    "mnist": DataSet(partial(fetch_mnist, return_X_y=True), 10, "images", (1, 28, 28)),
    "mnist-test": DataSet(
        partial(fetch_mnist, subset="test", return_X_y=True),
        10,
        "images",
        (1, 28, 28),
    ),
    "usps": DataSet(partial(fetch_usps, return_X_y=True), 10, "images", (1, 16, 16)),
    "fashion-mnist": DataSet(
        partial(fetch_fashion_mnist, return_X_y=True), 10, "images", (1, 28, 28)
    ),
    "fashion-mnist-test": DataSet(
        partial(fetch_fashion_mnist, subset="test", return_X_y=True),
        10,
        "images",
        (1, 28, 28),
    ),
    "newsgroups": DataSet(partial(_words, fetch_newsgroups), 20, "texts"),
    "stackoverflow": DataSet(partial(_words, fetch_stackoverflow), 20, "texts"),
    "docstrings": DataSet(partial(_words, load_docstrings), 8, "texts"),
    "rcv1-10k": DataSet(
        partial(fetch_rcv1_topics, subset="10k", return_X_y=True), 4, "texts"
    ),
    "sigmoid-blobs": DataSet(_sigmoid_blobs, 4, "manifolds"),
}


def make_estimator(method, dataset):
    """Give the clusterer of this name with the settings for a data set."""
    return METHODS[method](DATASETS[dataset])
