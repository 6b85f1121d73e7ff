"""A line to type into, and below it what fits: the shape of palette, help and every long choice.

Entries are given once, when the finder opens; what is typed is matched loosely against their titles
and exactly against their other words. Nothing is carried out here: the finder is dismissed with the
entry that was taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.fuzzy import FuzzySearch
from textual.message import Message
from textual.reactive import var
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Input
from typing_extensions import override

from iml_tui.drawing.draw import ends, fit, line
from iml_tui.widgets.pointing import Pointing
from iml_tui.widgets.search import spans

WIDTH = 76
NARROW = 60
"""Below this width there is no room to say where an entry belongs."""
FRAME_ROWS = 11
"""Rows that hold no entry: of the box, and some around it."""
LETTERS_INSIDE = 3
"""Fewer letters must stand at the start of a word."""
MOST_ROWS = 16
"""So many are shown at once where they were looked for; a longer list is a worse answer."""


@dataclass(frozen=True)
class Entry:
    """Something that can be found and taken."""

    title: str
    where: str = ""
    key: str = ""
    group: str = ""
    """Heading above it, while nothing is typed."""
    words: str = ""
    """What else it may be looked for by."""
    action: str = ""
    """What taking it means, in the caller's language."""
    data: object = field(default=None, compare=False)


@dataclass(frozen=True)
class Hit:
    """An entry that fits, and the letters by which it does."""

    entry: Entry
    offsets: tuple[int, ...] = ()
    score: float = 0.0


def matches(entries: Sequence[Entry], typed: str) -> list[Hit]:
    """What fits what was typed, best first; everything in its own order where nothing was."""
    wanted = typed.strip()
    if not wanted:
        return [Hit(entry) for entry in entries]
    search = FuzzySearch()
    found = [hit for entry in entries if (hit := _match(search, entry, wanted)) is not None]
    return sorted(found, key=lambda hit: -hit.score)


def _match(search: FuzzySearch, entry: Entry, wanted: str) -> Hit | None:
    start, begins = _place(entry.title.lower(), wanted.lower())
    if start >= 0 and (begins or len(wanted) >= LETTERS_INSIDE):
        return Hit(entry, tuple(range(start, start + len(wanted))), 1_000 + 500 * begins - start)
    score, offsets = search.match(wanted, entry.title)
    if score and _sensible(entry.title, offsets):
        return Hit(entry, tuple(offsets), min(score, 900))
    words = f"{entry.where} {entry.group} {entry.words}".lower()
    if all(part in f"{entry.title.lower()} {words}" for part in wanted.lower().split()):
        return Hit(entry, (), 1.0)
    return None


def _place(title: str, wanted: str) -> tuple[int, bool]:
    """Where it stands, at the start of a word if it does anywhere; -1 where it does not."""
    places = [at for at, _ in spans(title, wanted)]
    for at in places:
        if at == 0 or not title[at - 1].isalnum():
            return at, True
    return (places[0] if places else -1), False


def _sensible(title: str, offsets: Sequence[int]) -> bool:
    """Whether letters that were found look like what was meant: nearly all at starts of words."""
    starts = [at for at in offsets if at - 1 not in offsets]
    inside = [at for at in starts if at and title[at - 1].isalnum()]
    if not inside:
        return True
    return (
        len(inside) == 1 and len(offsets) >= LETTERS_INSIDE and len(starts) <= len(offsets) / 2 + 1
    )


class Entries(Pointing):
    """The entries that fit; those that can be seen are drawn."""

    DEFAULT_CSS = """
    Entries { width: 100%; height: auto; text-wrap: nowrap; text-overflow: clip; color: $fg; }
    """
    hits: var[tuple[Hit, ...]] = var[tuple[Hit, ...]](())
    index: var[int] = var(0)
    grouped: var[bool] = var(False)
    room: var[int] = var(10)
    """Lines that may be shown."""

    class Taken(Message):
        """An entry was clicked."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def watch_hits(self) -> None:
        """Others fit."""
        self.refresh(layout=True)

    def watch_index(self) -> None:
        """Another one is marked."""
        self.refresh()

    def watch_room(self) -> None:
        """Another size."""
        self.refresh(layout=True)

    def lines(self) -> list[tuple[Content, int | None]]:
        """All lines, each with the place of its entry; headings have none."""
        width = self.size.width or WIDTH
        made: list[tuple[Content, int | None]] = []
        group = ""
        keys = max((len(hit.entry.key) for hit in self.hits), default=0)
        titles = max((len(hit.entry.title) for hit in self.hits), default=0)
        column = min(max(titles + 3, 34), max(20, width - keys - 30))
        if not any(hit.entry.where for hit in self.hits):
            column = width  # nothing stands beside the titles
        for place, hit in enumerate(self.hits):
            if self.grouped and hit.entry.group != group:
                group = hit.entry.group
                made += [(line(), None)] if made else []
                made.append((line("  ", (group, "$strong bold")), None))
            made.append((_row(hit, width, column, marked=place == self.index), place))
        return made

    @override
    def render(self) -> Content:
        """The lines around the marked one."""
        return Content("\n").join([row for row, _ in self._seen()])

    def _seen(self) -> list[tuple[Content, int | None]]:
        rows = self.lines()
        marked = next((at for at, (_, place) in enumerate(rows) if place == self.index), 0)
        top = max(0, min(marked - self.room // 2, len(rows) - self.room))
        return rows[top : top + self.room]

    @override
    def acts(self, y: int) -> bool:
        """A click takes an entry; headings are none."""
        seen = self._seen()
        return y < len(seen) and seen[y][1] is not None

    def on_click(self, event: events.Click) -> None:
        """A click takes what is clicked."""
        seen = self._seen()
        place = seen[event.y][1] if event.y < len(seen) else None
        if place is not None:
            self.post_message(self.Taken(place))


def _row(hit: Hit, width: int, column: int, *, marked: bool) -> Content:
    entry = hit.entry
    title = line((entry.title, "$strong" if marked else "$fg"))
    for at in hit.offsets:
        title = title.stylize("$run bold underline", at, at + 1)
    key = line((entry.key, "$strong bold"), "  ")
    start = line(("▎ " if marked else "  ", "$run"))
    if width < NARROW or column >= width:
        row = ends(line(start, title), key, width)
    else:
        where = (entry.where, "$fg" if marked else "$dim")
        left = line(start, fit(title, column - 2), "  ", where)
        row = ends(left, key, width)
    row = fit(row, width)
    return row.stylize_before("on $curbg") if marked else row


class _Line(Input):
    """The line; keys that do not type move in the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n,tab", "screen.move(1)", "down", id="finder.down", show=False),
        Binding("up,ctrl+p,shift+tab", "screen.move(-1)", "up", id="finder.up", show=False),
        Binding("pagedown", "screen.move(8)", "page down", id="finder.page-down", show=False),
        Binding("pageup", "screen.move(-8)", "page up", id="finder.page-up", show=False),
        Binding("escape,ctrl+c", "screen.back", "close this", id="finder.back", show=False),
    ]


class Finder(ModalScreen[Entry]):
    """The line, the entries, a foot."""

    AUTO_FOCUS = "Input"
    DEFAULT_CSS = """
    Finder { align: center top; background: $background 55%; }
    Finder:ansi { background: transparent; }
    Finder > #box {
        width: 76; max-width: 100%; height: auto; max-height: 100%;
        background: $bar; padding: 1 0; margin-top: 3;
    }
    Finder:ansi > #box { border: round $line; background: $background; width: 78; }
    Finder.-small > #box { padding: 0; margin-top: 0; }
    Finder Input, Finder Input:focus {
        border: none; height: 1; padding: 0 2; margin: 0 0 1 0;
        background: $fg 6%; color: $strong;
    }
    Finder:ansi Input, Finder:ansi Input:focus { background: $background; }
    Finder #foot { height: 1; margin-top: 1; width: 100%; color: $dim; }
    Finder.-small #foot { margin-top: 0; }
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        *,
        foot: str = "",
        placeholder: str = "",
        grouped: bool = False,
        free: str = "",
        marked: int = 0,
    ) -> None:
        """Nothing is shown yet.

        Args:
            entries: What can be found, in the order in which it is shown at first.
            foot: Said below.
            placeholder: Stands in the line while nothing is typed.
            grouped: Whether headings stand above the entries.
            free: `Use {}`: the title under which anything typed can be taken too; empty where
                only entries can.
            marked: Place of the entry that is marked at first.
        """
        super().__init__()
        self._entries, self._foot, self._placeholder = tuple(entries), foot, placeholder
        self._grouped, self._free, self._first = grouped, free, marked

    @override
    def compose(self) -> ComposeResult:
        """Line, rows, foot."""
        with Vertical(id="box"):
            yield _Line(placeholder=self._placeholder, compact=True)
            rows = Entries(id="rows")
            rows.grouped = self._grouped
            rows.hits = tuple(matches(self._entries, ""))
            rows.index = self._first
            yield rows
            yield Foot(id="foot")

    def on_mount(self) -> None:
        """The foot counts."""
        self._tell()

    def add(self, entries: Sequence[Entry]) -> None:
        """More was found meanwhile; what is typed and marked stays."""
        self._entries = (*self._entries, *entries)
        self._search(self.query_one(Input).value, keep=True)

    def on_resize(self) -> None:
        """As many rows as there are, at most so many that the box fits."""
        small = self.size.height < 16
        self.set_class(small, "-small")
        room = self.size.height - (3 if small else FRAME_ROWS)
        self.query_one(Entries).room = max(2, room if self._grouped else min(room, MOST_ROWS))

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        message.stop()
        self._search(message.value, keep=False)

    def _search(self, typed: str, *, keep: bool) -> None:
        rows = self.query_one(Entries)
        before = rows.hits[rows.index].entry if keep and rows.hits else None
        hits = matches(self._entries, typed)
        if self._free and typed.strip():
            title = self._free.format(typed.strip())
            hits.append(Hit(Entry(title, action="free", data=typed.strip())))
        rows.grouped = self._grouped and not typed.strip()
        rows.hits = tuple(hits)
        places = [place for place, hit in enumerate(hits) if hit.entry == before]
        rows.index = places[0] if places else 0
        self._tell()
        self.marked_changed()

    def _tell(self) -> None:
        rows = self.query_one(Entries)
        foot = self.query_one(Foot)
        nothing = "" if rows.hits else "Nothing is called that."
        foot.said = (nothing or self._foot, f"{len(rows.hits)} of {len(self._entries)}")

    @property
    def marked(self) -> Entry | None:
        """The marked entry."""
        rows = self.query_one(Entries)
        return rows.hits[rows.index].entry if rows.index < len(rows.hits) else None

    def marked_changed(self) -> None:
        """Another entry is marked; for finders that show at once what taking it would do."""

    def action_move(self, step: int) -> None:
        """Marks another entry; goes round where it is one step."""
        rows = self.query_one(Entries)
        if not rows.hits:
            return
        last = len(rows.hits) - 1
        goal = rows.index + step
        rows.index = goal % (last + 1) if abs(step) == 1 else max(0, min(last, goal))
        self.marked_changed()

    def action_back(self) -> None:
        """Closes; nothing was taken."""
        self.dismiss(None)

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        if self.marked is not None:
            self.dismiss(self.marked)

    @on(Entries.Taken)
    def _taken(self, message: Entries.Taken) -> None:
        self.dismiss(self.query_one(Entries).hits[message.index].entry)

    def on_mouse_scroll_down(self, _event: events.MouseScrollDown) -> None:
        """The wheel moves the mark."""
        self.action_move(1)

    def on_mouse_scroll_up(self, _event: events.MouseScrollUp) -> None:
        """The wheel moves the mark."""
        self.action_move(-1)

    def on_click(self, event: events.Click) -> None:
        """A click beside the box closes it."""
        if event.widget is self:
            self.action_back()


class Foot(Widget):
    """What else can be found, and how much of it fits."""

    said: var[tuple[str, str]] = var(("", ""))

    def watch_said(self) -> None:
        """Something else is to be said."""
        self.refresh()

    @override
    def render(self) -> Content:
        """Words at the left, a count at the right."""
        words, counted = ((text, "$dim") for text in self.said)
        roomy = len(words[0]) + len(counted[0]) + 8 <= self.size.width
        return ends(line("  ", words if roomy else ""), line(counted, "  "), self.size.width)
