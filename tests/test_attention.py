"""Tests of the variational attention and of DVAEC."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import multivariate_normal
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, make_blobs
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import scale

from skdeepcluster import DVAEC, AttentionAutoencoder, Autoencoder
from skdeepcluster.losses import gaussian_kl, mixture_kl
from skdeepcluster.metrics import normalized_mutual_info_score
from skdeepcluster.modules import VariationalAttention

X, Y = make_blobs(90, 6, centers=3, cluster_std=0.3, random_state=0)
X = scale(X).astype(np.float32)
ATTENTION = AttentionAutoencoder(
    2, (32, 16), recon_precision=20.0, max_epochs=30, batch_size=16, random_state=0
)
DVAEC_ = DVAEC(3, autoencoder=ATTENTION, max_epochs=30, batch_size=16, random_state=0)


# The attention


def attention(widths=(4, 3), n_components=2):
    torch.manual_seed(0)
    return VariationalAttention(widths, n_components)


def test_the_mean_lies_among_the_tokens():
    module = attention()
    layers = [torch.randn(5, 4), torch.randn(5, 3)]
    mean = module(layers)[:, :2]
    tokens = torch.stack(
        [f(h) for f, h in zip(module.tokens, layers, strict=True)]
    ).detach()
    assert (mean >= tokens.amin(0) - 1e-6).all()
    assert (mean <= tokens.amax(0) + 1e-6).all()


def test_a_single_layer_has_all_attention():
    module = attention(widths=(4,))
    h = torch.randn(5, 4)
    assert_allclose(module([h])[:, :2].detach(), module.tokens[0](h).detach())


def test_feature_maps_are_averaged_over_their_places():
    module = attention()
    maps = torch.randn(5, 4, 6, 6)
    flat = torch.randn(5, 3)
    pooled = module([maps.mean((2, 3)), flat])
    assert_allclose(module([maps, flat]).detach(), pooled.detach(), atol=1e-6)


def test_all_layers_learn():
    module = attention()
    module([torch.randn(5, 4), torch.randn(5, 3)]).square().sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in module.parameters())


# The autoencoder


def test_the_code_is_the_sum_of_its_parts():
    fitted = clone(ATTENTION).fit(X)
    (z, z_var), (a, a_var) = fitted.module_.posteriors(torch.from_numpy(X))
    assert_allclose(fitted.transform(X), z + a, rtol=1e-5)
    mean, log_var = fitted.module_.clustered((z, z_var), (a, a_var))
    assert_allclose(mean, z + a)
    assert_allclose(log_var.exp(), z_var.exp() + a_var.exp(), rtol=1e-5)


@pytest.mark.parametrize("combine", ["sum", "concat"])
@pytest.mark.parametrize("model", [ATTENTION, DVAEC_])
def test_each_space_is_embedded_and_decoded(model, combine):
    widths = {("sum", "z+a"): 2, ("concat", "z+a"): 4}
    for space in ("z+a", "z"):
        fitted = clone(model)
        settings = fitted.get_params()
        attention = fitted.set_params(space=space)
        prefix = "autoencoder__" if "autoencoder" in settings else ""
        fitted = attention.set_params(**{f"{prefix}combine": combine}).fit(X)
        Z = fitted.transform(X)
        assert Z.shape == (90, widths.get((combine, space), 2))
        assert fitted.inverse_transform(Z).shape == X.shape
        names = fitted.get_feature_names_out()
        assert len(names) == Z.shape[1]
        if space == "z":
            z, a = (
                fitted.module_.autoencoder.posteriors(torch.from_numpy(X))
                if (prefix)
                else fitted.module_.posteriors(torch.from_numpy(X))
            )
            assert_allclose(Z, z[0], rtol=1e-5)


def test_score_samples_is_minus_the_loss_at_the_means():
    fitted = clone(ATTENTION).set_params(lam=2.0, attention_weight=0.3).fit(X)
    x = torch.from_numpy(X)
    z, a = fitted.module_.posteriors(x)
    restored = torch.from_numpy(fitted.inverse_transform(fitted.transform(X)))
    loss = (
        fitted.recon_precision_ / 2 * (x - restored).square().sum(1)
        + 0.3 * gaussian_kl(*a)
        + 2.0 * gaussian_kl(z[0] + a[0], torch.logaddexp(z[1], a[1]))
    )
    constant = 3 * np.log(fitted.recon_precision_ / (2 * np.pi))
    assert_allclose(fitted.score_samples(X), constant - loss, rtol=1e-4)


@pytest.mark.parametrize("factor", [1, 10])
def test_the_precision_follows_the_variance(factor):
    model = clone(ATTENTION).set_params(recon_precision="auto", max_epochs=1)
    fitted = model.fit(factor * X)
    variance = np.var(factor * X.astype(float), axis=0).mean()
    assert fitted.recon_precision_ == pytest.approx(1 / variance, rel=1e-5)


def test_images():
    images = np.random.default_rng(0).random((20, 64), dtype=np.float32)
    model = AttentionAutoencoder(
        2, (4, 8), image_shape=(1, 8, 8), likelihood="bernoulli", max_epochs=1
    ).fit(images)
    restored = model.inverse_transform(model.transform(images))
    assert restored.shape == (20, 64)
    assert ((restored > 0) & (restored < 1)).all()


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"hidden_layer_sizes": ()}, "give at least one hidden layer"),
        ({"hidden_layer_sizes": (0,)}, r"hidden_layer_sizes=\(0,\) should be positive"),
        ({"image_shape": (1, 2, 2)}, "does not fit X with 6 features"),
        (
            {"likelihood": "bernoulli"},
            r"likelihood='bernoulli' .* set\s+likelihood='gaussian'",
        ),
    ],
)
def test_autoencoder_errors(params, message):
    with pytest.raises(ValueError, match=message):
        clone(ATTENTION).set_params(**params).fit(X)


# DVAEC


@pytest.fixture(scope="module")
def fitted():
    return clone(DVAEC_).fit(X)


def test_blobs_are_found(fitted):
    assert adjusted_rand_score(Y, fitted.labels_) == 1
    assert_array_equal(fitted.predict(X), fitted.labels_)
    rows = fitted.history_
    stages = [row["stage"] for row in rows]
    assert list(dict.fromkeys(stages)) == ["reconstruct", "classes", "cluster"]
    terms = ["reconstruction", "attention", "kl"]
    assert rows[-1]["train_loss"] == pytest.approx(sum(rows[-1][t] for t in terms))
    assert rows[-1]["agreement"] == 1
    assert rows[-1]["energy_z"] > 0.01


def test_the_objective_has_the_clusters_prior(fitted):
    x = torch.from_numpy(X)
    module = fitted.module_
    z, a = module.autoencoder.posteriors(x)
    mean, log_var = module.autoencoder.clustered(z, a)
    restored = torch.from_numpy(fitted.inverse_transform(fitted.transform(X)))
    expected = module.prior.expected_log_joint(mean, log_var)
    kl = mixture_kl(module.assign(x), expected, log_var)
    loss = (
        module.autoencoder.recon_precision / 2 * (x - restored).square().sum(1)
        + 0.1 * gaussian_kl(*a)
        + kl
    )
    constant = 3 * np.log(20.0 / (2 * np.pi))
    assert_allclose(fitted.score_samples(X), constant - loss, rtol=1e-4)


def test_the_clusters_distributions_explain_the_predictions(fitted):
    Z = fitted.transform(X)
    assert fitted.weights_ == pytest.approx(1 / 3, abs=0.1)
    densities = [
        multivariate_normal(mean, covariance).logpdf(Z)
        for mean, covariance in zip(fitted.means_, fitted.covariances_, strict=True)
    ]
    assert_array_equal(np.argmax(densities, 0), fitted.labels_)


def test_identity_covariances_and_equal_weights():
    model = clone(DVAEC_).set_params(covariance_type="identity").fit(X)
    assert_allclose(model.weights_, 1 / 3)
    assert_allclose(model.covariances_, np.tile(np.eye(2), (3, 1, 1)))
    distances = ((model.transform(X)[:, None] - model.means_) ** 2).sum(2)
    assert_array_equal(distances.argmin(1), model.labels_)


def test_the_start_has_seen_the_variances_of_the_codes():
    frozen = FrozenEstimator(clone(ATTENTION).fit(X))
    model = clone(DVAEC_).set_params(autoencoder=frozen, init=Y, max_epochs=0).fit(X)
    log_vars = model.module_.autoencoder.latent(torch.from_numpy(X))[1]
    codes = frozen.transform(X).astype(float)
    extra = np.diag(log_vars.exp().mean(0)) + 0.01 * codes.var() * np.eye(2)
    expected = [
        np.cov(codes[model.initial_labels_ == k].T, bias=True) + extra for k in range(3)
    ]
    assert_allclose(model.covariances_, expected, rtol=1e-3)


@pytest.mark.parametrize("combine", ["sum", "concat"])
@pytest.mark.parametrize("space", ["z+a", "z"])
def test_samples_are_of_their_clusters(combine, space):
    model = clone(DVAEC_).set_params(
        space=space,
        autoencoder__combine=combine,
        autoencoder__attention_weight=1.0,
        batch_size=10,
        max_epochs=100,
        tol=0.0,
        patience=100,
    )
    model.fit(X)
    for cluster in range(3):
        rows, labels = model.sample(200, cluster=cluster)
        assert rows.shape == (200, 6)
        assert (labels == cluster).all()
        assert np.mean(model.predict(rows.astype(np.float32)) == cluster) > 0.8


def test_a_frozen_autoencoder_is_used_as_it_is():
    frozen = FrozenEstimator(clone(ATTENTION).fit(X))
    model = clone(DVAEC_).set_params(autoencoder=frozen, max_epochs=0).fit(X)
    assert_array_equal(model.transform(X), frozen.transform(X))
    assert {row["stage"] for row in model.history_} == {"classes"}
    # The head has learned the clusters of k-means.
    assert_array_equal(model.labels_, model.initial_labels_)


def test_the_default_code_is_as_wide_as_the_clusters():
    model = DVAEC(12, class_epochs=0, max_epochs=0)
    assert model._default_autoencoder().n_components == 12
    assert DVAEC()._default_autoencoder().n_components == 10


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"autoencoder": Autoencoder()}, "should be an AttentionAutoencoder"),
        ({"head_hidden_layer_sizes": (0,)}, "head_hidden_layer_sizes=.* positive"),
        ({"autoencoder__likelihood": "bernoulli"}, "likelihood='gaussian'"),
    ],
)
def test_dvaec_errors(params, message):
    model = clone(DVAEC_).set_params(**params)
    with pytest.raises(ValueError, match=message):
        model.fit(X)
    assert not hasattr(model, "module_")


def test_unbalanced_clusters():
    unbalanced = np.vstack([X[Y == 0], X[Y == 1], X[Y == 2][:6]])
    y = np.repeat([0, 1, 2], [30, 30, 6])
    model = clone(DVAEC_).set_params(max_epochs=60, autoencoder__max_epochs=60)
    assert adjusted_rand_score(y, model.fit(unbalanced).labels_) == 1


# Digits and texts


@pytest.fixture(scope="module")
def digits():
    data, y = load_digits(return_X_y=True)
    return (data / 16).astype(np.float32), y


def test_digits(digits):
    data, y = digits
    attention = AttentionAutoencoder(
        hidden_layer_sizes=(128, 128), batch_size=64, max_epochs=40, random_state=0
    ).fit(data)
    model = DVAEC(
        10,
        autoencoder=FrozenEstimator(attention),
        max_epochs=40,
        batch_size=64,
        random_state=0,
    ).fit(data)
    nmi = normalized_mutual_info_score(y, model.labels_)
    kmeans = KMeans(10, n_init=5, random_state=0)
    codes = attention.transform(data)
    assert nmi > normalized_mutual_info_score(y, kmeans.fit_predict(codes)) + 0.05
    assert nmi > 0.75
    assert model.history_[-1]["agreement"] > 0.95


def test_cheap_attention_beside_the_code_bypasses_it(digits):
    data, y = digits
    model = AttentionAutoencoder(
        hidden_layer_sizes=(128, 128),
        combine="concat",
        attention_weight=0.01,
        batch_size=64,
        max_epochs=40,
        random_state=0,
    ).fit(data)
    code = model.transform(data)
    kmeans = KMeans(10, n_init=5, random_state=0)
    nmi = {
        name: normalized_mutual_info_score(y, kmeans.fit_predict(part))
        for name, part in [("z", code[:, :10]), ("z+a", code)]
    }
    assert nmi["z"] < 0.3
    assert nmi["z"] + 0.3 < nmi["z+a"]
    dvaec = DVAEC(10, autoencoder=FrozenEstimator(model), max_epochs=1, batch_size=64)
    with pytest.warns(ConvergenceWarning) as record:
        dvaec.fit(data)
    assert "bypasses it. Raise attention_weight=0.01" in str(record[0].message)
    assert record[0].filename == __file__


def test_texts():
    subjects = [["red", "green", "blue"], ["cat", "dog", "cow"]]
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 40)
    texts = [" ".join(rng.choice(subjects[i], 6)) for i in y]
    attention = AttentionAutoencoder(2, (16, 8), batch_size=16)
    model = DVAEC(2, autoencoder=attention, batch_size=16, random_state=0)
    pipeline = make_pipeline(TfidfVectorizer(), model.set_params(max_epochs=20))
    labels = pipeline.fit_predict(texts)
    assert adjusted_rand_score(y, labels) == 1
    new = pipeline.predict(["red blue green", "dog cow cat"])
    assert_array_equal(new, labels[[0, -1]])


def test_energies_may_be_measured_less_often_than_in_every_epoch():
    model = clone(DVAEC_).set_params(steps_per_epoch=2, max_epochs=3).fit(X)
    last = model.history_[-1]
    assert last["stage"] == "cluster"
    assert "energy_z" not in last
