"""A run followed without a screen: one plain line a fact on stderr, json on stdout where asked.

No control codes, no redrawing, nothing that a log file or another program would stumble over. The
printer is a viewer like any other: the engine works on its own and survives it.
"""

import math
import shlex
import shutil
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from agents.api import Connection, Place, start_engine, state_of
from agents.errors import WorkspaceError
from agents.journal.events import EngineStopped, Recorded
from agents.journal.folding import apply
from agents.journal.state import State
from agents.settings import Settings
from iml_tui.words import present
from iml_tui.words.shell import called, plain, shown, whoami

POLL_S = 0.1
SILENCE_S = 30.0
"""After so long without a fact, the one sentence is said again, so that nobody wonders."""
LETTING_GO_S = 10.0
"""How long an engine that said it stopped may take to end its process."""
STOP_WAIT_S = 20.0
LAST_WORDS_BYTES, LAST_WORDS_LINES = 8192, 12
LOG_HEADING = "--- engine "
"""With this every engine begins its part of the log; earlier engines' words are not its own."""
FULL_BYTES = 1 << 20
"""With less room than this, an engine dies of a full disk and may be unable to write so."""

OK_STATUS, NOTHING_STATUS, INTERRUPTED_STATUS = 0, 1, 130


def run_headless(
    place: Place, settings: Settings, *, new: bool = False, json_lines: bool = False
) -> int:
    """Starts or joins the run of a workspace, follows it to its end and returns the exit code.

    Args:
        place: Where.
        settings: Of a new run.
        new: Starts run N+1 in a workspace whose last run is over.
        json_lines: Prints every fact of the run as a line of json on stdout.

    Raises:
        InputError: the competition cannot be used.
        WorkspaceError: the workspace cannot be used, or `new` while a run is under way.
        EngineError: the engine did not come up.
    """
    before = state_of(place) if place.has_run else State()
    printer = Printer(facts=sys.stdout if json_lines else None, before=before, new=new)
    viewer = Viewer(place, printer)
    try:
        started = start_engine(place, settings, new=new)
        if new and not started:
            raise WorkspaceError(
                f"An engine is still at work in {place.workspace}: wait for it, then say --new."
            )
        printer.greet()
        viewer.follow()
    except KeyboardInterrupt:
        return _interrupt(viewer)
    finally:
        viewer.close()
    return _conclude(viewer)


@dataclass
class Printer:
    """Turns facts into lines."""

    facts: TextIO | None
    """Receives json, where asked for."""
    before: State
    """The workspace when this viewer came."""
    new: bool = False
    spoken: float = field(default_factory=time.monotonic)

    def greet(self) -> None:
        """Says what this viewer found when it came."""
        if self.before.run and not self.new:
            over = "is over" if self.before.card else "goes on"
            worked = present.duration(self.before.active)
            self.say(f"Run {self.before.run} {over}; {worked} of work are done.")

    def tell(self, fact: Recorded, state: State) -> None:
        """Prints one fact; what happened before this viewer came only goes into the json."""
        earlier = fact.seq <= self.before.seq
        if self.facts is not None and not (earlier and (self.new or fact.run < self.before.run)):
            self.facts.write(f"{fact.model_dump_json()}\n")
            self.facts.flush()
        line = None if earlier else present.headline(fact.event, state)
        if line is not None:
            about = present.subject(fact.event)
            for told in (line, *present.details(fact.event)):
                self.say(f"{present.duration(fact.active):>7}  {about:<12} {told}")

    def wait(self, state: State, active: float) -> None:
        """Called while nothing happens; says now and then what is under way, and since when."""
        if time.monotonic() - self.spoken > SILENCE_S:
            doing = present.sentence(state, active=active)
            self.say(f"{present.duration(active):>7}  {'engine':<12} {doing}")
            for about, what in present.under_way(state, active):
                self.say(f"{'':>7}  {about:<12} {what}")

    def say(self, line: str) -> None:
        """One line on stderr, stripped of anything that could steer a terminal."""
        sys.stderr.write(f"{plain(line)}\n")
        sys.stderr.flush()
        self.spoken = time.monotonic()


def exit_status(state: State) -> int:
    """The exit code that a run as of `state` has earned."""
    if state.mark == "done" and state.card is not None:
        return NOTHING_STATUS if state.card.outcome == "none" else OK_STATUS
    valid = state.submission is not None and state.submission.check.valid
    return OK_STATUS if state.mark == "stopped" and valid else NOTHING_STATUS


def how_to_go_on(place: Place) -> str:
    """The command that resumes the run of a workspace."""
    inside = place.workspace.parent == place.competition
    folder = place.competition if inside else place.workspace
    return f"To go on: {called()} run {shlex.quote(shown(folder))} --headless"


class Viewer:
    """Follows the journal of one workspace and has the printer tell what is new."""

    def __init__(self, place: Place, printer: Printer) -> None:
        """Nothing is opened yet: a journal may not exist before the engine has started."""
        self.place = place
        self.printer = printer
        self.state = State()
        self._connection: Connection | None = None
        self._gone_by = math.inf
        """When an engine that has said farewell is taken to be gone, on the monotonic clock."""

    @property
    def connection(self) -> Connection:
        """The connection, opened when it is first needed."""
        if self._connection is None:
            self._connection = Connection(self.place)
        return self._connection

    def follow(self, seconds: float = math.inf) -> None:
        """Prints facts until the engine has let go of the workspace, at most for `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < min(deadline, self._gone_by):
            alive = self.connection.alive()  # asked first: what a dying engine wrote is read below
            self._read()
            if not alive:
                return
            self.printer.wait(self.state, self.connection.active())
            time.sleep(POLL_S)

    def _read(self) -> None:
        facts = self.connection.new()
        for fact in facts:
            self.state = apply(self.state, fact)
            self.printer.tell(fact, self.state)
        if facts:
            farewell = isinstance(facts[-1].event, EngineStopped)
            self._gone_by = time.monotonic() + LETTING_GO_S if farewell else math.inf

    def close(self) -> None:
        """Closes the connection."""
        if self._connection is not None:
            self._connection.close()


def _conclude(viewer: Viewer) -> int:
    place, state, printer = viewer.place, viewer.state, viewer.printer
    if state.mark in {"running", "none", "failed"}:
        for line in last_words(place, state):
            printer.say(line)
        return NOTHING_STATUS
    lines = present.report(state, place.workspace, Path.cwd())
    out = sys.stderr if printer.facts is not None else sys.stdout
    out.write("".join(f"{plain(line)}\n" for line in ["", *lines]))
    if state.mark == "stopped":
        printer.say(how_to_go_on(place))
    return exit_status(state)


def last_words(place: Place, state: State) -> Iterable[str]:
    """What is said of an engine that ended before its run did."""
    worked = present.duration(state.active)
    message = state.message
    full = shutil.disk_usage(place.state_dir).free < FULL_BYTES
    if full and not message:
        message = f"The disk that holds {place.workspace} is full: free some space."
    reason = f": {message}" if message else "."
    verb = "broke off" if state.mark == "failed" else "has died"
    yield f"The engine {verb} after {worked} of work{reason}"
    log = place.state_dir / "engine.log"
    lines = [] if full else _tail(log)
    if lines:
        yield f"The last lines of {shown(log)}:"
        yield from (f"    {line}" for line in lines)
    yield f"Nothing that was recorded is lost. {how_to_go_on(place)}"


def _tail(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LAST_WORDS_BYTES))
            text = file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    lines = text.splitlines()
    begins = [place for place, line in enumerate(lines, 1) if line.startswith(LOG_HEADING)]
    return lines[begins[-1] if begins else 0 :][-LAST_WORDS_LINES:]


def _interrupt(viewer: Viewer) -> int:
    """Asks the engine to stop in good order; a second ctrl+c leaves it to itself."""
    place, printer = viewer.place, viewer.printer
    if not place.has_run:
        return INTERRUPTED_STATUS
    if viewer.connection.alive():
        printer.say("Stopping in good order; ctrl+c again leaves at once and the engine to itself.")
        viewer.connection.stop(whoami())
        viewer.follow(STOP_WAIT_S)
    if viewer.connection.alive():
        printer.say("The engine ends its step first, then stops by itself.")
    printer.say(how_to_go_on(place))
    return INTERRUPTED_STATUS
