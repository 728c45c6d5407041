"""The table of all estimators, which drives the common tests: one row for each."""

from scipy.special import softmax
from sklearn.cluster import KMeans

from skdeepcluster import (
    DAMIC,
    DCN,
    DEC,
    DEPICT,
    DGG,
    DSCDAN,
    DVAEC,
    IDEC,
    IMSAT,
    KDAE,
    KDVAE,
    AttentionAutoencoder,
    Autoencoder,
    ClusterGAN,
    DSCNet,
    DualAutoencoder,
    GraphDegreeLinkage,
    InductiveClusterer,
    InfoGAN,
    LandmarkSpectralClustering,
    SpectralNet,
    VaDE,
    VariationalAutoencoder,
)


def assignment(model, X):
    """Return what a method assigns, before the temperature of its probabilities."""
    return softmax(model.predict_log_proba(X) * model.temperature_, axis=1)


def small(estimator, **params):
    """Return ``estimator`` with settings that fit in a second."""
    return estimator.set_params(max_epochs=5, batch_size=32, random_state=0, **params)


AUTOENCODER = Autoencoder(2, (32, 16), max_epochs=5, batch_size=32)

EXPERTS = {
    "init": AUTOENCODER,
    "n_components": 1,
    "hidden_layer_sizes": (16,),
    "expert_epochs": 5,
}

TRANSFORMERS = [
    small(Autoencoder(2, (32, 16))),
    small(VariationalAutoencoder(2, (32, 16))),
    small(DualAutoencoder(2, (32, 16))),
    small(AttentionAutoencoder(2, (32, 16))),
]

CLUSTERERS = [
    small(DEC(autoencoder=AUTOENCODER, start_steps=100)),
    small(IDEC(autoencoder=AUTOENCODER, start_steps=100)),
    small(DCN(autoencoder=AUTOENCODER, start_steps=100)),
    small(DEPICT(autoencoder=AUTOENCODER, start_steps=100, lr=5e-3)),
    small(DAMIC(gate_hidden_layer_sizes=(16,), gate_epochs=15, **EXPERTS)),
    small(KDAE(**EXPERTS)),
    small(KDVAE(**EXPERTS)),
    small(VaDE(autoencoder=AUTOENCODER)),
    small(
        DGG(
            autoencoder=AUTOENCODER,
            n_neighbors=2,
            head_hidden_layer_sizes=(16,),
            class_epochs=20,
        )
    ),
    small(SpectralNet(hidden_layer_sizes=(32, 32), siamese_epochs=5)),
    small(
        DSCDAN(
            autoencoder=DualAutoencoder(
                2, (32, 16), lr=5e-3, max_epochs=5, batch_size=32
            ),
            hidden_layer_sizes=(32, 32),
            siamese_epochs=5,
            spectral_epochs=5,
            class_epochs=20,
        )
    ),
    small(
        DSCNet(
            autoencoder=Autoencoder(5, (32, 16), max_epochs=5, batch_size=32),
            head_hidden_layer_sizes=(16,),
            class_epochs=50,
            ridge=1e-2,
            subspace_dim=1,
        )
    ),
    small(
        DVAEC(
            autoencoder=AttentionAutoencoder(
                2, (32, 16), recon_precision=20.0, max_epochs=5, batch_size=16
            ),
            head_hidden_layer_sizes=(16,),
        )
    ),
    small(IMSAT(n_init=2, init_epochs=2, hidden_layer_sizes=(32, 16), lr=5e-3)),
    small(ClusterGAN(hidden_layer_sizes=(32, 16), lr=1e-2)),
    small(InfoGAN(hidden_layer_sizes=(32, 16), lr=2e-2)),
    small(InductiveClusterer(KMeans(3), hidden_layer_sizes=(32, 16), lr=1e-2)),
]

ESTIMATORS = TRANSFORMERS + CLUSTERERS

# Those without a network.
PLAIN_CLUSTERERS = [
    GraphDegreeLinkage(),
    LandmarkSpectralClustering(random_state=0),
]


def set_n_clusters(estimator, n_clusters):
    """Set the number of clusters, of the estimator or of its clusterer, if any."""
    for key in ("n_clusters", "clusterer__n_clusters"):
        if key in estimator.get_params():
            estimator.set_params(**{key: n_clusters})
    return estimator


def name(estimator):
    """Return the class's name, for a test's id."""
    return type(estimator).__name__
