"""Pane 1: the run as a tree, and in its other modes why one won, curves, time and tokens."""

from typing import ClassVar, Literal

from textual import work
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from typing_extensions import override

from agents.journal.choices import StopTrack
from agents.models import TrackName
from iml_tui.deciding.asking import Decided, Said
from iml_tui.deciding.controls import stoppable
from iml_tui.drawing.draw import Part, hint, line
from iml_tui.scene import Scene
from iml_tui.screens.dialogs import ChoiceDialog, Option
from iml_tui.widgets import costs, curves, why
from iml_tui.widgets.listing import Listing, LogWanted
from iml_tui.widgets.pane import Hint, Row
from iml_tui.widgets.tree import MORE, Folds, tree
from iml_tui.widgets.tree import moment_mark as moment_mark
from iml_tui.words.figures import duration
from iml_tui.words.learning import Learning, candidates, read
from iml_tui.words.sentence import time_limit

Mode = Literal["tree", "why", "curves", "costs"]
MODES: tuple[tuple[str, str, Mode], ...] = (
    ("t", "tree", "tree"),
    ("w", "why", "why"),
    ("c", "curves", "curves"),
    ("m", "time and tokens", "costs"),
)
STOP = "stop"
STOPPING = "Nothing more is begun on it; what it has achieved stays and may still win."
STOPS = (
    Option("y", "Stop", "the other tracks go on", STOP),
    Option("esc", "Stay", "close this", "stay"),
)
_KEPT_ON = {
    "baseline": "cannot be stopped: it makes sure of a submission.",
    "ensemble": "cannot be stopped: it is made of the others at the end.",
}
LOOK_AGAIN_S = 5
"""So often a log is read again while its program may go on learning."""
CURVES_FROM = 8
"""Rows that are left below the table of why from which on curves are drawn there."""


class TracksPane(Listing):
    """The run, from its phases down to its rounds."""

    NUMBER = 1
    TITLE = "Tracks"
    HINTS: ClassVar[tuple[Hint, ...]] = (
        ("enter", "open"),
        ("c", "curves"),
        ("w", "why"),
        ("m", "time and tokens"),
        ("l", "log"),
        ("x", "stop track"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "fold(1)", "list the rounds", id="tracks.unfold", show=False),
        Binding("left,h", "fold(-1)", "fold the rounds", id="tracks.fold", show=False),
        Binding("t", "mode('tree')", "the tree", id="tracks.tree", show=False),
        Binding("w", "mode('why')", "why this one won", id="tracks.why", show=False),
        Binding("c", "mode('curves')", "curves", id="tracks.curves", show=False),
        Binding("m", "mode('costs')", "time and tokens", id="tracks.costs", show=False),
        Binding("l", "log", "the log of the marked track", id="tracks.log", show=False),
        Binding("x", "stop", "stop the marked track", id="tracks.stop", show=False),
        Binding("escape", "leave_mode", "back to the tree", id="tracks.leave", show=False),
    ]

    mode: var[Mode] = var[Mode]("tree")
    folds: var[Folds] = var(Folds())
    learning: var[Learning | None] = var[Learning | None](None)
    """What a program said of its own learning, once its log was read."""

    class ModeWanted(Message):
        """Somebody else wants a mode of this pane to be shown."""

        def __init__(self, mode: Mode) -> None:
            super().__init__()
            self.mode = mode

    class ModeChanged(Message):
        """Another mode is shown; all but the tree want the whole width."""

        def __init__(self, mode: Mode) -> None:
            super().__init__()
            self.mode = mode

    class Learnt(Message):
        """A log was read for what it says of learning."""

        def __init__(self, learning: Learning | None) -> None:
            super().__init__()
            self.learning = learning

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - textual's own name
        super().__init__(id=id)
        self._read_of: tuple[object, ...] = ()
        """What the learning was read of last."""

    def watch_mode(self) -> None:
        """Other lines, from their top."""
        self.scroll_home(animate=False)
        self._look_for_learning()
        self.post_message(self.HintsChanged())
        self.rebuild()

    @override
    def hints(self) -> tuple[Hint, ...]:
        """In the tree its keys; else the other modes."""
        if self.mode == "tree":
            over = self.scene is not None and self.scene.over
            return tuple(hint for hint in self.HINTS if not (over and hint[0] == "x"))
        return tuple((key, name) for key, name, mode in MODES if mode != self.mode)

    @override
    def watch_scene(self, old: Scene | None, new: Scene | None) -> None:
        """A new moment; where curves are shown, its programs may have learned more."""
        super().watch_scene(old, new)
        self._look_for_learning()

    def _look_for_learning(self) -> None:
        """Reads logs in a thread, when there may be something new in them."""
        scene = self.scene
        if scene is None or self.mode not in {"why", "curves"}:
            return
        of = (scene.selected, len(scene.state.logs), scene.active // LOOK_AGAIN_S)
        if of != self._read_of:
            self._read_of = of
            self._read_learning(scene)

    @work(thread=True, exclusive=True, group="learning", exit_on_error=False)
    def _read_learning(self, scene: Scene) -> None:
        self.post_message(self.Learnt(read(scene.place.state_dir, candidates(scene))))

    def on_tracks_pane_learnt(self, message: Learnt) -> None:
        """A curve more, or none."""
        self.learning = message.learning

    def watch_learning(self) -> None:
        """Drawn beside the scores."""
        self.rebuild()

    def watch_folds(self) -> None:
        """More or fewer rounds."""
        self.rebuild()

    # --- what it says -------------------------------------------------------------------------

    @override
    def detail(self, scene: Scene) -> Content:
        """The mode; how many tracks, where the title does not stand here."""
        if self.mode == "why":
            return line((why.title(scene), "$dim"))
        if self.mode != "tree":
            name = next(name for _, name, mode in MODES if mode == self.mode)
            return line((name, "$dim"))
        if not self.bare:
            return line()
        tracks = scene.state.tracks.values()
        working = sum(track.mark == "running" for track in tracks)
        text = f"{len(tracks)} tracks, {working} at work" if working else f"{len(tracks)} tracks"
        return line((text, "$dim")) if tracks else line()

    @override
    def fact(self, scene: Scene) -> Content:
        """Time left; in the other modes the keys that lead out of them."""
        if self.mode != "tree":
            parts: list[Part] = []
            for key, name, mode in MODES:
                if mode != self.mode:
                    parts += ["  "] if parts else []
                    parts.append(hint(key, name))
            return line(*parts)
        limit = time_limit(scene.state)
        if scene.over or not limit or scene.state.mark != "running":
            return line()
        return line((f"{duration(limit - scene.active)} left", "$dim"))

    @override
    def rows(self, scene: Scene, width: int) -> list[Row]:
        """The lines of the mode."""
        match self.mode:
            case "tree":
                return tree(scene, width, self.folds)
            case "why":
                return [Row(one) for one in self._why(scene, width)]
            case "curves":
                room = max(12, self.body_height)
                return [Row(one) for one in curves.page(scene, width, room, self.learning)]
            case "costs":
                return [Row(one) for one in costs.page(scene, width)]

    def _why(self, scene: Scene, width: int) -> list[Content]:
        lines = why.page(scene, width)
        room = self.body_height - len(lines) - 1
        if room >= CURVES_FROM:
            lines += [line(), *curves.page(scene, width, room, self.learning)]
        return lines

    # --- keys ---------------------------------------------------------------------------------

    @override
    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Escape leaves a mode where there is one to leave; else it is the workbench's."""
        return self.mode != "tree" if action == "leave_mode" else True

    def action_mode(self, mode: Mode) -> None:
        """The tree, why one won, curves, or time and tokens; the same key leads back."""
        self.mode = "tree" if self.mode == mode else mode
        self.post_message(self.ModeChanged(self.mode))

    def action_leave_mode(self) -> None:
        """Back to the tree."""
        self.action_mode("tree")

    @property
    def track(self) -> TrackName | None:
        """The track of the marked row."""
        row = self.marked()
        if row is None or row.key is None or self.scene is None:
            return None
        name = row.key.removeprefix(MORE).partition("/")[0]
        return name if name in self.scene.state.tracks else None

    def action_fold(self, step: int) -> None:
        """Lists the rounds of the marked track, all of them at the second time, or folds them."""
        track, scene = self.track, self.scene
        if track is None or scene is None or self.mode != "tree":
            return
        width = self.size.width - 2 * self.INDENT
        opened = self.folds.open(track, scene, width)
        whole = self.folds.whole | {track} if step > 0 and opened else self.folds.whole - {track}
        self.folds = Folds({**self.folds.opened, track: step > 0}, whole)
        if step < 0:
            self.mark(track)

    @override
    def action_open(self) -> None:
        """A round's or a track's code; the row of earlier rounds lists them."""
        row = self.marked()
        if row is not None and row.key is not None and row.key.startswith(MORE):
            self.action_fold(1)
        else:
            super().action_open()

    def action_log(self) -> None:
        """What the programs of the marked track print."""
        if self.track is not None:
            key = self.at if self.at is not None and "/" in self.at else None
            self.post_message(LogWanted(self.track, key))

    async def action_stop(self) -> None:
        """Asks whether nothing more is to be begun on the marked track."""
        track, scene = self.track, self.scene
        if track is None or scene is None:
            return
        if scene.over or track not in stoppable(scene.state):
            why = _KEPT_ON.get(track, "is not at work, so there is nothing to stop.")
            self.post_message(Said(f"{track} {why}"))
            return

        def answered(choice: str | None) -> None:
            if choice == STOP:
                self.post_message(Decided(StopTrack(track=track)))

        await self.app.push_screen(ChoiceDialog(f"Stop {track}?", STOPPING, STOPS), answered)
