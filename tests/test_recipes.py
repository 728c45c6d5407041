"""Tests of the settings by kind of data."""

import numpy as np
import pytest
from estimators import CLUSTERERS, PLAIN_CLUSTERERS, TRANSFORMERS, name
from sklearn.pipeline import Pipeline

from skdeepcluster import InductiveClusterer, LandmarkSpectralClustering
from skdeepcluster.recipes import KINDS, recipe

METHODS = [
    name(estimator)
    for estimator in [*CLUSTERERS, *PLAIN_CLUSTERERS, *TRANSFORMERS]
    # Its settings are those of its clusterer.
    if not isinstance(estimator, InductiveClusterer)
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_settings_that_are_valid_for_every_kind(method, kind):
    image_shape = (1, 8, 8) if kind == "images" else None
    found = recipe(method, kind, 3, image_shape=image_shape)
    estimator = found[-1] if isinstance(found, Pipeline) else found
    assert name(estimator) == method
    assert estimator.get_params().get("n_clusters", 3) == 3
    estimator._validate_params()
    if method not in map(name, PLAIN_CLUSTERERS):
        # The nested estimators are checked as well.
        estimator._check_fit(np.random.default_rng(0).random((60, 64)))


def test_imsat_of_tables_starts_from_landmarks():
    init = recipe("IMSAT", "tables", 3).init
    assert isinstance(init, LandmarkSpectralClustering)
    assert init.n_clusters == 3
    assert recipe("IMSAT", "embeddings", 3).init is None


def test_what_there_is_no_recipe_for_is_refused():
    with pytest.raises(ValueError, match="method='KMeans' should be one of .*'DEC'"):
        recipe("KMeans", "images", 10)
    with pytest.raises(ValueError, match="'kind' parameter .*'tables'"):
        recipe("DEC", "sounds", 10)
    with pytest.raises(ValueError, match="DEC needs a number of clusters"):
        recipe("DEC", "images")


def test_each_call_gives_settings_of_its_own():
    first, second = (recipe("Autoencoder", "images") for _ in range(2))
    first.callbacks.clear()
    assert len(second.callbacks) == 1
