"""Which keys do the real files keep apart? Evidence for grouping rows, by comparison with chance.

A key is a column, or the part of the id before a delimiter (`0001_01`). For each one the share of
test rows whose key also occurs in train is compared with the same share in random re-splits of
train and test together. Where the truth lies far below chance, the files were cut by that key, and
so must be the folds.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from agents.competition.splitting.time_splits import lies_after
from agents.models import GroupKey

_DELIMITERS: Final = ("_", "-", "/", ":", "|", "#", ".", " ")
_RESPLITS: Final = 20
_MANY_ROWS: Final = 200_000
_FEWEST_GROUPS: Final = 10
_MOST_GROUPS_PER_ROW: Final = 0.95
_FEWEST_SEEN_BY_CHANCE: Final = 10


class KeyEvidence(NamedTuple):
    """The key that the real files keep apart (or None), and why, in plain sentences."""

    key: GroupKey | None
    sentences: tuple[str, ...]


class _Comparison(NamedTuple):
    key: GroupKey
    real: float
    low: float
    high: float
    rows: int

    @property
    def apart(self) -> bool:
        """Whether chance would have let far more test rows meet their group in train."""
        return self.real <= self.low / 2 and self.low * self.rows >= _FEWEST_SEEN_BY_CHANCE

    @property
    def gap(self) -> float:
        return self.low - self.real


def key_values(cells: pd.Series, delimiter: str | None) -> pd.Series:
    """The group of every row: its cell, or what stands in it before the first `delimiter`."""
    if delimiter is None:
        return cells
    return cells.str.split(delimiter, n=1, regex=False).str[0]


def separating_key(
    train: pd.DataFrame,
    test: pd.DataFrame | None,
    columns: Sequence[str],
    id_column: str | None,
) -> KeyEvidence:
    """Find the key, if any, by which the real train and test were kept apart.

    Args:
        train: Cells of the training table.
        test: Cells of the test table, None if there is none.
        columns: Shared feature columns that may be keys themselves.
        id_column: Its prefixes are tried first.

    Returns:
        The key with the widest gap to chance; sentences for it and for every id prefix tried.
    """
    if test is None or train.empty or test.empty:
        return KeyEvidence(None, ("There is no test table to compare with.",))
    tried = [*_compared(_prefix_keys(train, id_column), train, test, always=True)]
    tried += _compared(_column_keys(train, columns, id_column), train, test, always=False)
    apart = [
        comparison
        for comparison in tried
        if comparison.apart and not _is_future(comparison.key, train, test)
    ]
    if not apart:
        prefixes = [comparison for comparison in tried if comparison.key.delimiter is not None]
        return KeyEvidence(None, tuple(_sentence(comparison) for comparison in prefixes))
    best = max(apart, key=lambda comparison: comparison.gap)
    return KeyEvidence(best.key, (_sentence(best),))


def evidence_for(key: GroupKey, train: pd.DataFrame, test: pd.DataFrame | None) -> KeyEvidence:
    """The same comparison for a key that is already decided."""
    if test is None or key.column not in test:
        return KeyEvidence(key, (f"Rows that share {_named(key)} stay together.",))
    compared = _compared([key], train, test, always=True)
    return KeyEvidence(key, tuple(_sentence(comparison) for comparison in compared))


def _is_future(key: GroupKey, train: pd.DataFrame, test: pd.DataFrame) -> bool:
    """Whether the key is the time and the test comes after train: then time is what cuts them."""
    return key.delimiter is None and lies_after(train[key.column], test[key.column])


def _prefix_keys(train: pd.DataFrame, id_column: str | None) -> Iterator[GroupKey]:
    if id_column is None or id_column not in train:
        return
    ids = train[id_column]
    for delimiter in _DELIMITERS:
        if ids.str.contains(delimiter, regex=False).mean() > _MOST_GROUPS_PER_ROW and _groups_rows(
            key_values(ids, delimiter)
        ):
            yield GroupKey(column=id_column, delimiter=delimiter)


def _column_keys(
    train: pd.DataFrame, columns: Sequence[str], id_column: str | None
) -> Iterator[GroupKey]:
    for column in columns:
        if column != id_column and _names_things(train[column]) and _groups_rows(train[column]):
            yield GroupKey(column=column)


def _groups_rows(keys: pd.Series) -> bool:
    """Whether there are many groups, and rows enough that share one."""
    filled = keys[keys != ""]
    groups = filled.nunique()
    return _FEWEST_GROUPS <= groups <= _MOST_GROUPS_PER_ROW * len(filled)


def _names_things(cells: pd.Series) -> bool:
    """Whether cells are words or whole numbers; measured quantities are no keys."""
    head = cells[cells != ""].head(2_000)
    numbers = pd.to_numeric(head, errors="coerce")
    return bool((numbers.isna() | (numbers % 1 == 0)).mean() > 0.99)


def _compared(
    keys: Iterator[GroupKey] | list[GroupKey],
    train: pd.DataFrame,
    test: pd.DataFrame,
    *,
    always: bool,
) -> list[_Comparison]:
    compared = []
    for key in keys:
        if key.column not in test:
            continue
        pair = [key_values(side[key.column], key.delimiter) for side in (train, test)]
        train_keys, test_keys = (side[side != ""] for side in pair)
        if len(train_keys) and len(test_keys):
            real = float(test_keys.isin(train_keys.unique()).mean())
            if always or real <= 0.5:
                compared.append(_against_chance(key, real, train_keys, test_keys))
    return compared


def _against_chance(
    key: GroupKey, real: float, train_keys: pd.Series, test_keys: pd.Series
) -> _Comparison:
    codes, values = pd.factorize(pd.concat([train_keys, test_keys], ignore_index=True))
    chance = np.random.default_rng(0)
    draws = _RESPLITS if len(codes) <= _MANY_ROWS else _RESPLITS // 4
    shares = []
    for _ in range(draws):
        shuffled = chance.permutation(codes)
        seen = np.zeros(len(values), dtype=bool)
        seen[shuffled[len(test_keys) :]] = True
        shares.append(float(seen[shuffled[: len(test_keys)]].mean()))
    return _Comparison(key, real, min(shares), max(shares), len(test_keys))


def _named(key: GroupKey) -> str:
    if key.delimiter is None:
        return f"`{key.column}`"
    return f"the part of `{key.column}` before `{key.delimiter}`"


def _sentence(comparison: _Comparison) -> str:
    name = _named(comparison.key)
    verdict = (
        "the files were cut between whole groups, so the blind rows are too."
        if comparison.apart
        else "the files were not cut by it."
    )
    return (
        f"{comparison.real:.1%} of the test rows share {name} with a training row, where random "
        f"re-splits of both files give {comparison.low:.1%} to {comparison.high:.1%}: {verdict}"
    )
