"""Perceptron with batch normalisation and dropout: the plain network for tables.

For: a first network on standardised numbers and one-hot categories, before anything finer.
Input: rows (rows, features) float32, standardised, no gaps.
Output: (rows, outputs) float32, logits or values.
Parameters: 11,459 of `Perceptron(features=16, outputs=3)`.
Source: Ioffe and Szegedy 2015, "Batch Normalization"; Srivastava et al. 2014, "Dropout".
Data: table
When: rows 200..; columns ..2000
Merit: 1
"""

from torch import Tensor, nn


class Perceptron(nn.Module):
    """Blocks of a linear layer, normalisation over the batch, a bend and dropout."""

    def __init__(
        self, features: int, outputs: int, *, width: int = 96, layers: int = 2, dropout: float = 0.2
    ) -> None:
        super().__init__()
        blocks: list[nn.Module] = [nn.BatchNorm1d(features)]
        for place in range(layers):
            before = features if place == 0 else width
            # The normalisation shifts by itself, so the linear layer needs no offset.
            blocks += [nn.Linear(before, width, bias=False), nn.BatchNorm1d(width)]
            blocks += [nn.ReLU(), nn.Dropout(dropout)]
        self.body = nn.Sequential(*blocks)
        self.head = nn.Linear(width, outputs)

    def forward(self, rows: Tensor) -> Tensor:
        """From (rows, features) to (rows, outputs); while learning a batch needs two rows."""
        return self.head(self.body(rows))
