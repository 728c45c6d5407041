"""Settings by kind of data: the estimators of the results page.

They hold for a kind of data, none for a single data set. Epochs of images, and of most
methods on tables, are so many batches: their budgets do not grow with the data.
"""

from typing import Any

import torch
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from skorch.callbacks import LRScheduler

from ._compat import COUNT, StrOptions, validate_params
from ._typing import Estimator, ImageShape
from .adversarial import ClusterGAN, InfoGAN
from .attention import DVAEC
from .augmentation import RandomAffine
from .autoencoders import (
    AttentionAutoencoder,
    Autoencoder,
    DualAutoencoder,
    VariationalAutoencoder,
)
from .centroid import DCN, DEC, DEPICT, IDEC
from .graph import GraphDegreeLinkage, LandmarkSpectralClustering
from .information import IMSAT
from .mixture import DAMIC, DGG, KDAE, KDVAE, VaDE
from .spectral import DSCDAN, SpectralNet
from .subspace import DSCNet

__all__ = ["KINDS", "recipe"]

KINDS = ("images", "tables", "texts", "embeddings", "manifolds")

# Most words are hidden from the encoder, which has to tell them from the others; codes
# of many directions hold best what words have in common.
_TEXTS: dict[str, Any] = {
    "n_components": 100,
    "hidden_layer_sizes": (500,),
    "likelihood": "cosine",
    "corruption": 0.6,
    "callbacks": [LRScheduler("CosineAnnealingLR", T_max=20)],
    "batch_size": 256,
    "steps_per_epoch": 80,
    "max_epochs": 20,
}

# The network of DEC's authors, which many others took.
_WIDE = (500, 500, 2000)

# The pre-training that most methods share. For images, the rate and momentum of DEC's
# authors, in smaller batches, annealed.
_AUTOENCODER: dict[str, dict[str, Any]] = {
    "images": {
        "hidden_layer_sizes": _WIDE,
        "likelihood": "bernoulli",
        "optimizer": torch.optim.SGD,
        "lr": 1.0,
        "net_params": {"optimizer__momentum": 0.9},
        "callbacks": [LRScheduler("CosineAnnealingLR", T_max=30)],
        "batch_size": 64,
        "steps_per_epoch": 150,
        "max_epochs": 30,
    },
    "tables": {
        "hidden_layer_sizes": (256, 128),
        "batch_size": 64,
        "steps_per_epoch": 30,
    },
    "texts": {"spherical": True, **_TEXTS},
    "embeddings": {"n_components": 20, "hidden_layer_sizes": (512, 256)},
    "manifolds": {"n_components": 2, "hidden_layer_sizes": (50, 10), "batch_size": 64},
}

_SMALL_DUAL = {"hidden_layer_sizes": (256, 256), "gamma": 0.0125, "beta": 0.00125}
_DUAL_AUTOENCODER: dict[str, dict[str, Any]] = {
    "images": {
        "hidden_layer_sizes": (32, 64),
        "gamma": 1.0,
        "steps_per_epoch": 100,
        "max_epochs": 50,
    },
    "tables": _SMALL_DUAL,
    "texts": {"gamma": 1.0, **_TEXTS},
    "manifolds": _SMALL_DUAL,
}

_ATTENTION_AUTOENCODER: dict[str, dict[str, Any]] = {
    "images": {"steps_per_epoch": 80, "max_epochs": 50},
    "tables": {"hidden_layer_sizes": (128, 128, 128)},
    "texts": _TEXTS,
    "embeddings": {"n_components": 20, "hidden_layer_sizes": (512, 256)},
    "manifolds": {"hidden_layer_sizes": (128, 128, 128)},
}

# A few thousand rows make too few steps of an epoch with the default batch size of 256.
_SMALL_BATCHES = {"batch_size": 64}
_JOINT_TRAINING: dict[str, dict[str, Any]] = {
    "images": {"steps_per_epoch": 40, "max_epochs": 50},
    "tables": {**_SMALL_BATCHES, "steps_per_epoch": 30},
    "texts": {"max_epochs": 20},
    "manifolds": _SMALL_BATCHES,
}

# Cross-entropies of pixels are small beside a relative squared error.
# In codes of many dimensions all distances are alike: tails as heavy as in two, for
# which one degree of freedom was made, would leave all assignments even. Nor can a
# covariance of each cluster be learned.
_OF_CODES: dict[tuple[type, str], dict[str, Any]] = {
    (IDEC, "images"): {"gamma": 0.1},
    (DEC, "texts"): {"dof": 5.0},
    (IDEC, "texts"): {"dof": 5.0, "gamma": 0.1},
    (DCN, "texts"): {"lam": 0.2},
    # A variational autoencoder of images that are moved strays from a good start.
    (VaDE, "images"): {"augment": None},
    (DGG, "images"): {"augment": None},
    (VaDE, "texts"): {"covariance_type": "tied"},
    (DGG, "texts"): {"covariance_type": "tied"},
}

_EXPERTS: dict[str, dict[str, Any]] = {
    "tables": {"hidden_layer_sizes": (64, 32), "expert_epochs": 50},
    # Experts of wide codes restore the texts of others, too.
    "texts": {
        "n_components": 5,
        "hidden_layer_sizes": (100,),
        "likelihood": "cosine",
    },
    "embeddings": {"n_components": 20, "hidden_layer_sizes": (256, 64)},
    "manifolds": {"n_components": 2, "hidden_layer_sizes": (64, 32)},
}

_OF_EXPERTS: dict[tuple[type, str], dict[str, Any]] = {
    # Which expert restores an image best says more than the likelihood of its codes.
    (KDVAE, "images"): {"recon_precision": 50.0},
    # On smooth manifolds of few dimensions, experts restore the rows of others too.
    (DAMIC, "manifolds"): {
        "n_components": 10,
        "hidden_layer_sizes": (128, 64),
        "gate_hidden_layer_sizes": (128, 128),
        "input_noise": 1.0,
        "dropout": 0.2,
    },
}

_DVAEC: dict[str, dict[str, Any]] = {
    "images": {"steps_per_epoch": 80},
    "tables": {"steps_per_epoch": 40, "class_epochs": 60, "max_epochs": 60},
    # Nothing more than the identity can be learned in so many dimensions.
    "texts": {"covariance_type": "identity", "max_epochs": 20},
}

# The spectral network needs large batches, and small data a small network.
_SMALL_SPECTRAL = {
    "hidden_layer_sizes": (256, 256, 128),
    "batch_size": 512,
    "max_epochs": 150,
}
_SPECTRAL: dict[str, dict[str, Any]] = {
    "images": {"steps_per_epoch": 10},
    "tables": _SMALL_SPECTRAL,
    # As many steps on few rows would learn the rows by heart.
    "embeddings": {
        "hidden_layer_sizes": (256, 128),
        "batch_size": 512,
        "steps_per_epoch": 10,
        "max_epochs": 50,
    },
    "manifolds": _SMALL_SPECTRAL,
}

# More landmarks find finer shapes; of fewer than 12,000 rows they are a quarter.
_LANDMARKS: dict[str, dict[str, Any]] = {"tables": {"n_landmarks": 3000}}

# From a graph of the pixels, which a small network learns and betters in seconds, and
# without images that are moved: clusters get lost. From the landmarks of tables, too,
# and there a longer way still leads to the same class. Between texts, which are far
# from each other, a shorter way leads to another topic.
_IMSAT: dict[str, dict[str, Any]] = {
    "images": {
        "hidden_layer_sizes": (400, 400),
        "steps_per_epoch": 100,
        "max_epochs": 20,
    },
    "tables": {
        "alpha": 0.5,
        "hidden_layer_sizes": (256, 256),
        "steps_per_epoch": 30,
        "max_epochs": 20,
    },
    "texts": {"mu": 2.0, "alpha": 0.1, "init_epochs": 5, "max_epochs": 20},
}

# Convolutions, and images that are moved, make the classes settle before what is drawn
# is like the data. No loss tells when to stop: the rate goes down to zero.
_ADVERSARIAL: dict[tuple[type, str], dict[str, Any]] = {
    (ClusterGAN, "images"): {
        "hidden_layer_sizes": (512, 512),
        "batch_size": 320,
        "steps_per_epoch": 200,
        "max_epochs": 100,
        "callbacks": [LRScheduler("CosineAnnealingLR", T_max=100)],
    },
    (InfoGAN, "images"): {
        "hidden_layer_sizes": (512, 512),
        "steps_per_epoch": 200,
        "max_epochs": 100,
        "callbacks": [LRScheduler("CosineAnnealingLR", T_max=100)],
    },
}


@validate_params(
    {
        "method": [str],
        "kind": [StrOptions(set(KINDS))],
        "n_clusters": [COUNT, None],
        "image_shape": [tuple, list, None],
    }
)
def recipe(
    method: str,
    kind: str,
    n_clusters: int | None = None,
    *,
    image_shape: ImageShape | None = None,
) -> Estimator:
    """Return an estimator with the settings of the results page for a kind of data.

    Parameters
    ----------
    method : str
        Name of a clusterer's or a transformer's class, such as "KDVAE".

    kind : {"images", "tables", "texts", "embeddings", "manifolds"}
        The kind of data: images of pixels in [0, 1], features of a scale of about one,
        counts or tf-idf of words in rows of any length, vectors of unit length from an
        encoder, or smooth manifolds of few dimensions.

    n_clusters : int, default=None
        Number of clusters, for a clusterer.

    image_shape : tuple of int (channels, height, width), default=None
        Shape of the images, for the methods with convolutions, and for training on
        images that are turned and moved a little. None means without.

    Returns
    -------
    estimator
        An unfitted estimator, whose parameters may be changed as usual.

    Raises
    ------
    ValueError
        If there is no such method or kind, or ``n_clusters`` is missing.

    Examples
    --------
    >>> from skdeepcluster.recipes import recipe
    >>> recipe("DEC", "tables", 10).batch_size
    64
    >>> recipe("DualAutoencoder", "images", image_shape=(1, 28, 28)).max_epochs
    50
    """
    if method not in _METHODS:
        raise ValueError(f"method={method!r} should be one of {sorted(_METHODS)}.")
    if image_shape is not None and (
        len(image_shape) != 3 or not all(map(COUNT.is_satisfied_by, image_shape))
    ):
        raise ValueError(
            f"image_shape={image_shape!r} should be (channels, height, width)."
        )
    is_transformer = method.endswith("Autoencoder")
    if n_clusters is None and not is_transformer:
        raise ValueError(
            f"n_clusters=None, but {method} needs a number of clusters: give an int."
        )
    # A clone, whose lists and dicts of settings are its own.
    return clone(_METHODS[method](n_clusters, kind, image_shape))


def _augment(kind, image_shape):
    if kind != "images" or image_shape is None:
        return None
    return RandomAffine(image_shape)


def _start(n_clusters, kind):
    """Return the start of methods with an autoencoder, where it is not the default."""
    if kind == "texts":
        return {"init": _directions(n_clusters)}
    if kind == "images":
        # Neighbours among the pixels tell more than those among codes.
        return {"init": _linkage(n_clusters, kind, None), "init_space": "data"}
    return {}


def _directions(n_clusters):
    """Return k-means of directions, for texts, whose neighbours mislead."""
    return make_pipeline(Normalizer(), KMeans(n_clusters, n_init=20))


def _autoencoder(n_clusters, kind, image_shape):
    return Autoencoder(augment=_augment(kind, image_shape), **_AUTOENCODER[kind])


def _variational_autoencoder(n_clusters, kind, image_shape):
    return VariationalAutoencoder(
        recon_precision="auto",
        augment=_augment(kind, image_shape),
        **_AUTOENCODER[kind],
    )


def _dual_autoencoder(n_clusters, kind, image_shape):
    return DualAutoencoder(
        image_shape=image_shape,
        augment=_augment(kind, image_shape),
        **_DUAL_AUTOENCODER.get(kind, {}),
    )


def _attention_autoencoder(n_clusters, kind, image_shape):
    settings = dict(_ATTENTION_AUTOENCODER[kind])
    if kind == "images" and image_shape is None:
        settings["hidden_layer_sizes"] = _WIDE
    return AttentionAutoencoder(
        image_shape=image_shape, augment=_augment(kind, image_shape), **settings
    )


def _on_codes(cls):
    def make(n_clusters, kind, image_shape):
        autoencoder = _autoencoder(n_clusters, kind, image_shape)
        settings = {"augment": _augment(kind, image_shape)}
        settings.update(_JOINT_TRAINING.get(kind, {}))
        settings.update(_OF_CODES.get((cls, kind), {}))
        if cls in (VaDE, DGG):
            settings["likelihood"] = autoencoder.likelihood
        return cls(
            n_clusters,
            autoencoder=autoencoder,
            **_start(n_clusters, kind),
            **settings,
        )

    return make


def _depict(n_clusters, kind, image_shape):
    depict = _on_codes(DEPICT)(n_clusters, kind, image_shape)
    if kind != "images" or image_shape is None:
        return depict
    # What is hidden, turned and moved is best told by convolutions.
    return depict.set_params(
        autoencoder__hidden_layer_sizes=None,
        autoencoder__image_shape=image_shape,
        autoencoder__optimizer=torch.optim.Adam,
        autoencoder__lr=1e-3,
        autoencoder__net_params=None,
    )


def _experts(cls):
    def make(n_clusters, kind, image_shape):
        settings = {**_EXPERTS.get(kind, {}), **_JOINT_TRAINING.get(kind, {})}
        settings.update(_OF_EXPERTS.get((cls, kind), {}))
        init = _experts_start(n_clusters, kind, image_shape)
        augment = _augment(kind, image_shape)
        return cls(n_clusters, init=init, augment=augment, **settings)

    return make


def _experts_start(n_clusters, kind, image_shape):
    if kind == "images":
        return _linkage(n_clusters, kind, image_shape)
    autoencoder = _autoencoder(n_clusters, kind, image_shape)
    if kind == "texts":
        return make_pipeline(autoencoder, _directions(n_clusters))
    return autoencoder


def _linkage(n_clusters, kind, image_shape):
    linkage = GraphDegreeLinkage(n_clusters)
    if kind != "images":
        return linkage
    # The authors centre images and scale them to unit length.
    return make_pipeline(StandardScaler(with_std=False), Normalizer(), linkage)


def _landmarks(n_clusters, kind, image_shape):
    return LandmarkSpectralClustering(n_clusters, **_LANDMARKS.get(kind, {}))


def _spectralnet(n_clusters, kind, image_shape):
    settings = dict(_SPECTRAL.get(kind, {}))
    if kind == "images":
        settings["autoencoder"] = _dual_autoencoder(n_clusters, kind, image_shape)
        settings["affinity"] = "siamese"
        settings.update(_wide_embedding(n_clusters))
    if kind == "texts":  # whose neighbours are too often of other topics
        settings["autoencoder"] = _autoencoder(n_clusters, kind, image_shape)
    return SpectralNet(n_clusters, **settings)


def _wide_embedding(n_clusters):
    """Return the settings of a spectral embedding of many images.

    A weak border between two clusters may come behind twice as many others. In as many
    dimensions k-means needs a start.
    """
    return {"n_eigenvectors": 2 * n_clusters, **_start(n_clusters, "images")}


def _dscdan(n_clusters, kind, image_shape):
    settings = dict(_SPECTRAL.get(kind, {}))
    settings["spectral_epochs"] = settings.pop("max_epochs", 100)
    settings["max_epochs"] = 50
    if kind == "images":
        settings.update(_wide_embedding(n_clusters), max_epochs=25)
    return DSCDAN(
        n_clusters,
        autoencoder=_dual_autoencoder(n_clusters, kind, image_shape),
        augment=_augment(kind, image_shape),
        **settings,
    )


def _dscnet(n_clusters, kind, image_shape):
    return DSCNet(
        n_clusters,
        autoencoder=_autoencoder(n_clusters, kind, image_shape),
        augment=_augment(kind, image_shape),
    )


def _imsat(n_clusters, kind, image_shape):
    start = {"images": _linkage, "tables": _landmarks}.get(kind)
    init = None if start is None else start(n_clusters, kind, image_shape)
    return IMSAT(n_clusters, init=init, **_IMSAT.get(kind, {}))


def _dvaec(n_clusters, kind, image_shape):
    return DVAEC(
        n_clusters,
        autoencoder=_attention_autoencoder(n_clusters, kind, image_shape),
        augment=_augment(kind, image_shape),
        **_start(n_clusters, kind),
        **_DVAEC.get(kind, {}),
    )


def _adversarial(cls):
    def make(n_clusters, kind, image_shape):
        return cls(n_clusters, **_ADVERSARIAL.get((cls, kind), {}))

    return make


_METHODS = {
    "Autoencoder": _autoencoder,
    "VariationalAutoencoder": _variational_autoencoder,
    "DualAutoencoder": _dual_autoencoder,
    "AttentionAutoencoder": _attention_autoencoder,
    **{cls.__name__: _on_codes(cls) for cls in (DEC, IDEC, DCN, VaDE, DGG)},
    **{cls.__name__: _experts(cls) for cls in (KDAE, DAMIC, KDVAE)},
    "DEPICT": _depict,
    "GraphDegreeLinkage": _linkage,
    "LandmarkSpectralClustering": _landmarks,
    "SpectralNet": _spectralnet,
    "DSCDAN": _dscdan,
    "DSCNet": _dscnet,
    "IMSAT": _imsat,
    "DVAEC": _dvaec,
    **{cls.__name__: _adversarial(cls) for cls in (ClusterGAN, InfoGAN)},
}
