"""The log of a run put together: its own sentences, and every file that a program or model wrote.

The order is made from what lies on the disk alone: a fact stands where it was recorded, a part of
a file where its note says that it came (`agents.journal.arrivals`), or where its program started if
there is none. So a run that is opened again reads as it did. Reading is bounded and can go on any
time; all of it belongs to one thread.
"""

import re
import time
from collections import deque
from heapq import heappop, heappush
from pathlib import Path

from iml_tui.drawing.draw import printable
from iml_tui.log.hearing import ENGINE, Hearing, Opened
from iml_tui.log.index import Entry, Index, entry_of
from iml_tui.log.source import Lines, Sentence, Source, Spool
from iml_tui.log.text import CUT, LINE_CHARACTERS

READ_BYTES = 1 << 17
TAIL_BYTES = 600
"""Of a line that is still being written, the end is shown."""
_ROUND = re.compile(r"([^/]+)/round-(\d+)(?:/|$)")


class Reading:
    """What was read of a log so far."""

    def __init__(self, state_dir: Path) -> None:
        """Nothing is read yet."""
        self.index = Index()
        self.live: tuple[tuple[Entry, tuple[str, ...]], ...] = ()
        """Lines that have not ended, and the groups of each."""
        self._state_dir = state_dir
        self._spool = Spool()
        self._told: deque[tuple[float, int, str]] = deque()
        """Sentences that have no place yet: when, where in the spool, which group."""
        self._sources: dict[str, Source] = {}
        self._order: dict[int, int] = {}
        self._steps: dict[str, Source] = {}
        self._due: list[tuple[float, int, Source]] = []
        """A heap: what there is to read, by the time at which it came."""
        self._waiting: dict[int, Source] = {}
        """Files that may grow."""

    # --- facts --------------------------------------------------------------------------------

    def hear(self, heard: Hearing) -> None:
        """What one more fact means: a sentence to show, a file to follow, one that is whole now."""
        if heard.sentence is not None:
            self._tell(heard.active, heard.sentence)
        if heard.opened is not None:
            self._begin(heard.opened, heard.active)
        if heard.ended in self._steps:
            self._steps.pop(heard.ended).ended = True
        if heard.all_ended:
            for source in self._steps.values():
                source.ended = True
            self._steps.clear()

    def say(self, words: str, at: float) -> None:
        """Adds what was said outside of the journal."""
        self._tell(at, Sentence(ENGINE, ENGINE, "fail", printable(words)[:LINE_CHARACTERS]))

    def _tell(self, at: float, sentence: Sentence) -> None:
        self._told.append((at, self._spool.add(sentence), sentence.group))

    def _begin(self, opened: Opened, active: float) -> None:
        if opened.anew and opened.log in self._sources:
            self._start_again()
        source = self._sources.get(opened.log)
        if source is None:
            known = _ROUND.match(opened.step)
            key = f"{known[1]}/{known[2]}" if known else None
            path = self._state_dir / opened.log
            source = Source(path, printable(opened.who), opened.groups, key)
            self._order[id(source)] = len(self._sources)
            self._sources[opened.log] = source
        self._steps[opened.step] = source
        self._waiting[id(source)] = source
        source.begin(opened.at, active)

    # --- reading ------------------------------------------------------------------------------

    def read(self, horizon: float, seconds: float) -> bool:
        """Reads on; whether anything was found.

        Args:
            horizon: Active seconds up to which all facts are known.
            seconds: After so much work it returns; the rest is read by the next call.
        """
        until = time.thread_time() + seconds
        self._look()
        found = False
        while time.thread_time() < until:
            next_file = self._due[0][0] if self._due else horizon
            if self._told and self._told[0][0] <= next_file:
                self._place()
            elif self._due and next_file <= horizon:
                self._take()
            else:
                break
            found = True
        live = self._unfinished()
        found = found or live != self.live
        self.live = live
        return found

    def _look(self) -> None:
        """Finds the files that have grown."""
        for source in list(self._waiting.values()):
            size = source.size()
            if size < source.scanner.offset:
                self._start_again()
                self._look()
                return
            if size > source.scanner.offset:
                del self._waiting[id(source)]
                self._push(source)
            elif source.ended:
                self._finish(source)

    def _push(self, source: Source) -> None:
        heappush(self._due, (source.due(), self._order[id(source)], source))

    def _place(self) -> None:
        """A sentence takes its place."""
        at, offset, group = self._told.popleft()
        self.index.add(self._spool, at, Lines(None, [offset]), (group,))

    def _take(self) -> None:
        """A piece of the file whose turn it is."""
        at, _, source = heappop(self._due)
        data = source.piece(READ_BYTES)
        self.index.add(source, at, source.scanner.feed(data))
        if data and source.size() > source.scanner.offset:
            self._push(source)
        elif source.ended:
            self._finish(source)
        else:
            self._waiting[id(source)] = source

    def _finish(self, source: Source) -> None:
        self.index.add(source, source.due(), source.scanner.finish())
        self._waiting.pop(id(source), None)

    def _unfinished(self) -> tuple[tuple[Entry, tuple[str, ...]], ...]:
        return tuple(
            (_end_of_line(source), source.groups)
            for source in self._waiting.values()
            if source.scanner.unfinished
        )

    def _start_again(self) -> None:
        """A file was written anew: everything takes its place once more."""
        old, self.index = self.index, Index()
        placed = [(*old.place(number), old.at(number)) for number in range(len(old))]
        self._told.extendleft(
            (at, offset, self._spool.sentence(offset).group)
            for source, offset, at in reversed(placed)
            if source is self._spool
        )
        self._due.clear()
        for source in self._sources.values():
            source.again()
            self._waiting[id(source)] = source


def _end_of_line(source: Source) -> Entry:
    scanner = source.scanner
    start = max(scanner.start, scanner.offset - TAIL_BYTES)
    try:
        line = source.read(start, scanner.offset - start)
    except OSError:
        line = b""
    entry = entry_of(source, source.due(), line.rstrip(b"\r"))
    if start == scanner.start or not entry.parts:
        return entry
    (text, style), *rest = entry.parts
    shown = ((CUT, "$dim"), (text.lstrip("\ufffd"), style), *rest)
    return Entry(entry.at, entry.who, shown, entry.tone, entry.key)
