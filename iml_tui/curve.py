"""A curve in braille: two by four dots a cell, names at the line's end, two values at the axis."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.content import Content

from iml_tui.draw import Part, fit, line, right
from iml_tui.figures import duration, number

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""The bit of a braille dot by column and row."""
AXIS = 8
NAMES = 18


@dataclass(frozen=True)
class Series:
    """Points that hold until the next one."""

    name: str
    points: tuple[tuple[float, float], ...]
    """Time and value, in the order of time."""
    style: str

    def at(self, time: float) -> float | None:
        """The value that holds at `time`."""
        held = [value for since, value in self.points if since <= time]
        return held[-1] if held else None


def plot(series: Sequence[Series], until: float, width: int, height: int) -> list[Content]:
    """Lines of the picture: an axis at the left, times below, names at the right.

    Args:
        series: The first is drawn over the others.
        until: The time at the right end.
        width: Cells in all.
        height: Lines in all, the axis of time included.
    """
    columns, rows = width - AXIS - NAMES - 1, height - 2
    values = [value for one in series for _, value in one.points]
    if columns < 8 or rows < 3 or not values:
        return []
    low, high = _bounds(values)
    cells: dict[tuple[int, int], tuple[int, str]] = {}
    first = min(one.points[0][0] for one in series if one.points)
    for one in reversed(series):
        _draw(one, cells, (first, until), (low, high), (columns, rows))
    names = {_row(one.points[-1][1], low, high, rows * 4) // 4: one for one in reversed(series)}
    lines = [_line(row, rows, cells, columns, names, (low, high)) for row in range(rows)]
    floor = line((" " * AXIS + "└" + "─" * columns, "$line"))
    times = line(
        (" " * (AXIS + 1), "$dim"),
        (duration(first), "$dim"),
        right(line((duration(until), "$dim")), max(1, columns - len(duration(first)))),
    )
    return [*lines, floor, times]


def _bounds(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    margin = (high - low) * 0.1 or abs(high) * 0.01 or 1.0
    return low - margin, high + margin


def _row(value: float, low: float, high: float, dots: int) -> int:
    return min(dots - 1, max(0, round((high - value) / (high - low) * (dots - 1))))


def _draw(
    one: Series,
    cells: dict[tuple[int, int], tuple[int, str]],
    times: tuple[float, float],
    bounds: tuple[float, float],
    size: tuple[int, int],
) -> None:
    columns, rows = size
    before: int | None = None
    for dot in range(columns * 2):
        value = one.at(times[0] + (times[1] - times[0]) * dot / max(1, columns * 2 - 1))
        if value is None:
            continue
        now = _row(value, *bounds, rows * 4)
        start = now if before is None else before
        for y in range(min(start, now), max(start, now) + 1):
            bits, _ = cells.get((y // 4, dot // 2), (0, ""))
            cells[y // 4, dot // 2] = (bits | _DOTS[dot % 2][y % 4], one.style)
        before = now


def _line(
    row: int,
    rows: int,
    cells: dict[tuple[int, int], tuple[int, str]],
    columns: int,
    names: dict[int, Series],
    bounds: tuple[float, float],
) -> Content:
    marked = row in {0, rows - 1}
    value = bounds[1] - (bounds[1] - bounds[0]) * row / max(1, rows - 1)
    parts: list[Part] = [right(line((number(value) if marked else "", "$dim")), AXIS - 1), " "]
    parts.append(("│", "$line"))
    for column in range(columns):
        bits, style = cells.get((row, column), (0, "$line"))
        parts.append((chr(0x2800 + bits) if bits else " ", style))
    if row in names:
        one = names[row]
        parts += [(f" {one.name} ", one.style), number(one.points[-1][1])]
    return fit(line(*parts), AXIS + 1 + columns + NAMES)
