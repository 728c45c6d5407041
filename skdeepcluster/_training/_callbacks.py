"""What a stage shows while it runs, and scikit-learn's callbacks."""

from skorch.callbacks import Callback
from skorch.callbacks.scoring import ScoringBase


class StageName(Callback):
    """Write the stage's name into each epoch's row."""

    def __init__(self, name):
        self.name = name

    def on_epoch_begin(self, net, **kwargs):
        net.history.record("stage", self.name)


class ProgressBar(Callback):
    """Move a bar by one for each epoch, with the loss beside it."""

    def __init__(self, bar):
        self.bar = bar

    def on_epoch_end(self, net, **kwargs):
        self.bar.set_postfix(loss=f"{net.history[-1]['train_loss']:.4g}", refresh=False)
        self.bar.update()


class EpochTasks(Callback):
    """Make each epoch a task of scikit-learn's callbacks.

    Parameters
    ----------
    estimator : estimator
        The estimator that is being fitted.

    context : sklearn.callback.CallbackContext
        The stage's context.

    data : dict
        The ``X`` and ``y`` that the callbacks see.
    """

    def __init__(self, estimator, context, data):
        self.estimator = estimator
        self.context = context
        self.data = data

    def begin(self):
        """Begin an epoch's task; no event, for some events' epochs have no step."""
        self.task_ = self.context.subcontext(task_name="epoch")
        self.task_.call_on_fit_task_begin(estimator=self.estimator, **self.data)

    def on_epoch_end(self, net, **kwargs):
        stop = self.task_.call_on_fit_task_end(
            estimator=self.estimator,
            **self.data,
            reconstruction_attributes=lambda: self.estimator._fitted_by(net.module_),
        )
        if stop:
            raise KeyboardInterrupt  # skorch's way to stop


def check_settings(callbacks, net_params, recorded):
    """Refuse what skorch knows and the training does not.

    Parameters
    ----------
    callbacks : list or None
        Callbacks of skorch, or pairs of a name and one.

    net_params : dict or None
        Settings of skorch's net.

    recorded : set of str
        What the method writes into the history besides the loss.
    """
    for name in net_params or {}:
        if not str(name).startswith(("optimizer__", "iterator_train", "dataset")):
            raise ValueError(
                f"net_params={net_params!r} has {name!r}, but takes optimizer__*, "
                "iterator_train__* and dataset alone: the others are the estimator's "
                "parameters, or have no use where no rows are held out."
            )
    found = [
        callback[1] if isinstance(callback, tuple) and len(callback) == 2 else callback
        for callback in callbacks or []
    ]
    scores = {
        getattr(callback, "name", None)
        for callback in found
        if isinstance(callback, ScoringBase)
    }
    for callback in found:
        if isinstance(callback, type) or not isinstance(callback, Callback):
            raise ValueError(
                f"callbacks={callbacks!r} has {callback!r}: give instances of skorch's "
                "callbacks, or pairs of a name and one."
            )
        _check_callback(callback, scores | recorded)


def _check_callback(callback, known):
    name = type(callback).__name__
    if isinstance(callback, ScoringBase):
        if not callback.on_train or not callable(callback.scoring):
            raise ValueError(
                f"callbacks has {name}(scoring={callback.scoring!r}, "
                f"on_train={callback.on_train}): no rows are held out, and there are "
                "no labels to score. Set on_train=True, and let scoring be a function "
                "of the net, which may score rows of your own by net.module_."
            )
    monitor = getattr(callback, "monitor", None)
    if monitor in ("valid_loss", "valid_loss_best") and "valid_loss" not in known:
        raise ValueError(
            f"callbacks has {name}(monitor={monitor!r}), but no rows are held out: "
            "set monitor='train_loss' (of Checkpoint 'train_loss_best'), or the name "
            "of an EpochScoring with on_train=True that stands before."
        )
