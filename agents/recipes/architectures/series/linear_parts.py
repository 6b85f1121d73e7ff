"""DLinear: trend and rest of the past, each continued by one linear layer.

For: forecasts with clear trend and season; the first network to try, and hard to beat.
Input: past (rows, length, channels) float32, standardised by series; channels are series that share
    the weights.
Output: (rows, horizon, channels) float32.
Parameters: 1,176 of `LinearParts(length=48, horizon=12)`.
Source: Zeng, Chen, Zhang and Xu 2023, "Are Transformers Effective for Time Series Forecasting?"
Data: series
When: length 8..
Problems: regression
Merit: 3
"""

import torch
from torch import Tensor, nn


class LinearParts(nn.Module):
    """The moving mean is the trend; what remains is the season."""

    def __init__(self, length: int, horizon: int, *, window: int = 25) -> None:
        super().__init__()
        self.window = min(window, length - 1 + length % 2)
        self.trend = nn.Linear(length, horizon)
        self.season = nn.Linear(length, horizon)
        for layer in (self.trend, self.season):
            nn.init.constant_(layer.weight, 1 / length)

    def forward(self, past: Tensor) -> Tensor:
        """From (rows, length, channels) to (rows, horizon, channels)."""
        series = past.transpose(1, 2)
        half = self.window // 2
        # Ends are repeated, since zeros would bend the trend at both of them.
        padded = torch.nn.functional.pad(series, (half, half), mode="replicate")
        trend = torch.nn.functional.avg_pool1d(padded, 2 * half + 1, stride=1)
        return (self.trend(trend) + self.season(series - trend)).transpose(1, 2)
