"""N-BEATS: blocks that explain the past bit by bit and add up their forecasts.

For: forecasts of many series of one kind (sales, demand, traffic) from their past alone.
Input: past (rows, length) float32, each row divided by its own level.
Output: (rows, horizon) float32, in the same scale.
Parameters: 122,096 of `NBeats(length=48, horizon=12)`.
Source: Oreshkin, Carpov, Chapados and Bengio 2020, "N-BEATS".
Data: series
When: rows 500..; length 12..1000
Problems: regression
"""

import torch
from torch import Tensor, nn


class NBeats(nn.Module):
    """Each block sees what the ones before it could not explain."""

    def __init__(self, length: int, horizon: int, *, blocks: int = 4, width: int = 128) -> None:
        super().__init__()
        self.length = length
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Linear(length, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(),
                nn.Linear(width, length + horizon),
            )
            for _ in range(blocks)
        )  # fmt: skip

    def forward(self, past: Tensor) -> Tensor:
        """From (rows, length) to (rows, horizon)."""
        forecasts = []
        for block in self.blocks:
            explained = block(past)
            past = past - explained[:, : self.length]
            forecasts.append(explained[:, self.length :])
        return torch.stack(forecasts).sum(dim=0)
