"""Rows of a long table that show what there is in some of its columns, gathered in one pass."""

from typing import Final

import numpy as np
import pandas as pd

from agents.competition.metrics.labels import Array
from agents.competition.reading.stream import cell_hashes, occur_in
from agents.competition.reading.tables import MISSING_WORDS

MOST_VALUES: Final = 50_000
"""So many different values of a column are certain to be shown; words for nothing always are."""
_CERTAIN: Final = -1.0
_NEVER: Final = 2.0


class Telling:
    """Gathers rows at random among those that are filled, and the first row with each value."""

    def __init__(self, rows: int) -> None:
        """Prepare for at most so many rows at random."""
        self._most = rows
        self._chance = np.random.default_rng(0)
        self._parts: list[pd.DataFrame] = []
        self._luck: list[Array] = []
        self._limit = 1.0
        self._known: dict[str, Array] = {}

    def add(self, cells: pd.DataFrame) -> None:
        """Take in further rows of the same columns."""
        blank = pd.DataFrame({name: _is_blank(cells[name]) for name in cells})
        luck = np.where(blank.all(axis=1), _NEVER, self._chance.random(len(cells)))
        for name in map(str, cells):
            luck[self._first_seen(name, cells[name], blank[name].to_numpy())] = _CERTAIN
        chosen = luck < self._limit
        self._parts.append(cells[chosen])
        self._luck.append(luck[chosen])
        if sum(map(len, self._luck)) > 2 * self._most:
            self._thin_out()

    @property
    def cells(self) -> pd.DataFrame:
        """The gathered rows in the order of the table."""
        self._thin_out()
        return self._parts[0]

    def _first_seen(self, name: str, cells: pd.Series, blank: Array) -> Array:
        """Positions of cells that were not seen before, each value once."""
        values, first = np.unique(cell_hashes(cells), return_index=True)
        known = self._known.get(name, np.empty(0, dtype=np.uint64))
        new = ~occur_in(known, values)
        if len(known) > MOST_VALUES:
            new &= blank[first]
        if new.any():
            self._known[name] = np.union1d(known, values[new])
        positions: Array = first[new]
        return positions

    def _thin_out(self) -> None:
        cells, luck = pd.concat(self._parts, ignore_index=True), np.concatenate(self._luck)
        drawn = np.sort(luck[luck >= 0])
        if len(drawn) > self._most:
            self._limit = float(drawn[self._most])
        chosen = luck < self._limit
        self._parts, self._luck = [cells[chosen].reset_index(drop=True)], [luck[chosen]]


def _is_blank(cells: pd.Series) -> pd.Series:
    words = cells.str.strip()
    return (words == "") | words.isin(list(MISSING_WORDS))
