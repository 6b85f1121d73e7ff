"""Choosing a split by time where the real test lies in time as it says.

Tried in this order: the test after train, the last rows of each entity, periodic blocks. Where
there are dates and none of it holds, a sentence says why rows are not held out by time.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from agents.competition.metrics.labels import Array
from agents.competition.splitting.time_axis import TimeAxis, date_axes, period_axes
from agents.competition.splitting.time_evidence import (
    Blocks,
    Order,
    Tails,
    blocks_on,
    order_on,
    series_columns,
    tails_of,
)
from agents.competition.splitting.time_windows import FEWEST_ROWS, Window, horizon_windows, is_in
from agents.models import SplitPlan, TimeSplit, TimeWindow

_MOST_AXES: Final = 4
_MOST_ENTITIES: Final = 6
_FOLDS_OF_BLOCKS: Final = 5
_FOLDS_OF_TAILS: Final = 3
_SAMPLED: Final = 2_000


class TimelySplit(NamedTuple):
    """A split by time (or None), and why it is not taken where there are dates."""

    plan: SplitPlan | None
    sentences: tuple[str, ...] = ()
    is_future: bool = False
    """Whether the test comes after train, though train may be too short to imitate that."""


def split_by_time(
    train: pd.DataFrame,
    test: pd.DataFrame | None,
    columns: Sequence[str],
    labelled: Array,
    seed: int,
) -> TimelySplit:
    """Look how the test lies in time, and imitate it.

    Args:
        train: Cells of the training table.
        test: Cells of the test table, None if there is none.
        columns: Feature columns that both have.
        labelled: Positions of the training rows whose targets are known.
        seed: Kept in the plan; windows do not depend on it.
    """
    if test is None or train.empty or test.empty:
        return TimelySplit(None)
    found = list(_orders(train, test, columns))
    sides = _Sides(train, test, columns, labelled, seed)
    sentences = []
    for order, moments in found:
        if order.is_future:
            plan, sentence = _future(order, moments[0], sides)
            if plan is not None:
                return TimelySplit(plan)
            sentences.append(sentence)
    for order, moments in found:
        plan = None if order.is_future else _tails(order, moments, sides)
        plan = plan or (None if order.is_future else _periodic(order, moments, sides))
        if plan is not None:
            return TimelySplit(plan)
    mixed = [_mixed(order) for order, _ in found if order.axis.is_date and not order.is_future]
    is_future = any(order.is_future for order, _ in found)
    return TimelySplit(None, (*sentences, *mixed[:2]), is_future)


def lies_after(train: pd.Series, test: pd.Series) -> bool:
    """Whether a column orders rows in time and the test's cells come after train's."""
    name = str(train.name)
    both = train.to_frame(), test.to_frame()
    return any(order.is_future for order, _ in _orders(*both, [name]))


class _Sides(NamedTuple):
    train: pd.DataFrame
    test: pd.DataFrame
    columns: Sequence[str]
    labelled: Array
    seed: int

    def entities(self, axis: TimeAxis) -> list[str]:
        """Columns that may name things: words or whole numbers that come again."""
        return [
            name
            for name in self.columns
            if name not in axis.columns and _names_things(self.train[name])
        ]


def _orders(
    train: pd.DataFrame, test: pd.DataFrame, columns: Sequence[str]
) -> Iterator[tuple[Order, tuple[Array, Array]]]:
    axes = [*date_axes(train, columns), *period_axes(train, columns)]
    composed = {name for axis in axes for name in axis.columns if axis.finer}
    single = [axis for axis in axes if axis.finer or axis.column not in composed]
    for axis in single[:_MOST_AXES]:
        moments = axis.moments(train), axis.moments(test)
        order = order_on(axis, *moments)
        if order is not None:
            yield order, moments


def _names_things(cells: pd.Series) -> bool:
    some = cells.iloc[:: max(1, len(cells) // _SAMPLED)]
    head = some[some != ""]
    numbers = pd.to_numeric(head, errors="coerce")
    named = (numbers.isna() | (numbers % 1 == 0)).mean() > 0.99
    return bool(named) and 1 < head.nunique() < 0.9 * len(head)


# --- the test after train -----------------------------------------------------------------------


def _future(order: Order, moments: Array, sides: _Sides) -> tuple[SplitPlan | None, str]:
    axis = order.axis
    known = moments[sides.labelled]
    known = known[np.isfinite(known)]
    windows = horizon_windows(known, order.train[1], order.test, dates=axis.is_date)
    if not windows:
        return None, (
            f"The test comes after the training rows by {axis.named}, but they are too few to hold "
            "out so long a time at their end; blind scores may look better than the future will."
        )
    entity = series_columns(sides.train, sides.entities(axis), moments)
    plan = SplitPlan(
        splitter="time",
        folds=len(windows),
        seed=sides.seed,
        time=_written(axis, windows, entity),
        refit=True,
        evidence=(_future_sentence(order), _windows_sentence(axis, windows, order)),
    )
    return plan, ""


def _written(axis: TimeAxis, windows: Sequence[Window], entity: tuple[str, ...] = ()) -> TimeSplit:
    bounds = [
        TimeWindow(
            learn_until=axis.spelled(window.learn_until),
            start=axis.spelled(window.start),
            end=axis.spelled(window.end),
        )
        for window in windows
    ]
    return TimeSplit(
        column=axis.column,
        written=axis.written,
        windows=tuple(bounds),
        entity=entity,
        finer=axis.finer,
    )


def _future_sentence(order: Order) -> str:
    axis, low, high = order.axis, *order.chance
    return (
        f"{order.after:.1%} of the test rows come after the training rows by {axis.named} (train "
        f"ends at {axis.spelled(order.train[1])}, the test goes from {axis.spelled(order.test[0])} "
        f"to {axis.spelled(order.test[1])}), where random re-splits give {low:.1%} to {high:.1%}: "
        "the future is asked for."
    )


def _windows_sentence(axis: TimeAxis, windows: Sequence[Window], order: Order) -> str:
    first, horizon = windows[0], order.test[1] - order.test[0]
    length = first.end - first.start
    like = "as long as the test"
    if abs(length - horizon) > 0.02 * max(length, horizon):
        other = "shorter" if length < horizon else "longer"
        like = f"{other} than the test ({axis.span(horizon)}), for want of rows"
    spans = " and ".join(
        f"{axis.spelled(window.start)} to {axis.spelled(window.end)}" for window in windows
    )
    return (
        f"Blind rows are those of {spans}, each window {axis.span(length)} long, {like}, and "
        "learned from rows before it only."
    )


# --- the last rows of each entity ---------------------------------------------------------------


def _tails(order: Order, moments: tuple[Array, Array], sides: _Sides) -> SplitPlan | None:
    axis = order.axis
    found: list[Tails] = []
    for name in sides.entities(axis)[:_MOST_ENTITIES]:
        tails = tails_of(name, (sides.train[name], moments[0]), (sides.test[name], moments[1]))
        if tails is not None and tails.are_tails:
            found.append(tails)
    if not found:
        return None
    best = max(found, key=lambda tails: tails.last - tails.chance[1])
    counts = sides.train[best.column].iloc[sides.labelled].value_counts()
    folds = _FOLDS_OF_TAILS
    while folds and _rows_of_tails(counts, best.rows, folds) < FEWEST_ROWS:
        folds -= 1
    if not folds:
        return None
    return SplitPlan(
        splitter="entity_tail",
        folds=folds,
        seed=sides.seed,
        time=_written(axis, (), (best.column,)),
        tail=best.rows,
        refit=True,
        evidence=(_tails_sentence(axis, best),),
    )


def _rows_of_tails(counts: pd.Series, tail: int, folds: int) -> int:
    """Blind rows of the smallest fold; where there are several, all learn from as many at least."""
    learned = tail if folds > 1 else 1
    return int((counts >= folds * tail + learned).sum()) * tail


def _tails_sentence(axis: TimeAxis, tails: Tails) -> str:
    low, high = tails.chance
    rows = "row" if tails.rows == 1 else f"{tails.rows} rows"
    return (
        f"{tails.last:.1%} of the test rows come after all training rows of their "
        f"`{tails.column}` by {axis.named}, where random re-splits give {low:.1%} to {high:.1%}: "
        f"the last {rows} of each `{tails.column}` are blind, learned from the rows before."
    )


# --- periodic blocks ----------------------------------------------------------------------------


def _periodic(order: Order, moments: tuple[Array, Array], sides: _Sides) -> SplitPlan | None:
    blocks = blocks_on(order.axis, *moments)
    if blocks is None or not blocks.are_periodic:
        return None
    windows = [Window(start, start, end) for start, end in blocks.windows]
    known = moments[0][sides.labelled]
    folds = min(_FOLDS_OF_BLOCKS, len(windows))
    while folds > 2 and min(_rows_of_folds(windows, folds, known)) < FEWEST_ROWS:
        folds -= 1
    if sum(_rows_of_folds(windows, folds, known)) < FEWEST_ROWS:
        return None
    entity = series_columns(sides.train, sides.entities(order.axis), moments[0])
    return SplitPlan(
        splitter="periodic",
        folds=folds,
        seed=sides.seed,
        time=_written(order.axis, windows, entity),
        refit=True,
        evidence=(_blocks_sentence(order.axis, blocks),),
    )


def _rows_of_folds(windows: Sequence[Window], folds: int, known: Array) -> list[int]:
    """Blind rows of each fold."""
    rows = [int(is_in(window, known).sum()) for window in windows]
    return [sum(rows[fold::folds]) for fold in range(folds)]


def _blocks_sentence(axis: TimeAxis, blocks: Blocks) -> str:
    low, high = blocks.chance
    unit = "days" if axis.is_date else "values"
    return (
        f"The test holds whole {unit} of {axis.named} in {blocks.blocks} blocks, where random "
        f"{unit} would make {low} to {high}: the last {unit} before each block are blind."
    )


# --- neither ------------------------------------------------------------------------------------


def _mixed(order: Order) -> str:
    low, high = order.chance
    return (
        f"By {order.axis.named} only {order.after:.1%} of the test rows come after the training "
        f"rows (random re-splits: {low:.1%} to {high:.1%}): the future is not what is asked, so "
        "rows are not held out by time."
    )
