"""Deep and cross network: products of features are built layer by layer.

For: wide tables of clicks, sales or risks, where pairs and triples of columns decide.
Input: rows (rows, features) float32; numbers standardised beside embedded categories.
Output: (rows, outputs) float32, logits or values.
Parameters: 20,707 of `CrossNetwork(features=16, outputs=3)`.
Source: Wang et al. 2021, "DCN V2".
Data: table
When: rows 2000..; columns 5..500
"""

import torch
from torch import Tensor, nn


class CrossNetwork(nn.Module):
    """Cross layers beside a perceptron; each cross layer raises the degree of products by one."""

    def __init__(
        self, features: int, outputs: int, *, crosses: int = 3, rank: int = 32, width: int = 128
    ) -> None:
        super().__init__()
        rank = min(rank, features)
        self.down = nn.ModuleList(nn.Linear(features, rank, bias=False) for _ in range(crosses))
        self.up = nn.ModuleList(nn.Linear(rank, features) for _ in range(crosses))
        self.deep = nn.Sequential(
            nn.Linear(features, width),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Linear(width, width),
            nn.ReLU(),
        )
        self.head = nn.Linear(features + width, outputs)

    def forward(self, rows: Tensor) -> Tensor:
        """From (rows, features) to (rows, outputs)."""
        crossed = rows
        for down, up in zip(self.down, self.up, strict=True):
            crossed = rows * up(down(crossed)) + crossed
        return self.head(torch.cat([crossed, self.deep(rows)], dim=1))
