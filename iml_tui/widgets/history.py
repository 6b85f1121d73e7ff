"""Pane 6: the past of the run, a line a moment, newest first; any two can be compared."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from typing_extensions import override

from agents.api import Place
from agents.journal.choices import Back
from agents.journal.state import State
from agents.models import TrackName
from iml_tui.deciding.asking import Decided, Said
from iml_tui.drawing.draw import Part, fit, line, mark, right
from iml_tui.looking_back.comparison import Compared, Moments, compared
from iml_tui.looking_back.rounds import (
    Entry,
    Line,
    Past,
    fault_word,
    moment_name,
    not_gone_back_to,
    present,
)
from iml_tui.looking_back.timetravel import Preview, preview
from iml_tui.scene import Scene
from iml_tui.screens.go_back import GO, GoBackDialog
from iml_tui.widgets import compare
from iml_tui.widgets.listing import LazyRow, Listing, LogWanted
from iml_tui.widgets.pages import Look
from iml_tui.widgets.pane import Hint, Row
from iml_tui.words.figures import duration, score_parts

WIDE = 70
"""From this width on, fault, decision and time have columns of their own."""
FULL, WHOLE = 104, 132
"""From these widths on the verdict, and who wrote it, have one too."""
FAULT, VERDICT, SCORE, DECISION, WHO, AGO = 10, 10, 16, 13, 18, 7
VALUE = 8
"""Cells of a score without its error, which leaves before what a moment changed is cut."""
ALL = 12
"""So many lines are shown beside a comparison; of more, those around both moments."""


class HistoryPane(Listing):
    """Rounds with fault, verdict, score and decision, and what a person did between them."""

    NUMBER = 6
    TITLE = "History"
    HINTS: ClassVar[tuple[Hint, ...]] = (
        ("[ ]", "older, newer"),
        ("x", "pick to compare"),
        ("z", "go back to here"),
        ("d", "diff"),
        ("l", "log of then"),
        ("f", "one track"),
        ("/", "find"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "pick", "pick to compare", id="history.pick", show=False),
        Binding("d", "diff", "what this moment changed", id="history.diff", show=False),
        Binding("z", "back", "go back to here", id="history.back", show=False),
        Binding("l", "log", "the log of then", id="history.log", show=False),
        Binding("f", "filter", "one track, or all", id="history.filter", show=False),
        Binding("escape", "end", "end the comparison", id="history.end", show=False),
    ]

    picked: var[tuple[str, ...]] = var[tuple[str, ...]](())
    """Keys of the moments that are picked to be compared: none, one or two."""
    only: var[TrackName | None] = var[TrackName | None](None)
    """The track that is shown; None shows all."""
    beside: var[Compared | None] = var[Compared | None](None)
    """What git said of the two that are compared."""

    class Foreseen(Message):
        """What going back would change has been read from git."""

        def __init__(self, preview: Preview) -> None:
            super().__init__()
            self.preview = preview

    class Compares(Message):
        """A comparison has begun, which wants the whole width, or has ended."""

        def __init__(self, *, begun: bool) -> None:
            super().__init__()
            self.begun = begun

    class Read(Message):
        """Two moments have been read from git."""

        def __init__(self, found: Compared) -> None:
            super().__init__()
            self.found = found

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's own name
        super().__init__(id=id)
        self._past: tuple[State, Past] | None = None

    # --- what it knows ------------------------------------------------------------------------

    def past(self, scene: Scene) -> Past:
        """The lines of the history, newest first, whichever are shown."""
        if self._past is None or self._past[0] is not scene.state:
            self._past = (scene.state, Past(scene.state))
        return self._past[1]

    def entry(self, key: str | None) -> Entry | None:
        """The line with this key."""
        return self.past(self.scene).entry(key) if self.scene is not None else None

    @property
    def pair(self) -> tuple[Entry, Entry] | None:
        """The two that are compared, the earlier one first."""
        found = [one for one in (self.entry(key) for key in self.picked) if one is not None]
        if len(found) < 2:
            return None
        first, second = sorted(found, key=lambda one: (one.at, -self._place(one)))
        return first, second

    def _place(self, entry: Entry) -> int:
        assert self.scene is not None  # it has entries
        return self.past(self.scene).place(entry.key) or 0

    @override
    def inputs(self, scene: Scene) -> tuple[object, ...]:
        """Facts and whole seconds; what is looked at is marked when a row is painted."""
        return (scene.state, int(scene.active), scene.alive)

    @override
    def watch_scene(self, old: Scene | None, new: Scene | None) -> None:
        """A new moment: draw it, if it is new for this pane."""
        if new is not None:
            self.standing_out = frozenset({new.selected} if new.selected else ())
        if old is None or new is None:
            self.rebuild()
            return
        if old.selected != new.selected:
            self.refresh()
        if not _same(self.inputs(old), self.inputs(new)):
            self.rebuild_soon()
        else:
            self._retitle()

    def watch_picked(self, before: tuple[str, ...], picked: tuple[str, ...]) -> None:
        """Others are picked: the table gives way to a comparison, or is whole again."""
        self.beside = None
        if (len(before) > 1) != (len(picked) > 1):
            self.post_message(self.Compares(begun=len(picked) > 1))
        self.rebuild()
        self._read()

    def watch_only(self) -> None:
        """Other lines, from the newest."""
        self.scroll_home(animate=False)
        self.rebuild()

    def watch_beside(self) -> None:
        """Git has answered."""
        self.rebuild()

    # --- what it says -------------------------------------------------------------------------

    @override
    def detail(self, scene: Scene) -> Content:
        """Who wrote the marked moment, and why it ended as it did."""
        parts: list[Part] = [(f"{self.only} only", "$run")] if self.only else []
        entry = self.entry(self.at) if self.has_focus else None
        if entry is not None and self.size.width >= WIDE:
            author = f" by {entry.who}" if entry.who not in {"", entry.name} else ""
            who = f"{entry.name}{author}"
            told = f"{who}: {entry.reason}" if entry.reason else who
            parts += ["  "] if parts and told else []
            parts.append((told, "$dim"))
        return line(*parts)

    @override
    def fact(self, scene: Scene) -> Content:
        """How many moments there are, and which can be seen."""
        position = self.position()
        if position.cell_length and self.size.width >= WIDE:
            return position
        amount = len(self._shown(scene))
        return line((f"{amount:,} moment{'' if amount == 1 else 's'}", "$dim"))

    @property
    @override
    def kept_by_width(self) -> bool:
        """There are two, beside the code and alone; a comparison has looks of its own."""
        return not self.picked

    def _shown(self, scene: Scene) -> Sequence[Line]:
        lines = self.past(scene).lines
        if self.only is None:
            return lines
        return [one for one in lines if one.track == self.only or one.track is None]

    @override
    def rows(self, scene: Scene, width: int) -> list[Row]:
        """Newest first; the start of the run is the last line."""
        table = _Table(scene, self.past(scene), width, self.picked)
        shown, pair = self._shown(scene), self.pair
        if pair is None:
            return [table.head(), *(_Row(table, one.key) for one in shown)]
        rows = [table.head(), *table.around(shown, pair), Row(line())]
        look = Look(width, ansi=self.app.current_theme.ansi)
        return [*rows, *compare.rows(scene, *pair, self.beside, look)]

    # --- keys ---------------------------------------------------------------------------------

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape ends what there is to end here; else it is the workbench's."""
        return bool(self.picked or self.only) if action == "end" else True

    def action_pick(self) -> None:
        """Picks the marked moment; the second one is compared with the first."""
        entry = self._with_program()
        if entry is None:
            return
        if entry.key in self.picked:
            self.picked = tuple(key for key in self.picked if key != entry.key)
        else:
            self.picked = (*self.picked[:1], entry.key)
            self.mark(entry.key)

    def action_diff(self) -> None:
        """Compares the marked moment with what its track had before it."""
        entry = self._with_program()
        if entry is None or self.scene is None:
            return
        older = self.past(self.scene)[self._place(entry) + 1 :]
        before = [one for one in older if one.track == entry.track and one.commit is not None]
        kept = [one for one in before if one.mark in {"done", "look", "own"}]
        base = next(iter([*kept, *before]), None)
        if base is None:
            self.action_open()
            return
        self.picked = (base.key, entry.key)
        self.mark(entry.key)

    def _with_program(self) -> Entry | None:
        """The marked moment, if git holds its program; else the person is told that it does not."""
        entry = self.entry(self.at)
        if entry is not None and (entry.commit is None or entry.track is None):
            self.post_message(Said(f"{entry.name} left no program in git to compare."))
            return None
        return entry

    def action_end(self) -> None:
        """The whole table again."""
        key = self.at
        if self.picked:
            self.picked = ()
        else:
            self.only = None
        if key is not None:
            self.mark(key)

    def action_filter(self) -> None:
        """The next track alone, then all of them again."""
        if self.scene is None:
            return
        lines = reversed(self.past(self.scene).lines)
        tracks = [one.track for one in lines if one.track is not None]
        names: list[TrackName | None] = [None, *dict.fromkeys(tracks)]
        at = names.index(self.only) if self.only in names else 0
        self.only = names[(at + 1) % len(names)]

    def action_back(self) -> None:
        """Shows what going back to the marked moment would change, and asks."""
        entry, scene = self.entry(self.at), self.scene
        if entry is None or scene is None:
            return
        if reason := not_gone_back_to(scene.state, entry):
            self.post_message(Said(reason))
        elif entry.track is not None and entry.commit is not None:
            self._foresee(scene.place, entry.track, entry.commit)

    @work(thread=True, exclusive=True, group="foresee", exit_on_error=False)
    def _foresee(self, place: Place, track: TrackName, commit: str) -> None:
        self.post_message(self.Foreseen(preview(place, track, commit)))

    async def on_history_pane_foreseen(self, message: Foreseen) -> None:
        """The person sees what changes, and decides."""
        if self.scene is None:
            return
        foreseen = message.preview
        now = present(self.scene.state, foreseen.track, foreseen.to)
        if now is not None and not foreseen.files and not foreseen.problem:
            words = f"{moment_name(now)} is what stands already: going back would change nothing."
            self.post_message(Said(words))
            return

        def answered(choice: str | None) -> None:
            if choice == GO:
                self.post_message(Decided(Back(track=foreseen.track, to=foreseen.to)))

        await self.app.push_screen(GoBackDialog(self.scene, foreseen), answered)

    def action_log(self) -> None:
        """What the programs of the marked moment printed."""
        entry = self.entry(self.at)
        if entry is not None and entry.track is not None:
            self.post_message(LogWanted(entry.track, entry.key))

    @override
    def action_move(self, step: int) -> None:
        """Marks the next moment; below the last one it scrolls through a comparison."""
        keyed = [index for index, row in enumerate(self._rows) if row.key is not None]
        below = self.pair is not None and bool(keyed) and self.cursor >= len(keyed) - 1
        scrolled = below and self.scroll_offset.y > 0 and step < 0
        if below and (step > 0 or scrolled):
            self.scroll_relative(y=step, animate=False)
        else:
            super().action_move(step)

    # --- git ----------------------------------------------------------------------------------

    def _read(self) -> None:
        """Reads both moments beside the screen's loop."""
        pair = self.pair
        if pair is None or self.scene is None:
            return
        old, new = pair
        if old.commit and new.commit and old.track and new.track:
            moments = Moments((old.commit, old.track), (new.commit, new.track))
            self._read_from_git(moments)

    @work(thread=True, exclusive=True, group="compare", exit_on_error=False)
    def _read_from_git(self, moments: Moments) -> None:
        assert self.scene is not None  # there are entries
        self.post_message(self.Read(compared(self.scene.place, moments)))

    def on_history_pane_read(self, message: Read) -> None:
        """Git has answered, perhaps about moments that nobody looks at any more."""
        pair = self.pair
        wanted = {(one.commit, one.track) for one in pair} if pair is not None else set()
        if {message.found.moments.old, message.found.moments.new} == wanted:
            self.beside = message.found


def _same(before: tuple[object, ...], after: tuple[object, ...]) -> bool:
    """Whether nothing differs; states are told apart by being others, which costs nothing."""
    return before[0] is after[0] and before[1:] == after[1:]


class _Table:
    """The columns for a width, and what stands in them."""

    def __init__(self, scene: Scene, past: Past, width: int, picked: tuple[str, ...]) -> None:
        self.scene, self.past, self.width = scene, past, width
        self.marked = 2 if picked else 0
        newest = [one.key for one in past.lines if one.key in picked] if picked else []
        self.letters = dict(zip(newest, "BA" if len(newest) > 1 else "A", strict=False))
        self.names = min(26, max(5, past.name_width)) + 2
        self.sizes = self._sizes()

    def _sizes(self) -> dict[str, int]:
        """Cells of each column; the change takes what is left."""
        sizes = {"what": self.names, "change": 0}
        if self.width < WIDE:
            sizes["score"] = VALUE
        else:
            sizes |= {"fault": FAULT} if self.past.has_faults else {}
            sizes |= {"verdict": VERDICT} if self.width >= FULL else {}
            sizes |= {"score": SCORE if self.width >= FULL else VALUE, "decision": DECISION}
            sizes |= {"who": WHO} if self.width >= WHOLE else {}
            sizes["ago"] = AGO
        sizes["change"] = max(8, self.width - sum(sizes.values()) - 2 - self.marked)
        return sizes

    def head(self) -> Row:
        """The titles."""
        titles = {"ago": "at"} if self.scene.over else {}
        cells = {name: line((titles.get(name, name), "$dim")) for name in self.sizes}
        return Row(self._line(line(), line(), cells))

    def entry(self, key: str) -> Entry:
        """The moment with this key."""
        found = self.past.entry(key)
        assert found is not None  # a table has rows of its own past alone
        return found

    def token(self, entry: Entry) -> tuple[object, ...]:
        """Everything that the line of a moment is made of."""
        letter = self.letters.get(entry.key, "")
        ago = self._when(entry) if "ago" in self.sizes else ""
        alive = self.scene.alive or entry.mark != "running"
        return (entry, ago, letter, alive, tuple(self.sizes.values()))

    def _when(self, entry: Entry) -> str:
        """How long ago by the clock of the run; that stands once it is over: when it was, then."""
        return duration(entry.at if self.scene.over else self.scene.active - entry.at)

    def around(self, shown: Sequence[Line], pair: tuple[Entry, Entry]) -> Iterator[Row]:
        """All lines where they are few, else those around the two that are compared."""
        keys = {one.key for one in pair}
        places = [place for place, one in enumerate(shown) if one.key in keys]
        few = len(shown) <= ALL
        near = {near for place in places for near in range(place - 1, place + 2)}
        before = -1
        for place, one in enumerate(shown):
            if not few and place not in near:
                continue
            if place - before > 1:
                yield Row(line("  ", (f"… {place - before - 1:,} between", "$dim")))
            before = place
            yield _Row(self, one.key)
        if before < len(shown) - 1 and places:
            yield Row(line("  ", (f"… {len(shown) - 1 - before:,} older", "$dim")))

    def drawn(self, entry: Entry) -> Content:
        """The line of a moment."""
        letter = self.letters.get(entry.key, "")
        ago = self._when(entry) if "ago" in self.sizes else ""
        dead = entry.mark == "running" and not self.scene.alive
        cells = {
            "what": line(entry.name),
            "change": self._change(entry),
            "fault": _fault(entry),
            "verdict": line(entry.verdict),
            "score": _score(entry, error=self.sizes["score"] >= SCORE),
            "decision": line(entry.decision),
            "who": line((entry.who, "$own" if entry.own else "$dim")),
            "ago": line((ago, "$dim")),
        }
        sign = mark("paused" if dead else entry.mark)
        drawn = self._line(line((letter, "$run bold")), sign, cells)
        return drawn.stylize_before("on $curbg") if letter else drawn

    def _change(self, entry: Entry) -> Content:
        quiet = "$dim" if "decision" not in self.sizes else "$fg"
        return line((entry.change, "$own" if entry.own else quiet))

    def _line(self, letter: Content, sign: Content, cells: dict[str, Content]) -> Content:
        parts: list[Part] = [fit(letter, self.marked)] if self.marked else []
        parts.append(fit(sign, 2))
        for name, size in self.sizes.items():
            far = name == "ago" or (name == "score" and "decision" not in self.sizes)
            cell = cells[name]
            parts.append(right(cell, size) if far else line(fit(cell, size - 1), " "))
        return line(*parts)


class _Row(LazyRow):
    """One moment: nothing of it is known before it is seen or searched."""

    def __init__(self, table: _Table, key: str) -> None:
        self.__dict__.update(key=key, table=table)

    table: _Table

    @cached_property
    @override
    def token(self) -> tuple[object, ...]:
        """Everything that the line is made of."""
        return self.table.token(self.table.entry(self.key or ""))

    @cached_property
    @override
    def text(self) -> str:
        """What a search reads."""
        return self.table.entry(self.key or "").text

    @override
    def draw(self) -> Content:
        return self.table.drawn(self.table.entry(self.key or ""))


def _fault(entry: Entry) -> Content:
    failed = entry.verdict[0] == "failed"
    return line((fault_word(entry.fault), "$fail" if failed else "$dim"))


def _score(entry: Entry, *, error: bool) -> Content:
    if entry.score is None:
        return line()
    value, spread = score_parts(entry.score)
    settled = "$fg" if entry.settled else "$dim"
    role = "bold $good" if entry.best else settled
    return line((value, role), (spread if error else "", "$dim"))
