"""Real engine processes on a small made competition, and what they left behind."""

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from agents.api import STATE_DIR, Connection, Place
from agents.journal.choices import Finish
from agents.journal.events import ProgramStarted, Recorded, StepFinished
from agents.journal.folding import fold
from agents.journal.state import State
from agents.journal.store import JournalReader

KILL_AT = Path(__file__).with_name("kill_at.py")
SHORT: dict[str, object] = {
    "deterministic": True,
    "time_limit": 600.0,
    "cores": 1,
    "improve_rounds": 0,
    "aggregation": "best",
}
"""No search for what is better yet, no ensemble, and no second program to share folds that take no
time: what a run is when it has all of these is tried where they are what is asked."""
DETERMINISTIC = SHORT | {"only": "linear"}
ENGINE = ["-m", "agents"]
PATIENCE_S = 400.0
"""For what a run comes to on a machine that is busy with something else."""


def engine_command(
    competition: Path, program: list[str], settings: dict[str, object] | None = None
) -> list[str]:
    """The command of an engine (or of one that will die) for `competition/pipeline`."""
    request = {
        "competition": str(competition),
        "new": False,
        "settings": DETERMINISTIC if settings is None else settings,
    }
    workspace = str(competition / "pipeline")
    return [sys.executable, "-P", *program, workspace, json.dumps(request)]


def run_engine(
    competition: Path, program: list[str] | None = None, settings: dict[str, object] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs an engine to its end."""
    return subprocess.run(
        engine_command(competition, program or ENGINE, settings),
        cwd="/",
        env=os.environ | {"GIT_DIR": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def facts_of(competition: Path) -> list[Recorded]:
    """The journal of the competition's workspace."""
    reader = JournalReader(competition / "pipeline" / STATE_DIR)
    try:
        return reader.new()
    finally:
        reader.close()


def state_of(competition: Path) -> State:
    """The state of the competition's workspace."""
    return fold(facts_of(competition))


def step_paths(competition: Path) -> list[str]:
    """Paths of the recorded steps, sorted."""
    facts = facts_of(competition)
    return sorted(fact.event.path for fact in facts if isinstance(fact.event, StepFinished))


def head_tree(competition: Path) -> str:
    """The tree of the main line's tip."""
    return git(competition, "rev-parse", "main^{tree}")


def git(competition: Path, *arguments: str) -> str:
    """What git says in the competition's workspace."""
    return subprocess.run(
        ["git", "-C", str(competition / "pipeline"), *arguments],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    """Polls until `condition` holds.

    Raises:
        TimeoutError: it does not within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.15)  # looking folds the whole journal, on the cores that the run needs
    raise TimeoutError


def place_of(competition: Path) -> Place:
    """The competition and its workspace."""
    return Place(competition=competition, workspace=competition / "pipeline")


def finish_after(competition: Path, *rounds: str) -> None:
    """Takes the best there is as soon as these rounds are over: nothing else is of interest."""

    def over() -> bool:
        if not place_of(competition).has_run:
            return False
        moments = [state_of(competition).moment(key) for key in rounds]
        return all(one is not None and one.ended is not None for one in moments)

    wait_until(over, PATIENCE_S)
    connection = Connection(place_of(competition))
    try:
        connection.decide(Finish(), "a test")
    finally:
        connection.close()


def iml_tui(*words: str) -> subprocess.CompletedProcess[str]:
    """The command line, driven to its end."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "iml_tui.cli", *words],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=400,
    )


def programs_since(competition: Path, seq: int) -> list[str]:
    """Steps whose programs began after the fact `seq`."""
    facts = (fact.event for fact in facts_of(competition) if fact.seq > seq)
    return [event.step for event in facts if isinstance(event, ProgramStarted)]


def predicted_again(competition: Path, state: State, output: Path) -> Path:
    """What the kept model of a finished run says of the test table, by the card's own command."""
    assert state.card is not None
    assert state.card.predict_command is not None
    command = shlex.split(state.card.predict_command)
    command[command.index("NEW_ROWS_FOLDER")] = str(competition)
    command[command.index("predictions.csv")] = str(output)
    subprocess.run(command, check=True, capture_output=True)
    return output
