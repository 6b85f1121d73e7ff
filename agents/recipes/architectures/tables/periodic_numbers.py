"""Periodic embeddings of numbers (PLR) before a perceptron.

For: numbers whose effect jumps or waves (prices, coordinates, hours), where plain layers are too
    smooth.
Input: numbers (rows, n) float32, standardised or as quantiles.
Output: (rows, outputs) float32, logits or values.
Parameters: 32,611 of `PeriodicNumbers(numbers=8, outputs=3)`.
Source: Gorishniy, Rubachev and Babenko 2022, "On Embeddings for Numerical Features".
Data: table
When: rows 500..; columns ..200
Merit: 3
"""

import math

import torch
from torch import Tensor, nn


class PeriodicNumbers(nn.Module):
    """Each number becomes sines and cosines, mixed by a layer of its own.

    `spread` decides how fast the waves are and matters most: try .01, .1 and 1.
    """

    def __init__(
        self, numbers: int, outputs: int, *, waves: int = 16, size: int = 12, spread: float = 0.1
    ) -> None:
        super().__init__()
        self.speeds = nn.Parameter(spread * torch.randn(numbers, waves))
        self.mixing = nn.Parameter(torch.randn(numbers, 2 * waves, size) / math.sqrt(2 * waves))
        self.shift = nn.Parameter(torch.zeros(numbers, size))
        self.body = nn.Sequential(
            nn.Linear(numbers * size, 128),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Linear(128, 128),
            nn.ReLU(),
        )
        self.head = nn.Linear(128, outputs)

    def forward(self, numbers: Tensor) -> Tensor:
        """From (rows, n) to (rows, outputs)."""
        angles = 2 * math.pi * numbers.unsqueeze(2) * self.speeds
        waves = torch.cat([torch.sin(angles), torch.cos(angles)], dim=2)
        embedded = torch.relu(torch.einsum("rnw,nws->rns", waves, self.mixing) + self.shift)
        return self.head(self.body(embedded.flatten(1)))
