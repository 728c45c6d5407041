"""Deep clustering estimators for scikit-learn."""

from importlib import import_module

from ._version import __version__

# Loaded on first use (PEP 562): importing the metrics must not import torch.
_HOMES = {
    "AttentionAutoencoder": "autoencoders",
    "Autoencoder": "autoencoders",
    "DualAutoencoder": "autoencoders",
    "VariationalAutoencoder": "autoencoders",
    "DVAEC": "attention",
    "DCN": "centroid",
    "DEC": "centroid",
    "IDEC": "centroid",
    "DAMIC": "mixture",
    "KDAE": "mixture",
    "KDVAE": "mixture",
    "VaDE": "mixture",
    "DSCDAN": "spectral",
    "SpectralNet": "spectral",
}
_SUBPACKAGES = {
    "attention",
    "autoencoders",
    "benchmark",
    "centroid",
    "datasets",
    "export",
    "inspection",
    "metrics",
    "mixture",
    "spectral",
}

__all__ = [*_HOMES, *sorted(_SUBPACKAGES), "__version__"]


def __getattr__(name):
    if name in _SUBPACKAGES:
        return import_module(f".{name}", __name__)
    if name in _HOMES:
        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
