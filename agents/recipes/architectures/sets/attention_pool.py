"""Attention pooling over a set: a few learned questions are put to all records.

For: bags in which few records matter, or only together (several pictures or visits a case).
Input: records (rows, items, features) float32, standardised; there (rows, items) bool, at least one
    true a row.
Output: (rows, outputs) float32, logits or values.
Parameters: 51,778 of `AttentionPool(features=5, outputs=2)`.
Source: Lee et al. 2019, "Set Transformer"; Ilse, Tomczak and Welling 2018, "Attention-based Deep
    Multiple Instance Learning".
Data: set
When: rows 1000..
"""

import torch
from torch import Tensor, nn


class AttentionPool(nn.Module):
    """Records ask each other, then learned questions ask the records."""

    def __init__(self, features: int, outputs: int, *, width: int = 64, questions: int = 4) -> None:
        super().__init__()
        self.enter = nn.Linear(features, width)
        self.among = nn.TransformerEncoderLayer(
            width, 4, 2 * width, dropout=0.1, batch_first=True, norm_first=True
        )
        self.questions = nn.Parameter(torch.randn(1, questions, width) * width**-0.5)
        self.pool = nn.MultiheadAttention(width, 4, batch_first=True)
        self.head = nn.Sequential(
            nn.Flatten(), nn.LayerNorm(questions * width), nn.Linear(questions * width, outputs)
        )

    def forward(self, records: Tensor, there: Tensor) -> Tensor:
        """From (rows, items, features) and (rows, items) to (rows, outputs)."""
        tokens = self.among(self.enter(records), src_key_padding_mask=~there)
        questions = self.questions.expand(len(records), -1, -1)
        found, _ = self.pool(questions, tokens, tokens, key_padding_mask=~there)
        return self.head(found)
