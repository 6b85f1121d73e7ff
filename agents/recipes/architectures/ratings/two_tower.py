"""Two towers: a vector for each side of a pair, answered by their product.

For: ratings, clicks or matches of users and items, with features of either side or none.
Input: left and right (rows,) int64, 0 for unknown; left_facts (rows, a) and right_facts (rows, b)
    float32, standardised (a or b may be 0).
Output: (rows,) float32, one value or logit.
Parameters: 6,521 of `TwoTower(lefts=100, rights=60, left_facts=3, right_facts=2)`.
Source: Covington, Adams and Sargin 2016, "Deep Neural Networks for YouTube Recommendations";
    Koren, Bell and Volinsky 2009, "Matrix Factorization" (the offsets).
Data: ratings
When: rows 1000..
Merit: 3
"""

import torch
from torch import Tensor, nn


class TwoTower(nn.Module):
    """What both are like, how generous the one is, and how liked the other."""

    def __init__(
        self, lefts: int, rights: int, left_facts: int, right_facts: int, *, size: int = 24
    ) -> None:
        super().__init__()
        self.left = Tower(lefts, left_facts, size)
        self.right = Tower(rights, right_facts, size)
        self.middle = nn.Parameter(torch.zeros(()))

    def forward(
        self, left: Tensor, right: Tensor, left_facts: Tensor, right_facts: Tensor
    ) -> Tensor:
        """From two codes and two rows of facts to (rows,)."""
        one, one_offset = self.left(left, left_facts)
        other, other_offset = self.right(right, right_facts)
        return self.middle + one_offset + other_offset + (one * other).sum(1)


class Tower(nn.Module):
    """One side: a learned vector, and what its facts add to it."""

    def __init__(self, values: int, facts: int, size: int) -> None:
        super().__init__()
        self.vectors = nn.Embedding(values, size)
        self.offsets = nn.Embedding(values, 1)
        nn.init.normal_(self.vectors.weight, std=0.1)
        nn.init.zeros_(self.offsets.weight)
        self.mix = nn.Sequential(nn.Linear(size + facts, size), nn.ReLU(), nn.Linear(size, size))

    def forward(self, codes: Tensor, facts: Tensor) -> tuple[Tensor, Tensor]:
        """Vectors (rows, size) and offsets (rows,)."""
        vectors = self.vectors(codes)
        mixed = vectors + self.mix(torch.cat([vectors, facts], dim=1))
        return mixed, self.offsets(codes).squeeze(1)
