"""Follows the journal beside the screen: facts are read and folded in a thread of their own.

What lies there already is folded first and told at once, as the state that it comes to. Its facts
follow one by one for the log, which tells a long run for seconds: the thread hears when its last
news was taken before it brings more, so that a hundred thousand facts are many small things for the
screen to do, between which a key is answered at once. A journal that was deleted or replaced while
it was open is noticed.
"""

import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import override

from agents.api import Connection, Place
from agents.errors import WorkspaceError
from agents.journal.events import Progress, Recorded, RunStarted
from agents.journal.folding import apply, fold
from agents.journal.state import State
from agents.journal.store import without_collector

ALIVE_EVERY = 10
"""The engine's lock and the file's place are looked at once in so many polls."""
FACTS_AT_ONCE = 200
RESTS_S = 0.01
"""Between two such parts: a key is waited for, the log of what has long been is not."""
FOLDED_AT_ONCE = 4_000
"""Of facts that nobody is told of one by one."""
TAKEN_S = 5.0
"""A screen that takes nothing for so long is asked again."""


@dataclass(frozen=True)
class News:
    """What one look at the journal brought."""

    state: State
    """As of now: it may be ahead of the facts."""
    active: float
    alive: bool
    facts: tuple[tuple[Recorded, State], ...] = ()
    """New ones, each with the state that includes it."""
    progress: Mapping[str, Progress] = field(default_factory=dict)
    more: bool = False
    """Whether more facts lie there already."""
    fresh: bool = False
    """Whether this is the first look at a journal: what was known before is forgotten."""
    gone: bool = False
    """Whether the workspace was deleted while it was open."""
    notice: str = ""


class Follower(threading.Thread):
    """Looks at a journal, also while there is none yet."""

    def __init__(self, place: Place, tell: Callable[[News], object], pause_s: float) -> None:
        """Nothing is looked at before `start`.

        Args:
            place: Where the journal is or will be.
            tell: Hears the news, in this thread; says with `taken` when it has taken them.
            pause_s: Between two looks.
        """
        super().__init__(name="journal", daemon=True)
        self._place, self._tell, self._pause = place, tell, pause_s
        self._state = State()
        """After the facts that were told."""
        self._ahead = State()
        """After all that lay there when the journal was opened."""
        self._connection: Connection | None = None
        self._file: tuple[int, int] | None = None
        self._polls = 0
        self._alive = True
        self._more = self._gone = False
        self._ended = threading.Event()
        self._taken = threading.Event()
        self._again = threading.Event()

    def taken(self) -> None:
        """The last news is on the screen."""
        self._taken.set()

    def look_again(self) -> None:
        """The engine may be another one: its lock is looked at next time."""
        self._again.set()

    def end(self) -> None:
        """Nothing is looked at any more."""
        self._ended.set()
        self._taken.set()

    @override
    def run(self) -> None:
        """Looks until it is ended."""
        while not self._ended.is_set():
            news = self._look()
            if news is not None:
                self._taken.clear()
                self._tell(news)
                self._taken.wait(TAKEN_S)
            self._ended.wait(RESTS_S if news is not None and news.more else self._pause)
        self._close()

    def _look(self) -> News | None:
        try:
            fresh = self._open()
            return self._read(fresh=fresh) if self._connection is not None else None
        except (sqlite3.Error, WorkspaceError, OSError):
            self._close()
            return None

    def _open(self) -> bool:
        """Opens the journal as soon as the engine has made one; whether it did just now."""
        if self._connection is not None or not self._place.has_run:
            return False
        self._connection = Connection(self._place)
        self._file = _identity(self._place)
        self._state, self._polls = State(), 0
        self._ahead = self._caught_up()
        return True

    def _caught_up(self) -> State:
        """Folds what lies there, and keeps nothing of it."""
        scout, state = Connection(self._place), State()
        try:
            with without_collector():
                while not self._ended.is_set() and (new := scout.new(FOLDED_AT_ONCE)):
                    state = fold(new, state)
        finally:
            scout.close()
        return state

    def _read(self, *, fresh: bool) -> News:
        connection = self._connection
        assert connection is not None
        gone = self._look_around(connection)
        new = connection.new(FACTS_AT_ONCE) if fresh or connection.changed() or self._more else []
        self._more = len(new) == FACTS_AT_ONCE
        facts = self._folded(new)
        state = self._state if self._state.seq >= self._ahead.seq else self._ahead
        return News(
            state=state,
            active=_active(state, connection),
            alive=self._alive,
            facts=tuple(facts),
            progress=connection.progress() if state.card is None else {},
            more=self._more,
            fresh=fresh,
            gone=gone,
            notice=connection.notice if fresh else "",
        )

    def _folded(self, new: list[Recorded]) -> list[tuple[Recorded, State]]:
        facts: list[tuple[Recorded, State]] = []
        for fact in new:
            self._state = apply(self._state, fact)
            if isinstance(fact.event, RunStarted):
                facts.clear()
            facts.append((fact, self._state))
        return facts

    def _look_around(self, connection: Connection) -> bool:
        """Looks at the lock, now and then; whether the journal's file is no longer in its place."""
        if self._polls % ALIVE_EVERY == 0 or self._again.is_set():
            self._again.clear()
            self._alive = connection.alive()
            now = _identity(self._place)
            if now is not None and now != self._file:
                self._close()
                raise WorkspaceError("The journal is another one now.")
            self._gone = now is None
        self._polls += 1
        return self._gone

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def _identity(place: Place) -> tuple[int, int] | None:
    """Which file the journal is; None where there is none."""
    try:
        found = Path(place.state_dir / "journal.db").stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _active(state: State, connection: Connection) -> float:
    if state.card is not None:
        return state.card.active_seconds
    return max(state.active, connection.active()) if state.mark == "running" else state.active
