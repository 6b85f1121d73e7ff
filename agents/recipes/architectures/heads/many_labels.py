"""A head for any number of labels a row, with the asymmetric loss.

For: tags, where a row has some of many labels and most labels are rare.
Input: vectors (rows, size) float32 of any body; labels (rows, labels) float32 of 0 and 1.
Output: (rows, labels) float32, a probability a label; `loss` for learning.
Parameters: 99 of `ManyLabelsHead(size=32, shares=[0.5, 0.1, 0.01])`.
Source: Ridnik et al. 2021, "Asymmetric Loss for Multi-Label Classification"; Lin et al. 2017,
    "Focal Loss" (first offsets from the shares).
Data: head
Problems: multilabel
Merit: 3

The loss bends probabilities. For log loss, or before thresholds are sought, learn with
`binary_cross_entropy_with_logits` instead.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class ManyLabelsHead(nn.Module):
    """Labels that are absent and easily seen to be so hardly count."""

    def __init__(self, size: int, shares: Sequence[float]) -> None:
        super().__init__()
        self.layer = nn.Linear(size, len(shares))
        known = torch.tensor(shares).clamp(1e-4, 1 - 1e-4)
        nn.init.zeros_(self.layer.weight)
        self.layer.bias.data.copy_(torch.logit(known))

    def forward(self, vectors: Tensor) -> Tensor:
        """From (rows, size) to (rows, labels)."""
        return torch.sigmoid(self.layer(vectors))

    def loss(
        self, vectors: Tensor, labels: Tensor, *, ease: float = 4, margin: float = 0.05
    ) -> Tensor:
        """Mean loss; absent labels under `margin` cost nothing, easy ones little."""
        found = self(vectors)
        absent = (found - margin).clamp(min=0)
        hits = labels * torch.log(found.clamp(min=1e-8))
        misses = (1 - labels) * absent**ease * torch.log((1 - absent).clamp(min=1e-8))
        return -(hits + misses).mean()
