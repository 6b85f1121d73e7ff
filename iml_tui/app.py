"""The screen: starts the engine, follows its journal, shows it, and leaves it running.

The app owns everything that waits (the journal, the log files, git, the engine's start) and hands
one value, the `Scene`, to the workbench. It never writes anything but a person's decisions.
"""

import locale
import os
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on, work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message
from typing_extensions import override

from agents import api
from agents.api import Connection, Place
from agents.errors import EngineError, ImlError, InputError, WorkspaceError
from agents.journal.events import Recorded, RunStarted
from agents.journal.state import State, apply
from agents.settings import Settings
from iml_tui.ending import shown_path
from iml_tui.figures import duration
from iml_tui.logbook import Logbook, last_words
from iml_tui.scene import Scene
from iml_tui.screens.dialogs import Choice, LeaveDialog
from iml_tui.screens.workbench import Workbench
from iml_tui.sentence import standing, time_limit
from iml_tui.sources import Sources, commit_of, load
from iml_tui.theme import DARK, AsciiFilter, roles

ALIVE_EVERY = 10
"""The engine's lock is looked at once in so many polls."""
FACTS_AT_ONCE = 4_000
UNUSABLE_STATUS = 2


class ImlApp(App[None]):
    """`iml-tui ./competition`."""

    POLL_S: ClassVar[float] = 0.1
    """How often the journal is looked at; costs microseconds."""
    TITLE = "iml-tui"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,ctrl+q", "leave", "leave", show=False, priority=False),
        Binding("ctrl+c", "ask_leave", "leave, stop or stay", show=False, priority=True),
    ]

    class Started(Message):
        """The engine's start has ended, well or badly."""

        def __init__(self, error: ImlError | None) -> None:
            super().__init__()
            self.error = error

    class SourcesRead(Message):
        """The code of a moment has been read from git."""

        def __init__(self, sources: Sources, commits: int) -> None:
            super().__init__()
            self.sources, self.commits = sources, commits

    def __init__(
        self,
        place: Place,
        settings: Settings,
        *,
        new: bool = False,
        start: Callable[[Place, Settings, bool], bool] | None = None,
    ) -> None:
        """Nothing is started yet.

        Args:
            place: Where data and pipeline lie.
            settings: Of a new run.
            new: Whether another run is asked for where the last one is over.
            start: How an engine is started; `agents.api.start_engine` by default.
        """
        super().__init__()
        self.place, self._settings, self._new = place, settings, new
        self._start = start or _start
        self._connection: Connection | None = None
        self._book = Logbook(place.state_dir)
        self._scene = Scene(place=place, current=Path.cwd())
        self._starting = False
        self._polls = 0
        self._read = 0
        self._still = 0
        self._mourned = False
        self.bench = Workbench()
        self.closing_words = ""
        """What was said on leaving."""
        if "TEXTUAL_THEME" not in os.environ:
            self.theme = DARK
        if not _can_utf8():
            self._filters.append(AsciiFilter())

    @override
    def get_css_variables(self) -> dict[str, str]:
        """The theme's variables and our roles, for styles in CSS and in lines alike."""
        variables = super().get_css_variables()
        variables |= roles(self.current_theme, variables)
        self.theme_variables = variables
        return variables

    def on_mount(self) -> None:
        """Paints first; then starts the engine and follows it."""
        self.bench.scene = self._scene
        self.push_screen(self.bench)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._start_engine()
        self._poll()
        self.set_interval(self.POLL_S, self._poll)

    # --- the engine ---------------------------------------------------------------------------

    def _start_engine(self) -> None:
        """Starts it beside the screen; a daemon thread never holds up leaving."""
        self._starting = True
        self._set(refused=False, alive=True)
        threading.Thread(target=self._start_and_tell, name="start-engine", daemon=True).start()

    def _start_and_tell(self) -> None:
        error: ImlError | None = None
        try:
            self._start(self.place, self._settings, self._new)
        except ImlError as raised:
            error = raised
        except sqlite3.Error as raised:
            error = EngineError(f"The journal cannot be read ({raised}): try again.")
        finally:
            self.post_message(self.Started(error))

    @on(Started)
    def _engine_started(self, message: Started) -> None:
        self._starting, self._new = False, False
        if isinstance(message.error, InputError | WorkspaceError):
            self._close(str(message.error), UNUSABLE_STATUS)
            return
        if message.error is not None:
            self._book.tell(str(message.error).splitlines(), self._scene.active)
            self.bench.show_log(self._book)
            self._set(refused=True)
        self._polls = 0
        self._poll()

    @on(Workbench.RestartWanted)
    def _restart(self) -> None:
        if not self._starting:
            self._start_engine()

    # --- following ----------------------------------------------------------------------------

    def _poll(self) -> None:
        connection = self._connected()
        if connection is None:
            return
        try:
            self._follow(connection)
        except sqlite3.Error:
            connection.close()
            self._connection = None

    def _connected(self) -> Connection | None:
        """The journal, as soon as the engine has made one."""
        if self._connection is None and self.place.has_run:
            try:
                self._connection = Connection(self.place)
            except (WorkspaceError, sqlite3.Error):
                return None
            self._scene = replace(self._scene, state=State())
            self._book = Logbook(self.place.state_dir)
        return self._connection

    def _follow(self, connection: Connection) -> None:
        self._polls += 1
        alive = self._scene.alive
        if self._polls % ALIVE_EVERY == 1:
            alive = self._starting or connection.alive()
        facts: list[tuple[Recorded, State]] = []
        state = self._scene.state
        if connection.changed() or self._read == FACTS_AT_ONCE:
            new = connection.new(FACTS_AT_ONCE)
            self._read = len(new)
            for fact in new:
                state = apply(state, fact)
                if isinstance(fact.event, RunStarted):
                    facts.clear()
                    self._book.restart()
                facts.append((fact, state))
        active = _active(state, connection)
        progress = connection.progress() if state.card is None else {}
        self._set(state=state, alive=alive, active=active, progress=progress)
        grown = self._book.follow(state, facts, active)
        if grown:
            self.bench.show_log(self._book)
        self._still = 0 if grown or facts else self._still + 1
        self._ask_for_last_words()

    def _ask_for_last_words(self) -> None:
        """An engine that is gone without a word in the journal may have left some in its log."""
        gone = standing(self._scene.state, alive=self._scene.alive) == "engine gone"
        if gone and not self._mourned:
            self._book.tell(last_words(self.place.state_dir / "engine.log"), self._scene.active)
            self.bench.show_log(self._book)
        self._mourned = gone

    def _set(self, **changes: object) -> None:
        scene = replace(self._scene, **changes)  # type: ignore[arg-type]  # names of our own fields
        if scene != self._scene:
            self._scene = scene
            self.bench.scene = scene

    @on(Workbench.CodeWanted)
    def _code_wanted(self, message: Workbench.CodeWanted) -> None:
        self._read_code(message.commit, message.track)

    @work(thread=True, exclusive=True, group="code", exit_on_error=False)
    def _read_code(self, commit: str, track: str) -> None:
        sources = load(self.place, commit, track)
        self.post_message(self.SourcesRead(sources, _commits(self.place)))

    @on(SourcesRead)
    def _code_read(self, message: SourcesRead) -> None:
        moment = self._scene.looking_at(self.bench.selected).moment
        if moment is None or commit_of(moment) == message.sources.commit:
            self.bench.show_sources(message.sources)
        self._set(commits=message.commits)

    @property
    def quiet(self) -> bool:
        """Whether everything that lies in the workspace is shown."""
        if self._connection is None:
            return not self._starting and not self.place.has_run
        moment = self._scene.looking_at(self.bench.selected).moment
        wanted = commit_of(moment) if moment is not None else None
        return self._still > 0 and not self._starting and wanted in {None, self.bench.code_shown}

    # --- leaving ------------------------------------------------------------------------------

    def action_leave(self) -> None:
        """Leaves; the engine is another process and goes on."""
        self._close(self._farewell())

    def _close(self, words: str, status: int = 0) -> None:
        """Ends the screen; `words` are printed on stderr once the terminal is itself again."""
        self.closing_words = words
        self.exit(return_code=status, message=Text(words))

    def _farewell(self) -> str:
        scene = self._scene
        folder = _typed(self.place)
        match standing(scene.state, alive=scene.alive):
            case "done" if scene.state.card is not None and scene.state.card.submission:
                path = shown_path(scene.state.card.submission, self.place.workspace, Path.cwd())
                return f"The run is over: {path} is ready to be handed in."
            case "done" | "failed":
                return f"The run is over: iml-tui {folder} shows it again."
            case "engine gone" | "stopped":
                return f"The run is not over: iml-tui {folder} goes on with it."
            case _:
                return f"The run goes on without this screen: iml-tui {folder} shows it again."

    async def action_ask_leave(self) -> None:
        """Asks what was meant, unless there is nothing to lose."""
        if isinstance(self.screen, LeaveDialog):
            self.action_leave()
            return
        if standing(self._scene.state, alive=self._scene.alive) not in {"running", "starting"}:
            self.action_leave()
            return
        await self.push_screen(LeaveDialog(self._how_far()), self._left)

    def _how_far(self) -> str:
        scene = self._scene
        limit = time_limit(scene.state)
        if not limit:
            return "The run is starting; it goes on without this screen."
        left = duration(limit - scene.active)
        return f"The run is {duration(scene.active)} in, {left} are left at most."

    def _left(self, choice: Choice | None) -> None:
        if choice == "leave":
            self.action_leave()
        elif choice == "stop" and self._connection is not None:
            self._connection.stop(_whoami())
            folder = _typed(self.place)
            self._close(f"The run stops here: iml-tui {folder} goes on with it.")


def _start(place: Place, settings: Settings, new: bool) -> bool:
    return api.start_engine(place, settings, new=new)


def _active(state: State, connection: Connection) -> float:
    if state.card is not None:
        return state.card.active_seconds
    return max(state.active, connection.active()) if state.mark == "running" else state.active


def _commits(place: Place) -> int:
    try:
        return sum(commit.ref is None for commit in api.history(place, limit=10_000))
    except ImlError:
        return 0


def _typed(place: Place) -> str:
    """The folder as the user would type it from where they are."""
    folder = place.competition
    if place.workspace.parent != folder:
        folder = place.workspace
    current = Path.cwd()
    if folder == current:
        return "."
    return f"./{folder.relative_to(current)}" if folder.is_relative_to(current) else str(folder)


def _whoami() -> str:
    return os.environ.get("USER") or os.environ.get("LOGNAME") or "you"


def _can_utf8() -> bool:
    encoding = locale.getpreferredencoding(False).lower().replace("-", "")
    return encoding == "utf8" and os.environ.get("TERM") not in {"linux", "vt100", "dumb"}
