"""Convolutions over words: phrases of two to five words, the strongest match of each counts.

For: short to middling texts whose phrases decide (reviews, complaints, headlines).
Input: words (rows, length) int64, 0 where there is none; length at least 5.
Output: (rows, outputs) float32, logits or values.
Parameters: 95,299 of `TextCNN(words=1000, outputs=3)`.
Source: Kim 2014, "Convolutional Neural Networks for Sentence Classification".
Data: text
When: rows 1000..; length 5..1000
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class TextCNN(nn.Module):
    """Filters of several widths, each asked for its best place."""

    def __init__(
        self, words: int, outputs: int, *, size: int = 64, filters: int = 48,
        widths: Sequence[int] = (2, 3, 5),
    ) -> None:  # fmt: skip
        super().__init__()
        self.vectors = nn.Embedding(words, size, padding_idx=0)
        self.filters = nn.ModuleList(nn.Conv1d(size, filters, width) for width in widths)
        self.head = nn.Sequential(nn.Dropout(0.4), nn.Linear(filters * len(widths), outputs))

    def forward(self, words: Tensor) -> Tensor:
        """From (rows, length) to (rows, outputs)."""
        vectors = self.vectors(words).transpose(1, 2)
        found = [torch.relu(one(vectors)).amax(dim=2) for one in self.filters]
        return self.head(torch.cat(found, dim=1))
