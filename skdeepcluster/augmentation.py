"""Random variants of rows, which a clustering should not depend on."""

import math
from numbers import Real

import torch
from sklearn.base import BaseEstimator
from torch.nn.functional import affine_grid, grid_sample

from ._compat import Interval
from ._parts import check_image_shape
from ._typing import ImageShape

__all__ = ["RandomAffine"]


class RandomAffine(BaseEstimator):
    r"""Turn and move images, each in its own way.

    For the parameter ``augment`` of the estimators, which calls it with each batch in
    training.

    Parameters
    ----------
    image_shape : tuple of int (channels, height, width)
        Shape of the image that each row holds.

    degrees : float, default=10.0
        Largest angle of a turn, to either side, in degrees.

    translate : float, default=0.1
        Largest move, to either side, as a share of the width and of the height.

    Notes
    -----
    Angle and move are uniform between their bounds. Pixels are interpolated
    bilinearly; those from beyond the border are 0, so that is what the background
    should be. All are drawn by torch's global generator of the batch's device, which an
    estimator seeds in its fit.

    Any other function of a batch takes its place, such as a transform of torchvision
    or kornia between two reshapes.

    Examples
    --------
    >>> import torch
    >>> from skdeepcluster.augmentation import RandomAffine
    >>> augment = RandomAffine((1, 8, 8), degrees=20)
    >>> augment(torch.ones(5, 64)).shape
    torch.Size([5, 64])
    """

    _parameter_constraints: dict = {
        "image_shape": [tuple, list],
        "degrees": [Interval(Real, 0, 180, closed="both")],
        "translate": [Interval(Real, 0, 1, closed="both")],
    }

    def __init__(
        self,
        image_shape: ImageShape,
        degrees: float = 10.0,
        translate: float = 0.1,
    ):
        self.image_shape = image_shape
        self.degrees = degrees
        self.translate = translate

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Return a variant of each image.

        Parameters
        ----------
        x : tensor of shape (batch, n_features)
            Images, one in each row.

        Returns
        -------
        tensor of shape (batch, n_features)
            The variants, in the dtype of ``x``.

        Raises
        ------
        ValueError
            If a parameter is not as it should be, or rows do not have as many features
            as an image has pixels.
        """
        self._validate_params()
        check_image_shape(self.image_shape, x.shape[1])

        def draw(largest, *size):
            return x.new_empty(len(x), *size).uniform_(-largest, largest)

        angle = draw(math.radians(self.degrees))
        cos, sin = angle.cos(), angle.sin()
        # The image lies in [-1, 1], so its width is 2.
        move = draw(2 * self.translate, 2, 1)
        turn = torch.stack([cos, -sin, sin, cos], 1).unflatten(1, (2, 2))
        images = x.reshape(-1, *self.image_shape)
        grid = affine_grid(
            torch.cat([turn, move], 2), list(images.shape), align_corners=False
        )
        return grid_sample(images, grid, align_corners=False).flatten(1)
