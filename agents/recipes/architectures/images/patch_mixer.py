"""MLP-Mixer: perceptrons across patches and across channels take turns.

For: pictures of one fixed size where the place of things matters (scans, plots, boards, spectra).
Input: pictures (rows, channels, side, side) float32, standardised; side a multiple of `patch`.
Output: (rows, outputs) float32, logits or values.
Parameters: 104,138 of `PatchMixer(channels=3, side=32, outputs=10)`.
Source: Tolstikhin et al. 2021, "MLP-Mixer".
Data: image
When: rows 5000..; length 16..128; channels 1..12
Merit: 1
"""

from torch import Tensor, nn


class PatchMixer(nn.Module):
    """Patches as tokens, mixed without attention."""

    def __init__(
        self, channels: int, side: int, outputs: int, *, patch: int = 4, width: int = 64
    ) -> None:
        super().__init__()
        patches = (side // patch) ** 2
        self.enter = nn.Conv2d(channels, width, patch, stride=patch)
        self.blocks = nn.Sequential(*(Block(patches, width) for _ in range(3)))
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, outputs))

    def forward(self, pictures: Tensor) -> Tensor:
        """From (rows, channels, side, side) to (rows, outputs)."""
        tokens = self.enter(pictures).flatten(2).transpose(1, 2)
        return self.head(self.blocks(tokens)).mean(dim=1)


class Block(nn.Module):
    """One turn: across patches, then across channels."""

    def __init__(self, patches: int, width: int) -> None:
        super().__init__()
        self.before_patches, self.before_channels = nn.LayerNorm(width), nn.LayerNorm(width)
        self.patches = mixed(patches, 2 * patches)
        self.channels = mixed(width, 2 * width)

    def forward(self, tokens: Tensor) -> Tensor:
        """From and to (rows, patches, width)."""
        across = self.patches(self.before_patches(tokens).transpose(1, 2)).transpose(1, 2)
        tokens = tokens + across
        return tokens + self.channels(self.before_channels(tokens))


def mixed(size: int, hidden: int) -> nn.Sequential:
    """A perceptron of one hidden layer."""
    return nn.Sequential(nn.Linear(size, hidden), nn.GELU(), nn.Linear(hidden, size))
