"""Gated residual network: each block may pass its input on untouched.

For: small noisy tables, where a deep network must be able to stay simple.
Input: rows (rows, features) float32, standardised, no gaps.
Output: (rows, outputs) float32, logits or values.
Parameters: 114,243 of `GatedResidual(features=16, outputs=3)`.
Source: Lim, Arik, Loeff and Pfister 2021, "Temporal Fusion Transformers" (its building block).
Data: table
When: rows 200..; columns ..500
"""

import torch
from torch import Tensor, nn


class GatedResidual(nn.Module):
    """A linear layer, gated blocks, and a head."""

    def __init__(
        self, features: int, outputs: int, *, width: int = 96, blocks: int = 3, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.enter = nn.Linear(features, width)
        self.blocks = nn.Sequential(*(Block(width, dropout) for _ in range(blocks)))
        self.head = nn.Linear(width, outputs)

    def forward(self, rows: Tensor) -> Tensor:
        """From (rows, features) to (rows, outputs)."""
        return self.head(self.blocks(self.enter(rows)))


class Block(nn.Module):
    """Two layers behind a gate that can close."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            nn.Linear(width, width), nn.ELU(), nn.Linear(width, width), nn.Dropout(dropout)
        )
        self.gate = nn.Linear(width, 2 * width)
        self.normal = nn.LayerNorm(width)

    def forward(self, hidden: Tensor) -> Tensor:
        """From (rows, width) to (rows, width)."""
        value, gate = self.gate(self.inner(hidden)).chunk(2, dim=1)
        return self.normal(hidden + value * torch.sigmoid(gate))
