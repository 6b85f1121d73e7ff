"""The log as lines: what programs print, read from their files, and what the engine says of itself.

Program output is somebody else's text: bytes that are no UTF-8, control codes, carriage returns and
endless lines are made harmless here. Memory is bounded; what was dropped still lies in the files.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from agents.journal.events import Recorded
from agents.journal.state import LogFile, State
from iml_tui.draw import printable
from iml_tui.present import headline, subject, tone

KEPT_LINES = 50_000
SLACK = 10_000
"""Lines are dropped in batches of this many."""
LINE_CHARACTERS = 2_000
PENDING_BYTES = 64 * 1024
READ_BYTES = 1 << 20
"""At most so much is read from one file at a time, so that the screen stays quick."""
TAIL_BYTES = 4 << 20
"""Of a file that is longer when it is opened, only the end is read."""

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_FAULT = re.compile(r"^(Traceback \(most recent|  File \"|[A-Za-z_.]*(Error|Exception)\b|ERROR\b)")
_WARNING = re.compile(r"warn(ing)?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log."""

    at: float
    """Active seconds of the run."""
    who: str
    text: str
    tone: str
    """The role of colour it is told in."""


def clean(line: bytes) -> str:
    """A line of output as text that can be shown: one line, no codes, not endless."""
    text = line[: LINE_CHARACTERS * 4].decode("utf-8", errors="replace")
    text = _ESCAPES.sub("", text)
    segments = [segment for segment in text.split("\r") if segment.strip()]
    last = segments[-1] if segments else ""
    return printable(last.expandtabs(4))[:LINE_CHARACTERS].rstrip()


def tone_of(text: str) -> str:
    """How a line of a program's output is coloured."""
    if _FAULT.match(text):
        return "fail"
    return "wait" if _WARNING.search(text[:200]) else "fg"


def last_words(path: Path, lines: int = 6) -> list[str]:
    """The end of a file, for somebody who has to know why a process is gone."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - PENDING_BYTES))
            words = [clean(line) for line in file.read().split(b"\n")]
    except OSError:
        return []
    return [word for word in words if word][-lines:]


class Tail:
    """Reads what was added to a growing file."""

    def __init__(self, path: Path) -> None:
        """The file need not be there yet."""
        self._path = path
        self._offset = -1
        self._pending = b""

    def read(self) -> tuple[list[str], bool]:
        """Lines completed since the last call, and whether more lies there already."""
        try:
            with self._path.open("rb") as file:
                size = file.seek(0, 2)
                if self._offset < 0:
                    self._offset = max(0, size - TAIL_BYTES)
                self._offset = min(self._offset, size)
                file.seek(self._offset)
                data = file.read(READ_BYTES)
        except OSError:
            return [], False
        self._offset += len(data)
        return self._lines(data), self._offset < size

    def _lines(self, data: bytes) -> list[str]:
        *whole, pending = (self._pending + data).split(b"\n")
        if len(pending) > PENDING_BYTES:
            pending = pending[pending.rfind(b"\r") + 1 :][:PENDING_BYTES]
        self._pending = pending
        return [clean(line) for line in whole]


class Logbook:
    """All lines of a run in the order in which they came."""

    def __init__(self, state_dir: Path) -> None:
        """Follows the files below the workspace's `.iml`."""
        self._state_dir = state_dir
        self._tails: dict[str, tuple[LogFile, Tail]] = {}
        self._finished: set[str] = set()
        self._opened = False
        self.entries: list[Entry] = []
        self.dropped = 0
        """Lines that are no longer held."""

    @property
    def total(self) -> int:
        """Lines so far."""
        return self.dropped + len(self.entries)

    def restart(self) -> None:
        """A new run: its log begins empty."""
        self._tails.clear()
        self._finished.clear()
        self.entries.clear()
        self.dropped = 0

    def follow(self, state: State, facts: Iterable[tuple[Recorded, State]], active: float) -> bool:
        """Takes in new facts and new output; True when there was any.

        Args:
            state: The run as of now.
            facts: New facts, each with the state that includes it.
            active: Active seconds of the run.
        """
        found = [entry for fact, after in facts if (entry := _told(fact, after)) is not None]
        for log in state.logs:
            self._tails.setdefault(log.path, (log, Tail(self._state_dir / log.path)))
        for path in [path for path in self._tails if path not in self._finished]:
            found += self._read(path, state, active)
        self._opened = True
        if not found:
            return False
        found.sort(key=lambda entry: entry.at)
        self.entries += found
        self._trim()
        return True

    def tell(self, words: Iterable[str], at: float) -> None:
        """Adds what the engine's process said outside of its journal."""
        self.entries += [Entry(at, "engine", clean(word.encode()), "fail") for word in words]

    def _read(self, path: str, state: State, active: float) -> list[Entry]:
        log, tail = self._tails[path]
        lines, more = tail.read()
        if not lines and not more and log.step not in state.running:
            self._finished.add(path)
        at = active if self._opened else log.started
        return [Entry(at, log.track, text, tone_of(text)) for text in lines if text]

    def _trim(self) -> None:
        extra = len(self.entries) - KEPT_LINES
        if extra > SLACK:
            del self.entries[:extra]
            self.dropped += extra


def _told(fact: Recorded, after: State) -> Entry | None:
    text = headline(fact.event, after)
    if text is None:
        return None
    shown = printable(text)[:LINE_CHARACTERS]
    return Entry(fact.active, subject(fact.event), shown, tone(fact.event))
