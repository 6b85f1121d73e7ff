"""Which panes are shown where: a pure function of the terminal's size and of what is looked at.

Four sizes: `wide` has a sidebar, code, and log beside blueprint; `medium` a sidebar and code over
log; `narrow` one pane under a row of tabs; `tiny` one pane and almost nothing else.
"""

from dataclasses import dataclass, replace
from typing import Literal

from agents.journal.state import State

Breadth = Literal["tiny", "narrow", "medium", "wide"]
View = Literal["tracks", "data", "blueprint", "code", "log", "history", "card"]

PANES: tuple[tuple[int, str, View], ...] = (
    (1, "Tracks", "tracks"),
    (2, "Data", "data"),
    (3, "Blueprint", "blueprint"),
    (4, "Code", "code"),
    (5, "Log", "log"),
    (6, "History", "history"),
)
TINY_COLUMNS, TINY_ROWS = 60, 14
MEDIUM_COLUMNS, MEDIUM_ROWS = 116, 30
WIDE_COLUMNS = 180
WHOLE: frozenset[View] = frozenset({"data", "history"})
"""Panes that need the whole width of a medium terminal."""


@dataclass(frozen=True)
class Arrangement:
    """What is shown."""

    breadth: Breadth
    side: tuple[View, ...]
    main: View | None
    below: tuple[View, ...]
    last_line: bool

    @property
    def shown(self) -> tuple[View, ...]:
        """Every pane that is shown, in the order in which the focus goes round."""
        return (*self.side, *((self.main,) if self.main else ()), *self.below)


def breadth_of(columns: int, rows: int) -> Breadth:
    """The size class of a terminal."""
    if columns < TINY_COLUMNS or rows < TINY_ROWS:
        return "tiny"
    if columns < MEDIUM_COLUMNS or rows < MEDIUM_ROWS:
        return "narrow"
    return "medium" if columns < WIDE_COLUMNS else "wide"


def arrange(
    breadth: Breadth,
    view: View,
    main: View,
    *,
    zoomed: bool = False,
    chosen: bool = True,
    side: bool | None = None,
) -> Arrangement:
    """Where every pane goes.

    Args:
        breadth: The size class.
        view: The pane that is looked at.
        main: The pane that stands in the middle while the view is at the side or below.
        zoomed: Whether the view is to have the whole screen.
        chosen: Whether a person chose the view; otherwise it keeps the sidebar beside it.
        side: Whether a person wants the sidebar, where there is room; None leaves it to the view.
    """
    whole = breadth == "medium" and view in WHOLE and chosen and not side
    if zoomed or whole or breadth in {"tiny", "narrow"}:
        last = view != "log" and breadth != "tiny"
        if view in {"tracks", "history"}:
            return Arrangement(breadth, (view,), None, (), last)
        if view == "log":
            return Arrangement(breadth, (), None, ("log",), last)
        return Arrangement(breadth, (), view, (), last)
    arranged = _beside(breadth, view, main, keeps_data=not chosen or bool(side))
    if side is False and view not in {"tracks", "history"}:
        return replace(arranged, side=())
    return arranged


def _beside(breadth: Breadth, view: View, main: View, *, keeps_data: bool) -> Arrangement:
    """Sidebar, middle, and what lies below it."""
    if breadth == "medium":
        given_way = {"tracks", "log", "history"} | (set() if keeps_data else {"data"})
        middle = main if main not in given_way else "code"
        if middle == "card":
            below: tuple[View, ...] = ("log",) if view == "log" else ()
            return Arrangement(breadth, ("tracks",), "card", below, last_line=not below)
        return Arrangement(breadth, ("tracks", "history"), middle, ("log",), last_line=False)
    middle = main if main not in {"tracks", "log", "history", "blueprint"} else "code"
    return Arrangement(
        breadth, ("tracks", "history"), middle, ("log", "blueprint"), last_line=False
    )


def natural_view(state: State, breadth: Breadth) -> View:
    """What is most worth looking at while nobody has chosen."""
    if state.card is not None:
        return "card"
    if not any(moment.proposal or moment.commit for moment in state.moments):
        return "data"
    return "code" if breadth in {"medium", "wide"} else "tracks"
