"""Decisions from the command line: insert one, see that an engine is there, await the outcome."""

import time
from collections.abc import Callable

from agents import api
from agents.api import Connection, Place
from agents.errors import EngineError
from agents.journal.events import DecisionTaken

POLL_S = 0.1


def decided(place: Place, decide: Callable[[Connection], str]) -> str:
    """Inserts a decision, waits until an engine has taken it up, and returns what it says.

    Args:
        place: Where a run is or was.
        decide: Inserts the decision and returns its gate.

    Raises:
        EngineError: the engine ended before it took the decision up.
    """
    connection = Connection(place)
    try:
        connection.new()  # what was before is of no interest
        gate = decide(connection)
        api.start_engine(place, api.settings_for(place, {}))
        while True:
            alive = connection.alive()  # asked first: what a dying engine wrote is read below
            for fact in connection.new():
                if isinstance(fact.event, DecisionTaken) and fact.event.gate == gate:
                    return fact.event.outcome
            if not alive:
                raise EngineError(
                    f"The engine ended before it took this up: iml-tui {place.workspace} goes on, "
                    "and does this first."
                )
            time.sleep(POLL_S)
    finally:
        connection.close()


def until_over(place: Place) -> None:
    """Waits until no engine works on the workspace."""
    connection = Connection(place)
    try:
        while connection.alive():
            time.sleep(POLL_S)
    finally:
        connection.close()
