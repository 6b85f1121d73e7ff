"""DeepFM: all pairs of categories at once, through products of their vectors.

For: tables made of categories with many values, sparse pairs among them (clicks, purchases).
Input: codes (rows, c) int64, each column numbered on its own from 0.
Output: (rows,) float32, one logit or value.
Parameters: 5,921 of `FactorizationMachine(sizes=[40, 300, 12])`.
Source: Rendle 2010, "Factorization Machines"; Guo et al. 2017, "DeepFM".
Data: table
When: rows 5000..; distinct 50..; classes ..2
Problems: binary, regression
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class FactorizationMachine(nn.Module):
    """A weight a value, a product a pair, and a perceptron on the same vectors."""

    starts: Tensor

    def __init__(self, sizes: Sequence[int], *, size: int = 10, width: int = 64) -> None:
        super().__init__()
        starts = torch.tensor([0, *sizes[:-1]]).cumsum(0)
        self.register_buffer("starts", starts)
        self.weights = nn.Embedding(sum(sizes), 1)
        self.vectors = nn.Embedding(sum(sizes), size)
        nn.init.normal_(self.vectors.weight, std=0.1)
        self.deep = nn.Sequential(
            nn.Linear(len(sizes) * size, width), nn.ReLU(), nn.Dropout(0.2), nn.Linear(width, 1)
        )

    def forward(self, codes: Tensor) -> Tensor:
        """From (rows, c) to (rows,)."""
        places = codes + self.starts
        vectors = self.vectors(places)
        # (a + b + c)^2 - (a^2 + b^2 + c^2) = 2 (ab + ac + bc)
        pairs = (vectors.sum(1).square() - vectors.square().sum(1)).sum(1) / 2
        return self.weights(places).sum((1, 2)) + pairs + self.deep(vectors.flatten(1)).squeeze(1)
