"""Convolutions along a spectrogram, then a recurrent network over time (CRNN).

For: sounds whose order matters (speech, song, steps of a machine), and spectrograms of any origin.
Input: spectra (rows, bands, steps) float32, logarithms, standardised by band; bands a multiple of
    8.
Output: (rows, outputs) float32, logits or values.
Parameters: 82,354 of `ConvRecurrent(bands=64, outputs=10)`.
Source: Choi, Fazekas, Sandler and Cho 2017, "Convolutional Recurrent Neural Networks for Music
    Classification".
Data: audio
When: rows 500..; length 16..
"""

import torch
from torch import Tensor, nn


class ConvRecurrent(nn.Module):
    """Bands are halved three times, steps twice; what is left is read in both directions."""

    def __init__(self, bands: int, outputs: int, *, width: int = 24, states: int = 48) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for place, pool in enumerate(((2, 2), (2, 2), (2, 1))):
            before = 1 if place == 0 else width
            layers += [nn.Conv2d(before, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)]
            layers += [nn.ELU(), nn.MaxPool2d(pool)]
        self.body = nn.Sequential(*layers)
        self.read = nn.GRU(width * (bands // 8), states, batch_first=True, bidirectional=True)
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(4 * states, outputs))

    def forward(self, spectra: Tensor) -> Tensor:
        """From (rows, bands, steps) to (rows, outputs)."""
        seen = self.body(spectra.unsqueeze(1)).flatten(1, 2).transpose(1, 2)
        states, _ = self.read(seen)
        return self.head(torch.cat([states.mean(dim=1), states.amax(dim=1)], dim=1))
