"""U-Net: down to what it is, up to where it is, with the fine detail handed across.

For: a mask or another picture for every picture: segmentation, restoration, maps.
Input: pictures (rows, channels, height, width) float32, standardised; sides a multiple of 4.
Output: (rows, outputs, height, width) float32: logits a class and pixel, or values.
Parameters: 262,777 of `UNet(channels=1, outputs=1)`.
Source: Ronneberger, Fischer and Brox 2015, "U-Net".
Data: image-to-image
When: rows 50..; channels 1..12
Merit: 3
"""

import torch
from torch import Tensor, nn


class UNet(nn.Module):
    """Three sizes; for pictures beyond 256 pixels a side add a fourth."""

    def __init__(self, channels: int, outputs: int, *, width: int = 24) -> None:
        super().__init__()
        self.fine = convolved(channels, width)
        self.middle = convolved(width, 2 * width)
        self.coarse = convolved(2 * width, 4 * width)
        self.smaller = nn.MaxPool2d(2)
        self.to_middle = nn.ConvTranspose2d(4 * width, 2 * width, 2, stride=2)
        self.joined_middle = convolved(4 * width, 2 * width)
        self.to_fine = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.joined_fine = convolved(2 * width, width)
        self.head = nn.Conv2d(width, outputs, 1)

    def forward(self, pictures: Tensor) -> Tensor:
        """From (rows, channels, height, width) to (rows, outputs, height, width)."""
        fine = self.fine(pictures)
        middle = self.middle(self.smaller(fine))
        coarse = self.coarse(self.smaller(middle))
        middle = self.joined_middle(torch.cat([middle, self.to_middle(coarse)], dim=1))
        return self.head(self.joined_fine(torch.cat([fine, self.to_fine(middle)], dim=1)))


def convolved(before: int, after: int) -> nn.Sequential:
    """Two convolutions with normalisation, the size kept."""
    layers: list[nn.Module] = []
    for inputs in (before, after):
        layers += [nn.Conv2d(inputs, after, 3, padding=1, bias=False), nn.BatchNorm2d(after)]
        layers.append(nn.ReLU())
    return nn.Sequential(*layers)
