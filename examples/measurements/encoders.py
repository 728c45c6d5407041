"""Write the embeddings of titles or posts by a sentence encoder, with their classes.

The encoder is a folder of sentence-transformers, such as one that a package brings, or
its name; needs sentence-transformers and the texts, or a network. A thousand titles
take some seconds on one core, a thousand posts a minute and a half.

    python examples/measurements/encoders.py ENCODER {stackoverflow,newsgroups} N FILE
"""

import sys

import numpy as np
from sentence_transformers import SentenceTransformer

from skdeepcluster.datasets import fetch_newsgroups, fetch_stackoverflow

# With the most tokens that are read of a text.
SETS = {
    "stackoverflow": (fetch_stackoverflow, 32),
    "newsgroups": (fetch_newsgroups, 128),
}


def main():
    encoder, name, n_rows, path = sys.argv[1:]
    fetch, n_tokens = SETS[name]
    texts, y = fetch(return_X_y=True)
    rows = np.random.RandomState(0).permutation(len(y))[: int(n_rows)]
    model = SentenceTransformer(encoder)
    model.max_seq_length = n_tokens
    vectors = model.encode([texts[row] for row in rows], normalize_embeddings=True)
    np.savez(path, X=vectors, y=np.asarray(y)[rows])


if __name__ == "__main__":
    main()
