"""Mixtures of autoencoders."""

from ._damic import DAMIC
from ._dgg import DGG
from ._kdae import KDAE
from ._kdvae import KDVAE
from ._vade import VaDE

__all__ = ["DAMIC", "DGG", "KDAE", "KDVAE", "VaDE"]
