"""Decisions from the command line: insert one, see that an engine is there, await the outcome."""

import time
from collections.abc import Callable

from agents import api
from agents.api import Connection, Place
from agents.errors import EngineError, InputError
from agents.journal.events import DecisionTaken

POLL_S = 0.1
STARTS = 2
"""An engine that was about to end may have missed a decision: the next one takes it up."""


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
        connection.new()  # what was before is of no interest
        gate = decide(connection)
        for _ in range(STARTS):
            api.start_engine(place, api.settings_for(place, {}))
            if taken := _taken(connection, gate):
                return _outcome(taken)
    finally:
        connection.close()
    raise EngineError(
        f"The engine ended before it took this up: iml-tui {place.workspace} goes on, "
        "and does this first."
    )


def _taken(connection: Connection, gate: str) -> DecisionTaken | None:
    """What became of a decision; None if the engine ended without a word about it."""
    while True:
        alive = connection.alive()  # asked first: what a dying engine wrote is read below
        for fact in connection.new():
            if isinstance(fact.event, DecisionTaken) and fact.event.gate == gate:
                return fact.event
        if not alive:
            return None
        time.sleep(POLL_S)


def _outcome(taken: DecisionTaken) -> str:
    if taken.refused:
        raise InputError(taken.outcome)
    return taken.outcome


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
