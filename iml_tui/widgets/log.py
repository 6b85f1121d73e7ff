"""Pane 5: output of every program and model and the engine's own sentences, as they come.

Only what can be seen is read and drawn (`iml_tui.log.view`); searching is done by a thread. Faults
are a mode of the same pane (`iml_tui.widgets.problems`).
"""

import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.selection import Selection
from textual.strip import Strip
from textual.worker import get_current_worker
from typing_extensions import override

from iml_tui.deciding.asking import PlaceWanted
from iml_tui.drawing.draw import line
from iml_tui.log.hearing import ENGINE, MODELS
from iml_tui.log.index import EVERYTHING, STAGES, Index
from iml_tui.log.logbook import Logbook
from iml_tui.log.places import place_told
from iml_tui.log.search import Search
from iml_tui.log.under_way import group_of, progress_line
from iml_tui.log.view import WHO, Drawn, LogView, Standing
from iml_tui.log.view import entry_line as entry_line
from iml_tui.looking_back.sources import ORDER
from iml_tui.scene import Scene
from iml_tui.widgets.pane import BLANK, MOST_SELECTED, Hint, Pane, Row
from iml_tui.widgets.problems import problem_counts, problem_rows, problems
from iml_tui.widgets.search import Found
from iml_tui.words.figures import count, duration

WHEEL = 3
TELL_EVERY_S = 0.1
"""How often a search says how far it is."""


class LogPane(Pane):
    """The log, newest at the bottom."""

    NUMBER = 5
    TITLE = "Log"
    HINTS: ClassVar[tuple[Hint, ...]] = (
        ("/", "search"),
        ("t", "one track"),
        ("p", "problems"),
        ("end", "follow"),
        ("w", "wrap"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "group(1)", "log of the next track", id="log.next-track", show=False),
        Binding("T", "group(-1)", "log of the track before", id="log.previous-track", show=False),
        Binding("f,ampersand", "only", "only lines that match", id="log.only", show=False),
        Binding("w", "wrap", "wrap long lines", id="log.wrap", show=False),
        Binding("l,right", "turn(1)", "to the right", id="log.right", show=False),
        Binding("h,left", "turn(-1)", "to the left", id="log.left", show=False),
        Binding("p", "problems", "problems, or the log again", id="log.problems", show=False),
        Binding("escape", "log", "the log again", id="log.back", show=False),
    ]

    IN_PROBLEMS: ClassVar[tuple[Hint, ...]] = (
        ("enter", "its code"),
        ("n N", "next, before"),
        ("/", "search"),
        ("p", "the log"),
    )
    """Hints while faults are listed."""

    problems: var[bool] = var(False)
    """Whether faults are listed in the place of lines."""

    class Looked(Message):
        """A search has come further."""

        def __init__(self, search: Search) -> None:
            super().__init__()
            self.search = search

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's own name
        super().__init__(id=id)
        self._view: LogView | None = None
        self._index: Index | None = None
        self._page: list[Drawn] = []
        self._progress: list[Content] = []
        self._origin = Standing()
        """Where the view stood when a search was begun."""
        self._hit: int | None = None
        self._seeking = False
        self._hinted = False
        """Whether the hints say what a marked line leads to."""

    def show(self, book: Logbook) -> None:
        """Shows the lines of `book` from now on; call again whenever it has grown."""
        if self._view is None or self._view.book is not book:
            self._view = LogView(book)
        if self._index is not book.index:
            self._index = book.index
            self._search_anew()
        elif self._view.search is not None and not self._seeking:
            self._seek(self._view.search)
        self._draw()

    @property
    def following(self) -> bool:
        """Whether the end is followed."""
        return self._view is None or self._view.following

    def show_of(self, track: str, key: str | None = None) -> None:
        """Shows what a track printed, alone.

        Args:
            track: Its name.
            key: Of the moment from which on it is shown; None shows the end.
        """
        view, scene = self._view, self.scene
        if view is None or scene is None or track not in self.groups:
            return
        self.problems = False
        view.group = track
        self._search_anew()
        moment = scene.state.moment(key) if key is not None else None
        if moment is None:
            view.follow()
        elif (number := view.first_of(track, moment.started)) is not None:
            view.show_first(number)
        self.rebuild()

    # --- what it says -------------------------------------------------------------------------

    @override
    def hints(self) -> tuple[Hint, ...]:
        """Of the faults where these are listed; nothing is followed once the run is over."""
        if self.problems:
            found = self.scene is not None and problems(self.scene.state)
            return self.IN_PROBLEMS if found else self.IN_PROBLEMS[-1:]
        over = self.scene is not None and self.scene.over
        follow = ("end", "last line" if over else "follow")
        marked = self._view is not None and self._view.marked is not None
        to_code: tuple[Hint, ...] = (("enter", "its code"),) if marked else ()
        hints = (follow if key == "end" else (key, does) for key, does in self.HINTS)
        return (*to_code, *hints)

    @override
    def detail(self, scene: Scene) -> Content:
        """Whose lines these are."""
        if self.problems:
            return line(("problems", "$wait"))
        view = self._view
        if view is None or view.group == EVERYTHING:
            told = [("all tracks", "$dim")]
        elif view.group == STAGES:
            told = [("stages of programs", "$fg")]
        else:
            told = [(view.group, "$fg")]
        if view is not None and view.only:
            told.append(
                (", only what matches" if view.search else ", only what will match", "$run")
            )
        if view is not None and view.manner.column:
            told.append((f", from column {view.manner.column + 1}", "$dim"))
        return line(*told)

    @override
    def fact(self, scene: Scene) -> Content:
        """Whether the end is followed, and how many lines there are."""
        if self.problems:
            return problem_counts(problems(scene.state))
        view = self._view
        total = view.count if view is not None else 0
        if view is None or view.following or not total:
            lines = line((count(total, "line"), "$dim"))
            if scene.over:  # nothing comes any more
                return lines
            state = line(("following", "$run"))
            return line(state, "  ", lines) if self._roomy else state
        fresh = f", {count(view.fresh, 'new line')}" if view.fresh else ""
        state = line((f"scrolled up{fresh}", "$wait"))
        if not self._roomy:
            return state
        seen = min(total, view.top.place + view.height)
        return line(state, "  ", (f"{seen:,} of {count(total, 'line')}", "$dim"))

    @property
    def _roomy(self) -> bool:
        return self.size.width >= 50

    @override
    def rows(self, scene: Scene, width: int) -> Sequence[Row]:
        """Faults; lines of the log are drawn one by one where they are seen."""
        return problem_rows(scene, width, self.cursor) if self.problems else ()

    # --- drawing ------------------------------------------------------------------------------

    @override
    def rebuild(self) -> None:
        """Makes what can be seen anew."""
        if self.scene is None or not self._has_room():
            return
        if self.problems:
            super().rebuild()
            return
        shown = self._view.group if self._view is not None else EVERYTHING
        self._progress = [
            progress_line(path, row, self.scene, self.size.width, self._time_width)
            for path, row in self.scene.progress.items()
            if shown in {EVERYTHING, group_of(path, self.scene)}
        ]
        self._draw()

    def _draw(self) -> None:
        """Reads the page anew and repaints it if it changed."""
        if self.problems or self._view is None or self.scene is None or not self._has_room():
            return
        view = self._view
        view.height = max(1, self.body_height - len(self._under_way))
        view.manner = replace(
            view.manner,
            width=self.size.width,
            time_width=self._time_width,
            wanted=self.searched,
        )
        page = [*view.page(), *(Drawn(row, -1) for row in self._under_way)]
        self.holds(self.size.height)
        if (view.marked is not None) != self._hinted:
            self._hinted = not self._hinted
            self.post_message(self.HintsChanged())
        same = len(page) == len(self._page) and all(
            new.place == old.place and new.content.is_same(old.content)
            for new, old in zip(page, self._page, strict=True)
        )
        if not same:
            self._page = page
            self.refresh()
        self._retitle()

    @property
    def _time_width(self) -> int:
        """Cells for the time of a line; none where there is hardly room for the line."""
        if self.scene is None or not self._roomy:
            return 0
        return max(4, len(duration(self.scene.active)))

    @property
    def _under_way(self) -> list[Content]:
        """Rows of what is under way: at the end of the log, and half of the pane at most."""
        if not self.following or (self._view is not None and self._view.only):
            return []
        return self._progress[-max(1, self.body_height // 2) :]

    @override
    def render_line(self, y: int) -> Strip:
        """The header, or a row of the page."""
        if self.problems:
            return super().render_line(y)
        if y == 0:
            return self.strip(self._header)
        content = self._page[y - 1].content if y <= len(self._page) else BLANK
        return self.selectable(content, self._first_row + y - 1)

    # --- copying ------------------------------------------------------------------------------

    @property
    def _first_row(self) -> int:
        """What a selection counts rows from: it stays on its lines when more of them come."""
        return self._view.top.place if self._view is not None else 0

    @override
    def copied(self) -> tuple[str, str]:
        """What the marked line says, else the lines that can be seen; whole, also where cut."""
        view = self._view
        if self.problems or view is None:
            return super().copied()
        if view.marked is not None:
            return view.book.entry(view.marked).text, "this line"
        seen = dict.fromkeys(one.place for one in self._page if 0 <= one.place < view.count)
        entries = (view.book.entry(view.number(place)) for place in seen)
        return "\n".join(entry_line(one, self._time_width).plain for one in entries), "these lines"

    @override
    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """What was printed under the mouse's selection, without times and names."""
        view = self._view
        if self.problems or view is None:
            return super().get_selection(selection)
        first = selection.start.y if selection.start is not None else self._first_row
        last = selection.end.y if selection.end is not None else self._first_row + len(self._page)
        texts = []
        for index in range(first, min(last, first + MOST_SELECTED) + 1):
            start, end = selection.get_span(index) or (0, -1)
            text, left_out = self._printed(view, index)
            begin = max(0, start + left_out) if start > 0 else 0
            texts.append(text[begin : len(text) if end < 0 else max(0, end + left_out)].rstrip())
        return "\n".join(texts), "\n"

    def _printed(self, view: LogView, index: int) -> tuple[str, int]:
        """What was printed in a row, whole, and how far left of the row's cells it begins."""
        gutter = self._time_width + bool(self._time_width) + WHO
        if index < view.count and not view.manner.wraps:
            return view.book.entry(view.number(index)).text, view.manner.column - gutter
        row = index - self._first_row
        shown = self._page[row].content.plain if 0 <= row < len(self._page) else ""
        return shown[gutter:], -gutter

    def watch_problems(self) -> None:
        """The other half of the pane."""
        self.post_message(self.HintsChanged())
        self.cursor = 0
        self.find("")
        self.scroll_home(animate=False, immediate=True)
        self._rows, self._page = [], []
        self.rebuild()
        self.refresh()

    # --- searching ----------------------------------------------------------------------------

    @override
    def find(self, text: str) -> None:
        """Searches the lines of the group anew, in a thread, from where the search was begun."""
        view = self._view
        if self.problems or view is None:
            super().find(text)
            return
        if self.searched and text and not view.only:
            view.stand(self._origin)
        elif not self.searched:
            self._origin = view.standing
        self.searched = text
        self._search_anew()

    def _search_anew(self) -> None:
        view = self._view
        if view is None:
            return
        kept = view.keep() if view.only and view.search else None
        self._hit, self.found, view.marked, view.search = None, None, None, None
        if self.searched and not self.problems:
            view.search = Search(view.book.index, view.lines, self.searched)
            self.found = Found(0, searching=True)
            self._seek(view.search)
        else:
            view.only = False
            self.workers.cancel_group(self, "search")
        view.back_to(kept)
        self._draw()

    @work(thread=True, exclusive=True, group="search", exit_on_error=False)
    def _seek(self, search: Search) -> None:
        """Looks through the log until its end as it is now."""
        worker = get_current_worker()
        self._seeking = True
        told = time.monotonic()
        while not search.done and not worker.is_cancelled:
            search.look()
            if time.monotonic() - told > TELL_EVERY_S:
                told = time.monotonic()
                self.post_message(self.Looked(search))
        if not worker.is_cancelled:
            self._seeking = False
            self.post_message(self.Looked(search))

    @on(Looked)
    def _looked(self, message: Looked) -> None:
        view, search = self._view, message.search
        if view is None or view.search is not search:
            return
        if self._hit is None and search.hits:
            self._choose(view, search)
        self._tell_found(search)
        self._draw()

    def _choose(self, view: LogView, search: Search) -> None:
        """The first match from where the search began; the last one before if there is none."""
        hit = 0 if view.only else bisect_left(search.hits, self._origin.top.place)
        if hit < len(search.hits) or search.done:
            self._show_hit(view, search, min(hit, len(search.hits) - 1))

    def _show_hit(self, view: LogView, search: Search, hit: int) -> None:
        self._hit = hit
        view.show(view.lines[search.hits[hit]])

    def _tell_found(self, search: Search) -> None:
        at = self._hit + 1 if self._hit is not None else 0
        self.found = Found(len(search.hits), at, searching=not search.done)

    @override
    def next_match(self, step: int) -> None:
        """The next match, or the one before; goes round."""
        view = self._view
        if self.problems or view is None or view.search is None:
            super().next_match(step)
        elif view.search.hits:
            before = self._hit if self._hit is not None else -1
            self._show_hit(view, view.search, (before + step) % len(view.search.hits))
            self._tell_found(view.search)
            self._draw()

    @override
    def action_match(self, step: int) -> None:
        """The next match; the next fault where faults are listed and nothing is searched."""
        if self.problems and not self.searched:
            self.action_move(step)
        else:
            super().action_match(step)

    def action_only(self) -> None:
        """Only lines that hold what is searched, or all again."""
        view = self._view
        if view is None or self.problems:
            return
        kept = view.marked if view.marked is not None else view.keep()
        view.only = not view.only
        if view.only and not self.searched:
            self.action_search()
        if not view.following:
            view.back_to(kept)
        self._draw()

    # --- whose lines, and how -----------------------------------------------------------------

    @property
    def groups(self) -> list[str]:
        """What can be shown alone: tracks that have lines, the engine, the models, the stages."""
        known = self._index.groups if self._index is not None else ()
        others = (ENGINE, MODELS, STAGES)
        tracks = [name for name in known if name not in others]
        ends = [name for name in others if name in known]
        return [EVERYTHING, *tracks, *ends]

    def action_group(self, step: int) -> None:
        """Shows the lines of one track, of the engine, of the models; or all."""
        view, groups = self._view, self.groups
        if view is None or self.problems:
            return
        place = groups.index(view.group) if view.group in groups else 0
        view.turn_to(groups[(place + step) % len(groups)])
        self._search_anew()
        self.rebuild()

    def action_wrap(self) -> None:
        """Long lines go over several rows, or to the side."""
        if self._view is not None and not self.problems:
            self._view.manner = replace(
                self._view.manner, wraps=not self._view.manner.wraps, column=0
            )
            self._draw()

    def action_turn(self, step: int) -> None:
        """To what stands further right, or back."""
        view = self._view
        if view is not None and not view.manner.wraps and not self.problems:
            view.turn(view.manner.column + step * max(8, view.manner.room // 2))
            self._draw()

    def action_problems(self) -> None:
        """Faults in the place of lines, or lines again."""
        self.problems = not self.problems

    def action_log(self) -> None:
        """Back from the problems."""
        self.problems = False

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There is nothing to go back from unless problems are shown."""
        if action == "log":
            return self.problems and not self.searched
        return super().check_action(action, parameters)

    # --- moving -------------------------------------------------------------------------------

    def _scroll_rows(self, rows: int) -> None:
        if self._view is not None:
            self._view.move(rows)
            self._draw()

    @override
    def action_move(self, step: int) -> None:
        """A row up or down; the next fault where faults are listed."""
        if self.problems:
            super().action_move(step)
        else:
            self._scroll_rows(step)

    @override
    def action_page(self, step: int) -> None:
        """A page up or down."""
        if self.problems:
            super().action_page(step)
        else:
            self._scroll_rows(step * max(1, self.body_height - 1))

    @override
    def action_edge(self, step: int) -> None:
        """To the first line; to the end, and on with it."""
        if self.problems or self._view is None:
            super().action_edge(step)
            return
        if step < 0:
            self._view.start()
        else:
            self._view.marked = None
            self._view.follow()
        self._draw()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel scrolls the log, not the pane."""
        self._wheel(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel scrolls the log, not the pane."""
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, step: int) -> None:
        if self.problems:
            return
        event.stop()
        event.prevent_default()
        if event.shift:
            self.action_turn(step)
        else:
            self._scroll_rows(step * WHEEL)

    @override
    def on_click(self, event: events.Click) -> None:
        """A click marks a line; a click on the marked line opens its code."""
        view, row = self._view, event.y - 1
        if self.text_selection is not None:
            return  # the mouse was drawn over lines to select them
        if self.problems or view is None:
            super().on_click(event)
            return
        if not 0 <= row < len(self._page) or not 0 <= self._page[row].place < view.count:
            return
        number = view.number(self._page[row].place)
        if view.marked == number:
            self.action_open()
            return
        view.marked = number
        self._draw()

    @override
    def action_open(self) -> None:
        """Opens the code of the moment that a line belongs to: the marked one, else the newest."""
        view = self._view
        if view is None or self.scene is None:
            return
        if self.problems:
            self._open_problem(self.scene)
            return
        numbers = [view.number(one.place) for one in self._page if 0 <= one.place < view.count]
        chosen = [view.marked] if view.marked is not None else reversed(numbers)
        for number in chosen:
            key = view.book.entry(number).key
            if key is not None and self.scene.state.moment(key) is not None:
                self._open_code(view, number, key)
                return

    def _open_problem(self, scene: Scene) -> None:
        """The place of the marked fault, in the code that it stopped."""
        found = problems(scene.state)
        if not found:
            return
        one = found[min(self.cursor, len(found) - 1)]
        name = (one.fault.file or one.fault.component).rsplit("/", 1)[-1]
        if one.fault.line and name in ORDER:
            self.post_message(PlaceWanted(one.moment.key, name, one.fault.line))
        else:
            self.post_message(self.Opened(self, one.moment.key))

    def _open_code(self, view: LogView, number: int, key: str) -> None:
        """The line of code that a line of the log tells of, else the code of its moment."""
        told = place_told(one.text for one in view.above(number)) if number == view.marked else None
        if told is None:
            self.post_message(self.Opened(self, key))
        else:
            self.post_message(PlaceWanted(key, told.name, told.line))
