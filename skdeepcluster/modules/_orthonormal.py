"""Outputs made orthonormal over a batch."""

import torch
from torch import nn

# Added to the diagonal, as a share of its mean. In double precision it is enough for
# every batch that is finite and not zero to have a factor.
_JITTER = 1e-6


def orthonormal_factor(y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    r"""Matrix that makes the columns of a batch orthonormal.

    The inverse transpose of the Cholesky factor of :math:`Y^T Y / n`, in double
    precision and with a little jitter.

    Parameters
    ----------
    y : tensor of shape (n, k)
        The batch :math:`Y`.

    Returns
    -------
    factor : tensor of shape (k, k)
        :math:`O`, upper triangular, with :math:`(Y O)^T Y O = n I`. Gradients flow
        through it. Not a number if the batch is zero or not finite.

    is_deficient : tensor of shape (), dtype bool
        Whether the jitter mattered: the columns are nearly dependent.
    """
    gram = y.double().T @ y.double() / len(y)
    jitter = _JITTER * gram.diagonal().mean()
    identity = torch.eye(len(gram), dtype=gram.dtype, device=gram.device)
    lower, info = torch.linalg.cholesky_ex(gram + jitter * identity)
    lower = torch.where(info == 0, lower, torch.nan)
    factor = torch.linalg.solve_triangular(lower, identity, upper=False).T
    is_deficient = lower.diagonal().square().min() < 10 * jitter
    return factor.to(y.dtype), is_deficient


class OrthonormalLayer(nn.Module):
    """Makes its inputs orthonormal: over a batch in training, over all data later.

    Parameters
    ----------
    n_outputs : int
        Number of columns.
    """

    factor: torch.Tensor
    n_jitter: torch.Tensor

    def __init__(self, n_outputs: int):
        super().__init__()
        self.register_buffer("factor", torch.eye(n_outputs))
        # Batches in which the jitter mattered.
        self.register_buffer("n_jitter", torch.tensor(0))

    @torch.no_grad()
    def fit(self, y: torch.Tensor) -> None:
        """Keep the factor of all data for later.

        Parameters
        ----------
        y : tensor of shape (n, n_outputs)
            The outputs for all rows.
        """
        self.factor.copy_(orthonormal_factor(y)[0])

    def forward(self, y: torch.Tensor) -> torch.Tensor:
        """Make the columns orthonormal.

        Parameters
        ----------
        y : tensor of shape (batch, n_outputs)
            Outputs.

        Returns
        -------
        tensor of shape (batch, n_outputs)
            In training :math:`Y` with :math:`Y^T Y = n I`; later the outputs times the
            factor of all data.
        """
        if self.training:
            factor, is_deficient = orthonormal_factor(y)
            self.n_jitter += is_deficient
            return y @ factor
        # A sum, because small matrix products round a row by its place in the batch.
        return (y[:, :, None] * self.factor).sum(1)
