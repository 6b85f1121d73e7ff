"""Searching a pane: what was found, how it is marked, and the bar in which it is typed.

Capitals are told apart only where some are typed. The bar knows nothing of panes: it says what is
typed (`Typed`), which match is wanted (`Stepped`) and when it is over (`Ended`).
"""

from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.widget import Widget
from textual.widgets import Input
from typing_extensions import override

from iml_tui.drawing.draw import line

MATCH = "$run bold underline"


@dataclass(frozen=True)
class Found:
    """Where a search stands."""

    total: int
    at: int = 0
    """Number of the match that is shown, from 1; 0 where none is."""
    searching: bool = False
    """Whether more may yet be found."""

    @property
    def words(self) -> str:
        """`3 of 41`."""
        more = " so far" if self.searching else ""
        if not self.total:
            return "searching" if self.searching else "not found"
        return f"{self.at:,} of {self.total:,}{more}" if self.at else f"{self.total:,}{more}"


def spans(text: str, wanted: str) -> list[tuple[int, int]]:
    """Where `wanted` stands in `text`, from left to right."""
    if not wanted:
        return []
    if wanted == wanted.lower() and len(text.lower()) == len(text):
        text = text.lower()
    found, start = [], text.find(wanted)
    while start >= 0:
        found.append((start, start + len(wanted)))
        start = text.find(wanted, start + len(wanted))
    return found


def lit(content: Content, wanted: str, first: int = 0) -> Content:
    """`content` with every match from the character `first` on marked."""
    for start, end in spans(content.plain, wanted) if wanted else ():
        if start >= first:
            content = content.stylize(MATCH, start, end)
    return content


class _Typing(Input):
    """The line in which the search is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,ctrl+n", "step(1)", "next match", id="find.next", show=False),
        Binding("up,ctrl+p", "step(-1)", "match before", id="find.previous", show=False),
        Binding("escape", "leave", "end the search", id="find.end", show=False),
    ]

    def action_step(self, step: int) -> None:
        """Another match, while typing goes on."""
        self.post_message(FindBar.Stepped(step))

    def action_leave(self) -> None:
        """Nothing is searched any more."""
        self.post_message(FindBar.Ended())


class _Sign(Widget):
    """A word or two beside what is typed."""

    DEFAULT_CSS = "_Sign { width: auto; height: 1; text-wrap: nowrap; color: $fg; }"
    said: var[Content] = var(line())

    def watch_said(self, old: Content, new: Content) -> None:
        """Something else is to be said; the screen is laid out anew only where it is longer."""
        self.refresh(layout=old.cell_length != new.cell_length)

    @override
    def render(self) -> Content:
        """What is said."""
        return self.said


class FindBar(Horizontal):
    """`/` and what is typed; how many were found at the right."""

    DEFAULT_CSS = """
    FindBar { height: 1; background: $bar; padding: 0 1; display: none; }
    FindBar Input, FindBar Input:focus {
        border: none; height: 1; padding: 0; width: 1fr; background: $bar; color: $strong;
    }
    """

    class Typed(Message):
        """Something else is searched for."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Stepped(Message):
        """The next match (1) or the one before (-1)."""

        def __init__(self, step: int) -> None:
            super().__init__()
            self.step = step

    class Accepted(Message):
        """Typing is over; the search holds."""

    class Ended(Message):
        """Nothing is searched any more."""

    @override
    def compose(self) -> ComposeResult:
        """The sign, the line, the count."""
        sign = _Sign()
        sign.said = line(("/ ", "$run bold"))
        yield sign
        yield _Typing(id="searched", compact=True, select_on_focus=True)
        yield _Sign(id="count")

    def open(self, text: str) -> None:
        """Asks for what is searched."""
        typing = self.query_one(_Typing)
        typing.value = text
        self.display = True
        self.screen.set_focus(typing, scroll_visible=False)  # at once: letters follow

    def show(self, text: str, found: Found | None) -> None:
        """Shows a search that stands; hides the bar where there is none."""
        typing = self.query_one(_Typing)
        if not typing.has_focus:
            self.display = bool(text)
            with typing.prevent(Input.Changed):
                typing.value = text
        self.query_one("#count", _Sign).said = _told(found, hints=self.size.width >= 60)

    @property
    def typing(self) -> bool:
        """Whether keys go into the bar."""
        return self.query_one(_Typing).has_focus

    def on_click(self, event: events.Click) -> None:
        """A click lets type on."""
        event.stop()
        self.query_one(_Typing).focus(scroll_visible=False)

    @on(Input.Changed)
    def _changed(self, message: Input.Changed) -> None:
        message.stop()
        self.post_message(self.Typed(message.value))

    @on(Input.Submitted)
    def _submitted(self, message: Input.Submitted) -> None:
        message.stop()
        self.post_message(self.Accepted())


def _told(found: Found | None, *, hints: bool) -> Content:
    if found is None:
        return line()
    count = (found.words, "$dim" if found.total or found.searching else "$wait")
    if not hints:
        return line(count)
    step = (("n N", "$strong bold"), (" next, before   ", "$dim")) if found.total > 1 else ()
    return line(count, "   ", *step, ("esc", "$strong bold"), (" ends", "$dim"))
