"""A network of your own, as the autoencoder's `module`.

Any class or function that is called with (n_features, n_components) will do, if what
it returns has `encode` and `decode`. Here it is a residual network with batch-free
normalisation, which one then sees trained, clustered with and pickled like the
built-in ones; only that it has to be importable where it is unpickled. Takes about
15 seconds.

    python examples/custom_network.py
"""

import pickle

from sklearn.datasets import load_digits
from torch import nn

from skdeepcluster import IDEC, Autoencoder
from skdeepcluster.metrics import clustering_accuracy_score


class Residual(nn.Module):
    """x + f(x), with f a layer norm and two linear layers."""

    def __init__(self, width):
        super().__init__()
        self.inner = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, width), nn.GELU()
        )

    def forward(self, x):
        return x + self.inner(x)


class ResidualAutoencoder(nn.Module):
    """The network: encode(x) gives the embedding, decode(z) the data."""

    def __init__(self, n_features, n_components, width=128):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(n_features, width),
            Residual(width),
            Residual(width),
            nn.Linear(width, n_components),
        )
        self.decoder = nn.Sequential(
            nn.Linear(n_components, width),
            Residual(width),
            Residual(width),
            nn.Linear(width, n_features),
        )

    def encode(self, x):
        return self.encoder(x)

    def decode(self, z):
        return self.decoder(z)


def main():
    X, y = load_digits(return_X_y=True)
    X = X / 16
    autoencoder = Autoencoder(10, module=ResidualAutoencoder, max_epochs=50)
    idec = IDEC(10, autoencoder=autoencoder, random_state=0, verbose=1).fit(X)
    print(f"accuracy {clustering_accuracy_score(y, idec.labels_):.3f}")

    copy = pickle.loads(pickle.dumps(idec))
    print(f"same after pickling: {(copy.predict(X) == idec.labels_).all()}")


if __name__ == "__main__":
    main()
