"""FT-Transformer: every column is a token, and attention finds which columns act together.

For: tables of some thousand rows whose columns interact, numbers and categories mixed.
Input: numbers (rows, n) float32, standardised; codes (rows, c) int64, 0 for unknown.
Output: (rows, outputs) float32, logits or values.
Parameters: 69,379 of `FTTransformer(numbers=8, sizes=[5, 9], outputs=3)`.
Source: Gorishniy, Rubachev, Khrulkov and Babenko 2021, "Revisiting Deep Learning Models for
    Tabular Data".
Data: table
When: rows 3000..500000; columns 3..150
Merit: 2
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class FTTransformer(nn.Module):
    """Columns as tokens, a token for the answer, and a transformer over them."""

    def __init__(
        self, numbers: int, sizes: Sequence[int], outputs: int, *, width: int = 64, layers: int = 2
    ) -> None:
        super().__init__()
        self.slopes = nn.Parameter(torch.randn(numbers, width) * width**-0.5)
        self.offsets = nn.Parameter(torch.randn(numbers + len(sizes), width) * width**-0.5)
        self.words = nn.ModuleList(nn.Embedding(size, width) for size in sizes)
        self.answer = nn.Parameter(torch.randn(1, 1, width) * width**-0.5)
        layer = nn.TransformerEncoderLayer(
            width, 8, 2 * width, dropout=0.1, activation="gelu", batch_first=True, norm_first=True
        )
        self.body = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Sequential(nn.LayerNorm(width), nn.ReLU(), nn.Linear(width, outputs))

    def forward(self, numbers: Tensor, codes: Tensor) -> Tensor:
        """From (rows, n) and (rows, c) to (rows, outputs)."""
        tokens = [numbers.unsqueeze(2) * self.slopes]
        tokens += [words(codes[:, place : place + 1]) for place, words in enumerate(self.words)]
        columns = torch.cat(tokens, dim=1) + self.offsets
        seen = self.body(torch.cat([self.answer.expand(len(numbers), -1, -1), columns], dim=1))
        return self.head(seen[:, 0])
