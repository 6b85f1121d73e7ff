"""Pane 4: the program of a moment, as whole files or as what the moment changed.

Changes of a proposal are kept or undone one by one; what is chosen is a draft until the last one is
(`iml_tui.looking_back.review`). How all of it is drawn: `iml_tui.widgets.code_view`.
"""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from typing_extensions import override

from agents.journal.choices import Answer
from iml_tui.deciding.asking import Decided, EditWanted, Said
from iml_tui.doing import bound
from iml_tui.looking_back.review import Choice
from iml_tui.looking_back.sources import newer_program
from iml_tui.screens.line_number import LineNumber
from iml_tui.screens.say_why import SayWhy
from iml_tui.widgets.answering import gate_name
from iml_tui.widgets.code_view import CodeView
from iml_tui.widgets.letter import (
    ASIDE,
    PLACE,
    fault_shown,
)
from iml_tui.widgets.pane import Hint
from iml_tui.widgets.sheets import path_of
from iml_tui.words.figures import listed

SCROLL = 8
"""Cells that a key scrolls sideways."""


class CodePane(CodeView):
    """Files or changes, highlighted; and what a person thinks of them."""

    HINTS: ClassVar[tuple[Hint, ...]] = (
        ("d", "file or change"),
        ("h l", "other file"),
        ("f", "files"),
        ("[ ]", "older, newer"),
    )
    ANSWERS: ClassVar[tuple[Hint, ...]] = (
        ("y", "keep"),
        ("u", "undo"),
        ("U", "undo all"),
        ("r", "undo and say why"),
        ("j k", "changes"),
        ("d", "file"),
    )
    CHANGES: ClassVar[tuple[Hint, ...]] = (
        ("j k", "next, previous change"),
        ("d", "file"),
        ("t", "side by side"),
        ("[ ]", "older, newer"),
        ("f", "files"),
    )
    TREE_HINTS: ClassVar[tuple[Hint, ...]] = (
        ("j k", "next, previous file"),
        ("enter", "open"),
        ("esc", "close the files"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "choose('keep')", "keep this change", id="code.keep", show=False),
        Binding("u", "choose('undo')", "undo this change", id="code.undo", show=False),
        Binding("Y", "rest('keep')", "keep all other changes", id="code.keep-all", show=False),
        Binding("U", "rest('undo')", "undo all changes", id="code.undo-all", show=False),
        Binding("r", "say_why", "undo and say why", id="code.say-why", show=False),
        Binding("j", "change(1)", "next change, or down", id="code.next", show=False),
        Binding("k", "change(-1)", "change before, or up", id="code.previous", show=False),
        Binding("d", "swap", "file or change", id="code.swap", show=False),
        Binding("t", "sides", "side by side, or one below", id="code.sides", show=False),
        Binding("w", "wrap", "wrap long lines", id="code.wrap", show=False),
        Binding("l", "file(1)", "next file", id="code.next-file", show=False),
        Binding("h", "file(-1)", "file before", id="code.previous-file", show=False),
        Binding("right,greater_than_sign", "aside(1)", "to the right", id="code.right", show=False),
        Binding("left,less_than_sign", "aside(-1)", "to the left", id="code.left", show=False),
        Binding("e", "edit", "edit this file", id="code.edit", show=False),
        Binding("E", "edit(True)", "edit it in your own editor", id="code.own", show=False),
        Binding("f", "files", "files of the workspace", id="code.files", show=False),
        Binding("L,ctrl+g", "line", "go to a line", id="code.line", show=False),
        Binding("enter", "open", "to the fault, or open a file", id="code.open", show=False),
        Binding("escape", "back", "close files, forget a mark", id="code.back", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's own name
        super().__init__(id=id)
        self._told: set[str] = set()
        """Gates of which a person was told that what they chose is not given."""

    @override
    def hints(self) -> tuple[Hint, ...]:
        """The keys of what is looked at, but for those that the letter names beside it."""
        if self.filed:
            return self.TREE_HINTS
        newer = newer_program(self.scene) if self.scene is not None else None
        follows = newer is not None and not self.searched
        on: tuple[Hint, ...] = (("esc", "follow the run"),) if follows else ()
        if self.answerable and not self._columns[2]:
            return (*self.ANSWERS, *on)
        review = self.review
        fault = fault_shown(review) if review is not None else None
        to_it: tuple[Hint, ...] = (("enter", "the fault"),) if fault and fault.line else ()
        return (*on, *(self.CHANGES if self.shows_diff else self.HINTS), *to_it)

    # --- reading ------------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        """Whoever takes a key of the pane reads what it shows."""
        taken = bound(self).key_to_bindings.get(event.key, ())
        if any(self.check_action(one.action.partition("(")[0], ()) for one in taken):
            self._read_on()

    def on_mouse_scroll_down(self) -> None:
        """Whoever scrolls reads."""
        self._read_on()

    def on_mouse_scroll_up(self) -> None:
        """Whoever scrolls reads."""
        self._read_on()

    def _read_on(self) -> None:
        if self.scene is not None and self.scene.selected is None:
            self.post_message(self.Reading())

    # --- moving -------------------------------------------------------------------------------

    @override
    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The keys are about a change that can be seen."""
        super().watch_scroll_y(old_value, new_value)
        if self.shows_diff and self._page.heads:
            seen = self._seen()
            if seen and self.at not in seen:
                self.at = seen[0]
                self.rebuild()

    def _seen(self) -> list[int]:
        """Changes of which something can be seen."""
        heads = self._page.heads
        top, bottom = self.scroll_offset.y, self.scroll_offset.y + self.body_height
        ends = [*heads[1:], len(self._page.lines)]
        pairs = enumerate(zip(heads, ends, strict=True))
        return [index for index, (head, end) in pairs if head < bottom and end - 1 > top]

    @override
    def action_move(self, step: int) -> None:
        """A line up or down; in the files, the file above or below."""
        if self.filed:
            files = sum(bool(leaf.path) for leaf in self.leaves)
            self.leaf = max(0, min(files - 1, self.leaf + step))
            self.refresh()
            return
        self.scroll_relative(y=step, animate=False)

    def action_change(self, step: int) -> None:
        """The next change, or the one before; a line where a file is shown."""
        if self.filed or not self.shows_diff:
            self.action_move(step)
            return
        self._to_change(max(0, min(len(self.changes) - 1, self.at + step)))

    def _to_change(self, index: int) -> None:
        self.at = index
        if index < len(self._page.heads):
            head = self._page.heads[index]
            first = index == 0 and head < self.body_height // 2
            self.scroll_to(y=0 if first else head, animate=False)
            self.at = index  # what was scrolled to is not always at the top
        self.rebuild()

    def action_aside(self, step: int) -> None:
        """Scrolls long lines sideways."""
        most = max(0, self._page.widest - self._page.room)
        self.left = max(0, min(most, self.left + step * SCROLL))
        self.rebuild()

    def action_swap(self) -> None:
        """From the file to what changed in it, and back."""
        change = self.change
        if self.shows_diff and change is not None:
            first = next((one.new for one in change.lines if one.new is not None), 1)
            self.mode, self.file, self.place, self.earlier = "file", change.name, None, False
            self.rebuild()
            self._to_line(first)
            return
        within = [index for index, one in enumerate(self.changes) if one.name == self.name_shown]
        self.mode, self.place, self.earlier = "diff", None, False
        self.rebuild()
        self._to_change(within[0] if within else 0)

    def action_sides(self) -> None:
        """Old beside new, or one below the other; which of them fits is found out at first."""
        room = self._columns[1] + self._columns[2]
        self.sides = "unified" if self._is_split(room) else "split"
        self.wanted_at = room
        self.rebuild()
        self._to_change(self.at)

    def action_wrap(self) -> None:
        """Long lines go on in the next row, or are cut."""
        self.wrapped = not self.wrapped
        self.rebuild()

    def action_file(self, step: int) -> None:
        """The track's next or previous file, or the first change in it."""
        if self.ready is None or not self.ready.own:
            return
        if self.shows_diff:
            names = list(dict.fromkeys(change.name for change in self.changes))
            name = names[(names.index(self.name_shown) + step) % len(names)]
            self._to_change([change.name for change in self.changes].index(name))
            return
        own = self.ready.own
        index = own.index(self.path_shown) if self.path_shown in own else -min(step, 0)
        self._open_file(own[(index + step) % len(own)])

    def _open_file(self, path: str) -> None:
        self.mode, self.file, self.place, self.earlier = "file", path, None, False
        self.left = 0
        self.scroll_home(animate=False)
        self.rebuild()

    # --- files of the workspace ---------------------------------------------------------------

    def action_files(self) -> None:
        """Shows or hides the files of the workspace."""
        self.filed = not self.filed
        files = [leaf.path for leaf in self.leaves if leaf.path]
        shown = path_of(self.ready, self.name_shown) if self.ready is not None else ""
        self.leaf = files.index(shown) if shown in files else 0
        self.rebuild()

    @override
    def action_open(self) -> None:
        """Opens the marked file, or goes to the place of the fault."""
        if self.filed:
            leaf = self.leaves[self._marked_leaf] if self.leaves else None
            if leaf is not None and leaf.path:
                self.filed = self._columns[1] > 0
                self._open_file(leaf.path)
            return
        self.action_place()

    def action_back(self) -> None:
        """Closes the files, else forgets the mark of a line."""
        if self.filed:
            self.filed = False
        elif self.place is not None:
            self.mode, self.place, self.earlier = "auto", None, False
            self.scroll_home(animate=False)
        self.rebuild()

    # --- places -------------------------------------------------------------------------------

    def action_place(self) -> None:
        """Goes to the line of the fault that the letter tells of."""
        review, ready = self.review, self.ready
        fault = fault_shown(review) if review is not None else None
        if review is None or ready is None or fault is None or not fault.line:
            return
        name = (fault.file or fault.component).rsplit("/", 1)[-1]
        earlier = fault is review.mended and bool(ready.before.get(name))
        self.show_place(name, fault.line, earlier=earlier)

    def action_line(self) -> None:
        """Asks for the number of a line."""
        if self.ready is None:
            return
        if self.shows_diff:
            self.action_swap()

        def go(number: int | None) -> None:
            if number is not None:
                self.show_place(self.path_shown, number)

        self.app.push_screen(LineNumber(len(self._page.lines) - self._page.first), go)

    def action_edit(self, elsewhere: bool = False) -> None:
        """Edits the file that is shown, at its line; here, or in the person's own editor."""
        ready = self.ready
        if ready is None:
            return
        track, change = ready.wanted.track, self.change
        at = self.place or self.line_shown
        if self.shows_diff and change is not None:
            changed = [one.new for one in change.lines if one.kind == "added" and one.new]
            at = changed[0] if changed else next(one.new or 1 for one in change.lines)
        elif self.path_shown not in ready.own:
            folder, _, track = self.path_shown.rpartition("/")[0].rpartition("/")
            if folder != "tracks":
                self.post_message(Said(f"{self.path_shown} is not edited here: programs are."))
                return
        name = self.name_shown
        self.post_message(EditWanted(track, name, at, ready.commit, elsewhere=elsewhere))

    # --- answers ------------------------------------------------------------------------------

    @property
    def answerable(self) -> bool:
        """Whether a person may keep or undo what is shown."""
        review = self.review
        if review is None or not review.is_open or not self.changes or self.filed:
            return False
        if not self.shows_diff and not self.whole:
            return False  # a key is never about a change that cannot be seen
        return self._standing(review).given is None

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys of answers are only taken where there is something to answer."""
        if action in {"choose", "rest", "say_why"}:
            return self.answerable
        if action == "back":
            return self.filed or self.place is not None
        return super().check_action(action, parameters)

    def action_choose(self, choice: Choice) -> None:
        """Keeps or undoes the marked change; once more takes that back."""
        gate, change = gate_name(self.review), self.change
        if self.whole or len(self.changes) == 1:
            self._chosen(gate, self.answers.choose_all(gate, choice, self.numbers))
        elif change is not None:
            answer = self.answers.choose(gate, change.number, choice, self.numbers)
            self._chosen(gate, answer)

    def action_rest(self, choice: Choice) -> None:
        """Keeps all that is not chosen yet, or undoes everything."""
        gate = gate_name(self.review)
        self._chosen(gate, self.answers.choose_all(gate, choice, self.numbers))

    def _chosen(self, gate: str, answer: Answer | None) -> None:
        """Gives the answer once it is whole; else goes on to what is not chosen yet."""
        if answer is not None:
            self._give(answer)
            return
        self.rebuild()
        change, draft = self.change, self.answers.draft(gate)
        if change is not None and change.number in draft:
            left = [at for at, one in enumerate(self.changes) if one.number not in draft]
            self._to_change(next((at for at in left if at > self.at), left[0]))

    def action_say_why(self) -> None:
        """Asks why everything is to be undone, and says it to the debugger."""
        review = self.review
        if review is None:
            return
        letter = self._columns[2]
        place = None
        if letter:
            title = next(
                (at for at, note in enumerate(self._notes) if note.content.plain == "Your answer"),
                0,
            )
            region = self.region
            top = region.y + 1 + min(title, max(0, self.body_height - SayWhy.ROWS))
            place = Region(region.right - ASIDE, top, ASIDE, region.bottom - top)

        def say(why: str | None) -> None:
            if why and self.answerable:
                self._give(Answer(option="undo", why=why))

        self.app.push_screen(SayWhy(review.moment.round, place), say)

    def _give(self, answer: Answer) -> None:
        gate = gate_name(self.review)
        self.answers.give(gate, answer)
        self.post_message(Decided(answer, gate))
        self.rebuild()

    def ungiven(self) -> str:
        """What was chosen and not given, in one sentence; empty if that was said before."""
        gates = self.scene.state.gates if self.scene is not None else {}
        left = {name for name in self.answers.ungiven if name in gates and gates[name].answerable}
        if left <= self._told:
            return ""
        self._told |= left
        names = listed(sorted(left))
        return f"What you chose of {names} is not given yet: leaving again leaves without it."

    def not_given(self, gate: str, why: str) -> None:
        """An answer could not be given: what was chosen is a draft again."""
        self.answers.refused(gate, why)
        self.rebuild()

    # --- the mouse ----------------------------------------------------------------------------

    @override
    def on_click(self, event: events.Click) -> None:
        """A click opens a file, marks a change, takes a key of the letter, goes to the fault."""
        self._read_on()
        y = event.y - 1
        files, _, letter = self._columns
        if y < 0:
            return
        if event.x < files:
            self._click_leaf(y)
        elif letter and event.x >= self.size.width - letter:
            self._take(self._notes[y].key if y < len(self._notes) else "")
        else:
            self._click_line(self.scroll_offset.y + y)

    def _click_leaf(self, y: int) -> None:
        index = self._tree_top(len(self.leaves)) + y
        if index < len(self.leaves) and self.leaves[index].path:
            self.leaf = sum(bool(leaf.path) for leaf in self.leaves[:index])
            self.action_open()

    def _click_line(self, index: int) -> None:
        if index < len(self._above):
            self._take(self._above[index].key)
            return
        heads = [at for at, head in enumerate(self._page.heads) if head <= index]
        if heads:
            self.at = heads[-1]
            self.rebuild()

    def _take(self, key: str) -> None:
        if key == PLACE:
            self.action_place()
        elif key and self.answerable:
            match key:
                case "y":
                    self.action_choose("keep")
                case "u":
                    self.action_choose("undo")
                case "Y":
                    self.action_rest("keep")
                case "U":
                    self.action_rest("undo")
                case _:
                    self.action_say_why()
