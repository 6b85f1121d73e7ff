"""Residual denoiser (DnCNN): the network finds what is to be taken away from the picture.

For: clean pictures from noisy, stained or blurred ones of the same size, in grey or colour.
Input: pictures (rows, channels, height, width) float32, from 0 to 1; any size.
Output: (rows, channels, height, width) float32, the clean picture; cut it to 0..1 at the end.
Parameters: 84,241 of `ResidualDenoiser(channels=1)`.
Source: Zhang et al. 2017, "Beyond a Gaussian Denoiser".
Data: image-to-image
When: rows 20..; channels 1..4
Problems: regression

Learn on patches of about 48 pixels a side cut from the pictures, with the mean squared error.
"""

from torch import Tensor, nn


class ResidualDenoiser(nn.Module):
    """Convolutions at full size; the answer is the picture less what they found."""

    def __init__(self, channels: int, *, width: int = 48, layers: int = 6) -> None:
        super().__init__()
        blocks: list[nn.Module] = [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
        for _ in range(layers - 2):
            blocks += [nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)]
            blocks.append(nn.ReLU())
        self.noise = nn.Sequential(*blocks, nn.Conv2d(width, channels, 3, padding=1))

    def forward(self, pictures: Tensor) -> Tensor:
        """From and to (rows, channels, height, width)."""
        return pictures - self.noise(pictures)
