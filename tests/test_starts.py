"""Tests of what clusterers start from: every start with every one that has one."""

import copy
import functools

import joblib
import numpy as np
import pytest
from estimators import CLUSTERERS as ALL_CLUSTERERS
from estimators import name
from numpy.testing import assert_array_equal
from scipy.sparse import csr_array, csr_matrix
from sklearn.base import clone
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.datasets import make_blobs, make_moons
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    minmax_scale,
    scale,
)
from torch import nn

from skdeepcluster import (
    DEC,
    DGG,
    DSCDAN,
    DVAEC,
    IMSAT,
    KDAE,
    KDVAE,
    AttentionAutoencoder,
    Autoencoder,
    DualAutoencoder,
    GraphDegreeLinkage,
    VaDE,
    VariationalAutoencoder,
)

X, Y = make_blobs([20, 30, 40], 6, cluster_std=0.3, random_state=0)
X = minmax_scale(scale(X)).clip(0, 1).astype(np.float32)

pytestmark = [
    pytest.mark.filterwarnings(
        f"ignore:{message}:sklearn.exceptions.ConvergenceWarning"
    )
    for message in (".*clusters", "The graph of a batch", "The codes of", "The outputs")
]
CLUSTERERS = [c for c in ALL_CLUSTERERS if "init" in c.get_params()]
all_clusterers = pytest.mark.parametrize("clusterer", CLUSTERERS, ids=name)


def fresh(clusterer, **params):
    params = {"n_clusters": 3, "random_state": 0, "max_epochs": 1, **params}
    return clone(clusterer).set_params(**params)


def has_autoencoder(clusterer):
    return "autoencoder" in clusterer.get_params()


@functools.cache
def pretrained(kind):
    """Return an autoencoder in whose codes the blobs are apart; shared."""
    settings = {"max_epochs": 100, "batch_size": 30, "random_state": 0}
    return FrozenEstimator(kind(2, (16,), **settings).fit(X))


def on_good_codes(clusterer, **params):
    if has_autoencoder(clusterer):
        kind = type(clusterer._autoencoder() or Autoencoder())
        params["autoencoder"] = pretrained(kind)
    if hasattr(clusterer, "expert_epochs"):
        params["expert_epochs"] = 20  # until they tell their clusters apart
    return fresh(clusterer, **params)


STARTS = {
    "labels": np.array(["c", "a", "b"])[Y],
    "a clusterer": KMeans(3, random_state=0),
    "a mixture": GaussianMixture(3, random_state=0),
    "a transformer": PCA(2),
    "a pipeline": make_pipeline(PCA(1), KMeans(3, random_state=0)),
    "a transductive one": HDBSCAN(min_cluster_size=10, copy=True),
}


@pytest.mark.parametrize("start", STARTS.values(), ids=STARTS)
@all_clusterers
def test_every_clusterer_starts_from(clusterer, start):
    model = on_good_codes(clusterer, init=start).fit(X)
    assert adjusted_rand_score(Y, model.initial_labels_) > 0.95
    assert model.initial_labels_.dtype == np.int32


@all_clusterers
def test_labels_of_the_start_have_the_numbers_of_those_that_they_became(clusterer):
    for seed in range(2):
        permuted = np.random.default_rng(seed).permutation(3)[Y]
        model = on_good_codes(clusterer, init=permuted, max_epochs=0).fit(X)
        # Unless a network has yet to learn them.
        if not isinstance(clusterer, (DGG, DSCDAN, DVAEC, IMSAT)):
            assert_array_equal(np.bincount(model.initial_labels_), [40, 30, 20])
        agreement = (model.initial_labels_ == model.labels_).mean()
        others = [
            (model.initial_labels_ == other[model.labels_]).mean()
            for other in (np.array([1, 0, 2]), np.array([0, 2, 1]), np.array([2, 1, 0]))
        ]
        assert agreement >= max(others)


@pytest.mark.parametrize(
    "autoencoder",
    [
        Autoencoder(2, (16, 8)),
        Autoencoder(2, (16, 8), likelihood="bernoulli"),
        VariationalAutoencoder(2, (16, 8)),
        DualAutoencoder(2, (16, 8)),
        AttentionAutoencoder(2, (16, 8)),
        AttentionAutoencoder(2, (16, 8), combine="concat"),
    ],
    ids=lambda a: f"{name(a)} {a.likelihood}",
)
@pytest.mark.parametrize(
    "clusterer", [c for c in CLUSTERERS if has_autoencoder(c)], ids=name
)
def test_every_clusterer_takes_every_autoencoder_or_says_so(
    clusterer, autoencoder, monkeypatch
):
    model = fresh(clusterer, autoencoder=clone(autoencoder).set_params(max_epochs=2))
    is_variational = isinstance(autoencoder, (Autoencoder, VariationalAutoencoder))
    taken = {
        VaDE: is_variational,
        DGG: is_variational,
        DSCDAN: isinstance(autoencoder, DualAutoencoder),
        DVAEC: isinstance(autoencoder, AttentionAutoencoder),
    }
    if isinstance(clusterer, (VaDE, DGG)) and is_variational:
        model.set_params(likelihood=autoencoder.likelihood)
    if taken.get(type(clusterer), True):
        model.fit(X)
        assert model.predict(X).shape == (90,)
        assert np.isfinite(model.score(X))
        if hasattr(model, "inverse_transform"):
            assert model.inverse_transform(model.transform(X)).shape == X.shape
        return
    monkeypatch.setattr(
        type(autoencoder), "_train", lambda *args: pytest.fail("trained")
    )
    with pytest.raises(ValueError, match="(?s)autoencoder=.* should be an? "):
        model.fit(X)


@all_clusterers
def test_noise_starts_with_its_neighbours_label(clusterer):
    labels = Y.copy()
    labels[::9] = -1
    model = on_good_codes(clusterer, init=labels)
    with pytest.warns(
        UserWarning, match="init left 10 rows of 90 out as noise"
    ) as told:
        model.fit(X)
    assert adjusted_rand_score(Y, model.initial_labels_) > 0.95
    assert told[0].filename == __file__


BAD_STARTS = {
    "init has 3 labels, but X has 90 rows: give one label": [0, 1, 2],
    "labels of 2 clusters, but n_clusters=3: set n_clusters=2, or": Y % 2,
    "no label for 30 rows: give each row one": np.where(Y == 1, np.nan, Y),
    "no label for 1 rows": np.array([None, *Y[1:].tolist()], dtype=object),
    "found 5 clusters, but n_clusters=3": KMeans(5, n_init=1),
    "The 'algorithm' parameter of KMeans": KMeans(3, algorithm="elkn"),
    "The 'n_init' parameter of KMeans": make_pipeline(PCA(2), KMeans(3, n_init=-1)),
}


@pytest.mark.parametrize(("message", "init"), BAD_STARTS.items())
@all_clusterers
def test_a_start_that_is_none_is_refused(clusterer, message, init):
    with pytest.raises(ValueError, match=message):
        on_good_codes(clusterer, init=init).fit(X)


@pytest.mark.parametrize("container", [csr_array, csr_matrix])
def test_a_sparse_embedding_is_a_start(container):
    model = fresh(CLUSTERERS[0], init=FunctionTransformer(container)).fit(X)
    assert adjusted_rand_score(Y, model.initial_labels_) == 1


def default_of(X, n_clusters):
    dec = DEC(n_clusters, autoencoder=identity(X.shape[1]), max_epochs=0, start_steps=0)
    dec.set_params(random_state=0).fit(X)
    return dec.initial_labels_


def identity(n_features):
    """Return an autoencoder whose codes are the rows."""

    class Identity(nn.Linear):
        def __init__(self, n_features, n_components):
            super().__init__(n_features, n_components, bias=False)
            nn.init.eye_(self.weight)

        encode = decode = nn.Linear.forward

    return Autoencoder(n_features, module=Identity, max_epochs=0)


def test_the_default_start_follows_neighbours_where_they_part():
    moons, y = make_moons(600, noise=0.06, random_state=0)
    assert adjusted_rand_score(y, KMeans(2).fit_predict(moons)) < 0.5
    assert adjusted_rand_score(y, default_of(moons, 2)) > 0.99


def test_the_default_start_is_k_means_where_clusters_overlap():
    blobs, y = make_blobs(600, 2, centers=5, cluster_std=2.5, random_state=0)
    kmeans = KMeans(5, n_init=20, random_state=0).fit(blobs)
    assert adjusted_rand_score(kmeans.labels_, default_of(blobs, 5)) > 0.95
    linkage = GraphDegreeLinkage(5).fit(blobs)
    assert adjusted_rand_score(y, linkage.labels_) < adjusted_rand_score(
        y, kmeans.labels_
    )


def test_many_rows_take_the_clusters_of_some(monkeypatch):
    moons, y = make_moons(900, noise=0.06, random_state=0)
    monkeypatch.setattr("skdeepcluster.base._start._MOST_ROWS", 600)
    assert adjusted_rand_score(y, default_of(moons, 2)) > 0.99


def test_settings_are_given_to_estimators_of_this_package_alone():
    bins = KBinsDiscretizer(
        2, encode="ordinal", quantile_method="averaged_inverted_cdf"
    )
    init = make_pipeline(bins, Autoencoder(2, (8,), max_epochs=1), KMeans(3))
    nested = KDAE(3, init=init, dtype="float64")._nested(init, np.random.RandomState(0))
    assert nested[0].dtype is None
    assert nested[1].dtype == "float64"
    assert isinstance(nested[1].random_state, int)
    assert isinstance(nested[2].random_state, int)


def test_a_start_may_train_in_threads():
    parts = [(key, Autoencoder(2, (8,), max_epochs=2)) for key in "ab"]
    init = make_pipeline(FeatureUnion(parts, n_jobs=2), KMeans(3, n_init=1))
    model = KDVAE(3, init=init, hidden_layer_sizes=(8,), n_components=1, max_epochs=1)
    with joblib.parallel_config(backend="threading"):
        model.fit(X)
    assert len(model.history_) == 10 + 1


def test_bernoulli_data_are_checked_behind_a_frozen_autoencoder():
    frozen = FrozenEstimator(
        Autoencoder(2, (8,), likelihood="bernoulli", max_epochs=1).fit(X)
    )
    with pytest.raises(ValueError, match=r"takes data in \[0, 1\], but X lies in"):
        DEC(3, autoencoder=frozen, max_epochs=1).fit(5 * X)


def test_a_model_holds_what_it_started_from():
    # Whatever happens to the object that it shared.
    autoencoder = Autoencoder(2, (8,), max_epochs=2, random_state=0).fit(X)
    frozen = FrozenEstimator(autoencoder)
    model = DEC(3, autoencoder=frozen, max_epochs=2, random_state=0).fit(X)
    expected = model.soft_predict(X)
    autoencoder.set_params(n_components=4, likelihood="bernoulli").fit(X)
    assert_array_equal(copy.deepcopy(model).soft_predict(X), expected)


@all_clusterers
def test_labels_of_the_start_are_not_saved_twice(clusterer):
    model = fresh(clusterer, init=Y).fit(X)
    assert model._fitted_as.init is None


@all_clusterers
def test_initial_labels_stay_those_of_the_start(clusterer):
    given = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], 30))
    before = given.copy()
    model = on_good_codes(clusterer, init=given, max_epochs=3).fit(X)
    assert_array_equal(given, before)
    assert adjusted_rand_score(given, model.initial_labels_) == 1


@pytest.mark.parametrize(
    "clusterer", [c for c in CLUSTERERS if has_autoencoder(c)], ids=name
)
def test_the_start_clusters_codes_or_rows(clusterer):
    class Seen(KMeans):
        widths = []

        def fit(self, X, y=None, sample_weight=None):
            self.widths.append(X.shape[1])
            return super().fit(X)

    for space in ("codes", "data"):
        init = Seen(3, random_state=0)
        on_good_codes(clusterer, init=init, init_space=space, max_epochs=1).fit(X)
    assert Seen.widths[1] == X.shape[1]
    assert Seen.widths[0] < X.shape[1]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_an_autoencoder_may_be_from_a_device_that_is_not_here():
    fitted = Autoencoder(2, (8,), max_epochs=1, random_state=0).fit(X)
    fitted._fitted_as.set_params(device="cuda:99")
    dec = DEC(3, autoencoder=FrozenEstimator(fitted), max_epochs=1, random_state=0)
    assert dec.fit(X).labels_.shape == (90,)
