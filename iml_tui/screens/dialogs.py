"""Dialogs over the workbench: a few words, and a choice or a line to type.

A dialog decides nothing: it is dismissed with what was chosen or typed, or with None.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, Literal, NamedTuple

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.screen import ModalScreen
from textual.widgets import Input
from typing_extensions import override

from iml_tui.drawing.draw import answers, fit, line, wrapped
from iml_tui.widgets.pointing import Pointing

Leaving = Literal["leave", "stop", "stay"]
WIDTH = 66
INNER = WIDTH - 6
ROOMY_ROWS = 14
"""Rows of the terminal from which on blank lines part what a dialog says."""


class Option(NamedTuple):
    """One of the answers that a dialog takes."""

    key: str
    """The letter that takes it at once; `esc` for the one that changes nothing."""
    name: str
    does: str
    value: str


def letters(names: Sequence[str]) -> list[str]:
    """A letter of each name, the first that none before it has."""
    taken: list[str] = []
    for name in names:
        taken.append(next((one for one in name if one not in taken), ""))
    return taken


class DialogBody(Pointing):
    """Lines of a dialog."""

    DEFAULT_CSS = """
    DialogBody { height: auto; width: 100%; text-wrap: nowrap; text-overflow: clip; color: $fg; }
    """

    class Clicked(Message):
        """A line was clicked."""

        def __init__(self, row: int) -> None:
            super().__init__()
            self.row = row

    lines: var[tuple[Content, ...]] = var[tuple[Content, ...]](())

    choices: var[range] = var(range(0))
    """Lines that a click takes."""

    @override
    def acts(self, y: int) -> bool:
        """Choices are taken by a click."""
        return self._row(y) in self.choices

    def _row(self, y: int) -> int:
        return y - self.gutter.top + self.scroll_offset.y

    def watch_lines(self) -> None:
        """Other lines."""
        self.refresh(layout=True)

    @override
    def render(self) -> Content:
        """All lines, one below the other."""
        return Content("\n").join(self.lines)

    def on_click(self, event: events.Click) -> None:
        """Says which line was meant."""
        self.post_message(self.Clicked(self._row(event.y)))


class Dialog(ModalScreen[str]):
    """A box in the middle; what lies under it is dimmed."""

    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 55%; }
    Dialog:ansi { background: transparent; }
    Dialog > #box {
        width: 66; max-width: 100%; height: auto; max-height: 100%;
        background: $bar; padding: 1 3; overflow-y: auto; scrollbar-size: 0 0;
    }
    Dialog:ansi > #box { border: round $line; background: $background; }
    Dialog.-small > #box { padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "close this", id="dialog.back", show=False)
    ]

    def action_back(self) -> None:
        """Closes, and changes nothing."""
        self.dismiss(None)

    @property
    def inner(self) -> int:
        """Cells of a line."""
        small = self.size.width < WIDTH
        return max(8, self.size.width - 2) if small else INNER

    def on_resize(self) -> None:
        """Below a certain size the padding goes first."""
        body = self.query_one(DialogBody)
        body.lines = self.told()
        rows = len(body.lines) + self.EXTRA_ROWS
        self.set_class(self.size.height < rows + 2 or self.size.width < WIDTH, "-small")

    EXTRA_ROWS: ClassVar[int] = 0
    """Rows of the box beside its lines."""

    def told(self) -> tuple[Content, ...]:
        """The lines of the dialog."""
        raise NotImplementedError


class ChoiceDialog(Dialog):
    """A question and its answers; enter takes the marked one, a letter takes its own at once."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j,tab", "move(1)", "down", id="dialog.down", show=False),
        Binding("up,k,shift+tab", "move(-1)", "up", id="dialog.up", show=False),
        Binding("enter", "take", "take the marked one", id="dialog.take", show=False),
    ]

    index: var[int] = var(0)

    def __init__(self, title: str, words: str, options: Sequence[Option], index: int = 0) -> None:
        """`index` says which option is marked at first."""
        super().__init__()
        self._title, self._words, self._options = title, words, tuple(options)
        self.set_reactive(ChoiceDialog.index, index)

    @override
    def compose(self) -> ComposeResult:
        """One widget of lines."""
        body = DialogBody(id="box")
        body.lines = self.told()
        yield body

    def watch_index(self) -> None:
        """Another choice is marked."""
        if self.is_mounted:
            body = self.query_one(DialogBody)
            body.lines = self.told()
            row = len(self._above()) + self.index
            body.scroll_to(y=row - body.size.height // 2, animate=False)

    def _above(self) -> list[Content]:
        """What stands above the choices; without blank lines where these would cost a choice."""
        roomy = self.size.height >= ROOMY_ROWS
        return [row for row in self._opening() if roomy or row.cell_length]

    def _opening(self) -> list[Content]:
        words = [row for text in self._words.split("\n") for row in wrapped(text, self.inner)]
        title = wrapped(self._title, self.inner, "$strong bold")
        return [*title, line(), *words, *([line()] if words else [])]

    @override
    def told(self) -> tuple[Content, ...]:
        """Question, words, choices; what the marked one does, where that has no room beside it."""
        names = max(len(one.name) for one in self._options) + 2
        beside = all(8 + names + len(one.does) <= self.inner for one in self._options)
        rows = [
            self._row(place, option, names, beside=beside)
            for place, option in enumerate(self._options)
        ]
        below = "enter takes the marked one" if beside else self._options[self.index].does
        blank = [line()] if self.size.height >= ROOMY_ROWS else []
        above = self._above()
        for body in self.query(DialogBody):
            body.choices = range(len(above), len(above) + len(rows))
        return (*above, *rows, *blank, *wrapped(below, self.inner, "$dim"))

    def _row(self, place: int, option: Option, names: int, *, beside: bool) -> Content:
        marked = place == self.index
        row = line(
            ("▎  " if marked else "   ", "$run"),
            fit(line((option.key, "$strong bold")), 5),
            fit(line((option.name, "$strong bold" if marked else "$fg")), names),
            (option.does if beside else "", "$fg" if marked else "$dim"),
        )
        row = fit(row, self.inner)
        return row.stylize_before("on $curbg") if marked else row

    def action_move(self, step: int) -> None:
        """Marks the next choice."""
        self.index = (self.index + step) % len(self._options)

    def action_take(self) -> None:
        """Takes the marked choice."""
        self.dismiss(self._options[self.index].value)

    def on_key(self, event: events.Key) -> None:
        """A letter takes its choice at once."""
        for option in self._options:
            if event.character == option.key:
                event.stop()
                self.dismiss(option.value)

    @on(DialogBody.Clicked)
    def _clicked(self, message: DialogBody.Clicked) -> None:
        place = message.row - len(self._above())
        if 0 <= place < len(self._options):
            self.dismiss(self._options[place].value)


class LeaveDialog(ChoiceDialog):
    """Asks what ctrl+c was meant to do; the run goes on unless told otherwise."""

    OPTIONS: ClassVar[tuple[Option, ...]] = (
        Option("l", "Leave", "the run goes on; iml-tui shows it again", "leave"),
        Option("s", "Stop", "end the work here; the next start goes on", "stop"),
        Option("esc", "Stay", "close this", "stay"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c", "leave", "leave", id="dialog.leave", show=False),
        Binding("q", "back", "close this", id="dialog.quit", show=False),
    ]

    def __init__(self, standing: str) -> None:
        """`standing` says how far the run is, in a sentence or two."""
        super().__init__("Leave this screen?", standing, self.OPTIONS)

    def action_leave(self) -> None:
        """A second ctrl+c means the default."""
        self.dismiss("leave")


class AskDialog(Dialog):
    """A question and a line to type the answer into; an unusable answer is said to be so."""

    DEFAULT_CSS = """
    AskDialog Input, AskDialog Input:focus {
        border: none; height: 1; padding: 0 1; margin: 1 0; background: $fg 6%; color: $strong;
    }
    AskDialog:ansi Input, AskDialog:ansi Input:focus { background: $background; }
    """
    EXTRA_ROWS = 4

    def __init__(
        self,
        title: str,
        words: str,
        *,
        value: str = "",
        check: Callable[[str], str] | None = None,
        enter: str = "send",
    ) -> None:
        """Nothing is shown yet.

        Args:
            title: What is asked.
            words: What the person has to know.
            value: Stands there at first.
            check: What is wrong with an answer, in a sentence; empty where nothing is.
            enter: What enter does, in a word.
        """
        super().__init__()
        self._title, self._words, self._value = title, words, value
        self._check, self._enter = check, enter
        self._wrong = ""

    @override
    def compose(self) -> ComposeResult:
        """Words, a line, the keys."""
        with Vertical(id="box"):
            words = DialogBody(id="words")
            words.lines = self.told()
            yield words
            yield Input(self._value, compact=True, select_on_focus=True)
            keys = DialogBody(id="keys")
            keys.lines = self._keys()
            yield keys

    @override
    def told(self) -> tuple[Content, ...]:
        """The question and its words."""
        words = [row for text in self._words.split("\n") for row in wrapped(text, self.inner)]
        blank = [line()] if self.size.height >= ROOMY_ROWS else []
        return (*wrapped(self._title, self.inner, "$strong bold"), *blank, *words)

    def _keys(self) -> tuple[Content, ...]:
        return (*wrapped(self._wrong, self.inner, "$wait"), answers(self._enter))

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        value = message.value.strip()
        self._wrong = self._check(value) if self._check is not None else ""
        if self._wrong:
            self.query_one("#keys", DialogBody).lines = self._keys()
        else:
            self.dismiss(value)
