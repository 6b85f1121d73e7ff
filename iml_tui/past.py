"""The past of a run: the state that it comes to, then its log, read by a process of its own.

To fold forty thousand facts takes as long as to load the screen. A process that is split off before
the screen is loaded does so meanwhile, on another core, and no key ever waits for it. Where there
can be none, or it dies, the thread that asked does the same work itself.
"""

import contextlib
import gc
import os
import pickle
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Self

from agents.api import Connection, Place
from agents.journal.folding import Folding, fold
from agents.journal.growing import Growing
from agents.journal.state import LogFile, Moment, State
from agents.journal.store import without_collector

if TYPE_CHECKING:
    from iml_tui.log.hearing import Hearing

FOLDED_AT_ONCE = 4_000
HEARD_AT_ONCE = 500
"""To take so many in costs a millisecond or two."""
SENT_AT_ONCE = 200
"""Rounds or logs of a state: no other thread has a turn while a piece of it is unpacked."""
NICE = 5
"""The log of what has long been is not waited for; the state is."""


class Past:
    """What lay in a journal when it was opened."""

    def __init__(self, state: State, log: Iterator[list["Hearing"]]) -> None:
        self.state = state
        self._log = log

    def heard(self) -> "list[Hearing] | None":
        """What the log hears next of the newest run; None once that was all."""
        return next(self._log, None)


def read_past(place: Place) -> Past:
    """Reads it here and now; the log as it is asked for."""
    connection, state = Connection(place), State()
    try:
        with without_collector():
            while new := connection.new(FOLDED_AT_ONCE, settled=True):
                state = fold(new, state)
    finally:
        connection.close()
    return Past(state, _log(Connection(place), state))


def _log(connection: Connection, whole: State) -> Iterator[list["Hearing"]]:
    from iml_tui.log.hearing import hearing  # it loads half of the screen

    folding, seen = Folding(State()), 0
    try:
        begins = max((fact.seq for fact in connection.of_kinds("run-started")), default=0)
        while seen < whole.seq and (new := connection.new(HEARD_AT_ONCE)):
            part = []
            for fact in new:
                state, seen = folding.take(fact), fact.seq
                if begins <= seen <= whole.seq:
                    part.append(hearing(fact, state))
            if part:
                yield [*(one for one in part[:-1] if not one.is_empty), part[-1]]
    finally:
        connection.close()


class Forerunner:
    """The process that reads a past while the screen is loaded."""

    @classmethod
    def of(cls, place: Place) -> Self | None:
        """One that is under way; none where there is no past, or no process can be split off."""
        return cls(place) if place.has_run and hasattr(os, "fork") else None

    def __init__(self, place: Place) -> None:
        """Begins at once; only for a process without threads."""
        self._place = place
        reading, writing = os.pipe()
        self.process = os.fork()
        if not self.process:
            try:
                os.close(reading)
                with os.fdopen(writing, "wb") as file:
                    _send(place, file)
            finally:
                os._exit(0)  # nothing of the screen's process is cleaned up here
        os.close(writing)
        self._file = os.fdopen(reading, "rb")

    def past(self) -> Past:
        """Waits for the state; the log follows from there."""
        try:
            with without_collector():
                state = self._state()
        except (EOFError, pickle.UnpicklingError):
            self._end()
            return read_past(self._place)
        gc.freeze()  # what has been stays: to look for garbage in it holds up keys
        return Past(state, self._log(state))

    def _state(self) -> State:
        state: State = pickle.load(self._file)
        moments: list[Moment] = []
        logs: list[LogFile] = []
        while (piece := pickle.load(self._file)) is not None:
            (moments if isinstance(piece[0], Moment) else logs).extend(piece)
        return replace(state, moments=tuple(moments), logs=Growing(logs))

    def _log(self, state: State) -> Iterator[list["Hearing"]]:
        number = 0
        try:
            while (part := pickle.load(self._file)) is not None:
                number += 1
                yield part
        except (EOFError, pickle.UnpicklingError):  # it died: what is missing is read here
            yield from islice(_log(Connection(self._place), state), number, None)
        finally:
            self._end()

    def _end(self) -> None:
        self._file.close()
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.process, 0)


def _send(place: Place, file: BinaryIO) -> None:
    """The state and what there is much of in it, then the log; None at the end of each."""
    gc.disable()
    past = read_past(place)
    state = past.state
    _put(replace(state, moments=(), logs=Growing()), file)
    for many in (state.moments, state.logs):
        for first in range(0, len(many), SENT_AT_ONCE):
            _put([*many[first : first + SENT_AT_ONCE]], file)
    _put(None, file)
    os.nice(NICE)
    part: list[Hearing] | None = []
    while part is not None:
        part = past.heard()
        _put(part, file)


def _put(part: object, file: BinaryIO) -> None:
    pickle.dump(part, file, pickle.HIGHEST_PROTOCOL)
    file.flush()
