"""The workbench: six panes, the state above them, the one sentence and the keys below.

The screen is given a `Scene` and hands it down; it decides only what is looked at.
"""

from pathlib import Path
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.screen import Screen
from typing_extensions import override

from agents.journal.state import Moment
from iml_tui.draw import fit, line, mark
from iml_tui.layout import PANES, Arrangement, Breadth, View, arrange, breadth_of, natural_view
from iml_tui.logbook import Logbook
from iml_tui.scene import Scene
from iml_tui.screens.dialogs import KeysDialog
from iml_tui.sentence import standing
from iml_tui.sources import Sources, commit_of
from iml_tui.widgets.blueprint import BlueprintPane
from iml_tui.widgets.card import CardPane
from iml_tui.widgets.code import CodePane
from iml_tui.widgets.curve import CurvePane
from iml_tui.widgets.data import DataPane
from iml_tui.widgets.frame import FrameRow, KeysRow, LastLine, SentenceRow, StateRow, TabsRow
from iml_tui.widgets.history import HistoryPane
from iml_tui.widgets.log import LogPane
from iml_tui.widgets.pane import Pane
from iml_tui.widgets.tracks import TracksPane

TITLES = tuple((number, title) for number, title, _ in PANES)
NUMBERS: dict[View, int] = {view: number for number, _, view in PANES} | {"card": 1}
MAIN_TITLES: dict[Breadth, tuple[tuple[int, str], ...]] = {
    "tiny": (),
    "narrow": (),
    "medium": ((2, "Data"), (3, "Blueprint"), (4, "Code")),
    "wide": ((2, "Data"), (4, "Code")),
}
CURVE_FROM = 44
"""Rows of the terminal from which on the sidebar has room for a curve."""
GONE = "The engine is gone. r starts it again from there; nothing that was recorded is lost."
REFUSED = "The engine did not start. r tries again; the log has its last words."


class Banner(FrameRow):
    """Something is wrong, and which key mends it."""

    @override
    def content(self, scene: Scene) -> Content:
        """The warning, or nothing."""
        warning = warning_of(scene)
        return fit(line(" ", mark("look"), (f" {warning}", "$wait bold")), self.size.width)


def warning_of(scene: Scene) -> str:
    """What is wrong with the engine; empty when nothing is."""
    if scene.refused:
        return REFUSED
    match standing(scene.state, alive=scene.alive):
        case "engine gone":
            return GONE
        case "failed" if scene.state.card is None:
            return "The engine broke off. r starts it again from there; the log says why."
        case "stopped":
            return "The run is stopped. r goes on from here."
        case _:
            return ""


class Workbench(Screen[None]):
    """Everything at once, as far as there is room."""

    CSS_PATH = Path(__file__).with_name("workbench.tcss")
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(number), f"look('{view}')", title, show=False)
            for number, title, view in PANES
        ),
        Binding("tab", "app.focus_next", "next pane", show=False),
        Binding("shift+tab", "app.focus_previous", "pane before", show=False),
        Binding("plus,underscore", "zoom", "this pane alone", show=False),
        Binding("escape", "follow", "follow the run", show=False),
        Binding("left_square_bracket", "step(-1)", "older", show=False),
        Binding("right_square_bracket", "step(1)", "newer", show=False),
        Binding("question_mark,f1", "keys", "keys", show=False),
        Binding("r,f5", "restart", "restart the engine", show=False),
    ]

    scene: var[Scene | None] = var[Scene | None](None)
    view: var[View | None] = var[View | None](None)
    """What a person chose to look at; None looks at what matters most."""
    zoomed: var[bool] = var(False)
    selected: var[str | None] = var[str | None](None)
    """Key of the moment that a person chose; None is the newest."""

    class CodeWanted(Message):
        """The code of another commit is looked at."""

        def __init__(self, commit: str, track: str) -> None:
            super().__init__()
            self.commit, self.track = commit, track

    class RestartWanted(Message):
        """The engine is to be started again."""

    def __init__(self) -> None:
        super().__init__()
        self._main: View = "data"
        self._wanted: str | None = None
        self._composed = False

    @override
    def compose(self) -> ComposeResult:
        """All panes are always there; what has no room is not displayed."""
        yield StateRow(id="state")
        yield Banner(id="banner")
        yield TabsRow(id="tabs")
        with Horizontal(id="body"):
            with Vertical(id="side"):
                yield TracksPane(id="tracks")
                yield HistoryPane(id="history")
                yield CurvePane(id="curve")
            with Vertical(id="right"):
                with Vertical(id="main"):
                    yield DataPane(id="data")
                    yield BlueprintPane(id="blueprint")
                    yield CodePane(id="code")
                    yield CardPane(id="card")
                with Horizontal(id="below"):
                    yield LogPane(id="log")
                    yield BlueprintPane(id="plan")
        yield LastLine(id="last")
        yield SentenceRow(id="sentence")
        yield KeysRow(id="keys")

    def on_mount(self) -> None:
        """The tab row knows its tabs."""
        self._composed = True
        self.query_one(TabsRow).titles = TITLES
        self.watch_scene()

    def on_resize(self, _event: events.Resize) -> None:
        """Another size may mean another arrangement."""
        self.lay_out()

    # --- attributes down ----------------------------------------------------------------------

    def watch_scene(self) -> None:
        """A new moment for everybody."""
        if not self._composed or self.scene is None:
            return
        self.lay_out()
        self._hand_down()

    def watch_selected(self) -> None:
        """Another moment is looked at."""
        self._hand_down()

    def _hand_down(self) -> None:
        if self.scene is None or not self._composed:
            return
        scene = self.scene.looking_at(self.selected)
        for pane in self.query(Pane):
            pane.scene = scene
        for row in self.query(FrameRow):
            row.scene = scene
        moment = scene.moment
        commit = commit_of(moment) if moment is not None else None
        if moment is not None and commit is not None and commit != self._wanted:
            self._wanted = commit
            self.post_message(self.CodeWanted(commit, moment.track))

    def show_sources(self, sources: Sources) -> None:
        """Code that was wanted has been read."""
        self.query_one(CodePane).sources = sources

    @property
    def code_shown(self) -> str | None:
        """The commit whose code has arrived."""
        sources = self.query_one(CodePane).sources
        return sources.commit if sources is not None else None

    def show_log(self, book: Logbook) -> None:
        """The log has grown."""
        self.query_one(LogPane).show(book)
        self.query_one(LastLine).entry = book.entries[-1] if book.entries else None

    # --- what is where ------------------------------------------------------------------------

    @property
    def breadth(self) -> Breadth:
        """The size class of the terminal."""
        return breadth_of(self.size.width, self.size.height)

    @property
    def looked_at(self) -> View:
        """The pane that is looked at."""
        if self.view is not None:
            return self.view
        return natural_view(self.scene.state, self.breadth) if self.scene else "data"

    def lay_out(self) -> None:
        """Shows every pane that has a place, and hides the others."""
        if not self._composed:
            return
        view = self.looked_at
        if view in {"data", "blueprint", "code", "card"}:
            self._main = view
        chosen = self.view is not None
        place = arrange(self.breadth, view, self._main, zoomed=self.zoomed, chosen=chosen)
        self._place(place)
        self._frame(place, view)
        self._focus(place, view)

    def _place(self, place: Arrangement) -> None:
        alone = len(place.shown) == 1
        wide = place.breadth == "wide" and not alone
        self.set_class(wide, "-wide")
        self.set_class(alone, "-whole")
        shown: set[str] = {name for name in place.shown if name != "blueprint"}
        if "blueprint" in place.shown:
            shown.add("plan" if wide else "blueprint")
        if wide and self.size.height >= CURVE_FROM:
            shown.add("curve")
        self.query_one(CardPane).with_curve = "curve" not in shown
        for pane in self.query(Pane):
            pane.display = pane.id in shown
            pane.bare = place.breadth in {"tiny", "narrow"}
        self.query_one("#side").display = bool(place.side)
        self.query_one("#right").display = bool(place.main or place.below)
        self.query_one("#main").display = place.main is not None
        self.query_one("#below").display = bool(place.below)
        titles = MAIN_TITLES[place.breadth] if not alone else ()
        for pane in self.query("#data, #blueprint, #code").results(Pane):
            pane.neighbours = titles

    def _frame(self, place: Arrangement, view: View) -> None:
        narrow, tiny = place.breadth == "narrow", place.breadth == "tiny"
        tabs = self.query_one(TabsRow)
        tabs.display, tabs.shown = narrow, NUMBERS[view]
        self.query_one(LastLine).display = place.last_line
        self.query_one(SentenceRow).display = not tiny
        warning = warning_of(self.scene) if self.scene is not None else ""
        self.query_one(Banner).display = bool(warning)
        keys = self.query_one(KeysRow)
        keys.hints = (
            (("r", "restart"), *self._pane(view).HINTS) if warning else self._pane(view).HINTS
        )

    def _focus(self, place: Arrangement, view: View) -> None:
        focused = self.focused
        if focused is not None and focused.display and focused.id in self._ids(place):
            return
        self.set_focus(self._pane(view), scroll_visible=False)

    def _ids(self, place: Arrangement) -> set[str]:
        return {*place.shown, "plan"}

    def _pane(self, view: View) -> Pane:
        if view == "blueprint" and self.has_class("-wide"):
            return self.query_one("#plan", BlueprintPane)
        return self.query_one(f"#{view}", Pane)

    @on(events.DescendantFocus)
    def _focus_moved(self) -> None:
        focused = self.focused
        if isinstance(focused, Pane):
            self.query_one(KeysRow).hints = focused.HINTS

    # --- keys ---------------------------------------------------------------------------------

    def action_look(self, view: View) -> None:
        """Looks at one pane."""
        self.zoomed = False
        self.view = view
        self.lay_out()
        self.set_focus(self._pane(view), scroll_visible=False)

    def action_zoom(self) -> None:
        """The focused pane alone, or all again."""
        focused = self.focused
        if not self.zoomed and isinstance(focused, Pane):
            self.view = "blueprint" if focused.id == "plan" else _view(focused)
        self.zoomed = not self.zoomed
        self.lay_out()

    def action_follow(self) -> None:
        """Back to what matters most, and to the newest moment."""
        self.zoomed = False
        self.view = self.selected = None
        self.lay_out()
        self.set_focus(self._pane(self.looked_at), scroll_visible=False)

    def action_step(self, step: int) -> None:
        """The code of an older or a newer moment."""
        if self.scene is None:
            return
        moments = [moment for moment in self.scene.state.moments if commit_of(moment)]
        current = self.scene.looking_at(self.selected).moment
        if current not in moments:
            return
        index = moments.index(current) + step
        if 0 <= index < len(moments):
            self._open(moments[index])

    def action_keys(self) -> None:
        """Lists all keys."""
        self.app.push_screen(KeysDialog())

    def action_restart(self) -> None:
        """Starts the engine again, where there is none."""
        if self.scene is not None and warning_of(self.scene):
            self.post_message(self.RestartWanted())

    @on(Pane.Opened)
    def _opened(self, message: Pane.Opened) -> None:
        """A track or a moment was opened: its code is shown."""
        if self.scene is None:
            return
        state = self.scene.state
        moment = state.moment(message.key)
        if moment is None:
            kept = [one for one in state.moments if one.track == message.key and commit_of(one)]
            accepted = [one for one in kept if one.commit == state.tracks[message.key].commit]
            moment = next(iter([*accepted, *reversed(kept)]), None)
        if moment is not None:
            self._open(moment)

    def _open(self, moment: Moment) -> None:
        self.selected = moment.key
        self.action_look("code")


def _view(pane: Pane) -> View:
    return next((view for _, _, view in PANES if view == pane.id), "card")
