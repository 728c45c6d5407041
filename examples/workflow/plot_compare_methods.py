"""
=======================
Ten methods in one call
=======================

:func:`~skdeepcluster.benchmark.run_benchmark` fits every clusterer on every data set
with every seed, and gives a table and a picture. Methods that ask for the same
autoencoder share it, so that they start alike and the time is spent once.
"""

# %%
# The methods
# -----------
#
# A dictionary of clusterers, scikit-learn's among them; anything with ``fit_predict``
# takes part. These have few epochs, so that the page is quick: they show how to
# compare, not what a method can do.
#
# k-means is what all of them have to beat. k-means on an autoencoder's codes does not
# on these digits; the deep methods start from a graph of neighbours of the same codes,
# and do.

from sklearn.cluster import KMeans
from sklearn.pipeline import make_pipeline

from skdeepcluster import (
    DAMIC,
    DCN,
    DEC,
    IDEC,
    KDAE,
    KDVAE,
    Autoencoder,
    SpectralNet,
    VaDE,
)

autoencoder = Autoencoder(hidden_layer_sizes=(256, 128), batch_size=64, max_epochs=50)
centroid = {"autoencoder": autoencoder, "batch_size": 64, "max_epochs": 20}
experts = {
    "init": autoencoder,
    "n_components": 5,
    "hidden_layer_sizes": (64, 32),
    "batch_size": 64,
    "max_epochs": 10,
}
methods = {
    "k-means": KMeans(10, n_init=10),
    "AE + k-means": make_pipeline(autoencoder, KMeans(10, n_init=10)),
    "DEC": DEC(10, **centroid),
    "IDEC": IDEC(10, **centroid),
    "DCN": DCN(10, **centroid),
    "VaDE": VaDE(10, **centroid),
    "KDAE": KDAE(10, **experts),
    "DAMIC": DAMIC(10, **experts),
    "KDVAE": KDVAE(10, **experts),
    "SpectralNet": SpectralNet(
        10, hidden_layer_sizes=(256, 128), batch_size=512, max_epochs=80
    ),
}

# %%
# The comparison
# --------------
#
# One seed is enough for a look, and too few for a verdict: five or more tell what is
# chance. With ``out="folder"`` the results are kept, and a second call goes on where
# the first one ended.

from sklearn.datasets import load_digits

from skdeepcluster.benchmark import run_benchmark

X, y = load_digits(return_X_y=True)
result = run_benchmark(methods, {"digits": (X / 16, y)}, seeds=1, verbose=0)
for row in result.rows:
    print(f"{row['method']:<13} ACC {row['acc']:.3f}  NMI {row['nmi']:.3f}")

# %%
# The picture
# -----------
#
# Each method's embedding, coloured by cluster, and its scores. Clusters have the colour
# of the class that they match. Two principal components of an embedding are drawn, in
# which clusters may overlap that do not in all dimensions.

import matplotlib.pyplot as plt

figure = result.plot()
figure.set_size_inches(9, 4.4)
plt.show()
