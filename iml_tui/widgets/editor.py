"""The text that is edited: Textual's own text area, coloured as code is everywhere else.

Taking a file apart into colours is done by the screen in a thread; until it has been done for the
text as it is now, a line is coloured as it was when it last looked like this.
"""

import re
from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.reactive import var
from textual.widgets import TextArea
from typing_extensions import override

from iml_tui.drawing.highlight import Pieces
from iml_tui.widgets.search import spans

_PLAN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^#+ .*$"), "$strong bold"),
    (re.compile(r"^\s*\*[^*].*$"), "$dim"),
    (re.compile(r"^- (?=\*\*)"), "$dim"),
    (re.compile(r"\*\*[^*]+\*\*"), "$strong bold"),
    (re.compile(r"`[^`]+`"), "$code-text"),
    (re.compile(r"^```.*$|\|[-|]+$|\|"), "$dim"),
    (re.compile(r"^[A-Z][A-Z0-9_]*(?:\.\w+)?(?= = )"), "$code-keyword"),
    (re.compile(r"(?<= = ).*$"), "$code-number"),
)
"""How lines of a plan are coloured."""


class EditorArea(TextArea):
    """The lines of one text."""

    DEFAULT_CSS = """
    EditorArea, EditorArea:focus {
        border: none; padding: 0; width: 1fr; height: 1fr;
        background: $background; color: $fg; scrollbar-size: 0 0;
    }
    EditorArea .text-area--gutter { color: $dim; background: $background; }
    EditorArea .text-area--cursor-gutter { color: $strong; background: $curbg; text-style: none; }
    EditorArea .text-area--cursor-line { background: $curbg; }
    EditorArea .text-area--selection { background: $run 35%; }
    EditorArea .text-area--matching-bracket { background: $bar; text-style: bold; }
    EditorArea:dark .text-area--cursor, EditorArea:light .text-area--cursor,
    EditorArea:ansi .text-area--cursor {
        color: $background; background: $fg; text-style: none;
    }
    EditorArea:ansi .text-area--cursor { color: $fg; text-style: reverse; }
    EditorArea:ansi .text-area--selection { background: transparent; text-style: reverse; }
    EditorArea:dark.-read-only .text-area--cursor, EditorArea:light.-read-only .text-area--cursor {
        background: $run;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+home", "edge(-1)", "to the start", id="editor.start", show=False),
        Binding("ctrl+end", "edge(1)", "to the end", id="editor.end", show=False),
    ]

    searched: var[str] = var("")
    """What is searched for."""

    def __init__(self, text: str, name: str) -> None:
        """`name` says by its suffix how the text is coloured."""
        super().__init__(
            text,
            soft_wrap=name.endswith(".md"),
            tab_behavior="indent",
            show_line_numbers=True,
            max_checkpoints=500,
        )
        self.is_plan = name.endswith(".md")
        self._by_place: Sequence[Pieces] = ()
        self._by_text: dict[str, Pieces] = {}

    def colour(self, lines: Sequence[Pieces]) -> None:
        """Takes the colours of the text as it was when somebody began to find them."""
        self._by_place = lines
        self._by_text = {"".join(text for text, _ in pieces): pieces for pieces in lines}
        self._repaint()

    def watch_searched(self) -> None:
        """Other words are marked."""
        self._repaint()

    def _repaint(self) -> None:
        self._line_cache.clear()
        self.refresh()

    @override
    def notify_style_update(self) -> None:
        """Another theme has other colours for the same roles."""
        super().notify_style_update()
        self._line_cache.clear()

    # --- drawing --------------------------------------------------------------------------------

    @override
    def get_line(self, line_index: int) -> Text:
        """A line as it is drawn: coloured, matches marked, control characters harmless."""
        raw = self.document.get_line(line_index)
        text = Text(_drawable(raw), end="", no_wrap=True)
        for start, end, role in _plan_spans(raw) if self.is_plan else self._spans(raw, line_index):
            text.stylize(self._ink(role), start, end)
        for start, end in spans(raw, self.searched):
            text.stylize(self._ink("$run bold underline"), start, end)
        return text

    def _spans(self, raw: str, index: int) -> list[tuple[int, int, str]]:
        pieces = self._by_place[index] if index < len(self._by_place) else ()
        if "".join(text for text, _ in pieces) != raw:
            pieces = self._by_text.get(raw, ())
        found, start = [], 0
        for text, role in pieces:
            found.append((start, start + len(text), role))
            start += len(text)
        return found

    def _ink(self, role: str) -> str:
        """A role as a style that Rich understands."""
        name, *rest = role.split()
        colour = self.app.theme_variables.get(name.removeprefix("$"), "")
        if colour.startswith("ansi_"):
            colour = colour.removeprefix("ansi_")
        return " ".join([*rest, colour]) if colour else " ".join(rest)

    def action_edge(self, step: int) -> None:
        """Moves the cursor to the start or the end of the text."""
        self.move_cursor((0, 0) if step < 0 else self.document.end)

    # --- finding --------------------------------------------------------------------------------

    def matches(self) -> list[tuple[int, int]]:
        """Where the searched words begin, as row and column."""
        return [
            (row, start)
            for row in range(self.document.line_count)
            for start, _ in spans(self.document.get_line(row), self.searched)
        ]

    def show_place(self, row: int, column: int = 0, length: int = 0) -> None:
        """Moves the cursor there; `length` characters are selected."""
        row = max(0, min(row, self.document.line_count - 1))
        self.move_cursor((row, column), center=True)
        if length:
            self.move_cursor((row, column + length), select=True)


def _drawable(text: str) -> str:
    """The same with a mark in place of each character that would move a terminal's cursor."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() or one == "\t" else "\N{MIDDLE DOT}" for one in text)


def _plan_spans(text: str) -> list[tuple[int, int, str]]:
    return [
        (found.start(), found.end(), role)
        for pattern, role in _PLAN
        for found in pattern.finditer(text)
    ]
