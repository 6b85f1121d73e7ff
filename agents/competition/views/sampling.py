"""Which rows make up a sample, which of them play its test, and which belong together.

A small table is its own sample. Of a large one a sample holds whole groups, and whole series (their
tails, where they are long); its test is drawn as the split draws blind rows.
"""

from typing import Final

import numpy as np
import pandas as pd

from agents.competition.metrics.labels import Array
from agents.competition.splitting.fold_masks import fold_masks, series_codes, vault_mask
from agents.competition.splitting.group_keys import key_values
from agents.competition.splitting.splits import columns_of_targets, labelled_rows
from agents.competition.splitting.time_axis import TimeAxis, at_least
from agents.models import SplitPlan, Task, TimeSplit

SMALL: Final = 2_000
"""Tables up to this many rows are their own sample."""
_SAMPLE_ROWS: Final = 600
_ROWS_A_CLASS: Final = 10
_UNLABELLED_ROWS: Final = 50
_FEWEST_TEST_ROWS: Final = 30


def sample_rows(cells: pd.DataFrame, task: Task, split: SplitPlan) -> tuple[Array, Array]:
    """Which rows make up the sample: those that train, and about a quarter that play the test.

    Rows of a vault are in no sample.

    Args:
        cells: Of the training table at least the columns that `columns_of_split` names.
        task: Names the targets.
        split: How blind rows are drawn.

    Returns:
        Two arrays of places, ascending.
    """
    free = np.arange(len(cells))
    if split.vault:
        free = np.flatnonzero(~vault_mask(cells, task, split)[1])
        cells = cells.iloc[free].reset_index(drop=True)
    chosen = _chosen_sample(cells, task, split)
    fit, asked = _first_fold(cells.iloc[chosen].reset_index(drop=True), task, split)
    return free[chosen[fit]], free[chosen[asked]]


def group_codes(cells: pd.DataFrame, split: SplitPlan) -> Array:
    """What belongs together, as a number a row: a group, a series, or else a moment or a row.

    Errors of scores are measured between such groups. A row without a key is a group of its own.
    """
    own = np.arange(len(cells))
    if split.time is not None:
        return series_codes(cells, split.time) if split.time.entity else _units(cells, split.time)
    if split.key is None:
        return own
    keys = key_values(cells, split.key)
    codes = pd.factorize(keys)[0]
    return pd.factorize(np.where(keys == "", codes.max() + 1 + own, codes))[0]


def _units(cells: pd.DataFrame, time: TimeSplit) -> Array:
    """The day (or period) of each row as a number; a row without one is a group of its own."""
    axis = TimeAxis.of(time)
    moments = axis.moments(cells)
    codes = pd.factorize(np.floor(moments) if axis.is_date else moments)[0]
    own = codes.max(initial=-1) + 1 + np.arange(len(cells))
    return pd.factorize(np.where(codes < 0, own, codes))[0]


def _first_fold(cells: pd.DataFrame, task: Task, split: SplitPlan) -> tuple[Array, Array]:
    """Rows of a sample that train, and those that play its test."""
    labelled = labelled_rows(cells, columns_of_targets(task, cells))
    if split.time is None:
        parts = max(2, min(4, len(labelled) // _FEWEST_TEST_ROWS))
        dealt = split.model_copy(update={"folds": parts, "vault": False})
        return fold_masks(cells, task, dealt)[0]
    fit, asked = fold_masks(cells, task, split)[0]
    fewest = min(_FEWEST_TEST_ROWS, len(labelled) // 4)
    if fit.sum() >= fewest <= asked.sum():
        return fit, asked
    moments = np.nan_to_num(TimeAxis.of(split.time).moments(cells), nan=-np.inf)
    late = np.zeros(len(cells), dtype=bool)
    bound = np.sort(moments[labelled])[len(labelled) * 3 // 4]
    late[labelled] = at_least(moments[labelled], bound)
    return ~at_least(moments, bound), late


def _chosen_sample(cells: pd.DataFrame, task: Task, split: SplitPlan) -> Array:
    """Everything that is small; else whole groups at random until all classes have their rows."""
    count = len(cells)
    if count <= SMALL:
        return np.arange(count)
    if split.time is not None and (len(tail := _tail_of_one_series(cells, split.time))):
        return tail
    targets = columns_of_targets(task, cells)
    labelled = labelled_rows(cells, targets)
    in_groups = split.time is None or bool(split.time.entity)
    groups = group_codes(cells, split) if in_groups else np.arange(count)
    chance = np.random.RandomState(split.seed)  # numpy promises never to change this stream
    luck = chance.permutation(int(groups.max()) + 1)[groups]
    order = labelled[np.argsort(luck[labelled], kind="stable")]
    wanted = np.zeros(count, dtype=bool)
    wanted[order[:_SAMPLE_ROWS]] = True
    for name in targets if task.problem != "regression" else []:
        labels = cells[name].iloc[order]
        wanted[order[(labels.groupby(labels).cumcount() < _ROWS_A_CLASS).to_numpy()]] = True
    wanted[np.setdiff1d(np.arange(count), labelled)[:_UNLABELLED_ROWS]] = True
    whole = np.flatnonzero(np.isin(groups, groups[wanted]))
    if split.time is None or len(whole) <= SMALL:
        return whole
    return _latest(whole, TimeAxis.of(split.time).moments(cells))


def _tail_of_one_series(cells: pd.DataFrame, time: TimeSplit) -> Array:
    """Positions of the last rows where all of them are one series, else none."""
    moments = TimeAxis.of(time).moments(cells)
    if time.entity or len(np.unique(moments)) < 0.99 * len(moments):
        return np.arange(0)
    return _latest(np.arange(len(cells)), moments)


def _latest(rows: Array, moments: Array) -> Array:
    """The last of some rows in time, in the order of the table."""
    order = np.argsort(np.nan_to_num(moments[rows], nan=-np.inf), kind="stable")
    return np.sort(rows[order[-SMALL:]])
