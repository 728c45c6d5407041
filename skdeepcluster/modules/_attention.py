"""Attention over the layers of an encoder."""

import torch
from torch import nn

from .._typing import Sizes


class VariationalAttention(nn.Module):
    r"""A normal distribution for what attention gathers from the layers of a network.

    Layer :math:`l` becomes a token :math:`t_l`, a linear map of its units, or of the
    means over the places of its feature maps. The last layer asks: with linear maps
    :math:`q` of it and :math:`k_l` of the tokens,

    .. math:: \alpha = \operatorname{softmax}_l (q^T k_l / \sqrt D), \qquad
              m = \sum_l \alpha_l t_l,

    and a small network makes the logarithms of the variances of the mean :math:`m`.

    Parameters
    ----------
    widths : sequence of int
        Units of the layers, or channels of their feature maps.

    n_components : int
        Width :math:`D` of the tokens.

    References
    ----------
    Bahuleyan, H., Mou, L., Vechtomova, O., Poupart, P. (2018). Variational attention
    for sequence-to-sequence models. COLING.
    """

    def __init__(self, widths: Sizes, n_components: int):
        super().__init__()
        self.tokens = nn.ModuleList(nn.Linear(width, n_components) for width in widths)
        self.query = nn.Linear(widths[-1], n_components, bias=False)
        self.key = nn.Linear(n_components, n_components, bias=False)
        self.log_var = nn.Sequential(
            nn.Linear(n_components, n_components),
            nn.Tanh(),
            nn.Linear(n_components, n_components),
        )

    def forward(self, layers: list[torch.Tensor]) -> torch.Tensor:
        """Attend to layers.

        Parameters
        ----------
        layers : list of tensor of shape (batch, width) or (batch, width, rows, columns)
            The outputs of the layers, the first one's first.

        Returns
        -------
        tensor of shape (batch, 2 * n_components)
            Means, and then logarithms of variances.
        """
        units = [h.flatten(2).mean(2) if h.ndim == 4 else h for h in layers]
        pairs = zip(self.tokens, units, strict=True)
        tokens = torch.stack([token(h) for token, h in pairs], 1)
        match = (self.key(tokens) * self.query(units[-1])[:, None]).sum(2)
        attention = (match / tokens.shape[2] ** 0.5).softmax(1)
        mean = (attention[:, :, None] * tokens).sum(1)
        return torch.cat([mean, self.log_var(mean)], 1)
