"""Follows the journal beside the screen: facts are read and folded in a thread of their own.

What lies there already is told at once, as the state that it comes to (`iml_tui.past`). The log of
it follows in parts: the thread hears when its last news was taken before it brings more, so that a
hundred thousand facts are many small things for the screen to do, between which a key is answered
at once. A journal that was deleted or replaced while it was open is noticed.
"""

import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import override

from agents.api import Connection, Place
from agents.errors import WorkspaceError
from agents.journal.events import Progress, Recorded, RunStarted
from agents.journal.folding import Folding
from agents.journal.state import State
from agents.journal.talks import Told
from iml_tui.log.hearing import Hearing, hearing
from iml_tui.past import Forerunner, Past, read_past

ALIVE_EVERY = 10
"""The engine's lock and the file's place are looked at once in so many polls."""
RESTS_S = 0.01
"""Between two parts of the past: a key is waited for, the log of what has long been is not."""
TAKEN_S = 5.0
"""A screen that takes nothing for so long is asked again."""


@dataclass(frozen=True)
class News:
    """What one look at the journal brought."""

    state: State
    """As of now: it may be ahead of what was heard."""
    active: float
    alive: bool
    facts: tuple[Recorded, ...] = ()
    """New ones; those of the past are in its state."""
    heard: tuple[Hearing, ...] = ()
    """What facts mean for the log, those of the past first."""
    progress: Mapping[str, Progress] = field(default_factory=dict)
    unread: tuple[Told, ...] = ()
    """What was told in words and no engine has taken up."""
    more: bool = False
    """Whether more of the past is to be heard."""
    fresh: bool = False
    """Whether this is the first look at a journal: what was known before is forgotten."""
    gone: bool = False
    """Whether the workspace was deleted while it was open."""
    notice: str = ""


class Follower(threading.Thread):
    """Looks at a journal, also while there is none yet."""

    def __init__(
        self,
        place: Place,
        tell: Callable[[News], object],
        pause_s: float,
        ahead: Forerunner | None = None,
        rest: Callable[[], None] = lambda: None,
    ) -> None:
        """Nothing is looked at before `start`.

        Args:
            place: Where the journal is or will be.
            tell: Hears the news, in this thread; says with `taken` when it has taken them.
            pause_s: Between two looks.
            ahead: Who reads already what lies there.
            rest: Lets others go first; called in this thread before each look.
        """
        super().__init__(name="journal", daemon=True)
        self._rest = rest
        self._place, self._tell, self._pause, self._ahead = place, tell, pause_s, ahead
        self._state = State()
        self._past: Past | None = None
        """As long as there is more of it to hear."""
        self._later: list[Hearing] = []
        """What is heard of new facts meanwhile."""
        self._connection: Connection | None = None
        self._unread: tuple[Told, ...] = ()
        self._file: tuple[int, int] | None = None
        self._polls = 0
        self._alive = True
        self._gone = False
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
            self._rest()
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
        self._past = self._ahead.past() if self._ahead is not None else read_past(self._place)
        self._ahead, self._later, self._polls = None, [], 0
        self._state = self._past.state
        self._file = _identity(self._place)
        self._connection = Connection(self._place, after=self._state.seq)
        return True

    def _read(self, *, fresh: bool) -> News:
        connection = self._connection
        assert connection is not None
        gone = self._look_around(connection)
        changed = fresh or connection.changed()
        facts = connection.new() if changed else []
        if facts:
            self._take(facts)
        if changed:
            self._unread = connection.unread(self._state)
        return News(
            state=self._state,
            unread=self._unread,
            active=_active(self._state, connection),
            alive=self._alive,
            facts=tuple(facts),
            heard=() if fresh else tuple(self._heard()),
            progress=connection.progress() if self._state.card is None or self._alive else {},
            more=self._past is not None,
            fresh=fresh,
            gone=gone,
            notice=connection.notice if fresh else "",
        )

    def _take(self, facts: Sequence[Recorded]) -> None:
        folding = Folding(self._state)
        for fact in facts:
            after = folding.take(fact)
            if isinstance(fact.event, RunStarted):
                self._past, self._later = None, []
            self._later.append(hearing(fact, after))
        self._state = folding.end()

    def _heard(self) -> list[Hearing]:
        """The next part of the past; once that is over, what is new."""
        part = self._past.heard() if self._past is not None else None
        if part is None:
            self._past = None
            part, self._later = self._later, []
        return part

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
