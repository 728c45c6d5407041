"""Properties of the scores, and the scorers in scikit-learn's model selection."""

import subprocess
import sys
from itertools import permutations

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepcluster.metrics import (
    accuracy_scorer,
    aligned_contingency_matrix,
    ari_scorer,
    calinski_harabasz_scorer,
    clustering_accuracy_score,
    nmi_scorer,
    normalized_mutual_info_score,
    objective_scorer,
    purity_score,
    silhouette_scorer,
    stability_scorer,
)

SCORES = [
    clustering_accuracy_score,
    normalized_mutual_info_score,
    purity_score,
    aligned_contingency_matrix,
]

few_examples = settings(deadline=None, max_examples=50)


@st.composite
def labellings(draw, max_label=4):
    """Two labellings of the same samples, of independent numbers of blocks."""
    n_samples = draw(st.integers(1, 30))
    return tuple(
        np.array(
            draw(
                st.lists(
                    st.integers(0, draw(st.integers(0, max_label))),
                    min_size=n_samples,
                    max_size=n_samples,
                )
            )
        )
        for _ in range(2)
    )


def n_blocks(labels):
    return len(np.unique(labels))


def accuracy_by_brute_force(a, b):
    """Try all one-to-one maps of the labelling with fewer blocks into the other."""
    if n_blocks(a) > n_blocks(b):
        a, b = b, a
    _, a = np.unique(a, return_inverse=True)
    _, b = np.unique(b, return_inverse=True)
    return max(
        np.mean(np.array(image)[a] == b)
        for image in permutations(range(n_blocks(b)), n_blocks(a))
    )


@given(labellings())
@few_examples
def test_accuracy_equals_brute_force(labels):
    assert clustering_accuracy_score(*labels) == pytest.approx(
        accuracy_by_brute_force(*labels)
    )


@given(labellings(max_label=12))
@few_examples
def test_accuracy_properties(labels):
    a, b = labels
    accuracy = clustering_accuracy_score(a, b)
    assert isinstance(accuracy, float)
    assert 1 / max(n_blocks(a), n_blocks(b)) <= accuracy + 1e-12
    assert accuracy <= purity_score(a, b) <= 1
    assert clustering_accuracy_score(b, a) == accuracy
    assert clustering_accuracy_score(a, a) == 1


@pytest.mark.parametrize("score", SCORES[:3])
@given(labels=labellings(), random=st.randoms(use_true_random=False))
@few_examples
def test_names_and_order_do_not_matter(score, labels, random):
    a, b = labels
    expected = pytest.approx(score(a, b))
    names = random.sample(range(-50, 50), int(b.max()) + 1)
    assert score(a, np.array(names)[b]) == expected
    assert score(a, np.array([f"cluster {name}" for name in names])[b]) == expected
    order = random.sample(range(len(a)), len(a))
    assert score(a[order], b[order]) == expected


@given(labellings(max_label=8))
@few_examples
def test_nmi_means(labels):
    nmi = {}
    for method in ["min", "geometric", "arithmetic", "max"]:
        nmi[method] = normalized_mutual_info_score(*labels, average_method=method)
        assert nmi[method] == sklearn.metrics.normalized_mutual_info_score(
            *labels, average_method=method
        )
    assert normalized_mutual_info_score(*labels) == nmi["geometric"]
    assert nmi["max"] <= nmi["arithmetic"] + 1e-12
    assert nmi["arithmetic"] <= nmi["geometric"] + 1e-12
    assert nmi["geometric"] <= nmi["min"] + 1e-12


@given(labellings(max_label=8))
@few_examples
def test_aligned_contingency_matrix(labels):
    a, b = labels
    counts, classes, clusters = aligned_contingency_matrix(a, b)
    assert counts.shape == (n_blocks(a), n_blocks(b))
    assert np.trace(counts) / len(a) == pytest.approx(clustering_accuracy_score(a, b))
    for row, name in zip(counts, classes, strict=True):
        np.testing.assert_array_equal(
            row, [np.sum((a == name) & (b == other)) for other in clusters]
        )
    if n_blocks(a) <= n_blocks(b):
        np.testing.assert_array_equal(classes, np.unique(a))


def test_aligned_contingency_matrix_with_fewer_clusters():
    counts, classes, clusters = aligned_contingency_matrix(
        ["a", "b", "b", "b", "c", "c"], [1, 1, 1, 1, 0, 0]
    )
    np.testing.assert_array_equal(counts, [[3, 0], [0, 2], [1, 0]])
    assert classes.tolist() == ["b", "c", "a"]
    assert clusters.tolist() == [1, 0]


def test_aligned_contingency_matrix_is_drawn():
    pyplot = pytest.importorskip("matplotlib.pyplot")
    counts, classes, _ = aligned_contingency_matrix([0, 0, 1, 1], [3, 3, 2, 2])
    _, ax = pyplot.subplots()
    display = sklearn.metrics.ConfusionMatrixDisplay(counts, display_labels=classes)
    assert display.plot(ax=ax).text_.shape == (2, 2)
    pyplot.close(ax.figure)


@pytest.mark.parametrize("score", SCORES)
def test_labels_are_not_changed(score):
    labels = np.array([2, 0, 2, 1]), np.array([5, 5, 1, 1])
    for array in labels:
        array.flags.writeable = False
    score(*labels)
    score(*(array.tolist() for array in labels))


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize(
    ("labels_true", "labels_pred", "message"),
    [
        ([], [], "labels_true is empty"),
        ([0], [], "labels_pred is empty"),
        ([0, 1], [0, 1, 1], "labels_true has 2 labels and labels_pred has 3"),
        ([0, 1], [[0.3, 0.7], [0.6, 0.4]], r"labels_pred .* shape \(2, 2\)"),
        ([0.0, np.nan], [0, 1], "labels_true has no label for 1 rows"),
    ],
)
def test_bad_labels(score, labels_true, labels_pred, message):
    with pytest.raises(ValueError, match=message):
        score(labels_true, labels_pred)


def test_bad_average_method():
    with pytest.raises(ValueError, match="average_method"):
        normalized_mutual_info_score([0, 1], [0, 1], average_method="mean")


@pytest.fixture(scope="module")
def blobs():
    return make_blobs(60, centers=[[0, 0], [9, 0], [0, 9]], random_state=0)


@pytest.mark.parametrize(
    "scoring",
    [
        accuracy_scorer,
        nmi_scorer,
        ari_scorer,
        silhouette_scorer,
        calinski_harabasz_scorer,
        objective_scorer,
    ],
)
def test_single_scorer(blobs, scoring):
    X, y = blobs
    search = GridSearchCV(
        KMeans(random_state=0), {"n_clusters": [2, 3]}, scoring=scoring
    )
    assert search.fit(X, y).best_params_ == {"n_clusters": 3}


def test_several_scorers_of_a_pipeline_in_parallel(blobs):
    X, y = blobs
    scoring = {
        "acc": accuracy_scorer,
        "nmi": nmi_scorer,
        "ari": ari_scorer,
        "silhouette": silhouette_scorer,
        "calinski_harabasz": calinski_harabasz_scorer,
        "stability": stability_scorer,
        "objective": objective_scorer,
    }
    search = GridSearchCV(
        make_pipeline(StandardScaler(), KMeans(random_state=0)),
        {"kmeans__n_clusters": [2, 3]},
        scoring=scoring,
        refit="nmi",
        n_jobs=2,
    ).fit(X, y)
    assert search.best_params_ == {"kmeans__n_clusters": 3}
    for name in ["acc", "nmi", "ari"]:
        assert search.cv_results_[f"mean_test_{name}"][1] == 1
    for name in scoring:
        assert np.isfinite(search.cv_results_[f"mean_test_{name}"]).all()


def test_classes_may_be_strings(blobs):
    X, y = blobs
    kmeans = KMeans(3, random_state=0).fit(X)
    names = np.array(["a", "b", "c"])[y]
    assert accuracy_scorer(kmeans, X, names) == 1
    assert nmi_scorer(kmeans, X, names) == 1
    assert ari_scorer(kmeans, X, names) == 1


class Labeller(BaseEstimator):
    """Predicts the first column and embeds by the identity."""

    def predict(self, X):
        return X[:, 0].astype(int)

    def transform(self, X):
        return X


def test_silhouette_scorer_uses_the_embedding():
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 8.0], [1.0, 9.0]])
    expected = sklearn.metrics.silhouette_score(X, [0, 0, 1, 1])
    assert silhouette_scorer(Labeller(), X) == pytest.approx(expected)


def test_calinski_harabasz_scorer_uses_the_embedding():
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 8.0], [1.0, 9.0]])
    expected = sklearn.metrics.calinski_harabasz_score(X, [0, 0, 1, 1])
    assert calinski_harabasz_scorer(Labeller(), X) == pytest.approx(expected)


@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, 2], [7]])
@pytest.mark.parametrize(
    ("scorer", "worst"), [(silhouette_scorer, -1), (calinski_harabasz_scorer, 0)]
)
def test_separation_where_undefined(scorer, worst, labels):
    X = np.array(labels, dtype=float).reshape(-1, 1)
    assert scorer(Labeller(), X) == worst


def test_silhouette_scorer_sparse(blobs):
    X, _ = blobs
    kmeans = KMeans(3, random_state=0).fit(X)
    assert silhouette_scorer(kmeans, csr_array(X)) == pytest.approx(
        silhouette_scorer(kmeans, X)
    )


def test_silhouette_scorer_needs_transform(blobs):
    X, _ = blobs
    with pytest.raises(ValueError, match="'estimator' .* 'transform'"):
        silhouette_scorer(GaussianMixture(3, random_state=0).fit(X), X)


def test_stability_scorer_compares_with_a_fit_to_the_rows_it_is_given(blobs):
    X, y = blobs
    pipeline = make_pipeline(StandardScaler(), KMeans(3, random_state=0))
    pipeline.fit(X[y != 2])
    before = pipeline[-1].cluster_centers_.copy()
    again = KMeans(3, random_state=0).fit_predict(StandardScaler().fit_transform(X))
    expected = sklearn.metrics.adjusted_rand_score(pipeline.predict(X), again)
    assert stability_scorer(pipeline, X) == pytest.approx(expected)
    assert stability_scorer(pipeline, X) < 0.8 < stability_scorer(pipeline.fit(X), X)
    assert not np.array_equal(before, pipeline[-1].cluster_centers_)


def test_one_cluster_is_not_called_stable(blobs):
    X, _ = blobs
    assert stability_scorer(KMeans(1, random_state=0).fit(X), X) == 0


def test_stability_peaks_at_the_number_of_clusters(blobs):
    X, _ = blobs
    search = GridSearchCV(
        KMeans(n_init=1, random_state=0),
        {"n_clusters": [2, 3, 4, 6]},
        scoring=stability_scorer,
        cv=ShuffleSplit(5, test_size=0.5, random_state=0),
    ).fit(X)
    scores = search.cv_results_["mean_test_score"]
    assert scores[1] == 1
    assert (np.delete(scores, 1) < 0.95).all()


@pytest.mark.parametrize("subpackage", ["metrics", "datasets"])
def test_import_is_light(subpackage):
    code = (
        f"import sys, skdeepcluster.{subpackage}; "
        "print(sorted({'torch', 'skorch'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
