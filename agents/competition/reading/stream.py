"""Going through a table of any length once, in bounded memory.

What has to be exact over all rows (how many there are, empty cells, repeated rows) or nearly so
(different values) is gathered batch by batch; everything else is measured on at most 100,000 rows,
drawn at random from a longer table. Polars hashes the cells: measured against
DuckDB on the same job in `benchmarks/results/profile.md`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

MEASURED_ROWS: Final = 100_000
"""Columns are measured on so many rows at most."""
KEPT_CELLS: Final = 10_000_000
"""A table of so many cells is kept whole, some 100 MB; of a larger one only the measured rows."""
SKETCH_SIZE: Final = 8_192
KEPT_PRINTS: Final = 4_000_000
BATCH_ROWS: Final = 50_000

_HASH_SPACE: Final = 2.0**64
_MULTIPLIER: Final = np.uint64(1_000_003)


class Sketch:
    """How many different values a column has, from the smallest hashes of its values.

    Exact up to 8,192 values, beyond that within about 1 % (k minimum values: Bar-Yossef et al.
    2002, "Counting distinct elements in a data stream").
    """

    def __init__(self) -> None:
        self.smallest = np.empty(0, dtype=np.uint64)

    def add(self, hashes: np.ndarray) -> None:
        """Take in the hashes of further cells, shape (rows,)."""
        if self.full:
            hashes = hashes[hashes < self.smallest[-1]]
        if len(hashes):
            different = pl.Series(hashes).unique().to_numpy()
            together = np.sort(np.concatenate([self.smallest, different]))
            first = np.concatenate([[True], together[1:] != together[:-1]])
            self.smallest = together[first][:SKETCH_SIZE]

    @property
    def full(self) -> bool:
        """Whether values have been left out, so that everything said is an estimate."""
        return len(self.smallest) >= SKETCH_SIZE

    @property
    def distinct(self) -> int:
        """How many different values were taken in."""
        if not self.full:
            return len(self.smallest)
        return round((SKETCH_SIZE - 1) / (float(self.smallest[-1]) / _HASH_SPACE))

    def unseen(self, hashes: np.ndarray) -> float:
        """Share of cells, given as hashes, whose value was never taken in."""
        asked = hashes[hashes <= self.smallest[-1]] if self.full else hashes
        if not len(asked) or not len(self.smallest):
            return float(bool(len(asked)))
        places = np.searchsorted(self.smallest, asked).clip(max=len(self.smallest) - 1)
        return float((self.smallest[places] != asked).mean())


class Prints:
    """One number a row for its features and one for its answers; equal rows have equal ones.

    Of more than 4,000,000 rows, those are kept whose features' number is small: all rows with equal
    features or none of them, so counts of repeated rows can be scaled up by `scale`.
    """

    def __init__(self) -> None:
        self._features: list[np.ndarray] = []
        self._answers: list[np.ndarray] = []
        self._kept = 0
        self.scale = 1

    def add(self, features: np.ndarray, answers: np.ndarray) -> None:
        """Take in further rows: numbers of their features and of their answers, shape (rows,)."""
        chosen = features <= self._limit
        self._features.append(features[chosen])
        self._answers.append(answers[chosen])
        self._kept += int(chosen.sum())
        while self._kept > KEPT_PRINTS:
            self._halve()

    def _halve(self) -> None:
        self.scale *= 2
        features, answers = self.features, self.answers
        chosen = features <= self._limit
        self._features, self._answers = [features[chosen]], [answers[chosen]]
        self._kept = int(chosen.sum())

    @property
    def _limit(self) -> np.uint64:
        return np.uint64(2**64 // self.scale - 1)

    @property
    def features(self) -> np.ndarray:
        """The kept rows' features, shape (kept,)."""
        return _joined(self._features)

    @property
    def answers(self) -> np.ndarray:
        """The kept rows' answers, shape (kept,)."""
        return _joined(self._answers)


@dataclass
class Streamed:
    """One side of the data after one pass."""

    rows: int = 0
    kept: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Cells of the rows that are kept, in the order of the table: all of them where it is small."""
    kept_places: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """Where in the table each of them stands, shape (kept rows,)."""
    empty: Mapping[str, int] = field(default_factory=dict)
    """Empty cells by column, over all rows."""
    sketches: Mapping[str, Sketch] = field(default_factory=dict)
    """By column; only for a table of which not all rows are measured."""
    prints: Prints = field(default_factory=Prints)

    @property
    def long(self) -> bool:
        """Whether only a part of the rows is measured."""
        return self.rows > MEASURED_ROWS

    @cached_property
    def chosen(self) -> np.ndarray:
        """Which of the kept rows are measured, ascending."""
        return random_places(len(self.kept), MEASURED_ROWS)

    @cached_property
    def drawn(self) -> pd.DataFrame:
        """Cells of the measured rows, in the order of the table."""
        return self.kept.iloc[self.chosen].reset_index(drop=True) if self.long else self.kept

    @property
    def places(self) -> np.ndarray:
        """Where in the table each measured row stands, ascending, shape (measured rows,)."""
        places: np.ndarray = self.kept_places[self.chosen]
        return places


def stream(
    batches: Iterable[pd.DataFrame],
    rows: int,
    features: Sequence[str],
    answers: Sequence[str],
) -> Streamed:
    """Go through a table once.

    Args:
        batches: Its cells as text, some thousand rows at a time.
        rows: How many rows it has.
        features: Columns that make rows equal.
        answers: Columns that hold what is to be predicted.
    """
    gathered, thinned = Streamed(), None
    parts: list[pd.DataFrame] = []
    empty = dict[str, int]()
    sketches = dict[str, Sketch]()
    for cells in batches:
        if not gathered.rows and rows * cells.shape[1] > KEPT_CELLS:
            thinned = random_places(rows, MEASURED_ROWS)
        parts.append(cells if thinned is None else rows_at(cells, thinned, gathered.rows))
        gathered.rows += len(cells)
        hashes = _hashes(cells, None if rows > MEASURED_ROWS else [*features, *answers])
        for name in map(str, cells):
            empty[name] = empty.get(name, 0) + int((cells[name] == "").sum())
            if rows > MEASURED_ROWS:
                sketches.setdefault(name, Sketch()).add(hashes[name])
        gathered.prints.add(*(_mixed(hashes, names, len(cells)) for names in (features, answers)))
    gathered.kept = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    gathered.kept_places = np.arange(gathered.rows) if thinned is None else thinned
    gathered.empty, gathered.sketches = empty, sketches
    return gathered


def cell_hashes(cells: pd.Series) -> np.ndarray:
    """The hashes of cells as sketches know them, shape (rows,)."""
    return _hashes(cells.to_frame("cells"), None)["cells"]


def different(hashes: np.ndarray) -> np.ndarray:
    """The different ones among hashes, ascending."""
    # Ten times as fast as `np.unique` on millions of them.
    ordered = np.sort(hashes)
    first = np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)]
    found: np.ndarray = ordered[first]
    return found


def occur_in(known: np.ndarray, hashes: np.ndarray) -> np.ndarray:
    """Which hashes occur among those of `known`, ascending ones; bool of the shape of `hashes`."""
    if not len(known):
        return np.zeros(len(hashes), dtype=bool)
    found: np.ndarray = known[np.searchsorted(known, hashes).clip(max=len(known) - 1)] == hashes
    return found


def row_prints(cells: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """One number a row, equal for rows with equal cells in these columns, shape (rows,)."""
    return _mixed(_hashes(cells, columns), columns, len(cells))


def rows_at(cells: pd.DataFrame, wanted: np.ndarray, start: int) -> pd.DataFrame:
    """Those rows of a part that begins at `start` which are wanted by their place in the table."""
    first, end = np.searchsorted(wanted, [start, start + len(cells)])
    return cells.iloc[wanted[first:end] - start]


def random_places(rows: int, most: int) -> np.ndarray:
    """Places of at most so many rows, drawn at random without repeats, ascending."""
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))


def _hashes(cells: pd.DataFrame, columns: Sequence[str] | None) -> dict[str, np.ndarray]:
    chosen = cells if columns is None else cells[list(dict.fromkeys(columns))]
    texts = pa.Table.from_pandas(chosen, preserve_index=False)
    return {
        str(name): pl.Series(column).hash().to_numpy()
        for name, column in zip(chosen.columns, texts.columns, strict=True)
    }


def _mixed(hashes: Mapping[str, np.ndarray], names: Sequence[str], rows: int) -> np.ndarray:
    total = np.zeros(rows, dtype=np.uint64)
    for name in names:
        total = total * _MULTIPLIER + hashes[name]
    # Spread over the whole range, since rows are kept by the size of this number.
    total ^= total >> np.uint64(32)
    return total * np.uint64(0x9E3779B97F4A7C15)


def _joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.uint64)
