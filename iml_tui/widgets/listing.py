"""A pane of many rows: each is drawn when it is first seen, and kept until what it says changes.

A run of a thousand rounds is a list like any other: making its rows costs a few milliseconds, and a
key costs what can be seen. The cursor stays on its row when rows come or go around it.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import zip_longest
from time import monotonic
from typing import Any

from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from typing_extensions import override

from agents.models import TrackName
from iml_tui.drawing.draw import fit, line
from iml_tui.widgets.pane import BLANK, Pane, Row
from iml_tui.widgets.search import spans


class LazyRow(Row):
    """A row that is drawn when somebody looks at it."""

    def __init__(
        self, key: str | None, token: tuple[Any, ...], draw: Callable[[], Content], text: str = ""
    ) -> None:
        """Nothing is drawn yet.

        Args:
            key: What the row is about, where it can be marked.
            token: Everything that the line is made of: equal tokens are equal lines.
            draw: Makes the line.
            text: What a search reads.
        """
        self.__dict__.update(key=key, token=token, text=text, draw=draw)

    draw: Callable[[], Content]

    @cached_property
    def token(self) -> tuple[Any, ...]:
        """Everything that the line is made of: given, or found out when it is asked for."""
        raise NotImplementedError

    @cached_property
    def text(self) -> str:
        """What a search reads, likewise."""
        raise NotImplementedError

    @cached_property
    @override
    def content(self) -> Content:
        """The line, drawn at the first look."""
        return self.draw()

    def follows(self, old: "LazyRow") -> bool:
        """Whether it looks as the old row in its place did; then it is not drawn once more."""
        drawn = "content" in old.__dict__  # else nobody saw it, and any row with its key does
        if self.key != old.key or ((drawn or self.key is None) and self.token != old.token):
            return False
        if drawn:
            self.__dict__["content"] = old.content
        return True


def same_row(new: Row, old: Row) -> bool:
    """Whether whoever saw the old row sees the same in the new one; lazy ones are not drawn."""
    if isinstance(new, LazyRow) and isinstance(old, LazyRow):
        return new.follows(old)
    if isinstance(new, LazyRow) or isinstance(old, LazyRow):
        return False
    return new.key == old.key and new.content.is_same(old.content)


class LogWanted(Message):
    """What a track, or one of its moments, printed is to be shown."""

    def __init__(self, track: TrackName, key: str | None = None) -> None:
        """`key` names the moment; without one the whole track is meant."""
        super().__init__()
        self.track, self.key = track, key


MANY = 100
"""Rows from which on what comes in quick succession is shown together."""
TOGETHER_S = 0.4


class Listing(Pane):
    """Many rows, few of them in sight."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's own name
        super().__init__(id=id)
        self.drawn_width = 0
        """Cells of the pane that the rows were made for."""
        self._of_widths: dict[int, list[Row]] = {}
        """The same rows for widths that the pane had: it is wide alone and narrow beside others."""
        self._at: str | None = None
        """Key of the marked row."""
        self._meant: str | None = None
        """Key of the row that the person marked: it is marked again when it comes back."""
        self._built = 0.0
        self._waits = False

    def rebuild_soon(self) -> None:
        """Makes the rows anew, of many not more often than anybody could read them."""
        wait = self._built + TOGETHER_S - monotonic()
        if len(self._rows) < MANY or wait <= 0:
            self.rebuild()
        elif not self._waits:
            self._waits = True
            self.set_timer(wait, self._rebuild_now)

    def _rebuild_now(self) -> None:
        self._waits = False
        self.rebuild()

    @override
    def rebuild(self) -> None:
        """Makes the rows anew; repaints only if they changed."""
        self._of_widths.clear()
        self._make()

    def _make(self) -> None:
        if self.scene is None or not self._has_room():
            return
        rows = list(self.rows(self.scene, self.size.width - 2 * self.INDENT))
        changed = self.drawn_width != self.size.width or self._differs(rows)
        self._built = monotonic()
        if self.kept_by_width:
            self._of_widths[self.size.width] = rows
        self._show_rows(rows, changed=changed)

    @property
    def kept_by_width(self) -> bool:
        """Whether rows of one width are kept while the pane has another one."""
        return False

    def _show_rows(self, rows: list[Row], *, changed: bool) -> None:
        self.drawn_width = self.size.width
        if changed:
            self._take(rows)
        else:
            self._rows = rows
        self._retitle()

    def _differs(self, rows: Sequence[Row]) -> bool:
        """Whether any row looks different; each is asked, since it takes over what was drawn."""
        before = {row.key: row for row in self._rows if row.key is not None}
        differs = len(rows) != len(self._rows)
        for row, there in zip_longest(rows, self._rows):
            if row is None:
                break
            old = before.get(row.key, there) if row.key is not None else there
            same = old is not None and same_row(row, old)
            differs = differs or not same or (there is not None and there.key != row.key)
        return differs

    def _take(self, rows: list[Row]) -> None:
        index_before = self._index_of(self._at)
        self._rows = rows
        if self.searched:
            self._count_matches(self.found.at if self.found else 0)
        self.holds(len(rows) + 1)
        if self._index_of(self._meant) is not None:
            self._at = self._meant
        index = self._index_of(self._at)
        if self._at is not None and index is not None:
            keyed = [row.key for row in rows if row.key is not None]
            self.set_reactive(Pane.cursor, keyed.index(self._at))
            if index_before is not None and index != index_before and self.scroll_offset.y:
                self.scroll_relative(y=index - index_before, animate=False)
        else:
            marked = self.marked()
            self._at = marked.key if marked is not None else None
        self.refresh()

    def _index_of(self, key: str | None) -> int | None:
        places = (place for place, row in enumerate(self._rows) if row.key == key)
        return next(places, None) if key is not None else None

    def mark(self, key: str) -> None:
        """Puts the cursor on the row with this key, where there is one."""
        keyed = [row.key for row in self._rows if row.key is not None]
        index = self._index_of(key)
        if index is not None:
            self.cursor = keyed.index(key)
            self._keep_in_sight(index)

    @override
    def watch_cursor(self) -> None:
        """Another row is marked: two lines are painted again, none is made."""
        row = self.marked()
        self._at = self._meant = row.key if row is not None else None
        self.refresh()
        self._retitle()

    @property
    def at(self) -> str | None:
        """Key of the marked row."""
        return self._at

    @override
    def watch_has_focus(self, _has_focus: bool) -> None:
        """The cursor is shown where the focus is; the rows are the same."""
        self._retitle()
        self.refresh()

    @override
    def fit_size(self) -> None:
        """Rows are made for a width; more or fewer of them in sight are the same rows."""
        known = self._of_widths.get(self.size.width)
        if self._due:
            self.rebuild()
        elif self.drawn_width == self.size.width:
            self._retitle()
        elif known is not None:
            self._show_rows(known, changed=True)
        elif self._of_widths:
            self._make()
        else:
            self.rebuild()

    @override
    def _matches(self) -> list[int]:
        """Rows in which the text stands, without drawing them."""
        return [
            index
            for index, row in enumerate(self._rows)
            if spans(row.text if isinstance(row, LazyRow) else row.content.plain, self.searched)
        ]

    @override
    def render_line(self, y: int) -> Strip:
        """One line of the screen: the header, or a row of the body."""
        index = self.scroll_offset.y + y - 1
        if y == 0:
            return self.strip(self._header)
        if index >= len(self._rows):
            return self.drawn(BLANK, index)
        row = self._rows[index]
        if self.has_focus and row.key is not None and row.key == self._at:
            bar = line(("▎", "$run"), row.content)
            return self.drawn(fit(bar, self.size.width).stylize_before("on $curbg"), index)
        content = row.content.pad_left(self.INDENT)
        if self.tinted(row):
            content = fit(content, self.size.width).stylize_before("on $curbg")
        return self.drawn(content, index)

    @override
    def text_at(self, index: int) -> str:
        """The body's line of that number as it stands there."""
        return " " * self.INDENT + super().text_at(index) if index < len(self._rows) else ""

    def tinted(self, row: Row) -> bool:
        """Whether a row stands out although the cursor is elsewhere."""
        return row.key is not None and row.key in self.standing_out

    standing_out: frozenset[str] = frozenset()
    """Keys of such rows."""
