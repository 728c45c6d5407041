"""Tests of the dual autoencoder and of DSCDAN."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose, assert_array_equal
from scipy.spatial.distance import cdist
from sklearn.base import clone
from sklearn.datasets import load_digits, make_blobs
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import scale

from skdeepcluster import DEC, DSCDAN, Autoencoder, DualAutoencoder, VaDE
from skdeepcluster.losses import (
    class_kl,
    expected_gaussian_log_density,
    jensen_shannon_loss,
    mixture_kl,
)
from skdeepcluster.metrics import normalized_mutual_info_score
from skdeepcluster.modules import ConvSites, GroupSites, SiameseNetwork

X, Y = make_blobs(90, 6, centers=3, cluster_std=0.3, random_state=0)
X = scale(X).astype(np.float32)
pytestmark = pytest.mark.filterwarnings(
    "ignore:The graph of a batch:sklearn.exceptions.ConvergenceWarning"
)
DUAL = DualAutoencoder(
    2,
    (32, 16),
    recon_precision=90.0,
    gamma=1.0,
    max_epochs=30,
    batch_size=30,
    random_state=0,
)
DSCDAN_ = DSCDAN(
    3,
    autoencoder=DUAL,
    affinity="euclidean",
    n_neighbors=10,
    hidden_layer_sizes=(32, 32),
    class_epochs=300,
    max_epochs=20,
    batch_size=90,
    random_state=0,
)

logits = arrays(np.float64, (8, 4), elements=st.floats(-5, 5))
vectors = arrays(np.float64, (8, 2), elements=st.floats(-3, 3))
centers = arrays(np.float64, (4, 2), elements=st.floats(-3, 3))


# The losses


def test_a_critic_that_knows_nothing_loses_two_bits():
    zeros = torch.zeros(10, dtype=torch.float64)
    assert_allclose(jensen_shannon_loss(zeros, zeros), 2 * np.log(2))


def test_the_best_critic_has_the_least_loss():
    rng = np.random.default_rng(0)
    draws = torch.from_numpy(rng.normal(size=(2, 200_000)))
    joint, product = draws[0] + 1, draws[1] - 1
    # The logarithm of the densities' ratio is 2 x.
    losses = {t: jensen_shannon_loss(t * joint, t * product).item() for t in (1, 2, 4)}
    assert losses[2] == pytest.approx(0.712, abs=3e-3)
    assert losses[1] == pytest.approx(0.814, abs=5e-3)
    assert losses[4] == pytest.approx(0.864, abs=5e-3)


@given(logits, vectors, vectors, centers)
def test_the_class_prior_is_a_mixture_of_unit_normals(logits, mean, log_var, means):
    logits, mean, log_var, means = map(torch.from_numpy, (logits, mean, log_var, means))
    log_q = logits.log_softmax(1)
    factors = torch.eye(2, dtype=torch.float64).expand(4, 2, 2)
    log_joint = expected_gaussian_log_density(mean, log_var, means, factors) - np.log(4)
    kl = class_kl(log_q, mean, log_var, means)
    assert_allclose(kl, mixture_kl(log_q, log_joint, log_var), atol=1e-9)
    best = class_kl(log_joint.log_softmax(1), mean, log_var, means)
    assert (kl >= best - 1e-9).all()


# The networks


@pytest.mark.parametrize(
    "network",
    [
        GroupSites(10, [[0, 1, 2], [5, 4], [3, 6, 7, 8], [9]], (12, 7), 4, 2),
        ConvSites((1, 2, 5), (3, 6), 4, 2),
    ],
    ids=["groups", "convolutions"],
)
def test_the_code_is_made_of_the_sites(network):
    x = torch.randn(5, 10)
    sites = network.sites(x)
    assert sites.shape == (5, network.n_sites, network.n_channels)
    assert_array_equal(network.head(sites).detach(), network.encode(x).detach())
    assert network.encode(x).shape == (5, 4)
    assert network.decode(torch.randn(5, 2)).shape == (5, 10)


def test_a_site_sees_its_group_of_features_alone():
    network = GroupSites(10, [[0, 1, 2], [5, 4], [3, 6, 7, 8], [9]], (12, 7), 4, 2)
    x = torch.randn(20, 10, requires_grad=True)
    network.sites(x)[:, 2].sum().backward()
    assert set(np.flatnonzero(x.grad.any(0))) == {3, 6, 7, 8}


# The dual autoencoder


def test_the_precision_of_the_reconstruction_does_not_depend_on_the_scale():
    dual = clone(DUAL).set_params(recon_precision="auto", max_epochs=1)
    precision = dual.fit(X).recon_precision_
    assert precision == pytest.approx(1 / X.var(0).mean())
    assert dual.fit(X / 4).recon_precision_ == pytest.approx(16 * precision)
    assert dual.set_params(recon_precision=3.0).fit(X).recon_precision_ == 3


def test_a_term_without_weight_is_not_in_the_loss():
    terms = set(clone(DUAL).fit(X).history_[0])
    assert {"reconstruction", "relative", "information", "kl"} <= terms
    plain = clone(DUAL).set_params(beta=0.0, relative_weight=0.0).fit(X)
    assert "information" not in plain.history_[0]
    assert plain.history_[0]["relative"] == 0


def test_codes_tell_the_clusters_apart_and_restore_the_rows():
    dual = clone(DUAL).set_params(max_epochs=100).fit(X)
    restored = dual.inverse_transform(dual.transform(X))
    assert ((X - restored) ** 2).sum() < 0.2 * ((X - X.mean(0)) ** 2).sum()


def test_images_have_convolutions_and_a_sigmoid():
    images = (load_digits().data[:100] / 16).astype(np.float32)
    dual = DualAutoencoder(
        5, (4, 8), image_shape=(1, 8, 8), likelihood="bernoulli", max_epochs=2
    ).fit(images)
    restored = dual.inverse_transform(dual.transform(images))
    assert restored.shape == (100, 64)
    assert restored.min() > 0
    assert restored.max() < 1


def test_groups_of_features_are_ones_own_or_random():
    groups = [[0, 1], [2, 3, 4], np.array([5])]
    dual = clone(DUAL).set_params(feature_groups=groups).fit(X)
    assert dual.module_.network.n_sites == 3
    first, second = (
        clone(DUAL).set_params(feature_groups=1, random_state=seed).fit(X)
        for seed in (0, 1)
    )
    members = [d.module_.network.members.numpy()[0] for d in (first, second)]
    assert sorted(members[0]) == list(range(6))
    assert list(members[0]) != list(members[1])


BAD_SETTINGS = {
    "feature_groups has 5 entries in 2 groups, which are not the 6 features of X": {
        "feature_groups": [[0, 1], [2, 3, 4]]
    },
    "feature_groups has 7 entries in 2 groups": {
        "feature_groups": [[0, 1, 2], [2, 3, 4, 5]]
    },
    "likelihood='bernoulli' takes data in .0, 1.*set likelihood='gaussian'": {
        "likelihood": "bernoulli"
    },
    "give at least one hidden layer, which its critics": {"hidden_layer_sizes": ()},
    "image_shape=.2, 2, 2. does not fit X with 6 features": {"image_shape": (2, 2, 2)},
}


@pytest.mark.parametrize(("message", "params"), BAD_SETTINGS.items(), ids=range(5))
def test_settings_that_do_not_fit_the_data_are_refused(message, params):
    with pytest.raises(ValueError, match=message):
        clone(DUAL).set_params(**params).fit(X)


def test_centroid_methods_may_start_from_it():
    model = DEC(3, autoencoder=DUAL, max_epochs=5, batch_size=30, random_state=0)
    assert adjusted_rand_score(Y, model.fit_predict(X)) == 1


def test_vade_refuses_it():
    with pytest.raises(ValueError, match="should be an Autoencoder or a Variational"):
        VaDE(3, autoencoder=DUAL).fit(X)


# DSCDAN


SIAMESE = {"affinity": "siamese", "siamese_neighbors": 10, "siamese_epochs": 50}


@pytest.mark.parametrize("settings", [{}, SIAMESE])
@pytest.mark.parametrize("assignment", ["argmax", "kmeans"])
def test_the_blobs_are_found(assignment, settings):
    model = clone(DSCDAN_).set_params(assignment=assignment, **settings).fit(X)
    assert adjusted_rand_score(Y, model.labels_) > 0.9
    stages = list(dict.fromkeys(row["stage"] for row in model.history_))
    siamese = ["siamese"] if settings else []
    assert stages == ["reconstruct", *siamese, "spectral", "classes", "cluster"]
    # The means of the classes are those of their codes.
    codes = model.transform(X)
    for label, mean in enumerate(model.class_means_):
        own = codes[model.labels_ == label].mean(0)
        others = np.delete(model.class_means_, label, axis=0)
        assert np.linalg.norm(own - mean) < np.linalg.norm(own - others, axis=1).min()


def test_the_joint_stage_ends_when_labels_settle():
    model = clone(DSCDAN_).set_params(max_epochs=100, tol=1.0, patience=2).fit(X)
    joint = [row for row in model.history_ if row["stage"] == "cluster"]
    assert len(joint) == 2
    assert joint[1]["n_used_clusters"] == 3


def test_the_joint_stage_keeps_the_siamese_network():
    before, after = (
        clone(DSCDAN_).set_params(max_epochs=n, **SIAMESE).fit(X).module_
        for n in (0, 20)
    )
    pairs = zip(
        before.similarity.parameters(), after.similarity.parameters(), strict=True
    )
    assert all((old == new).all() for old, new in pairs)
    old, new = before.classes.parameters(), after.classes.parameters()
    assert any((a != b).any() for a, b in zip(old, new, strict=True))


def test_the_siamese_network_sees_the_codes_that_it_learned_from(monkeypatch):
    seen, forward = [], SiameseNetwork.forward

    def spy(self, codes):
        seen.append(codes)
        return forward(self, codes)

    monkeypatch.setattr(SiameseNetwork, "forward", spy)
    before, after = (
        clone(DSCDAN_).set_params(max_epochs=n, **SIAMESE).fit(X).transform(X)
        for n in (0, 20)
    )
    last = seen[-1].numpy()
    assert_allclose(cdist(last, before).min(1), 0, atol=1e-5)
    assert cdist(last, after).min(1).max() > 1e-3


def test_a_frozen_dual_autoencoder_is_left_as_it_is():
    dual = clone(DUAL).fit(X)
    codes = dual.transform(X)
    clone(DSCDAN_).set_params(autoencoder=FrozenEstimator(dual)).fit(X)
    assert_array_equal(dual.transform(X), codes)


def test_other_autoencoders_are_refused():
    with pytest.raises(ValueError, match="should be a DualAutoencoder"):
        clone(DSCDAN_).set_params(autoencoder=Autoencoder()).fit(X)


def test_the_joint_stage_starts_from_classes_that_are_more_likely_than_not():
    model = clone(DSCDAN_).set_params(max_epochs=0).fit(X)
    n_epochs = sum(row["stage"] == "classes" for row in model.history_)
    assert n_epochs < model.class_epochs
    assert (model.soft_predict(X).max(1) > 0.5).all()


def test_digits_gain_from_the_spectral_stage_and_need_its_loss():
    digits, y = load_digits(return_X_y=True)
    digits, y = digits[::2] / 16, y[::2]
    dual = DualAutoencoder(hidden_layer_sizes=(256, 256), max_epochs=30, random_state=0)
    model = DSCDAN(
        10,
        autoencoder=FrozenEstimator(dual.fit(digits)),
        affinity="euclidean",
        hidden_layer_sizes=(256, 256, 128),
        max_epochs=15,
        batch_size=256,
        random_state=0,
    )
    nmi = {
        weight: normalized_mutual_info_score(
            y, model.set_params(spectral_weight=weight).fit_predict(digits)
        )
        for weight in (0.0, 10.0)
    }
    start = normalized_mutual_info_score(y, model.initial_labels_)
    assert nmi[10.0] > start + 0.05
    assert nmi[10.0] > nmi[0.0]
