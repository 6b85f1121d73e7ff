"""A recurrent network read in both directions, with attention over its states.

For: texts in which order and negation matter, where no pretrained encoder can be had.
Input: words (rows, length) int64, 0 where there is none (at the end); a row has one word at least.
Output: (rows, outputs) float32, logits or values.
Parameters: 101,827 of `GRUAttention(words=1000, outputs=3)`.
Source: Yang et al. 2016, "Hierarchical Attention Networks for Document Classification".
Data: text
When: rows 2000..; length 3..400
"""

import torch
from torch import Tensor, nn


class GRUAttention(nn.Module):
    """States of every word, weighed by how telling they are."""

    def __init__(self, words: int, outputs: int, *, size: int = 64, width: int = 48) -> None:
        super().__init__()
        self.vectors = nn.Embedding(words, size, padding_idx=0)
        self.body = nn.GRU(size, width, batch_first=True, bidirectional=True)
        self.telling = nn.Sequential(
            nn.Linear(2 * width, width), nn.Tanh(), nn.Linear(width, 1, bias=False)
        )
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(2 * width, outputs))

    def forward(self, words: Tensor) -> Tensor:
        """From (rows, length) to (rows, outputs)."""
        states, _ = self.body(self.vectors(words))
        weights = self.telling(states).squeeze(2).masked_fill(words == 0, -torch.inf)
        return self.head(torch.einsum("rl,rlw->rw", weights.softmax(dim=1), states))
