"""What the data sets of images share: rows of pixels between 0 and 1."""

import numpy as np
from sklearn.utils import Bunch

from ._openml import fetch_numbers


def fetch_images(image_set, *, subset, return_X_y, **fetching):
    """Return images of a data set, which is downloaded if it is missing."""
    pixels, target = fetch_numbers(image_set, subset=subset, **fetching)
    low, high = (image_set.unit * limit for limit in image_set.limits)
    data = pixels.astype(np.float32)
    data -= low
    data /= high - low
    if return_X_y:
        return data, target
    _, height, width = image_set.shape
    return Bunch(
        data=data,
        target=target,
        feature_names=[f"pixel_{i}_{j}" for i in range(height) for j in range(width)],
        target_names=list(image_set.target_names),
        image_shape=image_set.shape,
        DESCR=image_set.descr,
    )
