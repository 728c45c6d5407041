"""Tests of the search for a number of clusters, and of its picture."""

import warnings

import matplotlib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.sparse import csr_array
from sklearn.datasets import make_blobs, make_moons

from skdeepcluster.inspection import NumberOfClustersDisplay
from skdeepcluster.model_selection import find_n_clusters
from skdeepcluster.model_selection._n_clusters import _choose

matplotlib.use("agg")


def blobs(n_clusters, n_samples=600):
    return make_blobs(n_samples, 20, centers=n_clusters, random_state=0)[0]


@pytest.mark.parametrize("n_clusters", [2, 5, 9])
def test_blobs_are_counted(n_clusters):
    found = find_n_clusters(blobs(n_clusters), random_state=0)
    assert found.n_clusters == n_clusters
    assert found.stability.max() > 0.95
    assert found.stability[found.candidates == n_clusters] > 0.95


def test_moons_are_counted():
    X, _ = make_moons(600, noise=0.05, random_state=0)
    assert find_n_clusters(X, range(2, 9), random_state=0).n_clusters == 2


@pytest.mark.parametrize("shape", [(800, 2), (800, 10)])
def test_noise_has_no_number(shape):
    rng = np.random.default_rng(0)
    for X in (rng.random(shape), rng.normal(size=shape)):
        found = find_n_clusters(X, random_state=0)
        assert found.n_clusters is None
        assert found.stability.max() < 0.65


@pytest.mark.parametrize(
    ("stability", "expected"),
    [
        ([0.9, 0.5, 0.4, 0.3], 2),
        ([0.3, 0.4, 0.5, 0.9], 5),
        ([0.95, 0.6, 0.8, 0.5], 4),  # clusters within clusters
        ([0.95, 0.6, 0.7, 0.5], 2),  # but not at this price
        ([0.95, 0.78, 0.8, 0.5], 2),  # nor for a ripple
        ([0.5, 0.64, 0.1, 0.2], None),
    ],
)
def test_the_largest_number_at_a_peak_is_taken(stability, expected):
    assert _choose(np.array([2, 3, 4, 5]), np.array(stability)) == expected


def test_candidates_follow_the_rows():
    assert find_n_clusters(blobs(2, 100)).candidates.tolist() == [2, 3, 4, 5]
    most = find_n_clusters(blobs(2, 1500), random_state=0).candidates
    assert most[:19].tolist() == list(range(2, 21))
    assert most[-1] <= 60
    assert find_n_clusters(blobs(2, 8)).candidates.tolist() == [2]


def test_it_is_the_same_for_a_seed_and_for_sparse_rows():
    X = blobs(4)
    first, second, sparse = (
        find_n_clusters(rows, [3, 2, 4, 4], random_state=1)
        for rows in (X, X, csr_array(X))
    )
    assert first.candidates.tolist() == [2, 3, 4]
    assert_array_equal(first.stability, second.stability)
    assert sparse.n_clusters == first.n_clusters


def test_equal_rows_warn_of_nothing():
    X = np.repeat(blobs(3, 30), 20, axis=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert find_n_clusters(X, range(2, 6), random_state=0).n_clusters is not None


@pytest.mark.parametrize(
    ("X", "candidates", "message"),
    [
        (blobs(2, 7), None, "X has 7 rows: expected 8 or more"),
        (blobs(2, 40), [1, 2], "candidates=.* ints from 2 to 10"),
        (blobs(2, 40), [2, 11], "candidates=.* ints from 2 to 10"),
        (blobs(2, 40), [2.0, 3.0], "candidates=.* ints from 2 to 10"),
        (blobs(2, 40), [], "candidates is no array"),
        ([["a"]] * 9, None, "X is no array as expected"),
    ],
)
def test_what_cannot_be_counted_is_refused(X, candidates, message):
    with pytest.raises(ValueError, match=message):
        find_n_clusters(X, candidates)


def test_display_marks_the_number():
    display = NumberOfClustersDisplay.from_data(
        blobs(3), range(2, 6), random_state=0, color="black"
    )
    assert display.n_clusters == 3
    assert display.ax_.get_title() == "3 clusters"
    assert_array_equal(display.line_.get_xdata(), [2, 3, 4, 5])
    assert display.line_.get_color() == "black"


def test_display_says_that_it_cannot_tell():
    _, ax = matplotlib.pyplot.subplots()
    display = NumberOfClustersDisplay(
        n_clusters=None, candidates=np.array([2, 3]), stability=np.array([0.1, 0.2])
    ).plot(ax=ax)
    assert display.ax_ is ax
    assert ax.get_title() == "No number of clusters is stable"
    assert len(ax.lines) == 1
