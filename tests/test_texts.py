"""Tests of what is there for texts: directions, proportions, spheres, hidden words."""

import warnings

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.sparse import csr_matrix
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import make_pipeline

from skdeepcluster import (
    DAMIC,
    DCN,
    DEC,
    DGG,
    DVAEC,
    IDEC,
    KDAE,
    KDVAE,
    AttentionAutoencoder,
    Autoencoder,
    DualAutoencoder,
    VaDE,
    VariationalAutoencoder,
)
from skdeepcluster.datasets import load_docstrings
from skdeepcluster.losses import direction_error, multinomial_nll
from skdeepcluster.metrics import normalized_mutual_info_score
from skdeepcluster.recipes import recipe

SETTINGS = {"max_epochs": 2, "batch_size": 32, "random_state": 0}
LIKELIHOODS = pytest.mark.parametrize("likelihood", ["cosine", "multinomial"])
TRANSFORMERS = [
    Autoencoder(3, (8,), **SETTINGS),
    VariationalAutoencoder(3, (8,), recon_precision="auto", **SETTINGS),
    DualAutoencoder(3, (8, 8), **SETTINGS),
    AttentionAutoencoder(3, (8, 8), **SETTINGS),
]
EXPERTS = [
    Class(2, hidden_layer_sizes=(8,), n_components=2, init=KMeans(2), **SETTINGS)
    for Class in (KDAE, DAMIC, KDVAE)
]


def name(estimator):
    return type(estimator).__name__


def counts(n_samples=60, n_words=12):
    """Two topics, of the first half of the words and of the second."""
    rng = np.random.default_rng(0)
    topic = np.arange(n_samples) % 2
    rates = np.where(np.arange(n_words) // (n_words // 2) == topic[:, None], 2.0, 0.2)
    rows = rng.poisson(rates).astype(float)
    rows[rows.sum(1) == 0, 0] = 1
    return rows


@pytest.fixture
def X():
    return counts()


def test_direction_error_is_a_squared_error(X):
    output = np.random.default_rng(1).normal(size=X.shape)
    units = [a / np.linalg.norm(a, axis=1, keepdims=True) for a in (X, output)]
    expected = ((units[0] - units[1]) ** 2).sum(1)
    errors = direction_error(torch.tensor(X), torch.tensor(output))
    assert_allclose(errors, expected)
    experts = torch.tensor(np.stack([output, 3 * output]))
    assert_allclose(direction_error(torch.tensor(X), experts), [expected] * 2)
    assert direction_error(torch.zeros(1, 4), torch.ones(1, 4)).item() == 2


def test_multinomial_nll_is_a_cross_entropy(X):
    logits = np.random.default_rng(1).normal(size=X.shape)
    log_p = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    expected = -(X / X.sum(1, keepdims=True) * log_p).sum(1)
    assert_allclose(multinomial_nll(torch.tensor(X), torch.tensor(logits)), expected)
    assert multinomial_nll(torch.zeros(1, 4), torch.ones(1, 4)).item() == 0


@LIKELIHOODS
@pytest.mark.parametrize("model", [*TRANSFORMERS, *EXPERTS], ids=name)
def test_lengths_of_rows_do_not_matter(likelihood, model, X):
    model = clone(model).set_params(likelihood=likelihood, dtype="float64")
    lengths = np.random.default_rng(2).uniform(0.1, 9, size=(len(X), 1))
    if hasattr(model, "init"):
        model.set_params(init=np.arange(len(X)) % 2)
    embedding = clone(model).fit(X).transform(X)
    other = clone(model).fit(X * lengths)
    assert_allclose(other.transform(X), embedding, rtol=1e-6, atol=1e-9)
    assert_allclose(other.transform(X * 7), embedding, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("norm", ["l1", None])
def test_the_norm_of_a_vectorizer_does_not_matter(norm):
    texts = load_docstrings().data[:80]
    dec = recipe("DEC", "texts", 3).set_params(random_state=0, dtype="float64")
    dec.set_params(autoencoder__max_epochs=1, autoencoder__steps_per_epoch=5)
    dec.set_params(max_epochs=1)
    labels = [
        make_pipeline(TfidfVectorizer(max_features=90, norm=n), clone(dec)).fit_predict(
            texts
        )
        for n in ("l2", norm)
    ]
    assert_array_equal(*labels)


@pytest.mark.parametrize("model", TRANSFORMERS, ids=name)
def test_reconstructions_are_directions_or_proportions(model, X):
    model = clone(model).set_params(likelihood="cosine").fit(X)
    restored = model.inverse_transform(model.transform(X))
    assert_allclose(np.linalg.norm(restored, axis=1), 1, rtol=1e-5)
    model.set_params(likelihood="multinomial").fit(X)
    restored = model.inverse_transform(model.transform(X))
    assert_allclose(restored.sum(1), 1, rtol=1e-5)
    assert restored.min() > 0


@pytest.mark.parametrize("likelihood", ["gaussian", "cosine", "multinomial"])
def test_the_score_is_that_of_the_notes(likelihood, X):
    model = Autoencoder(3, (8,), likelihood=likelihood, dtype="float64", **SETTINGS)
    mean = model.fit(X).inverse_transform(model.transform(X))
    expected = {
        "gaussian": ((X - mean) ** 2).mean(1) / X.var(0).mean(),
        "cosine": 2 - 2 * (X * mean).sum(1) / np.linalg.norm(X, axis=1),
        "multinomial": -(X / X.sum(1, keepdims=True) * np.log(abs(mean))).sum(1),
    }
    assert_allclose(model.score_samples(X), -expected[likelihood], rtol=1e-6)


@pytest.mark.parametrize("model", [*TRANSFORMERS[1:], EXPERTS[1]], ids=name)
@pytest.mark.parametrize("container", [np.asarray, csr_matrix])
def test_precisions_of_texts(model, container, X):
    model = clone(model).set_params(recon_precision="auto", likelihood="cosine")
    units = X / np.linalg.norm(X, axis=1, keepdims=True)
    precision = model.fit(container(X)).recon_precision_
    assert precision == pytest.approx(1 / units.var(0).mean(), rel=1e-5)
    model.set_params(likelihood="multinomial").fit(container(X))
    assert model.recon_precision_ == pytest.approx((X > 0).sum(1).mean(), rel=1e-5)


@pytest.mark.parametrize("model", TRANSFORMERS[:2], ids=name)
def test_codes_on_a_sphere(model, X):
    codes = clone(model).set_params(spherical=True).fit(X).transform(X)
    assert_allclose(np.linalg.norm(codes, axis=1), 3**0.5, rtol=1e-5)
    dec = DEC(2, autoencoder=clone(model).set_params(spherical=True), max_epochs=1)
    codes = dec.fit(X).transform(X)
    assert_allclose(np.linalg.norm(codes, axis=1), 3**0.5, rtol=1e-5)


def test_vade_keeps_the_sphere_of_its_start(X):
    autoencoder = Autoencoder(3, (8,), spherical=True, **SETTINGS).fit(X)
    vade = VaDE(2, autoencoder=FrozenEstimator(autoencoder), max_epochs=0).fit(X)
    codes = autoencoder.transform(X)
    assert_allclose(vade.transform(X), codes, rtol=1e-5)
    assert_allclose(
        vade.inverse_transform(codes), autoencoder.inverse_transform(codes), rtol=1e-5
    )


@pytest.mark.parametrize("model", TRANSFORMERS, ids=name)
def test_corruption_hides_inputs_in_training_alone(model, X):
    model = clone(model).set_params(corruption=0.5).fit(X)
    assert_array_equal(model.transform(X), model.transform(X))
    losses = [clone(model).set_params(corruption=p).fit(X) for p in (0.0, 0.9)]
    first, last = (m.history_[0]["train_loss"] for m in losses)
    assert first != last


@pytest.mark.parametrize("factor", [1e-1, 1.0, 10.0])
@pytest.mark.parametrize(
    ("model", "scale"), [(IDEC(2, gamma=0), 1), (DCN(2, lam=0), 12)]
)
@pytest.mark.filterwarnings("ignore:X has .* Many a network:UserWarning")
def test_the_reconstruction_has_no_unit(model, scale, factor, X):
    rows = factor * X
    model = clone(model).set_params(autoencoder=Autoencoder(3, (8,), **SETTINGS))
    model.set_params(max_epochs=0, start_steps=0, random_state=0).fit(rows)
    squares = (rows - model.inverse_transform(model.transform(rows))) ** 2
    relative = squares.mean(1) / rows.var(0).mean()
    assert_allclose(-model.score_samples(rows), scale * relative, rtol=1e-4)


CLUSTERERS = [
    DEC(2, autoencoder=Autoencoder(3, (8,), spherical=True, likelihood="cosine")),
    IDEC(2, autoencoder=Autoencoder(3, (8,), likelihood="multinomial")),
    DCN(2, autoencoder=Autoencoder(3, (8,), spherical=True, likelihood="cosine")),
    VaDE(
        2,
        autoencoder=Autoencoder(3, (8,), spherical=True, likelihood="cosine"),
        likelihood="cosine",
    ),
    DGG(
        2,
        autoencoder=Autoencoder(3, (8,), likelihood="multinomial"),
        likelihood="multinomial",
    ),
    DVAEC(2, autoencoder=AttentionAutoencoder(3, (8, 8), likelihood="cosine")),
    *(clone(model).set_params(likelihood="cosine") for model in EXPERTS[1:]),
]


@pytest.mark.parametrize("model", CLUSTERERS, ids=name)
@pytest.mark.parametrize("container", [np.asarray, csr_matrix])
def test_rows_without_words_get_a_label(model, container, X):
    rows = np.vstack([X, np.zeros((3, X.shape[1]))])
    model = clone(model).set_params(max_epochs=1, random_state=0)
    if "autoencoder" in model.get_params():
        model.set_params(autoencoder__max_epochs=1)
    with warnings.catch_warnings(record=True) as record:
        warnings.simplefilter("always")
        model.fit(container(rows))
    messages = [str(w.message) for w in record]
    assert any(m.startswith("3 of the 63 rows of X are zero") for m in messages)
    assert len(set(model.labels_[-3:])) == 1
    for answer in (model.transform, model.soft_predict, model.score_samples):
        assert np.isfinite(answer(container(rows))).all()


@pytest.mark.parametrize("model", [*TRANSFORMERS, *EXPERTS], ids=name)
def test_multinomial_refuses_negative_values(model, X):
    model = clone(model).set_params(likelihood="multinomial")
    with pytest.raises(ValueError, match="the value -3: set likelihood='gaussian'"):
        model.fit(X - 3)


def test_the_recipe_finds_topics():
    X = counts(200, 40)
    dec = recipe("DEC", "texts", 2).set_params(random_state=0, batch_size=64)
    dec.set_params(autoencoder__max_epochs=5, autoencoder__hidden_layer_sizes=(32,))
    dec.set_params(autoencoder__steps_per_epoch=20, max_epochs=5)
    labels = dec.fit_predict(csr_matrix(X))
    assert normalized_mutual_info_score(np.arange(200) % 2, labels) > 0.9
