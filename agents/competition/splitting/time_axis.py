"""Columns by which rows are ordered in time: dates, parts of dates, numbered periods.

An axis turns cells into moments: days since 1970 for dates, the number itself for periods. Several
columns may make up one axis (year, month, day, hour). Nothing here knows about splits.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from agents.competition.metrics.labels import Array
from agents.competition.reading.tables import date_format, to_dates, to_numbers
from agents.competition.splitting.time_words import axis_named, read_moment, span
from agents.models import TimeSplit

_DAY: Final = pd.Timedelta(days=1)
_EPOCH: Final = pd.Timestamp(0)
_TOLERANCE: Final = 1e-9
"""Days; less than a millisecond, more than what is lost by writing a bound and reading it."""
_HEAD: Final = 2_000
_PARTS: Final = {
    "year": frozenset({"year", "yr", "yyyy"}),
    "month": frozenset({"month", "mo", "mnth", "mon"}),
    "day": frozenset({"day", "dayofmonth", "dom", "mday"}),
    "hour": frozenset({"hour", "hr"}),
}
_RANGES: Final = {"year": (1900, 2100), "month": (1, 12), "day": (1, 31), "hour": (0, 24)}
_PERIODS: Final = frozenset(
    {"week", "period", "month", "quarter", "year", "day", "date", "time", "timestep", "step"}
    | {"block", "hour", "minute", "timestamp", "season", "epoch", "round", "wave", "tick", "t"}
)


@dataclass(frozen=True)
class TimeAxis:
    """One or several columns that say when a row is."""

    column: str
    written: str = ""
    """The date format of its cells; "" where they are numbers."""
    finer: tuple[str, ...] = ()
    """Columns of month, day and hour, in this order, where `column` is a year."""

    @classmethod
    def of(cls, time: TimeSplit) -> "TimeAxis":
        """The axis of a planned split."""
        return cls(time.column, time.written, time.finer)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that it is made of."""
        return (self.column, *self.finer)

    @property
    def named(self) -> str:
        """Its columns in a sentence."""
        return axis_named(self.columns)

    @property
    def is_date(self) -> bool:
        """Whether moments are days since 1970."""
        return bool(self.written)

    def moments(self, cells: pd.DataFrame) -> Array:
        """When each row is, shape (rows,); NaN where its cells do not say."""
        if self.finer:
            dates = _composed([to_numbers(cells[name]) for name in self.columns])
            return _days(dates)
        if not self.written:
            return to_numbers(cells[self.column]).to_numpy()
        codes, words = pd.factorize(cells[self.column])
        return _days(to_dates(pd.Series(words, dtype="str"), self.written))[codes]

    def spelled(self, moment: float) -> str:
        """A moment as an ISO date, or as a number written out."""
        if not self.is_date:
            return f"{moment:.15g}"
        date = (_EPOCH + moment * _DAY).round("ms")
        return date.date().isoformat() if date == date.normalize() else date.isoformat()

    def read(self, text: str) -> float:
        """The moment that `spelled` wrote."""
        return read_moment(text, date=self.is_date)

    def span(self, length: float) -> str:
        """A length of time in words."""
        return span(length, date=self.is_date)


def at_least(moments: Array, bound: float) -> Array:
    """Which moments are not before a bound; unknown ones are."""
    found: Array = moments >= bound - _TOLERANCE
    return found


def at_most(moments: Array, bound: float) -> Array:
    """Which moments are not after a bound; unknown ones are."""
    found: Array = moments <= bound + _TOLERANCE
    return found


def date_axes(train: pd.DataFrame, columns: Sequence[str]) -> Iterator[TimeAxis]:
    """Axes of columns that hold dates, then of columns that together make up dates.

    Args:
        train: Cells.
        columns: Those that train and test share.
    """
    for name in columns:
        written = date_format(train[name].head(_HEAD))
        if written is not None and (train[name].head(_HEAD) != "").any():
            yield TimeAxis(name, written)
    yield from _composed_axes(train, columns)


def period_axes(train: pd.DataFrame, columns: Sequence[str]) -> Iterator[TimeAxis]:
    """Axes of numbers whose names say that they count time."""
    for name in columns:
        if not _PERIODS.isdisjoint(_words(name)) and numbers_in(train[name].head(_HEAD)):
            yield TimeAxis(name)


def numbers_in(cells: pd.Series) -> bool:
    """Whether all cells that are not empty are numbers."""
    filled = cells[cells != ""]
    return bool(len(filled) and to_numbers(filled).notna().all())


def _composed_axes(train: pd.DataFrame, columns: Sequence[str]) -> Iterator[TimeAxis]:
    """Year and month, and what refines them, under names that differ in those words only."""
    families: dict[tuple[str, ...], dict[str, str]] = {}
    for name in columns:
        for part, known in _PARTS.items():
            words = _words(name)
            if not known.isdisjoint(words) and _holds(train[name].head(_HEAD), part):
                rest = tuple(word for word in words if word not in known)
                families.setdefault(rest, {}).setdefault(part, name)
    for found in families.values():
        if {"year", "month"} <= set(found):
            ordered = [found[part] for part in _leading(list(found))]
            yield TimeAxis(ordered[0], "%Y", tuple(ordered[1:]))


def _leading(parts: list[str]) -> Iterator[str]:
    """Year, month, day, hour as far as they go without a gap."""
    for part in _PARTS:
        if part not in parts:
            return
        yield part


def _holds(cells: pd.Series, part: str) -> bool:
    numbers = to_numbers(cells[cells != ""])
    low, high = _RANGES[part]
    whole = bool(numbers.notna().all() and (numbers % 1 == 0).all() and len(numbers))
    return whole and bool(numbers.between(low, high).all())


def _composed(parts: list[pd.Series]) -> pd.Series:
    names = ["year", "month", "day", "hour"][: len(parts)]
    table = pd.DataFrame(dict(zip(names, parts, strict=True)))
    if "day" not in table:
        table["day"] = 1.0
    known = table.notna().all(axis=1)
    dates = pd.to_datetime(table[known].astype("int64"), errors="coerce")
    return dates.reindex(table.index)


def _days(dates: pd.Series) -> Array:
    return ((dates - _EPOCH) / _DAY).to_numpy(dtype=float)


def _words(name: str) -> list[str]:
    """The words of a column's name: `SaleYear2` is sale, year."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]
