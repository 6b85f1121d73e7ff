"""A table of the competition, of which no more is held in memory than is asked for.

A table of up to 10,000,000 cells is held whole, and everything said of it is exact. A larger one is
gone through part by part: rows drawn at random stand for it (`drawn`), and what must be exact over
all rows has questions of its own: `is_unique`, `same_values`, `holds_values`, `telling`, `which`.

A table may be shown with fewer columns, in another spelling, or with some of its rows; nothing is
copied for that until its cells are asked for.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from agents.competition.metrics.metrics import Array
from agents.competition.reading.loading import iter_cells, load_cells
from agents.competition.reading.stream import (
    KEPT_CELLS,
    cell_hashes,
    different,
    occur_in,
    random_places,
    rows_at,
)
from agents.competition.stating.telling import Telling
from agents.models import Table

_PART_ROWS: Final = 100_000
_READ_AT_ONCE: Final = ("json", "xlsx")
"""Formats of which the first rows cost as much as all of them."""
_NAMED_BY_DEFAULT: Final = re.compile(r"(sheet|tabelle|feuil|hoja|foglio|лист|data) ?\d*")


class Limits(NamedTuple):
    """How much of a table is held in memory."""

    cells: int = KEPT_CELLS
    """A table of so many cells is held whole; of a larger one so many at most."""
    rows: int = 200_000
    """Rows that are drawn from a longer table, to be searched for keys, joins and dates."""


USUAL: Final = Limits()


@dataclass(frozen=True)
class TableFile:
    """A table that could be read."""

    root: Path
    table: Table
    """As a side table, as it is shown: roles are given later."""
    limits: Limits = field(default=USUAL, compare=False)
    file: "TableFile | None" = field(default=None, compare=False, repr=False)
    """The table as it lies there, where this one shows it otherwise."""
    own: Mapping[str, str] = field(default_factory=dict, compare=False)
    """How the file calls the columns that are shown; only set together with `file`."""
    kept: Array | None = field(default=None, compare=False, repr=False)
    """Which of the file's rows are shown, shape (its rows,), bool; None for all."""
    _prints: dict[str, Array] = field(default_factory=dict, compare=False, repr=False, init=False)
    _telling: dict[tuple[str, ...], pd.DataFrame] = field(
        default_factory=dict, compare=False, repr=False, init=False
    )

    @property
    def path(self) -> str:
        """Relative to the competition."""
        return self.table.path

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return self.table.columns

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return self.table.rows

    @property
    def stem(self) -> str:
        """Its name in lower case without suffixes, for tie-breaks.

        A sheet is called by its own name, unless that is one that spreadsheets give.
        """
        place = PurePosixPath(self.path.lower())
        if self.table.format == "xlsx":
            return place.parent.stem if _NAMED_BY_DEFAULT.fullmatch(place.name) else place.name
        return PurePosixPath(place.name.removesuffix(".gz")).stem

    # --- shown otherwise

    def renamed(self, names: Mapping[str, str]) -> "TableFile":
        """The same table with other names for some columns, by those that it has."""
        return self._shown({names.get(name, name): name for name in self.columns}, self.kept)

    def without(self, columns: Sequence[str]) -> "TableFile":
        """The same table without these columns, where it has them."""
        left = {name: name for name in self.columns if name not in columns}
        return self._shown(left, self.kept) if len(left) < len(self.columns) else self

    def with_column(self, name: str, cells: pd.Series) -> "TableFile":
        """The same table with one column more, for tables that are held whole.

        Args:
            name: Of the column; the table has none of that name.
            cells: As text, shape (rows,).
        """
        table = self.table.model_copy(update={"columns": (*self.columns, name)})
        held = max(self.limits.cells, table.rows * len(table.columns))
        shown = TableFile(self.root, table, self.limits._replace(cells=held))
        # What is read from the file otherwise; a cached property keeps its value there.
        shown.__dict__["cells"] = self.cells.assign(**{name: list(cells)}).astype("str")
        return shown

    def only(self, rows: Array) -> "TableFile":
        """Some of its rows: those that `rows`, bool of shape (rows,), says."""
        kept = rows
        if self.kept is not None:
            kept = self.kept.copy()
            kept[kept] = rows
        return self._shown({name: name for name in self.columns}, kept)

    def _shown(self, columns: Mapping[str, str], kept: Array | None) -> "TableFile":
        rows = self._file.rows if kept is None else int(kept.sum())
        table = self.table.model_copy(update={"columns": tuple(columns), "rows": rows})
        own = {shown: self.own.get(name, name) for shown, name in columns.items()}
        return TableFile(self.root, table, self.limits, self._file, own, kept)

    @property
    def _file(self) -> "TableFile":
        return self if self.file is None else self.file

    # --- its cells

    @property
    def is_whole(self) -> bool:
        """Whether all of its file is held in memory."""
        return self._file.rows * len(self._file.columns) <= self.limits.cells

    @cached_property
    def cells(self) -> pd.DataFrame:
        """Every cell as text: only for tables that are held whole, or fit anyway."""
        if self.file is None:
            return load_cells(self.root, self.table)
        return self._view(self.file.cells, self.kept)

    def head(self, rows: int) -> pd.DataFrame:
        """The first rows; of a table that shows some rows of its file, the first drawn ones."""
        at_once = self.table.format in _READ_AT_ONCE or "cells" in self.__dict__
        if self.is_whole and (self.file is not None or at_once):
            return self.cells.head(rows)
        if self.kept is not None:
            return self.drawn.head(rows)
        return self._view(load_cells(self.root, self._file.table, rows=rows), None)

    @cached_property
    def drawn(self) -> pd.DataFrame:
        """All rows, or so many drawn at random, in their order."""
        if self.is_whole:
            if self.rows <= self.limits.rows:
                return self.cells
            return self.cells.iloc[self.places].reset_index(drop=True)
        if self.file is not None and self.kept is None:
            return self._view(self.file.drawn, None)
        start, found = 0, []
        for part in self.parts(self.columns):
            found.append(rows_at(part, self.places, start))
            start += len(part)
        return pd.concat(found, ignore_index=True)

    @cached_property
    def places(self) -> Array:
        """Where in the table each drawn row stands, ascending."""
        most = self.limits.rows
        if not self.is_whole:
            most = min(most, max(1, self.limits.cells // max(1, len(self._file.columns))))
        return random_places(self.rows, most)

    def column(self, name: str) -> pd.Series:
        """One column, of all rows."""
        return pd.concat([part[name] for part in self.parts([name])], ignore_index=True)

    def parts(self, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Some columns of all rows, part by part; every part is numbered from where it begins."""
        if self.is_whole:
            yield self.cells[list(columns)]
            return
        names = [self.own.get(name, name) for name in columns]
        start = 0
        for cells in iter_cells(self.root, self._file.table, _PART_ROWS, columns=names):
            part = cells.set_axis(list(columns), axis=1)
            if self.kept is not None:
                part = part[self.kept[start : start + len(part)]]
            start += len(cells)
            yield part

    def _view(self, cells: pd.DataFrame, kept: Array | None) -> pd.DataFrame:
        if self.file is None:
            return cells
        shown = cells[list(self.own.values())].set_axis(list(self.own), axis=1)
        return shown if kept is None else shown[kept].reset_index(drop=True)

    # --- what is exact over all rows

    def telling(self, columns: Sequence[str]) -> pd.DataFrame:
        """Some columns, in rows that show what there is in them.

        These are all rows of a table that is held whole. Of a larger one they are rows drawn among
        those in which a column is filled, and the first row with each further value of a column: a
        value that none of them has is one of too many to be listed.
        """
        if self.is_whole:
            return self.cells[list(columns)]
        key = tuple(columns)
        if key not in self._telling:
            gathered = Telling(self.limits.rows)
            for part in self.parts(columns):
                gathered.add(part)
            self._telling[key] = gathered.cells
        return self._telling[key]

    def which(self, column: str, holds: Callable[[pd.Series], pd.Series]) -> Array:
        """For which rows something holds of their cell in a column, bool of shape (rows,)."""
        found = [holds(part[column]).to_numpy(dtype=bool) for part in self.parts([column])]
        return np.concatenate(found) if found else np.zeros(0, dtype=bool)

    def is_unique(self, column: str) -> bool:
        """Whether no cell of a column comes twice."""
        if self.is_whole:
            return bool(self.cells[column].is_unique)
        return bool(self.drawn[column].is_unique) and len(self._distinct(column)) == self.rows

    def same_values(self, column: str, other: "TableFile", theirs: str) -> bool:
        """Whether a column has the same different cells as a column of another table."""
        return np.array_equal(self._distinct(column), other._distinct(theirs))

    def holds_values(self, column: str, other: "TableFile", theirs: str) -> bool:
        """Whether a column has all cells that a column of another table has."""
        return bool(occur_in(self._distinct(column), other._distinct(theirs)).all())

    def repeated_in(self, column: str, other: "TableFile", theirs: str) -> Array:
        """For which rows the cell of a column is one of the other's, bool of shape (rows,)."""
        known = other._distinct(theirs)
        return self.which(column, lambda cells: pd.Series(occur_in(known, cell_hashes(cells))))

    def values(self, column: str) -> set[str]:
        """The different cells of a column, however many."""
        return {str(cell) for part in self.parts([column]) for cell in part[column].unique()}

    def twice(self, column: str) -> str:
        """The first cell of a column that came before."""
        seen = set[str]()
        for part in self.parts([column]):
            for cell in part[column]:
                if cell in seen:
                    return str(cell)
                seen.add(cell)
        return ""

    def _distinct(self, column: str) -> Array:
        """The different cells of a column as 64-bit hashes, ascending."""
        if column not in self._prints:
            hashes = [cell_hashes(part[column]) for part in self.parts([column])]
            self._prints[column] = different(np.concatenate(hashes))
        return self._prints[column]
