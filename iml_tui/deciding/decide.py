"""Deciding: a decision is inserted as one row, and what became of it is awaited.

The screen and the command lines both come here, so that a decision that one of them refuses the
other refuses too, in the same words. The first row of a gate counts, wherever it was inserted.
"""

import math
import time
from collections.abc import Callable

from agents import api
from agents.api import Connection, Place
from agents.errors import EngineError, InputError
from agents.journal.choices import Answer, Change, Choice, Finish, Pause, Resume, StopTrack
from agents.journal.events import DecisionTaken
from agents.journal.state import State
from iml_tui.words.shell import whoami

POLL_S = 0.1
STARTS = 2
"""An engine that was about to end may have missed a decision: the next one takes it up."""
STEERING = (Pause, Resume, Finish, StopTrack, Change)


def insert(place: Place, state: State, choice: Choice, gate: str | None = None) -> str:
    """Inserts a decision; the gate under which it stands.

    Args:
        place: Where a run is or was.
        state: The run as of now.
        choice: What is decided.
        gate: What an `Answer` answers.

    Raises:
        InputError: it cannot be carried out, or somebody decided this first.
    """
    if state.card is not None and isinstance(choice, STEERING):
        raise InputError(
            f"The run in {place.workspace} is over, so nothing is left to steer: start another "
            "with --new."
        )
    connection = Connection(place)
    try:
        if gate is None:
            return connection.decide(choice, whoami())
        assert isinstance(choice, Answer)
        connection.answer(state, gate, choice, whoami())
        return gate
    finally:
        connection.close()


def outcome(place: Place, gate: str, *, after: int = 0, patience: float = math.inf) -> str | None:
    """What an engine at work makes of a decision; None if it says nothing of it.

    Args:
        place: Where a run is or was.
        gate: Under which the decision stands.
        after: The last fact from before the decision.
        patience: Seconds that are waited at most.

    Raises:
        InputError: the decision cannot be carried out.
    """
    deadline = time.monotonic() + patience
    connection = Connection(place)
    try:
        while True:
            alive = connection.alive()  # asked first: what a dying engine wrote is read below
            for fact in connection.new():
                event = fact.event
                if isinstance(event, DecisionTaken) and event.gate == gate and fact.seq > after:
                    return _told(event)
            if not alive or time.monotonic() > deadline:
                return None
            time.sleep(POLL_S)
    finally:
        connection.close()


def _told(taken: DecisionTaken) -> str:
    if taken.refused:
        raise InputError(taken.outcome)
    return taken.outcome


def decided(place: Place, decide: Callable[[Connection], str]) -> str:
    """Inserts a decision, waits until an engine has carried it out, and returns what it says.

    Args:
        place: Where a run is or was.
        decide: Inserts the decision and returns its gate.

    Raises:
        InputError: the decision cannot be carried out.
        EngineError: the engine ended before it took the decision up.
    """
    connection = Connection(place)
    try:
        gate = decide(connection)
    finally:
        connection.close()
    for _ in range(STARTS):
        api.start_engine(place, api.settings_for(place, {}))
        if (told := outcome(place, gate)) is not None:
            return told
    raise EngineError(
        f"The engine ended before it took this up: iml-tui {place.workspace} goes on, "
        "and does this first."
    )


def waits_for(place: Place) -> str:
    """What has to happen before a decision can be carried out; "" where nothing has."""
    if api.state_of(place).card is not None:
        return ""
    return "The run is not over: this is done when its programs are built, also if you leave here."


def until_over(place: Place) -> None:
    """Waits until no engine works on the workspace."""
    connection = Connection(place)
    try:
        while connection.alive():
            time.sleep(POLL_S)
    finally:
        connection.close()
