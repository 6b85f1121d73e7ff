"""What the nearest known rows of a series say about a row: those before it, and those after it.

A row is seen as if a span of time around it were hidden. Known rows are those of its series before
the span and, where the test lies between known rows (`BLOCK`), those after it. Training rows get
spans like those that the test is asked for; around a row to be predicted nothing else is hidden.

Rows are also compared with those at the same place of a cycle (the same hour of earlier and later
days), since there the nearest value says more than the one just before.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from agents.recipes.blocks.series import (
    TIME_FINER,
    TIME_WRITTEN,
    Calendar,
    measure_calendar,
    names_of,
    read_moments,
)

BLOCK = 0.0
TAIL = 1
NEAREST = (1, 2, 3)
MEANS = (3, 8, 24)
LONGEST_CYCLE = 200


@dataclass(frozen=True)
class Span:
    """What is hidden around each row: moments from `begin` on and before `end`, shape (rows,)."""

    begin: np.ndarray
    end: np.ndarray


@dataclass(frozen=True)
class Known:
    """Known rows, in the order of series and moments."""

    keys: np.ndarray
    """Series and moment as one number, which never falls."""
    distinct: np.ndarray
    """All moments, each once, in order."""
    moments: np.ndarray
    values: np.ndarray
    sums: np.ndarray
    """Sums of the values before each row, and of all: shape (rows + 1,)."""

    def place(self, series: np.ndarray, moments: np.ndarray) -> np.ndarray:
        """How many rows come before each moment of each series, those of other series included."""
        width = len(self.distinct) + 1
        return np.searchsorted(self.keys, series * width + np.searchsorted(self.distinct, moments))

    def first(self, series: np.ndarray) -> np.ndarray:
        """The place of the first row of each series."""
        return self.place(series, np.full(len(series), -np.inf))

    def last(self, series: np.ndarray) -> np.ndarray:
        """The place behind the last row of each series."""
        return self.place(series, np.full(len(series), np.inf))


def known_rows(series: np.ndarray, moments: np.ndarray, values: np.ndarray) -> Known:
    """Put rows in the order of series and moments."""
    order = np.lexsort((moments, series))
    series, moments, values = series[order], moments[order], values[order]
    distinct = np.unique(moments)
    keys = series * (len(distinct) + 1) + np.searchsorted(distinct, moments)
    return Known(keys, distinct, moments, values, np.r_[0.0, np.cumsum(values)])


def taken(values: np.ndarray, place: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The values at places; NaN where `inside` is false."""
    return np.where(inside, values[np.where(inside, place, 0)], np.nan)


def hide_around(series: np.ndarray, moments: np.ndarray, step: float, draw: int) -> Span:
    """Hide from every training row what would be hidden from it in the test.

    Where the test lies in blocks of time, that is the block that the row falls into when time is
    dealt into such blocks, beginning anywhere; else the row itself, those after it in its series,
    and fewer than TAIL before it.

    Steps: hidden
    """
    chance = np.random.RandomState(draw)
    if BLOCK:
        length = BLOCK if TIME_WRITTEN or TIME_FINER else BLOCK + step
        first = np.nanmin(moments) - chance.random_sample() * length
        begin = first + np.floor((moments - first) / length) * length
        return Span(begin, begin + length)
    order = np.lexsort((moments, series))
    place = np.empty(len(order), dtype="int64")
    place[order] = np.arange(len(order))
    begins = np.searchsorted(series[order], series)
    hidden = chance.randint(0, TAIL, len(order))
    begin = moments[order][np.maximum(begins, place - hidden)]
    return Span(begin, np.full(len(order), np.inf))


@dataclass(frozen=True)
class Past:
    """Everything that is remembered of the known rows."""

    calendar: Calendar
    names: pd.Index
    """Of the series."""
    series: np.ndarray
    """The place in `names` of each row's series."""
    moments: np.ndarray
    values: np.ndarray


def read_past(cells: pd.DataFrame, target: np.ndarray) -> Past:
    """Remember a training table.

    Steps: history
    """
    moments = read_moments(cells)
    when = np.isfinite(moments)
    names = pd.Index(names_of(cells))
    series = names.unique().get_indexer(names)
    calendar = measure_calendar(moments)
    return Past(calendar, names.unique(), series[when], moments[when], target[when])


def series_at(past: Past, cells: pd.DataFrame) -> np.ndarray:
    """The series of each row; -1 for one that is not known."""
    return np.asarray(past.names.get_indexer(pd.Index(names_of(cells)))).astype("int64")


def levels_at(past: Past, series: np.ndarray, span: Span) -> np.ndarray:
    """The mean size of what is known of each row's series, never nearly nothing.

    Steps: level
    """
    size = np.abs(past.values)
    usual = max(float(size.mean()), 1e-9)
    level = mean_around(known_rows(past.series, past.moments, size), series, span, len(size))
    return np.where(np.isfinite(level), np.maximum(level, 0.05 * usual), usual)


def look_around(past: Past, cells: pd.DataFrame, span: Span) -> tuple[pd.DataFrame, np.ndarray]:
    """Describe rows by the nearest known rows of their series, in levels of it.

    Steps: nearest

    Returns:
        A column a measure, and the levels, shape (rows,).
    """
    series, moments = series_at(past, cells), read_moments(cells)
    level = levels_at(past, series, span)
    slots, asked_slots = past.calendar.slots(past.moments), past.calendar.slots(moments)
    found: dict[str, np.ndarray] = {}
    for name, period in cycles_of(past.calendar):
        known = known_rows(past.series * period + slots % period, past.moments, past.values)
        asked = np.where(series >= 0, series * period + asked_slots % period, -1)
        for measure, values in measured(known, asked, moments, span):
            found[f"past{name}, {measure}"] = values / (1.0 if "time" in measure else level)
    for name, period in cycles_of(past.calendar)[1:]:
        known = known_rows(past.series, past.moments, past.values)
        now = mean_nearby(known, (series, moments), span, period) / level
        usual = np.where(found["past, mean"] > 0, found["past, mean"], np.nan)
        found[f"past{name}, course"] = now * found[f"past{name}, mean"] / usual
    return pd.DataFrame(found), level


def cycles_of(calendar: Calendar) -> list[tuple[str, int]]:
    """The series themselves, and the cycles whose places are looked at by themselves."""
    if not (TIME_WRITTEN or TIME_FINER):
        return [("", 1)]
    periods = sorted({calendar.cycle, calendar.season} - {0, 1})
    return [("", 1)] + [(f" in {n}", n) for n in periods if n <= LONGEST_CYCLE]


def measured(
    known: Known, series: np.ndarray, moments: np.ndarray, span: Span
) -> Iterator[tuple[str, np.ndarray]]:
    """Nearest values, means of some of them, and how far away they are."""
    first, before = known.first(series), known.place(series, span.begin)
    for number in NEAREST:
        place = before - number
        yield f"value {number} before", taken(known.values, place, place >= first)
    since = moments - taken(known.moments, before - 1, before > first)
    yield "time since", since
    for number in MEANS:
        yield f"mean of {number}", mean_around(known, series, span, number)
    yield "mean", mean_around(known, series, span, len(known.values))
    if BLOCK:
        after, last = known.place(series, span.end), known.last(series)
        for number in NEAREST:
            place = after + number - 1
            yield f"value {number} after", taken(known.values, place, place < last)
        until = taken(known.moments, after, after < last) - moments
        yield "time until", until
        earlier = taken(known.values, before - 1, before > first)
        later = taken(known.values, after, after < last)
        yield "between", between(earlier, later, since / np.maximum(since + until, 1e-9))


def mean_nearby(
    known: Known, asked: tuple[np.ndarray, np.ndarray], span: Span, number: int
) -> np.ndarray:
    """The mean of so many rows before the span, drawn over to that of those after it.

    Args:
        known: Known rows.
        asked: Series and moments of the rows, shapes (rows,).
        span: What is hidden from them.
        number: Of rows on either side.
    """
    series = asked[0]
    first, before = known.first(series), known.place(series, span.begin)
    begin = np.maximum(first, before - number)
    count = np.where(before > begin, before - begin, np.nan)
    earlier: np.ndarray = (known.sums[before] - known.sums[begin]) / count
    if not BLOCK:
        return earlier
    after, last = known.place(series, span.end), known.last(series)
    end = np.minimum(last, after + number)
    later = (known.sums[end] - known.sums[after]) / np.where(end > after, end - after, np.nan)
    since = asked[1] - taken(known.moments, before - 1, before > first)
    until = taken(known.moments, after, after < last) - asked[1]
    return between(earlier, later, since / np.maximum(since + until, 1e-9))


def between(earlier: np.ndarray, later: np.ndarray, share: np.ndarray) -> np.ndarray:
    """A value on the straight line between two, or the only one that there is."""
    line = (1 - share) * earlier + share * later
    return np.where(np.isfinite(line), line, np.where(np.isfinite(earlier), earlier, later))


def mean_around(known: Known, series: np.ndarray, span: Span, number: int) -> np.ndarray:
    """The mean of so many rows before the span, and as many after it where these are known."""
    first, before = known.first(series), known.place(series, span.begin)
    begin = np.maximum(first, before - number)
    count, total = before - begin, known.sums[before] - known.sums[begin]
    if BLOCK:
        after, last = known.place(series, span.end), known.last(series)
        end = np.minimum(last, after + number)
        count, total = count + end - after, total + known.sums[end] - known.sums[after]
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def simple_forecasts(features: pd.DataFrame) -> list[str]:
    """Measures that are forecasts by themselves."""
    ends = (
        ", between",
        ", course",
        " 1 before",
        *(f", mean of {number}" for number in MEANS),
        ", mean",
    )
    return [str(name) for name in features if str(name).endswith(ends)]


def least_wrong(features: pd.DataFrame, wanted: np.ndarray) -> str:
    """The measure that foretells rows best, in levels; where it is missing the level counts.

    Steps: simple
    """
    errors = {
        name: float(np.abs(features[name].fillna(1.0).to_numpy() - wanted).mean())
        for name in simple_forecasts(features)
    }
    return min(errors, key=lambda name: errors[name])
