"""The gap between two panes, which the mouse takes hold of: drawing it makes one of them larger.

How large somebody drew a pane is remembered as long as the arrangement stays one of the same
breadth; a double click forgets it.
"""

from typing import ClassVar, Literal

from textual import events
from textual.content import Content
from textual.css.query import NoMatches
from textual.widget import Widget
from typing_extensions import override

from iml_tui.drawing.draw import line
from iml_tui.widgets.ground import Placed

Side = Literal["left", "right", "above", "below"]
LEAST = {"left": 24, "right": 24, "above": 3, "below": 3}
"""Cells that the pane itself keeps."""
LEFT_OVER = {"left": 60, "right": 40, "above": 4, "below": 6}
"""Cells that its neighbours keep."""


class Grip(Placed, can_focus=False):
    """Changes the size of one pane; it is transparent until the mouse is over it."""

    ALLOW_SELECT: ClassVar[bool] = False
    DEFAULT_CSS = """
    Grip { width: 1; height: 1fr; color: $line; pointer: ew-resize; }
    Grip.-flat { width: 1fr; height: 1; pointer: ns-resize; }
    Grip:hover, Grip.-held { background: $bar; }
    Grip:ansi { background: transparent; }
    """

    def __init__(self, pane: str, side: Side, *, id: str) -> None:  # noqa: A002 - textual's name
        """Changes nothing yet.

        Args:
            pane: Id of what becomes larger and smaller.
            side: On which side of the grip that lies.
            id: Of the grip.
        """
        super().__init__(id=id, classes="-flat" if side in {"above", "below"} else "")
        self._pane, self._side = pane, side
        self._drawn: int | None = None
        """The size that somebody drew."""
        self._given: int | None = None
        """The size that the pane has of it; the same one is not given twice: it costs a layout."""
        self._held: tuple[int, int] | None = None
        """Where the mouse took hold, and how large the pane was then."""
        self._breadth = ""

    @property
    def _flat(self) -> bool:
        return self._side in {"above", "below"}

    def place(self, breadth: str, *, shown: bool) -> None:
        """Stands between its panes, or gives way where one of them is not there.

        Args:
            breadth: Of the arrangement; another one begins with its own sizes.
            shown: Whether both panes are shown.
        """
        if breadth != self._breadth:
            self._breadth, self._drawn = breadth, None
        self.display = shown
        self._give(self._drawn if shown else None)

    def _give(self, size: int | None) -> None:
        if size == self._given:
            return
        try:
            styles = self.screen.query_one(f"#{self._pane}").styles
        except NoMatches:  # the screen is going
            return
        self._given = size
        if self._flat:
            styles.height = size
        else:
            styles.width = size

    @override
    def render(self) -> Content:
        """Nothing; a line where a theme has no tints to tell panes apart by."""
        rows = self.size.height
        bar = "│\n" * rows if self.app.current_theme.ansi and self.id == "grip-side" else ""
        return line((bar.rstrip("\n"), "$line"))

    # --- the mouse ----------------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Takes hold."""
        event.stop()
        size = self.screen.query_one(f"#{self._pane}").outer_size
        at = event.screen_y if self._flat else event.screen_x
        self._held = (at, size.height if self._flat else size.width)
        self.capture_mouse()
        self.add_class("-held")

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Makes the pane as large as it is drawn."""
        if self._held is None:
            return
        event.stop()
        began, size = self._held
        at = event.screen_y if self._flat else event.screen_x
        size += at - began if self._side in {"left", "above"} else began - at
        self._drawn = max(LEAST[self._side], min(self._room - LEFT_OVER[self._side], size))
        self._give(self._drawn)

    @property
    def _room(self) -> int:
        """Cells for the pane and its neighbours together."""
        around = self.parent
        assert isinstance(around, Widget)  # it stands between two panes
        return around.size.height if self._flat else around.size.width

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Lets go."""
        event.stop()
        self._held = None
        self.release_mouse()
        self.remove_class("-held")

    def on_click(self, event: events.Click) -> None:
        """A double click: the usual size."""
        event.stop()
        if event.chain == 2:
            self._drawn = None
            self._give(None)
