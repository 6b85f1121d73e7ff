"""Which keys do the real files keep apart? Evidence for grouping rows, by comparison with chance.

A key is a column, a part of a composite id (`0001_01`), the wording of a text, or two columns
together. For each one the share of the test's groups that also occur in train is compared with what
rows drawn at random would give (`key_chance`). Where the truth lies far below chance, the files
were cut by that key, and so must be the folds. Long tables are searched on rows drawn at random,
and what is found is measured on all.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from agents.competition.metrics.labels import Array
from agents.competition.splitting.group_keys import key_values
from agents.competition.splitting.key_chance import Meeting, meeting_of
from agents.competition.splitting.key_words import key_words
from agents.competition.splitting.time_splits import lies_after
from agents.models import GroupKey

_DELIMITERS: Final = ("_", "-", "/", ":", "|", "#", ".", " ")
_SEARCHED: Final = 200_000
"""Rows of both files together, in which keys are searched."""
_HEAD: Final = 2_000
_GLANCE: Final = 50
"""Cells that tell quantities in a table of thousands of columns."""
_ALL: Final = 0.95
_MOST_PARTS: Final = 4
_FEWEST_WORDS: Final = 4
_NEARLY_UNIQUE: Final = 1 / 1.2
_PAIRED_COLUMNS: Final = 10
_MOST_DENIALS: Final = 2


class KeyEvidence(NamedTuple):
    """The key that the real files keep apart (or None), and why, in plain sentences."""

    key: GroupKey | None
    sentences: tuple[str, ...] = ()


class _Measured(NamedTuple):
    key: GroupKey
    meeting: Meeting


class _Pair(NamedTuple):
    """Both files, one below the other."""

    rows: pd.DataFrame
    asked: Array
    """Which rows are the test's, shape (rows,)."""

    def measured(self, key: GroupKey) -> _Measured | None:
        """How the groups of a key meet; None where they prove nothing, as a single one does."""
        groups = _codes(key_values(self.rows, key))
        meeting = meeting_of(groups, self.asked) if groups.max(initial=0) > 0 else None
        return None if meeting is None else _Measured(key, meeting)

    def is_future(self, key: GroupKey) -> bool:
        """Whether the key is the time and the test comes later: then time is what cuts them."""
        keys = key_values(self.rows, key).rename(key.column)
        return not key.beside and lies_after(keys[~self.asked], keys[self.asked])


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
        id_column: Its parts may be keys.

    Returns:
        The key with the widest gap to chance, pairs of columns only where nothing simpler is one;
        without a key, sentences for the parts of the id that might have been.
    """
    if test is None or train.empty or test.empty:
        return KeyEvidence(None, ("There is no test table to compare with.",))
    # Often only the test names its rows.
    named = [name for name in (id_column,) if name is not None and name in train and name in test]
    others = [name for name in columns if name != id_column]
    drawn = _drawn(train, test, [*named, *others])
    single = [*_part_keys(drawn, named), *_column_keys(drawn, others)]
    tried = list(_all_measured(drawn, single))
    best = _widest(tried, drawn) or _widest(_all_measured(drawn, _pair_keys(drawn, others)), drawn)
    found = None if best is None else _on_all_rows(best.key, train, test)
    if found is not None and found.meeting.apart:
        return KeyEvidence(found.key, (_sentence(found),))
    denied = [one for one in tried if one.key.column in named and one.meeting.by_chance > 0.1]
    return KeyEvidence(None, tuple(_sentence(one) for one in denied[:_MOST_DENIALS]))


def evidence_for(key: GroupKey, train: pd.DataFrame, test: pd.DataFrame | None) -> KeyEvidence:
    """The same comparison for a key that is already decided."""
    if test is None or not all(name in test for name in (key.column, *key.beside)):
        return KeyEvidence(key, (f"Rows that share {key_words(key)} stay together.",))
    measured = _on_all_rows(key, train, test)
    return KeyEvidence(key, () if measured is None else (_sentence(measured),))


# --- which keys there are -----------------------------------------------------------------------


def _part_keys(pair: _Pair, columns: Iterable[str], *, loose: bool = True) -> Iterator[GroupKey]:
    """Parts of composite cells.

    Args:
        pair: Both files.
        columns: Those whose cells may be composite.
        loose: Whether what stands before the first delimiter counts, though the number of parts
            varies.
    """
    for column in columns:
        head = pair.rows[column].head(_HEAD)
        filled = head[head != ""]
        for delimiter in _DELIMITERS:
            counts = np.array([cell.count(delimiter) for cell in filled])
            if not len(counts) or (counts > 0).mean() < _ALL:
                continue
            usual = int(np.median(counts))
            regular = (counts == usual).mean() >= _ALL
            if regular or loose:
                yield GroupKey(column=column, delimiter=delimiter)
            for parts in _further_parts(usual + 1) if regular else ():
                yield GroupKey(column=column, delimiter=delimiter, parts=parts)


def _further_parts(count: int) -> Iterator[tuple[int, ...]]:
    yield from ((part,) for part in range(1, min(count, _MOST_PARTS)))
    if count > 2:
        yield (0, 1)


def _column_keys(pair: _Pair, columns: Sequence[str]) -> Iterator[GroupKey]:
    for column in columns:
        cells = pair.rows[column]
        if not _names_things(cells):
            continue
        yield GroupKey(column=column)
        if _is_text(cells):
            yield GroupKey(column=column, wording=True)
        elif cells.head(_HEAD).nunique() > _NEARLY_UNIQUE * min(_HEAD, len(cells)):
            yield from _part_keys(pair, [column], loose=False)


def _pair_keys(pair: _Pair, columns: Sequence[str]) -> Iterator[GroupKey]:
    """Two columns of few enough values to come together again, those of most values first."""
    distinct = {
        name: pair.rows[name].nunique()
        for name in columns
        if _names_things(pair.rows[name]) and not _is_text(pair.rows[name])
    }
    several = [
        name for name, count in distinct.items() if 1 < count < _NEARLY_UNIQUE * len(pair.rows)
    ]
    several.sort(key=lambda name: -distinct[name])
    for first, second in combinations(several[:_PAIRED_COLUMNS], 2):
        yield GroupKey(column=first, beside=(second,))


def _names_things(cells: pd.Series) -> bool:
    """Whether cells are words or whole numbers; measured quantities are no keys."""
    glance = [cell for cell in cells.head(_GLANCE).tolist() if cell]
    if sum(map(_is_fraction, glance)) > len(glance) / 2:
        return False
    head = cells[cells != ""].head(_HEAD)
    numbers = pd.to_numeric(head, errors="coerce")
    return bool(len(head) and (numbers.isna() | (numbers % 1 == 0)).mean() > 0.99)


def _is_fraction(cell: str) -> bool:
    try:
        return not float(cell).is_integer()
    except ValueError:
        return False


def _is_text(cells: pd.Series) -> bool:
    head = cells[cells != ""].head(_HEAD)
    return bool(len(head)) and float(head.str.count(" ").median()) >= _FEWEST_WORDS - 1


# --- comparing them -----------------------------------------------------------------------------


def _pair_of(train: pd.DataFrame, test: pd.DataFrame, columns: Sequence[str]) -> _Pair:
    rows = pd.concat([train[[*columns]], test[[*columns]]], ignore_index=True)
    return _Pair(rows, np.arange(len(rows)) >= len(train))


def _drawn(train: pd.DataFrame, test: pd.DataFrame, columns: Sequence[str]) -> _Pair:
    """All rows, or the same share of both files."""
    share = min(1.0, _SEARCHED / (len(train) + len(test)))
    if share == 1:
        return _pair_of(train, test, columns)
    chance = np.random.default_rng(0)
    parts = [
        side.iloc[
            np.sort(chance.choice(len(side), max(1, round(share * len(side))), replace=False))
        ]
        for side in (train, test)
    ]
    return _pair_of(parts[0], parts[1], columns)


def _on_all_rows(key: GroupKey, train: pd.DataFrame, test: pd.DataFrame) -> _Measured | None:
    return _pair_of(train, test, [key.column, *key.beside]).measured(key)


def _all_measured(pair: _Pair, keys: Iterable[GroupKey]) -> Iterator[_Measured]:
    for key in keys:
        measured = pair.measured(key)
        if measured is not None:
            yield measured


def _widest(measured: Iterable[_Measured], pair: _Pair) -> _Measured | None:
    """The key kept apart whose gap to chance is widest, the first of equal ones."""
    apart = [one for one in measured if one.meeting.apart and not pair.is_future(one.key)]
    return max(apart, key=lambda one: round(one.meeting.gap, 6), default=None)


def _codes(keys: pd.Series) -> Array:
    return pd.factorize(keys.where(keys != ""))[0]


def _sentence(measured: _Measured) -> str:
    name, meeting = key_words(measured.key), measured.meeting
    compared = (
        f"{_percent(meeting.shared)} of the test's groups occur in train, "
        f"{_percent(meeting.by_chance)} would if rows were drawn at random"
    )
    if not meeting.apart:
        return f"Rows were not kept together by {name}: {compared}."
    ever = "never" if meeting.shared == 0 else "hardly ever"
    return (
        f"Rows that share {name} are {ever} split between train and test: {compared}; so blind "
        "rows are whole groups too."
    )


def _percent(share: float) -> str:
    return f"{share:.0%}" if share in {0, 1} or 0.01 <= share < 0.995 else f"{share:.1%}"
