"""The bars of a column: at most twelve, the same for train and test, with what their rows answer.

Numbers that spread evenly get equal steps, those with a long tail steps that grow; both between the
1st and the 99th percentile, the outer bars holding what lies outside. One number that many rows
share (the zero of a bill) stands first and alone, or it would flatten all others.
"""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from agents.competition.profiling.items import items_of
from agents.competition.profiling.semantics import Meaning
from agents.competition.reading.tables import date_format, to_dates
from agents.models import Bin

MOST_BINS: Final = 12
_SPIKE: Final = 0.25
"""A number that so many rows share stands alone; it is then one of the quartiles."""
_LONG_TAIL: Final = 30.0
"""From so many times the least number on, steps may grow."""
_SERIES: Final[tuple[tuple[int, ...], ...]] = ((1, 2, 5), (1, 3), (1,))
_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_FIRST_YEAR, _LAST_YEAR = 1500, 2200


class Goal(NamedTuple):
    """What the training rows answer."""

    values: np.ndarray
    """Shape (rows,), NaN where unknown: numbers, 1 for the positive class, or class codes."""
    classes: tuple[str, ...] = ()
    """By code, where there are more than two."""


class Cells(NamedTuple):
    """What is spread over bars."""

    train: pd.Series
    """The training cells that hold something, indexed by their place among all rows."""
    test: pd.Series | None
    """The same of the test, if it has the column."""
    numbers: pd.Series | None
    """The numbers that the training cells hold, for a column of numbers."""

    @property
    def both(self) -> list[pd.Series]:
        """Train, and the test where there is one."""
        return [self.train] if self.test is None else [self.train, self.test]


class Spread(NamedTuple):
    """The bars of a column."""

    bars: tuple[Bin, ...] = ()
    spiked: bool = False
    """Whether the first bar is a number that stands alone."""


class _Codes(NamedTuple):
    """Which bar each cell belongs to, by side; -1 for none."""

    labels: list[str]
    sides: list[np.ndarray]


def spread_of(meaning: Meaning, cells: Cells, goal: Goal | None = None) -> Spread:
    """The bars of a column.

    Args:
        meaning: What the column means.
        cells: Its cells.
        goal: What all training rows answer, for the rates of the bars.
    """
    if cells.train.empty or meaning.semantic in {"identifier", "constant", "json"}:
        return Spread()
    codes, spiked = _coded(meaning, cells)
    return Spread(_bars(codes, goal, cells.train.index.to_numpy()), spiked)


def _coded(meaning: Meaning, cells: Cells) -> tuple[_Codes, bool]:
    both = cells.both
    if cells.numbers is not None and cells.train.nunique() > MOST_BINS:
        sides = [cells.numbers, *(meaning.numbers(side) for side in both[1:])]
        return _numbers([side.to_numpy(float) for side in sides], whole=meaning.integer)
    if meaning.semantic == "date":
        return _periods(both), False
    if meaning.semantic == "text":
        counts = [side.str.count(r"\S+") for side in both]
    elif meaning.semantic == "list":
        counts = [items_of(side, meaning.delimiter or ",").map(len) for side in both]
    else:
        return _values(both, meaning), False
    unit = " words" if meaning.semantic == "text" else " items"
    return _numbers([side.to_numpy(float) for side in counts], unit, whole=True, alone=False)


def _bars(codes: _Codes, goal: Goal | None, places: np.ndarray) -> tuple[Bin, ...]:
    width = len(codes.labels)
    shares = [
        np.bincount(side[side >= 0], minlength=width) / max(1, len(side)) for side in codes.sides
    ]
    told = _answers(codes.sides[0], width, goal, places)
    return tuple(
        Bin(
            label=label,
            share=float(shares[0][bar]),
            test_share=float(shares[1][bar]) if len(shares) > 1 else None,
            rate=told[bar][0],
            answer=told[bar][1],
        )
        for bar, label in enumerate(codes.labels)
    )


def _answers(
    bars: np.ndarray, width: int, goal: Goal | None, places: np.ndarray
) -> list[tuple[float | None, str]]:
    """Rate and, of more than two classes, the most frequent one of every bar's rows."""
    if goal is None:
        return [(None, "")] * width
    values = goal.values[places]
    known = np.isfinite(values) & (bars >= 0)
    bars, values = bars[known], values[known]
    counts = np.bincount(bars, minlength=width)
    if not goal.classes:
        sums = np.bincount(bars, weights=values, minlength=width)
        return [
            (float(f"{total / rows:.4g}") if rows else None, "")
            for total, rows in zip(sums, counts, strict=True)
        ]
    size = len(goal.classes)
    table = np.bincount(bars * size + values.astype(np.int64), minlength=width * size)
    most = table.reshape(width, size)
    return [
        (float(f"{row.max() / rows:.4g}"), goal.classes[int(row.argmax())]) if rows else (None, "")
        for row, rows in zip(most, counts, strict=True)
    ]


# --- words ----------------------------------------------------------------------------------------


def _values(both: Sequence[pd.Series], meaning: Meaning) -> _Codes:
    """A bar a value, the most frequent first, or in the order of the numbers that they mean."""
    if meaning.delimiter is not None:
        both = [cells.str.split(meaning.delimiter, n=1, regex=False).str[0] for cells in both]
    codes, words = pd.factorize(pd.concat(both, ignore_index=True))
    length = len(both[0])
    counts = np.bincount(codes[:length], minlength=len(words))
    known = int((counts > 0).sum())
    shown = np.argsort(-counts, kind="stable")[: known if known <= MOST_BINS else MOST_BINS - 1]
    if meaning.semantic == "number":
        shown = shown[np.argsort(meaning.numbers(pd.Series(words[shown], dtype="str")).to_numpy())]
    bars = np.full(len(words), -1)
    labels = [str(word) for word in words[shown]]
    if known > MOST_BINS:
        bars[:] = len(labels)
        labels.append(f"{known - len(shown)} others")
    bars[shown] = np.arange(len(shown))
    return _Codes(labels, [bars[codes[:length]], *([bars[codes[length:]]] if both[1:] else [])])


# --- numbers --------------------------------------------------------------------------------------


def _numbers(
    sides: Sequence[np.ndarray], unit: str = "", *, whole: bool, alone: bool = True
) -> tuple[_Codes, bool]:
    """Bars of numbers, and whether the first is one value that stands `alone`."""
    sides = [values[np.isfinite(values)] for values in sides]
    known = sides[0]
    spike = _spike(known) if alone else None
    if spike is not None:
        known = known[known != spike]
    edges = _edges(known, whole=whole)
    first = 0 if spike is None else 1
    bars = [np.searchsorted(edges[1:-1], values, side="right") + first for values in sides]
    labels = _labels(edges, known, unit, whole=whole)
    if spike is not None:
        bars = [np.where(values == spike, 0, bar) for values, bar in zip(sides, bars, strict=True)]
        labels.insert(0, _figure(spike) + unit)
    return _Codes(labels, bars), spike is not None


def _spike(known: np.ndarray) -> float | None:
    """The number that a quarter of all rows share or more, where the others are many."""
    for value in np.unique(np.percentile(known, [0, 25, 50, 75, 100], method="nearest")):
        share = float((known == value).mean())
        if _SPIKE <= share < 1 and np.ptp(known[known != value]) > 0:
            return float(value)
    return None


def _edges(known: np.ndarray, *, whole: bool) -> np.ndarray:
    """The ends of at most eleven bars, ascending; bars hold their left end."""
    low, middle, high = np.percentile(known, [1, 50, 99])
    if low == high:
        low, high = float(known.min()), float(known.max())
    if low == high:
        return np.array([low, low])
    grown = low > 0 and high >= _LONG_TAIL * low
    if grown and abs(_place(*np.log([low, middle, high]))) < abs(_place(low, middle, high)):
        return _growing(low, high, whole=whole)
    return _even(low, high, whole=whole)


def _place(low: float, middle: float, high: float) -> float:
    """How far from the middle between both ends the median lies."""
    return (middle - low) / (high - low) - 0.5


def _even(low: float, high: float, *, whole: bool) -> np.ndarray:
    """Steps of 1, 2, 2.5 or 5 times a power of ten."""
    power = floor(log10((high - low) / MOST_BINS))
    sizes = [size * 10.0**exponent for exponent in (power, power + 1) for size in _STEPS]
    for step in sizes:
        first, last = floor(low / step), floor(high / step)
        if last - first + 1 < MOST_BINS and (not whole or step == round(step)):
            return np.arange(first, last + 2) * step
    return np.linspace(low, high, MOST_BINS)


def _growing(low: float, high: float, *, whole: bool) -> np.ndarray:
    """Steps of a series such as 1, 2, 5, 10, as fine as bars allow."""
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    for series in _SERIES:
        marks = np.array([size * 10.0**power for power in powers for size in series])
        if whole:
            marks = marks[marks >= 1]
        first = max(0, int(np.searchsorted(marks, low, side="right")) - 1)
        last = int(np.searchsorted(marks, high, side="right"))
        chosen: np.ndarray = marks[first : last + 1]
        if 2 <= len(chosen) <= MOST_BINS:
            return chosen
    return np.geomspace(low, high, MOST_BINS)


def _labels(edges: np.ndarray, known: np.ndarray, unit: str, *, whole: bool) -> list[str]:
    """`0 to 4`, `50 and more`; `under` and `and more` only where something lies outside."""
    if len(edges) == 2 and edges[0] == edges[1]:
        return [_figure(edges[0]) + unit]
    years = whole and edges[0] >= _FIRST_YEAR and edges[-1] <= _LAST_YEAR
    written = [f"{edge:.0f}" if years else _figure(edge) for edge in edges]
    ends = (
        [f"{edge - 1:.0f}" if years else _figure(edge - 1) for edge in edges] if whole else written
    )
    labels = [
        start if start == end else f"{start} to {end}"
        for start, end in zip(written, ends[1:], strict=False)
    ]
    if len(labels) > 1:
        if known.min() < edges[0]:
            labels[0] = f"under {written[1]}"
        if known.max() >= edges[-1]:
            labels[-1] = f"{written[-2]} and more"
    return [label + unit for label in labels]


def _figure(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 1_000 else f"{number:.4g}"


# --- dates ----------------------------------------------------------------------------------------


def _periods(both: Sequence[pd.Series]) -> _Codes:
    written = date_format(both[0])
    if written is None:
        return _Codes([], [np.full(len(cells), -1) for cells in both])
    dates = [to_dates(cells, written) for cells in both]
    ends = pd.concat(dates).agg(["min", "max"])
    known = [side.notna().to_numpy() for side in dates]
    if ends["min"] == ends["max"]:
        return _Codes([f"{ends['min']:%Y-%m-%d}"], [held.astype(np.int64) - 1 for held in known])
    edges = pd.date_range(ends["min"], ends["max"], periods=MOST_BINS + 1)
    marks = edges.astype(dates[0].dtype).astype("int64").to_numpy()[1:-1]
    codes = [
        np.where(held, np.searchsorted(marks, side.astype("int64").to_numpy(), side="right"), -1)
        for side, held in zip(dates, known, strict=True)
    ]
    return _Codes([f"from {edge:%Y-%m-%d}" for edge in edges[:-1]], codes)
