"""Tests of the mixtures of autoencoders."""

import copy
import functools

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from estimators import AUTOENCODER, CLUSTERERS, assignment, name
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import logsumexp, softmax
from scipy.stats import entropy
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, make_blobs
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KNeighborsTransformer, RadiusNeighborsTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import minmax_scale, scale
from skorch.callbacks import Callback

from skdeepcluster import (
    DAMIC,
    DGG,
    KDAE,
    KDVAE,
    Autoencoder,
    VaDE,
    VariationalAutoencoder,
)
from skdeepcluster._neighbors import neighbor_numbers
from skdeepcluster.datasets import make_affine_planes, make_sigmoid_blobs
from skdeepcluster.losses import mixture_kl, neighborhood_kl
from skdeepcluster.metrics import (
    clustering_accuracy_score,
    normalized_mutual_info_score,
)
from skdeepcluster.modules import MixturePrior

X, Y = make_blobs([20, 30, 40], 6, cluster_std=0.3, random_state=0)
X = scale(X).astype(np.float32)

MIXTURES = [e for e in CLUSTERERS if isinstance(e, (DAMIC, KDAE, KDVAE, VaDE, DGG))]
EXPERTS = [e for e in MIXTURES if not isinstance(e, (VaDE, DGG))]
all_mixtures = pytest.mark.parametrize("clusterer", MIXTURES, ids=name)
all_experts = pytest.mark.parametrize("clusterer", EXPERTS, ids=name)
generative = pytest.mark.parametrize(
    "clusterer", [e for e in MIXTURES if hasattr(e, "sample")], ids=name
)
pytestmark = [
    pytest.mark.filterwarnings(
        "ignore:.*clusters:sklearn.exceptions.ConvergenceWarning"
    ),
    # Tight clusters leave a variational autoencoder nothing to encode.
    pytest.mark.filterwarnings(
        "ignore:The codes of:sklearn.exceptions.ConvergenceWarning"
    ),
]


def fresh(clusterer, **params):
    params = {"n_clusters": 3, "random_state": 0, **params}
    return clone(clusterer).set_params(**params)


@functools.cache
def fitted(clusterer):
    """Return the clusterer fitted on X; shared, so leave it as it is."""
    return fresh(clusterer).fit(X)


def evaluate(model, method, x=X):
    """Apply a method of the fitted module to rows."""
    with torch.no_grad():
        return getattr(model.module_, method)(torch.from_numpy(x))


# The start


@all_experts
def test_a_start_is_labels_or_a_clusterer_or_a_transformer(clusterer):
    autoencoder = clone(AUTOENCODER).set_params(random_state=0).fit(X)
    kmeans = KMeans(3, n_init=20, random_state=0)
    for init in (
        np.array(["c", "a", "b"])[Y],
        KMeans(3, random_state=0),
        make_pipeline(AUTOENCODER, kmeans),
        AUTOENCODER,
        FrozenEstimator(autoencoder),
        FrozenEstimator(make_pipeline(autoencoder, kmeans).fit(X)),
    ):
        model = fresh(clusterer, init=init, max_epochs=1).fit(X)
        assert adjusted_rand_score(Y, model.initial_labels_) == 1, init


@all_experts
def test_a_frozen_clusterer_gives_its_own_labels(clusterer):
    poor = KMeans(3, init=X[Y == 0][:3], n_init=1, max_iter=1).fit(X)
    model = fresh(clusterer, init=FrozenEstimator(poor), max_epochs=1).fit(X)
    assert adjusted_rand_score(poor.predict(X), model.initial_labels_) == 1


@all_experts
def test_the_start_is_trained_with_the_settings_of_the_clusterer(clusterer):
    init = make_pipeline(Autoencoder(2, (8,), max_epochs=2), KMeans(3))
    model = fresh(clusterer, init=init, dtype="float64", max_epochs=1).fit(X)
    stages = [row["stage"] for row in model.history_]
    experts = ["experts"] * clusterer.expert_epochs
    gate = ["gate"] * getattr(clusterer, "gate_epochs", 0)
    expected = ["reconstruct"] * 2 + experts + gate + ["cluster"]
    assert stages == expected
    again = fresh(clusterer, init=init, dtype="float64", max_epochs=1).fit(X)
    assert_array_equal(model.soft_predict(X), again.soft_predict(X))
    # A clone of the start was fitted.
    assert not hasattr(init[-1], "labels_")


@all_experts
def test_no_start_means_an_autoencoder(clusterer, monkeypatch):
    small = functools.partial(Autoencoder, 2, (8,), max_epochs=1)
    monkeypatch.setattr("skdeepcluster.mixture._base.Autoencoder", small)
    model = fresh(clusterer, init=None, max_epochs=1).fit(X)
    assert model.history_[0]["stage"] == "reconstruct"
    assert len(np.unique(model.initial_labels_)) == 3


BAD_LABELS = {
    "init has 3 labels, but X has 90 rows: give one label": [0, 1, 2],
    "init has labels of 2 clusters, but n_clusters=3: set n_clusters=2": Y % 2,
    "init has no label for 30 rows: give each row one": np.where(Y == 1, np.nan, Y),
}


@pytest.mark.parametrize(("message", "labels"), BAD_LABELS.items(), ids=range(3))
@all_experts
def test_labels_that_are_no_start_are_refused(clusterer, message, labels):
    with pytest.raises(ValueError, match=message):
        fresh(clusterer, init=labels).fit(X)


@all_experts
def test_a_start_with_more_or_fewer_clusters_is_refused(clusterer):
    for n_clusters in (2, 5):
        message = f"found {n_clusters} clusters, but n_clusters=3: set"
        with pytest.raises(ValueError, match=message):
            fresh(clusterer, init=KMeans(n_clusters, n_init=1)).fit(X)


# The experts


@all_experts
def test_each_expert_learns_its_own_cluster(clusterer):
    model = fresh(clusterer, init=Y, max_epochs=0, expert_epochs=100, lr=1e-2).fit(X)
    distances = model.transform(X)
    assert distances.shape == (90, 3)
    nearest = distances.argmin(1)
    assert clustering_accuracy_score(Y, nearest) > 0.95


@all_experts
def test_distances_are_those_from_the_reconstructions(clusterer):
    model = fitted(clusterer)
    distances = model.transform(X)
    for cluster in range(3):
        reconstruction = model.reconstruct(X, cluster=cluster)
        expected = np.linalg.norm(X - reconstruction, axis=1)
        assert_allclose(distances[:, cluster], expected, rtol=1e-4)
    own = model.reconstruct(X)
    for cluster in range(3):
        rows = model.labels_ == cluster
        assert_array_equal(own[rows], model.reconstruct(X, cluster=cluster)[rows])


@all_experts
def test_experts_may_be_convolutional(clusterer):
    images = load_digits().data[:60].astype(np.float32) / 16
    model = fresh(
        clusterer,
        image_shape=(1, 8, 8),
        hidden_layer_sizes=(2, 3),
        init=KMeans(3, n_init=1),
        max_epochs=2,
    )
    if isinstance(clusterer, DAMIC):
        model.set_params(gate_hidden_layer_sizes=(2,))
    model.fit(images)
    assert model.reconstruct(images).shape == (60, 64)
    assert np.isfinite(model.score(images))


@all_mixtures
def test_binary_cross_entropy_needs_data_between_zero_and_one(clusterer):
    model = fresh(clusterer, likelihood="bernoulli", max_epochs=2)
    if clusterer not in EXPERTS:
        model.set_params(autoencoder__likelihood="bernoulli")
    with pytest.raises(ValueError, match="bernoulli.*X lies in .*set likelihood"):
        model.fit(X)
    unit = minmax_scale(X).clip(0, 1)
    assert np.isfinite(model.fit(unit).score(unit))


@pytest.mark.parametrize("cluster", [-1, 3, 1.5, "a"])
@all_mixtures
def test_a_cluster_that_is_none_is_refused(clusterer, cluster):
    model = fitted(clusterer)
    method = "reconstruct" if clusterer in EXPERTS else "sample"
    args = (X,) if clusterer in EXPERTS else ()
    with pytest.raises(ValueError, match="cluster=.* should be an int from 0 to 2"):
        getattr(model, method)(*args, cluster=cluster)


# DAMIC


def test_assignments_of_damic():
    damic = fitted(MIXTURES[0])
    log_gate, d = evaluate(damic, "log_gate"), evaluate(damic, "distortions")
    log_gate, d = log_gate.numpy(), d.numpy()
    expected = {
        "gate": np.exp(log_gate),
        "posterior": softmax(log_gate - d, axis=1),
        "reconstruction": softmax(-d, axis=1),
    }
    expected_score = logsumexp(log_gate - d, axis=1) - 3 * np.log(2 * np.pi)
    assert_allclose(damic.score_samples(X), expected_score, rtol=1e-4)
    for kind, proba in expected.items():
        model = fresh(MIXTURES[0], assignment=kind).fit(X)
        assert_allclose(assignment(model, X), proba, rtol=1e-3, atol=1e-6)


def test_prototypes_are_what_experts_make_of_ones():
    damic = fitted(MIXTURES[0])
    prototypes = damic.prototypes()
    assert prototypes.shape == (3, 6)
    ones = np.ones((1, 6), dtype=np.float32)
    for cluster in range(3):
        expected = damic.reconstruct(ones, cluster=cluster)[0]
        assert_allclose(prototypes[cluster], expected, rtol=1e-5)


def test_noise_and_dropout_are_for_training_alone():
    noisy = fresh(MIXTURES[0], input_noise=0.5, dropout=0.2).fit(X)
    plain = fitted(MIXTURES[0])
    assert not np.array_equal(noisy.score_samples(X), plain.score_samples(X))
    assert_array_equal(noisy.score_samples(X), noisy.score_samples(X))


def test_dropout_is_for_dense_experts():
    model = fresh(MIXTURES[0], dropout=0.2, image_shape=(1, 2, 3))
    with pytest.raises(ValueError, match=r"dropout=0.2 is for dense experts: set it"):
        model.fit(X)


@pytest.mark.parametrize("sizes", [(0,), (2.5,)], ids=str)
def test_sizes_of_the_gate_are_checked(sizes):
    model = fresh(MIXTURES[0], gate_hidden_layer_sizes=sizes)
    with pytest.raises(ValueError, match="gate_hidden_layer_sizes=.*positive integers"):
        model.fit(X)


# KDAE


def test_constant_experts_are_kmeans():
    kdae = fresh(MIXTURES[1], init=Y, expert_epochs=0, max_epochs=0).fit(X)
    kmeans = KMeans(3, n_init=1, random_state=0).fit(X)
    with torch.no_grad():
        output = kdae.module_.network.decoder[-1]
        output.weight.zero_()
        output.bias.copy_(torch.from_numpy(kmeans.cluster_centers_))
    assert_array_equal(kdae.predict(X), kmeans.labels_)
    score = kdae.score(X) + 3 * np.log(2 * np.pi)
    assert_allclose(-2 * len(X) * score, kmeans.inertia_, rtol=1e-4)
    assert_allclose(kdae.transform(X), kmeans.transform(X), rtol=1e-3, atol=1e-4)


def linear_experts(labels, X):
    """Return a KDAE whose experts are the principal planes of the clusters."""
    kdae = KDAE(
        4,
        init=labels,
        n_components=2,
        hidden_layer_sizes=(),
        expert_epochs=0,
        max_epochs=0,
        dtype="float64",
    ).fit(X)
    (encoder,), (decoder,) = kdae.module_.network.encoder, kdae.module_.network.decoder
    with torch.no_grad():
        for k in range(4):
            pca = PCA(2).fit(X[labels == k])
            axes, mean = torch.from_numpy(pca.components_), torch.from_numpy(pca.mean_)
            encoder.weight[k], encoder.bias[k] = axes, -axes @ mean
            decoder.weight[k], decoder.bias[k] = axes.T, mean
    return kdae


@pytest.mark.parametrize("seed", range(3))
def test_linear_experts_find_planes_by_exact_alternation(seed):
    X, y = make_affine_planes(random_state=seed)
    labels = KMeans(4, n_init=10, random_state=seed).fit_predict(X)
    assert clustering_accuracy_score(y, labels) < 0.6
    scores = []
    for _ in range(50):
        kdae = linear_experts(labels, X)
        scores.append(kdae.score(X))
        found = kdae.predict(X)
        if np.array_equal(found, labels):
            break
        labels = found
    assert_array_equal(scores, np.sort(scores))
    assert clustering_accuracy_score(y, labels) == 1


# KDVAE


def test_one_expert_is_a_variational_autoencoder():
    kdvae = fresh(MIXTURES[2], n_clusters=1, init=np.zeros(90), recon_precision=2.0)
    kdvae.fit(X)
    vae = VariationalAutoencoder(1, (16,), recon_precision=2.0, max_epochs=0).fit(X)
    theirs = kdvae.module_.network.state_dict()
    vae.module_.network.load_state_dict({k: v[0] for k, v in theirs.items()})
    assert_allclose(kdvae.score_samples(X), vae.score_samples(X), rtol=1e-4)
    assert_allclose(
        kdvae.reconstruct(X), vae.inverse_transform(vae.transform(X)), rtol=1e-4
    )


def test_rules_of_kdvae():
    model = fresh(MIXTURES[2], n_components=2, recon_precision=3.0).fit(X)
    mean, log_var = (t.numpy() for t in evaluate(model, "posterior"))
    with torch.no_grad():
        output = model.module_.output(torch.from_numpy(mean)).numpy()
    log_likelihood = -1.5 * ((X - output) ** 2).sum(-1)
    most_probable = log_likelihood - (mean**2).sum(-1) / 2 + log_var.sum(-1) / 2
    bound = most_probable - (np.exp(log_var) - 1).sum(-1) / 2
    for kind, scores in {"map": most_probable, "elbo": bound}.items():
        model.module_.assignment = kind
        expected = softmax(scores, axis=0).T
        assert_allclose(evaluate(model, "assign").exp(), expected, atol=1e-5)
    constant = 3 * np.log(3.0 / (2 * np.pi)) - np.log(3)
    assert_allclose(model.score_samples(X), bound.max(0) + constant, rtol=1e-4)
    model.module_.responsibility = "soft"
    expected = logsumexp(bound, axis=0) + constant
    assert_allclose(model.score_samples(X), expected, rtol=1e-4)


def test_weights_of_kdvae_are_shares_or_learned():
    shares = fitted(MIXTURES[2])
    assert_allclose(shares.weights_, np.bincount(shares.labels_) / 90)
    settings = {"responsibility": "soft", "learn_weights": True, "lr": 1e-2}
    learned = fresh(MIXTURES[2], max_epochs=60, **settings).fit(X)
    assert_allclose(learned.weights_, np.array([40, 30, 20]) / 90, atol=0.05)


# VaDE


covariance_types = pytest.mark.parametrize("covariance_type", ["full", "tied", "diag"])


@covariance_types
def test_vade_starts_as_its_autoencoder(covariance_type):
    autoencoder = clone(AUTOENCODER).set_params(random_state=0).fit(X)
    vade = fresh(
        MIXTURES[3],
        autoencoder=FrozenEstimator(autoencoder),
        covariance_type=covariance_type,
        max_epochs=0,
    )
    vade.fit(X)
    # The same function, with codes of a standard deviation of two.
    codes = autoencoder.transform(X)
    scaled = codes * (2 / codes.std())
    assert_allclose(vade.transform(X), scaled, rtol=1e-4, atol=1e-6)
    restored = autoencoder.inverse_transform(codes)
    assert_allclose(vade.inverse_transform(scaled), restored, rtol=1e-4, atol=1e-6)
    # Each component is the normal distribution of a cluster, a little wider.
    clusters = [scaled[vade.initial_labels_ == k].astype(float) for k in range(3)]
    assert_allclose(vade.weights_, [len(c) / 90 for c in clusters], rtol=1e-5)
    assert_allclose(vade.means_, [c.mean(0) for c in clusters], rtol=1e-4)
    extra = 0.01 * scaled.var()
    if covariance_type == "diag":
        expected = [c.var(0) + extra for c in clusters]
    else:
        expected = [np.cov(c.T, bias=True) + extra * np.eye(2) for c in clusters]
    if covariance_type == "tied":
        expected = np.average(expected, axis=0, weights=[len(c) for c in clusters])
    assert_allclose(vade.covariances_, expected, rtol=1e-3, atol=1e-5)


def test_vade_may_start_from_a_variational_autoencoder():
    vae = VariationalAutoencoder(2, (16,), max_epochs=20, batch_size=32, random_state=0)
    vade = fresh(MIXTURES[3], autoencoder=FrozenEstimator(vae.fit(X)), max_epochs=0)
    assert_array_equal(vade.fit(X).transform(X), vae.transform(X))


@covariance_types
def test_vade_is_a_gaussian_mixture_in_its_embedding(covariance_type):
    vade = fresh(MIXTURES[3], covariance_type=covariance_type).fit(X)
    mixture = GaussianMixture(3, covariance_type=covariance_type)
    mixture.weights_, mixture.means_ = vade.weights_, vade.means_
    mixture.covariances_ = vade.covariances_
    mixture.precisions_cholesky_ = (
        vade.covariances_**-0.5
        if covariance_type == "diag"
        else np.linalg.inv(np.linalg.cholesky(vade.covariances_)).swapaxes(-1, -2)
    )
    codes = vade.transform(X)
    assert_allclose(assignment(vade, X), mixture.predict_proba(codes), atol=1e-4)


WRONG_STARTS = {
    "has likelihood='bernoulli'": Autoencoder(likelihood="bernoulli"),
    "it has likelihood='bern": VariationalAutoencoder(likelihood="bernoulli"),
    "without variances: give a VariationalAutoencoder": Autoencoder(module=object),
}


@pytest.mark.parametrize(
    ("message", "start"), WRONG_STARTS.items(), ids=["loss", "likelihood", "module"]
)
def test_starts_that_do_not_fit_vade_are_refused(message, start):
    with pytest.raises(ValueError, match=message):
        fresh(MIXTURES[3], autoencoder=start).fit(minmax_scale(X).clip(0, 1))


def test_the_learning_rate_decays_to_a_tenth():
    rates = []

    class Rates(Callback):
        def on_epoch_end(self, net, **kwargs):
            rates.append(net.optimizer_.param_groups[0]["lr"])

    vade = fresh(MIXTURES[3], max_epochs=25, lr_decay=0.2, callbacks=[Rates()])
    vade.fit(X)
    assert_allclose(np.array(rates[-25:])[[0, 8, 15, 24]], [5e-4, 5e-4, 1e-4, 5e-5])


def test_fixed_covariances_are_a_share_of_the_variance_of_the_codes():
    settings = {"covariance_type": "fixed", "prior_variance": 0.2}
    vade = fresh(MIXTURES[3], **settings, max_epochs=0).fit(X)
    variance = 0.2 * vade.transform(X).var()
    assert_allclose(vade.covariances_, variance * np.eye(2), rtol=1e-5)
    trained = fresh(MIXTURES[3], **settings, prior_update="em").fit(X)
    assert_allclose(trained.covariances_, vade.covariances_)
    assert not np.allclose(trained.means_, vade.means_, atol=1e-3)
    # The most probable component has the weighted squares' least sum.
    squares = ((trained.transform(X)[:, None] - trained.means_) ** 2).sum(2)
    log_joint = np.log(trained.weights_) - squares / (2 * variance)
    assert_array_equal(trained.labels_, log_joint.argmax(1))


def test_gradients_do_not_move_what_em_moves():
    settings = {"covariance_type": "fixed", "prior_update": "em", "lr": 1e-12}
    vade = fresh(MIXTURES[3], **settings, lr_decay=1.0, max_epochs=30).fit(X)
    start = fresh(MIXTURES[3], **settings, max_epochs=0).fit(X)
    assert_allclose(vade.transform(X), start.transform(X), atol=1e-4)
    assert np.abs(vade.weights_ - start.weights_).max() > 0
    assert vade.weights_.sum() == pytest.approx(1)


@functools.cache
def spherical_prior(variance=0.3, dtype=torch.float64):
    codes, labels = make_blobs([20, 30, 40], 2, random_state=1)
    means = np.array([codes[labels == k].mean(0) + 0.5 for k in range(3)])
    prior = MixturePrior(3, 2, "fixed").to(dtype)
    covariances = variance * np.eye(2)[None]
    weights = np.array([0.2, 0.3, 0.5])
    prior.start_from(*map(torch.from_numpy, (weights, means, covariances)), 1.0)
    return prior, torch.from_numpy(codes).to(dtype), weights, means, covariances


def test_a_whole_step_for_all_rows_is_one_of_em():
    prior, codes, weights, means, covariances = spherical_prior()
    precisions = np.full(3, 1 / covariances[0, 0, 0])
    mixture = GaussianMixture(
        3,
        covariance_type="spherical",
        weights_init=weights,
        means_init=means,
        precisions_init=precisions,
        max_iter=1,
    )
    with pytest.warns(ConvergenceWarning, match="did not converge"):
        mixture.fit(codes)
    moved = copy.deepcopy(prior)
    moved.em_step(codes, 1.0)
    assert_allclose(moved.log_weights.exp().detach(), mixture.weights_, rtol=1e-10)
    assert_allclose(moved.means.detach(), mixture.means_, rtol=1e-10)
    assert moved.raw_log_vars.equal(prior.raw_log_vars)


def test_a_small_step_moves_the_statistics_a_little_and_keeps_an_empty_component():
    prior, codes, weights, means, _ = spherical_prior()
    moved = copy.deepcopy(prior)
    with torch.no_grad():
        moved.means[0] = 1e3
    moved.em_step(codes, 0.01)
    assert_allclose(moved.means[0].detach(), 1e3)
    assert moved.log_weights.exp().sum().item() == pytest.approx(1)
    assert_allclose(moved.log_weights[0].exp().item(), 0.99 * weights[0], rtol=1e-6)


def test_the_gradient_of_a_fixed_prior_is_the_mean_pull_of_its_components():
    prior, codes, _, means, covariances = spherical_prior()
    z = codes.clone().requires_grad_()
    (-prior.log_joint(z).logsumexp(1)).sum().backward()
    responsibilities = prior.log_joint(codes).softmax(1).detach().numpy()
    offsets = codes.numpy()[:, None] - means
    pull = (responsibilities[:, :, None] * offsets).sum(1) / covariances[0, 0, 0]
    assert_allclose(z.grad, pull, rtol=1e-10, atol=1e-12)


# DGG


def test_dgg_starts_from_the_clusters_that_its_network_learns():
    dgg = fresh(MIXTURES[4], init=Y, max_epochs=0, class_epochs=300, lr=1e-2).fit(X)
    assert clustering_accuracy_score(Y, dgg.labels_) == 1
    assert_allclose(dgg.weights_, np.array([40, 30, 20]) / 90, atol=0.05)
    codes = dgg.transform(X).astype(float)
    means = [codes[dgg.initial_labels_ == k].mean(0) for k in range(3)]
    assert_allclose(dgg.means_, means, rtol=1e-4, atol=1e-5)


def test_the_weights_of_dgg_are_the_mean_of_its_assignments():
    dgg = fitted(MIXTURES[4])
    assert_allclose(dgg.weights_, assignment(dgg, X).mean(0), rtol=1e-5)


def test_the_score_of_dgg_is_an_evidence_bound():
    dgg = fitted(MIXTURES[4])
    with torch.no_grad():
        mean, log_var = dgg.module_.vae.posterior(torch.from_numpy(X))
    log_q = np.log(assignment(dgg, X))
    precisions = np.linalg.inv(dgg.covariances_)
    offsets = mean.numpy()[:, None] - dgg.means_
    squares = np.einsum("nkd,kde,nke->nk", offsets, precisions, offsets)
    spread = np.exp(log_var.numpy()) @ np.diagonal(precisions, axis1=1, axis2=2).T
    log_det = np.linalg.slogdet(2 * np.pi * dgg.covariances_)[1]
    expected = np.log(dgg.weights_) - 0.5 * (log_det + squares + spread)
    entropy = 0.5 * (1 + np.log(2 * np.pi) + log_var.numpy()).sum(1)
    kl = (np.exp(log_q) * (log_q - expected)).sum(1) - entropy
    tau = dgg.recon_precision_
    restored = dgg.inverse_transform(dgg.transform(X))
    log_likelihood = 3 * np.log(tau / (2 * np.pi)) - tau / 2 * (
        (X - restored) ** 2
    ).sum(1)
    assert_allclose(dgg.score_samples(X), log_likelihood - kl, rtol=1e-3, atol=1e-3)


def divergence(q, weights):
    """Return the Jensen-Shannon divergence of assignments (m, n, k), all else equal."""
    log_q = torch.as_tensor(q, dtype=torch.float64).clamp_min(1e-300).log()
    # Codes without entropy, and components of one density.
    log_var = torch.full_like(log_q[..., :1], -1 - np.log(2 * np.pi))
    return neighborhood_kl(log_q, torch.zeros_like(log_q), log_var, weights)


def neighbor_weights(m):
    return torch.tensor([0.5, *[0.5 / m] * m], dtype=torch.float64)


def test_neighbours_disagree_by_the_divergence_of_their_assignments():
    weights = neighbor_weights(4)
    # One in each cluster: the largest, the entropy of the weights.
    q = np.eye(5)[:, None]
    assert_allclose(divergence(q, weights), np.log(2) + 0.5 * np.log(4))
    assert_allclose(divergence(np.full((5, 2, 3), 1 / 3), weights), 0, atol=1e-12)
    q = np.random.default_rng(0).dirichlet(np.ones(4), size=(5, 7))
    mean = np.einsum("m,mnk->nk", weights.numpy(), q)
    expected = entropy(mean, axis=1) - weights.numpy() @ entropy(q, axis=2)
    assert_allclose(divergence(q, weights), expected, rtol=1e-10)
    order = [0, 3, 1, 4, 2]
    assert_allclose(divergence(q[order], weights), expected, rtol=1e-10)


def test_common_weights_need_no_gradient():
    rng = np.random.default_rng(0)
    weights = neighbor_weights(3)
    logits = torch.tensor(rng.normal(size=(4, 5, 3)), requires_grad=True)
    density = torch.tensor(rng.normal(size=(4, 5, 3)))
    log_var = torch.tensor(rng.normal(size=(4, 5, 2)))
    log_q = logits.log_softmax(2)
    loss = neighborhood_kl(log_q, density, log_var, weights).sum()
    (whole,) = torch.autograd.grad(loss, logits, retain_graph=True)
    log_prior = (weights[:, None, None].log() + log_q).logsumexp(0).detach()
    each = mixture_kl(log_q, log_prior + density, log_var)
    (detached,) = torch.autograd.grad((weights[:, None] * each).sum(), logits)
    assert_allclose(whole, detached, atol=1e-12)


def test_a_row_that_is_its_own_neighbour_is_hard_assigned():
    rng = np.random.default_rng(0)
    logits = torch.tensor(rng.normal(size=(1, 6, 3)), requires_grad=True)
    density = torch.tensor(rng.normal(size=(1, 6, 3)))
    log_var, one = torch.zeros(1, 6, 2).double(), torch.ones(1).double()

    def loss(logits):
        log_q = logits.log_softmax(2)
        return neighborhood_kl(log_q, density, log_var, one)

    # The entropy is gone: what is left is linear in the assignment.
    entropy_of_code = mixture_kl(torch.zeros(6, 1), torch.zeros(6, 1), log_var[0])
    linear = -(logits.softmax(2) * density).sum(2)[0] + entropy_of_code
    assert_allclose(loss(logits).detach(), linear.detach(), rtol=1e-10)
    copies = logits.log_softmax(2).expand(4, -1, -1)
    same = neighborhood_kl(
        copies,
        density.expand(4, -1, -1),
        log_var.expand(4, -1, -1),
        neighbor_weights(3),
    )
    assert_allclose(same.detach(), loss(logits).detach(), rtol=1e-10)
    optimizer = torch.optim.Adam([logits], lr=0.1)
    for _ in range(500):
        optimizer.zero_grad()
        loss(logits).sum().backward()
        optimizer.step()
    assert_array_equal(logits.argmax(2).detach(), density.argmax(2))
    assert logits.softmax(2).amax(2).min() > 0.99


def test_too_few_rows_for_the_neighbours_are_refused():
    message = "n_samples=90 should be > n_neighbors=90, .* lower n_neighbors"
    with pytest.raises(ValueError, match=message):
        fresh(MIXTURES[4], n_neighbors=90).fit(X)


def test_dgg_takes_the_neighbours_of_a_transformer():
    exact = KNeighborsTransformer(n_neighbors=2)
    first = fitted(MIXTURES[4])
    second = fresh(MIXTURES[4], neighbors=exact).fit(X)
    assert_array_equal(first.soft_predict(X), second.soft_predict(X))
    assert not hasattr(exact, "n_features_in_")  # a clone was fitted
    few = fresh(MIXTURES[4], n_neighbors=5, neighbors=exact).fit(X)
    assert np.isfinite(few.score(X))
    alone = RadiusNeighborsTransformer(radius=1e-9)
    with pytest.raises(ValueError, match=r"finds no neighbour .* 90 rows: raise its"):
        fresh(MIXTURES[4], neighbors=alone).fit(X)


def test_neighbours_come_again_where_there_are_fewer():
    graph = sp.csr_array(([0.1, 0.2, 0.3], [2, 1, 0], [0, 2, 3, 3]), shape=(3, 3))
    graph = sp.csr_array(graph[:2])
    assert_array_equal(neighbor_numbers(graph, 3), [[2, 1, 2], [0, 0, 0]])


def test_variants_of_neighbours_restore_the_row_itself():
    seen = []

    def darker(x):
        seen.append(len(x))
        return 0.5 * x

    model = fresh(MIXTURES[4], augment=darker, max_epochs=2).fit(X)
    assert {2 * n for n in seen} & set(seen)  # a batch, and its neighbours
    assert np.isfinite(model.score(X))


# Sampling


@generative
def test_samples_belong_to_their_clusters(clusterer):
    epochs = [key for key in clusterer.get_params() if key.endswith("epochs")]
    model = fresh(clusterer, **dict.fromkeys(epochs, 20)).fit(X)
    samples, labels = model.sample(200)
    assert samples.shape == (200, 6)
    assert_allclose(np.bincount(labels) / 200, model.weights_, atol=0.1)
    assert clustering_accuracy_score(labels, model.predict(samples)) > 0.9
    assert samples.dtype == np.float64
    samples, labels = model.sample(5, cluster=1)
    assert_array_equal(labels, 1)
    assert_array_equal(samples, model.sample(5, cluster=1)[0])


# The precision of the reconstruction


@pytest.mark.parametrize("clusterer", MIXTURES[2:], ids=name)
def test_auto_precision_makes_the_scale_of_the_data_irrelevant(clusterer):
    model = fresh(clusterer, max_epochs=1)
    assert model.fit(X).recon_precision_ == pytest.approx(1 / X.var(0).mean())
    assert model.fit(X / 4).recon_precision_ == pytest.approx(16 / X.var(0).mean())
    model.set_params(recon_precision=3.0)
    assert model.fit(X).recon_precision_ == 3


# Collapse


def test_codes_that_are_ignored_are_told():
    noise = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32)
    model = fresh(MIXTURES[2], init=np.arange(200) % 3, recon_precision=0.01)
    model.set_params(expert_epochs=20, max_epochs=20)
    with pytest.warns(ConvergenceWarning, match="codes of KDVAE carry") as record:
        labels = model.fit_predict(noise)
    assert "Raise recon_precision=0.01" in str(record[0].message)
    assert record[0].filename == __file__
    assert set(labels) <= set(range(3))


def test_clusters_that_collapse_are_told():
    model = fresh(MIXTURES[1], n_clusters=6, init=np.arange(90) % 6, lr=0.5)
    one_cluster = X[Y == 2][np.arange(90) % 40]
    with pytest.warns(ConvergenceWarning) as record:
        labels = model.fit_predict(one_cluster)
    messages = " ".join(str(warning.message) for warning in record)
    assert "of n_clusters=6: the others have collapsed. Start from" in messages
    assert set(labels) <= set(range(6))


# Reproduction, in small


@functools.cache
def digits():
    X = (load_digits().data / 16).astype(np.float32)
    autoencoder = Autoencoder(
        10, (128, 128, 256), batch_size=64, max_epochs=30, random_state=0
    )
    return X, load_digits().target, FrozenEstimator(autoencoder.fit(X))


DIGITS = {
    "n_clusters": 10,
    "batch_size": 64,
    "random_state": 0,
}
DIGITS_EXPERTS = {**DIGITS, "n_components": 5, "hidden_layer_sizes": (64, 32)}


@pytest.mark.parametrize(
    "clusterer",
    [
        DAMIC(**DIGITS_EXPERTS, gate_hidden_layer_sizes=(128, 128), gate_epochs=20),
        KDAE(**DIGITS_EXPERTS),
        KDVAE(**DIGITS_EXPERTS),
        VaDE(**DIGITS, covariance_type="diag"),
        VaDE(**DIGITS, covariance_type="fixed", prior_update="em"),
        DGG(**DIGITS, covariance_type="diag"),
    ],
    ids=name,
)
def test_the_joint_stage_improves_on_the_papers_start_on_digits(clusterer):
    X, y, autoencoder = digits()
    kmeans = make_pipeline(autoencoder, KMeans(10, n_init=10, random_state=0))
    if isinstance(clusterer, (VaDE, DGG)):
        start = {"autoencoder": autoencoder, "init": KMeans(10, n_init=10)}
    else:
        start = {"init": kmeans}
    model = clone(clusterer).set_params(**start, max_epochs=40).fit(X)
    before = normalized_mutual_info_score(y, model.initial_labels_)
    assert normalized_mutual_info_score(y, model.labels_) > before + 0.02


@functools.cache
def blobs():
    X, y = make_sigmoid_blobs(random_state=0)
    autoencoder = Autoencoder(2, (50, 10), max_epochs=25, random_state=0)
    return X.astype(np.float32), y, FrozenEstimator(autoencoder.fit(X))


BLOBS = {"n_clusters": 4, "random_state": 0}
BLOBS_EXPERTS = {**BLOBS, "n_components": 2, "hidden_layer_sizes": (64, 32)}


@pytest.mark.parametrize(
    ("clusterer", "least"),
    [
        (VaDE(**BLOBS, max_epochs=40), 0.93),
        (
            DAMIC(
                **BLOBS_EXPERTS,
                input_noise=1.0,
                dropout=0.3,
                gate_hidden_layer_sizes=(128, 128),
                expert_epochs=20,
                gate_epochs=20,
                max_epochs=80,
            ),
            0.9,
        ),
        (KDVAE(**BLOBS_EXPERTS, max_epochs=40), 0.82),
    ],
    ids=lambda value: name(value) if not isinstance(value, float) else "",
)
def test_the_published_level_is_reached_on_the_synthetic_data(clusterer, least):
    X, y, autoencoder = blobs()
    start = "autoencoder" if isinstance(clusterer, VaDE) else "init"
    model = clone(clusterer).set_params(**{start: autoencoder}).fit(X)
    assert normalized_mutual_info_score(y, model.labels_) >= least


@pytest.mark.parametrize("Class", [KDAE, DAMIC])
def test_gradients_find_planes_too(Class):
    accuracies = []
    for seed in range(3):
        X, y = make_affine_planes(random_state=seed)
        settings = {"gate_hidden_layer_sizes": (64, 64), "gate_epochs": 20}
        settings["recon_precision"] = 10.0
        model = Class(
            4,
            init=KMeans(4, n_init=10),
            n_components=2,
            hidden_layer_sizes=(),
            lr=3e-3,
            batch_size=64,
            max_epochs=150,
            random_state=seed,
            **(settings if Class is DAMIC else {}),
        )
        accuracies.append(clustering_accuracy_score(y, model.fit_predict(X)))
        if accuracies[-1] >= 0.99:
            break
    assert max(accuracies) >= 0.99


@pytest.mark.parametrize("scale_of_codes", [0.02, 100.0])
def test_vade_does_not_depend_on_the_scale_of_the_codes(scale_of_codes):
    autoencoder = clone(AUTOENCODER).set_params(random_state=0).fit(X)
    scaled = copy.deepcopy(autoencoder)
    network = scaled.module_.network
    with torch.no_grad():
        network.encoder[-1].weight.mul_(scale_of_codes)
        network.encoder[-1].bias.mul_(scale_of_codes)
        network.decoder[0].weight.div_(scale_of_codes)
    fits = [
        fresh(MIXTURES[3], autoencoder=FrozenEstimator(start), max_epochs=3).fit(X)
        for start in (autoencoder, scaled)
    ]
    assert_array_equal(fits[0].labels_, fits[1].labels_)
    assert_allclose(fits[0].transform(X), fits[1].transform(X), rtol=0.02, atol=0.02)
