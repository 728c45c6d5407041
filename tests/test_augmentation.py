"""Random variants of rows, and estimators that are trained on them."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.preprocessing import scale

from skdeepcluster import DAMIC, DEC, Autoencoder, InductiveClusterer
from skdeepcluster.augmentation import RandomAffine
from tests.estimators import ESTIMATORS, name, set_n_clusters

SIZE = 21
MIDDLE = SIZE // 2

X = scale(load_iris().data).astype(np.float32)


def blobs(*places):
    """Return images of one soft spot each, at (row, column) from the middle."""
    rows, columns = np.mgrid[:SIZE, :SIZE] - MIDDLE
    images = [
        np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / 4)
        for row, column in places
    ]
    return torch.tensor(np.reshape(images, (len(places), -1)))


def centers(images):
    """Return where the mass of images lies, (n, 2) from the middle."""
    images = images.reshape(-1, SIZE, SIZE).numpy()
    images = images / images.sum((1, 2), keepdims=True)
    places = np.arange(SIZE) - MIDDLE
    return np.column_stack([images.sum(2) @ places, images.sum(1) @ places])


def test_an_affine_map_of_nothing_is_the_image():
    augment = RandomAffine((1, SIZE, SIZE), degrees=0, translate=0)
    images = torch.rand(3, SIZE**2, dtype=torch.float64)
    assert torch.allclose(augment(images), images)


@given(st.integers(0, 1000), st.sampled_from([torch.float32, torch.float64]))
def test_images_move_at_most_as_far_as_asked(seed, dtype):
    torch.manual_seed(seed)
    augment = RandomAffine((1, SIZE, SIZE), degrees=0, translate=0.2)
    images = blobs(*[(0, 0)] * 50).to(dtype)
    moved = augment(images)
    assert moved.dtype == dtype
    offsets = centers(moved)
    assert np.abs(offsets).max() <= 0.2 * SIZE + 0.01
    assert (offsets.min(0) < -1).all()
    assert (offsets.max(0) > 1).all()
    assert torch.allclose(moved.sum(1), images.sum(1), rtol=0.01)


@given(st.integers(0, 1000))
def test_images_turn_around_their_middle(seed):
    torch.manual_seed(seed)
    augment = RandomAffine((1, SIZE, SIZE), degrees=30, translate=0)
    rows, columns = centers(augment(blobs(*[(0, 6)] * 50))).T
    angles = np.degrees(np.arctan2(rows, columns))
    assert np.hypot(rows, columns) == pytest.approx(6, abs=0.05)
    assert np.abs(angles).max() <= 30.5
    assert angles.min() < -15
    assert angles.max() > 15


def test_channels_move_together():
    image = blobs((0, 5))
    turned = RandomAffine((3, SIZE, SIZE))(image.repeat(4, 3)).unflatten(1, (3, -1))
    assert torch.equal(turned[:, 0], turned[:, 1])
    assert torch.equal(turned[:, 0], turned[:, 2])


def test_another_shape_than_the_rows_is_refused():
    dec = DEC(3, augment=RandomAffine((1, 28, 28)))
    with pytest.raises(
        ValueError, match=r"image_shape=\(1, 28, 28\) does not fit X with 4 features"
    ):
        dec.fit(X)


@pytest.mark.parametrize(("name", "value"), [("degrees", -1), ("translate", "far")])
def test_a_map_that_cannot_be_is_refused(name, value):
    augment = RandomAffine((1, 2, 2)).set_params(**{name: value})
    with pytest.raises(ValueError, match=f"'{name}' parameter of RandomAffine must"):
        DEC(2, augment=augment).fit(X)


@pytest.mark.parametrize("wrong", [lambda x: x[:, :2], lambda x: None, lambda x: x[0]])
def test_what_does_not_keep_the_shape_is_refused(wrong):
    with pytest.raises(ValueError, match="augment=.*let it return a tensor"):
        Autoencoder(augment=wrong).fit(X)


class Recorder:
    """Moves rows a little, and counts them."""

    def __init__(self):
        self.seen = []

    def __call__(self, x):
        if len(x) > 2:  # with fewer, the parameter is checked
            self.seen.append(len(x))
        return x + 0.01

    def __sklearn_clone__(self):
        return self


AUGMENTED = [e for e in ESTIMATORS if "augment" in e.get_params()]


def fresh(estimator, **params):
    return set_n_clusters(clone(estimator), 3).set_params(**params)


def test_all_that_train_on_rows_take_it():
    assert {name(e) for e in ESTIMATORS} - {name(e) for e in AUGMENTED} == {
        "SpectralNet"
    }


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("estimator", AUGMENTED, ids=name)
def test_training_sees_variants_and_nothing_else_does(estimator):
    augment = Recorder()
    model = fresh(estimator, augment=augment).fit(X)
    n_seen = len(augment.seen)
    assert n_seen > 1
    model.transform(X)
    model.score_samples(X)
    if hasattr(model, "labels_"):
        assert np.array_equal(model.predict(X), model.labels_)
    assert len(augment.seen) == n_seen


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("estimator", AUGMENTED, ids=name)
def test_an_identity_changes_nothing(estimator):
    plain = fresh(estimator).fit(X)
    augmented = fresh(estimator, augment=torch.clone).fit(X)
    assert np.array_equal(augmented.transform(X), plain.transform(X))


def test_a_function_that_changes_its_batch_leaves_the_data_alone():
    data = X.copy()
    Autoencoder(hidden_layer_sizes=(4,), augment=torch.zero_, max_epochs=1).fit(data)
    assert np.array_equal(data, X)


def test_the_autoencoder_of_a_clusterer_takes_its_augment():
    augment = Recorder()
    autoencoder = Autoencoder(hidden_layer_sizes=(4,), max_epochs=3)
    DEC(3, autoencoder=autoencoder, start_steps=0, max_epochs=0, augment=augment).fit(X)
    assert augment.seen == 3 * [150]
    assert autoencoder.augment is None
    own = Recorder()
    autoencoder.augment = own
    DEC(3, autoencoder=autoencoder, start_steps=0, max_epochs=0, augment=augment).fit(X)
    assert own.seen == 3 * [150]
    assert len(augment.seen) == 3


def test_the_default_start_of_a_mixture_takes_its_augment():
    augment = Recorder()
    damic = DAMIC(3, augment=augment, expert_epochs=0, gate_epochs=0, max_epochs=0)
    damic.fit(X)
    assert len(augment.seen) == damic.n_iter_ == 100


def test_variants_make_a_prediction_that_does_not_depend_on_them():
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    places = [(0, 0) if label else (0, 5) for label in y]
    images = blobs(*places).numpy() + 0.05 * rng.random((200, SIZE**2))
    models = {
        augment: InductiveClusterer(y, augment=augment, max_epochs=30, random_state=0)
        for augment in (None, RandomAffine((1, SIZE, SIZE), degrees=30, translate=0))
    }
    torch.manual_seed(0)
    turn = RandomAffine((1, SIZE, SIZE), degrees=30, translate=0)
    turned = turn(torch.from_numpy(images)).numpy()
    agreement = {}
    for augment, model in models.items():
        model.fit(images)
        sure = model.soft_predict(turned).max(1)
        right = model.predict(turned) == model.predict(images)
        agreement[augment] = (right * sure).mean()
    plain, augmented = agreement.values()
    assert augmented > 0.95
    assert augmented >= plain
