"""ConvNeXt blocks: wide filters a channel, then a perceptron across channels.

For: pictures of 32 to 224 pixels a side with ten thousand examples or more, or noisy textures.
Input: pictures (rows, channels, height, width) float32, standardised by channel; sides a multiple
    of `patch`.
Output: (rows, outputs) float32, logits or values.
Parameters: 223,066 of `ConvNeXt(channels=3, outputs=10)`.
Source: Liu et al. 2022, "A ConvNet for the 2020s".
Data: image
When: rows 5000..; length 32..256; channels 1..12
"""

import torch
from torch import Tensor, nn


class ConvNeXt(nn.Module):
    """Patches, blocks at two sizes, and the mean over places."""

    def __init__(
        self, channels: int, outputs: int, *, width: int = 48, blocks: int = 2, patch: int = 4
    ) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, width, patch, stride=patch),
            *(Block(width) for _ in range(blocks)),
            nn.Conv2d(width, 2 * width, 2, stride=2),
            *(Block(2 * width) for _ in range(blocks)),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        self.head = nn.Sequential(nn.LayerNorm(2 * width), nn.Linear(2 * width, outputs))

    def forward(self, pictures: Tensor) -> Tensor:
        """From (rows, channels, height, width) to (rows, outputs)."""
        return self.head(self.body(pictures))


class Block(nn.Module):
    """Places are mixed by a filter of seven a channel, channels by a perceptron a place."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.places = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.normal = nn.LayerNorm(width)
        self.channels = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.share = nn.Parameter(torch.full((width,), 0.1))

    def forward(self, seen: Tensor) -> Tensor:
        """From and to (rows, width, height, width of the picture)."""
        mixed = self.channels(self.normal(self.places(seen).permute(0, 2, 3, 1)))
        return seen + (self.share * mixed).permute(0, 3, 1, 2)
