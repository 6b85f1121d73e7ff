"""One walk through the product in a real terminal: start, decide, look back, leave, come back."""

import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.api import Connection, Place
from agents.journal.events import DecisionTaken, EngineStarted
from tests.builders import write_competition
from tests.engine.played import repaired_run
from tests.engine.support import wait_until

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
        self._tmux("new-session", "-d", *size, "env -u COLUMNS -u LINES PS1='$ ' sh")
        self.shows(r"\$")

    def _tmux(self, *words: str) -> str:
        done = subprocess.run([*self._command, *words], check=True, capture_output=True, text=True)
        return done.stdout

    def types(self, words: str) -> None:
        self._tmux("send-keys", "-l", words)

    def enters(self, words: str) -> None:
        self.types(words)
        self._tmux("send-keys", "Enter")

    @property
    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    def shows(self, pattern: str, seconds: float = 30.0) -> str:
        """The screen, as soon as it shows something that matches."""
        until = time.monotonic() + seconds
        while not re.search(pattern, shown := self.screen):
            assert time.monotonic() < until, f"{pattern!r} does not come:\n{shown}"
            time.sleep(0.1)
        return shown

    def close(self) -> None:
        self._tmux("kill-server")


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
