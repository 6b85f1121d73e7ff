"""Embedding bag (fastText): the mean of word vectors, then a linear layer.

For: topics and sentiment where single words and pairs of words decide; learns in seconds.
Input: words (rows, length) int64: hashed words and pairs of neighbouring words, 0 where there is
    none.
Output: (rows, outputs) float32, logits or values.
Parameters: 64,195 of `EmbeddingBag(words=1000, outputs=3)`.
Source: Joulin, Grave, Bojanowski and Mikolov 2017, "Bag of Tricks for Efficient Text
    Classification".
Data: text
When: rows 200..
"""

from torch import Tensor, nn


class EmbeddingBag(nn.Module):
    """Order is lost but for the pairs among the words."""

    def __init__(self, words: int, outputs: int, *, size: int = 64, dropout: float = 0.3) -> None:
        super().__init__()
        self.vectors = nn.EmbeddingBag(words, size, mode="mean", padding_idx=0)
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(size, outputs))

    def forward(self, words: Tensor) -> Tensor:
        """From (rows, length) to (rows, outputs); a row of nothing but 0 is a vector of zeros."""
        return self.head(self.vectors(words))
