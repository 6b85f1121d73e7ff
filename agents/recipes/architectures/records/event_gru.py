"""Events with gaps of time between them, read by a recurrent network.

For: one answer for a history of uneven length (transactions, visits, clicks of a person).
Input: codes (rows, length) int64, kind of event, 0 where there is none (at the end); facts
    (rows, length, f) float32, such as log(1 + amount) and log(1 + hours since the event before).
Output: (rows, outputs) float32, logits or values.
Parameters: 19,174 of `EventGRU(kinds=50, facts=2, outputs=2)`.
Source: Cho et al. 2014, "Learning Phrase Representations using RNN Encoder-Decoder"; Babaev et al.
    2022, "CoLES" (events of a client as embedding and numbers).
Data: records
When: rows 1000..; length 2..1000
"""

import torch
from torch import Tensor, nn


class EventGRU(nn.Module):
    """The state after the last real event, and the mean over all."""

    def __init__(
        self, kinds: int, facts: int, outputs: int, *, size: int = 24, width: int = 64
    ) -> None:
        super().__init__()
        self.kinds = nn.Embedding(kinds, size, padding_idx=0)
        self.level = nn.LayerNorm(size + facts)
        self.read = nn.GRU(size + facts, width, batch_first=True)
        self.head = nn.Sequential(nn.Dropout(0.1), nn.Linear(2 * width, outputs))

    def forward(self, codes: Tensor, facts: Tensor) -> Tensor:
        """From (rows, length) and (rows, length, f) to (rows, outputs); no row without an event."""
        events = self.level(torch.cat([self.kinds(codes), facts], dim=2))
        states, _ = self.read(events)
        real = codes != 0
        lengths = real.sum(1)
        last = states[torch.arange(len(codes), device=codes.device), lengths - 1]
        mean = (states * real.unsqueeze(2)).sum(1) / lengths.unsqueeze(1)
        return self.head(torch.cat([last, mean], dim=1))
