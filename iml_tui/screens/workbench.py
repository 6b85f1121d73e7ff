"""The workbench: six panes, the state above them, the one sentence and the keys below.

The screen is given a `Scene` and hands it down; it decides only what is looked at.
"""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import var
from textual.timer import Timer
from textual.widget import Widget
from typing_extensions import override

from agents.journal.choices import Answer
from agents.journal.state import Moment
from iml_tui.deciding.asking import Decided, PlaceWanted, Said
from iml_tui.deciding.controls import control
from iml_tui.doing import with_own_keys
from iml_tui.layout import PANES, Arrangement, Breadth, View, arrange, breadth_of, natural_view
from iml_tui.log.logbook import Logbook
from iml_tui.looking_back.sources import Sources, Wanted, commit_of, wanted_of
from iml_tui.scene import Scene
from iml_tui.screens.arranging import Arranging
from iml_tui.screens.reaching import Reaching
from iml_tui.widgets.banner import Banner, mending, warning_of
from iml_tui.widgets.blueprint import BlueprintPane
from iml_tui.widgets.card import CardPane
from iml_tui.widgets.code import CodePane
from iml_tui.widgets.curve import CurvePane
from iml_tui.widgets.data import DataPane
from iml_tui.widgets.frame import KeysRow, LastLine, SentenceRow, StateRow, TabsRow
from iml_tui.widgets.grip import Grip
from iml_tui.widgets.ground import Columns, Ground, Rows
from iml_tui.widgets.history import HistoryPane
from iml_tui.widgets.listing import LogWanted
from iml_tui.widgets.log import LogPane
from iml_tui.widgets.pane import Pane
from iml_tui.widgets.search import FindBar
from iml_tui.widgets.tracks import TracksPane
from iml_tui.words.own_edits import round_of_edit
from iml_tui.words.waiting import next_gate

if TYPE_CHECKING:
    from iml_tui.screens.steering import Steering

TITLES = tuple((number, title) for number, title, _ in PANES)
NUMBERS: dict[View, int] = {view: number for number, _, view in PANES} | {"card": 1}
SAID_S = 12.0
"""So long a sentence stays that was said in between; a key ends it too."""


class Workbench(Reaching, Arranging, Ground):
    """Everything at once, as far as there is room."""

    CSS_PATH = Path(__file__).with_name("workbench.tcss")
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(str(number), f"look('{view}')", f"look at {title}", id=f"look.{view}")
            for number, title, view in PANES
        ),
        Binding("tab", "app.focus_next", "next pane", id="look.next"),
        Binding("shift+tab", "app.focus_previous", "pane before", id="look.previous"),
        Binding("plus,underscore", "zoom", "this pane alone, and back", id="look.zoom"),
        Binding("b,ctrl+b", "sidebar", "sidebar, or none", id="look.sidebar"),
        Binding("escape", "follow", "follow the run again", id="look.follow"),
        Binding("left_square_bracket", "step(-1)", "older moment", id="look.older"),
        Binding("right_square_bracket", "step(1)", "newer moment", id="look.newer"),
        Binding("exclamation_mark", "go", "go to what wants your eye", id="run.go"),
        Binding("i", "tell", "tell the agents something", id="run.tell"),
        Binding("s", "steer", "steer the run: limits, mode, models", id="run.steer"),
        Binding("P,f6", "control('pause')", "pause, or go on", id="run.pause"),
        Binding("R,f5", "restart", "start the engine again", id="run.restart"),
    ]

    focused: var[Widget | None] = var[Widget | None](None, init=False)
    """Textual's own, without painting the whole screen whenever it changes: panes show it."""
    view: var[View | None] = var[View | None](None)
    """What a person chose to look at; None looks at what matters most."""
    zoomed: var[bool] = var(False)
    side: var[bool | None] = var[bool | None](None)
    """Whether the sidebar is wanted; None leaves it to the size."""
    selected: var[str | None] = var[str | None](None)
    """Key of the moment that a person chose; None is the newest."""

    class CodeWanted(Message):
        """The code of another commit is looked at."""

        def __init__(self, wanted: Wanted) -> None:
            super().__init__()
            self.wanted = wanted

    class RestartWanted(Message):
        """The engine is to be started again."""

    def __init__(self) -> None:
        super().__init__()
        self._main: View = "data"
        self._wanted: Wanted | None = None
        self._composed = False
        self._searching: Pane | None = None
        self._gone_to: str | None = None
        self._edit: tuple[str, int] | None = None
        """Track that a person edited, and how many moments there were; until it has its round."""
        self._said_until: Timer | None = None

    @override
    def compose(self) -> ComposeResult:
        """All panes are always there; what has no room is not displayed."""
        yield StateRow(id="state")
        yield Banner(id="banner")
        yield TabsRow(id="tabs")
        with Columns(id="body"):
            with Rows(id="side"):
                yield TracksPane(id="tracks")
                yield Grip("tracks", "above", id="grip-history")
                yield HistoryPane(id="history")
                yield CurvePane(id="curve")
            yield Grip("side", "left", id="grip-side")
            with Rows(id="right"):
                with Rows(id="main"):
                    yield DataPane(id="data")
                    yield BlueprintPane(id="blueprint")
                    yield CodePane(id="code")
                    yield CardPane(id="card")
                yield Grip("below", "below", id="grip-below")
                with Columns(id="below"):
                    yield LogPane(id="log")
                    yield Grip("plan", "right", id="grip-plan")
                    yield BlueprintPane(id="plan")
        yield FindBar(id="find")
        yield LastLine(id="last")
        yield SentenceRow(id="sentence")
        yield KeysRow(id="keys")

    def on_mount(self) -> None:
        """The tab row knows its tabs."""
        self._composed = True
        self.part(TabsRow).titles = TITLES
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
        self._hold()
        scene = self.scene.looking_at(self.selected)
        for pane in self.panes.values():
            pane.scene = scene
        for row in self.frame:
            row.scene = scene
        wanted = wanted_of(scene)
        if wanted is not None and wanted != self._wanted:
            self._wanted = wanted
            self.post_message(self.CodeWanted(wanted))

    def _hold(self) -> None:
        """Whoever turned to the code keeps what they read, whatever is written meanwhile."""
        scene, selected = self.scene, self.selected
        if scene is None:
            return
        if selected is not None and scene.state.moment(selected) is None:
            selected = None  # another run has begun
        edit = round_of_edit(scene.state, *self._edit) if self._edit is not None else None
        if edit is not None and self.view == "code":
            selected, self._edit = edit, None
        if selected is None and self.view == "code" and scene.moment is not None:
            selected = scene.moment.key
        self.set_reactive(Workbench.selected, selected)

    @on(CodePane.Reading)
    def _reading(self) -> None:
        """The code is read: it stays, also where nobody has chosen to look at it."""
        if self.view is None:
            self.view = "code"
            self.lay_out()
        if self.selected is None and self.scene is not None and self.scene.moment is not None:
            self.selected = self.scene.moment.key

    def edited(self, track: str) -> None:
        """A person's edit was saved: whoever looks at the code goes on to the round it gets."""
        if self.scene is not None and track:
            self._edit = (track, len(self.scene.state.moments))

    def show_sources(self, sources: Sources) -> None:
        """Code that was wanted has been read."""
        self.part(CodePane).sources = sources

    @property
    def code_shown(self) -> str | None:
        """The commit whose code has arrived and is shown in its colours."""
        code = self.part(CodePane)
        return code.sources.commit if code.sources is not None and not code.colouring else None

    def show_log(self, book: Logbook) -> None:
        """The log has grown."""
        if not self._composed or not self.is_running:  # it may grow while the screen goes
            return
        self.part(LogPane).show(book)
        self.part(LastLine).entry = book.last

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
        place = arrange(
            self.breadth, view, self._main, zoomed=self.zoomed, chosen=chosen, side=self.side
        )
        if place.shown != ("tracks",):
            self.part(TracksPane).mode = "tree"
        self.place(place)
        self._frame(place, view)
        self._focus(place, view)

    def _frame(self, place: Arrangement, view: View) -> None:
        narrow, tiny = place.breadth == "narrow", place.breadth == "tiny"
        tabs = self.part(TabsRow)
        tabs.display, tabs.shown = narrow, NUMBERS[view]
        self.part(LastLine).display = place.last_line
        told = self.part(SentenceRow)
        told.display = not tiny or bool(told.notice)
        warning = warning_of(self.scene) if self.scene is not None else ""
        self.part(Banner).display = bool(warning)
        self._show_hints(self._pane(view))

    def _focus(self, place: Arrangement, view: View) -> None:
        focused = self.focused
        if focused is not None and focused.display and focused.id in self._ids(place):
            return
        if self.part(FindBar).typing and self._searching in self._shown(place):
            return
        self.set_focus(self._pane(view), scroll_visible=False)

    def _ids(self, place: Arrangement) -> set[str]:
        return {*place.shown, "plan"}

    def _shown(self, place: Arrangement) -> list[Pane]:
        return [pane for name, pane in self.panes.items() if name in self._ids(place)]

    def _pane(self, view: View) -> Pane:
        if view == "blueprint" and self.has_class("-wide"):
            return self.panes["plan"]
        return self.panes[view]

    @on(events.DescendantFocus)
    def _focus_moved(self) -> None:
        focused = self.focused
        if isinstance(focused, Pane):
            self._show_hints(focused)
            self._show_search(focused)

    @on(Pane.HintsChanged)
    def _hints_changed(self) -> None:
        if isinstance(self.focused, Pane):
            self._show_hints(self.focused)

    def _show_hints(self, pane: Pane) -> None:
        """The keys of the pane that has the focus; before them the one that mends what is wrong."""
        hints = with_own_keys(pane)
        if self.scene is not None and (mends := mending(self.scene)):
            hints = (("R", mends), *hints)
        self.part(KeysRow).hints = hints

    # --- searching ----------------------------------------------------------------------------

    @on(Pane.SearchWanted)
    def action_search(self) -> None:
        """Asks for what is searched in the pane that has the focus."""
        if isinstance(self.focused, Pane):
            self._searching = self.focused
            self.part(FindBar).open(self.focused.searched)

    @on(FindBar.Typed)
    def _typed(self, message: FindBar.Typed) -> None:
        if self._searching is not None and message.text != self._searching.searched:
            self._searching.find(message.text)
            self._show_search(self._searching)

    @on(FindBar.Stepped)
    def _stepped(self, message: FindBar.Stepped) -> None:
        if self._searching is not None:
            self._searching.next_match(message.step)

    @on(FindBar.Accepted)
    def _accepted(self) -> None:
        if self._searching is not None:
            self.set_focus(self._searching, scroll_visible=False)

    @on(FindBar.Ended)
    def _ended(self) -> None:
        if self._searching is not None:
            self._searching.find("")
            self.set_focus(self._searching, scroll_visible=False)

    @on(Pane.FoundChanged)
    def _found_changed(self) -> None:
        if self._searching is not None:
            self._show_search(self._searching)

    def _show_search(self, pane: Pane) -> None:
        self._searching = pane
        self.part(FindBar).show(pane.searched, pane.found)

    # --- what a pane asks for -----------------------------------------------------------------

    @on(TracksPane.ModeWanted)
    def _mode_wanted(self, message: TracksPane.ModeWanted) -> None:
        self.part(TracksPane).action_mode(message.mode)

    @on(TracksPane.ModeChanged)
    def _mode_changed(self, message: TracksPane.ModeChanged) -> None:
        """All modes but the tree want the whole width."""
        self.view, self.zoomed = "tracks", message.mode != "tree"
        self.lay_out()
        self.set_focus(self.part(TracksPane), scroll_visible=False)

    @on(HistoryPane.Compares)
    def _compared(self, message: HistoryPane.Compares) -> None:
        """Two moments beside each other want the whole width, too."""
        self.view, self.zoomed = "history", message.begun
        self.lay_out()
        self.set_focus(self.part(HistoryPane), scroll_visible=False)

    @on(LogWanted)
    def _log_wanted(self, message: LogWanted) -> None:
        self.action_look("log")
        self.part(LogPane).show_of(message.track, message.key)

    @property
    @override
    def scene_shown(self) -> Scene | None:
        """The run, and the moment that was chosen."""
        return self.scene.looking_at(self.selected) if self.scene is not None else None

    @override
    def look_at(self, pane: Pane) -> None:
        """Shows a pane and gives it the focus."""
        if pane.id != "plan":
            self.action_look(_view(pane))

    # --- keys ---------------------------------------------------------------------------------

    def action_look(self, view: View) -> None:
        """Looks at one pane."""
        self.zoomed = False
        self.view = view
        self.lay_out()
        self._hand_down()
        self.set_focus(self._pane(view), scroll_visible=False)

    def action_zoom(self) -> None:
        """The focused pane alone, or all again."""
        focused = self.focused
        if not self.zoomed and isinstance(focused, Pane):
            self.view = "blueprint" if focused.id == "plan" else _view(focused)
        self.zoomed = not self.zoomed
        self.lay_out()

    def action_follow(self) -> None:
        """Ends a search; else back to what matters most, and to the newest moment."""
        focused = self.focused
        if isinstance(focused, Pane) and focused.searched:
            focused.find("")
            self._show_search(focused)
            return
        self.zoomed = False
        self.view = self.selected = self.side = None
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

    def action_look_number(self, number: int) -> None:
        """Looks at the pane of that number."""
        self.action_look(next(view for at, _, view in PANES if at == number))

    def action_sidebar(self) -> None:
        """The sidebar where it is not, and the other way round."""
        wanted = not self.grounds["side"].display
        self.side = None
        self.lay_out()
        if self.grounds["side"].display != wanted:
            self.side = wanted
            self.lay_out()

    @cached_property
    def steering(self) -> "Steering":
        """Opens the dialogs that end in a decision; the first paint does without them."""
        from iml_tui.screens.steering import Steering

        return Steering(self)

    # --- deciding -----------------------------------------------------------------------------

    def action_go(self) -> None:
        """To the first thing that wants the person's eye; once more, to the next."""
        if self.scene is None:
            return
        gate = next_gate(self.scene.state, self._gone_to)
        if gate is None:
            self.say("Nothing waits for you.")
            return
        self._gone_to = gate.gate
        self.action_gate(gate.gate)

    def action_gate(self, name: str) -> None:
        """A proposal's code, or a question with its answers."""
        gate = self.scene.state.gates.get(name) if self.scene is not None else None
        if gate is None or self.scene is None:
            return
        moment = self.scene.state.moment(f"{gate.opened.track}/{gate.opened.round}")
        if gate.opened.topic == "proposal" and moment is not None:
            self._open(moment)
        else:
            self.steering.ask(gate.opened)

    def action_answer(self, gate: str, option: str) -> None:
        """Answers a gate at once."""
        self.post_message(Decided(Answer(option=option), gate))

    def action_tell(self) -> None:
        """Words for the agents."""
        if self.scene is not None:
            self.steering.instruct(self.scene)

    def action_steer(self) -> None:
        """Everything that can be steered."""
        if self.scene is not None:
            self.steering.everything(self.scene.state)

    def action_control(self, name: str) -> None:
        """One thing that can be steered."""
        found = control(self.scene.state, name) if self.scene is not None else None
        if found is not None:
            self.steering.carry_out(found)
        else:
            self.say("That cannot be steered now.")

    @on(Said)
    def _said(self, message: Said) -> None:
        message.stop()
        self.say(message.words)

    def say(self, words: str) -> None:
        """Says something in between, for a while or until the next key."""
        told = self.part(SentenceRow)
        told.notice = words
        told.display = bool(words) or self.breadth != "tiny"
        if self._said_until is not None:
            self._said_until.stop()
        self._said_until = self.set_timer(SAID_S, self._say_no_more) if words else None

    def ungiven(self) -> str:
        """What is chosen and would be lost on leaving, in one sentence; empty once it was said."""
        return self.part(CodePane).ungiven()

    def refused(self, gate: str, why: str) -> None:
        """A decision does not stand; what was chosen for it is a draft again."""
        self.part(CodePane).not_given(gate, why)
        self.say(why)

    def _say_no_more(self) -> None:
        self.say("")

    def on_key(self, _event: events.Key) -> None:
        """A key says that what was said was read."""
        if self.part(SentenceRow).notice:
            self.say("")

    def action_restart(self) -> None:
        """Starts the engine again, where there is none."""
        if self.scene is not None and mending(self.scene):
            for path in self.scene.edited:
                self.edited(path.split("/")[1] if path.startswith("tracks/") else "")
            self.post_message(self.RestartWanted())

    @on(Pane.Opened)
    def _opened(self, message: Pane.Opened) -> None:
        """A track or a moment was opened: its code is shown."""
        self.action_open(message.key)

    def action_open(self, key: str) -> None:
        """The code of a moment, or of what a track has achieved."""
        moment = self._moment(key)
        if moment is not None:
            self._open(moment)

    def action_open_file(self, key: str, name: str) -> None:
        """One file of it."""
        moment = self._moment(key)
        if moment is not None:
            self.post_message(PlaceWanted(moment.key, name, 1))

    def _moment(self, key: str) -> Moment | None:
        """The moment of that key; of a track the accepted one, else its newest."""
        if self.scene is None:
            return None
        state = self.scene.state
        if (moment := state.moment(key)) is not None or key not in state.tracks:
            return moment
        kept = [one for one in state.moments if one.track == key and commit_of(one)]
        accepted = [one for one in kept if one.commit == state.tracks[key].commit]
        return next(iter([*accepted, *reversed(kept)]), None)

    @on(PlaceWanted)
    def _place_wanted(self, message: PlaceWanted) -> None:
        """A line of a moment's code is to be looked at."""
        moment = self.scene.state.moment(message.moment) if self.scene is not None else None
        if moment is not None:
            self._open(moment)
            self.part(CodePane).show_place(message.name, message.line)

    def _open(self, moment: Moment) -> None:
        self.selected = moment.key
        self.action_look("code")


def _view(pane: Pane) -> View:
    return next((view for _, _, view in PANES if view == pane.id), "card")
