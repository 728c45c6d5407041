"""The methods and the data sets that the command line knows by name.

All settings hold for a kind of data, none for a single data set.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from sklearn.cluster import KMeans, SpectralClustering
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from skorch.callbacks import LRScheduler

from skdeepcluster import (
    DAMIC,
    DCN,
    DEC,
    DSCDAN,
    DVAEC,
    IDEC,
    KDAE,
    KDVAE,
    AttentionAutoencoder,
    Autoencoder,
    DualAutoencoder,
    GraphDegreeLinkage,
    LandmarkSpectralClustering,
    SpectralNet,
    VaDE,
)
from skdeepcluster.datasets import (
    fetch_fashion_mnist,
    fetch_mnist,
    fetch_newsgroups,
    fetch_rcv1_topics,
    fetch_stackoverflow,
    fetch_usps,
    make_sigmoid_blobs,
)

# Parameters of the pre-training that all deep methods share, by kind of data. For
# images, the rate and momentum of DEC's authors, in smaller batches, annealed.
AUTOENCODERS = {
    "images": {
        "loss": "bernoulli",
        "optimizer": torch.optim.SGD,
        "lr": 1.0,
        "net_params": {"optimizer__momentum": 0.9},
        "callbacks": [LRScheduler("CosineAnnealingLR", T_max=30)],
        "batch_size": 64,
        "max_epochs": 30,
    },
    "text": {"n_components": 20, "max_epochs": 30},
    "small": {"hidden_layer_sizes": (256, 128), "batch_size": 64},
    "manifolds": {"n_components": 2, "hidden_layer_sizes": (50, 10), "batch_size": 64},
}

# Parameters of the joint training that they share. A few thousand rows make too few
# steps of an epoch with the default batch size of 256.
JOINT_TRAINING = {
    "images": {},
    "text": {"max_epochs": 20},
    "small": {"batch_size": 64},
    "manifolds": {"batch_size": 64},
}


# The likelihood of the mixtures is that of the autoencoders, the cross-entropy.
LIKELIHOODS = {"images": "bernoulli"}

# Parameters of the experts of the mixtures.
EXPERTS = {
    "images": {},
    "text": {"n_components": 20},
    "small": {"n_components": 5, "hidden_layer_sizes": (64, 32)},
    "manifolds": {"n_components": 2, "hidden_layer_sizes": (64, 32)},
}

# On smooth manifolds of few dimensions, experts restore the rows of others too.
DAMIC_SETTINGS = {
    "manifolds": {
        "n_components": 10,
        "hidden_layer_sizes": (128, 64),
        "gate_hidden_layer_sizes": (128, 128),
        "input_noise": 1.0,
        "dropout": 0.2,
    }
}

# The spectral network needs large batches, and small data a small network.
SPECTRAL_SETTINGS = {
    kind: {"hidden_layer_sizes": (256, 256, 128), "batch_size": 512, "max_epochs": 150}
    for kind in ("small", "manifolds")
}

DUAL_AUTOENCODERS = {
    "images": {"hidden_layer_sizes": (32, 64), "output": "sigmoid", "max_epochs": 50},
    "text": {"max_epochs": 30},
    "small": {"hidden_layer_sizes": (256, 256), "gamma": 0.1},
    "manifolds": {"hidden_layer_sizes": (256, 256), "gamma": 0.1},
}

ATTENTION_AUTOENCODERS = {
    "images": {"output": "sigmoid", "max_epochs": 50},
    "text": {"n_components": 20, "max_epochs": 30},
    "small": {"hidden_layer_sizes": (128, 128, 128)},
    "manifolds": {"hidden_layer_sizes": (128, 128, 128)},
}

DVAEC_SETTINGS = {"text": {"max_epochs": 20}}


class DataSet(NamedTuple):
    """A data set before it is loaded: `load()` gives X and y."""

    load: Callable
    n_clusters: int
    kind: str
    image_shape: tuple | None = None


def _autoencoder(data):
    return Autoencoder(**AUTOENCODERS[data.kind])


def _kmeans(data):
    return KMeans(data.n_clusters, n_init=20)


def _autoencoder_kmeans(data):
    return make_pipeline(_autoencoder(data), _kmeans(data))


def _centroid(method, data):
    return method(
        data.n_clusters, autoencoder=_autoencoder(data), **JOINT_TRAINING[data.kind]
    )


def _vade(data):
    likelihood = LIKELIHOODS.get(data.kind, "gaussian")
    return _centroid(VaDE, data).set_params(likelihood=likelihood)


def _experts(method, data, start=_autoencoder):
    return method(
        data.n_clusters,
        init=start(data),
        likelihood=LIKELIHOODS.get(data.kind, "gaussian"),
        **EXPERTS[data.kind],
        **JOINT_TRAINING[data.kind],
    )


def _damic(data):
    return _experts(DAMIC, data).set_params(**DAMIC_SETTINGS.get(data.kind, {}))


def _spectral(data):
    return SpectralClustering(data.n_clusters, affinity="nearest_neighbors")


def _linkage(data):
    linkage = GraphDegreeLinkage(data.n_clusters)
    if data.kind != "images":
        return linkage
    # The authors centre images and scale them to unit length.
    return make_pipeline(StandardScaler(with_std=False), Normalizer(), linkage)


def _landmark_spectral(data):
    return LandmarkSpectralClustering(data.n_clusters)


def _spectralnet(data, start=lambda data: None, **params):
    params = {**SPECTRAL_SETTINGS.get(data.kind, {}), **params}
    return SpectralNet(data.n_clusters, autoencoder=start(data), **params)


def _dual(data, **params):
    settings = DUAL_AUTOENCODERS.get(data.kind, {})
    return DualAutoencoder(image_shape=data.image_shape, **settings, **params)


def _dual_kmeans(data, **params):
    return make_pipeline(_dual(data, **params), _kmeans(data))


def _dscdan(data, **params):
    settings = SPECTRAL_SETTINGS.get(data.kind, {})
    epochs = settings.get("max_epochs", 100)
    settings = {**settings, "spectral_epochs": epochs, "max_epochs": 50, **params}
    return DSCDAN(data.n_clusters, autoencoder=_dual(data), **settings)


def _attention(data, **params):
    settings = ATTENTION_AUTOENCODERS[data.kind]
    return AttentionAutoencoder(image_shape=data.image_shape, **settings, **params)


def _attention_kmeans(data, **params):
    return make_pipeline(_attention(data, **params), _kmeans(data))


def _dvaec(data):
    settings = DVAEC_SETTINGS.get(data.kind, {})
    return DVAEC(data.n_clusters, autoencoder=_attention(data), **settings)


METHODS = {
    "kmeans": _kmeans,
    "ae+kmeans": _autoencoder_kmeans,
    "dec": partial(_centroid, DEC),
    "idec": partial(_centroid, IDEC),
    "dcn": partial(_centroid, DCN),
    "vade": _vade,
    "kdae": partial(_experts, KDAE),
    "damic": _damic,
    "kdvae": partial(_experts, KDVAE),
    "vade+kdvae": partial(_experts, KDVAE, start=_vade),
    "spectral": _spectral,
    "landmark-spectral": _landmark_spectral,
    "gdl": _linkage,
    "spectralnet": _spectralnet,
    "spectralnet-siamese": partial(_spectralnet, affinity="siamese"),
    "ae+spectralnet": partial(_spectralnet, start=_autoencoder),
    "ae+spectralnet-siamese": partial(
        _spectralnet, start=_autoencoder, affinity="siamese"
    ),
    # The rows of the ablation in DSCDAN's paper.
    "plain+kmeans": partial(_dual_kmeans, beta=0.0, relative_weight=0.0),
    "mi+kmeans": partial(_dual_kmeans, relative_weight=0.0),
    "rs+kmeans": partial(_dual_kmeans, beta=0.0),
    "dual+kmeans": _dual_kmeans,
    "dscdan": _dscdan,
    "dscdan-euclidean": partial(_dscdan, affinity="euclidean"),
    # The rows of the table in DVAEC's slides: the codes without attention, and with it.
    "attention-z+kmeans": partial(_attention_kmeans, space="z"),
    "attention+kmeans": _attention_kmeans,
    "dvaec": _dvaec,
}


def _digits():
    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y


def _words(fetch):
    texts, y = fetch(return_X_y=True)
    words = TfidfVectorizer(
        max_features=2000, stop_words="english", sublinear_tf=True, dtype=np.float32
    )
    return _unit_features(words.fit_transform(texts)), y


def _rcv1_10k():
    X, y = fetch_rcv1_topics(subset="10k", return_X_y=True)
    return _unit_features(X), y


def _unit_features(X):
    """Scale unit rows of d terms, so features of about 1 / sqrt(d), to about one."""
    return X * np.float32(X.shape[1] ** 0.5)


def _sigmoid_blobs():
    X, y = make_sigmoid_blobs(random_state=0)
    return X.astype(np.float32), y


DATASETS = {
    "digits": DataSet(_digits, 10, "small"),
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
    "newsgroups": DataSet(partial(_words, fetch_newsgroups), 20, "text"),
    "stackoverflow": DataSet(partial(_words, fetch_stackoverflow), 20, "text"),
    "rcv1-10k": DataSet(_rcv1_10k, 4, "text"),
    "sigmoid-blobs": DataSet(_sigmoid_blobs, 4, "manifolds"),
}


def make_estimator(method, dataset):
    """Give the clusterer of this name with the settings for a data set."""
    return METHODS[method](DATASETS[dataset])
