"""Jump mode: a letter on everything that can be reached; its key goes there.

The targets are asked for once, when the mode begins; what lies under them stays as it is, and any
other key leaves the mode.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import ModalScreen
from textual.widgets import Static
from typing_extensions import override

from iml_tui.drawing.draw import line

LETTERS = "asdfghjklqwertyuiopzxcvbnm"


class Target(NamedTuple):
    """Something that can be reached, and where it stands on the screen."""

    x: int
    y: int
    go: Callable[[], object]


def labels(count: int) -> list[str]:
    """A label for each of `count` targets, none of which begins another one, the shortest first."""
    each = len(LETTERS)
    begin = min(each, max(0, -(-(count - each) // (each - 1))))
    alone, first = LETTERS[: each - begin], LETTERS[each - begin :]
    return [*alone, *(one + other for one in first for other in LETTERS)][:count]


class Jump(ModalScreen[Target]):
    """Labels over the screen."""

    DEFAULT_CSS = """
    Jump { background: $background 35%; }
    Jump:ansi { background: transparent; }
    Jump Static {
        position: absolute; width: auto; height: 1; background: $run; color: $background;
        text-style: bold;
    }
    Jump Static:ansi { background: $background; color: $run; text-style: bold reverse; }
    Jump Static.-gone { display: none; }
    """

    def __init__(self, targets: Sequence[Target]) -> None:
        """`targets` in the order in which they are labelled."""
        super().__init__()
        self._labels = labels(len(targets))
        self._targets = dict(zip(self._labels, targets, strict=False))
        self._typed = ""
        self._sized: Size | None = None

    @override
    def compose(self) -> ComposeResult:
        """A label at each target."""
        for label, target in self._targets.items():
            shown = Static(line((label, "")), markup=False)
            shown.styles.offset = (target.x, target.y)
            yield shown

    def on_key(self, event: events.Key) -> None:
        """A letter goes there, or is the first of two; anything else leaves."""
        event.stop()
        typed = self._typed + (event.character or "?")
        if typed in self._targets:
            self.dismiss(self._targets[typed])
        elif any(label.startswith(typed) for label in self._labels):
            self._typed = typed
            for shown, label in zip(self.query(Static), self._labels, strict=False):
                shown.set_class(not label.startswith(typed), "-gone")
        else:
            self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """A click on a label goes there; beside all of them it leaves."""
        hit = [one for one in self._targets.values() if (one.x, one.y) == (event.x, event.y)]
        self.dismiss(hit[0] if hit else None)

    def on_resize(self, event: events.Resize) -> None:
        """Another size: the targets stand elsewhere."""
        if self._sized is not None and event.size != self._sized:
            self.dismiss(None)
        self._sized = event.size
