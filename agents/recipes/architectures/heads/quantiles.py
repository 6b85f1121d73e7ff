"""A head for quantiles that never cross, learned by the pinball loss.

For: intervals, medians, and metrics that punish too high and too low differently.
Input: vectors (rows, size) float32 of any body; targets (rows,) float32, standardised.
Output: (rows, levels) float32, rising from left to right; `loss` for learning.
Parameters: 99 of `QuantileHead(size=32, levels=[0.1, 0.5, 0.9])`.
Source: Koenker and Bassett 1978, "Regression Quantiles"; Gasthaus et al. 2019 (increments that
    cannot be negative).
Data: head
Problems: regression
Metrics: mae, pinball, median_absolute_error
Merit: 3
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class QuantileHead(nn.Module):
    """The lowest quantile, and what each next one adds to it."""

    levels: Tensor

    def __init__(self, size: int, levels: Sequence[float]) -> None:
        super().__init__()
        self.register_buffer("levels", torch.tensor(sorted(levels)))
        self.layer = nn.Linear(size, len(levels))

    def forward(self, vectors: Tensor) -> Tensor:
        """From (rows, size) to (rows, levels)."""
        lowest, steps = self.layer(vectors).split([1, len(self.levels) - 1], dim=1)
        return torch.cat([lowest, lowest + nn.functional.softplus(steps).cumsum(dim=1)], dim=1)

    def loss(self, vectors: Tensor, targets: Tensor) -> Tensor:
        """The mean pinball loss over rows and levels."""
        misses = targets.unsqueeze(1) - self(vectors)
        return torch.maximum(self.levels * misses, (self.levels - 1) * misses).mean()
