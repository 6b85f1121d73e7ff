"""Convolutions on the raw waveform (M5): long filters first, then short ones.

For: short clips and vibrations whose useful pitch is not known, with many examples.
Input: waves (rows, channels, samples) float32, -1 to 1; some thousand samples.
Output: (rows, outputs) float32, logits or values.
Parameters: 53,770 of `WaveCNN(channels=1, outputs=10)`.
Source: Dai, Dai, Qu, Li and Das 2017, "Very Deep Convolutional Neural Networks for Raw Waveforms".
Data: audio, records
When: rows 3000..; length 1000..200000
Merit: 1
"""

from torch import Tensor, nn


class WaveCNN(nn.Module):
    """Four convolutions, each followed by a fourth of the length."""

    def __init__(self, channels: int, outputs: int, *, width: int = 48) -> None:
        super().__init__()
        sizes = ((channels, width, 80, 8), (width, width, 3, 1), (width, 2 * width, 3, 1))
        layers: list[nn.Module] = []
        for before, after, filters, stride in (*sizes, (2 * width, 2 * width, 3, 1)):
            layers += [nn.Conv1d(before, after, filters, stride, bias=False)]
            layers += [nn.BatchNorm1d(after), nn.ReLU(), nn.MaxPool1d(4, ceil_mode=True)]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(2 * width, outputs)

    def forward(self, waves: Tensor) -> Tensor:
        """From (rows, channels, samples) to (rows, outputs)."""
        return self.head(self.body(waves).mean(dim=2))
