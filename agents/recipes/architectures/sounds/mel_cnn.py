"""Log-mel spectrogram and convolutions, from the waveform on and in PyTorch alone.

For: what a sound is (calls, events, machines), whenever in the recording it happens.
Input: waves (rows, samples) float32, -1 to 1, one rate for all; at least 64 steps long.
Output: (rows, outputs) float32, logits or values.
Parameters: 100,090 of `MelCNN(rate=16000, outputs=10)`.
Source: Choi, Fazekas and Sandler 2016, "Automatic Tagging Using Deep Convolutional Neural
    Networks"; Park et al. 2019, "SpecAugment" (bands and moments left out while learning).
Data: audio
When: rows 100..
Merit: 3
"""

import torch
from torch import Tensor, nn


class MelCNN(nn.Module):
    """Spectrogram on the ear's scale, four halvings, mean and maximum over time."""

    triangles: Tensor
    window: Tensor

    def __init__(self, rate: int, outputs: int, *, bands: int = 64, width: int = 16) -> None:
        super().__init__()
        self.frame, self.step = 1024, 320
        self.register_buffer("window", torch.hann_window(self.frame), persistent=False)
        self.register_buffer("triangles", mel_triangles(rate, self.frame, bands))
        self.level = nn.BatchNorm1d(bands)
        layers: list[nn.Module] = []
        for place in range(4):
            before = 1 if place == 0 else width * 2 ** (place - 1)
            after = width * 2**place
            layers += [nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after)]
            layers += [nn.ReLU(), nn.MaxPool2d(2)]
        self.body = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(2 * width * 8, outputs))

    def forward(self, waves: Tensor) -> Tensor:
        """From (rows, samples) to (rows, outputs)."""
        seen = self.body(self.level(self.spectrogram(waves)).unsqueeze(1)).mean(dim=2)
        return self.head(torch.cat([seen.mean(dim=2), seen.amax(dim=2)], dim=1))

    def spectrogram(self, waves: Tensor) -> Tensor:
        """From (rows, samples) to the logarithm of power, (rows, bands, steps)."""
        waved = torch.stft(
            waves, self.frame, self.step, window=self.window, center=True, return_complex=True
        )
        return torch.log(self.triangles @ waved.abs().square() + 1e-6)


def mel_triangles(rate: int, frame: int, bands: int) -> Tensor:
    """Overlapping triangles, evenly spaced on the mel scale, shape (bands, frame // 2 + 1)."""
    highest = 2595 * torch.log10(torch.tensor(1 + rate / 2 / 700))
    corners = 700 * (10 ** (torch.linspace(0, float(highest), bands + 2) / 2595) - 1)
    heights = torch.linspace(0, rate / 2, frame // 2 + 1).unsqueeze(0)
    left, middle, right = (corners[start : start + bands].unsqueeze(1) for start in range(3))
    rising, falling = (heights - left) / (middle - left), (right - heights) / (right - middle)
    return torch.minimum(rising, falling).clamp(min=0)
