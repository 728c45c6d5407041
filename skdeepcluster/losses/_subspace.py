"""Rows that express each other."""

import torch


def self_expression(z: torch.Tensor, ridge: float) -> tuple[torch.Tensor, torch.Tensor]:
    r"""Express codes by one another, and return what that comes to.

    The coefficients :math:`C` minimise

    .. math:: \|Z - C Z\|_F^2 + \lambda \|C\|_F^2, \qquad
              \lambda = \frac\rho d \|Z\|_F^2.

    They are :math:`C = Z A Z^\top` with :math:`A = (Z^\top Z + \lambda I)^{-1}`, so
    that :math:`C Z = Z P` with the small matrix :math:`P = A Z^\top Z`; and the minimum
    is :math:`\lambda \operatorname{tr} P`, which counts the directions that the codes
    fill.

    Parameters
    ----------
    z : tensor of shape (n, d)
        Codes :math:`Z`.

    ridge : float
        The weight :math:`\rho` of the coefficients, relative to the mean of the
        eigenvalues of :math:`Z^\top Z`.

    Returns
    -------
    A, P : tensors of shape (d, d)
        The matrices.
    """
    d = z.shape[1]
    gram = z.T @ z
    # Codes that are all zero have no eigenvalues to compare with.
    weight = (ridge / d * gram.trace()).clamp(min=torch.finfo(z.dtype).tiny)
    inverse = torch.linalg.inv(gram + weight * torch.eye(d).to(z))
    return inverse, inverse @ gram
