"""A small residual network for pictures.

For: small pictures (28 to 128 pixels a side) with some thousand examples, without pretraining.
Input: pictures (rows, channels, height, width) float32, standardised by channel; sides of at least
    16 pixels. Shift and crop the pictures while learning, and mirror
    them only where a mirrored picture means the same (never letters or signs).
Output: (rows, outputs) float32, logits or values.
Parameters: 696,618 of `SmallResNet(channels=3, outputs=10)`.
Source: He, Zhang, Ren and Sun 2016, "Deep Residual Learning for Image Recognition".
Data: image
When: rows 500..; length ..160; channels 1..12
Merit: 3
"""

import torch
from torch import Tensor, nn


class SmallResNet(nn.Module):
    """Three stages, each at half the size and twice the width."""

    def __init__(self, channels: int, outputs: int, *, width: int = 32, blocks: int = 2) -> None:
        super().__init__()
        stages: list[nn.Module] = [convolved(channels, width), nn.ReLU()]
        before = width
        for stage in range(3):
            after = width * 2**stage
            for place in range(blocks):
                stages.append(Block(before, after, stride=2 if stage and place == 0 else 1))
                before = after
        self.body = nn.Sequential(*stages, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Sequential(nn.Dropout(0.1), nn.Linear(before, outputs))

    def forward(self, pictures: Tensor) -> Tensor:
        """From (rows, channels, height, width) to (rows, outputs)."""
        return self.head(self.body(pictures))


class Block(nn.Module):
    """Two convolutions beside a short cut."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            convolved(before, after, stride), nn.ReLU(), convolved(after, after)
        )
        same = before == after and stride == 1
        self.short_cut = nn.Identity() if same else convolved(before, after, stride, side=1)

    def forward(self, seen: Tensor) -> Tensor:
        """From (rows, before, height, width) to (rows, after, height / stride, width / stride)."""
        return torch.relu(self.inner(seen) + self.short_cut(seen))


def convolved(before: int, after: int, stride: int = 1, side: int = 3) -> nn.Sequential:
    """A convolution and its normalisation."""
    convolution = nn.Conv2d(before, after, side, stride, padding=side // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(after))
