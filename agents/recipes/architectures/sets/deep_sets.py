"""Deep Sets: every record on its own, then sum, mean and maximum over them.

For: one answer for a bag of records without order (lines of a bill, hits of a detector).
Input: records (rows, items, features) float32, standardised; there (rows, items) bool, true where
    an item is real.
Output: (rows, outputs) float32, logits or values.
Parameters: 17,410 of `DeepSets(features=5, outputs=2)`.
Source: Zaheer et al. 2017, "Deep Sets".
Data: set
When: rows 200..
Merit: 3
"""

import torch
from torch import Tensor, nn


class DeepSets(nn.Module):
    """What is summed cannot depend on the order."""

    def __init__(self, features: int, outputs: int, *, width: int = 64) -> None:
        super().__init__()
        self.each = nn.Sequential(
            nn.Linear(features, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()
        )
        self.all = nn.Sequential(
            nn.LayerNorm(3 * width), nn.Linear(3 * width, width), nn.ReLU(), nn.Dropout(0.1)
        )
        self.head = nn.Linear(width, outputs)

    def forward(self, records: Tensor, there: Tensor) -> Tensor:
        """From (rows, items, features) and (rows, items) to (rows, outputs)."""
        # What each record becomes is not negative, so zeros in gaps change no maximum.
        each = self.each(records) * there.unsqueeze(2)
        total = each.sum(dim=1)
        mean = total / there.sum(1, keepdim=True).clamp(min=1)
        return self.head(self.all(torch.cat([total, mean, each.amax(dim=1)], dim=1)))
