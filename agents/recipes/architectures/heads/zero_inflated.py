"""A head for amounts that are mostly zero: whether there is one, and how large it is.

For: sales, claims and rainfall: never negative, many exact zeros, a long tail.
Input: vectors (rows, size) float32 of any body; amounts (rows,) float32, zero or more.
Output: (rows,) float32, the expected amount; `loss` for learning.
Parameters: 99 of `ZeroInflatedHead(size=32)`.
Source: Wang, Liu and Miao 2019, "A Deep Probabilistic Model for Customer Lifetime Value Prediction"
    (zero-inflated lognormal).
Data: head
When: tail 8..
Problems: regression
"""

import math

import torch
from torch import Tensor, nn


class ZeroInflatedHead(nn.Module):
    """A probability, and mean and spread of the logarithm of what is not zero."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.layer = nn.Linear(size, 3)

    def forward(self, vectors: Tensor) -> Tensor:
        """From (rows, size) to (rows,)."""
        some, middle, spread = self.parts(vectors)
        return torch.sigmoid(some) * torch.exp(middle + spread.square() / 2)

    def parts(self, vectors: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """A logit, the mean of the logarithm, and its spread within sane bounds, (rows,) each."""
        some, middle, spread = self.layer(vectors).unbind(dim=1)
        return some, middle, 0.05 + 2.5 * torch.sigmoid(spread)

    def loss(self, vectors: Tensor, amounts: Tensor) -> Tensor:
        """Mean negative logarithm of the likelihood."""
        some, middle, spread = self.parts(vectors)
        there = (amounts > 0).float()
        whether = nn.functional.binary_cross_entropy_with_logits(some, there)
        logarithms = torch.log(amounts.clamp(min=1e-6))
        misses = ((logarithms - middle) / spread).square() / 2
        how_much = misses + logarithms + spread.log() + math.log(2 * math.pi) / 2
        return whether + (there * how_much).mean()
