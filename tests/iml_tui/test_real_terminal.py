"""In a real terminal: a walk from start to coming back, and whom the end of a run is told."""

import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from agents.api import Connection, Place
from agents.journal.events import DecisionTaken, EngineStarted
from tests.builders import write_competition
from tests.engine.played import repaired_run
from tests.engine.support import wait_until

STAND_IN = Path(__file__).with_name("engine_stand_in.py")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(480),
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed"),
]


class Tmux:
    """A terminal of 120x36 cells in which a person types; it outlives what runs in it."""

    def __init__(self, socket: Path, folder: Path) -> None:
        self._command = ["tmux", "-S", str(socket), "-f", "/dev/null"]
        size = ["-x", "120", "-y", "36", "-c", str(folder)]
        self.tmux("new-session", "-d", *size, "env -u COLUMNS -u LINES PS1='$ ' sh")
        self.shows(r"\$")

    @contextmanager
    def attended(self) -> Iterator[None]:
        """A person sits before it, so that its windows have the focus in turn."""
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(ours, (36, 120))
        environment = {**os.environ, "TERM": "xterm-256color"}
        client = subprocess.Popen(
            [*self._command, "attach"], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
        )
        os.close(theirs)
        reader = threading.Thread(target=_read_on, args=(ours,), daemon=True)
        reader.start()
        try:
            while "focused" not in self.tmux("list-clients"):
                time.sleep(0.05)
            yield
        finally:
            client.terminate()
            client.wait()
            reader.join()
            os.close(ours)

    def tmux(self, *words: str) -> str:
        """What a command of tmux's own prints."""
        done = subprocess.run([*self._command, *words], check=True, capture_output=True, text=True)
        return done.stdout

    def types(self, words: str) -> None:
        self.tmux("send-keys", "-t", ":0", "-l", words)

    def enters(self, words: str) -> None:
        self.types(words)
        self.tmux("send-keys", "-t", ":0", "Enter")

    @property
    def screen(self) -> str:
        return self.tmux("capture-pane", "-t", ":0", "-p")

    def shows(self, pattern: str, seconds: float = 30.0) -> str:
        """The screen, as soon as it shows something that matches."""
        until = time.monotonic() + seconds
        while not re.search(pattern, shown := self.screen):
            assert time.monotonic() < until, f"{pattern!r} does not come:\n{shown}"
            time.sleep(0.1)
        return shown

    def close(self) -> None:
        self.tmux("kill-server")


def _read_on(descriptor: int) -> None:
    """Takes what a terminal is sent, so that nobody waits for it."""
    with suppress(OSError):
        while os.read(descriptor, 65_536):
            pass


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Tmux]:
    terminal = Tmux(tmp_path / "tmux", tmp_path)
    yield terminal
    terminal.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A competition whose run waits for an answer; the run is stopped in the end."""
    folder = write_competition(tmp_path / "ferry", "binary", rows=160)
    place = Place(competition=folder, workspace=folder / "pipeline")
    yield place
    if place.has_run:
        connection = Connection(place)
        connection.stop("a test")
        wait_until(lambda: not connection.alive(), 30)
        connection.close()


def test_a_person_starts_decides_looks_back_leaves_and_comes_back(
    terminal: Tmux, place: Place, tmp_path: Path
) -> None:
    program = Path(sys.executable).with_name("iml-tui")
    model = repaired_run(tmp_path / "answers.jsonl")
    options = ["--mode", "ask", "--model", model, "--time-limit", "10m"]
    terminal.enters(shlex.join([str(program), "ferry", *options]))
    terminal.shows("Blueprint 1")

    terminal.shows(r"! traditional waits for you", 300)
    terminal.types("!")
    asked = terminal.shows(r"SETTINGS = \{.C.: 0\.5\}")
    terminal.types("Y")
    terminal.shows("is kept")

    terminal.types("[")
    terminal.shows(r"traditional, round (?!10\b)\d")
    assert "round 10" in asked

    terminal.types("q")
    left = terminal.shows("goes on without this screen")
    assert "Tracks" not in left, "the terminal is not as it was before"

    terminal.enters(f"clear; {program} ferry")
    terminal.shows("1 Tracks")
    terminal.shows(r"● running|● done")
    connection = Connection(place)
    told = [fact.event for fact in connection.new()]
    connection.close()
    assert sum(isinstance(event, EngineStarted) for event in told) == 1
    kept = [
        event
        for event in told
        if isinstance(event, DecisionTaken) and event.gate.startswith("traditional")
    ]
    assert [event.choice["option"] for event in kept if event.by != "policy"] == ["keep"]


@pytest.mark.parametrize("elsewhere", [True, False], ids=["away", "looking on"])
def test_a_person_is_rung_only_while_away(
    terminal: Tmux, tmp_path: Path, *, elsewhere: bool
) -> None:
    state_dir, rung = tmp_path / "boats" / "pipeline" / ".iml", tmp_path / "rung"
    engine = subprocess.Popen(
        [sys.executable, str(STAND_IN), str(state_dir), "done"], stdout=subprocess.PIPE, text=True
    )
    assert engine.stdout is not None
    assert engine.stdout.readline() == "ready\n"
    terminal.tmux("set-option", "-g", "focus-events", "on")
    terminal.tmux("set-hook", "-g", "alert-bell", f"run-shell 'echo >> {rung}'")
    program = Path(sys.executable).with_name("iml-tui")
    with terminal.attended():
        terminal.enters(shlex.join([str(program), "boats"]))
        terminal.shows("● running", 90)
        if elsewhere:
            terminal.tmux("new-window", "sleep 60")
        (state_dir / "go").touch()
        engine.communicate(timeout=20)
        terminal.shows("done in")
        if elsewhere:
            wait_until(rung.exists, 10)
        terminal.types("q")
        terminal.shows("The run is over")
    assert rung.exists() == elsewhere
