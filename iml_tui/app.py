"""The screen: starts the engine, follows its journal, shows it, and leaves it running.

The app owns everything that waits (the journal, the log files, git, the engine's start) and hands
one value, the `Scene`, to the workbench. It never writes anything but a person's decisions.
"""

import gc
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input
from typing_extensions import override

from agents import api
from agents.api import Place
from agents.errors import EngineError, ImlError, InputError, WorkspaceError
from agents.journal.choices import Back, Choice, Stop, Tell
from agents.journal.events import DecisionTaken, RunStarted
from agents.journal.state import State
from agents.settings import Settings
from iml_tui import keys, preferences
from iml_tui.clipboard import copy
from iml_tui.deciding.asking import Decided, EditWanted, EngineWanted, PlanWanted, Said, ThemeChosen
from iml_tui.deciding.controls import chosen
from iml_tui.deciding.decide import insert
from iml_tui.doing import known
from iml_tui.drawing.themed import Themed
from iml_tui.following import Follower, News
from iml_tui.log.logbook import Logbook, last_words
from iml_tui.looking_back.sources import Sources, Wanted, commit_of, load
from iml_tui.past import Forerunner
from iml_tui.scene import Scene
from iml_tui.screens.dialogs import LeaveDialog
from iml_tui.screens.workbench import Workbench
from iml_tui.turns import Turns
from iml_tui.widgets.pane import Pane
from iml_tui.words.ending import shown_path
from iml_tui.words.figures import duration
from iml_tui.words.notify import sequence, worth_telling
from iml_tui.words.own_edits import told_at_once
from iml_tui.words.pending import why_unread
from iml_tui.words.sentence import standing, time_limit
from iml_tui.words.shell import called
from iml_tui.words.waiting import left_open

UNUSABLE_STATUS = 2
CATCHING_UP_S = 1.0
"""While the log of a long past is heard, so often it is shown how far it has come."""
GARBAGE = (5_000, 5, 200)
"""How much is made before garbage is looked for, in Python's terms: all of it is looked through so
rarely because that takes a tenth of a second in a long run, during which no key is answered."""
WAIT_S = 0.5
"""Between two looks for a journal that is not there yet."""


class ImlApp(Themed[None]):
    """`iml-tui ./competition`."""

    POLL_S: ClassVar[float] = 0.1
    """How often the journal is looked at; costs microseconds."""
    TITLE = "iml-tui"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("M", "first_start", "choose a model", id="app.models", show=False),
        Binding("K", "write_keys", "write a file of all keys, to change them", id="app.keys"),
        Binding("q,ctrl+q", "leave", "leave; the run goes on", id="app.leave", show=False),
        Binding("ctrl+c", "ask_leave", "leave, stop or stay", id="app.ask", priority=True),
    ]

    class Started(Message):
        """The engine's start has ended, well or badly, or there was no need of it."""

        def __init__(
            self, error: ImlError | None, edited: tuple[str, ...] = (), *, looking: bool
        ) -> None:
            super().__init__()
            self.error, self.edited, self.looking = error, edited, looking

    class Heard(Message):
        """The journal was looked at."""

        def __init__(self, news: News) -> None:
            super().__init__()
            self.news = news

    class Sent(Message):
        """A decision stands in the journal, or could not be inserted."""

        def __init__(self, gate: str, choice: Choice, problem: str = "") -> None:
            super().__init__()
            self.gate, self.choice, self.problem = gate, choice, problem

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
        start: Callable[[Place, Settings, bool, bool], bool] | None = None,
        asks: bool = False,
        ahead: Forerunner | None = None,
    ) -> None:
        """Nothing is started yet.

        Args:
            place: Where data and pipeline lie.
            settings: Of a new run.
            new: Whether another run is asked for where the last one is over.
            start: How an engine is started; `agents.api.start_engine` by default.
            asks: Whether a model is to be chosen, beside the run that begins.
            ahead: Who reads already what lies there.
        """
        super().__init__()
        self._asks = asks
        self.place, self._settings, self._new = place, settings, new
        self._start = start or _start
        self._turns = Turns()
        self._follower = Follower(place, self._hear, self.POLL_S, ahead, self._turns.rest)
        self._book = Logbook(place.state_dir, self._turns.rest)
        self._scene = Scene(place=place, current=Path.cwd())
        self._starting = False
        self._still = 0
        self._shown_at = -CATCHING_UP_S
        self._awaited: set[str] = set()
        """Gates of decisions whose outcome this screen is to tell."""
        self._likes = preferences.read(preferences.preferences_file())
        if self._likes.theme in self.available_themes and "TEXTUAL_THEME" not in os.environ:
            self.theme = self._likes.theme
        self._mourned = False
        self.bench = Workbench()
        self.closing_words = ""
        """What was said on leaving."""

    async def on_mount(self) -> None:
        """Follows what lies there: the first frame has what is known by then. The rest waits."""
        self._starting = True  # whoever looks before it does must not find that it is gone
        self._follower.start()
        self.bench.scene = self._scene
        await self.push_screen(self.bench)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        if not gc.isenabled():  # nothing was garbage while all this was loaded, and all of it stays
            gc.freeze()
            gc.set_threshold(*GARBAGE)
            gc.enable()
        self._read_keys()
        self._start_engine(looking=True)
        if self._asks:
            self._choose_model(once=True)

    @override
    async def on_event(self, event: events.Event) -> None:
        """What a person does goes before all that is at work beside the screen."""
        if isinstance(event, events.Key | events.MouseDown | events.MouseScrollDown):
            self._turns.pressed()
        await super().on_event(event)

    # --- models -------------------------------------------------------------------------------

    def action_first_start(self) -> None:
        """Shows which models there are to choose from."""
        self._choose_model(once=False)

    def _choose_model(self, *, once: bool) -> None:
        from iml_tui.screens.first_start import FirstStart  # the first paint does without it

        self.push_screen(FirstStart(self._scene, once=once), self._model_chosen)

    def _model_chosen(self, name: str | None) -> None:
        """The model joins the run, as soon as there is a journal to decide in."""
        if name and not self._scene.state.run:
            self.set_timer(WAIT_S, lambda: self._model_chosen(name))
        elif name:
            self.bench.post_message(Decided(chosen("model", name)))
        elif name is not None:
            used = self._scene.state.settings.get("model")
            goes_on = f"{used} goes on" if used else "The recipes go on alone"
            self.bench.post_message(Said(f"{goes_on}; M opens the choice again."))

    # --- the engine ---------------------------------------------------------------------------

    def _start_engine(self, *, looking: bool = False) -> None:
        """Starts it beside the screen; a daemon thread never holds up leaving.

        Args:
            looking: Whether the folder was only opened: a run that is over is shown as it is.
        """
        self._starting = True
        self._set(refused=False, alive=True)
        start = partial(self._start_and_tell, looking)
        threading.Thread(target=start, name="start-engine", daemon=True).start()

    def _start_and_tell(self, looking: bool) -> None:
        error: ImlError | None = None
        edited: tuple[str, ...] = ()
        try:
            if not self._start(self.place, self._settings, self._new, looking) and looking:
                with suppress(ImlError):  # what lies there can be looked at all the same
                    edited = api.user_edits(self.place)
        except ImlError as raised:
            error = raised
        except sqlite3.Error as raised:
            error = EngineError(f"The journal cannot be read ({raised}): try again.")
        finally:
            self.post_message(self.Started(error, edited, looking=looking))

    @on(Started)
    def _engine_started(self, message: Started) -> None:
        self._starting, self._new = False, False
        if message.looking and isinstance(message.error, InputError | WorkspaceError):
            self._close(str(message.error), UNUSABLE_STATUS)
            return
        if message.error is not None:
            self._book.tell(str(message.error).splitlines(), self._scene.active)
            self.bench.show_log(self._book)
            self._set(refused=True)
        self._set(edited=message.edited)
        self._follower.look_again()

    @on(Workbench.RestartWanted)
    def _restart(self) -> None:
        if not self._starting:
            self._start_engine()

    # --- following ----------------------------------------------------------------------------

    def _hear(self, news: News) -> None:
        """In the follower's thread."""
        self.post_message(self.Heard(news))

    @on(Heard)
    def _heard(self, message: Heard) -> None:
        if not self.is_running:  # the screens are being closed, and nobody looks any more
            return
        news = message.news
        if news.fresh:
            self._scene = replace(self._scene, state=State())
            self._book = Logbook(self.place.state_dir, self._turns.rest)
            if news.notice:
                self.bench.say(news.notice)
        for fact in news.facts:
            if isinstance(fact.event, RunStarted):
                self._book.restart()
            elif isinstance(fact.event, DecisionTaken):
                self._outcome(fact.event)
            elif words := told_at_once(fact.event, news.state):
                self.bench.say(words)
        grown = self._book.follow(news.heard)
        if not news.more or time.monotonic() > self._shown_at + CATCHING_UP_S:
            self._show(news)
            if grown:
                self.bench.show_log(self._book)
            self._shown_at = time.monotonic()
        self._still = 0 if grown or news.heard or news.more else self._still + 1
        self._ask_for_last_words()
        self._follower.taken()

    def _show(self, news: News) -> None:
        before = self._scene
        self._set(
            state=news.state,
            alive=news.alive or self._starting,
            active=news.active,
            progress=news.progress,
            unread=news.unread,
            deleted=news.gone,
            edited=() if news.alive else self._scene.edited,
        )
        if isinstance(self.screen, LeaveDialog) and not self._at_work:
            self.screen.dismiss("stay")  # nothing goes on that could be left or stopped
        if not self.app_focus and before.state.seq:
            alive = (before.alive, self._scene.alive)
            words = worth_telling(before.state, self._scene.state, alive=alive)
            self._write(sequence(words, self._likes.notify, os.environ) if words else "")

    def _write(self, code: str) -> None:
        """Tells the terminal something that is no part of the picture."""
        if code and self._driver is not None:
            self._driver.write(code)
            self._driver.flush()

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
            for screen in self.screen_stack:
                if hasattr(screen, "scene"):
                    screen.scene = scene

    @on(Workbench.CodeWanted)
    def _code_wanted(self, message: Workbench.CodeWanted) -> None:
        self._read_code(message.wanted)

    @work(thread=True, exclusive=True, group="code", exit_on_error=False)
    def _read_code(self, wanted: Wanted) -> None:
        sources = load(self.place, wanted)
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
        if not self._scene.state.seq:
            return not self._starting and not self.place.has_run
        moment = self._scene.looking_at(self.bench.selected).moment
        wanted = commit_of(moment) if moment is not None else None
        return self._still > 0 and not self._starting and wanted in {None, self.bench.code_shown}

    # --- editing ------------------------------------------------------------------------------

    @on(EditWanted)
    @on(PlanWanted)
    def _edit_wanted(self, message: EditWanted | PlanWanted) -> None:
        self._open_editor(message, self._scene.state)

    @work(thread=True, exclusive=True, group="editor", exit_on_error=False)
    def _open_editor(self, message: EditWanted | PlanWanted, state: State) -> None:
        from iml_tui.deciding.editing import opened_for
        from iml_tui.screens.editor import EditorScreen

        try:
            opened = opened_for(self.place, state, message)
        except ImlError as error:
            self.bench.post_message(Said(str(error)))
        else:
            editor = EditorScreen(opened, message.line, elsewhere=message.elsewhere)
            self.call_from_thread(self.push_screen, editor)

    @on(EngineWanted)
    def _engine_wanted(self, message: EngineWanted) -> None:
        self.bench.edited(message.edited)
        self._start_where_over()

    def _start_where_over(self) -> None:
        if self._scene.over and not self._starting:
            self._start_engine()

    def _held_by_editor(self) -> bool:
        """Whether an editor is open that would lose what was typed; it asks."""
        from iml_tui.screens.editor import EditorScreen

        screen = self.screen
        if isinstance(screen, EditorScreen) and screen.unsaved:
            screen.action_close()
            return True
        return False

    # --- deciding -----------------------------------------------------------------------------

    @on(Decided)
    def _decided(self, message: Decided) -> None:
        self._insert(message.choice, message.gate, self._scene.state)

    @work(thread=True, group="decide", exit_on_error=False)
    def _insert(self, choice: Choice, gate: str | None, state: State) -> None:
        try:
            sent = self.Sent(insert(self.place, state, choice, gate), choice)
        except (ImlError, sqlite3.Error) as error:
            sent = self.Sent(gate or "", choice, str(error))
        self.post_message(sent)

    @on(Sent)
    def _sent(self, message: Sent) -> None:
        if message.problem:
            self.bench.refused(message.gate, message.problem)
            return
        self._awaited.add(message.gate)
        if self._scene.alive:
            if isinstance(message.choice, Tell):
                self.bench.say(why_unread(self._scene))
            elif isinstance(message.choice, Back):
                self.bench.say("Noted: it is done when the programs at work are built.")
            return
        if self._scene.over:
            self.bench.say("Noted: an engine is started to do it.")
            self._start_where_over()
        else:
            self.bench.say("Noted: no engine is at work; the next one does this first.")

    def _outcome(self, taken: DecisionTaken) -> None:
        """Tells what became of a decision of this screen; the log tells of all others."""
        if taken.gate in self._awaited:
            self._awaited.discard(taken.gate)
            if taken.refused:
                self.bench.refused(taken.gate, taken.outcome)
            else:
                self.bench.say(taken.outcome)

    @on(Said)
    def _said(self, message: Said) -> None:
        """Of a dialog; what a pane says the workbench has said already."""
        self.bench.say(message.words)

    # --- copying, keys, colours ---------------------------------------------------------------

    @on(Pane.Copied)
    def _copied(self, message: Pane.Copied) -> None:
        if message.text:
            self._copy(message.text)
        else:
            self.bench.say("There is nothing to copy here.")

    @work(thread=True, group="copy", exit_on_error=False)
    def _copy(self, text: str) -> None:
        codes: list[str] = []
        words = copy(text, self.place.state_dir, codes.append)
        self.call_from_thread(self._write, "".join(codes))
        self.bench.post_message(Said(words))

    def _read_keys(self) -> None:
        """The person's own keys; what cannot be bound is told."""
        keymap = keys.read(keys.keys_file(), known(self.bench, self.bench.query(Pane)))
        self.set_keymap(keymap.keys)
        if keymap.problems:
            self.bench.say("\n".join(keymap.problems))

    def action_write_keys(self) -> None:
        """Writes a file of all keys, every line a comment, unless there is one."""
        path = keys.keys_file()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(keys.template(known(self.bench, self.bench.query(Pane))))
        except FileExistsError:
            self.bench.say(
                f"Your keys lie in {path}; what is changed there holds from the next start."
            )
        except OSError as error:
            self.bench.say(f"{path} cannot be written: {error.strerror}.")
        else:
            self.bench.say(f"Written: {path} lists all keys; changes hold from the next start.")

    @on(ThemeChosen)
    def _theme_chosen(self, message: ThemeChosen) -> None:
        self.theme = message.name
        self._likes = replace(self._likes, theme=message.name)
        problem = preferences.write(preferences.preferences_file(), self._likes)
        self.bench.say(problem or f"The theme is {message.name} from now on.")

    def on_key(self, event: events.Key) -> None:
        """A letter that was on its way when a line to type in was opened belongs into that line."""
        line = self.focused  # which keeps all letters that it is given
        if event.is_printable and isinstance(line, Input):
            event.prevent_default()
            line.post_message(events.Key(event.key, event.character))

    # --- leaving ------------------------------------------------------------------------------

    def action_leave(self) -> None:
        """Leaves; the engine is another process and goes on."""
        if self._held_by_editor():
            return
        if ungiven := self.bench.ungiven():
            self.bench.say(ungiven)
            return
        self._close(self._farewell())

    def _close(self, words: str, status: int = 0) -> None:
        """Ends the screen; `words` are printed on stderr once the terminal is itself again."""
        self.closing_words = words
        self._follower.end()
        self.exit(return_code=status, message=Text(words))

    def _farewell(self) -> str:
        scene = self._scene
        folder = _typed(self.place)
        match standing(scene.state, alive=scene.alive):
            case "checking":
                return f"The engine is still at work: {called()} {folder} shows what came of it."
            case "done" if scene.state.card is not None and scene.state.card.submission:
                path = shown_path(scene.state.card.submission, self.place.workspace, Path.cwd())
                return f"The run is over: {path} is ready to be handed in."
            case "done" | "failed":
                return f"The run is over: {called()} {folder} shows it again."
            case "engine gone" | "stopped":
                return f"The run is not over: {called()} {folder} goes on with it."
            case _:
                return f"The run goes on without this screen: {called()} {folder} shows it again."

    async def action_ask_leave(self) -> None:
        """Asks what was meant, unless there is nothing to lose."""
        from iml_tui.screens.editor import EditorScreen

        if isinstance(self.screen, EditorScreen):
            self.screen.action_copy()
            return
        if isinstance(self.screen, LeaveDialog):
            self.action_leave()
            return
        if isinstance(self.screen, ModalScreen):
            self.screen.dismiss(None)
            return
        if selected := self.screen.get_selected_text():
            self._copy(selected)
            self.screen.clear_selection()
            return
        if not self._at_work:
            self.action_leave()
            return
        await self.push_screen(LeaveDialog(self._how_far()), self._left)

    @property
    def _at_work(self) -> bool:
        return standing(self._scene.state, alive=self._scene.alive) in {"running", "starting"}

    def _how_far(self) -> str:
        scene = self._scene
        limit = time_limit(scene.state)
        if not limit:
            return "The run goes on without this screen."
        left = duration(limit - scene.active)
        words = f"The run is {duration(scene.active)} in, {left} are left at most."
        return f"{words} {left_open(scene.state)}".rstrip()

    def _left(self, choice: str | None) -> None:
        if choice == "leave":
            self.action_leave()
        elif choice == "stop":
            self._stop_and_leave()

    @work(thread=True, exit_on_error=False)
    def _stop_and_leave(self) -> None:
        try:
            insert(self.place, self._scene.state, Stop())
        except (ImlError, sqlite3.Error) as error:
            self.bench.post_message(Said(f"The run cannot be stopped: {error}"))
            return
        folder = _typed(self.place)
        words = f"The run stops here: iml-tui {folder} goes on with it."
        self.call_from_thread(self._close, words)


def _start(place: Place, settings: Settings, new: bool, looking: bool) -> bool:
    return api.start_engine(place, settings, new=new, looking=looking)


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
