"""A small transformer encoder, learned from nothing.

For: many texts in a language or code that no pretrained encoder knows (logs, molecules, genes).
Input: words (rows, length) int64, 0 where there is none; a row has one word at least.
Output: (rows, outputs) float32, logits or values.
Parameters: 289,251 of `TextTransformer(words=1000, outputs=3, longest=64)`.
Source: Vaswani et al. 2017, "Attention Is All You Need"; Xiong et al. 2020 (norm first).
Data: text
When: rows 10000..; length 4..512
"""

import torch
from torch import Tensor, nn


class TextTransformer(nn.Module):
    """Words with their places, attention among them, the mean over real words."""

    def __init__(
        self, words: int, outputs: int, longest: int, *, width: int = 96, layers: int = 2
    ) -> None:
        super().__init__()
        self.vectors = nn.Embedding(words, width, padding_idx=0)
        self.places = nn.Parameter(0.02 * torch.randn(longest, width))
        layer = nn.TransformerEncoderLayer(
            width, 4, 3 * width, dropout=0.1, activation="gelu", batch_first=True, norm_first=True
        )
        self.body = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Dropout(0.1), nn.Linear(width, outputs))

    def forward(self, words: Tensor) -> Tensor:
        """From (rows, length) to (rows, outputs); length is at most `longest`."""
        gaps = words == 0
        placed = self.vectors(words) + self.places[: words.shape[1]]
        states = self.body(placed, src_key_padding_mask=gaps)
        real = (~gaps).unsqueeze(2)
        return self.head((states * real).sum(1) / real.sum(1))
