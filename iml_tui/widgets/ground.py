"""What panes lie on: containers that show nothing but their colour, and cost next to nothing.

Textual paints a container line by line below what lies on it, and lays the screen out once more
whenever one has changed its size. A key that looks at another pane does both to every container.
"""

from textual.containers import Horizontal, Vertical
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget
from typing_extensions import override


class Ground(Widget):
    """All its lines are one and the same."""

    @override
    def render_lines(self, crop: Region) -> list[Strip]:
        """The line that it has, as often as it is asked for."""
        one = Strip.blank(crop.width, self.visual_style.rich_style)
        _, background = self.background_colors
        for each in self.get_line_filters():
            one = one.apply_filter(each, background)
        return [one] * crop.height


class Placed(Widget):
    """It never scrolls: that it has another size says nothing about where others stand."""

    @property
    @override
    def size(self) -> Size:
        """Without its padding; Textual places all widgets of the screen once more to find it."""
        return self.outer_size.region.shrink(self.styles.gutter).size

    @override
    def _size_updated(
        self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True
    ) -> bool:
        """The screen was laid out just now, and is not laid out again for it."""
        return super()._size_updated(size, virtual_size, container_size, layout=False)


class Columns(Horizontal, Ground, Placed):
    """Beside each other."""


class Rows(Vertical, Ground, Placed):
    """Below each other."""
