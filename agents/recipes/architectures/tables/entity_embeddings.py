"""Entity embeddings: a learned vector for every category, then a perceptron.

For: categories with many values (shops, towns, models), which one-hot columns would drown in.
Input: numbers (rows, n) float32, standardised; codes (rows, c) int64, 0 for unknown or rare.
Output: (rows, outputs) float32, logits or values.
Parameters: 34,187 of `EntityEmbeddings(numbers=8, sizes=[40, 300], outputs=3)`.
Source: Guo and Berkhahn 2016, "Entity Embeddings of Categorical Variables".
Data: table
When: rows 1000..; distinct 10..
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class EntityEmbeddings(nn.Module):
    """Vectors grow with the number of values and stay below `largest`."""

    def __init__(
        self,
        numbers: int,
        sizes: Sequence[int],
        outputs: int,
        *,
        largest: int = 32,
        width: int = 128,
    ) -> None:
        super().__init__()
        lengths = [min(largest, round(1.6 * size**0.56)) for size in sizes]
        self.words = nn.ModuleList(map(nn.Embedding, sizes, lengths))
        self.dropped = nn.Dropout(0.1)
        self.body = nn.Sequential(
            nn.Linear(numbers + sum(lengths), width), nn.BatchNorm1d(width), nn.ReLU(),
            nn.Dropout(0.2), nn.Linear(width, width), nn.ReLU(),
        )  # fmt: skip
        self.head = nn.Linear(width, outputs)

    def forward(self, numbers: Tensor, codes: Tensor) -> Tensor:
        """From (rows, n) and (rows, c) to (rows, outputs)."""
        vectors = [words(codes[:, place]) for place, words in enumerate(self.words)]
        return self.head(self.body(torch.cat([numbers, self.dropped(torch.cat(vectors, 1))], 1)))
