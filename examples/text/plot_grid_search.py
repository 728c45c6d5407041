"""A grid search over a text pipeline, as with any estimator of scikit-learn.

IDEC behind a TfidfVectorizer: the search fits it on sparse input in two processes and
scores each setting on held-out documents by accuracy and normalized mutual
information. The best pipeline is pickled, loaded, and shows the typical words of its
clusters. The documents are four of the 20 newsgroups, or, with neither a copy nor a
network, random words of four topics. Takes one to two minutes on one core.

    python examples/grid_search_text.py
"""

import pickle
import tempfile
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skdeepcluster import IDEC, Autoencoder
from skdeepcluster.datasets import fetch_newsgroups
from skdeepcluster.metrics import accuracy_scorer, nmi_scorer

GROUPS = ["comp.graphics", "rec.sport.hockey", "sci.space", "talk.politics.guns"]


def load_texts():
    """Return documents and their classes."""
    try:
        posts = fetch_newsgroups(subset="train", n_retries=1)
    except OSError as error:
        print(f"Random words instead of newsgroups ({error})")
        return random_texts()
    classes = [posts.target_names.index(group) for group in GROUPS]
    chosen = np.flatnonzero(np.isin(posts.target, classes))
    return [posts.data[i] for i in chosen], posts.target[chosen]


def random_texts(n_texts=1200, n_topics=4, n_words=600, length=60):
    """Return documents whose words are drawn from topics that share words."""
    rng = np.random.default_rng(0)
    topics = rng.dirichlet(np.full(n_words, 0.1), n_topics)
    background = rng.dirichlet(np.ones(n_words))
    y = np.arange(n_texts) % n_topics
    texts = [
        " ".join(
            f"word{i}"
            for i in rng.choice(n_words, length, p=(topics[k] + 4 * background) / 5)
        )
        for k in y
    ]
    return texts, y


def scale(X):
    """Scale unit rows to features of about one, which the networks need."""
    return X * X.shape[1] ** 0.5


def main():
    texts, y = load_texts()
    print(f"{len(texts)} documents")
    words = TfidfVectorizer(
        max_features=1000, stop_words="english", sublinear_tf=True, dtype=np.float32
    )
    autoencoder = Autoencoder(hidden_layer_sizes=(256, 128), max_epochs=20)
    idec = IDEC(4, autoencoder=autoencoder, max_epochs=30, random_state=0)
    search = GridSearchCV(
        make_pipeline(words, FunctionTransformer(scale), idec),
        {"idec__autoencoder__n_components": [5, 10], "idec__gamma": [0.1, 1.0]},
        scoring={"acc": accuracy_scorer, "nmi": nmi_scorer},
        refit="nmi",
        cv=StratifiedKFold(2, shuffle=True, random_state=0),
        n_jobs=2,
        verbose=1,
    )
    search.fit(texts, y)
    results = search.cv_results_
    for params, acc, nmi in zip(
        results["params"],
        results["mean_test_acc"],
        results["mean_test_nmi"],
        strict=True,
    ):
        print(f"ACC {acc:.3f}  NMI {nmi:.3f}  {params}")

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "best.pickle"
        path.write_bytes(pickle.dumps(search.best_estimator_))
        size = path.stat().st_size / 2**20
        best = pickle.loads(path.read_bytes())
    labels = best.predict(texts)
    print(f"best pipeline, pickled ({size:.1f} MiB) and loaded:")
    print(f"ACC {accuracy_scorer(best, texts, y):.3f}")

    vectorizer = best["tfidfvectorizer"]
    X = vectorizer.transform(texts)
    names = vectorizer.get_feature_names_out()
    for cluster in np.unique(labels):
        members = labels == cluster
        weights = np.asarray(X[members].mean(axis=0)).ravel()
        top = " ".join(names[np.argsort(-weights)[:8]])
        print(f"cluster {cluster}, {members.sum()} documents: {top}")


if __name__ == "__main__":
    main()
