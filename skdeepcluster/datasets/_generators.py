"""Synthetic data on which k-means fails and deep clustering does not."""

from numbers import Real

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.datasets import make_blobs
from sklearn.utils import check_random_state
from sklearn.utils import shuffle as shuffle_arrays

from .._compat import COUNT, RANDOM_STATE, Interval, validate_params
from .._typing import RandomState

_DEVIATION = [Interval(Real, 0, None, closed="left")]
_SETTINGS = {
    "n_samples": [COUNT],
    "n_features": [COUNT],
    "shuffle": ["boolean"],
    "random_state": RANDOM_STATE,
}


@validate_params({**_SETTINGS, "cluster_std": _DEVIATION})
def make_sigmoid_blobs(
    n_samples: int = 4000,
    n_features: int = 100,
    *,
    cluster_std: float = 1.5,
    shuffle: bool = True,
    random_state: RandomState = None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Four Gaussian blobs of the plane, bent into many dimensions.

    The blobs lie at the corners of a square. A random linear map and a squared
    logistic function hide them: k-means on the features reaches a normalized mutual
    information of about 0.78, and methods that learn an embedding more than 0.9.

    Parameters
    ----------
    n_samples : int, default=4000
        Number of samples, divided as equally as possible between the four clusters.

    n_features : int, default=100
        Number of features.

    cluster_std : float, default=1.5
        Standard deviation of the blobs in the plane. The square's side is 10.

    shuffle : bool, default=True
        Whether to shuffle the samples. If False, they are ordered by cluster.

    random_state : int, RandomState instance or None, default=None
        Determines the random numbers. Pass an int for the same data at every call.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features), dtype=float64
        The samples, with values between 0 and 1.

    y : ndarray of shape (n_samples,), dtype=int64
        The cluster of each sample, 0 to 3.

    Raises
    ------
    TypeError
        If a number is of the wrong type.

    ValueError
        If `n_samples` or `n_features` is below 1, or `cluster_std` is negative.

    See Also
    --------
    make_affine_planes : Clusters that no single linear embedding separates.
    sklearn.datasets.make_blobs : The blobs themselves.

    Notes
    -----
    With :math:`c \\in \\{(10, 10), (0, 0), (10, 0), (0, 10)\\}` the corner of the
    sample's cluster, :math:`s` its standard deviation and :math:`\\sigma` the
    logistic function, applied to each component as is the square,

    .. math::

        v = c + s \\varepsilon, \\quad \\varepsilon \\sim N(0, I_2), \\qquad
        x = \\sigma(W v)^2, \\quad W_{ij} \\sim N(0, 1).

    The map is given in [1]_ and used again in [2]_; the corners and the standard
    deviation are those of the simulations published with [1]_.

    References
    ----------
    .. [1] B. Yang, X. Fu, N. D. Sidiropoulos and M. Hong, "Towards K-means-friendly
       spaces: simultaneous deep learning and clustering", International Conference
       on Machine Learning, 2017.

    .. [2] S. E. Chazan, S. Gannot and J. Goldberger, "Deep clustering based on a
       mixture of autoencoders", IEEE International Workshop on Machine Learning for
       Signal Processing, 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeepcluster.datasets import make_sigmoid_blobs
    >>> X, y = make_sigmoid_blobs(n_samples=200, random_state=0)
    >>> X.shape
    (200, 100)
    >>> np.bincount(y)
    array([50, 50, 50, 50])
    """
    rng = check_random_state(random_state)
    weights = rng.standard_normal((2, n_features))
    latent, y = make_blobs(
        n_samples,
        centers=np.array([[10, 10], [0, 0], [10, 0], [0, 10]]),
        cluster_std=cluster_std,
        shuffle=shuffle,
        random_state=rng,
    )
    return expit(latent @ weights) ** 2, y.astype(np.int64)


@validate_params(
    {
        **_SETTINGS,
        "n_planes": [COUNT],
        "plane_dim": [COUNT],
        "offset": _DEVIATION,
        "noise": _DEVIATION,
    }
)
def make_affine_planes(
    n_samples: int = 1200,
    n_features: int = 20,
    *,
    n_planes: int = 4,
    plane_dim: int = 2,
    offset: float = 0.15,
    noise: float = 0.02,
    shuffle: bool = True,
    random_state: RandomState = None,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Flat clusters that nearly meet at the origin.

    The clusters overlap in distance, so k-means fails, but each one is reconstructed
    by a linear autoencoder of its own: the simplest case for a mixture of
    autoencoders, and one with a known optimum.

    Parameters
    ----------
    n_samples : int, default=1200
        Number of samples, divided as equally as possible between the planes.

    n_features : int, default=20
        Number of features.

    n_planes : int, default=4
        Number of planes, the clusters.

    plane_dim : int, default=2
        Dimension of each plane, at most `n_features`.

    offset : float, default=0.15
        Standard deviation of each coordinate of the planes' centres. Larger is
        easier.

    noise : float, default=0.02
        Standard deviation of the noise added to each feature.

    shuffle : bool, default=True
        Whether to shuffle the samples. If False, they are ordered by plane.

    random_state : int, RandomState instance or None, default=None
        Determines the random numbers. Pass an int for the same data at every call.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features), dtype=float64
        The samples.

    y : ndarray of shape (n_samples,), dtype=int64
        The plane of each sample, 0 to ``n_planes - 1``.

    Raises
    ------
    TypeError
        If a number is of the wrong type.

    ValueError
        If a number of something is below 1, `plane_dim` is above `n_features`, or
        `offset` or `noise` is negative.

    See Also
    --------
    make_sigmoid_blobs : Clusters that one non-linear embedding separates.

    Notes
    -----
    With :math:`U_i` an orthonormal basis of a random plane and :math:`m_i` its
    centre, a sample of plane :math:`i` is

    .. math::

        x = m_i + U_i a + e, \\quad a \\sim N(0, I), \\quad
        e \\sim N(0, \\mathrm{noise}^2 I), \\qquad
        m_i \\sim N(0, \\mathrm{offset}^2 I).

    This is a linear and exact case of the model behind [1]_, where each cluster is
    near the manifold that its own autoencoder has learnt.

    References
    ----------
    .. [1] S. E. Chazan, S. Gannot and J. Goldberger, "Deep clustering based on a
       mixture of autoencoders", IEEE International Workshop on Machine Learning for
       Signal Processing, 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from skdeepcluster.datasets import make_affine_planes
    >>> X, y = make_affine_planes(n_samples=100, noise=0, shuffle=False)
    >>> X.shape
    (100, 20)
    >>> plane = X[y == 0]
    >>> np.linalg.matrix_rank(plane - plane.mean(axis=0)).item()
    2
    """
    if plane_dim > n_features:
        raise ValueError(
            f"plane_dim={plane_dim} should be <= n_features={n_features}: lower the "
            "one, or raise the other."
        )
    rng = check_random_state(random_state)
    y = np.sort(np.arange(n_samples) % n_planes)
    X = noise * rng.standard_normal((n_samples, n_features))
    for plane in range(n_planes):
        members = y == plane
        basis, _ = np.linalg.qr(rng.standard_normal((n_features, plane_dim)))
        centre = offset * rng.standard_normal(n_features)
        X[members] += centre + rng.standard_normal((members.sum(), plane_dim)) @ basis.T
    if shuffle:
        X, y = shuffle_arrays(X, y, random_state=rng)
    return X, y
