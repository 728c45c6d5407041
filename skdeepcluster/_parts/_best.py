"""The best weights of a training, or of several."""

import copy
import math


class BestWeights:
    """The weights with the lowest loss so far, and how many losses ago they were.

    A part of ``run.state``, so that a fit that is cut off has them.
    """

    def __init__(self, module, tol=0.0):
        self.module = module
        self.tol = tol
        self.loss = math.inf
        self.age = 0
        self.weights = module.state_dict()

    def update(self, loss):
        self.age += 1
        if loss < self.loss - self.tol:
            self.loss, self.age = loss, 0
            self.weights = copy.deepcopy(self.module.state_dict())

    def restore(self):
        self.module.load_state_dict(self.weights)

    def state_dict(self):
        return {"loss": self.loss, "age": self.age, "weights": self.weights}

    def load_state_dict(self, state):
        vars(self).update(state)
