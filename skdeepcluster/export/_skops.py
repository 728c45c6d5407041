"""What skops is to trust."""

import inspect

import numpy as np
import torch
from torch import optim

import skdeepcluster

from .._neighbors import NeighborSearch


def trusted_types() -> list[str]:
    """Return the types that skops is to trust in a file of this package's estimators.

    With them alone, a file may name nothing else but what skops trusts by itself, and
    no code comes with it. Where you chose something of your own, such as a network,
    name that besides.

    Returns
    -------
    list of str
        The estimators and augmentations of this package, torch's optimizers and
        devices, and numpy's dtypes, which scikit-learn's transformers of tables keep.

    See Also
    --------
    save_weights : The weights alone.

    Examples
    --------
    >>> import skops.io
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import Autoencoder
    >>> from skdeepcluster.export import trusted_types
    >>> X = load_digits().data / 16
    >>> model = Autoencoder(2, (16,), max_epochs=1, random_state=0).fit(X)
    >>> saved = skops.io.dumps(model)
    >>> loaded = skops.io.loads(saved, trusted=trusted_types())
    >>> bool((loaded.transform(X) == model.transform(X)).all())
    True
    """
    homes = [skdeepcluster, skdeepcluster.augmentation]
    ours = [getattr(home, name) for home in homes for name in home.__all__]
    return [
        f"{thing.__module__}.{thing.__qualname__}"
        for thing in [
            *ours,
            NeighborSearch,
            np.dtype,
            torch.device,
            *vars(optim).values(),
        ]
        if inspect.isclass(thing)
    ]
