"""Autoencoders as scikit-learn transformers."""

from ._autoencoder import Autoencoder
from ._dual import DualAutoencoder
from ._pretraining import PretrainingMixin
from ._variational import VariationalAutoencoder

__all__ = [
    "Autoencoder",
    "DualAutoencoder",
    "PretrainingMixin",
    "VariationalAutoencoder",
]
