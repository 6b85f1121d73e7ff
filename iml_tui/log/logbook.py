"""The log of a run for the screen: read beside the screen's loop, and looked at a page at a time.

`follow` never waits: it hands new facts to a thread, whose work is bounded a call and rests while a
key is answered, and says whether there is more to show. What is shown is read from the files when
it is looked at (`Index`), so a log of any length takes twenty bytes a line.
"""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from iml_tui.log.hearing import Hearing
from iml_tui.log.index import EVERYTHING, Entry, Index, Pages
from iml_tui.log.reading import Reading
from iml_tui.log.text import clean
from iml_tui.turns import PART_S

WORK_S = 0.06
"""Seconds of the processor that reading takes a call at most."""
LAST_BYTES = 64 * 1024


def last_words(path: Path, lines: int = 6) -> list[str]:
    """The end of a file, for somebody who has to know why a process is gone."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - LAST_BYTES))
            words = [clean(line) for line in file.read().split(b"\n")]
    except OSError:
        return []
    return [word for word in words if word][-lines:]


class Logbook:
    """All lines of a run in the order in which they came."""

    def __init__(self, state_dir: Path, rest: Callable[[], None] = lambda: None) -> None:
        """Nothing is read yet.

        Args:
            state_dir: The workspace's `.iml`, below which the files lie.
            rest: Lets others go first; called by the thread that reads, between two parts of it.
        """
        self._rest = rest
        self._state_dir = state_dir
        self._reading = Reading(state_dir)
        self._pages = Pages(self._reading.index)
        self._heard: list[Hearing] = []
        self._thread = ThreadPoolExecutor(1, "log")
        self._work: Future[bool] | None = None

    @property
    def index(self) -> Index:
        """Where every line stands; another one once a run begins, or a file was written anew."""
        return self._reading.index

    @property
    def total(self) -> int:
        """Lines so far."""
        return len(self.index)

    @property
    def last(self) -> Entry | None:
        """The newest line that is worth reading."""
        lines = self.index.lines(EVERYTHING)
        return self.entry(lines[-1]) if lines else None

    @property
    def live(self) -> tuple[tuple[Entry, tuple[str, ...]], ...]:
        """Lines that are still being written, and the groups of each."""
        return self._reading.live

    def entry(self, number: int) -> Entry:
        """A line as it is shown."""
        if self._pages.index is not self.index:
            self._pages = Pages(self.index)
        return self._pages.entry(number)

    def restart(self) -> None:
        """A new run: its log begins empty."""
        self._reading = Reading(self._state_dir)
        self._heard.clear()

    def follow(self, heard: Iterable[Hearing]) -> bool:
        """Takes in new facts and new output; True while there may be more to show.

        Args:
            heard: What new facts mean for the log.
        """
        self._heard += heard
        if self._work is not None and not self._work.done():
            return True
        grown = self._work is not None and self._work.result()
        fresh, self._heard = self._heard, []
        self._work = self._thread.submit(_read, self._reading, fresh, self._rest)
        return grown or bool(fresh)

    def tell(self, words: Iterable[str], at: float) -> None:
        """Adds what the engine's process said outside of its journal."""
        said = list(words)
        self._thread.submit(_say, self._reading, said, at).result()


def _read(reading: Reading, heard: list[Hearing], rest: Callable[[], None]) -> bool:
    """Facts that were heard are known; beyond the last of them more may be on their way."""
    until = time.thread_time() + WORK_S
    for one in heard:
        reading.hear(one)
    horizon = heard[-1].active if heard else float("inf")
    grown = bool(heard)
    rest()
    while reading.read(horizon, PART_S):
        grown = True
        if time.thread_time() > until:
            break
        rest()
    return grown


def _say(reading: Reading, words: list[str], at: float) -> None:
    for word in words:
        reading.say(word, at)
    reading.read(at, WORK_S)
