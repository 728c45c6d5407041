"""Autoencoders as scikit-learn transformers."""

from ._autoencoder import Autoencoder
from ._pretraining import PretrainingMixin
from ._variational import VariationalAutoencoder

__all__ = ["Autoencoder", "PretrainingMixin", "VariationalAutoencoder"]
