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
from sklearn.preprocessing import Normalizer, StandardScaler

from skdeepcluster import IMSAT, InductiveClusterer
from skdeepcluster.datasets import (
    fetch_fashion_mnist,
    fetch_har,
    fetch_mnist,
    fetch_newsgroups,
    fetch_pendigits,
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


def _umap_mixture(data):
    return UMAPClusterer(_mixture(data))


def _umap_hdbscan(data):
    return UMAPClusterer(HDBSCANClusterer(data.n_clusters))


def _evoc(data):
    return EVoCClusterer(data.n_clusters)


def _codes_kmeans(transformer, data, **params):
    return make_pipeline(_recipe(transformer, data, **params), _kmeans(data))


def _of_semantics(clusterer, data):
    """Cluster the directions of a latent semantic analysis."""
    return make_pipeline(TruncatedSVD(20), Normalizer(), clusterer(data))


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
    # The ablation of DAMIC's paper: from random experts and a random gate.
    "damic-joint": partial(_recipe, "DAMIC", expert_epochs=0, gate_epochs=0),
    "landmark-spectral+damic": partial(
        _recipe, "DAMIC", init="LandmarkSpectralClustering"
    ),
    "vade+kdvae": partial(_recipe, "KDVAE", init="VaDE"),
    "spectral": _spectral,
    "landmark-spectral": partial(_recipe, "LandmarkSpectralClustering"),
    "gdl": partial(_recipe, "GraphDegreeLinkage"),
    "umap+gmm": _umap_mixture,
    "umap+hdbscan": _umap_hdbscan,
    "evoc": _evoc,
    "lsa+kmeans": partial(_of_semantics, _kmeans),
    "lsa+gmm": partial(_of_semantics, _mixture),
    "lsa+umap+gmm": partial(_of_semantics, _umap_mixture),
    "lsa+umap+hdbscan": partial(_of_semantics, _umap_hdbscan),
    "lsa+evoc": partial(_of_semantics, _evoc),
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


def _pendigits():
    X, y = fetch_pendigits(return_X_y=True)
    return X / 100, y


def _har():
    """Windows of one length, for how a signal moves tells more than how far."""
    X, y = fetch_har(return_X_y=True)
    X = Normalizer().fit_transform(StandardScaler().fit_transform(X))
    return X * X.shape[1] ** 0.5, y


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
    "pendigits": DataSet(_pendigits, 10, "tables"),
    "har": DataSet(_har, 6, "tables"),
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
