"""What a reader of the folder sees first: a few rows of every table, a few values of every column.

Made for prompts and people: short, and never more than some kilobytes however large the data are.
"""

from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd

from agents.competition.reading.loading import load_cells
from agents.competition.stating.meanings import column_meanings
from agents.models import Table, Task

_READ: Final = 400
_ROWS: Final = 4
_COLUMNS: Final = 30
_CELL: Final = 60
_EXAMPLES: Final = 4
_TABLES: Final = 12


class TablePreview(NamedTuple):
    """The first rows of a table."""

    path: str
    role: str
    rows: int
    head: str
    """As comma separated text; long cells and columns beyond the thirtieth are cut off."""


class Preview(NamedTuple):
    """What a reader sees first."""

    tables: tuple[TablePreview, ...]
    examples: dict[str, str]
    """A few different values of every training column, by its name."""
    meanings: dict[str, str]
    """What columns and their codes mean, where the folder says so outside of its description."""


def preview(folder: Path, task: Task) -> Preview:
    """Read the first rows of every table.

    Raises:
        InputError: A table cannot be read as what it was.
    """
    tables = [_table(folder, table) for table in task.tables[:_TABLES]]
    train = task.table("train")
    assert train is not None
    cells = load_cells(folder, train, rows=_READ)
    return Preview(
        tables=tuple(tables),
        examples={str(name): _examples(cells[name]) for name in cells},
        meanings=column_meanings(folder, task),
    )


def _table(folder: Path, table: Table) -> TablePreview:
    cells = load_cells(folder, table, rows=_ROWS)
    shown = cells.iloc[:, :_COLUMNS].map(_short)
    head = shown.to_csv(index=False, lineterminator="\n").rstrip("\n")
    if len(cells.columns) > _COLUMNS:
        head += f"\n({len(cells.columns) - _COLUMNS} more columns)"
    return TablePreview(path=table.path, role=table.role, rows=table.rows, head=head)


def _examples(cells: pd.Series) -> str:
    values = cells[cells != ""].drop_duplicates().head(_EXAMPLES)
    return ", ".join(_short(value) for value in values)


def _short(cell: str) -> str:
    flat = " ".join(cell.split())
    return flat if len(flat) <= _CELL else f"{flat[: _CELL - 1]}…"
