"""Tests of the profiles of clusters."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skdeepcluster.inspection import ClusterProfilesDisplay, cluster_profiles

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")

COLUMNS = {
    "age": [20.0, 30.0, 40.0, None, 70.0],
    "orders": [1, 3, 5, 7, 9],
    "channel": ["app", "app", None, "shop", "app"],
    "member": [True, True, False, False, False],
}
LABELS = [0, 0, 0, 1, 1]
NAMES = ["age", "orders", "channel=app", "channel=shop", "member=False", "member=True"]
MEANS = [[30, 3, 1, 0, 1 / 3, 2 / 3], [70, 8, 0.5, 0.5, 1, 0]]


@pytest.mark.parametrize(
    "container",
    [
        pd.DataFrame,
        pl.DataFrame,
        lambda columns: pd.DataFrame(columns).convert_dtypes(),
        lambda columns: pd.DataFrame(columns).astype({"channel": "category"}),
        lambda columns: np.array(list(columns.values()), dtype=object).T,
        lambda columns: list(map(list, zip(*columns.values(), strict=True))),
    ],
    ids=["pandas", "polars", "nullable", "categorical", "objects", "lists"],
)
def test_tables_of_every_kind(container):
    profiles = cluster_profiles(container(COLUMNS), LABELS, list(COLUMNS))
    assert profiles.names.tolist() == NAMES
    assert_array_equal(profiles.is_category, [False] * 2 + [True] * 4)
    assert_allclose(profiles.means, MEANS)
    assert_allclose(profiles.overall, [40, 5, 0.75, 0.25, 0.6, 0.4])
    assert_array_equal(profiles.sizes, [3, 2])
    assert_array_equal(profiles.medians[:, :2], [[30, 3], [70, 8]])
    assert_allclose(profiles.lifts[0, 2:], [4 / 3, 0, 5 / 9, 5 / 3])
    assert np.isnan(profiles.lifts[:, :2]).all()
    assert np.isnan(profiles.medians[:, 2:]).all()


def test_names_are_those_of_the_table():
    frame = pd.DataFrame(COLUMNS)
    assert cluster_profiles(frame, LABELS).names[0] == "age"
    assert cluster_profiles(frame.to_numpy(), LABELS).names[0] == "x0"


def test_differences_are_in_standard_deviations():
    X, y = load_iris(return_X_y=True)
    expected = [StandardScaler().fit_transform(X)[y == k].mean(axis=0) for k in (0, 2)]
    differences = cluster_profiles(X * [1, 9, 0.1, 1e3], y).differences
    assert_allclose(differences[[0, 2]], expected)


def test_what_is_missing_counts_nowhere():
    X = np.array([[1.0, 5], [np.nan, 5], [3, 5], [np.nan, 5]])
    profiles = cluster_profiles(X, [0, 0, 1, 2])
    assert_array_equal(profiles.means[:, 0], [1, 3, np.nan])
    assert_array_equal(profiles.differences[:, 0], [-1, 1, np.nan])
    assert_array_equal(profiles.differences[:, 1], 0)  # nothing differs
    ClusterProfilesDisplay.from_predictions(X, [0, 0, 1, 2])


def test_noise_is_no_cluster():
    with_noise = cluster_profiles([[1.0], [3.0], [99.0]], [0, 1, -1])
    without = cluster_profiles([[1.0], [3.0]], [0, 1])
    for one, other in zip(with_noise, without, strict=True):
        assert_array_equal(one, other)


def test_the_most_frequent_categories():
    X = np.array([["a"] * 3 + ["b"] * 2 + ["c"]], dtype=object).T
    names = cluster_profiles(X, [0] * 6, max_categories=2).names
    assert names.tolist() == ["x0=a", "x0=b"]


def test_dates_are_left_out():
    frame = pd.DataFrame(COLUMNS).assign(day=pd.Timestamp("2020-02-29"))
    assert cluster_profiles(frame, LABELS).names.tolist() == NAMES
    with pytest.raises(ValueError, match="X has no column of numbers or categories"):
        cluster_profiles(frame[["day"]], LABELS)


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"X": [[1.0], [np.inf], [0.0]]}, "X has infinite values in the column 'x0'"),
        ({"labels": [0, 1]}, "labels has 2 labels, but X has 3 rows"),
        ({"labels": [-1] * 3}, "labels has no row in a cluster"),
        (
            {"feature_names": ["a", "b"]},
            "feature_names has the shape .2,., but X has 1",
        ),
        ({"max_categories": 0}, "'max_categories' parameter .* Got 0"),
    ],
)
def test_profiles_refuse(kwargs, message):
    with pytest.raises(ValueError, match=message):
        cluster_profiles(**{"X": [[1.0], [2.0], [3.0]], "labels": [0, 0, 1]} | kwargs)


def test_a_pipeline_in_the_units_of_its_table():
    frame = pd.DataFrame({"income": [20_000, 21_000, 90_000.0], "same": [1, 1, 1]})
    pipeline = make_pipeline(StandardScaler(), KMeans(2, random_state=0)).fit(frame)
    display = ClusterProfilesDisplay.from_estimator(pipeline, frame)
    lines = [[text.get_text() for text in line] for line in display.text_]
    rich = pipeline.predict(frame)[2]
    assert lines[0][rich] == "90,000"
    assert lines[0][1 - rich] == "20,500"
    assert lines[0][2] == "43,667"
    ticks = [tick.get_text() for tick in display.ax_.get_xticklabels()]
    assert sorted(ticks) == sorted([f"{rich}\n(1)", f"{1 - rich}\n(2)", "all\n(3)"])


def test_the_most_telling_features_are_shown():
    X = np.random.default_rng(0).normal(size=(50, 30))
    X[:25, [3, 17]] += 9
    display = ClusterProfilesDisplay.from_predictions(
        X, np.repeat([0, 1], 25), n_features=2, cmap="gray"
    )
    ticks = [tick.get_text() for tick in display.ax_.get_yticklabels()]
    assert ticks == ["x3", "x17"]
    assert display.im_.get_cmap().name == "gray"


def test_shares_are_in_percent():
    display = ClusterProfilesDisplay.from_predictions(pd.DataFrame(COLUMNS), LABELS)
    assert [text.get_text() for text in display.text_[2]] == ["100%", "50%", "75%"]
