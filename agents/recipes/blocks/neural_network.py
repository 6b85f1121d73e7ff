"""A network for tables: several perceptrons in one, on numbers seen through waves.

Two published ideas together. Each number enters beside a few learned mixtures of cosines of it, so
that one layer can bend at many places (PBLD embeddings; Holzmüller, Grinsztajn and Steinwart 2024,
"Better by default"). And the members of an ensemble share all inner weights but weigh the inputs
and read the last layer each in its own way, which costs little memory and errs less than one
network (TabM-mini; Gorishniy, Kotelnikov and Babenko 2025).
"""

import math
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

WORDS = False
MEMBERS = 8
WIDTH = 128
LAYERS = 2
DROPOUT = 0.2
WAVES = 16
WAVE_SPREAD = 0.1
MIXTURES = 3
WORD_SIZE = 6


class Rows(NamedTuple):
    """Rows as a network takes them; shape (rows, columns) each."""

    numbers: Tensor
    flags: Tensor
    codes: Tensor

    def at(self, places: Tensor | slice) -> "Rows":
        """Some of the rows."""
        return Rows(self.numbers[places], self.flags[places], self.codes[places])


class Network(nn.Module):
    """An ensemble of perceptrons with shared weights.

    Steps: network
    """

    def __init__(self, numbers: int, flags: int, words: list[int], outputs: int) -> None:
        """Draw first weights.

        Args:
            numbers: How many columns of numbers.
            flags: How many columns of 0 and 1.
            words: How many codes each column of words has.
            outputs: How many numbers are predicted for a row.
        """
        super().__init__()
        self.waves = Waves(numbers)
        if WORDS:
            self.words = Words(words)
        inputs = numbers * (1 + MIXTURES) + flags + len(words) * WORD_SIZE
        self.views = nn.Parameter(1 + 0.5 * torch.randn(MEMBERS, 1, inputs))
        widths = [inputs] + [WIDTH] * LAYERS
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(widths))
        bound = 1 / math.sqrt(WIDTH)
        self.heads = nn.Parameter(torch.empty(MEMBERS, WIDTH, outputs).uniform_(-bound, bound))
        self.offsets = nn.Parameter(torch.zeros(MEMBERS, 1, outputs))

    def forward(self, rows: Rows) -> Tensor:  # type: ignore[explicit-override]
        """Every member's outputs, shape (members, rows, outputs)."""
        seen = [self.waves(rows.numbers), rows.flags]
        if WORDS:
            seen.append(self.words(rows.codes))
        hidden = torch.cat(seen, dim=1) * self.views
        for layer in self.layers:
            hidden = self.thinned(nn.functional.silu(layer(hidden)))
        return torch.baddbmm(self.offsets, hidden, self.heads)

    def thinned(self, hidden: Tensor) -> Tensor:
        """Drop units at random while learning, the same ones for all members, which is cheaper."""
        if not self.training:
            return hidden
        kept = torch.rand(hidden.shape[1:], device=hidden.device) >= DROPOUT
        return hidden * kept / (1 - DROPOUT)


class Waves(nn.Module):
    """Each number, and mixtures of cosines of it.

    Steps: waves
    """

    def __init__(self, numbers: int) -> None:
        """Draw long waves at random places."""
        super().__init__()
        bound = 1 / math.sqrt(WAVES)
        self.speeds = nn.Parameter(2 * math.pi * WAVE_SPREAD * torch.randn(numbers, 1, WAVES))
        self.starts = nn.Parameter(math.pi * torch.empty(numbers, 1, WAVES).uniform_(-1, 1))
        self.mixing = nn.Parameter(torch.empty(numbers, WAVES, MIXTURES).uniform_(-bound, bound))
        self.shifts = nn.Parameter(torch.empty(numbers, 1, MIXTURES).uniform_(-bound, bound))

    def forward(self, numbers: Tensor) -> Tensor:  # type: ignore[explicit-override]
        """From (rows, numbers) to (rows, (1 + MIXTURES) * numbers)."""
        columns = numbers.T.unsqueeze(2)
        waves = torch.cos(columns * self.speeds + self.starts)
        mixed = torch.baddbmm(self.shifts, waves, self.mixing)
        return torch.cat([columns, mixed], dim=2).transpose(0, 1).flatten(1)


class Words(nn.Module):
    """A few learned numbers a word.

    Steps: embed
    """

    first: Tensor

    def __init__(self, sizes: list[int]) -> None:
        """One table holds the words of all columns below each other."""
        super().__init__()
        self.table = nn.Embedding(sum(sizes), WORD_SIZE)
        self.register_buffer("first", torch.tensor([0, *sizes[:-1]]).cumsum(0))

    def forward(self, codes: Tensor) -> Tensor:  # type: ignore[explicit-override]
        """From (rows, columns) to (rows, WORD_SIZE * columns)."""
        embedded: Tensor = self.table(codes + self.first)
        return embedded.flatten(1)
