"""Clusters around centers in the embedding of an autoencoder."""

from ._dcn import DCN
from ._dec import DEC
from ._depict import DEPICT
from ._idec import IDEC

__all__ = ["DCN", "DEC", "DEPICT", "IDEC"]
