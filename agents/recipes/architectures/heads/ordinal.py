"""CORN: a head for classes in order, "above this one, given above the one before".

For: grades, stages and stars, where a near miss counts less than a far one.
Input: vectors (rows, size) float32 of any body; ranks (rows,) int64 from 0 in order.
Output: (rows, classes) float32, probabilities that sum to one; `loss` for learning.
Parameters: 132 of `OrdinalHead(size=32, classes=5)`.
Source: Shi, Cao and Raschka 2023, "Deep Neural Networks for Rank-Consistent Ordinal Regression
    Based on Conditional Probabilities" (CORN).
Data: head
Problems: ordinal
Metrics: kappa
Merit: 3
"""

import torch
from torch import Tensor, nn


class OrdinalHead(nn.Module):
    """One logit a step between neighbouring classes."""

    def __init__(self, size: int, classes: int) -> None:
        super().__init__()
        self.steps = nn.Linear(size, classes - 1)

    def forward(self, vectors: Tensor) -> Tensor:
        """From (rows, size) to probabilities (rows, classes)."""
        above = torch.sigmoid(self.steps(vectors)).cumprod(dim=1)
        ends = above.new_ones(len(above), 1), above.new_zeros(len(above), 1)
        return torch.cat([ends[0], above], dim=1) - torch.cat([above, ends[1]], dim=1)

    def loss(self, vectors: Tensor, ranks: Tensor) -> Tensor:
        """Mean error of the steps; each is asked only of rows that passed the one before."""
        logits = self.steps(vectors)
        places = torch.arange(logits.shape[1], device=ranks.device)
        asked = ranks.unsqueeze(1) >= places
        passed = (ranks.unsqueeze(1) > places).float()
        errors = nn.functional.binary_cross_entropy_with_logits(logits, passed, reduction="none")
        return errors[asked].mean()
