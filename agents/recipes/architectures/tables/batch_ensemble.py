"""TabM-mini: several perceptrons for the price of one, their weights shared.

For: any table of numbers where one network would do; the mean of members errs less than one.
Input: rows (rows, features) float32, standardised, no gaps.
Output: (members, rows, outputs) float32; the loss is the mean over members, the answer the mean of
    their probabilities or values.
Parameters: 25,136 of `BatchEnsemble(features=16, outputs=3)`.
Source: Gorishniy, Kotelnikov and Babenko 2025, "TabM"; Wen, Tran and Ba 2020, "BatchEnsemble".
Data: table
When: rows 300..; columns ..1000
Merit: 3
"""

import math

import torch
from torch import Tensor, nn


class BatchEnsemble(nn.Module):
    """Members weigh the inputs and read the last layer each in its own way."""

    def __init__(
        self, features: int, outputs: int, *, members: int = 16, width: int = 128, layers: int = 2
    ) -> None:
        super().__init__()
        signs = torch.randint(0, 2, (members, 1, features)) * 2.0 - 1.0
        self.views = nn.Parameter(signs)
        blocks: list[nn.Module] = []
        for place in range(layers):
            blocks += [nn.Linear(features if place == 0 else width, width), nn.ReLU()]
            blocks.append(nn.Dropout(0.1))
        self.body = nn.Sequential(*blocks)
        bound = 1 / math.sqrt(width)
        self.heads = nn.Parameter(torch.empty(members, width, outputs).uniform_(-bound, bound))
        self.offsets = nn.Parameter(torch.zeros(members, 1, outputs))

    def forward(self, rows: Tensor) -> Tensor:
        """From (rows, features) to (members, rows, outputs)."""
        return torch.baddbmm(self.offsets, self.body(rows * self.views), self.heads)
