"""The weights of a fitted estimator, in a file that holds nothing else."""

import copy
import os

import torch

from .._compat import validate_params
from .._files import whole
from .._training import default_settings
from ..base import BaseDeepEstimator
from ._checks import check_exportable, require


@validate_params({"path": [str, os.PathLike]})
def save_weights(estimator: BaseDeepEstimator, path: str | os.PathLike) -> None:
    """Save the weights of a fitted estimator's network in safetensors format.

    The names are those of ``estimator.module_.state_dict()``. The file runs no code
    when it is loaded, and has no parameters of the estimator.

    Parameters
    ----------
    estimator : estimator
        A fitted estimator of this package.

    path : str or path-like
        The file, usually with the ending ``.safetensors``.

    Raises
    ------
    TypeError
        If ``estimator`` is not one of this package, such as a pipeline.

    sklearn.exceptions.NotFittedError
        If ``estimator`` is not fitted.

    ImportError
        If safetensors is not installed.

    See Also
    --------
    load_weights : Load them into an estimator of the same architecture.
    to_onnx : The network with its weights, for other runtimes.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from safetensors.torch import load_file
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import Autoencoder
    >>> from skdeepcluster.export import save_weights
    >>> X = load_digits().data / 16
    >>> model = Autoencoder(2, (16,), max_epochs=1, random_state=0).fit(X)
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "model.safetensors")
    ...     save_weights(model, path)
    ...     weights = load_file(path)
    >>> weights["network.encoder.0.weight"].shape
    torch.Size([16, 64])
    """
    check_exportable(estimator)
    save_file = require("safetensors.torch", extra="io").save_file
    # Copies, because the format has neither views nor shared memory.
    weights = {
        name: weight.cpu().clone(memory_format=torch.contiguous_format)
        for name, weight in estimator.module_.state_dict().items()
    }
    with whole(path) as part:
        save_file(weights, part)


@validate_params({"path": [str, os.PathLike]})
def load_weights(
    estimator: BaseDeepEstimator, path: str | os.PathLike
) -> BaseDeepEstimator:
    """Give a fitted estimator the weights that :func:`save_weights` wrote.

    The estimator must have a network of the same architecture: fit a clone of the
    saved one with ``max_epochs=0``, on any rows with as many features.

    Parameters
    ----------
    estimator : estimator
        A fitted estimator of this package. What tells of its own fit, such as
        ``history_`` and ``labels_``, stays.

    path : str or path-like
        The file. Weights are converted to the dtype of the estimator. The clusters have
        the numbers that the network has for them.

    Returns
    -------
    estimator
        The same object, with the weights.

    Raises
    ------
    ValueError
        If the file is not in safetensors format, its weights have other names or
        shapes than those of the estimator, or they are not finite numbers. The
        estimator is then as it was before.

    TypeError
        If ``estimator`` is not one of this package, such as a pipeline.

    sklearn.exceptions.NotFittedError
        If ``estimator`` is not fitted.

    ImportError
        If safetensors is not installed.

    See Also
    --------
    save_weights : Save them.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn.base import clone
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import Autoencoder
    >>> from skdeepcluster.export import load_weights, save_weights
    >>> X = load_digits().data / 16
    >>> model = Autoencoder(2, (16,), max_epochs=1, random_state=0).fit(X)
    >>> untrained = clone(model).set_params(max_epochs=0).fit(X[:10])
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "model.safetensors")
    ...     save_weights(model, path)
    ...     loaded = load_weights(untrained, path)
    >>> bool((loaded.transform(X) == model.transform(X)).all())
    True
    """
    check_exportable(estimator)
    safetensors = require("safetensors", extra="io")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            weights = {name: file.get_tensor(name) for name in file.keys()}
    except safetensors.SafetensorError as error:
        raise ValueError(
            f"path={str(path)!r} is not in safetensors format: give a file that "
            "save_weights wrote."
        ) from error
    with default_settings(torch.device("cpu")):
        module = copy.deepcopy(estimator.module_)
    _check_same_shapes(estimator, module.state_dict(), path, weights)
    _check_values(module.state_dict(), path, weights)
    module.load_state_dict(weights)
    estimator.module_ = module
    # Of the rows of its own fit, which may be any: new ones are not compared with them.
    estimator._scale = None
    return estimator


def _check_values(own, path, theirs):
    """Refuse weights that no fit leaves."""
    for name, weight in theirs.items():
        is_float = weight.is_floating_point()
        if is_float != own[name].is_floating_point():
            raise ValueError(
                f"path={str(path)!r} has {name} in {weight.dtype}, but the network has "
                f"it in {own[name].dtype}: save the weights again."
            )
        if is_float and not weight.to(own[name].dtype).isfinite().all():
            raise ValueError(
                f"path={str(path)!r} has values in {name} that are not finite in "
                f"{own[name].dtype}: save the weights of a sound model."
            )


def _check_same_shapes(estimator, own, path, theirs):
    """Refuse weights for another network."""
    own = {name: tuple(weight.shape) for name, weight in own.items()}
    theirs = {name: tuple(weight.shape) for name, weight in theirs.items()}
    differing = [n for n in own | theirs if own.get(n) != theirs.get(n)]
    if differing:
        first = "; ".join(
            f"{name} has the shape {theirs.get(name)} in the file and {own.get(name)} "
            "in the network"
            for name in differing[:3]
        )
        raise ValueError(
            f"path={str(path)!r} has {len(differing)} weights that differ from those "
            f"of {type(estimator).__name__}'s network: {first} (None: it is not "
            "there). Fit the estimator with the parameters of the one that was saved, "
            "on as many features."
        )
