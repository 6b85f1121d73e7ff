"""What lies under the mouse shows that a click does something.

A link lights up by itself, a row that can be marked as a whole. It is done to cells that are drawn
already, so no line is made anew because a mouse passes over it.
"""

from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.content import Content
from textual.geometry import Region
from textual.reactive import var
from textual.strip import Strip
from textual.widget import Widget
from typing_extensions import override

from iml_tui.drawing.draw import line

TINT = 0.08
"""So much of the words' colour is blended into the ground under the mouse."""
Place = tuple[int, str]
"""A line of the widget, and the action of the link in it; empty where the whole line is meant."""


class Pointing(Widget):
    """Lights up what would be clicked."""

    auto_links = False
    _pointed: Place | None = None

    def acts(self, y: int) -> bool:
        """Whether a click on that line, beside its links, does something."""
        del y
        return False

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Something else may be under the mouse."""
        action = event.style.meta.get("@click", "")
        found = isinstance(action, str) and bool(action)
        self._point((event.y, action) if found else (event.y, "") if self.acts(event.y) else None)

    def on_leave(self) -> None:
        """Nothing is."""
        self._point(None)

    def _point(self, place: Place | None) -> None:
        if place == self._pointed:
            return
        for each in (self._pointed, place):
            if each is not None:
                self.refresh(Region(0, each[0], self.size.width, 1))
        self._pointed = place

    @override
    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines, with what the mouse is at."""
        strips = super().render_lines(crop)
        if self._pointed is None or not crop.y <= self._pointed[0] < crop.bottom:
            return strips
        y, action = self._pointed
        strips[y - crop.y] = lit_up(strips[y - crop.y], action, self._lit)
        return strips

    def _lit(self, style: Style) -> Style:
        """A little more of the words' colour in the ground; a line below where there is no tint."""
        theme = self.app.theme_variables
        link = "@click" in style.meta
        if self.app.current_theme.ansi or style.bgcolor is None:
            return style + Style(underline=True)
        ground = Color.from_rich_color(style.bgcolor).blend(Color.parse(theme["fg"]), TINT)
        return style + Style(bgcolor=ground.rich_color, underline=link or None)


class Saying(Pointing):
    """One row that says something; its links can be clicked."""

    DEFAULT_CSS = "Saying { height: 1; text-wrap: nowrap; text-overflow: clip; color: $fg; }"
    said: var[Content] = var(line())

    def watch_said(self) -> None:
        """Something else is to be said."""
        self.refresh(layout=True)

    @override
    def render(self) -> Content:
        """What is said."""
        return self.said


def lit_up(strip: Strip, action: str, lit: Callable[[Style], Style]) -> Strip:
    """A line whose links with that action are lit; all of it where none is named."""
    segments = []
    for text, style, control in strip:
        meant = not action or (style is not None and style.meta.get("@click") == action)
        segments.append(Segment(text, lit(style or Style()) if meant else style, control))
    return Strip(segments, strip.cell_length)
