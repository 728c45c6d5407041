"""Synthetic data, and the public data sets on which deep clustering is compared.

This subpackage needs neither torch nor skorch.
"""

from ._generators import make_affine_planes, make_sigmoid_blobs
from ._images import fetch_fashion_mnist, fetch_mnist, fetch_usps
from ._texts import (
    fetch_newsgroups,
    fetch_rcv1_topics,
    fetch_stackoverflow,
    load_docstrings,
)

__all__ = [
    "fetch_fashion_mnist",
    "fetch_mnist",
    "fetch_newsgroups",
    "fetch_rcv1_topics",
    "fetch_stackoverflow",
    "fetch_usps",
    "load_docstrings",
    "make_affine_planes",
    "make_sigmoid_blobs",
]
