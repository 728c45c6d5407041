"""Tests of the autoencoders."""

import copy
import functools
import pickle

import joblib
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import expit, xlogy
from sklearn.datasets import load_digits, make_blobs
from sklearn.preprocessing import minmax_scale
from skorch.callbacks import Callback
from torch import nn

from skdeepcluster import DEC, Autoencoder, VariationalAutoencoder

X, _ = make_blobs(90, 6, centers=3, cluster_std=0.5, random_state=0)
X = minmax_scale(X).astype(np.float32)
IMAGES = (load_digits().data[:60] / 16).astype(np.float32)

SETTINGS = {"max_epochs": 20, "batch_size": 30, "lr": 1e-2, "random_state": 0}

# All losses, with the name of the parameter that chooses one.
MODELS = {
    "squared error": Autoencoder(2, (16, 8), **SETTINGS),
    "cross-entropy": Autoencoder(2, (16, 8), likelihood="bernoulli", **SETTINGS),
    "gaussian": VariationalAutoencoder(2, (16, 8), recon_precision=30.0, **SETTINGS),
    "bernoulli": VariationalAutoencoder(2, (16, 8), likelihood="bernoulli", **SETTINGS),
}
all_models = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def fresh(model, **params):
    return copy.deepcopy(model).set_params(**params)


@functools.cache
def fitted(model):
    """Return the model fitted in double precision; shared, so leave it as it is."""
    return fresh(model, dtype="float64").fit(X)


def layers(sequence):
    """Return the weights of linear layers, (weight, bias) each, in float64."""
    return [
        (layer.weight.double().numpy(force=True), layer.bias.double().numpy(force=True))
        for layer in sequence
        if isinstance(layer, nn.Linear)
    ]


def forward(layers, x):
    """Compute a network with ReLU between the layers."""
    *hidden, (weight, bias) = layers
    for w, b in hidden:
        x = np.maximum(x @ w.T + b, 0)
    return x @ weight.T + bias


def cross_entropy(x, mean):
    return -(xlogy(x, mean) + xlogy(1 - x, 1 - mean)).sum(1)


# Both


@all_models
def test_training_improves_the_score(model):
    untrained = fresh(model, max_epochs=0).fit(X)
    trained = fresh(model).fit(X)
    assert trained.score(X) > untrained.score(X)
    losses = [row["train_loss"] for row in trained.history_]
    assert losses[-1] < losses[0]
    assert untrained.history_ == []
    assert untrained.n_iter_ == 0


@all_models
def test_inverse_transform_maps_embeddings_back(model):
    model = fitted(model)
    Z = model.transform(X.astype(np.float64))
    back = model.inverse_transform(Z)
    expected = forward(layers(model.module_.network.decoder), Z)
    if "bernoulli" in (getattr(model, "loss", ""), getattr(model, "likelihood", "")):
        expected = expit(expected)
        assert ((back > 0) & (back < 1)).all()
    assert_allclose(back, expected, rtol=1e-9)
    assert model.inverse_transform(Z.astype(np.float32)).dtype == np.float32


@all_models
def test_the_score_is_that_of_the_notes(model):
    model = fitted(model)
    x = X.astype(np.float64)
    network = model.module_.network
    code = forward(layers(network.encoder), x)
    mean = code[:, :2]
    back = model.inverse_transform(mean)
    squares = ((x - back) ** 2).sum(1)
    if isinstance(model, VariationalAutoencoder):
        log_var = code[:, 2:]
        kl = 0.5 * (mean**2 + np.exp(log_var) - 1 - log_var).sum(1)
        is_gaussian = model.likelihood == "gaussian"
        nll = 30 / 2 * squares if is_gaussian else cross_entropy(x, back)
        expected = -(nll + kl)
        if is_gaussian:
            expected += 6 / 2 * np.log(30 / (2 * np.pi))
    else:
        is_squared = model.likelihood == "gaussian"
        relative = squares / x.var(0).mean()
        expected = -(relative if is_squared else cross_entropy(x, back)) / 6
    assert_allclose(model.transform(x), mean, rtol=1e-9)
    assert_allclose(model.score_samples(x), expected, rtol=1e-9)


@pytest.mark.parametrize("Class", [Autoencoder, VariationalAutoencoder])
@pytest.mark.parametrize("channels", [None, (3, 4)])
def test_images_pass_through_convolutions(Class, channels):
    model = Class(
        3, channels, image_shape=(1, 8, 8), max_epochs=1, batch_size=30, random_state=0
    ).fit(IMAGES)
    convolutions = [m for m in model.module_.modules() if isinstance(m, nn.Conv2d)]
    expected = (32, 64, 128) if channels is None else channels
    assert tuple(m.out_channels for m in convolutions) == expected
    assert model.transform(IMAGES).shape == (60, 3)
    assert model.inverse_transform(model.transform(IMAGES)).shape == (60, 64)
    loaded = pickle.loads(pickle.dumps(model))
    assert_array_equal(loaded.transform(IMAGES), model.transform(IMAGES))


# Networks of the user


class Network(nn.Module):
    """A network of the user, with batch normalisation."""

    def __init__(self, n_features, n_components):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.BatchNorm1d(n_features), nn.Linear(n_features, n_components)
        )
        self.decoder = nn.Linear(n_components, n_features)

    def encode(self, x):
        return self.encoder(x)

    def decode(self, z):
        return self.decoder(z)


def make_network(n_features, n_components):
    return Network(n_features, n_components)


@pytest.mark.parametrize(
    "module",
    [Network, make_network, Network(6, 2)],
    ids=["class", "factory", "instance"],
)
def test_the_users_network_is_trained_and_saved(module):
    model = Autoencoder(2, module=module, **SETTINGS).fit(X)
    assert isinstance(model.module_.network, Network)
    assert model.score(X) > fresh(model, max_epochs=0).fit(X).score(X)
    loaded = pickle.loads(pickle.dumps(model))
    assert_array_equal(loaded.transform(X), model.transform(X))


def test_an_instance_is_the_start_and_stays_as_it_is():
    torch.manual_seed(0)
    network = Network(6, 2).eval()
    network.encoder[0].running_mean += 1
    before = joblib.hash(network)
    model = Autoencoder(2, module=network, **SETTINGS).fit(X)
    assert joblib.hash(network) == before

    start = fresh(model, max_epochs=0).fit(X)
    with torch.no_grad():
        expected = network.encode(torch.from_numpy(X))
    assert_allclose(start.transform(X), expected, rtol=1e-5, atol=1e-6)


def test_an_instance_in_double_precision_is_taken():
    network = Network(6, 2).double()
    model = Autoencoder(2, module=network, dtype="float64", **SETTINGS).fit(X)
    assert np.isfinite(model.score(X))


class Careful(Network):
    """A network that looks at the values that it is given."""

    def encode(self, x):
        if not torch.isfinite(x).all():
            raise ValueError
        return super().encode(x)


@pytest.mark.parametrize("module", [Careful, Careful(6, 2)], ids=["class", "instance"])
def test_a_network_that_looks_at_its_input_is_saved(module):
    model = Autoencoder(2, module=module, **SETTINGS).fit(X)
    loaded = pickle.loads(pickle.dumps(model))
    assert_array_equal(loaded.transform(X), model.transform(X))


def test_a_network_of_the_user_may_be_the_start_of_a_clusterer():
    autoencoder = Autoencoder(2, module=Network, **SETTINGS)
    dec = DEC(3, autoencoder=autoencoder, max_epochs=1, random_state=0).fit(X)
    assert isinstance(dec.module_.autoencoder.network, Network)


# Autoencoder


def test_corruption_zeroes_inputs_in_training_alone():
    seen = []

    class Spy(Network):
        def encode(self, x):
            seen.append((x, self.training))
            return super().encode(x)

    data = np.ones((50, 6), dtype=np.float32)
    settings = {**SETTINGS, "module": Spy, "max_epochs": 5}
    model = Autoencoder(2, corruption=0.2, **settings).fit(data)
    in_training = torch.cat([x for x, training in seen[1:] if training])
    assert set(in_training.unique().tolist()) == {0, 1.25}
    assert_allclose((in_training == 0).float().mean(), 0.2, atol=0.05)

    seen.clear()
    model.transform(data)
    assert all((x[:50] == 1).all() for x, _ in seen)


class Snapshots(Callback):
    """Keeps which weights a stage has changed, for all clones."""

    changed = []

    def on_train_begin(self, net, **kwargs):
        self.before_ = copy.deepcopy(net.module_.network.state_dict())

    def on_train_end(self, net, **kwargs):
        after = net.module_.network.state_dict()
        self.changed.append(
            {k.rsplit(".", 1)[0] for k in after if (after[k] != self.before_[k]).any()}
        )


def test_layerwise_pretraining_trains_one_layer_and_its_mirror_after_the_other():
    Snapshots.changed.clear()
    model = fresh(
        MODELS["squared error"],
        layerwise_epochs=2,
        max_epochs=3,
        callbacks=[Snapshots()],
    ).fit(X)
    stages = ["layer 1", "layer 2", "layer 3"]
    rows = [(row["stage"], row["epoch"]) for row in model.history_]
    expected = [(stage, epoch) for stage in stages for epoch in (1, 2)]
    assert rows == expected + [("reconstruct", epoch) for epoch in (1, 2, 3)]
    pairs = [{f"encoder.{2 * i}", f"decoder.{4 - 2 * i}"} for i in range(3)]
    assert Snapshots.changed == [*pairs, set.union(*pairs)]


def test_layerwise_pretraining_lowers_each_layers_loss():
    model = fresh(MODELS["squared error"], layerwise_epochs=30, max_epochs=0).fit(X)
    for stage in ("layer 1", "layer 2", "layer 3"):
        losses = [r["train_loss"] for r in model.history_ if r["stage"] == stage]
        assert np.mean(losses[-5:]) < losses[0]


# VariationalAutoencoder


def test_samples_are_decoded_draws_from_the_prior():
    model = fitted(MODELS["bernoulli"])
    samples = model.sample(200)
    assert samples.shape == (200, 6)
    assert samples.dtype == np.float64
    assert ((samples > 0) & (samples < 1)).all()
    draws = np.random.RandomState(0).normal(size=(200, 2))
    assert_array_equal(samples, model.inverse_transform(draws))
    assert_array_equal(samples, model.sample(200))


def test_samples_have_the_width_of_the_fitted_model():
    model = copy.deepcopy(fitted(MODELS["gaussian"])).set_params(n_components=5)
    assert model.sample(3).shape == (3, 6)


def test_history_has_both_terms_of_the_bound():
    for row in fitted(MODELS["gaussian"]).history_:
        assert_allclose(row["reconstruction"] + row["kl"], row["train_loss"])
        assert row["kl"] >= 0


def test_a_larger_precision_gives_a_better_reconstruction():
    def error(recon_precision):
        model = fresh(MODELS["gaussian"], recon_precision=recon_precision).fit(X)
        return np.mean((X - model.inverse_transform(model.transform(X))) ** 2)

    assert error(300.0) < error(0.1)


class Certain(Network):
    """An encoder whose log-variances are huge."""

    def encode(self, x):
        mean = self.encoder(x)
        return torch.cat([mean, 1e4 * torch.ones_like(mean)], 1)


def test_huge_log_variances_do_not_overflow():
    model = VariationalAutoencoder(2, module=Certain, **SETTINGS).fit(X)
    assert np.isfinite(model.score_samples(X)).all()


# Errors: the estimator, the data, and what the message tells.


class Encoder(Network):
    decode = None


class Wide(Network):
    def decode(self, z):
        return super().decode(z)[:, 1:]


ERRORS = {
    "image of another size": (
        Autoencoder(image_shape=(1, 2, 2)),
        X,
        ["image_shape=(1, 2, 2)", "6 features", "(channels, height, width)"],
    ),
    "image without channels": (
        VariationalAutoencoder(image_shape=(2, 3)),
        X,
        ["image_shape=(2, 3)", "(channels, height, width)"],
    ),
    "module without decode": (
        Autoencoder(2, module=Encoder),
        X,
        ["module", "Encoder", "no method decode", "(batch, 2) to (batch, 6)"],
    ),
    "module of another data width": (
        Autoencoder(2, module=Wide),
        X,
        ["module", "Wide", "decode returns the shape (2, 5)", "to (batch, 6)"],
    ),
    "module of another embedding width": (
        Autoencoder(2, module=lambda n_features, _: Network(n_features, 3)),
        X,
        ["module", "encode returns the shape (2, 3)", "(batch, 6) to (batch, 2)"],
    ),
    "module without variances": (
        VariationalAutoencoder(2, module=Network),
        X,
        ["module", "encode returns the shape (2, 2)", "(batch, 6) to (batch, 4)"],
    ),
    "loss for other data": (
        Autoencoder(likelihood="bernoulli"),
        2 * X,
        ["likelihood='bernoulli'", "[0, 2]", "MinMaxScaler", "likelihood='gaussian'"],
    ),
    "likelihood for other data": (
        VariationalAutoencoder(likelihood="bernoulli"),
        X - 1,
        ["likelihood='bernoulli'", "[-1, 0]", "MinMaxScaler", "likelihood='gaussian'"],
    ),
    "layers of images": (
        Autoencoder(image_shape=(1, 2, 3), layerwise_epochs=5),
        X,
        ["layerwise_epochs=5", "set it to 0"],
    ),
    "layers of the user's module": (
        Autoencoder(module=Network, layerwise_epochs=5),
        X,
        ["layerwise_epochs=5", "set it to 0"],
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors_tell_what_was_given_and_what_to_do(case):
    estimator, data, parts = ERRORS[case]
    with pytest.raises(ValueError, match="module|shape|loss|likelihood|layer") as error:
        estimator.fit(data)
    for part in parts:
        assert part in str(error.value)


@all_models
def test_inverse_transform_refuses_another_width(model):
    with pytest.raises(ValueError, match="X has 3 columns, but the embedding of") as e:
        fitted(model).inverse_transform(X[:, :3])
    assert "has 2: pass what transform returns" in str(e.value)


def test_layers_learn_the_likelihood_that_they_are_for():
    settings = {"likelihood": "bernoulli", "max_epochs": 0, "random_state": 0}
    untrained = Autoencoder(2, (16,), **settings).fit(IMAGES)
    model = Autoencoder(2, (16,), layerwise_epochs=50, batch_size=10, **settings)
    assert model.fit(IMAGES).score(IMAGES) > untrained.score(IMAGES) + 0.1
