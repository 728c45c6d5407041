"""Autoencoders as scikit-learn transformers."""

from ._attention import AttentionAutoencoder
from ._autoencoder import Autoencoder
from ._dual import DualAutoencoder
from ._pretraining import PretrainingMixin
from ._variational import VariationalAutoencoder

__all__ = [
    "AttentionAutoencoder",
    "Autoencoder",
    "DualAutoencoder",
    "PretrainingMixin",
    "VariationalAutoencoder",
]
