"""RealMLP: a perceptron with the small choices that matter on tables.

For: numbers after a robust scaling with a smooth clip; strong without any tuning.
Input: rows (rows, features) float32; robustly scaled, x / sqrt(1 + (x / 3)^2) against outliers.
Output: (rows, outputs) float32, logits or values of a standardised target.
Parameters: 136,723 of `RealMLP(features=16, outputs=3)`.
Source: Holzmüller, Grinsztajn and Steinwart 2024, "Better by Default".
Data: table
When: rows 500..; columns ..1000
Merit: 3

Learn with Adam (betas .9 and .95) at a rate of .04 for classes and .2 for numbers, six times that
for `scale`, a tenth for offsets, with label smoothing .1 for classes, and keep the best epoch.
"""

import math

import torch
from torch import Tensor, nn


class RealMLP(nn.Module):
    """A learned scale for every feature, then layers whose weights are drawn with variance one."""

    def __init__(
        self,
        features: int,
        outputs: int,
        *,
        width: int = 256,
        layers: int = 3,
        dropout: float = 0.15,
    ) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(features))
        blocks: list[nn.Module] = []
        for place in range(layers):
            blocks.append(ScaledLinear(features if place == 0 else width, width))
            blocks += [nn.SELU() if outputs > 1 else nn.Mish(), nn.Dropout(dropout)]
        self.body = nn.Sequential(*blocks)
        self.head = ScaledLinear(width, outputs, start=0.0)

    def forward(self, rows: Tensor) -> Tensor:
        """From (rows, features) to (rows, outputs)."""
        return self.head(self.body(rows * self.scale))


class ScaledLinear(nn.Module):
    """A linear layer that divides by the root of its inputs instead of drawing small weights.

    All layers then learn equally fast at one rate (neural tangent parametrisation).
    """

    def __init__(self, inputs: int, outputs: int, *, start: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(start * torch.randn(inputs, outputs))
        self.offset = nn.Parameter(start * torch.randn(outputs))
        self.share = 1 / math.sqrt(inputs)

    def forward(self, rows: Tensor) -> Tensor:
        """From (rows, inputs) to (rows, outputs)."""
        return self.share * (rows @ self.weight) + self.offset
