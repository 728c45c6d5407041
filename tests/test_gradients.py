"""Which weights each stage of each estimator trains."""

import numpy as np
import pytest
from estimators import ESTIMATORS, name, set_n_clusters
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.preprocessing import scale
from skorch.callbacks import Callback

X, _ = make_blobs(90, 6, centers=3, cluster_std=0.3, random_state=0)
X = scale(X).astype(np.float32)

pytestmark = [
    pytest.mark.filterwarnings(
        f"ignore:{message}:sklearn.exceptions.ConvergenceWarning"
    )
    for message in (".*clusters", "The graph of a batch", "The codes of", "The outputs")
]

ENCODER, DECODER = "network.encoder", "network.decoder"
AUTOENCODER = {f"autoencoder.{ENCODER}", f"autoencoder.{DECODER}"}
ATTENTION = {*AUTOENCODER, "autoencoder.attention"}
CRITICS = {"global_critic", "local_critic", "site_embedding"}
DUAL = {ENCODER, DECODER, "network.local", *CRITICS}
PRIOR = {"prior.logits", "prior.means", "prior.raw_log_vars", "prior.raw_factors"}

# What moves, by estimator and stage.
TRAINED = {
    "Autoencoder": {"reconstruct": {ENCODER, DECODER}},
    "VariationalAutoencoder": {"reconstruct": {ENCODER, DECODER}},
    "DualAutoencoder": {"reconstruct": DUAL},
    "AttentionAutoencoder": {"reconstruct": {ENCODER, DECODER, "attention"}},
    # DEC leaves the decoder behind, and DCN moves its centers by its own rule.
    "DEC": {"cluster": {f"autoencoder.{ENCODER}", "centers"}},
    "IDEC": {"cluster": {*AUTOENCODER, "centers"}},
    "DCN": {"cluster": AUTOENCODER},
    "DEPICT": dict.fromkeys(["start", "cluster"], {*AUTOENCODER, "head"}),
    "DAMIC": {
        "experts": {f"experts.{ENCODER}", f"experts.{DECODER}"},
        "gate": {"gate"},
        "cluster": {f"experts.{ENCODER}", f"experts.{DECODER}", "gate"},
    },
    "KDAE": dict.fromkeys(["experts", "cluster"], {ENCODER, DECODER}),
    "KDVAE": dict.fromkeys(["experts", "cluster"], {ENCODER, DECODER}),
    "VaDE": {"cluster": {f"vae.{ENCODER}", f"vae.{DECODER}", *PRIOR}},
    "DGG": {
        "classes": {"head"},
        "cluster": {
            f"vae.{ENCODER}",
            f"vae.{DECODER}",
            "head",
            *(PRIOR - {"prior.logits"}),
        },
    },
    "SpectralNet": {"spectral": {"map.network"}},
    "DSCDAN": {
        "siamese": {"similarity.network"},
        "spectral": {"map.network"},
        "classes": {"classes.network"},
        "cluster": {f"autoencoder.{part}" for part in DUAL}
        | {"classes.network", "class_means"},
    },
    "DSCNet": {"express": AUTOENCODER, "classes": {"classes"}},
    "DVAEC": {
        "classes": {"head"},
        "cluster": {*ATTENTION, "head", *PRIOR},
    },
    "IMSAT": dict.fromkeys(["start 1", "start 2", "cluster"], {"encoder", "head"}),
    # In the generator's steps, the first of which is looked at.
    "ClusterGAN": {"play": {"generator", "encoder"}},
    "InfoGAN": {"play": {"generator"}},
    "InductiveClusterer": {"learn": {"encoder", "head"}},
}


class Gradients(Callback):
    """Keep the names of the weights with a gradient in each stage's first step."""

    found: dict

    def on_train_begin(self, net, **kwargs):
        net.module_.zero_grad()

    def on_grad_computed(self, net, named_parameters, **kwargs):
        weights = net.module_.named_parameters()
        moved = [n for n, w in weights if w.grad is not None and w.grad.any()]
        self.found.setdefault(net.history[-1]["stage"], moved)


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=name)
def test_each_stage_trains_what_it_is_to_train(estimator, monkeypatch):
    found = {}
    monkeypatch.setattr(Gradients, "found", found, raising=False)
    estimator = clone(estimator).set_params(max_epochs=1, callbacks=[Gradients()])
    set_n_clusters(estimator, 3).fit(X)
    expected = TRAINED[name(estimator)]
    assert found.keys() == expected.keys()
    for stage, parts in expected.items():
        owners = [[p for p in parts if n.startswith(p)] for n in found[stage]]
        assert all(owners), (stage, found[stage])
        assert {owner for own in owners for owner in own} == parts
