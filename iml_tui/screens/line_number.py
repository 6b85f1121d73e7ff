"""Asks for the number of a line."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.widgets import Input, Static
from typing_extensions import override

from iml_tui.drawing.draw import line


class LineNumber(ModalScreen[int | None]):
    """A line of input in the middle."""

    DEFAULT_CSS = """
    LineNumber { align: center middle; background: $background 55%; }
    LineNumber:ansi { background: transparent; }
    LineNumber #box { width: 40; max-width: 100%; height: 3; background: $bar; padding: 1 3; }
    LineNumber #box:ansi { border: round $line; height: 3; padding: 0 3; background: $background; }
    LineNumber Static { width: auto; height: 1; }
    LineNumber Input, LineNumber Input:focus {
        border: none; height: 1; padding: 0; width: 1fr; background: $bar; color: $strong;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "leave", "back", id="line.back", show=False)
    ]

    def __init__(self, lines: int) -> None:
        """`lines` is how many there are."""
        super().__init__()
        self._lines = lines

    @override
    def compose(self) -> ComposeResult:
        """What is asked, and the line to answer it in."""
        with Horizontal(id="box"):
            yield Static(line(("Line ", "$strong bold"), (f"1 to {self._lines}  ", "$dim")))
            yield Input(type="integer", compact=True, max_length=7)

    def on_mount(self) -> None:
        """Digits are typed at once."""
        self.query_one(Input).focus()

    def action_leave(self) -> None:
        """Stays where it was."""
        self.dismiss(None)

    @on(Input.Submitted)
    def _go(self, message: Input.Submitted) -> None:
        number = int(message.value) if message.value.strip("+-").isdecimal() else 0
        self.dismiss(max(1, min(self._lines, number)) if number else None)
