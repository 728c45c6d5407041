"""The one skorch net, whose loss may change from stage to stage."""

import math

import torch
from skorch import NeuralNet
from skorch.callbacks import Callback
from skorch.utils import TeeGenerator

from .._data import (
    EndlessBatches,
    GroupedBatches,
    Rows,
    ShuffledBatches,
    to_device,
    whole_batch,
)
from ._host import generator_states, interrupts_later, set_generator_states
from ._journal import restore, state_of

# Few callbacks care for batches, and a batch of a small network is soon done.
_BATCH_EVENTS = ("on_batch_begin", "on_grad_computed", "on_batch_end")


class StopStage(Exception):
    """A callback asked to end the current stage."""


class Net(NeuralNet):
    """skorch's training loop over batches of rows, one stage after another.

    A stage has its own loss, parameters, optimizer and history. The loop is leaner
    than skorch's: it runs the callbacks on every event, but leaves the losses on
    the device until the epoch's end and keeps no record per batch.
    """

    chosen_ = None  # the stage's parameters by identity; None: all of the module's

    def stage(
        self,
        rows,
        loss,
        max_epochs,
        *,
        steps_per_epoch,
        augment,
        groups,
        parameters,
        refresh,
        interval,
        after_step,
        before_epoch,
        after_epoch,
        place,
    ):
        """Train for ``max_epochs``, or until ``refresh`` or a callback stops it.

        Takes the arguments of :meth:`Run.stage`, with ``X`` as :class:`Rows`, those of
        the estimator on its batches; ``before_epoch``, which is called when it is
        certain that an epoch has a step, and ``after_epoch``; and the ``place`` to go
        on from, if any.
        """
        self.loss_, self.after_step_, self.groups_ = loss, after_step, groups
        self.steps_per_epoch_, self.augment_ = steps_per_epoch, augment
        self.refresh_, self.interval_ = refresh, interval
        self.before_epoch_, self.after_epoch_ = before_epoch, after_epoch
        self.chosen_ = None if parameters is None else {id(p) for p in parameters}
        self.n_batches_ = 0
        self.initialize_optimizer()
        # LRScheduler takes the history's length for the epoch to resume from.
        self.initialize_history()
        for _, callback in self.callbacks_:
            callback.initialize()
        self.listened_to_ = {
            event
            for event in _BATCH_EVENTS
            for _, callback in self.callbacks_
            if getattr(getattr(callback, event), "__func__", None)
            is not getattr(Callback, event)
        }
        self.notify("on_train_begin", X=rows.X, y=None)
        try:
            self.fit_loop(rows, epochs=max_epochs, place=place)
        except StopStage:
            pass
        finally:
            # They hold the run, which holds the net: a cycle that outlives the fit.
            self.loss_ = self.refresh_ = self.after_step_ = self.batches_ = None
            self.before_epoch_ = self.after_epoch_ = None
        self.notify("on_train_end", X=rows.X, y=None)

    def get_all_learnable_params(self):
        """Yield the stage's parameters with their names."""
        for name, parameter in self.module_.named_parameters():
            if self.chosen_ is None or id(parameter) in self.chosen_:
                yield name, parameter

    def notify(self, method_name, **kwargs):
        """Call the callbacks; one that stops, as EarlyStopping does, ends the stage."""
        if method_name in _BATCH_EVENTS and method_name not in self.listened_to_:
            return
        if method_name != "on_epoch_end":
            super().notify(method_name, **kwargs)
            return
        # At an epoch's end skorch's callbacks stop by what Ctrl-C raises, too: the
        # user's must go through.
        with interrupts_later():
            try:
                super().notify(method_name, **kwargs)
            except KeyboardInterrupt:
                raise StopStage from None

    def get_dataset(self, X, y=None):
        """Return the rows of ``X``, if it is not such rows.

        They are held on the net's device, unless a user has settings for the loader,
        such as ``num_workers`` or ``pin_memory``: those are for batches of the CPU.
        """
        if isinstance(X, Rows):
            return X
        device = "cpu" if self.get_params_for("iterator_train") else self.device
        return self.dataset(X, y, device=device, **self.get_params_for("dataset"))

    def get_iterator(self, dataset, training=False):
        """Return the loader of whole random batches."""
        seed = torch.randint(2**31, (), device="cpu").item()
        generator = torch.Generator("cpu").manual_seed(seed)
        settings = (self.batch_size, generator, dataset.device)
        if self.groups_ is None:
            batches = ShuffledBatches(len(dataset), *settings)
        else:
            batches = GroupedBatches(*self.groups_, *settings)
        return self.iterator_train(
            dataset,
            batch_sampler=batches,
            collate_fn=whole_batch,
            **self.get_params_for("iterator_train"),
        )

    @property
    def place(self):
        """Where the stage is, for another one to go on from."""
        return {
            "history": [{**epoch, "batches": []} for epoch in self.history],
            "optimizer": self.optimizer_.state_dict(),
            "batches": self.batches_.place,
            "n_batches": self.n_batches_,
            # What is not a parameter ends with an underscore.
            "callbacks": [
                state_of({k: v for k, v in vars(callback).items() if k.endswith("_")})
                for _, callback in self.callbacks_
            ],
            "generators": generator_states(torch.device(self.device)),
        }

    def go_to(self, place):
        """Go on from a place; the module is the caller's."""
        self.history.extend(place["history"])
        self.optimizer_.load_state_dict(place["optimizer"])
        self.batches_.go_to(place["batches"])
        self.n_batches_ = place["n_batches"]
        for (_, callback), state in zip(
            self.callbacks_, place["callbacks"], strict=True
        ):
            restore(callback, state)
        # Last: to begin a pass draws from them.
        set_generator_states(torch.device(self.device), place["generators"])

    def fit_loop(self, X, y=None, epochs=None, place=None, **fit_params):
        """Run the epochs of a stage."""
        dataset = self.get_dataset(X)
        iterator = self.get_iterator(dataset, training=True)
        # An epoch goes on where the one before it left the rows.
        self.batches_ = EndlessBatches(iterator)
        if place is not None:
            self.go_to(place)
        for _ in range(len(self.history), epochs):
            # Each time: a callback may have looked at the model's predictions.
            self._set_training(True)
            self.notify("on_epoch_begin", dataset_train=dataset, dataset_valid=None)
            stopped = self.run_single_epoch(
                iterator, training=True, prefix="train", step_fn=self.train_step
            )
            if "train_loss" in self.history[-1]:
                self.notify("on_epoch_end", dataset_train=dataset, dataset_valid=None)
            if stopped:
                break
            self.after_epoch_()
        return self

    def run_single_epoch(self, iterator, training, prefix, step_fn, **fit_params):
        """Take a step for each batch; return whether ``refresh`` stopped the stage."""
        n_steps = self.steps_per_epoch_ or len(iterator)
        interval = self.interval_ or max(n_steps, len(iterator))
        sums, n_rows, stopped = {}, 0, False
        for batch in self.batches_.take(n_steps):
            if self.refresh_ and self.n_batches_ % interval == 0:
                stopped = self.refresh_()
                if stopped:
                    break
            if not n_rows:
                self.before_epoch_()
            self.n_batches_ += 1
            # Checkpoint looks for one in each epoch.
            if self.listened_to_ or not n_rows:
                self.history.new_batch()
            self.notify("on_batch_begin", batch=batch, training=training)
            terms = step_fn(batch)
            size = len(batch[1])
            n_rows += size
            if self.listened_to_:
                self.history.record_batch("train_batch_size", size)
            self.notify(
                "on_batch_end", batch=batch, training=training, y_pred=None, **terms
            )
            for name, term in terms.items():
                if name in sums:
                    sums[name].add_(term, alpha=size)
                else:
                    sums[name] = term * size
        if n_rows:
            self.record_losses({k: total.item() / n_rows for k, total in sums.items()})
        return stopped

    def record_losses(self, terms):
        """Write the means of the loss's terms into the history."""
        loss = math.fsum(terms.values())
        self.check_finite(loss)
        self.history.record("train_loss", loss)
        best = min(epoch["train_loss"] for epoch in self.history)
        self.history.record("train_loss_best", loss <= best)
        if len(terms) > 1:
            for name, mean in terms.items():
                self.history.record(name, mean)

    def check_finite(self, loss):
        """Refuse a loss that is infinite or not a number."""
        if not math.isfinite(loss):
            raise ValueError(
                f"The loss is {loss} in epoch {len(self.history)}, with "
                f"lr={self.lr}. Scale the features of X to a similar range of about "
                "one (MinMaxScaler or StandardScaler), or lower lr."
            )

    def train_step(self, batch, **fit_params):
        """Take the optimizer's step for one batch; return the terms of the loss."""
        x, i = (to_device(tensor, self.device) for tensor in batch)
        if self.augment_ is not None:
            x = self.augment_(x)
        terms = self.take_step(lambda: self.loss_(x, i), batch)
        if self.after_step_:
            self.after_step_(x, i)
        return terms

    def take_step(self, loss, batch=None):
        """Take the optimizer's step for a loss; return its terms."""
        steps = []

        def closure():
            terms = loss()
            self.optimizer_.zero_grad()
            total = sum(terms.values())
            total.backward()
            self.notify(
                "on_grad_computed",
                named_parameters=TeeGenerator(self.get_all_learnable_params()),
                batch=batch,
                training=True,
            )
            steps.append({name: term.detach() for name, term in terms.items()})
            return total

        self.optimizer_.step(closure)
        return steps[0]  # some optimizers, such as LBFGS, look more than once
