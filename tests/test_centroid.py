"""Tests of the clusterers with centers in an autoencoder's embedding."""

import copy
import functools

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from estimators import AUTOENCODER, CLUSTERERS, assignment, name
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import rel_entr, softmax
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import adjusted_rand_score, euclidean_distances
from sklearn.preprocessing import scale

from skdeepcluster import (
    DCN,
    DEC,
    DEPICT,
    IDEC,
    Autoencoder,
    VariationalAutoencoder,
)
from skdeepcluster.centroid import _dcn, _self_training
from skdeepcluster.losses import balanced_target, target_distribution

# Sizes that are in another order than the centers.
X, Y = make_blobs([20, 30, 40], 6, cluster_std=0.3, random_state=0)
X = scale(X).astype(np.float32)

CENTROID = [e for e in CLUSTERERS if isinstance(e, (DEC, IDEC, DCN))]
all_clusterers = pytest.mark.parametrize("clusterer", CENTROID, ids=name)
EMBEDDING = [*CENTROID, *(e for e in CLUSTERERS if isinstance(e, DEPICT))]
with_depict = pytest.mark.parametrize("clusterer", EMBEDDING, ids=name)
self_training = pytest.mark.parametrize("Class", [DEC, IDEC])
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*clusters.*:sklearn.exceptions.ConvergenceWarning"
)

NEVER = 10**6  # a patience that does not end


@functools.cache
def pretrained():
    """Return a fitted autoencoder; shared, so leave it as it is."""
    return clone(AUTOENCODER).set_params(random_state=0, lr=1e-2).fit(X)


def frozen(clusterer, **params):
    """Return a clusterer that starts from the shared autoencoder.

    An epoch has three batches, and the labels are looked at once in it.
    """
    settings = {"n_clusters": 3, "autoencoder": FrozenEstimator(pretrained())}
    settings |= {"batch_size": 30, "lr": 1e-3, "random_state": 0}
    if not isinstance(clusterer, (DCN, DEPICT)):
        settings["update_interval"] = 3
    return clone(clusterer).set_params(**{**settings, **params})


def weights(module):
    return {k: v.numpy(force=True).copy() for k, v in module.state_dict().items()}


# The start


def test_no_autoencoder_means_the_default_one(monkeypatch):
    # The default network, for one epoch.
    monkeypatch.setattr(
        "skdeepcluster.autoencoders._pretraining.Autoencoder",
        functools.partial(Autoencoder, max_epochs=1),
    )
    dec = DEC(3, max_epochs=0, random_state=0).fit(X)
    shapes = [
        w.shape for w in weights(dec.module_.autoencoder.network.encoder).values()
    ]
    assert shapes[::2] == [(256, 6), (128, 256), (10, 128)]


@all_clusterers
def test_an_unfitted_autoencoder_is_fitted_and_left_unfitted(clusterer):
    autoencoder = clone(AUTOENCODER)
    before = joblib.hash(autoencoder)
    model = clone(clusterer).set_params(n_clusters=3, autoencoder=autoencoder).fit(X)
    assert joblib.hash(autoencoder) == before
    stages = pd.DataFrame(model.history_)["stage"].unique()
    assert list(stages) == ["reconstruct", "cluster"]


@all_clusterers
def test_a_frozen_autoencoder_is_shared_and_never_changed(clusterer):
    before = weights(pretrained().module_)
    model = frozen(clusterer, max_epochs=3).fit(X)
    after = weights(pretrained().module_)
    assert all((after[key] == before[key]).all() for key in before)
    assert not any(p.requires_grad for p in pretrained().module_.parameters())
    assert {row["stage"] for row in model.history_} == {"cluster"}
    assert (model.transform(X) != pretrained().transform(X)).any()


@all_clusterers
def test_without_epochs_it_is_k_means_in_the_autoencoders_embedding(clusterer):
    model = frozen(clusterer, max_epochs=0).fit(X)
    Z = pretrained().transform(X)
    assert_array_equal(model.transform(X), Z)
    assert_array_equal(model.labels_, model.initial_labels_)
    kmeans = KMeans(3, n_init=20, random_state=0).fit(Z)
    assert adjusted_rand_score(model.labels_, kmeans.labels_) == 1
    order = np.argsort(-np.bincount(kmeans.labels_))
    assert_allclose(model.cluster_centers_, kmeans.cluster_centers_[order], rtol=1e-4)


@pytest.mark.parametrize("is_frozen", [True, False])
@with_depict
def test_a_variational_autoencoder_may_be_the_start(clusterer, is_frozen):
    vae = VariationalAutoencoder(2, (8,), max_epochs=2, random_state=0)
    autoencoder = FrozenEstimator(clone(vae).fit(X)) if is_frozen else vae
    start = {"autoencoder": autoencoder, "start_steps": 0}
    if is_frozen:
        model = frozen(clusterer, **start, max_epochs=0).fit(X)
        assert_array_equal(model.transform(X), autoencoder.transform(X))
    assert frozen(clusterer, **start, max_epochs=2).fit(X).n_iter_ > 0


def test_convolutions_may_be_the_start():
    autoencoder = Autoencoder(2, (3, 4), image_shape=(1, 2, 3), max_epochs=1)
    model = DEC(3, autoencoder=autoencoder, max_epochs=1, random_state=0).fit(X)
    assert model.transform(X).shape == (90, 2)


@with_depict
def test_a_frozen_autoencoder_takes_the_outer_dtype(clusterer):
    model = frozen(clusterer, dtype="float64", max_epochs=1).fit(X)
    assert {w.dtype for w in weights(model.module_).values()} == {np.dtype("float64")}


FRAME = pd.DataFrame(X, columns=list("abcdef"))

ERRORS = {
    "a foreign transformer": (
        PCA(2),
        X,
        ["PCA", "should be an autoencoder of this package"],
    ),
    "a frozen foreign one": (
        FrozenEstimator(PCA(2).fit(X)),
        X,
        ["PCA", "should be an autoencoder of this package"],
    ),
    "a clusterer": (
        KMeans(3),
        X,
        ["KMeans", "should be an autoencoder of this package"],
    ),
    "another width": (
        lambda: FrozenEstimator(pretrained()),
        X[:, :4],
        ["fitted on 6 features, but X has 4", "fit it on the features of X"],
    ),
    "another order of names": (
        lambda: FrozenEstimator(clone(AUTOENCODER).fit(FRAME[list("bacdef")])),
        FRAME,
        ["features of other names", "fit it on the features of X"],
    ),
}


@pytest.mark.parametrize("case", ERRORS)
@with_depict
def test_autoencoders_that_cannot_be_the_start_are_refused(clusterer, case):
    autoencoder, data, parts = ERRORS[case]
    autoencoder = autoencoder if hasattr(autoencoder, "fit") else autoencoder()
    with pytest.raises(ValueError, match="autoencoder=") as error:
        clone(clusterer).set_params(n_clusters=3, autoencoder=autoencoder).fit(data)
    for part in parts:
        assert part in str(error.value)


@with_depict
def test_a_frozen_autoencoder_has_to_be_fitted(clusterer):
    model = frozen(clusterer, autoencoder=FrozenEstimator(Autoencoder()))
    with pytest.raises(NotFittedError):
        model.fit(X)


@with_depict
def test_equal_names_are_accepted(clusterer):
    autoencoder = FrozenEstimator(clone(AUTOENCODER).fit(FRAME))
    model = frozen(clusterer, autoencoder=autoencoder, max_epochs=1).fit(FRAME)
    assert list(model.feature_names_in_) == list("abcdef")


# The result


@all_clusterers
def test_separated_blobs_are_found(clusterer):
    model = frozen(clusterer, max_epochs=5).fit(X)
    assert adjusted_rand_score(Y, model.labels_) > 0.9


@all_clusterers
def test_centers_are_in_the_order_of_the_labels(clusterer):
    model = frozen(clusterer, max_epochs=2).fit(X)
    assert model.cluster_centers_.shape == (3, 2)
    nearest = euclidean_distances(model.transform(X), model.cluster_centers_).argmin(1)
    assert_array_equal(nearest, model.labels_)
    assert_array_equal(np.bincount(model.labels_), [40, 30, 20])


@all_clusterers
def test_history_has_the_changes_of_the_labels(clusterer):
    model = frozen(clusterer, max_epochs=4, patience=NEVER).fit(X)
    table = pd.DataFrame(model.history_)
    assert len(table) == 4
    assert table["n_used_clusters"].between(1, 3).all()
    assert table["label_change"][1:].between(0, 1).all()
    assert np.isnan(table["label_change"][0])


@pytest.mark.parametrize("patience", [1, 3])
@all_clusterers
def test_quiet_labels_end_the_training(clusterer, patience):
    # At tol=1 every look but the first, which has nothing to compare, is quiet.
    model = frozen(clusterer, tol=1.0, patience=patience, max_epochs=9).fit(X)
    assert model.n_iter_ == patience


def student_t(Z, centers, dof):
    q = (1 + euclidean_distances(Z, centers, squared=True) / dof) ** (-(dof + 1) / 2)
    return q / q.sum(1, keepdims=True)


def divergence(q):
    p = q**2 / q.sum(0)
    return rel_entr(p / p.sum(1, keepdims=True), q).sum(1)


def squared_errors(model, Z):
    """Return the squared errors of the reconstruction, by row."""
    network = copy.deepcopy(pretrained())
    network.module_ = model.module_.autoencoder
    return ((X - network.inverse_transform(Z)) ** 2).sum(1)


@pytest.mark.parametrize("dof", [1.0, 3.0])
@self_training
def test_soft_predictions_of_dec_and_idec_are_students_t(Class, dof):
    model = frozen(Class(), dof=dof, max_epochs=2).fit(X)
    Z = model.transform(X)
    expected = student_t(Z, model.cluster_centers_, dof)
    assert_allclose(assignment(model, X), expected, rtol=1e-3)


def test_the_score_of_dec_is_the_distance_from_the_nearest_center():
    model = frozen(DEC(), max_epochs=2).fit(X)
    codes, centers = model.transform(X), model.cluster_centers_
    expected = -euclidean_distances(codes, centers, squared=True).min(axis=1)
    assert_allclose(model.score_samples(X), expected, rtol=1e-3, atol=1e-5)


def test_the_score_of_idec_adds_the_mean_squared_error():
    model = frozen(IDEC(gamma=0.3), max_epochs=2).fit(X)
    errors = squared_errors(model, model.transform(X)) / 6
    expected = -errors - 0.3 * divergence(assignment(model, X.astype(float)))
    assert_allclose(model.score_samples(X), expected, rtol=1e-3, atol=1e-5)


def test_soft_predictions_and_score_of_dcn_are_those_of_its_notes():
    model = frozen(DCN(lam=0.7), max_epochs=2).fit(X)
    Z = model.transform(X).astype(float)
    distances = euclidean_distances(Z, model.cluster_centers_, squared=True)
    variance = distances.min(1).mean() / 2
    expected = softmax(-distances / (2 * variance), axis=1)
    assert_allclose(assignment(model, X), expected, rtol=1e-2, atol=1e-6)
    expected = -squared_errors(model, Z) - 0.7 / 2 * distances.min(1)
    assert_allclose(model.score_samples(X), expected, rtol=1e-3, atol=1e-5)


# DEC and IDEC


@pytest.mark.parametrize(("interval", "n_looks"), [(3, 4), (1, 12), (5, 3)])
@self_training
def test_the_target_is_computed_from_all_data(Class, interval, n_looks, monkeypatch):
    rows, target_distribution = [], _self_training.target_distribution

    def spy(log_q, *frequencies):
        if not frequencies:
            rows.append(len(log_q))
        return target_distribution(log_q, *frequencies)

    monkeypatch.setattr(_self_training, "target_distribution", spy)
    frozen(
        Class(),
        update_interval=interval,
        max_epochs=4,
        patience=NEVER,
    ).fit(X)
    assert rows == [90] * n_looks


def test_dec_leaves_the_decoder_behind():
    network = frozen(DEC(), max_epochs=3).fit(X).module_.autoencoder.network
    start = pretrained().module_.network
    after, before = weights(network.decoder), weights(start.decoder)
    assert all((after[key] == before[key]).all() for key in before)
    after, before = weights(network.encoder), weights(start.encoder)
    assert any((after[key] != before[key]).any() for key in before)


@pytest.mark.parametrize("clusterer", [IDEC(), DCN()])
def test_centers_are_decoded_by_the_trained_decoder(clusterer):
    model = frozen(clusterer, max_epochs=3).fit(X)
    restored = model.inverse_transform(model.transform(X))
    assert ((restored - X) ** 2).mean() < 0.5 * X.var()
    assert (restored != pretrained().inverse_transform(pretrained().transform(X))).any()
    assert model.inverse_transform(model.cluster_centers_).shape == (3, X.shape[1])


def test_idec_trains_the_decoder():
    network = frozen(IDEC(), max_epochs=3).fit(X).module_.autoencoder.network
    after, before = (
        weights(network.decoder),
        weights(pretrained().module_.network.decoder),
    )
    assert any((after[key] != before[key]).any() for key in before)


def test_idec_without_its_clustering_loss_is_the_autoencoder():
    settings = {"max_epochs": 4, "batch_size": 30, "lr": 1e-3, "random_state": 0}
    settings["optimizer"] = torch.optim.Adam
    idec = frozen(IDEC(gamma=0.0, patience=NEVER), **settings).fit(X)
    network = copy.deepcopy(pretrained().module_.network).requires_grad_(True)
    autoencoder = Autoencoder(2, module=network, **settings)
    assert_array_equal(idec.transform(X), autoencoder.fit_transform(X))


# DCN


def test_centers_of_dcn_are_not_moved_by_the_gradient(monkeypatch):
    monkeypatch.setattr(_dcn, "move_centers", lambda *args: None)
    start = frozen(DCN(), max_epochs=0).fit(X)
    model = frozen(DCN(lam=100.0), max_epochs=3, patience=NEVER).fit(X)
    assert (model.transform(X) != start.transform(X)).any()
    assert set(map(tuple, model.cluster_centers_)) == set(
        map(tuple, start.cluster_centers_)
    )


def test_centers_of_dcn_follow_their_points():
    start = frozen(DCN(), max_epochs=0).fit(X)
    model = frozen(DCN(), max_epochs=3, patience=NEVER).fit(X)
    assert (model.cluster_centers_ != start.cluster_centers_).any()


def test_dcn_restarts_k_means_every_ten_epochs(monkeypatch):
    fits, fit = [], KMeans.fit

    def spy(self, X, *args, **kwargs):
        fits.append(isinstance(self.init, np.ndarray))
        return fit(self, X, *args, **kwargs)

    monkeypatch.setattr(KMeans, "fit", spy)
    frozen(DCN(), max_epochs=21, patience=NEVER).fit(X)
    assert fits == [False, True, True]


def test_dcn_draws_the_points_to_their_centers():
    def spread(lam):
        model = frozen(DCN(lam=lam), max_epochs=9, lr=1e-2, patience=NEVER).fit(X)
        Z = model.transform(X)
        distances = euclidean_distances(Z, model.cluster_centers_)
        return distances.min(1).mean() / Z.std()

    assert spread(20.0) < spread(0.0)


def test_a_nested_autoencoder_is_checked_before_anything_is_trained():
    for autoencoder, message in [
        (Autoencoder(n_components=0), "n_components"),
        (Autoencoder(hidden_layer_sizes=(0,)), "hidden_layer_sizes"),
        (Autoencoder(image_shape=(1, 2, 2)), "image_shape"),
    ]:
        with pytest.raises(ValueError, match=message):
            DEC(3, autoencoder=autoencoder).fit(X)


@all_clusterers
def test_a_start_of_clusters_that_are_not_round_is_learned_first(clusterer):
    # Two clusters of two blobs each, crosswise: their means are the same.
    corners = [[-1, -1], [1, 1], [-1, 1], [1, -1]]
    points, blob = make_blobs(120, centers=corners, cluster_std=0.2, random_state=0)
    crosswise = blob // 2
    model = clone(clusterer).set_params(
        n_clusters=2,
        autoencoder=Autoencoder(4, (64, 64), batch_size=32, random_state=0),
        init=crosswise,
        start_steps=2000,
        max_epochs=2,
        random_state=0,
    )
    lost = clone(model).set_params(start_steps=0).fit(points)
    kept = model.fit(points)
    assert adjusted_rand_score(crosswise, lost.labels_) < 0.5
    assert adjusted_rand_score(crosswise, kept.labels_) > 0.95
    stages = {row["stage"] for row in kept.history_}
    assert stages == {"reconstruct", "start", "cluster"}


def test_points_that_are_their_own_centers_have_probabilities():
    model = frozen(DCN(), max_epochs=0).fit(X[:3])
    assert_allclose(model.soft_predict(X[:3]), np.eye(3)[model.labels_])


# DEPICT


def started(**params):
    """Return DEPICT with the start alone, fitted to X."""
    settings = {"max_epochs": 0, "lr": 1e-2, "batch_size": 30, **params}
    return frozen(DEPICT(), **settings).fit(X)


def test_the_softmax_of_depict_begins_with_directions_of_the_clusters():
    model = started(start_steps=0)
    Z = pretrained().transform(X)
    means = [Z[model.initial_labels_ == k].mean(0) for k in range(3)]
    directions = np.array(means) / np.linalg.norm(means, axis=1, keepdims=True)
    found = model.module_.head.weight.numpy()
    # In the order of the sizes of the clusters that it then has.
    distances = euclidean_distances(found, directions)
    assert_allclose(distances.min(1), 0, atol=1e-5)
    assert not model.module_.head.bias.any()


def test_depict_learns_its_start_and_stops_when_no_more_rows_are_won():
    model = started(start_steps=9000, patience=4)
    assert adjusted_rand_score(model.labels_, model.initial_labels_) == 1
    agreement = [row.get("agreement", np.nan) for row in model.history_]
    assert {row["stage"] for row in model.history_} == {"start"}
    assert len(agreement) < 2900
    seen = [share for share in agreement if not np.isnan(share)]
    assert seen[-1] > 0.99
    assert max(seen[-3:]) <= max(seen[:-3]) + model.tol


@pytest.mark.parametrize("target", ["sharpened", "balanced"])
def test_soft_predictions_and_score_of_depict_are_those_of_its_notes(target):
    model = frozen(DEPICT(), target=target, start_steps=60, max_epochs=2).fit(X)
    Z, head = model.transform(X).astype(float), model.module_.head
    logits = Z @ head.weight.numpy().T + head.bias.numpy()
    p = softmax(logits, axis=1)
    assert_allclose(assignment(model, X), p, rtol=1e-3, atol=1e-6)
    log_p = torch.tensor(p).log()
    t = {"sharpened": target_distribution, "balanced": balanced_target}[target](log_p)
    errors = squared_errors(model, Z) / 6
    expected = -errors - rel_entr(t.numpy(), p).sum(1)
    assert_allclose(model.score_samples(X), expected, rtol=1e-3, atol=1e-5)


def test_depict_without_noise_trains_on_the_clean_path():
    noisy = started(start_steps=30, dropout=0.5)
    clean = started(start_steps=30, dropout=0.0)
    assert (noisy.transform(X) != clean.transform(X)).any()
    for model, is_random in [(noisy, True), (clean, False)]:
        module = copy.deepcopy(model.module_).train()
        codes = [module.embed(torch.from_numpy(X)).numpy() for _ in range(2)]
        assert (codes[0] != codes[1]).any() == is_random
        # What is fitted has no noise.
        assert_array_equal(model.transform(X), model.transform(X))


class Encoding(torch.nn.Module):
    """A network without an encoder to look into."""

    def __init__(self, n_features, n_components):
        super().__init__()
        self.down = torch.nn.Linear(n_features, n_components)
        self.up = torch.nn.Linear(n_components, n_features)

    def encode(self, x):
        return self.down(x)

    def decode(self, z):
        return self.up(z)


def test_depict_takes_a_network_without_an_encoder():
    autoencoder = Autoencoder(2, module=Encoding, max_epochs=1)
    model = DEPICT(3, autoencoder=autoencoder, start_steps=5, max_epochs=1)
    assert model.fit(X).transform(X).shape == (90, 2)
