"""Late fusion: a tower for each form of the data, joined before the answer.

For: rows with a table part and vectors of texts, pictures or sounds from frozen encoders.
Input: parts, one (rows, size) float32 each, standardised; a part that a row lacks is all zeros.
Output: (rows, outputs) float32, logits or values.
Parameters: 33,923 of `LateFusion(sizes=[12, 384], outputs=3)`.
Source: Baltrušaitis, Ahuja and Morency 2019, "Multimodal Machine Learning: A Survey"; Neverova et
    al. 2016, "ModDrop" (whole parts left out while learning).
Data: fusion
When: rows 300..
Merit: 3
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class LateFusion(nn.Module):
    """Parts are left out at random while learning, so that none is leaned on alone."""

    def __init__(
        self, sizes: Sequence[int], outputs: int, *, width: int = 64, without: float = 0.15
    ) -> None:
        super().__init__()
        self.towers = nn.ModuleList(
            nn.Sequential(nn.Linear(size, width), nn.ReLU(), nn.Dropout(0.2)) for size in sizes
        )
        self.without = without
        self.head = nn.Sequential(
            nn.Linear(width * len(sizes), width), nn.ReLU(), nn.Linear(width, outputs)
        )

    def forward(self, parts: Sequence[Tensor]) -> Tensor:
        """From (rows, size) a part to (rows, outputs)."""
        seen = torch.stack([tower(part) for tower, part in zip(self.towers, parts, strict=True)], 1)
        if self.training:
            seen = seen * (torch.rand(*seen.shape[:2], 1, device=seen.device) >= self.without)
        return self.head(seen.flatten(1))
