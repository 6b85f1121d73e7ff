"""Pane 5: output of every program and the engine's own sentences, as they come.

Only the lines that can be seen are drawn. The view follows the end until somebody scrolls up, and
never moves on its own after that.
"""

from collections.abc import Sequence
from typing import ClassVar

from textual.content import Content
from textual.geometry import Size
from textual.strip import Strip
from typing_extensions import override

from agents.journal.events import Progress
from iml_tui.draw import bar, fit, line
from iml_tui.figures import count, duration
from iml_tui.logbook import Entry, Logbook
from iml_tui.scene import Scene
from iml_tui.widgets.pane import Hint, Pane, Row

WHO = 12
BAR = 14


class LogPane(Pane):
    """The log, newest at the bottom."""

    NUMBER = 5
    TITLE = "Log"
    INDENT = 0
    HINTS: ClassVar[tuple[Hint, ...]] = (("j k", "scroll"), ("end", "follow"))

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's own name
        super().__init__(id=id)
        self._book: Logbook | None = None
        self._dropped = 0
        self._live: list[Content] = []
        self.following = True

    def show(self, book: Logbook) -> None:
        """Shows the lines of `book` from now on; call again whenever it has grown."""
        held = self.scroll_offset.y
        fresh = self._book is not book
        gone = 0 if fresh else book.dropped - self._dropped
        self._book, self._dropped = book, book.dropped
        self._measure()
        if self.following or fresh:
            self.scroll_end(animate=False, immediate=True, force=True)
        elif gone:
            self.scroll_to(y=max(0, held - gone), animate=False, immediate=True, force=True)
        self.refresh()

    @override
    def detail(self, scene: Scene) -> Content:
        """Whose lines these are."""
        return line(("all tracks", "$dim"))

    @override
    def fact(self, scene: Scene) -> Content:
        """Whether the end is followed, and how many lines there are."""
        total = self._book.total if self._book else 0
        follows = line(("following", "$run")) if self.following else line(("scrolled up", "$wait"))
        return line(follows, "  ", (count(total, "line"), "$dim"))

    @override
    def rows(self, scene: Scene, width: int) -> Sequence[Row]:
        """None: lines are drawn one by one where they are seen."""
        return ()

    @override
    def rebuild(self) -> None:
        """Only what is under way is made anew; lines never change."""
        if self.scene is None or not self.is_mounted:
            return
        live = [
            progress_line(path, row, self.scene, self.size.width)
            for path, row in self.scene.progress.items()
        ]
        same = len(live) == len(self._live) and all(
            new.is_same(old) for new, old in zip(live, self._live, strict=True)
        )
        if not same:
            self._live = live
            self.refresh()
        self._measure()
        if self.following:
            self.scroll_end(animate=False, immediate=True, force=True)
        self._retitle()

    def _measure(self) -> None:
        held = len(self._book.entries) if self._book else 0
        size = Size(self.size.width, held + len(self._live) + 1)
        if size != self.virtual_size:
            self.virtual_size = size
        self._retitle()

    @override
    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Whoever scrolls up stops following; whoever reaches the end follows again."""
        self.following = new_value >= self.max_scroll_y
        super().watch_scroll_y(old_value, new_value)

    @override
    def render_line(self, y: int) -> Strip:
        """A line of the log."""
        if y == 0:
            return self.strip(self._header)
        index = self.scroll_offset.y + y - 1
        entries = self._book.entries if self._book else []
        if index < len(entries):
            return self.strip(entry_line(entries[index], self._time_width))
        live = index - len(entries)
        return self.strip(self._live[live] if live < len(self._live) else line())

    @property
    def _time_width(self) -> int:
        return len(duration(self.scene.active)) if self.scene is not None else 4

    @override
    def action_edge(self, step: int) -> None:
        """The end follows."""
        super().action_edge(step)
        self.following = step > 0
        self._retitle()


def entry_line(entry: Entry, time_width: int) -> Content:
    """Time, who, what."""
    time = duration(entry.at).rjust(max(4, time_width))
    who = fit(line((entry.who, "$dim")), WHO)
    return line((f"{time} ", "$dim"), who, (entry.text, f"${entry.tone}"))


def progress_line(path: str, row: Progress, scene: Scene, width: int) -> Content:
    """What is under way, as the last line of the log."""
    time = duration(scene.active).rjust(4)
    who = path.split("/")[0] if path.split("/")[0] in scene.state.tracks else "engine"
    start = line((f"{time} ", "$dim"), fit(line((who, "$dim")), WHO), f"{row.label} ")
    if row.done < 0:
        return fit(line(start, (row.text, "$dim")), width)
    share = (f" {row.done:.0%}  ", "$fg")
    return fit(line(start, bar(row.done, BAR), share, (row.text, "$dim")), width)
