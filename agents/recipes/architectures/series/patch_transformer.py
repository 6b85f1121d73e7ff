"""PatchTST, small: stretches of the past are tokens, and attention relates them.

For: forecasts from a long past with several seasons at once (hourly load, sensor data).
Input: past (rows, length, channels) float32; each channel is forecast alone with shared weights.
Output: (rows, horizon, channels) float32, in the scale of the input.
Parameters: 85,656 of `PatchTransformer(length=96, horizon=24)`.
Source: Nie, Nguyen, Sinthong and Kalagnanam 2023, "A Time Series is Worth 64 Words"; Kim et al.
    2022 (levels taken out before and put back after).
Data: series
When: rows 2000..; length 64..2000
Problems: regression
"""

import torch
from torch import Tensor, nn


class PatchTransformer(nn.Module):
    """Every channel is measured from its own level, patched, read, and put back."""

    def __init__(
        self, length: int, horizon: int, *, patch: int = 16, width: int = 64, layers: int = 2
    ) -> None:
        super().__init__()
        self.patch, self.stride = patch, patch // 2
        patches = (length - patch) // self.stride + 1
        self.enter = nn.Linear(patch, width)
        self.places = nn.Parameter(0.02 * torch.randn(patches, width))
        layer = nn.TransformerEncoderLayer(
            width, 4, 2 * width, dropout=0.1, activation="gelu", batch_first=True, norm_first=True
        )
        self.body = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(patches * width, horizon))

    def forward(self, past: Tensor) -> Tensor:
        """From (rows, length, channels) to (rows, horizon, channels)."""
        rows, _, channels = past.shape
        level, spread = past.mean(1, keepdim=True), past.std(1, keepdim=True) + 1e-5
        series = ((past - level) / spread).transpose(1, 2).flatten(0, 1)
        patches = series.unfold(1, self.patch, self.stride)
        forecast = self.head(self.body(self.enter(patches) + self.places))
        return forecast.unflatten(0, (rows, channels)).transpose(1, 2) * spread + level
