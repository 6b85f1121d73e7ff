"""Gated fusion: for every row the network weighs which form of the data to believe.

For: several forms of data whose worth differs by row (a long text here, a good picture there).
Input: parts, one (rows, size) float32 each, standardised.
Output: (rows, outputs) float32, logits or values.
Parameters: 76,483 of `GatedFusion(sizes=[12, 384], outputs=3)`.
Source: Arevalo et al. 2017, "Gated Multimodal Units for Information Fusion".
Data: fusion
When: rows 1000..
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class GatedFusion(nn.Module):
    """A weight a part, a unit and a row; the weights of all parts sum to one."""

    def __init__(self, sizes: Sequence[int], outputs: int, *, width: int = 64) -> None:
        super().__init__()
        self.towers = nn.ModuleList(nn.Sequential(nn.Linear(n, width), nn.Tanh()) for n in sizes)
        self.gates = nn.ModuleList(nn.Linear(sum(sizes), width) for _ in sizes)
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(width, outputs))

    def forward(self, parts: Sequence[Tensor]) -> Tensor:
        """From (rows, size) a part to (rows, outputs)."""
        together = torch.cat(list(parts), dim=1)
        weights = torch.stack([gate(together) for gate in self.gates]).softmax(dim=0)
        towers = zip(self.towers, parts, strict=True)
        return self.head((weights * torch.stack([tower(part) for tower, part in towers])).sum(0))
