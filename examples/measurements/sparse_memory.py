"""How much memory a fit on wide sparse text takes: the matrix is never made dense.

Fits IDEC to the 20 newsgroups with 50,000 words, one epoch of each stage, and prints
the peak of the process's memory above its start beside what the dense matrix alone
would take. Linux only, as it reads the peak from /proc. Takes some minutes.

    python examples/measurements/sparse_memory.py
"""

import re
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skdeepcluster import IDEC, Autoencoder
from skdeepcluster.datasets import fetch_newsgroups


def memory(entry):
    """Return an entry of the process's status, in MiB."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{entry}:\s*(\d+) kB", status)[1]) / 1024


def scale(X):
    """Scale unit rows to features of about one, which the networks need."""
    return X * X.shape[1] ** 0.5


def main():
    start = memory("VmRSS")
    texts, _ = fetch_newsgroups(return_X_y=True)
    idec = IDEC(20, autoencoder=Autoencoder(max_epochs=1), max_epochs=1, random_state=0)
    pipeline = make_pipeline(
        TfidfVectorizer(max_features=50_000, dtype=np.float32),
        FunctionTransformer(scale),
        idec,
    ).fit(texts)
    n_features = pipeline[-1].n_features_in_
    dense = len(texts) * n_features * 4 / 2**20
    print(f"{len(texts):,} texts, {n_features:,} words")
    print(f"peak above the start: {memory('VmHWM') - start:,.0f} MiB")
    print(f"the dense matrix alone: {dense:,.0f} MiB")


if __name__ == "__main__":
    main()
