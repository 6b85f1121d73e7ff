"""Side tables of a played view keep the coverage that they have for the real test.

A side table that covers the real test (weather, attributes of things) stays whole. One that covers
training rows only loses what only blind rows reach: in the real run nobody has that either. Where
the test lies in the future, a table that goes on in time as train does ends where the rows to learn
from end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from agents.competition.joining.joins import match_keys
from agents.competition.metrics.labels import Array
from agents.competition.splitting.time_axis import TimeAxis, date_axes, numbers_in
from agents.competition.splitting.time_windows import is_learned, read_bounds
from agents.models import Join, SplitPlan, TimeSplit


def columns_of_cut(
    path: str, head: pd.DataFrame, joins: Sequence[Join], split: SplitPlan
) -> list[str]:
    """The columns of a table that `kept_rows` goes by.

    Args:
        path: Of a side table; "" for the rows that join it.
        head: Its first rows, some thousands of them.
        joins: How side tables are reached.
        split: How blind rows are drawn.
    """
    names = {name for join in joins if join.path == path for name in join.right}
    names |= {name for join in joins if join.base == path for name in join.left}
    if split.splitter == "time" and split.time is not None:
        names |= {split.time.column, *split.time.finer}
        if path:
            dates = date_axes(head, [str(name) for name in head])
            names |= {name for axis in dates for name in axis.columns}
    return [str(name) for name in head if name in names]


@dataclass(frozen=True)
class Sides:
    """Rows of one played view, and the side tables beside them."""

    learned: pd.DataFrame
    """Training rows that are learned from, at least the columns of `columns_of_cut`."""
    blind: pd.DataFrame
    """Training rows that play the test, the same columns."""
    test: pd.DataFrame | None
    """The real test, the same columns as far as it has them."""
    tables: Mapping[str, pd.DataFrame]
    """The side tables by path, at least those columns of each."""


def kept_rows(
    sides: Sides, joins: Sequence[Join], split: SplitPlan, fold: int | None
) -> dict[str, Array]:
    """Which rows of each side table a played view shows.

    Args:
        sides: The rows of the view and the side tables.
        joins: How side tables are reached, nearest first; a table without one stays whole, unless
            it is ordered by the column that the split goes by.
        split: How blind rows were drawn.
        fold: The window of a split by time, from 0; None for the earliest blind row.

    Returns:
        Booleans of shape (rows,) by path; all true for a table that stays whole.
    """
    kept = {path: np.ones(len(cells), dtype=bool) for path, cells in sides.tables.items()}
    for path, cells in sides.tables.items():
        own = [join for join in joins if join.path == path]
        for join in own:
            if not join.whole:
                kept[path] &= _reached(sides, join, cells, kept)
        if split.splitter == "time" and split.time is not None:
            kept[path] &= _known_then(sides, own, cells, split.time, fold)
    return kept


def _reached(sides: Sides, join: Join, cells: pd.DataFrame, kept: Mapping[str, Array]) -> Array:
    """Rows that no blind row reaches, or that a row to learn from reaches too."""
    if join.base:
        if join.base not in sides.tables:
            return np.ones(len(cells), dtype=bool)
        base, here = sides.tables[join.base], kept[join.base]
        pair = base[here], base[~here]
    else:
        pair = sides.learned, sides.blind
    if not set(join.left) <= set(pair[0]) or not set(join.right) <= set(cells):
        return np.ones(len(cells), dtype=bool)
    asking = pd.concat([rows[list(join.left)] for rows in pair], ignore_index=True)
    ours, theirs = match_keys(asking, cells, list(zip(join.left, join.right, strict=True)))
    learned, blind = (
        theirs.isin(keys[keys != ""].unique())
        for keys in (ours.iloc[: len(pair[0])], ours.iloc[len(pair[0]) :])
    )
    return np.asarray(learned | ~blind)


def _known_then(
    sides: Sides, own: Sequence[Join], cells: pd.DataFrame, time: TimeSplit, fold: int | None
) -> Array:
    """Rows up to where the rows to learn from end, unless the table goes on into the real test."""
    everything = np.ones(len(cells), dtype=bool)
    axis = _axis_of_side(own, cells, time)
    if axis is None or sides.test is None:
        return everything
    base = TimeAxis.of(time)
    moments, asked = axis.moments(cells), base.moments(sides.test)
    known, asked = moments[np.isfinite(moments)], asked[np.isfinite(asked)]
    if not len(known) or not len(asked) or known.max() >= np.median(asked):
        return everything
    if fold is None:
        blind = base.moments(sides.blind)
        return ~(moments >= np.nanmin(blind)) if np.isfinite(blind).any() else everything
    bounds = time.windows[fold]
    return is_learned(read_bounds(base, bounds.learn_until, bounds.start, bounds.end), moments)


def _axis_of_side(own: Sequence[Join], cells: pd.DataFrame, time: TimeSplit) -> TimeAxis | None:
    """The column by which a side table goes on in time.

    That is the one that is joined to the split's column, else the one of its name, else, in a table
    with many rows a key, its only column of dates.
    """
    for join in own:
        pairs = dict(zip(join.left, join.right, strict=True))
        if time.column in pairs:
            return _read_as(pairs[time.column], cells, time)
    if time.column in cells and not time.finer:
        return _read_as(time.column, cells, time)
    logs = any(join.many for join in own) and time.written
    dates = list(date_axes(cells, [str(name) for name in cells])) if logs else []
    return dates[0] if len(dates) == 1 else None


def _read_as(column: str, cells: pd.DataFrame, time: TimeSplit) -> TimeAxis | None:
    if not time.written:
        return TimeAxis(column) if numbers_in(cells[column]) else None
    return next(iter(date_axes(cells, [column])), None)
