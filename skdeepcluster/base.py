"""What all estimators share: parameters, validation, seeds, prediction, saving."""

import contextlib
import inspect
import warnings
from abc import ABC, abstractmethod
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from sklearn import config_context
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    ClusterMixin,
    TransformerMixin,
    clone,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_array, check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from ._compat import CallbackSupportMixin, Interval, StrOptions, fit_context
from ._data import Rows, forward_rows
from ._training import Net, Run, isolated
from ._typing import CheckedData, Data, FloatArray, Host, Labels


class BaseDeepEstimator(
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    CallbackSupportMixin,
    BaseEstimator,
    ABC,
):
    """A scikit-learn estimator around a torch module that skorch trains.

    A subclass stores its parameters in ``__init__`` and has two methods: ``_build``
    returns the module, ``_train`` is the algorithm. The module has ``embed(x)``, the
    embedding (batch, n_components), and ``score(x)``, the method's objective for
    each row (batch,), higher is better.
    """

    _parameter_constraints: dict = {
        "max_epochs": [Interval(Integral, 0, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "optimizer": [callable],
        "callbacks": [list, None],
        "net_params": [dict, None],
        "dtype": [StrOptions({"float32", "float64"})],
        "precision": [StrOptions({"bfloat16"}), None],
        "device": [str, torch.device],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    # What a fit leaves.
    module_: Any  # a torch.nn.Module with more methods
    history_: list[dict[str, Any]]
    n_iter_: int
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]

    # Settings that a nested estimator takes from the outer one where it has None.
    _defaults = {
        "batch_size": 256,
        "dtype": "float32",
        "precision": None,
        "device": "auto",
        "verbose": 0,
    }

    @abstractmethod
    def _build(self, n_features):
        """Return the module, as the parameters ask for it."""

    @abstractmethod
    def _train(self, run, rng):
        """Run the algorithm.

        Parameters
        ----------
        run : Run
            The module, the data and the stages of training.

        rng : RandomState
            Source of seeds for scikit-learn's estimators.
        """

    def _check_fit(self, X):
        """Refuse data that the parameters do not fit."""

    def fit(self, X: Data, y: object = None) -> Self:
        """Train the network on ``X``.

        Parameters
        ----------
        X : {array-like, CSR or CSC matrix} of shape (n_samples, n_features)
            The data, float32 or float64; also a memory map, which is read batch by
            batch, as a sparse matrix is made dense batch by batch.

        y : Ignored
            Never used for learning; shown to scikit-learn's callbacks.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If ``X`` or a parameter is not as it should be, or the loss is not
            finite. The estimator is then as it was before.
        """
        with _unchanged_after_error(self):
            return self._fit(X, y)

    @fit_context(prefer_skip_nested_validation=True)
    def _fit(self, X, y):
        X = validate_data(self, X, accept_sparse="csr", dtype=[np.float64, np.float32])
        self._check_fit(X)
        rng = check_random_state(self.random_state)
        context = self._init_callback_context(max_subtasks=None)
        context.call_on_fit_task_begin(estimator=self, X=X, y=y)
        with (
            isolated(_seed(rng), self._torch_device()),
            config_context(array_api_dispatch=False, transform_output="default"),
        ):
            # The parameters may change after the fit, the module's shape may not.
            self._fitted_as = clone(self)
            run = Run(self, self._make_net(X.shape[1]), X, y, context)
            self._train(run, rng)
        self._finish(run)
        context.call_on_fit_task_end(
            estimator=self, X=X, y=y, reconstruction_attributes=dict
        )
        return self

    def _finish(self, run):
        vars(self).update(self._fitted_by(run.module))
        self.module_.requires_grad_(False)
        self.history_ = run.history
        self.n_iter_ = len(run.history)

    def _fitted_by(self, module):
        """Return the attributes that make ``module`` a fitted estimator."""
        return {
            "module_": module.eval(),
            "_n_features_out": module.n_components,
        }

    def _make_net(self, n_features):
        if self.precision is not None and self._setting("dtype") == "float64":
            raise ValueError(
                f"precision={self.precision!r} computes networks of float32 in mixed "
                "precision, but dtype='float64': set one of the two to its default."
            )
        module = self._build(n_features).to(getattr(torch, self._setting("dtype")))
        settings = {
            "criterion": torch.nn.Identity,
            "optimizer": self.optimizer,
            "lr": self.lr,
            "batch_size": self._setting("batch_size"),
            "train_split": None,
            "device": self._torch_device(),
            "dataset": Rows,
            "dataset__dtype": self._setting("dtype"),
            "callbacks": clone(self.callbacks, safe=False),
            "callbacks__train_loss": None,
            "callbacks__valid_loss": None,
            "verbose": self._setting("verbose") >= 2,
        }
        if "fused" in inspect.signature(self.optimizer).parameters:
            settings["optimizer__fused"] = True
        return Net(module, **{**settings, **(self.net_params or {})}).initialize()

    def _setting(self, name):
        value = getattr(self, name)
        return self._defaults[name] if value is None else value

    def _torch_device(self):
        device = self._setting("device")
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        return torch.device(device)

    def _nested(self, estimator, rng):
        """Return a clone of ``estimator`` with this one's settings for its unset ones.

        Parameters
        ----------
        estimator : estimator
            The estimator to fit inside of this one, or a pipeline of them.

        rng : RandomState
            Source of its seeds.
        """
        settings = {name: getattr(self, name) for name in self._defaults}
        unset = {}
        for name, value in sorted(estimator.get_params().items()):
            setting = name.rpartition("__")[2]
            if value is None and setting in settings:
                unset[name] = settings[setting]
            elif value is None and setting == "random_state":
                unset[name] = _seed(rng)
        estimator = clone(estimator)
        estimator.set_params(**unset)  # does not return a frozen one
        return estimator

    def transform(self, X: Data) -> FloatArray:
        """Embed ``X``.

        Parameters
        ----------
        X : {array-like, CSR or CSC matrix} of shape (n_samples, n_features)
            The data.

        Returns
        -------
        ndarray of shape (n_samples, n_components)
            The embedding, in the dtype of ``X``.
        """
        X = self._check(X)
        return self._apply(self.module_.embed, X).astype(X.dtype, copy=False)

    def score_samples(self, X: Data) -> FloatArray:
        """Return the method's objective for each row.

        Parameters
        ----------
        X : {array-like, CSR or CSC matrix} of shape (n_samples, n_features)
            The data.

        Returns
        -------
        ndarray of shape (n_samples,)
            The objective, higher is better; the class's notes define it.
        """
        X = self._check(X)
        return self._apply(self.module_.score, X).astype(X.dtype, copy=False)

    def score(self, X: Data, y: object = None) -> float:
        """Return the mean of the method's objective.

        Parameters
        ----------
        X : {array-like, CSR or CSC matrix} of shape (n_samples, n_features)
            The data.

        y : Ignored
            Present for scikit-learn's sake.

        Returns
        -------
        float
            The mean of :meth:`score_samples`.
        """
        return float(self.score_samples(X).mean(dtype=np.float64))

    def _check(self, X: Data) -> CheckedData:
        check_is_fitted(self)
        return validate_data(
            self, X, accept_sparse="csr", dtype=[np.float64, np.float32], reset=False
        )

    def _apply(self, function, X) -> FloatArray:
        weight = next(self.module_.parameters())
        results = forward_rows(
            function,
            X,
            dtype=str(weight.dtype).removeprefix("torch."),
            device=weight.device,
        )
        return results.cpu().numpy()

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    # A fitted module leaves as numpy arrays, without torch's own pickles: it loads
    # on any device and can be inspected by skops.

    def __getstate__(self):
        state = dict(super().__getstate__())
        if "module_" in state:
            weights = state["module_"].state_dict()
            state["module_"] = {k: v.cpu().numpy() for k, v in weights.items()}
        return state

    def __setstate__(self, state):
        super().__setstate__(state)
        if "module_" in state:
            with torch.device("meta"):
                module = self._fitted_as._build(self.n_features_in_)
            # A copy, because an array from a memory map is read-only.
            weights = {k: torch.from_numpy(v.copy()) for k, v in self.module_.items()}
            module.load_state_dict(weights, assign=True)
            device = self._torch_device()
            if device.type == "cuda" and not torch.cuda.is_available():
                device = "cpu"  # fitted on another machine
            self.module_ = module.to(device).eval().requires_grad_(False)


class DecoderMixin(Host):
    """For estimators whose module maps embeddings back to data.

    Its ``decode(z)`` is from (batch, n_components) to (batch, n_features).
    """

    def inverse_transform(self, X: ArrayLike) -> FloatArray:
        """Map embeddings back to data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_components)
            Embeddings.

        Returns
        -------
        ndarray of shape (n_samples, n_features)
            The decoder's output, in the dtype of ``X``.

        Raises
        ------
        ValueError
            If ``X`` has another number of columns than the embedding.
        """
        check_is_fitted(self)
        Z = check_array(X, dtype=[np.float64, np.float32])
        if Z.shape[1] != self._n_features_out:
            raise ValueError(
                f"X has {Z.shape[1]} columns, but the embedding of "
                f"{type(self).__name__} has {self._n_features_out}: pass what "
                "transform returns."
            )
        return self._apply(self.module_.decode, Z).astype(Z.dtype, copy=False)


class BaseDeepTransformer(DecoderMixin, BaseDeepEstimator):
    """A network that embeds data and maps embeddings back.

    Its module has ``decode(z)`` besides ``embed`` and ``score``.
    """

    # A transformer is often nested: None means the outer estimator's, or the default.
    _parameter_constraints: dict = {
        **BaseDeepEstimator._parameter_constraints,
        **{
            name: [*BaseDeepEstimator._parameter_constraints[name], None]
            for name in BaseDeepEstimator._defaults
        },
        "n_components": [Interval(Integral, 1, None, closed="left")],
    }


class BaseDeepClusterer(ClusterMixin, BaseDeepEstimator):
    """A clusterer around a torch module.

    Its module has ``assign(x)`` besides ``embed`` and ``score``: the logarithms of
    the assignment's probabilities (batch, n_clusters). ``_train`` keeps the labels
    before the joint stage in ``run.initial_labels``.
    """

    _parameter_constraints: dict = {
        **BaseDeepEstimator._parameter_constraints,
        "n_clusters": [Interval(Integral, 1, None, closed="left")],
    }

    labels_: Labels
    initial_labels_: Labels

    def _check_fit(self, X):
        if X.shape[0] < self.n_clusters:
            raise ValueError(
                f"n_samples={X.shape[0]} should be >= n_clusters={self.n_clusters}."
            )

    def _fitted_by(self, module):
        order = np.arange(self.n_clusters)
        return {**super()._fitted_by(module), "_order": order}

    def _finish(self, run):
        super()._finish(run)
        labels = self._labels(run.X)
        sizes = np.bincount(labels, minlength=self.n_clusters)
        self._order = np.argsort(-sizes, kind="stable")
        number = np.argsort(self._order).astype(np.int32)
        self.labels_ = number[labels]
        self.initial_labels_ = number[run.initial_labels]
        n_found = np.count_nonzero(sizes)
        if n_found < self.n_clusters:
            warnings.warn(
                f"{type(self).__name__} found {n_found} clusters instead of "
                f"n_clusters={self.n_clusters}. Lower n_clusters, or give the "
                "training more data or fewer epochs.",
                ConvergenceWarning,
                stacklevel=5,
            )

    def _labels(self, X):
        """Return the most probable clusters, in the module's numbering."""
        return self._apply(lambda x: self.module_.assign(x).argmax(1), X)

    def predict(self, X: Data) -> Labels:
        """Assign each row to its most probable cluster.

        Parameters
        ----------
        X : {array-like, CSR or CSC matrix} of shape (n_samples, n_features)
            The data.

        Returns
        -------
        ndarray of shape (n_samples,), dtype int32
            The labels; clusters are numbered by decreasing size in the training
            data, empty ones last.
        """
        X = self._check(X)
        return np.argsort(self._order).astype(np.int32)[self._labels(X)]

    def predict_log_proba(self, X: Data) -> FloatArray:
        """Return the logarithms of :meth:`soft_predict`.

        Parameters
        ----------
        X : {array-like, CSR or CSC matrix} of shape (n_samples, n_features)
            The data.

        Returns
        -------
        ndarray of shape (n_samples, n_clusters)
            Logarithms of the probabilities, in the dtype of ``X``.
        """
        X = self._check(X)
        log_q = self._apply(self.module_.assign, X)[:, self._order]
        return log_q.astype(X.dtype, copy=False)

    def soft_predict(self, X: Data) -> FloatArray:
        """Return the probabilities of the clusters.

        Parameters
        ----------
        X : {array-like, CSR or CSC matrix} of shape (n_samples, n_features)
            The data.

        Returns
        -------
        ndarray of shape (n_samples, n_clusters)
            Probabilities, in the dtype of ``X``; each row sums to one and has its
            largest value at the label that :meth:`predict` gives.
        """
        return np.exp(self.predict_log_proba(X))

    def fit_predict(self, X: Data, y: object = None) -> Labels:
        """Fit, and return the labels of ``X``.

        Parameters
        ----------
        X : {array-like, CSR or CSC matrix} of shape (n_samples, n_features)
            The data.

        y : Ignored
            Never used for learning; shown to scikit-learn's callbacks.

        Returns
        -------
        ndarray of shape (n_samples,), dtype int32
            ``labels_``.
        """
        return self.fit(X, y).labels_


class GenerativeMixin(Host):
    """For clusterers with ``weights_`` that draw rows from a cluster.

    A subclass has ``_draw(labels, rng)``, a row of data for each label.
    """

    def sample(
        self, n_samples: int = 1, cluster: int | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.integer]]:
        """Draw new data.

        Parameters
        ----------
        n_samples : int, default=1
            Number of rows to draw.

        cluster : int, default=None
            The cluster to draw from; None means from all, by their weights.

        Returns
        -------
        X : ndarray of shape (n_samples, n_features), dtype float64
            The means of the likelihood at the draws.

        y : ndarray of shape (n_samples,)
            Their clusters.

        Raises
        ------
        ValueError
            If ``cluster`` is not one of the clusters.
        """
        check_is_fitted(self)
        rng = check_random_state(self.random_state)
        if cluster is None:
            labels = rng.choice(self.n_clusters, n_samples, p=self.weights_)
        else:
            labels = np.full(n_samples, check_cluster(self, cluster))
        return self._draw(labels, rng), labels


def check_cluster(estimator, cluster):
    """Return ``cluster``, if it is the number of one."""
    n_clusters = len(estimator._order)
    if not isinstance(cluster, Integral) or not 0 <= cluster < n_clusters:
        raise ValueError(
            f"cluster={cluster!r} should be an int from 0 to {n_clusters - 1}, the "
            "number of a cluster, or None."
        )
    return cluster


@contextlib.contextmanager
def _unchanged_after_error(estimator):
    before = vars(estimator).copy()
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def _seed(rng):
    return int(rng.randint(np.iinfo(np.int32).max))
