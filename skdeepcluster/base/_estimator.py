"""What all estimators share: parameters, validation, seeds, fit, prediction."""

import contextlib
import inspect
from abc import ABC, abstractmethod
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    clone,
)
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._compat import (
    RANDOM_STATE,
    CallbackSupportMixin,
    Interval,
    StrOptions,
    fit_context,
)
from .._data import Rows, dense_tensor, forward_rows
from .._training import (
    Net,
    Run,
    check_settings,
    current_journal,
    default_settings,
    isolated,
)
from .._typing import Augment, CheckedData, Data, FloatArray
from .._validation import (
    Scale,
    check_scale,
    scale_of,
    told_of_scale,
    validate_rows,
    warn_of_new_scale,
)
from .._warn import warn
from ._start import Start
from ._state import SavedModuleMixin


class BaseDeepEstimator(
    SavedModuleMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    CallbackSupportMixin,
    BaseEstimator,
    ABC,
):
    """A scikit-learn estimator around a torch module that skorch trains.

    A subclass stores its parameters in ``__init__`` and has three methods: ``_build``
    returns the module, ``_begin`` teaches it what the fit starts from, ``_train`` is
    the algorithm. The module has ``embed(x)``, the embedding (batch, n_components), and
    ``score(x)``, the method's objective for each row (batch,), higher is better; and
    the number ``n_components``.
    """

    _parameter_constraints: dict = {
        "max_epochs": [Interval(Integral, 0, None, closed="left")],
        "augment": [callable, None],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "steps_per_epoch": [Interval(Integral, 1, None, closed="left"), None],
        "lr": [Interval(Real, 0, None, closed="neither")],
        "optimizer": [callable],
        "callbacks": [list, None],
        "net_params": [dict, None],
        "dtype": [StrOptions({"float32", "float64"})],
        "precision": [StrOptions({"bfloat16"}), None],
        "device": [str, torch.device],
        "random_state": RANDOM_STATE,
        "verbose": ["verbose"],
        "warm_start": ["boolean"],
    }

    augment: Augment | None = None  # where there is nothing to augment
    warm_start = False  # where there is nothing to go on with
    _recorded: set[str] = set()  # into the history, besides the loss
    # Of the optimizers that know them.
    _optimizer_settings: dict[str, Any] = {"fused": True}

    # What a fit leaves.
    module_: Any  # a torch.nn.Module with more methods
    history_: list[dict[str, Any]]
    n_iter_: int
    n_features_in_: int
    feature_names_in_: NDArray[np.object_]

    # Settings that a nested estimator takes from the outer one where it has None.
    _defaults = {
        "batch_size": 256,
        "steps_per_epoch": None,
        "dtype": "float32",
        "precision": None,
        "device": "auto",
        "verbose": 0,
    }

    @abstractmethod
    def _build(self, start):
        """Return the module, as the parameters and the sizes in ``start`` ask for it.

        Parameters
        ----------
        start : Start
            The sizes, and the network of an autoencoder for the module to hold. For a
            saved model, that is all it has.
        """

    def _build_whole(self, start):
        """Return the module with all that a fit adds to it."""
        return self._build(start)

    def _begin(self, run, rng):
        """Teach the module what the fit starts from, where there is such a thing.

        Takes what :meth:`_train` takes. With ``warm_start`` the module knows already.
        """

    @abstractmethod
    def _train(self, run, rng):
        """Run the algorithm.

        Parameters
        ----------
        run : Run
            The module, the data, what the fit starts from, and the stages of training.

        rng : RandomState
            Source of seeds for scikit-learn's estimators.
        """

    def _check_fit(self, X):
        """Refuse data that the parameters do not fit, before anything is trained."""
        check_settings(self.callbacks, self.net_params, self._recorded)
        if self.precision is not None and self._setting("dtype") == "float64":
            raise ValueError(
                f"precision={self.precision!r} computes networks of float32 in mixed "
                "precision, but dtype='float64': set one of the two to its default."
            )
        check_scale(X, self._setting("dtype"))
        if self.augment is not None:
            self._check_augment(X)

    @property
    def _has_scale(self):
        """Whether the result depends on how large the data are."""
        return True

    def _told_of_scale(self, X):
        """Return what is wrong with the scale of the data, or None."""
        return told_of_scale(X) if self._has_scale else None

    def _warn_of_scale(self, X):
        if message := self._told_of_scale(X):
            warn(message, UserWarning)

    def _check_device(self):
        """Return the device, or refuse one that cannot compute."""
        try:
            device = self._torch_device()
            torch.zeros(1, device=device).item()
        except (AssertionError, NotImplementedError, RuntimeError) as error:
            raise ValueError(
                f"device={self.device!r} is none on which torch can compute here: set "
                "device='auto', or one of torch.device that this machine has."
            ) from error
        return device

    def _check_augment(self, X):
        # A copy, for a function that changes its batch in place.
        rows = dense_tensor(X[:2], np.dtype(self._setting("dtype"))).clone()
        with isolated(0, rows.device):
            variants = self.augment(rows)
        if getattr(variants, "shape", None) != rows.shape:
            raise ValueError(
                f"augment={self.augment!r} makes {type(variants).__name__} of shape "
                f"{tuple(getattr(variants, 'shape', ()))} of a batch of shape "
                f"{tuple(rows.shape)}: let it return a tensor of the same shape."
            )

    def _start(self, X, rng):
        """Return what the fit starts from; other estimators are fitted here."""
        return Start(X.shape[1])

    def _continued(self, X):
        """Return a start to go on from with the weights of the last fit."""
        built = self._fitted_as
        start = built._sizes(X.shape[1], self._n_clusters)
        start.is_warm = True
        start.blueprint = getattr(built, "autoencoder", None)
        start.history = list(self.history_)
        return start

    def _take_weights(self, module):
        """Give a new module the weights of the last fit."""
        try:
            module.load_state_dict(self.module_.state_dict())
        except RuntimeError as error:
            raise ValueError(
                "warm_start=True goes on with the network of the last fit, but the "
                f"parameters ask for another one ({error}). Set them back, or set "
                "warm_start=False."
            ) from None

    def _as_built(self, start):
        """Return an unfitted estimator that builds the same network.

        It holds nothing that may change with another object.
        """
        return clone(self)

    def _sizes(self, n_features, n_clusters):
        """Return a start with sizes alone, for the network of a saved model."""
        return Start(n_features)

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

    @fit_context(prefer_skip_nested_validation=False)
    def _fit(self, X, y):
        is_warm = self.warm_start and hasattr(self, "module_")
        X = validate_rows(self, X, reset=not is_warm, dtype=self._setting("dtype"))
        device = self._check_device()
        with (
            config_context(array_api_dispatch=False, transform_output="default"),
            default_settings(device),
        ):
            self._check_fit(X)
            self._warn_of_scale(X)
            context = self._init_callback_context(max_subtasks=None)
            context.call_on_fit_task_begin(estimator=self, X=X, y=y)
            rng = check_random_state(self.random_state)
            journal = current_journal()
            journal.begin_fit(self, X, rng)
            seed = _seed(rng)
            if not is_warm:
                # Before the generators are locked: what is fitted may use threads.
                start = self._start(X, rng)
            with isolated(seed, device):
                if is_warm:
                    start = self._continued(X)
                net = self._make_net(start)
                self._fitted_as = self._as_built(start)
                self._n_clusters = start.n_clusters
                run = Run(self, net, X, y, context, start, rng, journal)
                if is_warm:
                    self._take_weights(run.module)
                else:
                    self._begin(run, rng)
                self._train(run, rng)
            self._finish(run)
        context.call_on_fit_task_end(
            estimator=self, X=X, y=y, reconstruction_attributes=dict
        )
        return self

    def _finish(self, run):
        vars(self).update(self._fitted_by(run.module))
        self.module_.requires_grad_(False).zero_grad(set_to_none=True)
        self._scale = tuple(scale_of(run.X)) if self._has_scale else None
        self.history_ = run.history
        self.n_iter_ = len(run.history)

    def _fitted_by(self, module):
        """Return the attributes that make ``module`` a fitted estimator."""
        return {
            "module_": module.eval(),
            "_n_features_out": module.n_components,
        }

    def _make_net(self, start):
        module = self._build_whole(start).to(getattr(torch, self._setting("dtype")))
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
            "use_caching": False,  # of predictions, which a loss need not have
            "verbose": self._setting("verbose") >= 2,
        }
        known = inspect.signature(self.optimizer).parameters
        for name in self._optimizer_settings.keys() & known:
            settings[f"optimizer__{name}"] = self._optimizer_settings[name]
        try:
            return Net(module, **{**settings, **(self.net_params or {})}).initialize()
        except (AttributeError, TypeError, ValueError) as error:
            raise ValueError(
                f"skorch cannot train with optimizer={self.optimizer!r}, "
                f"callbacks={self.callbacks!r} and net_params={self.net_params!r}: "
                f"{error}"
            ) from error

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
            The estimator to fit inside of this one, or a pipeline of them. Those of
            this package take the settings, all of them a ``random_state``.

        rng : RandomState
            Source of its seeds.
        """
        estimator = clone(estimator)
        params = {"": estimator, **estimator.get_params()}
        unset = {}
        for path, value in sorted(estimator.get_params().items()):
            owner, _, name = path.rpartition("__")
            is_ours = isinstance(params[owner], BaseDeepEstimator)
            if value is None and name == "random_state":
                unset[path] = _seed(rng)
            elif value is None and is_ours and name in self._defaults:
                unset[path] = getattr(self, name)
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
        return self._apply(self.module_.embed, X, X.dtype)

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
        return self._apply(self.module_.score, X, X.dtype)

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
        X = validate_rows(self, X, reset=False, dtype=self._own_dtype)
        scale = getattr(self, "_scale", None)  # older versions did not keep it
        if scale is not None:
            warn_of_new_scale(X, Scale(*scale))
        return X

    @property
    def _own_dtype(self):
        weight = next(self.module_.parameters())
        return str(weight.dtype).removeprefix("torch.")

    def _apply(self, function, X, dtype=None) -> FloatArray:
        """Return what a function of the network's gives for each row, in a dtype.

        Rows that it has no finite number for are refused.
        """
        device = next(self.module_.parameters()).device
        with default_settings(device):
            results = forward_rows(function, X, dtype=self._own_dtype, device=device)
        results = results.numpy(force=True)
        with np.errstate(over="ignore"):
            results = results.astype(dtype or results.dtype, copy=False)
        is_finite = np.isfinite(results).reshape(len(results), -1).all(axis=1)
        if not is_finite.all():
            first = is_finite.argmin()
            raise ValueError(
                f"X has {np.count_nonzero(~is_finite)} rows of which "
                f"{type(self).__name__} computes no finite number. The first is row "
                f"{first}, with absolute values up to {abs(X[[first]]).max():.8g}: "
                "leave such rows out, or replace what stands for missing values."
            )
        return results

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


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
