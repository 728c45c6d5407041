"""Synthetic data, and the public data sets on which deep clustering is compared.

This subpackage needs neither torch nor skorch.
"""

from ._docstrings import load_docstrings
from ._fashion_mnist import fetch_fashion_mnist
from ._generators import make_affine_planes, make_sigmoid_blobs
from ._har import fetch_har
from ._mnist import fetch_mnist
from ._newsgroups import fetch_newsgroups
from ._pendigits import fetch_pendigits
from ._rcv1 import fetch_rcv1_topics
from ._stackoverflow import fetch_stackoverflow
from ._usps import fetch_usps

__all__ = [
    "fetch_fashion_mnist",
    "fetch_har",
    "fetch_mnist",
    "fetch_newsgroups",
    "fetch_pendigits",
    "fetch_rcv1_topics",
    "fetch_stackoverflow",
    "fetch_usps",
    "load_docstrings",
    "make_affine_planes",
    "make_sigmoid_blobs",
]
