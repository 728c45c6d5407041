"""Self-training as DEC and IDEC do it."""

from numbers import Integral, Real

import torch

from .._compat import Interval
from ..losses import kl_divergence, student_t_log_assignment, target_distribution
from ._base import BaseCentroidClusterer, CentroidModule


class SelfTrainingModule(CentroidModule):
    """Student-t assignments to the centers."""

    def __init__(self, autoencoder, n_clusters, dof):
        super().__init__(autoencoder, n_clusters)
        self.dof = dof

    def assign_embedded(self, z):
        return student_t_log_assignment(z, self.centers, self.dof)

    def assign(self, x):
        return self.assign_embedded(self.embed(x))

    def clustering_loss(self, z, p):
        """KL divergence from the assignments of z to the target p, a mean."""
        return kl_divergence(p, self.assign_embedded(z)).mean()


class BaseSelfTraining(BaseCentroidClusterer):
    """A clusterer that sharpens its own assignments.

    A subclass has ``_loss(module, x, p)``: the terms of the loss for a batch and its
    targets.
    """

    _parameter_constraints: dict = {
        **BaseCentroidClusterer._parameter_constraints,
        "dof": [Interval(Real, 0, None, closed="neither")],
        "update_interval": [Interval(Integral, 1, None, closed="left"), None],
    }

    def _begin(self, run, rng):
        self._place_centers(run)
        # At first, the target is the start.
        centers = run.module.centers
        target = torch.eye(len(centers)).to(centers)[run.start.labels]
        self._learn_start(run, lambda x, i: self._loss(run.module, x, target[i]))

    def _train(self, run, rng):
        module, state = run.module, run.state

        def loss(x, i):
            return self._loss(module, x, state.target[i])

        def refresh():
            log_q = run.map(module.assign)
            state.target = target_distribution(log_q)
            labels = log_q.argmax(1).numpy(force=True)
            return run.settled(labels, tol=self.tol, patience=self.patience)

        run.stage(
            "cluster",
            loss,
            self.max_epochs,
            refresh=refresh,
            interval=self.update_interval or self._interval(run),
        )
