"""A curve in braille: two by four dots a cell, round values at the axis, names at line ends."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from iml_tui.drawing.draw import Part, fit, line, right
from iml_tui.words.figures import duration, number

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""The bit of a braille dot by column and row."""
AXIS = 8
NAMES = 22
GRID = 4
"""Cells between two dots of the grid."""
ROWS_A_TICK = 3
"""Values at the axis stand at least so many rows apart."""
_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True)
class Series:
    """Points that hold until the next one."""

    name: str
    points: tuple[tuple[float, float], ...]
    """Place on the lower axis and value, in order."""
    style: str

    def at(self, place: float) -> float | None:
        """The value that holds at `place`."""
        held = [value for since, value in self.points if since <= place]
        return held[-1] if held else None


@dataclass(frozen=True)
class _Axes:
    """The picture's measures: what stands where."""

    low: float
    high: float
    start: float
    until: float
    columns: int
    rows: int
    names: int
    """Cells for the names of the lines."""

    def row(self, value: float) -> int:
        """The row of dots, from the top, in which a value lies."""
        share = (self.high - value) / (self.high - self.low)
        return min(self.rows * 4 - 1, max(0, round(share * (self.rows * 4 - 1))))

    def ticks(self) -> dict[int, str]:
        """Round values by row of cells, with as many decimals as they have."""
        wanted = max(2, self.rows // ROWS_A_TICK)
        raw = (self.high - self.low) / wanted
        scale = 10.0 ** math.floor(math.log10(raw))
        step = next(nice * scale for nice in _NICE if nice * scale >= raw * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        values = [(first + index) * step for index in range(wanted + 2)]
        places = next(one for one in range(12) if abs(round(step, one) - step) < step * 1e-6)
        return {
            self.row(value) // 4: f"{value:,.{places}f}"
            for value in values
            if value <= self.high + step * 1e-9
        }


def plot(
    series: Sequence[Series],
    until: float,
    width: int,
    height: int,
    ends: tuple[str, str] | None = None,
) -> list[Content]:
    """Lines of the picture: an axis at the left, its ends below, names at the right.

    Args:
        series: The first is drawn over the others.
        until: The place at the right end.
        width: Cells in all.
        height: Lines in all, the lower axis included.
        ends: What stands at both ends of the lower axis; times where nothing is said.
    """
    names = min(NAMES, max((len(_named(one)) + 2 for one in series if one.points), default=0))
    columns, rows = width - AXIS - names - 1, height - 2
    values = [value for one in series for _, value in one.points if math.isfinite(value)]
    if columns < 8 or rows < 3 or not values:
        return []
    low, high = _bounds(values)
    start = min(one.points[0][0] for one in series if one.points)
    axes = _Axes(low, high, start, max(until, start), columns, rows, names)
    cells: dict[tuple[int, int], tuple[int, str]] = {}
    for one in reversed(series):
        _draw(one, cells, axes)
    placed, ticks = _placed(series, axes), axes.ticks()
    lines = [_line(row, axes, cells, placed, ticks) for row in range(rows)]
    floor = line((" " * AXIS + "└" + "─" * columns, "$line"))
    first, last = ends or (duration(start), duration(until))
    below = right(line((last, "$dim")), max(1, columns - len(first)))
    return [*lines, floor, line((" " * (AXIS + 1), "$dim"), (first, "$dim"), below)]


def _named(one: Series) -> str:
    """What stands at the end of a line."""
    return f"{one.name} {number(one.points[-1][1])}"


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    margin = (high - low) * 0.1 or abs(high) * 0.01 or 1.0
    return low - margin, high + margin


def _placed(series: Sequence[Series], axes: _Axes) -> dict[int, Series]:
    """The row at which each line is named: at its end, in the order of the values there."""
    named = sorted((one for one in series if one.points), key=lambda one: -one.points[-1][1])
    rows: list[int] = []
    for one in named:
        wanted = axes.row(one.points[-1][1]) // 4
        rows.append(max(wanted, rows[-1] + 1) if rows else wanted)
    for index in range(len(rows) - 1, -1, -1):  # what was pushed out below moves up again
        room = axes.rows - (len(rows) - index)
        rows[index] = min(rows[index], room)
    return {row: one for row, one in zip(rows, named, strict=True) if row >= 0}


def _draw(one: Series, cells: dict[tuple[int, int], tuple[int, str]], axes: _Axes) -> None:
    before: int | None = None
    dots = axes.columns * 2
    for dot in range(dots):
        place = axes.start + (axes.until - axes.start) * dot / max(1, dots - 1)
        value = one.at(place)
        if value is None or not math.isfinite(value):
            continue
        now = axes.row(value)
        begin = now if before is None else before
        for y in range(min(begin, now), max(begin, now) + 1):
            bits, _ = cells.get((y // 4, dot // 2), (0, ""))
            cells[y // 4, dot // 2] = (bits | _DOTS[dot % 2][y % 4], one.style)
        before = now


def _line(
    row: int,
    axes: _Axes,
    cells: dict[tuple[int, int], tuple[int, str]],
    names: dict[int, Series],
    ticks: dict[int, str],
) -> Content:
    parts: list[Part] = [right(line((ticks.get(row, ""), "$dim")), AXIS - 1), " ", ("│", "$line")]
    for column in range(axes.columns):
        bits, style = cells.get((row, column), (0, "$line"))
        empty = "·" if row in ticks and column % GRID == 0 else " "
        parts.append((chr(0x2800 + bits) if bits else empty, style))
    if row in names:
        one = names[row]
        parts += [(f" {one.name} ", one.style), number(one.points[-1][1])]
    return fit(line(*parts), AXIS + 1 + axes.columns + axes.names)
