"""Which part of the log is looked at, and how its lines are drawn.

The view follows the end until somebody moves away from it, and never moves on its own after that.
It holds places, no lines: a page is read when it is drawn.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from textual.content import Content

from iml_tui.drawing.draw import fit, line
from iml_tui.log.index import EVERYTHING, Entry
from iml_tui.log.logbook import Logbook
from iml_tui.log.search import Search
from iml_tui.widgets.search import lit, spans
from iml_tui.words.figures import duration

WHO = 12
MOST_ABOVE = 500
"""So many lines above one are looked through for what it belongs to."""
LEAST_TEXT = 16
"""Cells that a wrapped line has at least."""


class At(NamedTuple):
    """A row: that of a line, or of one of the rows that a long line was wrapped over."""

    place: int
    row: int = 0


class Standing(NamedTuple):
    """Where a view stands."""

    top: At = At(0)
    following: bool = True


class Drawn(NamedTuple):
    """A row of the page."""

    content: Content
    place: int


@dataclass(frozen=True)
class Manner:
    """How lines are drawn."""

    width: int = 80
    time_width: int = 4
    """Cells for the time; 0 leaves it out."""
    wraps: bool = False
    column: int = 0
    """Characters that are left out at the left of every line."""
    wanted: str = ""
    """What is marked in them."""

    @property
    def room(self) -> int:
        """Cells for what was printed."""
        return max(LEAST_TEXT, self.width - self.time_width - 1 - WHO)


def entry_line(entry: Entry, time_width: int) -> Content:
    """Time, who, what."""
    return line(_start(entry, time_width), _text(entry))


def entry_rows(entry: Entry, manner: Manner, *, marked: bool = False) -> list[Content]:
    """A line of the log on as many rows as it needs."""
    text = lit(_text(entry), manner.wanted)
    start = _start(entry, manner.time_width, marked=marked)
    if not manner.wraps:
        text = text[manner.column : manner.column + manner.width]
        return [line(start, text)]
    first, *rest = text.wrap(manner.room) or [line()]
    blank = " " * start.cell_length
    return [line(start, first), *(line(blank, row) for row in rest)]


def ending(text: Content, room: int) -> Content:
    """`text`, or the end of it where it is too long: what was written last is news."""
    if text.cell_length <= room:
        return text
    return line(("…", "$dim"), text[-max(1, room - 1) :])


def _start(entry: Entry, time_width: int, *, marked: bool = False) -> Content:
    time = duration(entry.at).rjust(time_width) if time_width else ""
    sign = ("▎", "$run") if marked else " " if time_width else ""
    return line((time, "$dim"), sign, fit(line((entry.who, "$dim")), WHO))


def _text(entry: Entry) -> Content:
    return line(*((text, style or f"${entry.tone}") for text, style in entry.parts))


class LogView:
    """A page of a log."""

    def __init__(self, book: Logbook) -> None:
        """Follows the end of everything."""
        self.book = book
        self.manner = Manner()
        self.height = 1
        self.group = EVERYTHING
        self.search: Search | None = None
        self.only = False
        """Whether only lines that hold what is searched are shown."""
        self.marked: int | None = None
        """Number of the line that a person chose, or that a search led to."""
        self.following = True
        self._top = At(0)
        self._seen = 0

    # --- what there is ------------------------------------------------------------------------

    @property
    def lines(self) -> Sequence[int]:
        """Numbers of the lines of the group."""
        return self.book.index.lines(self.group)

    @property
    def live(self) -> list[Entry]:
        """Lines that are still being written."""
        if self.only and self.search is not None:
            return []
        return [
            entry
            for entry, groups in self.book.live
            if self.group == EVERYTHING or self.group in groups
        ]

    @property
    def count(self) -> int:
        """Lines that can be scrolled through."""
        hits = self._hits
        return len(self.lines) if hits is None else len(hits)

    @property
    def fresh(self) -> int:
        """Lines that came since the end was left."""
        return 0 if self.following else max(0, self.count - self._seen)

    @property
    def _hits(self) -> Sequence[int] | None:
        return self.search.hits if self.only and self.search is not None else None

    def number(self, place: int) -> int:
        """The number of the line at a place of the view."""
        hits = self._hits
        return self.lines[place if hits is None else hits[place]]

    def place(self, number: int) -> int:
        """The place in the view of a line, or of the next one that is shown."""
        place = bisect_left(self.lines, number)
        hits = self._hits
        return place if hits is None else bisect_left(hits, place)

    # --- the page -----------------------------------------------------------------------------

    def page(self) -> list[Drawn]:
        """The rows that can be seen."""
        place, skipped = self.top
        live = self.live
        drawn: list[Drawn] = []
        while len(drawn) < self.height and place < self.count + len(live):
            rows = self._rows(place, live)
            drawn += [Drawn(row, place) for row in rows[skipped:]]
            place, skipped = place + 1, 0
        return drawn[: self.height]

    @property
    def top(self) -> At:
        """The first row that can be seen."""
        bottom = self.bottom
        return bottom if self.following else min(self._top, bottom)

    @property
    def bottom(self) -> At:
        """The first row of the last page."""
        live = self.live
        place, rows = self.count + len(live), 0
        while place > 0 and rows < self.height:
            place -= 1
            rows += self._row_count(place, live)
        return At(place, max(0, rows - self.height))

    def _rows(self, place: int, live: Sequence[Entry]) -> list[Content]:
        if place >= self.count:
            entry = live[place - self.count]
            text = lit(ending(_text(entry), self.manner.room), self.manner.wanted)
            return [line(_start(entry, self.manner.time_width), text)]
        number = self.number(place)
        marked = number == self.marked
        rows = entry_rows(self.book.entry(number), self.manner, marked=marked)
        if not marked:
            return rows
        return [fit(row, self.manner.width).stylize_before("on $curbg") for row in rows]

    def _row_count(self, place: int, live: Sequence[Entry]) -> int:
        return len(self._rows(place, live)) if self.manner.wraps else 1

    def above(self, number: int) -> Iterator[Entry]:
        """A line, then those of its moment above it, from the nearest on."""
        lines, key = self.lines, self.book.entry(number).key
        last = bisect_left(lines, number)
        for place in range(last, max(-1, last - MOST_ABOVE), -1):
            entry = self.book.entry(lines[place])
            if entry.key == key:
                yield entry

    def first_of(self, group: str, at: float) -> int | None:
        """The number of the first line of a group that came at a time or later."""
        lines = self.book.index.lines(group)
        place = bisect_left(lines, at, key=self.book.index.at)
        return lines[place] if place < len(lines) else None

    # --- moving -------------------------------------------------------------------------------

    def move(self, rows: int) -> None:
        """Scrolls by rows; whoever reaches the end follows it."""
        top, live = self.top, self.live
        place, row = top
        for _ in range(abs(rows)):
            if rows < 0 and row == 0:
                if place == 0:
                    break
                place -= 1
                row = self._row_count(place, live) - 1
            elif rows < 0:
                row -= 1
            elif row + 1 < self._row_count(place, live):
                row += 1
            elif place + 1 < self.count + len(live):
                place, row = place + 1, 0
        self._go(At(place, row))
        self.following = At(place, row) >= self.bottom

    def follow(self) -> None:
        """To the end, and on with it."""
        self.following = True

    def start(self) -> None:
        """To the first line."""
        self._go(At(0))
        self.following = self._top >= self.bottom  # all of it can be seen

    def show(self, number: int) -> None:
        """Brings a line into sight, and marks it; the end is not followed any more."""
        self.marked = number
        place, top = self.place(number), self.top.place
        if not top <= place < top + self.height - 1 or self.manner.wraps:
            self._go(At(max(0, place - self.height // 3)))
        else:
            self._go(self.top)
        if not self.manner.wraps:
            self._turn_to(number)

    def show_first(self, number: int) -> None:
        """Brings a line to the top, and marks it."""
        self.marked = number
        self._go(At(self.place(number)))

    @property
    def standing(self) -> Standing:
        """Where the view stands."""
        return Standing(self.top, self.following)

    def stand(self, standing: Standing) -> None:
        """Back to where the view stood."""
        self._go(standing.top)
        self.following = standing.following

    def keep(self) -> int | None:
        """The line that stands firm while other lines come and go around it."""
        if self.following or not self.count:
            return None
        return self.number(min(self.top.place, self.count - 1))

    def turn_to(self, group: str) -> None:
        """Shows the lines of another group, around those that were looked at."""
        kept = self.keep()
        self.group = group
        self._seen = self.count  # what is new is new in this group
        self.back_to(kept)

    def back_to(self, number: int | None) -> None:
        """To the line that was kept; nowhere where the end was followed."""
        if number is not None:
            self._go(At(self.place(number)))

    def _go(self, top: At) -> None:
        if self.following:
            self._seen = self.count
        self.following = False
        self._top = top
        self._seen = min(self._seen, self.count)

    def _turn_to(self, number: int) -> None:
        """Turns to the side where what is searched stands, if it cannot be seen."""
        found = spans(self.book.entry(number).text, self.manner.wanted)
        column, room = self.manner.column, self.manner.room
        if found and not any(column <= start and end <= column + room for start, end in found):
            first, end = found[0]
            self.turn(0 if end <= room else first - room // 3)

    def turn(self, column: int) -> None:
        """Leaves out so many characters at the left."""
        self.manner = replace(self.manner, column=max(0, column))
