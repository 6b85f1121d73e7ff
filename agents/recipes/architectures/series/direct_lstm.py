"""A recurrent encoder, and a decoder that answers all steps of the horizon at once.

For: forecasts with features known beforehand (holidays, prices, weather forecasts).
Input: past (rows, length, p) float32; future (rows, horizon, f) float32, what is known of each step
    to come (f at least 1, such as the step's number).
Output: (rows, horizon) float32.
Parameters: 22,017 of `DirectLSTM(past=3, future=2)`.
Source: Wen, Torkkola, Narayanaswamy and Madeka 2017, "A Multi-Horizon Quantile Recurrent
    Forecaster"; Hochreiter and Schmidhuber 1997.
Data: series
When: rows 1000..; length 8..500
Problems: regression
"""

import torch
from torch import Tensor, nn


class DirectLSTM(nn.Module):
    """Errors of one step are not fed into the next, so they cannot pile up."""

    def __init__(self, past: int, future: int, *, width: int = 64, layers: int = 1) -> None:
        super().__init__()
        self.read = nn.LSTM(past, width, layers, batch_first=True)
        self.write = nn.Sequential(
            nn.Linear(width + future, width), nn.ReLU(), nn.Dropout(0.1), nn.Linear(width, 1)
        )

    def forward(self, past: Tensor, future: Tensor) -> Tensor:
        """From (rows, length, p) and (rows, horizon, f) to (rows, horizon)."""
        _, (last, _) = self.read(past)
        state = last[-1].unsqueeze(1).expand(-1, future.shape[1], -1)
        return self.write(torch.cat([state, future], dim=2)).squeeze(2)
