"""Puts an arrangement on the screen: whatever has a place is shown, the rest is hidden.

Which panes have a place is decided elsewhere (`iml_tui.layout`). All widgets are always there, and
to look for them, or to style them anew by the stylesheet, is a third of a key: they are found once,
and an arrangement changes nothing but the few styles that differ in it.
"""

from functools import cached_property
from typing import TypeVar

from textual.screen import Screen
from textual.widget import Widget

from iml_tui.layout import Arrangement, Breadth
from iml_tui.widgets.card import CardPane
from iml_tui.widgets.frame import FrameRow
from iml_tui.widgets.grip import Grip
from iml_tui.widgets.pane import Pane

Part = TypeVar("Part", bound=Widget)
MAIN_TITLES: dict[Breadth, tuple[tuple[int, str], ...]] = {
    "tiny": (),
    "narrow": (),
    "medium": ((2, "Data"), (3, "Blueprint"), (4, "Code")),
    "wide": ((2, "Data"), (4, "Code")),
}
CURVE_FROM = 44
"""Rows of the terminal from which on the sidebar has room for a curve."""
ALONE: dict[str, dict[str, object]] = {
    "side": {"min_width": "100%", "background": "transparent"},
    "right": {"padding": (0, 1)},
    "below": {"min_height": "100%"},
    "tracks": {"min_height": "100%", "max_height": "100%"},
    "history": {"min_height": "100%"},
}
"""What is different about a pane that has the whole screen, and about what it lies on. Least sizes,
since the sizes themselves are the grips'.
"""


class Arranging(Screen[None]):
    """A screen whose widgets are all there from the beginning."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: dict[type[Widget], Widget] = {}
        self._alone = False

    def part(self, kind: type[Part]) -> Part:
        """The widget of that kind, of which there is one."""
        known = self._parts.get(kind)
        if known is None:
            known = self._parts[kind] = self.query_one(kind)
        assert isinstance(known, kind)  # it is kept under its own kind
        return known

    @cached_property
    def panes(self) -> dict[str, Pane]:
        """Every pane by its id."""
        return {str(pane.id): pane for pane in self.query(Pane)}

    @cached_property
    def grounds(self) -> dict[str, Widget]:
        """What panes lie on, by its id."""
        return {name: self.query_one(f"#{name}") for name in ("side", "right", "main", "below")}

    @cached_property
    def grips(self) -> tuple[Grip, ...]:
        """What stands between panes."""
        return tuple(self.query(Grip))

    @cached_property
    def frame(self) -> tuple[FrameRow, ...]:
        """The rows around the panes."""
        return tuple(self.query(FrameRow))

    def place(self, place: Arrangement) -> None:
        """Shows what has a place, and hides the rest."""
        alone = len(place.shown) == 1
        wide = place.breadth == "wide" and not alone
        self._widen(wide=wide)
        self._leave_alone(alone=alone)
        shown: set[str] = {name for name in place.shown if name != "blueprint"}
        if "blueprint" in place.shown:
            shown.add("plan" if wide else "blueprint")
        if wide and self.size.height >= CURVE_FROM:
            shown.add("curve")
        self.part(CardPane).with_curve = "curve" not in shown
        for name, pane in self.panes.items():
            pane.display = name in shown
            pane.bare = place.breadth in {"tiny", "narrow"}
        for name, ground in self.grounds.items():
            ground.display = bool(
                {
                    "side": place.side,
                    "right": place.main or place.below,
                    "main": place.main,
                    "below": place.below,
                }[name]
            )
        self._part_panes(place)
        titles = MAIN_TITLES[place.breadth] if not alone else ()
        for name in ("data", "blueprint", "code"):
            self.panes[name].neighbours = titles

    def _part_panes(self, place: Arrangement) -> None:
        """Every two panes that are shown beside each other have a grip between them."""
        between = {
            "grip-history": len(place.side) > 1,
            "grip-side": bool(place.side) and bool(place.main or place.below),
            "grip-below": bool(place.main and place.below),
            "grip-plan": len(place.below) > 1,
        }
        for grip in self.grips:
            grip.place(place.breadth, shown=between[str(grip.id)])

    def _widen(self, *, wide: bool) -> None:
        """What the stylesheet says of a wide terminal concerns what panes lie on."""
        if self.has_class("-wide") != wide:
            self.update_classes({"-wide": wide}, update=False)
            self.app.stylesheet.update_nodes(self.grounds.values())

    def _leave_alone(self, *, alone: bool) -> None:
        """One pane has the whole screen, or the stylesheet holds again."""
        if alone == self._alone:
            return
        self._alone = alone
        for name, rules in ALONE.items():
            styles = (self.grounds.get(name) or self.panes[name]).styles
            for rule, value in rules.items():
                setattr(styles, rule, value if alone else None)
