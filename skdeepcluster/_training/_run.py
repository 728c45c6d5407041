"""What an algorithm sees while it trains."""

import math
from functools import cached_property
from types import SimpleNamespace

import numpy as np
import torch
from skorch.callbacks import LRScheduler
from torch.nn.functional import nll_loss
from torch.optim.lr_scheduler import LambdaLR

from .._data import Rows, forward_rows, to_device
from ._callbacks import EpochTasks, ProgressBar, StageName
from ._host import generator_states, set_generator_states
from ._journal import restore, rng_state, set_rng_state, state_of
from ._progress import progress_bar

_CHECKED_ROWS = 256


class Run:
    """One fit: the module, the data, and the stages that train the one on the other.

    Parameters
    ----------
    estimator : estimator
        The estimator that is being fitted.

    net : Net
        The initialized net around the module.

    X : ndarray, memmap or CSR matrix of shape (n_samples, n_features)
        The validated data.

    y : array-like or None
        Shown to scikit-learn's callbacks, for nothing else.

    context : sklearn.callback.CallbackContext
        The fit's context.

    start : Start
        What the fit starts from.

    rng : RandomState
        The source of seeds for scikit-learn's estimators.

    journal : Journal
        What keeps the fit's state on disk.

    Attributes
    ----------
    module : torch.nn.Module
        The module in training.

    history : list of dict
        One row for each epoch so far.

    state : SimpleNamespace
        What else an algorithm changes in its stages, such as targets: numbers,
        tensors, and what has a ``state_dict``. The journal keeps it.
    """

    def __init__(self, estimator, net, X, y, context, start, rng, journal):
        self.estimator = estimator
        self.net = net
        self.X = X
        self.data = {"X": X, "y": y}
        self.context = context
        self.start = start
        self.rng = rng
        self.journal = journal
        self.state = SimpleNamespace()
        self.history = list(start.history)

    @property
    def module(self):
        return self.net.module_

    @cached_property
    def own_rows(self):
        """The rows of the fit, held once for all that asks for them."""
        return self.net.get_dataset(self.X)

    def _held(self, X):
        """Return the rows of the fit if ``X`` stands for them, else ``X``."""
        return self.own_rows if X is None or X is self.X else X

    @property
    def n_batches(self):
        """Number of batches in a pass over the rows."""
        return -(-self.X.shape[0] // self.net.batch_size)

    @property
    def n_steps(self):
        """Number of batches in an epoch."""
        return self.estimator.steps_per_epoch or self.n_batches

    def stage(
        self,
        name,
        loss,
        max_epochs,
        *,
        X=None,
        groups=None,
        parameters=None,
        lr_factor=None,
        refresh=None,
        interval=None,
        after_step=None,
    ):
        """Train the module with a new optimizer.

        Parameters
        ----------
        name : str
            The stage's name in ``history`` and beside the progress bar.

        loss : callable
            From a batch (batch, n_features) and its row numbers (batch,), both on the
            device, to a dict of named terms, whose sum is minimised.

        max_epochs : int
            Number of epochs, at most.

        X : ndarray, memmap, CSR matrix or tensor (n_samples, ...), default=None
            What the batches hold, such as codes of the rows; None means the rows, as
            the estimator's ``augment`` varies them.

        groups : tuple of ndarray of shape (n_samples,) and int, default=None
            Groups 0, 1, ... of the rows, and their number. A batch then has equally
            many rows of each group, one group after the other, drawn with replacement
            (of all rows for an empty group).

        parameters : iterable of Parameter, default=None
            What is trained; None means everything that the module holds.

        lr_factor : callable, default=None
            From the number of epochs done to a factor of the learning rate, which is
            then in ``history`` as "lr". A :class:`skorch.callbacks.LRScheduler` among
            the user's callbacks takes its place: two would work against each other.

        refresh : callable, default=None
            Called before the first batch and then every ``interval`` batches; the
            stage ends when it returns True.

        interval : int, default=None
            Number of batches between refreshes; None means those of an epoch or of a
            pass over the rows, whichever are more.

        after_step : callable, default=None
            Called with the batch and its row numbers after each step.
        """
        if max_epochs == 0:
            return
        self.labels, self.n_quiet = None, 0
        estimator, net = self.estimator, self.net
        step = self.journal.step(f"{type(estimator).__name__} {name}")
        saved = step.load()
        if saved is not None:
            self._restore(saved)
            if saved["place"] is None:
                return
        context = self.context.subcontext(task_name=name, max_subtasks=max_epochs)
        context.call_on_fit_task_begin(estimator=estimator, **self.data)
        users = net.callbacks_
        is_users = any(isinstance(callback, LRScheduler) for _, callback in users)
        tasks = EpochTasks(estimator, context, self.data)
        n_done = 0 if saved is None else len(saved["place"]["history"])
        n_left = max_epochs - n_done
        bar = progress_bar(step.title, n_left, disable=estimator.verbose != 1)
        net.callbacks_ = [
            ("stage_name", StageName(name)),
            *([("lr", _schedule(lr_factor))] if lr_factor and not is_users else []),
            ("progress_bar", ProgressBar(bar)),
            ("epoch_tasks", tasks),
            *users,  # last, because one that stops hides the epoch from those after it
        ]

        def keep():
            if self.journal.is_due(len(net.history)):
                self._save(step, net.place)

        try:
            with bar:
                net.stage(
                    net.get_dataset(self._held(X)),
                    loss,
                    max_epochs,
                    steps_per_epoch=estimator.steps_per_epoch,
                    augment=estimator.augment if X is None else None,
                    groups=groups,
                    parameters=parameters,
                    refresh=refresh,
                    interval=interval,
                    after_step=after_step,
                    before_epoch=tasks.begin,
                    after_epoch=keep,
                    place=saved and saved["place"],
                )
        finally:
            net.callbacks_ = users
        # The losses are those before each step: the last step has yet to be seen.
        scores = self.map(self.module.score, self.X[:_CHECKED_ROWS])
        net.check_finite(-scores.mean().item())
        self.history += [_row(epoch) for epoch in net.history if "train_loss" in epoch]
        context.call_on_fit_task_end(estimator=estimator, **self.data)
        self._save(step)

    def _save(self, step, place=None):
        """Keep what the stage has come to; no place in it means its end."""
        step.save(
            place=place,
            module=self.module.state_dict(),
            history=self.history,
            labels=None if self.labels is None else torch.from_numpy(self.labels),
            n_quiet=self.n_quiet,
            state=state_of(vars(self.state)),
            rng=rng_state(self.rng),
            generators=generator_states(torch.device(self.net.device)),
        )

    def _restore(self, saved):
        self.module.load_state_dict(saved["module"])
        self.history = saved["history"]
        self.labels = None if saved["labels"] is None else saved["labels"].numpy()
        self.n_quiet = saved["n_quiet"]
        for name, value in saved["state"].items():
            if isinstance(value, torch.Tensor):
                saved["state"][name] = value.to(self.net.device)
        restore(self.state, saved["state"])
        set_rng_state(self.rng, saved["rng"])
        set_generator_states(torch.device(self.net.device), saved["generators"])

    def opponent_step(self, loss):
        """Take a step of the stage's optimizer on a loss of the other side.

        Before or after the step of the stage's own loss. Weights without a gradient
        stay as they are: one optimizer serves two sides, if the loss of each depends on
        its own weights alone.

        Parameters
        ----------
        loss : callable
            Returns a dict of named terms, whose sum is minimised.

        Returns
        -------
        dict of tensor
            The terms before the step.
        """
        return self.net.take_step(loss)

    def learn_labels(
        self, name, log_probabilities, labels, max_epochs, *, X, parameters
    ):
        """Train a network to give labels, until each row's is more likely than not.

        That it is the likeliest is not enough: of probabilities that are nearly even,
        what is trained next may make anything.

        Parameters
        ----------
        name : str
            The stage's name.

        log_probabilities : callable
            From a batch of ``X`` to the network's log-probabilities of the clusters
            (batch, n_clusters).

        labels : ndarray of shape (n_samples,)
            The labels.

        max_epochs : int
            Number of epochs, at most.

        X : ndarray or tensor of shape (n_samples, ...)
            What the batches hold.

        parameters : iterable of Parameter
            What is trained.
        """
        labels = torch.from_numpy(labels).long().to(self.net.device)

        def cross_entropy(x, i):
            return {"cross_entropy": nll_loss(log_probabilities(x), labels[i])}

        def refresh():
            log_q = self.map(log_probabilities, X).gather(1, labels[:, None])
            return bool((log_q > -math.log(2)).all())

        self.stage(
            name, cross_entropy, max_epochs, X=X, parameters=parameters, refresh=refresh
        )

    def record(self, **values):
        """Write values into the current epoch's row of the history."""
        for name, value in values.items():
            self.net.history.record(name, value)

    def settled(self, labels, *, tol, patience):
        """Record the clusters in use and the labels that changed since the last call.

        Parameters
        ----------
        labels : ndarray of shape (n_samples,)
            The labels now.

        tol : float
            Share of rows whose label may change while the labels are called quiet.

        patience : int
            Number of quiet calls in a row that make the labels settled.

        Returns
        -------
        bool
            Whether the labels have settled.
        """
        self.record(n_used_clusters=len(np.unique(labels)))
        if self.labels is not None:
            changed = float(np.mean(labels != self.labels))
            self.record(label_change=changed)
            self.n_quiet = self.n_quiet + 1 if changed <= tol else 0
        self.labels = labels
        return self.n_quiet >= patience

    def map(self, function, X=None):
        """Apply ``function`` to all rows, in evaluation mode and without gradients.

        Parameters
        ----------
        function : callable
            From a batch (batch, n_features) to a tensor with one row for each.

        X : ndarray, memmap, CSR matrix or tensor (n_samples, n_features), default=None
            The rows; None means those of the fit.

        Returns
        -------
        tensor of shape (n_samples, ...)
            The results, on the device.
        """
        was_training = self.module.training
        self.module.eval()
        result = forward_rows(
            function,
            self._held(X),
            dtype=self.net.dataset__dtype,
            device=self.net.device,
        )
        self.module.train(was_training)
        return result

    def rows(self, i, X=None):
        """Return the rows with the numbers ``i``, a tensor on the device.

        Parameters
        ----------
        i : ndarray or tensor of int
            The numbers.

        X : ndarray, memmap, CSR matrix or tensor (n_samples, ...), default=None
            What to take them from, such as what :meth:`map` returned; None means the
            data of the fit.

        Returns
        -------
        tensor of shape (len(i), ...)
            The rows.
        """
        rows = self._held(X)
        if not isinstance(rows, Rows):
            rows = Rows(rows, dtype=self.net.dataset__dtype)
        return to_device(rows.take(i), self.net.device)

    def embed(self):
        """Return the embedding of all rows, an ndarray (n_samples, n_components)."""
        return self.map(self.module.embed).numpy(force=True)


def _schedule(lr_factor):
    return LRScheduler(LambdaLR, lr_lambda=lr_factor, event_name="lr")


def _row(epoch):
    """Return an epoch's row of the history without skorch's own entries."""
    row = {k: v for k, v in epoch.items() if k != "batches" and not k.endswith("_best")}
    row["seconds"] = row.pop("dur")
    return {"stage": row.pop("stage"), "epoch": row.pop("epoch"), **row}
