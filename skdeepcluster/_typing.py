"""Types that signatures share. None of them needs torch, as the metrics do not."""

from collections.abc import Callable, Sequence
from os import PathLike
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray

# Frames are array-like: they have __array__.
Data = ArrayLike | sp.sparray | sp.spmatrix
FloatArray = NDArray[np.floating]
CheckedData = FloatArray | sp.csr_array
Labels = NDArray[np.int32]
RandomState = int | np.random.RandomState | None

# An estimator is whatever has the methods, as in scikit-learn.
Estimator = Any

# A Bunch, or (X, y) with return_X_y=True. Their union would refuse both the one's
# attributes and the unpacking of the other.
BunchOrTuple = Any

StrPath = str | PathLike[str]

# The base of mixins, whose methods use what is in the classes that they are mixed into.
Host: Any = object

# Parameters of estimators.
Sizes = Sequence[int]
ImageShape = tuple[int, int, int]
Dtype = Literal["float32", "float64"]
Precision = Literal["bfloat16"]
Likelihood = Literal["gaussian", "bernoulli", "cosine", "multinomial"]
Augment = Callable[[Any], Any]  # of a tensor, to one of its shape
