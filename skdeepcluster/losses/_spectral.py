"""The spectral loss of a batch, and the affinities it is for."""

import torch

# What float64 rounds in the squared distances, as a share of the squared norms.
_ROUNDING = 1e-14


def pairwise_squared_distances(z: torch.Tensor) -> torch.Tensor:
    r"""Squared Euclidean distances :math:`\|z_i - z_j\|^2` within a batch.

    Parameters
    ----------
    z : tensor of shape (n, d)
        Points.

    Returns
    -------
    tensor of shape (n, n)
        The squared distances, those of points that coincide exactly zero.
    """
    # |a|^2 + |b|^2 - 2 ab, many times as fast as differences of wide rows, cancels
    # where points are nearer to each other than to their mean: float64 has digits to
    # spare.
    centered = z.double()
    centered = centered - centered.mean(0)
    norms = centered.square().sum(1)
    squares = torch.addmm(
        norms[:, None] + norms, centered, centered.T, beta=1 - _ROUNDING, alpha=-2
    )
    return squares.clamp_min(0).to(z.dtype)


def neighbor_scale(squared_distances: torch.Tensor, rank: int) -> torch.Tensor:
    """Distance of each point to its neighbour of a rank.

    Parameters
    ----------
    squared_distances : tensor of shape (n, n)
        Squared distances.

    rank : int
        The rank, counted from 1, which is the point itself.

    Returns
    -------
    tensor of shape (n,)
        The distances.
    """
    return squared_distances.kthvalue(rank).values.sqrt()


def neighbor_affinity(
    squared_distances: torch.Tensor, n_neighbors: int, bandwidth: torch.Tensor
) -> torch.Tensor:
    r"""Gaussian affinity of nearest neighbours.

    .. math:: W = \tfrac12 (A + A^T), \qquad
              A_{ij} = e^{-\|z_i - z_j\|^2 / b_{ij}} \text{ for the nearest } j \neq i,
              \text{ else } 0

    Parameters
    ----------
    squared_distances : tensor of shape (n, n)
        Squared distances.

    n_neighbors : int
        Number of nearest points of each, itself counted.

    bandwidth : tensor of shape () or (n, n)
        The bandwidth :math:`b`: with one scale, :math:`2 \sigma^2`; with a scale for
        each point, :math:`\sigma_i \sigma_j`.

    Returns
    -------
    tensor of shape (n, n)
        The affinity :math:`W`; its diagonal is zero.
    """
    nearest = squared_distances.topk(n_neighbors, largest=False).indices
    tiny = torch.finfo(squared_distances.dtype).tiny  # for points that coincide
    affinity = (-squared_distances / bandwidth.clamp_min(tiny)).exp()
    affinity = torch.zeros_like(affinity).scatter(
        1, nearest, affinity.gather(1, nearest)
    )
    return (0.5 * (affinity + affinity.T)).fill_diagonal_(0)


def spectral_loss(y: torch.Tensor, affinity: torch.Tensor) -> torch.Tensor:
    r"""Spectral loss of an embedding.

    .. math:: \frac1{2n} \sum_{ij} W_{ij} \|y_i - y_j\|^2
              = \frac1n \operatorname{tr} Y^T (D - W) Y

    with :math:`D = \operatorname{diag}(W 1)`. Among the embeddings with
    :math:`Y^T Y = n I` the least value is the sum of the smallest eigenvalues of the
    Laplacian :math:`D - W`, as many as there are columns.

    Parameters
    ----------
    y : tensor of shape (n, k)
        The embedding :math:`Y`.

    affinity : tensor of shape (n, n)
        The affinity :math:`W`, symmetric.

    Returns
    -------
    tensor of shape ()
        The loss.
    """
    laplacian_y = affinity.sum(1, keepdim=True) * y - affinity @ y
    return (y * laplacian_y).sum() / len(y)


def contrastive_loss(
    near: torch.Tensor,
    far: torch.Tensor,
    near_margin: float = 0.05,
    far_margin: float = 1.0,
) -> torch.Tensor:
    r"""Contrastive loss of Siamese pairs.

    .. math:: \max(d - m_+, 0)^2 \text{ for a near pair}, \qquad
              \max(m_- - d, 0)^2 \text{ for a far one}

    Parameters
    ----------
    near, far : tensors of shape (n,)
        Distances :math:`d` of near and of far pairs.

    near_margin, far_margin : float
        The margins :math:`m_+` and :math:`m_-`.

    Returns
    -------
    tensor of shape (n,)
        The sum of the two.
    """
    return (near - near_margin).relu().square() + (far_margin - far).relu().square()
