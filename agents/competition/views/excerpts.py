"""Rows of a table for a view, gone through part by part, so that no table need fit into memory.

A `Source` is a table as its role shows it. A small one is held in memory; of a large one only the
columns by which views are made, the others are read again each time. An `Excerpt` is some of its
rows, with some cells replaced.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self

import numpy as np
import pandas as pd

from agents.competition.metrics.labels import Array
from agents.competition.reading.loading import iter_cells, load_cells
from agents.competition.reading.stream import KEPT_CELLS, rows_at
from agents.competition.stating.parts import rows_of
from agents.models import Table, Task

_PART_ROWS: Final = 1 << 16

Read = Callable[[Sequence[str]], Iterator[pd.DataFrame]]


@dataclass(frozen=True)
class Source:
    """A table whose cells can be asked for again and again."""

    columns: tuple[str, ...]
    rows: int
    held: pd.DataFrame
    """All rows of the columns that are in memory; of a table held whole, all of them."""
    read: Read | None = None
    """Reads columns of all rows, in parts; None where everything is held."""

    @classmethod
    def of(cls, cells: pd.DataFrame) -> Self:
        """A table that is in memory."""
        return cls(tuple(map(str, cells)), len(cells), cells)

    def parts(self, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Some columns of all rows in order; at least one part, if only an empty one."""
        if self.read is None or set(columns) <= set(self.held):
            yield self.held[list(columns)]
        else:
            yield from self.read(columns)


def source_of(
    competition: Path,
    task: Task,
    table: Table,
    wanted: Callable[[pd.DataFrame], Sequence[str]],
    *,
    most_cells: int = KEPT_CELLS,
) -> Source:
    """A table of the competition, as its entry in the task shows it.

    Args:
        competition: The user's folder.
        task: What is asked.
        table: One of its tables.
        wanted: Chooses the columns that are held of a large table, by the first rows.
        most_cells: Tables of up to so many cells are held whole.

    Raises:
        InputError: The file cannot be read as what it was.
    """
    if table.rows * len(table.columns) <= most_cells:
        return Source.of(rows_of(load_cells(competition, table), task, table))
    read = _reader(competition, task, table)
    head = rows_of(load_cells(competition, table, rows=_PART_ROWS), task, table)
    chosen = [str(name) for name in head if name in set(wanted(head))]
    held = pd.concat(read(chosen), ignore_index=True) if chosen else head[[]]
    return Source(tuple(map(str, head)), len(held) if chosen else table.rows, held, read)


def _reader(competition: Path, task: Task, table: Table) -> Read:
    """Reads columns of the rows of one role."""
    own = {name: written for written, name in task.renamed.items()} if table.role == "test" else {}
    marker = task.marker if table.role in {"train", "test"} else None
    made = task.made_id if table.role == "test" else None

    def read(columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        names = [*columns, *(() if marker is None else (marker.column,))]
        if made is not None and task.id_column in columns:
            names += made.parts
        written = dict.fromkeys(own.get(name, name) for name in names)
        there = [name for name in written if name in table.columns] or table.columns[:1]
        start = 0
        for cells in iter_cells(competition, table, _PART_ROWS, columns=there):
            yield rows_of(cells, _counting_from(task, start), table)[list(columns)]
            start += len(cells)

    return read


def _counting_from(task: Task, start: int) -> Task:
    """The task for a part that begins at this row: made ids go on counting there."""
    if task.made_id is None:
        return task
    made = task.made_id.model_copy(update={"first": task.made_id.first + start})
    return task.model_copy(update={"made_id": made})


@dataclass(frozen=True)
class Excerpt:
    """Some rows of a table, some of their cells replaced."""

    source: Source
    columns: tuple[str, ...]
    """Those that are shown, in order."""
    rows: Array | None = None
    """Which rows of the source, ascending; None for all."""
    replaced: Mapping[str, "pd.Series[str] | str"] = field(default_factory=dict)
    """Cells instead of the source's by column, one a shown row, or the same for all rows."""

    @classmethod
    def whole(cls, source: Source) -> Self:
        """A table as it is."""
        return cls(source, source.columns)

    @classmethod
    def of(cls, cells: pd.DataFrame) -> Self:
        """Rows that are in memory."""
        return cls.whole(Source.of(cells))

    def __len__(self) -> int:
        return self.source.rows if self.rows is None else len(self.rows)

    def take(self, places: Array) -> Self:
        """Some of these rows by ascending place."""
        rows = np.asarray(places) if self.rows is None else self.rows[places]
        cells = {
            name: one if isinstance(one, str) else one.iloc[places].reset_index(drop=True)
            for name, one in self.replaced.items()
        }
        return replace(self, rows=rows, replaced=cells)

    def only(self, columns: Sequence[str]) -> Self:
        """These rows with other columns of the source, or replaced ones."""
        return replace(self, columns=tuple(columns))

    def replacing(self, cells: Mapping[str, "pd.Series[str] | str"]) -> Self:
        """These rows with other cells; columns that are not shown stay hidden."""
        return replace(self, replaced={**self.replaced, **cells})

    def parts(self, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
        """The rows in order, in parts; at least one, if only an empty one."""
        shown = list(self.columns if columns is None else columns)
        read = [name for name in shown if name not in self.replaced]
        start = done = 0
        for cells in self.source.parts(read or self.source.columns[:1]):
            part = cells if self.rows is None else rows_at(cells, self.rows, start)
            start += len(cells)
            yield self._shown(part.reset_index(drop=True), shown, done)
            done += len(part)

    def cells(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The rows in memory, or some columns of them."""
        return pd.concat(self.parts(columns), ignore_index=True)

    def head(self, rows: int) -> pd.DataFrame:
        """The first rows."""
        found: list[pd.DataFrame] = []
        for part in self.parts():
            found.append(part)
            if sum(map(len, found)) >= rows:
                break
        return pd.concat(found, ignore_index=True).head(rows)

    def loaded(self) -> "Excerpt":
        """The same rows, held in memory from now on."""
        return Excerpt.of(self.cells())

    def _shown(self, part: pd.DataFrame, columns: Sequence[str], start: int) -> pd.DataFrame:
        if not self.replaced:
            return part[list(columns)]
        found: dict[str, pd.Series[str]] = {}
        for name in columns:
            cells = self.replaced.get(name)
            if cells is None:
                found[name] = part[name]
            elif isinstance(cells, str):
                found[name] = pd.Series(cells, index=part.index, dtype="str")
            else:
                found[name] = cells.iloc[start : start + len(part)].reset_index(drop=True)
        return pd.DataFrame(found, index=part.index)
