"""Save small fitted estimators for test_saving.py, in a folder named by the version.

Run it for each release, so that the tests know what every version has written.
"""

import pickle
import zipfile
from pathlib import Path

import numpy as np
import skops.io
from sklearn.base import clone
from sklearn.datasets import make_blobs

import skdeepcluster
from skdeepcluster import (
    DEPICT,
    DGG,
    IDEC,
    IMSAT,
    Autoencoder,
    GraphDegreeLinkage,
    InductiveClusterer,
    LandmarkSpectralClustering,
)
from skdeepcluster.export import save_weights

FOLDER = Path(__file__).parent / "saved"

SMALL = {"max_epochs": 2, "batch_size": 16, "random_state": 0}
AUTOENCODER = Autoencoder(2, hidden_layer_sizes=(4,), **SMALL)
MODELS = {
    "autoencoder": AUTOENCODER,
    "idec": IDEC(3, autoencoder=AUTOENCODER, **SMALL),
    "dgg": DGG(
        3, autoencoder=AUTOENCODER, head_hidden_layer_sizes=(16,), lr=1e-2, **SMALL
    ),
    "depict": DEPICT(3, autoencoder=AUTOENCODER, start_steps=4, **SMALL),
    "inductive": InductiveClusterer(
        np.arange(30) // 10, hidden_layer_sizes=(4,), **SMALL
    ),
    "imsat": IMSAT(3, n_init=2, init_epochs=2, hidden_layer_sizes=(4,), **SMALL),
    "linkage": GraphDegreeLinkage(3),
    "landmarks": LandmarkSpectralClustering(3, random_state=0),
}


def predictions(model, X):
    """Return what a model says of rows, by method."""
    methods = ("predict", "soft_predict", "transform", "score_samples")
    return {m: getattr(model, m)(X) for m in methods if hasattr(model, m)}


def main():
    """Write the files of this version."""
    folder = FOLDER / skdeepcluster.__version__
    folder.mkdir(parents=True, exist_ok=True)
    X, _ = make_blobs(30, 4, centers=3, shuffle=False, random_state=0)
    for name, model in MODELS.items():
        model = clone(model).fit(X)
        (folder / f"{name}.pickle").write_bytes(pickle.dumps(model))
        skops.io.dump(model, folder / f"{name}.skops", compression=zipfile.ZIP_DEFLATED)
        if hasattr(model, "module_"):
            save_weights(model, folder / f"{name}.safetensors")
        np.savez(folder / f"{name}.npz", X=X, **predictions(model, X))


if __name__ == "__main__":
    main()
