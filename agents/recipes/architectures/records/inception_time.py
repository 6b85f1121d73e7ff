"""InceptionTime: filters of several lengths side by side over a recording of many channels.

For: one label or number for a whole sequence with a regular step (motion, heart, machines).
Input: records (rows, channels, length) float32, standardised by channel; pad short ones by zeros.
Output: (rows, outputs) float32, logits or values.
Parameters: 41,668 of `InceptionTime(channels=6, outputs=4)`.
Source: Ismail Fawaz et al. 2020, "InceptionTime".
Data: records
When: rows 100..; length 20..5000; channels 1..100
Merit: 3
"""

import torch
from torch import Tensor, nn


class InceptionTime(nn.Module):
    """Two residual groups of filters, then the mean over time."""

    def __init__(self, channels: int, outputs: int, *, width: int = 16, depth: int = 2) -> None:
        super().__init__()
        groups = [Group(channels if place == 0 else 4 * width, width) for place in range(depth)]
        self.body = nn.Sequential(*groups)
        self.head = nn.Sequential(nn.Dropout(0.1), nn.Linear(4 * width, outputs))

    def forward(self, records: Tensor) -> Tensor:
        """From (rows, channels, length) to (rows, outputs)."""
        return self.head(self.body(records).mean(dim=2))


class Group(nn.Module):
    """Filters of 9, 19 and 39 steps and a maximum, each on a narrowed input."""

    def __init__(self, before: int, width: int) -> None:
        super().__init__()
        self.narrow = nn.Conv1d(before, width, 1, bias=False)
        self.filters = nn.ModuleList(
            nn.Conv1d(width, width, size, padding=size // 2, bias=False) for size in (9, 19, 39)
        )
        self.highest = nn.Sequential(
            nn.MaxPool1d(3, stride=1, padding=1), nn.Conv1d(before, width, 1, bias=False)
        )
        self.short_cut = nn.Conv1d(before, 4 * width, 1)
        self.normal = nn.BatchNorm1d(4 * width)

    def forward(self, records: Tensor) -> Tensor:
        """From (rows, before, length) to (rows, 4 * width, length)."""
        narrow = self.narrow(records)
        seen = [*(one(narrow) for one in self.filters), self.highest(records)]
        return torch.relu(self.normal(torch.cat(seen, dim=1)) + self.short_cut(records))
