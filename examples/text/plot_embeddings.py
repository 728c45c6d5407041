"""
========================================
Embeddings of texts: clusters of meaning
========================================

A sentence encoder makes a vector of each text, of unit length, and texts of one meaning
have vectors of one direction. This page goes from such vectors to a number of clusters,
to clusters, to what they are about, to outliers and to new texts. It is the same for
the vectors of images, or of anything else that has an encoder.
"""

# %%
# Texts, and their vectors
# ------------------------
#
# The titles of questions; without a network, docstrings. Their encoder comes within a
# package, so that nothing is fetched. Where it is not installed, latent semantic
# analysis makes vectors of another kind: of the words, not of the meaning.

import numpy as np

from skdeepcluster.datasets import fetch_stackoverflow, load_docstrings

try:
    texts, y = fetch_stackoverflow(return_X_y=True)
    texts, y = texts[::5], y[::5]
except OSError:
    texts, y = load_docstrings(return_X_y=True)
texts = np.array(texts, dtype=object)

from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from tempfile import mkdtemp

from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

try:
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        from all_minilm_l6_v2 import extract_model
        from sentence_transformers import SentenceTransformer

        encoder = SentenceTransformer(str(extract_model(mkdtemp())), device="cpu")

    def encode(texts):
        return encoder.encode(list(texts), normalize_embeddings=True)

except ImportError:
    words = TfidfVectorizer(stop_words="english", sublinear_tf=True, dtype=np.float32)
    analysis = make_pipeline(words, TruncatedSVD(100, random_state=0), Normalizer())
    encode = analysis.fit(texts).transform

is_new = np.arange(len(texts)) % 10 == 0
vectors = encode(texts[~is_new])
print(vectors.shape)

# %%
# How many clusters?
# ------------------
#
# As many as different halves of the data agree about, or none that could be told, where
# they agree about no number. Several peaks tell of clusters within clusters.

import matplotlib.pyplot as plt

from skdeepcluster.inspection import NumberOfClustersDisplay

_ = NumberOfClustersDisplay.from_data(vectors, random_state=0)

# %%
# Here the number of classes is known, and taken, so that accuracies can be compared.
#
# Clusters
# --------
#
# The recipe for embeddings, beside k-means.

from sklearn.cluster import KMeans

from skdeepcluster.metrics import clustering_accuracy_score
from skdeepcluster.recipes import recipe

n_clusters = len(np.unique(y))
spectralnet = recipe("SpectralNet", "embeddings", n_clusters).set_params(random_state=0)
candidates = {
    "k-means": KMeans(n_clusters, n_init=5, random_state=0).fit(vectors),
    "SpectralNet": spectralnet.fit(vectors),
}
for name, model in candidates.items():
    of_new = clustering_accuracy_score(y[is_new], model.predict(encode(texts[is_new])))
    accuracy = clustering_accuracy_score(y[~is_new], model.labels_)
    print(f"{name:<12} accuracy {accuracy:.3f}, of new texts {of_new:.3f}")

# %%
# What they are about
# -------------------
#
# The words that tell the largest clusters from all others, and the text in the middle
# of each.

from sklearn.feature_extraction.text import CountVectorizer

from skdeepcluster.inspection import top_features, typical_members

counts = CountVectorizer(stop_words="english", min_df=3)
top = top_features(
    counts.fit_transform(texts[~is_new]),
    spectralnet.labels_,
    counts.get_feature_names_out(),
    n_features=5,
)
for cluster in range(6):
    (typical,) = typical_members(spectralnet, vectors, cluster, n_members=1)
    first_line = texts[~is_new][typical].strip().split("\n")[0]
    print(f"{cluster}: {', '.join(top.names[cluster])}\n   {first_line:.75}")

# %%
# Where they are
# --------------

from skdeepcluster.inspection import EmbeddingDisplay

_ = EmbeddingDisplay.from_estimator(spectralnet, vectors, projection="tsne")

# %%
# Texts that belong nowhere
# -------------------------
#
# Every text is in a cluster, unless one asks. ``typicality`` is the share of the texts
# of the training that are further from all centers; with ``contamination=0.02`` the
# least typical two in a hundred are in no cluster, but -1.

labels = spectralnet.predict(vectors, contamination=0.02)
for row in np.flatnonzero(labels == -1)[:5]:
    first_line = texts[~is_new][row].strip().split("\n")[0]
    print(f"{spectralnet.typicality(vectors[[row]])[0]:.3f}  {first_line:.75}")

# %%
# Tomorrow's texts
# ----------------
#
# The fitted network is a file of some hundred kilobytes, and gives a row the same
# cluster whatever comes with it; :func:`~skdeepcluster.export.to_onnx` writes it for
# programs without Python.

import pickle

saved = pickle.dumps(spectralnet)
print(f"{len(saved) / 1000:.0f} kB")
print(pickle.loads(saved).predict(encode(texts[is_new][:5])))

plt.show()
