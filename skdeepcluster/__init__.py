"""Deep clustering estimators for scikit-learn."""

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__

# Loaded on first use (PEP 562): importing the metrics must not import torch.
_HOMES = {
    "ClusterGAN": "adversarial",
    "InfoGAN": "adversarial",
    "AttentionAutoencoder": "autoencoders",
    "Autoencoder": "autoencoders",
    "DualAutoencoder": "autoencoders",
    "VariationalAutoencoder": "autoencoders",
    "DVAEC": "attention",
    "DCN": "centroid",
    "DEC": "centroid",
    "DEPICT": "centroid",
    "IDEC": "centroid",
    "InductiveClusterer": "inductive",
    "IMSAT": "information",
    "DAMIC": "mixture",
    "DGG": "mixture",
    "KDAE": "mixture",
    "KDVAE": "mixture",
    "VaDE": "mixture",
    "GraphDegreeLinkage": "graph",
    "LandmarkSpectralClustering": "graph",
    "DSCDAN": "spectral",
    "SpectralNet": "spectral",
    "DSCNet": "subspace",
    "resumable": "_training",
}
_SUBPACKAGES = {
    "adversarial",
    "attention",
    "augmentation",
    "autoencoders",
    "benchmark",
    "centroid",
    "datasets",
    "export",
    "graph",
    "inductive",
    "information",
    "inspection",
    "metrics",
    "mixture",
    "recipes",
    "spectral",
    "subspace",
}

__all__ = [*_HOMES, *sorted(_SUBPACKAGES), "__version__"]


# A type checker sees imports alone, and takes any name from a module with __getattr__.
if TYPE_CHECKING:
    from . import adversarial as adversarial
    from . import attention as attention
    from . import augmentation as augmentation
    from . import autoencoders as autoencoders
    from . import benchmark as benchmark
    from . import centroid as centroid
    from . import datasets as datasets
    from . import export as export
    from . import graph as graph
    from . import inductive as inductive
    from . import information as information
    from . import inspection as inspection
    from . import metrics as metrics
    from . import mixture as mixture
    from . import recipes as recipes
    from . import spectral as spectral
    from . import subspace as subspace
    from ._training import resumable as resumable
    from .adversarial import ClusterGAN as ClusterGAN
    from .adversarial import InfoGAN as InfoGAN
    from .attention import DVAEC as DVAEC
    from .autoencoders import AttentionAutoencoder as AttentionAutoencoder
    from .autoencoders import Autoencoder as Autoencoder
    from .autoencoders import DualAutoencoder as DualAutoencoder
    from .autoencoders import VariationalAutoencoder as VariationalAutoencoder
    from .centroid import DCN as DCN
    from .centroid import DEC as DEC
    from .centroid import DEPICT as DEPICT
    from .centroid import IDEC as IDEC
    from .graph import GraphDegreeLinkage as GraphDegreeLinkage
    from .graph import LandmarkSpectralClustering as LandmarkSpectralClustering
    from .inductive import InductiveClusterer as InductiveClusterer
    from .information import IMSAT as IMSAT
    from .mixture import DAMIC as DAMIC
    from .mixture import DGG as DGG
    from .mixture import KDAE as KDAE
    from .mixture import KDVAE as KDVAE
    from .mixture import VaDE as VaDE
    from .spectral import DSCDAN as DSCDAN
    from .spectral import SpectralNet as SpectralNet
    from .subspace import DSCNet as DSCNet
else:

    def __getattr__(name):
        if name in _SUBPACKAGES:
            return import_module(f".{name}", __name__)
        if name in _HOMES:
            return getattr(import_module(f".{_HOMES[name]}", __name__), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
