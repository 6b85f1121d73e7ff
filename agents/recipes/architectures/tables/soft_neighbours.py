"""Soft nearest neighbours (ModernNCA): answers of similar training rows, similarity being learned.

For: tables in which rows resemble each other in clusters (products, materials, customers).
Input: rows (rows, features) float32; beside them training rows (m, features) and what they
    answered (m, outputs): one-hot classes or standardised numbers. In learning, leave a row's own
    answer out by `same`, the place of each row among the training rows (-1 for none).
Output: (rows, outputs) float32: probabilities or values, no logits.
Parameters: 17,792 of `SoftNeighbours(features=16)`.
Source: Ye, Liu and Chao 2025, "Revisiting Nearest Neighbor for Tabular Data" (ModernNCA).
Data: table
When: rows 300..50000; columns ..200
"""

import torch
from torch import Tensor, nn


class SoftNeighbours(nn.Module):
    """Rows are placed in a space where near ones answer alike."""

    def __init__(self, features: int, *, width: int = 64, hidden: int = 128) -> None:
        super().__init__()
        self.place = nn.Linear(features, width)
        self.bend = nn.Sequential(
            nn.BatchNorm1d(width), nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, width)
        )

    def forward(self, rows: Tensor, known: Tensor, answers: Tensor, same: Tensor) -> Tensor:
        """From (rows, features), (m, features), (m, outputs) and (rows,) to (rows, outputs)."""
        distances = torch.cdist(self.placed(rows), self.placed(known))
        own = same.unsqueeze(1) == torch.arange(len(known), device=same.device)
        return (-distances).masked_fill(own, -torch.inf).softmax(dim=1) @ answers

    def placed(self, rows: Tensor) -> Tensor:
        """From (rows, features) to (rows, width)."""
        linear = self.place(rows)
        return linear + self.bend(linear)
