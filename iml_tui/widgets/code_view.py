"""The Code pane without its keys: what of a moment's code is looked at, and how it is drawn.

Three columns at most: the workspace's files, the code, and the letter of a repair; where there is
no room the letter stands above the code and the files take its place.
"""

from collections.abc import Sequence
from typing import Literal

from textual import on, work
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.selection import Selection
from textual.strip import Strip
from typing_extensions import override

from iml_tui.drawing.draw import fit, header, line, link
from iml_tui.drawing.highlight import Pieces, is_known, plain, taken_apart
from iml_tui.looking_back.changes import Change
from iml_tui.looking_back.review import Review, review_of
from iml_tui.looking_back.rounds import SINGLE, gate_of, moment_name
from iml_tui.looking_back.sources import Sources, commit_of, newer_program
from iml_tui.scene import Scene
from iml_tui.widgets.answering import Answering
from iml_tui.widgets.file_tree import Leaf, leaves, tree_line
from iml_tui.widgets.letter import (
    ASIDE,
    Note,
    Standing,
    above,
    beside,
    is_silent,
)
from iml_tui.widgets.listing import LazyRow
from iml_tui.widgets.pages import (
    Line,
    Look,
    Page,
    drawn,
    ends_of,
    fits_beside,
    gutter_of,
    searchable,
    text_of,
)
from iml_tui.widgets.pane import BLANK, Pane, Row
from iml_tui.widgets.search import Found, lit, spans
from iml_tui.widgets.sheets import changes_sheet, counted, file_sheet, path_of

Mode = Literal["auto", "file", "diff"]
Sides = Literal["auto", "unified", "split"]
ASIDE_FROM = 110
"""From this width on, the letter has a column of its own."""
GAP = 2
TREE = 28
CODE_AT_LEAST = 60
"""Cells that the code keeps beside the files; below that they take its place."""
ROOMY = 90
"""From this width on, the header says what the round was about."""
SMALL = 10
"""Lines of the pane from which on there is room for the whole letter."""
SCROLL = 8
"""Cells that a key scrolls sideways."""


class CodeView(Pane):
    """Files or changes, highlighted, and the letter of the round."""

    NUMBER = 4
    TITLE = "Code"

    sources: var[Sources | None] = var[Sources | None](None)

    class Reading(Message):
        """Somebody reads here: from now on nothing else takes the place of what is shown."""

    class Coloured(Message):
        """A text has been taken apart: it can be shown in colour."""

        def __init__(self, text: str, name: str) -> None:
            super().__init__()
            self.key = text, name

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's own name
        super().__init__(id=id)
        self.answers = Answering()
        self.mode: Mode = "auto"
        self.file = ""
        """Name or path of the file that is shown; empty shows the first of the track."""
        self.sides: Sides = "auto"
        self.wanted_at = 0
        """Cells in which somebody wanted old beside new; in fewer it is done where both fit."""
        self.wrapped = False
        self.at = 0
        """Which of the changes the keys are about."""
        self.left = 0
        """Cells of code that are scrolled out at the left."""
        self.filed = False
        """Whether the files of the workspace are shown."""
        self.leaf = 0
        """Which of the files is marked in the tree."""
        self.place: int | None = None
        """Number of the line that somebody was sent to."""
        self.earlier = False
        """Whether the file is shown as it was before the moment."""
        self._page = Page()
        self._notes: list[Note] = []
        """The letter, where it stands beside."""
        self._above: list[Note] = []
        self._columns = (0, 0, 0)
        """Cells of the files, the code and the letter."""
        self._sent: tuple[str, int] | None = None
        """File and line that are to be shown once the sources are there."""
        self.colouring: set[tuple[str, str]] = set()
        """Texts that are being taken apart, and the names of their files."""

    # --- what is looked at --------------------------------------------------------------------

    def watch_sources(self, old: Sources | None, new: Sources | None) -> None:
        """Another moment: from its top; what is read of the same one stays where it is."""
        if old is None or new is None or old.wanted.moment != new.wanted.moment:
            self.at, self.left, self.place, self.earlier = 0, 0, None, False
            self.scroll_home(animate=False)
            theirs = old is not None and self.file in old.own
            if new is not None and (theirs or self.file not in new.files):
                self.file = self.file.rsplit("/", 1)[-1]
        if self._sent is not None and self.ready is not None:
            (file, number), self._sent = self._sent, None
            self.show_place(file, number)
        self.rebuild()

    def watch_searched(self) -> None:
        """What `esc` ends is another thing while something is searched."""
        self.post_message(self.HintsChanged())

    @property
    def ready(self) -> Sources | None:
        """The sources, if they are those of the moment that is looked at."""
        moment = self.scene.moment if self.scene is not None else None
        if moment is None or self.sources is None or commit_of(moment) is None:
            return None
        return self.sources if self.sources.wanted.moment == moment.key else None

    @property
    def review(self) -> Review | None:
        """The round that is looked at, as it is judged."""
        if self.scene is None or self.scene.moment is None:
            return None
        return review_of(self.scene.state, self.scene.moment)

    @property
    def path_shown(self) -> str:
        """Path of the file that is shown."""
        return path_of(self.ready, self.file) if self.ready is not None else ""

    @property
    def name_shown(self) -> str:
        """Name of the file that is shown, or that the marked change is in."""
        if self.shows_diff:
            return self.change.name if self.change is not None else ""
        return self.path_shown.rsplit("/", 1)[-1]

    @property
    def changes(self) -> tuple[Change, ...]:
        """What the moment changed."""
        return self.ready.changes.all if self.ready is not None else ()

    @property
    def change(self) -> Change | None:
        """The change that the keys are about."""
        return self.changes[min(self.at, len(self.changes) - 1)] if self.changes else None

    @property
    def numbers(self) -> list[int]:
        """Of the changes, as an answer names them."""
        return [change.number for change in self.changes]

    @property
    def whole(self) -> bool:
        """Whether the program can only be kept or undone as a whole."""
        return self.ready is not None and self.ready.changes.whole

    @property
    def shows_diff(self) -> bool:
        """Whether the changes are shown instead of a file."""
        if not self.changes or self.mode == "file":
            return False
        return self.mode == "diff" or not self.whole

    @property
    def line_shown(self) -> int:
        """Number of the first line of the file that can be seen, from 1."""
        return max(1, self.scroll_offset.y - self._page.first + 1)

    # --- drawing ------------------------------------------------------------------------------

    @override
    def inputs(self, scene: Scene) -> tuple[object, ...]:
        """The moment that is looked at, and what may be decided on it."""
        moment = scene.moment
        gate = gate_of(scene.state, moment) if moment is not None else None
        return (moment, gate, scene.state.settings, newer_program(scene))

    @override
    def detail(self, scene: Scene) -> Content:
        """Whose code this is."""
        moment, review = scene.moment, self.review
        if moment is None or review is None:
            return line()
        which = f"before round {moment.round}" if self.earlier else f"round {moment.round}"
        alone = moment.track in SINGLE and moment.round == 1 and not self.earlier
        name = moment.track if alone else f"{moment.track}, {which}"
        roomy = self.size.width >= ROOMY or not self.neighbours
        more = f"  {moment.what}" if roomy and is_silent(review) else ""
        return line(name, (more, "$dim"))

    @override
    def fact(self, scene: Scene) -> Content:
        """Whether there is something newer; which change is marked, or which lines can be seen."""
        where, newest = self._where(), newer_program(scene)
        if newest is None:
            return where
        same = scene.moment is not None and scene.moment.track == newest.track
        name = f"round {newest.round}" if same else moment_name(newest)
        told, short = (
            link(line((words, "$wait")), f"screen.open('{newest.key}')")
            for words in (f"{name} is newer", "newer")
        )
        both = line(told, "  " if where.cell_length else "", where)
        room = self._fact_room(scene)
        return next((one for one in (both, told) if one.cell_length <= room), short)

    def _where(self) -> Content:
        """Which change is marked, or which lines of a file can be seen."""
        scene = self.scene
        if scene is None or self.ready is None or self._columns[1] <= 0:
            return line()
        if self.shows_diff:
            small = self.size.width < CODE_AT_LEAST
            words = f"{min(self.at, len(self.changes) - 1) + 1} of {len(self.changes)}"
            return line(words if small else f"change {words}")
        position = self.position()
        if self.scroll_offset.y <= self._page.first - 1:
            return position  # the names of the files can be seen
        own = self.path_shown in self.ready.own
        name = line((self.name_shown if own else self.path_shown, "$fg"))
        both = line(name, "  ", position)
        return both if both.cell_length <= self._fact_room(scene) else name

    def _fact_room(self, scene: Scene) -> int:
        """Cells of the header beside the names."""
        return self.size.width - self._columns[2] - line(*self._names(scene)).cell_length - 5

    @override
    def _head(self, scene: Scene) -> Content:
        width = self.size.width - self._columns[2]
        names = line(*self._names(scene))
        head = header(names, self.fact(scene), width, focused=self.has_focus)
        return fit(head, self.size.width)

    @override
    def rebuild(self) -> None:
        """Makes the page anew; what is drawn of it is made when it is seen."""
        if self.scene is None or not self._has_room():
            return
        rows = self.rows(self.scene, self.size.width)
        self._rows = rows
        if self.searched:
            self._count_matches(self.found.at if self.found else 0)
        self.holds(len(rows) + 1)
        self.refresh()
        self._retitle()
        self.post_message(self.HintsChanged())

    @override
    def rows(self, scene: Scene, width: int) -> list[Row]:
        """The lines of the code, under the letter where that has no column of its own."""
        review = self.review
        if review is None:
            waiting = line((" The first program is written once the plan stands.", "$dim"))
            self._columns, self._page, self._above, self._notes = (0, width, 0), Page(), [], []
            return [Row(waiting)]
        self._columns = self._arranged(review, width)
        _, code, letter = self._columns
        if not code:
            return [Row(line())] * len(self.leaves)
        standing = self._standing(review)
        small = code < CODE_AT_LEAST or self.body_height < SMALL
        chosen = self.mode == "file"  # what somebody opened is read from its first line
        self._above = [] if letter or chosen else above(review, standing, code, small=small)
        model = self.ready.model if self.ready is not None else ""
        self._notes = (
            beside(review, standing, model, self.body_height, self.whole) if letter else []
        )
        look = Look(
            code,
            self.body_height,
            wrap=self.wrapped,
            split=self._is_split(code),
            ansi=self.app.current_theme.ansi,
        )
        page = self._code(review, standing, look)
        self._page = page.below([note.content for note in self._above])
        left = min(self.left, max(0, page.widest - page.room)) if not self.wrapped else 0
        return [_row(one, look, left) for one in self._page.lines]

    def _arranged(self, review: Review, width: int) -> tuple[int, int, int]:
        """Cells of the files, the code and the letter."""
        files = 0
        if self.filed and self.leaves:
            files = TREE if width - TREE - 1 >= CODE_AT_LEAST else width
        code = max(0, width - files - (1 if files else 0))
        letter = 0
        if code >= ASIDE_FROM and not is_silent(review) and not self._is_split(code):
            letter = ASIDE + GAP
        return (files, code - letter, letter)

    def _is_split(self, width: int) -> bool:
        if not self.shows_diff or self.whole or self.sides == "unified":
            return False
        wanted = self.sides == "split" and width >= self.wanted_at
        return wanted or fits_beside(self.changes, width)

    def _code(self, review: Review, standing: Standing, look: Look) -> Page:
        ready = self.ready
        if ready is None:
            written = commit_of(review.moment) is not None
            words = "reading …" if written else "This round ended before its code was written down."
            return Page([line((f" {words}", "$dim"))])
        if ready.problem:
            return Page([fit(line((f" {ready.problem}", "$wait")), look.width)])
        if self.shows_diff:
            current = self.change.number if self.change is not None else 0
            return changes_sheet(ready, review, standing, look, self._apart, current)
        path = path_of(ready, self.file)
        if not path:
            return Page([line((" This moment has no files.", "$dim"))])
        return file_sheet(ready, path, look, self._apart, place=self.place, earlier=self.earlier)

    def _apart(self, text: str, name: str) -> Sequence[Pieces]:
        """The words of a text: plain until it has been taken apart beside the loop."""
        if is_known(text, name):
            return taken_apart(text, name)
        if (text, name) not in self.colouring:
            self.colouring.add((text, name))
            self._take_apart(text, name)
        return plain(text)

    @work(thread=True, group="colours", exit_on_error=False)
    def _take_apart(self, text: str, name: str) -> None:
        taken_apart(text, name)
        self.post_message(self.Coloured(text, name))

    @on(Coloured)
    def _coloured(self, message: Coloured) -> None:
        self.colouring.discard(message.key)
        self.rebuild()

    def _standing(self, review: Review) -> Standing:
        found = self.ready.given if self.ready is not None else None
        return self.answers.standing(review, self.numbers, found)

    # --- columns ------------------------------------------------------------------------------

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """The files of the moment's commit."""
        ready = self.ready
        return leaves(tuple(ready.files), f"tracks/{ready.wanted.track}") if ready else ()

    @override
    def render_line(self, y: int) -> Strip:
        """One line of the screen: header, or files, code and letter side by side."""
        if y == 0:
            return self.strip(self._header)
        files, code, letter = self._columns
        index = self.scroll_offset.y + y - 1
        parts: list[Strip] = []
        if files:
            room = min(files, self.size.width - 1)
            parts.append(self.strip(line(self._leaf_line(y - 1, room), " ")).crop(0, room + 1))
        if code:
            row = fit(self._rows[index].content, code) if index < len(self._rows) else BLANK
            parts.append(self.drawn(row, index).crop(0, code))
        if letter:
            note = self._notes[y - 1].content if y - 1 < len(self._notes) else line()
            parts.append(self.strip(line(" " * GAP, note)).crop(0, letter))
        return Strip.join(parts).adjust_cell_length(self.size.width, self.visual_style.rich_style)

    @override
    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The code under the mouse's selection, without line numbers."""
        lines = self._page.lines
        first = selection.start.y if selection.start is not None else 0
        last = selection.end.y if selection.end is not None else len(lines) - 1
        texts = []
        for index in range(max(0, first), min(last + 1, len(lines))):
            text = self.text_at(index)
            start, end = selection.get_span(index) or (0, -1)
            end = len(text) if end < 0 else end
            texts.append(text[max(start, gutter_of(lines[index])) : end].rstrip())
        return "\n".join(texts), "\n"

    @override
    def copied(self) -> tuple[str, str]:
        """The marked change as a patch would say it, or the whole file."""
        if self.shows_diff and self.change is not None:
            return self.change.as_text, f"change {self.change.number}"
        ready = self.ready
        path = self.path_shown
        return (ready.text(path), path) if ready is not None and path else super().copied()

    def _leaf_line(self, y: int, width: int) -> Content:
        known = self.leaves
        index = self._tree_top(len(known)) + y
        if index >= len(known):
            return line(" " * width)
        leaf = known[index]
        shown = leaf.path == self.path_shown and not self.shows_diff
        marked = index == self._marked_leaf
        counts = counted(self.ready) if self.ready is not None else {}
        drawn = tree_line(leaf, width, shown=shown, marked=marked, counted=counts)
        return lit(drawn, self.searched) if self.filed else drawn

    def _tree_top(self, total: int) -> int:
        return max(0, min(self._marked_leaf - self.body_height // 2, total - self.body_height))

    @property
    def _marked_leaf(self) -> int:
        files = [index for index, leaf in enumerate(self.leaves) if leaf.path]
        return files[min(self.leaf, len(files) - 1)] if files else 0

    # --- places -------------------------------------------------------------------------------

    def show_place(self, file: str, number: int, *, earlier: bool = False) -> None:
        """Shows a line of a file and marks it; waits for the sources where they are not there.

        Args:
            file: Its name in the track that is looked at, or its path in the workspace.
            number: Of the line, from 1.
            earlier: Whether the line is that of the file before the moment changed it.
        """
        ready = self.ready
        if ready is None:
            self._sent = (file, number)
            return
        known = file in ready.files or any(path.endswith(f"/{file}") for path in ready.own)
        if not known:
            return
        self.mode, self.file, self.place, self.earlier = "file", file, number, earlier
        self.left, self.filed = 0, False
        self.rebuild()
        self._to_line(number)

    def _to_line(self, number: int) -> None:
        """Scrolls so that a line of the file stands in the upper third."""
        row = self._page.placed if self._page.placed is not None else self._page.first + number - 1
        self.scroll_to(y=max(0, row - self.body_height // 3), animate=False)
        self._retitle()

    # --- searching ----------------------------------------------------------------------------

    @override
    def _matches(self) -> list[int]:
        if self.filed:
            paths = (leaf.path for leaf in self.leaves if leaf.path)
            return [index for index, path in enumerate(paths) if spans(path, self.searched)]
        lines = enumerate(self._page.lines)
        return [index for index, one in lines if spans(searchable(one), self.searched)]

    @override
    def _gutter(self, index: int) -> int:
        return gutter_of(self._page.lines[index]) if index < len(self._page.lines) else 0

    @override
    def _show_match(self, at: int) -> None:
        matches = self._matches()
        if self.filed and 1 <= at <= len(matches):
            self.leaf, self.found = matches[at - 1], Found(len(matches), at)
            self.refresh()
        elif 1 <= at <= len(matches):
            self._turn_to(matches[at - 1])
            super()._show_match(at)

    @override
    def _found_from(self) -> int:
        return self.leaf if self.filed else super()._found_from()

    @override
    def _count_matches(self, at: int) -> None:
        super()._count_matches(at)
        if self.filed:
            self._shown_match = -1  # the mark is in the files

    def _turn_to(self, row: int) -> None:
        """Scrolls sideways to what is searched, where it stands beyond the cells of the code."""
        ends, room = ends_of(self._page.lines[row], self.searched), self._page.room
        if self.wrapped or not ends or any(self.left < end <= self.left + room for end in ends):
            return
        self.left = 0 if ends[0] <= room else ends[0] - room // 2
        self.rebuild()


def _row(one: Line, look: Look, left: int) -> Row:
    return LazyRow(None, (), lambda: drawn(one, look, left), text_of(one))
