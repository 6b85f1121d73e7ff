"""Undo, and say why: the words go to the debugger, who proposes again.

Over the letter's answer where that has a column of its own, else a box in the middle. Enter sends;
nothing is sent without words, since undoing alone has a key of its own.
"""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Region
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea
from typing_extensions import override

from iml_tui.drawing.draw import answers, line
from iml_tui.widgets.pointing import Saying


class Words(TextArea):
    """A few lines of words; enter is done with them."""

    class Done(Message):
        """The words are to be sent."""

    @override
    async def _on_key(self, event: events.Key) -> None:
        if event.key != "enter":
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        self.post_message(self.Done())


class SayWhy(ModalScreen[str | None]):
    """What a person says of a proposal that they undo."""

    ROWS: ClassVar[int] = 8
    """Lines that it needs at least."""
    DEFAULT_CSS = """
    SayWhy { align: center middle; background: $background 55%; }
    SayWhy:ansi { background: transparent; }
    SayWhy #box {
        width: 66; max-width: 100%; height: auto; max-height: 100%;
        background: $bar; color: $fg; padding: 1 3;
    }
    SayWhy #box:ansi { border: round $line; background: $background; }
    SayWhy Static { height: auto; width: 100%; }
    SayWhy #why {
        height: auto; min-height: 2; max-height: 6; border: none; padding: 0 1;
        background: $fg 6%; color: $fg; margin-top: 1;
    }
    SayWhy #why .text-area--cursor-line { background: transparent; }
    SayWhy #keys { margin-top: 1; }
    SayWhy #then { margin-top: 1; color: $dim; }
    SayWhy.-beside { align: left top; background: transparent; }
    SayWhy.-beside #box { background: $background; padding: 0; border: none; }
    SayWhy.-beside #why { background: $bar; margin-top: 0; }
    SayWhy.-small #box { padding: 0 1; }
    SayWhy.-small #why { margin-top: 0; }
    SayWhy.-small #then { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", id="why.back", show=False),
        Binding("ctrl+c", "leave", "back", id="why.leave", show=False),
    ]

    def __init__(self, number: int, place: Region | None = None) -> None:
        """Nothing is typed yet.

        Args:
            number: Of the round that is undone.
            place: Where it is shown; in the middle where absent.
        """
        super().__init__()
        self._number = number
        self._place = place

    @override
    def compose(self) -> ComposeResult:
        """Title, words, keys, and what follows."""
        with Vertical(id="box"):
            yield Static(line(("Undo, and say why", "$strong bold")))
            yield Words(id="why", soft_wrap=True, show_line_numbers=False, compact=True)
            keys = Saying(id="keys")
            keys.said = answers()
            yield keys
            yield Static(self._then(), id="then", markup=False)

    def _then(self) -> str:
        return f"All of round {self._number} is undone; the debugger proposes again by your words."

    def on_mount(self) -> None:
        """Words are typed at once."""
        self.query_one(Words).focus()
        self._lie()

    def on_resize(self, event: events.Resize) -> None:
        """Another size: what lay beside the code lies in the middle."""
        self.set_class(event.size.height < self.ROWS + 2 or event.size.width < 66, "-small")
        if self._place is not None and not event.size.region.contains_region(self._place):
            self._place = None
        self._lie()

    def _lie(self) -> None:
        box = self.query_one("#box")
        self.set_class(self._place is not None, "-beside")
        box.styles.width = self._place.width if self._place is not None else None
        box.styles.height = self._place.height if self._place is not None else None
        box.styles.offset = self._place.offset if self._place is not None else (0, 0)

    def action_leave(self) -> None:
        """Nothing is undone."""
        self.dismiss(None)

    @on(Words.Done)
    def _send(self) -> None:
        words = " ".join(self.query_one(Words).text.split())
        if words:
            self.dismiss(words)
            return
        self.query_one("#then", Static).update(
            line(("Write some words, or go back and undo without any.", "$wait"))
        )
        self.query_one("#then").display = True
