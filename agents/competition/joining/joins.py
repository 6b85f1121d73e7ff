"""How side tables are reached from the rows to be predicted: join paths, found by testing keys.

A join is proposed by names (`store` and `Store_ID`; `customer_id` and `customers.id`) or by values
that two columns share, and believed only if enough rows find their key. Columns are combined up to
three at a time; the smallest combination that names one side row each wins. Tables that no row
reaches directly are looked for behind those that are reached, one hop further.

Keys are compared by what they say: surrounding blanks, `12` and `12.0`, and two ways of writing
dates make no difference (`key_texts`). Programs use the same functions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from agents.competition.joining.join_names import alike, names_amount, stem_of
from agents.competition.metrics.metrics import Array
from agents.competition.reading.tables import date_format, to_booleans, to_dates, to_numbers
from agents.models import Join

MOST_HOPS: Final = 2
_MOST_COLUMNS: Final = 3
_MOST_PAIRS: Final = 8
_HEAD: Final = 5_000
_TRIED_ROWS: Final = 100_000
_LONGEST_KEY: Final = 60
_LONGEST_CODE: Final = 128
_FEWEST_BY_VALUE: Final = 50
"""Two columns whose names do not agree must share so many different values."""
_FEWEST_KEYS_OF_MANY: Final = 10
"""A table with several rows a key must have so many keys: "all rows of June" describes nobody."""
_ENOUGH: Final = 0.5
_NAMED_ENOUGH: Final = 0.05
_NEARLY_ALL: Final = 0.8
_DENSE: Final = 0.5
_REPEATED: Final = 0.001
_ODD_FACTOR: Final = 0x9E3779B97F4A7C15
_NO_KEY: Final = 1
_SAME_COLUMNS: Final = 0.8


class Found(NamedTuple):
    """Joins, those of nearer tables first, and what was concluded in plain sentences."""

    joins: tuple[Join, ...]
    notes: tuple[str, ...]


# --- what a key says ----------------------------------------------------------------------------


def key_texts(cells: pd.Series, written: str = "", *, days: bool = False) -> pd.Series:
    """The cells of a key column in one way of writing.

    Args:
        cells: As they stand in the table.
        written: The date format, where they are dates.
        days: Whether only the day of a date counts.

    Returns:
        Texts; "" where there is no key.
    """
    codes, distinct = pd.factorize(cells)
    words = pd.Series(distinct, dtype="str")
    if written:
        moments = to_dates(words, written)
        plain = moments.dt.strftime("%Y-%m-%d" if days else "%Y-%m-%d %H:%M:%S").fillna("")
    else:
        plain = words.str.strip().str.replace(r"^(-?\d+)\.0+$", r"\1", regex=True)
    texts: pd.Series = plain.take(codes).set_axis(cells.index)
    return texts


def whole_days(cells: pd.Series, written: str) -> bool:
    """Whether dates have no time of day."""
    moments = to_dates(cells.drop_duplicates(), written).dropna()
    return bool((moments == moments.dt.normalize()).all())


def joined_key(parts: Sequence[pd.Series]) -> pd.Series:
    """Several key columns as one; "" where one of them is empty."""
    key = parts[0]
    for part in parts[1:]:
        key = key.str.cat(part, sep="\x1f").where((key != "") & (part != ""), "")
    return key


def match_keys(
    base: pd.DataFrame, side: pd.DataFrame, pairs: Sequence[tuple[str, str]]
) -> tuple[pd.Series, pd.Series]:
    """The keys of a join on both tables, ready to be compared.

    Args:
        base: Cells of the rows that look something up.
        side: Cells of the side table.
        pairs: Column of the base and column of the side, one pair for each part of the key.
    """
    left, right = [], []
    for ours, theirs in pairs:
        formats = date_format(base[ours].head(_HEAD)), date_format(side[theirs].head(_HEAD))
        if formats[0] is None or formats[1] is None:
            left.append(key_texts(base[ours]))
            right.append(key_texts(side[theirs]))
        else:
            days = whole_days(side[theirs], formats[1])
            left.append(key_texts(base[ours], formats[0], days=days))
            right.append(key_texts(side[theirs], formats[1], days=days))
    return joined_key(left), joined_key(right)


# --- columns that may be keys -------------------------------------------------------------------


@dataclass(frozen=True)
class _Column:
    """A column that may be a key."""

    name: str
    cells: pd.Series

    @cached_property
    def written(self) -> str:
        """The format of its dates; "" where it holds none."""
        return date_format(self.cells.head(_HEAD)) or ""

    @cached_property
    def is_whole_days(self) -> bool:
        return bool(self.written) and whole_days(self.cells, self.written)

    @cached_property
    def plain(self) -> Array:
        """A number for every different key, 0 for none; shape (rows,)."""
        return _numbered(key_texts(self.cells))

    @cached_property
    def by_day(self) -> Array:
        """The same, by the day of a date."""
        return _numbered(key_texts(self.cells, self.written, days=True))

    @cached_property
    def by_second(self) -> Array:
        """The same, by the moment of a date."""
        return _numbered(key_texts(self.cells, self.written))

    @cached_property
    def distinct(self) -> Array:
        """The different numbers of `plain`."""
        found = pd.unique(self.plain)
        known: Array = found[found != 0]
        return known

    @cached_property
    def names_things(self) -> bool:
        """Whether equal values can hardly be chance: many words, or whole numbers with holes."""
        if len(self.distinct) < _FEWEST_BY_VALUE or self.written:
            return False
        numbers = to_numbers(self.cells.drop_duplicates()).dropna()
        if len(numbers) < _ENOUGH * len(self.distinct):
            return True
        return len(numbers) < _DENSE * (float(numbers.max() - numbers.min()) + 1)


def _numbered(texts: pd.Series) -> Array:
    """A 64-bit number for each text, 0 for the empty one."""
    codes, distinct = pd.factorize(texts)
    words = np.asarray(distinct, dtype=object)
    numbers = np.where(words == "", 0, pd.util.hash_array(words, categorize=False))
    keys: Array = numbers[codes]
    return keys


def _columns(cells: pd.DataFrame, names: Sequence[str]) -> list[_Column]:
    """The columns of a table that may be keys, judged on rows from everywhere in it."""
    drawn = cells if len(cells) <= _HEAD else cells.sample(_HEAD, random_state=0)
    return [_Column(name, cells[name]) for name in names if _may_be_key(drawn[name])]


def _may_be_key(cells: pd.Series) -> bool:
    """Whether cells can name something: no quantity with a fraction, no yes and no, no prose."""
    filled = cells[cells != ""]
    distinct = filled.drop_duplicates()
    if len(distinct) < 2 or _is_prose(distinct):
        return False
    numbers = to_numbers(distinct)
    if not (numbers.isna() | (numbers % 1 == 0)).all():
        return False
    return len(distinct) > 2 or bool(to_booleans(distinct).isna().any())


def _is_prose(distinct: pd.Series) -> bool:
    """Whether cells are too long for keys; codes of one length, such as digests, may be longer."""
    sizes = distinct.str.len()
    coded = sizes.nunique() == 1 and not distinct.str.contains(" ", regex=False).any()
    return float(sizes.mean()) > (_LONGEST_CODE if coded else _LONGEST_KEY)


# --- pairs and combinations ---------------------------------------------------------------------


@dataclass(frozen=True)
class _Base:
    """Rows that look for side tables: the training and test rows, or a side table they reach."""

    path: str
    cells: pd.DataFrame
    trains: Array
    """Which rows are training rows, or are reached by one; shape (rows,), bool."""
    asks: Array | None
    """The same for test rows; None without a test."""
    shares: tuple[float, float | None] = (1.0, 1.0)
    """Share of training and of test rows that reach this table."""
    hops: int = 0

    @cached_property
    def columns(self) -> list[_Column]:
        """Columns that may be keys."""
        return _columns(self.cells, [str(name) for name in self.cells])


class _Pair(NamedTuple):
    """A column of the base, a column of the side, and how well their names agree (0 to 3)."""

    left: _Column
    right: _Column
    named: int

    @property
    def dated(self) -> bool:
        return bool(self.left.written and self.right.written)

    @property
    def keys(self) -> tuple[Array, Array]:
        """Both columns as numbers that agree where the keys do."""
        if not self.dated:
            return self.left.plain, self.right.plain
        if self.right.is_whole_days:
            return self.left.by_day, self.right.by_day
        return self.left.by_second, self.right.by_second


@dataclass(frozen=True)
class _Path:
    """A tested combination of key columns."""

    pairs: tuple[_Pair, ...]
    train: float
    """Share of the base's training rows whose key occurs on the side."""
    test: float | None
    side: float
    """Share of the side's keys that occur in the base."""
    count: int
    """How many different keys the side has."""
    repeated: bool
    """Whether a key has several rows on the side."""

    @property
    def covers(self) -> float:
        """The better of both shares: a table may describe the past or the future only."""
        return max(self.train, self.test or 0.0)

    @property
    def named(self) -> int:
        return min(pair.named for pair in self.pairs)

    @property
    def names_rows(self) -> bool:
        """Whether several rows with this key have more in common than a date or an amount."""
        if self.count < _FEWEST_KEYS_OF_MANY:
            return False
        return any(not pair.dated and not names_amount(pair.right.name) for pair in self.pairs)


def find_joins(
    train: pd.DataFrame,
    test: pd.DataFrame | None,
    sides: Mapping[str, pd.DataFrame],
    targets: Sequence[str],
) -> Found:
    """Find how side tables are reached.

    Args:
        train: Cells of the training table.
        test: Cells of the test table, None where there is none.
        sides: Cells of the side tables by path.
        targets: Columns that may not be keys.

    Returns:
        The joins and a sentence about each side table.
    """
    if not sides:
        return Found((), ())
    rows = _rows(train.drop(columns=list(targets), errors="ignore"), test)
    waiting = {path: cells for path, cells in sides.items() if not _more_rows(cells, rows)}
    notes = [
        f"{path} has the columns of the rows to be predicted, so it holds more such rows and is "
        "joined to nothing."
        for path in sides
        if path not in waiting
    ]
    joins: list[Join] = []
    bases = [rows]
    while bases and waiting:
        base = bases.pop(0)
        for path, cells in list(waiting.items()):
            if not (found := _joined(base, path, cells)):
                continue
            del waiting[path]
            joins += [_join(base, path, one, cells, rows) for one in found]
            if base.hops + 1 < MOST_HOPS:
                bases.append(_next_base(base, joins[-len(found)], found[0], cells))
    notes += [_sentence(join) for join in joins]
    notes += [f"{path} is reached by no key within two joins and is not used." for path in waiting]
    return Found(tuple(joins), tuple(notes))


def telling_columns(drawn: pd.DataFrame) -> list[str]:
    """The columns of a side table that may be keys or hold dates, judged by some of its rows."""
    keys = [column.name for column in _columns(drawn, [str(name) for name in drawn])]
    dates = _dates(drawn)
    return [str(name) for name in drawn if name in keys or name in dates]


def _rows(train: pd.DataFrame, test: pd.DataFrame | None) -> _Base:
    """Training and test rows in one table, as many as tell shares to a percent."""
    train = _drawn(train)
    if test is None:
        return _Base("", train, np.ones(len(train), dtype=bool), None)
    test = _drawn(test)
    shared = [name for name in train if name in test]
    cells = pd.concat([train[shared], test[shared]], ignore_index=True)
    asks = np.arange(len(cells)) >= len(train)
    return _Base("", cells, ~asks, asks)


def _drawn(cells: pd.DataFrame) -> pd.DataFrame:
    return cells if len(cells) <= _TRIED_ROWS else cells.sample(_TRIED_ROWS, random_state=0)


def _more_rows(side: pd.DataFrame, rows: _Base) -> bool:
    """Whether a table holds rows like those to be predicted instead of facts about them."""
    asked = set(rows.cells.columns)
    shared = len(asked & set(side.columns))
    return shared > _MOST_COLUMNS and shared >= _SAME_COLUMNS * max(len(asked), side.shape[1])


def _joined(base: _Base, path: str, side: pd.DataFrame) -> list[_Path]:
    """The best join of one table, and the same one by other columns that name such things too."""
    columns = _columns(side, [str(name) for name in side])
    tried = (_test(base, (pair,)) for pair in _pairs(base, path, columns))
    believed = [one for one in tried if _believed(one)]
    if any(one.named > 1 for one in believed):
        believed = [one for one in believed if one.named > 1]
    believed = sorted(believed, key=lambda one: (-one.named, -one.covers))[:_MOST_PAIRS]
    best = _best(base, believed)
    if best is None:
        return []
    chosen = [best]
    if len(best.pairs) == 1 and not best.repeated:
        chosen += [one for one in believed if _plays_too(one, best)]
    return chosen


def _plays_too(path: _Path, best: _Path) -> bool:
    """Whether another column names the same kind of thing (`home_team` and `away_team`)."""
    ours, theirs = path.pairs[0], best.pairs[0]
    same = ours.right is theirs.right and ours.left is not theirs.left
    named = path.named == best.named or path.named > 1
    return same and named and path.covers >= _ENOUGH * best.covers


def _pairs(base: _Base, path: str, columns: Sequence[_Column]) -> Iterator[_Pair]:
    """Columns that name the same thing, or share values that are hardly chance."""
    only = [sum(bool(one.written) for one in side) == 1 for side in (base.columns, columns)]
    for left in base.columns:
        for right in columns:
            named = alike(left.name, right.name, stem_of(path), stem_of(base.path))
            if all(only) and left.written and right.written:
                named = max(named, 2)
            if named or _share_values(left, right):
                yield _Pair(left, right, named)


def _share_values(left: _Column, right: _Column) -> bool:
    if not (left.names_things and right.names_things):
        return False
    common = int(np.isin(left.distinct, right.distinct).sum())
    return common >= _ENOUGH * min(len(left.distinct), len(right.distinct))


def _test(base: _Base, pairs: tuple[_Pair, ...]) -> _Path:
    """Measure how many rows find their key."""
    ours, theirs = _keys(pairs)
    theirs = theirs[theirs != 0]
    known = pd.unique(theirs)
    finds = pd.Series(ours).isin(known).to_numpy()
    reached = pd.unique(ours[finds])
    return _Path(
        pairs=pairs,
        train=_share(finds, base.trains),
        test=None if base.asks is None else _share(finds, base.asks),
        side=len(reached) / max(1, len(known)),
        count=len(known),
        repeated=len(theirs) - len(known) > _REPEATED * len(known),
    )


def _share(holds: Array, rows: Array | None) -> float:
    """The share of some rows for which something holds; 0 of none."""
    return float(holds[rows].mean()) if rows is not None and rows.any() else 0.0


def _keys(pairs: Sequence[_Pair]) -> tuple[Array, Array]:
    """The keys of several pairs on both tables as one number each, 0 where a part is empty."""
    parts = [pair.keys for pair in pairs]
    return _combine([ours for ours, _ in parts]), _combine([theirs for _, theirs in parts])


def _combine(parts: Sequence[Array]) -> Array:
    key = parts[0]
    for part in parts[1:]:
        mixed = (key * np.uint64(_ODD_FACTOR)) ^ part
        key = np.where((key == 0) | (part == 0), np.uint64(0), mixed)
    return key


def _believed(path: _Path) -> bool:
    """Whether a single column is a part of a key."""
    if path.named == 0:
        return path.covers >= _ENOUGH and path.side >= _ENOUGH
    if path.named == 1:
        return path.covers >= _ENOUGH
    return path.covers >= _NAMED_ENOUGH or path.side >= _ENOUGH


def _best(base: _Base, singles: Sequence[_Path]) -> _Path | None:
    """The smallest combination with one row a key; else the most particular one that covers."""
    widest = max((one.covers for one in singles), default=0.0)
    several: list[_Path] = []
    for size in range(1, _MOST_COLUMNS + 1):
        tried = list(_combined(base, singles, size))
        single = [one for one in tried if not one.repeated and one.covers >= _ENOUGH * widest]
        if single:
            return max(single, key=lambda one: (one.named, one.covers))
        several += [one for one in tried if one.names_rows and one.covers >= _NEARLY_ALL * widest]
    return max(several, key=lambda one: (one.count, one.named), default=None)


def _combined(base: _Base, singles: Sequence[_Path], size: int) -> Iterator[_Path]:
    """Paths of `size` key columns, none of them twice."""
    for chosen in combinations(singles, size):
        pairs = tuple(one.pairs[0] for one in chosen)
        left, right = {pair.left.name for pair in pairs}, {pair.right.name for pair in pairs}
        if len(left) == len(right) == size:
            yield chosen[0] if size == 1 else _test(base, pairs)


# --- what is concluded --------------------------------------------------------------------------


def _join(base: _Base, path: str, found: _Path, side: pd.DataFrame, rows: _Base) -> Join:
    train = found.train * base.shares[0]
    test = None if found.test is None else found.test * (base.shares[1] or 0.0)
    right = tuple(pair.right.name for pair in found.pairs)
    whole = test is None or (test >= _ENOUGH * train and not _ends_with_train(rows, side, right))
    return Join(
        path=path,
        base=base.path,
        left=tuple(pair.left.name for pair in found.pairs),
        right=right,
        many=found.repeated,
        coverage_train=round(train, 4),
        coverage_test=None if test is None else round(test, 4),
        whole=whole,
    )


def _ends_with_train(rows: _Base, side: pd.DataFrame, right: Sequence[str]) -> bool:
    """Whether the side table's dates reach as far as training rows go, but not as far as the test.

    Then it is history: what it says about a training row's own time is unknown for a test row's.
    """
    theirs = _dates(side.drop(columns=list(right)))
    ours = _dates(rows.cells)
    if not theirs or not ours:
        return False
    name = next((name for name in ours if name in theirs), next(iter(ours)))
    before = (ours[name] <= theirs.get(name, next(iter(theirs.values()))).max()).to_numpy()
    train, test = _share(before, rows.trains), _share(before, rows.asks)
    return train >= _ENOUGH and test < _ENOUGH * train


def _dates(cells: pd.DataFrame) -> dict[str, pd.Series]:
    """The columns of dates."""
    formats = {str(name): date_format(cells[name].head(_HEAD)) for name in cells}
    return {name: to_dates(cells[name], written) for name, written in formats.items() if written}


def _next_base(base: _Base, join: Join, path: _Path, side: pd.DataFrame) -> _Base:
    """The rows of a side table that training and test rows reach, as the next to look from."""
    ours, theirs = _keys(path.pairs)
    held = pd.Series(np.where(theirs == 0, np.uint64(_NO_KEY), theirs))
    trains = held.isin(ours[base.trains]).to_numpy()
    asks = None if base.asks is None else held.isin(ours[base.asks]).to_numpy()
    chosen = np.flatnonzero(trains if asks is None else trains | asks)[
        :: max(1, len(side) // _TRIED_ROWS)
    ]
    return _Base(
        path=join.path,
        cells=side.iloc[chosen],
        trains=trains[chosen],
        asks=None if asks is None else asks[chosen],
        shares=(join.coverage_train, join.coverage_test),
        hops=base.hops + 1,
    )


def _sentence(join: Join) -> str:
    behind = f" to {join.base}" if join.base else ""
    on = [
        f"`{left}`" if left == right else f"`{left}` = `{right}`"
        for left, right in zip(join.left, join.right, strict=True)
    ]
    shares = f"{join.coverage_train:.0%} of the training rows"
    if join.coverage_test is not None:
        shares += f" and {join.coverage_test:.0%} of the test rows"
    rows = "several rows each" if join.many else "one row each"
    history = "" if join.whole else "; it tells of the past, so it is cut for blind rows"
    return f"{join.path} joins{behind} on {' and '.join(on)}: {shares} have {rows}{history}."
