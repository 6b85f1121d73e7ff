"""Which training rows each fold learns from, and which are blind in it.

For random, stratified and grouped folds every row that is not blind is learned from. Where the test
lies in the future, rows after a window's beginning take no part in its fold, and rows of the gap
before it do not either. Rows of a vault take part in no fold.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import pandas as pd

from agents.competition.metrics.labels import Array
from agents.competition.splitting.group_keys import key_values
from agents.competition.splitting.splits import (
    VAULT_PARTS,
    assign_folds,
    columns_of_targets,
    labelled_rows,
    vault_rows,
)
from agents.competition.splitting.time_axis import TimeAxis
from agents.competition.splitting.time_windows import is_in, is_learned, read_bounds
from agents.models import SplitPlan, Task, TimeSplit, TimeWindow

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
    masks = _masks(cells, task, split)
    return masks[1:] if split.vault else masks


def vault_mask(cells: pd.DataFrame, task: Task, split: SplitPlan) -> tuple[Array, Array]:
    """Which training rows a fit may learn from that is scored on the vault, and the vault's rows.

    Args:
        cells: The training table as text.
        task: Names the targets; rows with an unknown one are not in the vault.
        split: A plan with a vault.

    Returns:
        Two boolean arrays of shape (rows,). No fold of the plan learns from a row of the vault, or
        holds one.
    """
    return _masks(cells, task, split)[0]


def columns_of_split(task: Task, split: SplitPlan, columns: Iterable[str]) -> list[str]:
    """Those columns of a training table by which its rows are dealt into folds, in their order."""
    wanted = {target.name for target in task.targets} | set(task.target_columns)
    if split.key is not None:
        wanted |= {split.key.column, *split.key.beside}
    if split.time is not None:
        wanted |= {split.time.column, *split.time.finer, *split.time.entity}
    return [name for name in columns if name in wanted]


def _masks(cells: pd.DataFrame, task: Task, split: SplitPlan) -> list[tuple[Array, Array]]:
    """Those of the vault, where there is one, and then those of the folds."""
    targets = columns_of_targets(task, cells)
    if split.time is None or split.splitter not in _TIMELY:
        return _dealt(cells, targets, split)
    labelled = np.zeros(len(cells), dtype=bool)
    labelled[labelled_rows(cells, targets)] = True
    moments = TimeAxis.of(split.time).moments(cells)
    if split.splitter == "time":
        return _windows(split.time, moments, labelled)[: split.folds + split.vault]
    if split.splitter == "periodic":
        return _blocks(split.time, split, moments, labelled)
    return _tails(cells, split, moments, labelled)


def _dealt(cells: pd.DataFrame, targets: list[str], split: SplitPlan) -> list[tuple[Array, Array]]:
    """Rows, or groups of them, dealt out at random: first to the vault, then to the folds."""
    keys = None if split.key is None else key_values(cells, split.key)
    vault = np.zeros(len(cells), dtype=bool)
    if split.vault:
        vault = vault_rows(cells, targets, split.splitter, split.seed, keys)
    rest = np.flatnonzero(~vault)
    others = None if keys is None else keys.iloc[rest]
    fold = np.full(len(cells), -1, dtype=np.int64)
    fold[rest] = assign_folds(
        cells.iloc[rest], targets, split.splitter, split.folds, split.seed, others
    )
    folds = [(~vault & (fold != number), fold == number) for number in range(split.folds)]
    return [(~vault, vault), *folds] if split.vault else folds


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
    time: TimeSplit, split: SplitPlan, moments: Array, labelled: Array
) -> list[tuple[Array, Array]]:
    """Every tenth block is the vault's, and no fold learns from it; the others are dealt out."""
    axis = TimeAxis.of(time)

    def inside(windows: Sequence[TimeWindow]) -> Array:
        found = np.zeros(len(moments), dtype=bool)
        for bounds in windows:
            found |= is_in(read_bounds(axis, bounds.start, bounds.start, bounds.end), moments)
        return found

    kept = time.windows[::VAULT_PARTS] if split.vault else ()
    others = [window for window in time.windows if window not in kept]
    vault = inside(kept)
    blind = [inside(others[number :: split.folds]) for number in range(split.folds)]
    masks = [(~vault & ~asked, asked & labelled) for asked in blind]
    return [(~vault, vault & labelled), *masks] if split.vault else masks


def _tails(
    cells: pd.DataFrame, split: SplitPlan, moments: Array, labelled: Array
) -> list[tuple[Array, Array]]:
    """The first asks the last rows of each entity, the second those before them, and so on."""
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
    for number in range(split.folds + split.vault):
        newest, oldest = number * split.tail, (number + 1) * split.tail
        asked = (from_end >= newest) & (from_end < oldest) & (size > oldest)
        masks.append(((from_end >= newest) & ~asked, asked & labelled))
    return masks
