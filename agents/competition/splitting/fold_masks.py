"""Which training rows each fold learns from, and which are blind in it.

For random, stratified and grouped folds every row that is not blind is learned from. Where the test
lies in the future, rows after a window's beginning take no part in its fold, and rows of the gap
before it do not either.
"""

from typing import Final

import numpy as np
import pandas as pd

from agents.competition.metrics.labels import Array
from agents.competition.splitting.splits import assign_folds, columns_of_targets, labelled_rows
from agents.competition.splitting.time_axis import TimeAxis
from agents.competition.splitting.time_windows import is_in, is_learned, read_bounds
from agents.models import SplitPlan, Task, TimeSplit

_TIMELY: Final = frozenset({"time", "entity_tail", "periodic"})


def fold_masks(cells: pd.DataFrame, task: Task, split: SplitPlan) -> list[tuple[Array, Array]]:
    """Deal rows into folds as the split plans it.

    Args:
        cells: The training table as text, or some of its rows.
        task: Names the targets; rows with an unknown one are never blind.
        split: Its splitter, and what that goes by.

    Returns:
        For each fold, in order, two boolean arrays of shape (rows,): learned from, and blind. No
        row is both. A fold may be empty where only some rows are given.
    """
    targets = columns_of_targets(task, cells)
    labelled = np.zeros(len(cells), dtype=bool)
    labelled[labelled_rows(cells, targets)] = True
    if split.time is not None and split.splitter in _TIMELY:
        moments = TimeAxis.of(split.time).moments(cells)
        if split.splitter == "time":
            return _windows(split.time, moments, labelled)[: split.folds]
        if split.splitter == "periodic":
            return _blocks(split.time, split.folds, moments, labelled)
        return _tails(cells, split, moments, labelled)
    key = split.key
    fold = assign_folds(
        cells,
        targets,
        split.splitter,
        split.folds,
        split.seed,
        None if key is None else key.column,
        None if key is None else key.delimiter,
    )
    return [(fold != number, fold == number) for number in range(split.folds)]


def fold_numbers(masks: list[tuple[Array, Array]]) -> Array:
    """The first fold in which each row is blind, from 0; -1 for rows that never are."""
    fold = np.full(len(masks[0][0]), -1, dtype=np.int64)
    for number in reversed(range(len(masks))):
        fold[masks[number][1]] = number
    return fold


def series_codes(cells: pd.DataFrame, time: TimeSplit) -> Array:
    """The series of each row as a number, shape (rows,); all 0 where there is one series."""
    codes = np.zeros(len(cells), dtype=np.int64)
    for name in time.entity:
        kinds = pd.factorize(cells[name])[0]
        codes = pd.factorize(codes * (int(kinds.max(initial=0)) + 1) + kinds)[0]
    return codes


def _windows(time: TimeSplit, moments: Array, labelled: Array) -> list[tuple[Array, Array]]:
    axis = TimeAxis.of(time)
    masks = []
    for bounds in time.windows:
        window = read_bounds(axis, bounds.learn_until, bounds.start, bounds.end)
        masks.append((is_learned(window, moments), is_in(window, moments) & labelled))
    return masks


def _blocks(
    time: TimeSplit, folds: int, moments: Array, labelled: Array
) -> list[tuple[Array, Array]]:
    axis = TimeAxis.of(time)
    masks = []
    for number in range(folds):
        blind = np.zeros(len(moments), dtype=bool)
        for bounds in time.windows[number::folds]:
            blind |= is_in(read_bounds(axis, bounds.start, bounds.start, bounds.end), moments)
        masks.append((~blind, blind & labelled))
    return masks


def _tails(
    cells: pd.DataFrame, split: SplitPlan, moments: Array, labelled: Array
) -> list[tuple[Array, Array]]:
    """Fold 1 asks the last rows of each entity, fold 2 those before them, and so on."""
    assert split.time is not None  # a split by tails has one
    entities = series_codes(cells, split.time)
    order = np.lexsort((np.nan_to_num(moments, nan=-np.inf), entities))[::-1]
    sorted_entities = entities[order]
    begins = np.flatnonzero(np.r_[True, sorted_entities[1:] != sorted_entities[:-1]])
    sizes = np.diff(np.r_[begins, len(order)])
    from_end = np.empty(len(order), dtype=np.int64)
    from_end[order] = np.arange(len(order)) - np.repeat(begins, sizes)
    size = np.bincount(entities)[entities]
    masks = []
    for number in range(split.folds):
        newest, oldest = number * split.tail, (number + 1) * split.tail
        asked = (from_end >= newest) & (from_end < oldest) & (size > oldest)
        masks.append(((from_end >= newest) & ~asked, asked & labelled))
    return masks
