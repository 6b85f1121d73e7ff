"""Temporal convolutional network: filters that look back ever further, never ahead.

For: forecasts or states from long sequences with a regular step (sensors, traffic, signals).
Input: past (rows, channels, length) float32, standardised by channel.
Output: (rows, outputs) float32: the steps to come, or logits, read off the last moment.
Parameters: 63,900 of `TemporalConvolutions(channels=3, outputs=12)`.
Source: Bai, Kolter and Koltun 2018, "An Empirical Evaluation of Generic Convolutional and Recurrent
    Networks for Sequence Modeling".
Data: series, records
When: rows 500..; length 16..5000; channels 1..200
"""

import torch
from torch import Tensor, nn


class TemporalConvolutions(nn.Module):
    """Each block doubles the gap of its filter: L blocks of width 3 see about 2^(L + 2) steps."""

    def __init__(self, channels: int, outputs: int, *, width: int = 48, blocks: int = 5) -> None:
        super().__init__()
        sizes = [channels, *[width] * blocks]
        self.body = nn.Sequential(
            *(Block(sizes[place], width, gap=2**place) for place in range(blocks))
        )
        self.head = nn.Linear(width, outputs)

    def forward(self, past: Tensor) -> Tensor:
        """From (rows, channels, length) to (rows, outputs)."""
        return self.head(self.body(past)[:, :, -1])


class Block(nn.Module):
    """Two filters to the left beside a short cut."""

    def __init__(self, before: int, after: int, gap: int) -> None:
        super().__init__()
        self.first = nn.Conv1d(before, after, 3, dilation=gap)
        self.second = nn.Conv1d(after, after, 3, dilation=gap)
        self.short_cut = nn.Conv1d(before, after, 1) if before != after else nn.Identity()
        self.dropped = nn.Dropout(0.1)
        self.behind = 2 * gap

    def forward(self, past: Tensor) -> Tensor:
        """From (rows, before, length) to (rows, after, length)."""
        hidden = past
        for layer in (self.first, self.second):
            padded = torch.nn.functional.pad(hidden, (self.behind, 0))
            hidden = self.dropped(torch.relu(layer(padded)))
        return torch.relu(hidden + self.short_cut(past))
