"""Measuring the side tables that joins reach: what their columns mean, and how they bear on rows.

A column of a table with one row a key is measured as the rows see it, beside the target. Of a table
with several rows a key, the words are ranked by how many keys have them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from agents.competition.joining.joins import match_keys
from agents.competition.profiling.column import Sides, profile_column
from agents.competition.profiling.semantics import Lore
from agents.competition.reading.loading import load_cells
from agents.models import ColumnProfile, Join, Task

MOST_WORDS: Final = 60
_MEASURED_ROWS: Final = 50_000
_SEEN_ROWS: Final = 5_000
_SEEN: Final = (
    *("distribution", "spiked", "rates_of", "rate_empty"),
    *("missing", "missing_test", "unseen"),
    *("to_target", "information", "drift"),
)
"""What depends on the rows that look a column up."""
_WORDS: Final = frozenset({"category", "boolean"})


def profile_side(
    folder: Path, task: Task, rows: Sides, lore: Lore
) -> dict[str, tuple[ColumnProfile, ...]]:
    """Measure the columns of every side table that is joined.

    Args:
        folder: The competition.
        task: With its joins.
        rows: The cells of train and test, and the targets.
        lore: What is known about columns apart from their cells.

    Returns:
        Columns by path of the table. `items` holds the words of a column that most keys have,
        at most 60, where a key has several rows.
    """
    tables = {table.path: table for table in task.tables if table.role == "side"}
    measured: dict[str, tuple[ColumnProfile, ...]] = {}
    for join in task.joins:
        if join.path not in measured:
            cells = load_cells(folder, tables[join.path])
            measured[join.path] = tuple(_columns(join, cells, rows, lore))
    return measured


def _columns(join: Join, cells: pd.DataFrame, rows: Sides, lore: Lore) -> list[ColumnProfile]:
    drawn = cells
    if len(cells) > _MEASURED_ROWS:
        drawn = cells.sample(_MEASURED_ROWS, random_state=0).sort_index()
    alone = Sides(drawn, None)
    columns = [profile_column(str(name), alone, lore) for name in drawn]
    if join.many:
        return [_with_words(column, cells, join.right) for column in columns]
    return columns if join.base else _seen_by_rows(join, cells, columns, rows, lore)


def _with_words(column: ColumnProfile, cells: pd.DataFrame, key: Sequence[str]) -> ColumnProfile:
    """The same column with the words that most keys have."""
    if column.semantic not in _WORDS or column.name in key:
        return column
    once = cells[[*key, column.name]].drop_duplicates()
    words = once[column.name][once[column.name] != ""].value_counts()
    return column.model_copy(update={"items": tuple(map(str, words.index[:MOST_WORDS]))})


def _seen_by_rows(
    join: Join, cells: pd.DataFrame, columns: list[ColumnProfile], rows: Sides, lore: Lore
) -> list[ColumnProfile]:
    """Columns as train and test see them, where they mean the same from there."""
    places = _places(len(rows.train))
    train = _looked_up(join, cells, rows.train.iloc[places])
    test = rows.test
    if test is not None:
        test = _looked_up(join, cells, test.iloc[_places(len(test))])
    targets = {name: (goal[places], classes) for name, (goal, classes) in rows.targets.items()}
    seen = Sides(train, test, targets=targets, asked=rows.asked, ordered=rows.ordered)
    joined = (profile_column(column.name, seen, lore) for column in columns)
    return [
        alone.model_copy(update={name: getattr(there, name) for name in _SEEN})
        if there.semantic == alone.semantic
        else alone
        for alone, there in zip(columns, joined, strict=True)
    ]


def _places(rows: int) -> np.ndarray:
    if rows <= _SEEN_ROWS:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, _SEEN_ROWS, replace=False))


def _looked_up(join: Join, cells: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    on = list(zip(join.left, join.right, strict=True))
    ours, theirs = match_keys(rows, cells, on)
    first = (~theirs.duplicated() & (theirs != "")).to_numpy()
    return cells[first].set_axis(theirs[first]).reindex(ours).fillna("").set_axis(rows.index)
