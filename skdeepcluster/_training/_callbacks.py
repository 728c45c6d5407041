"""What a stage shows while it runs, and scikit-learn's callbacks."""

from skorch.callbacks import Callback


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
