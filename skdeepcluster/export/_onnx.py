"""Networks for other runtimes."""

import contextlib
import copy
import logging
import os
import warnings

import torch
from torch import nn

from .._compat import validate_params
from .._files import whole
from .._training import default_settings
from ..base import BaseDeepClusterer, BaseDeepEstimator
from ._checks import check_exportable, require


class _Embedding(nn.Module):
    """What a fitted transformer makes of rows.

    Parameters
    ----------
    estimator : estimator
        The transformer, whose network is copied.
    """

    names: tuple[str, ...] = ("embedding",)

    def __init__(self, estimator):
        super().__init__()
        self.module = copy.deepcopy(estimator.module_).cpu()
        self.dtype = next(self.module.parameters()).dtype

    def forward(self, X):
        return self.module.embed(X.to(self.dtype)).to(X.dtype)


class _Clusters(_Embedding):
    """What a fitted clusterer makes of rows.

    Parameters
    ----------
    estimator : estimator
        The clusterer, whose network is copied.
    """

    names = ("labels", "probabilities", "embedding")

    def forward(self, X):
        log_q = self.module.calibration(self.module.assign(X.to(self.dtype)))
        return log_q.argmax(1), log_q.exp().to(X.dtype), super().forward(X)


@validate_params({"path": [str, os.PathLike]})
def to_onnx(estimator: BaseDeepEstimator, path: str | os.PathLike) -> None:
    """Save the predictions of a fitted estimator as an ONNX model.

    Its input is ``X`` (batch, n_features), float32, for batches of any size. Its
    outputs are, for a transformer, ``embedding``, as of ``transform``; for a clusterer
    ``labels`` (int64), ``probabilities`` and ``embedding``, as of ``predict``,
    ``soft_predict`` and ``transform``. They agree with these up to rounding.

    Parameters
    ----------
    estimator : estimator
        A fitted estimator of this package.

    path : str or path-like
        The file, usually with the ending ``.onnx``. Weights of more than 2 GB are put
        into a second file beside it.

    Raises
    ------
    ValueError
        If torch cannot export the network, one of your own (``module=``).

    TypeError
        If ``estimator`` is not one of this package, such as a pipeline.

    sklearn.exceptions.NotFittedError
        If ``estimator`` is not fitted.

    ImportError
        If onnx or onnxscript is not installed.

    See Also
    --------
    save_weights : The weights alone.

    Notes
    -----
    The model computes in the estimator's ``dtype``; where ``precision`` is
    ``"bfloat16"``, in float32, for few runtimes have the former.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from onnxruntime import InferenceSession
    >>> from sklearn.datasets import load_digits
    >>> from skdeepcluster import Autoencoder
    >>> from skdeepcluster.export import to_onnx
    >>> X = load_digits().data.astype("float32") / 16
    >>> model = Autoencoder(2, (16,), max_epochs=1, random_state=0).fit(X)
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "model.onnx")
    ...     to_onnx(model, path)
    ...     session = InferenceSession(path)
    >>> (embedding,) = session.run(["embedding"], {"X": X})
    >>> bool(abs(embedding - model.transform(X)).max() < 1e-5)
    True
    """
    check_exportable(estimator)
    require("onnx", extra="onnx")
    require("onnxscript", extra="onnx")
    is_clusterer = isinstance(estimator, BaseDeepClusterer)
    with default_settings(torch.device("cpu")), _quiet(), whole(path) as part:
        network = (_Clusters if is_clusterer else _Embedding)(estimator).eval()
        _export(network, estimator).save(part)


def _export(network, estimator):
    rows = torch.zeros(2, estimator.n_features_in_, dtype=torch.float32)
    shapes = ({0: torch.export.Dim("batch")},)
    try:
        # torch.onnx.export would fix the size of the batches where it has to.
        program = torch.export.export(network, (rows,), dynamic_shapes=shapes)
        return torch.onnx.export(
            program,
            dynamo=True,
            input_names=["X"],
            output_names=network.names,
            verbose=False,
        )
    except RuntimeError as error:
        raise ValueError(
            f"torch cannot export the network of {type(estimator).__name__}: what it "
            "computes must not depend on the values, or on the number of rows, in "
            "Python. Change your network, or save its weights with save_weights."
        ) from error


@contextlib.contextmanager
def _quiet():
    """Keep to itself what the exporter says about its own insides."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
