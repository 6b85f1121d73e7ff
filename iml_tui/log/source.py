"""One growing file of the log, found line by line without being held.

`Scanner` knows where lines begin: empty ones are left out, what a carriage return wrote over counts
as never written, and a bar that goes on takes the place of the one before. `Source` reads the file,
a bounded piece at a time, and says when each piece came.
"""

import os
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from agents.journal.arrivals import Arrival, read_arrivals
from iml_tui.log.text import Bar, bar_of, is_stage, may_hold_bars, may_hold_stages

HELD_BYTES = 4_096
"""Of a line that has not ended so much is remembered, to tell what it is."""


class Lines(NamedTuple):
    """Lines that were found, as offsets into the file."""

    renewed: int | None
    """Stands where the last line of this file stood so far: a bar that went on."""
    fresh: list[int]
    stages: tuple[int, ...] = ()
    """Parts of programs that ended well: kept apart, since there are many and they say little."""


class Scanner:
    """Finds lines in the pieces of a file."""

    def __init__(self) -> None:
        """At the beginning of the file."""
        self.offset = 0
        """What was scanned so far."""
        self.start = 0
        """Where the line that has not ended begins, or what stands of it after a return."""
        self._held = b""
        self._bar: Bar | None = None

    @property
    def unfinished(self) -> bool:
        """Whether something stands in the line that has not ended."""
        return bool(self._held.strip())

    def feed(self, data: bytes) -> Lines:
        """Takes in what follows; returns the lines that ended in it."""
        first, *whole = data.split(b"\n")
        self._go_on(first, self.offset)
        self.offset += len(data)
        lines = Lines(None, [])
        if not whole:
            return lines
        last = whole.pop()
        if self.unfinished:
            lines = self._with(lines, self.start, self._held)
        position = self.offset - len(data) + len(first) + 1
        if b"\r" in data or self._bar is not None or may_hold_bars(data) or may_hold_stages(data):
            lines = self._told(lines, whole, position)
        else:
            lines.fresh.extend(_plain(whole, position))
        self.start, self._held = self.offset - len(last), b""
        self._go_on(last, self.start)
        return lines

    def finish(self) -> Lines:
        """Nothing more comes: what has not ended counts as a line."""
        lines = Lines(None, [])
        if self.unfinished:
            lines = self._with(lines, self.start, self._held)
        self.start, self._held = self.offset, b""
        return lines

    def _go_on(self, piece: bytes, position: int) -> None:
        """The line that has not ended is longer by `piece`, which stands at `position`."""
        whole = self._held + piece
        cut, held = _shown_from(whole), len(self._held)
        if cut:
            self.start = self.start + cut if cut < held else position + cut - held
        self._held = whole[cut : cut + HELD_BYTES]

    def _told(self, lines: Lines, whole: list[bytes], position: int) -> Lines:
        """The careful way: returns, bars and stages are looked for in every line."""
        for piece in whole:
            cut = _shown_from(piece) if b"\r" in piece else 0
            if piece and not piece.isspace():
                lines = self._with(lines, position + cut, piece[cut : cut + HELD_BYTES])
            position += len(piece) + 1
        return lines

    def _with(self, lines: Lines, offset: int, line: bytes) -> Lines:
        if is_stage(line):
            return lines._replace(stages=(*lines.stages, offset))
        bar = bar_of(line)
        goes_on = bar is not None and bar.goes_on(self._bar)
        self._bar = bar
        if not goes_on:
            lines.fresh.append(offset)
        elif lines.fresh:
            lines.fresh[-1] = offset
        else:
            lines = lines._replace(renewed=offset)
        return lines


def _plain(whole: list[bytes], position: int) -> Iterator[int]:
    """The quick way, for most lines there are."""
    for piece in whole:
        if piece and not piece.isspace():
            yield position
        position += len(piece) + 1


def _shown_from(line: bytes) -> int:
    """Where the last part that a terminal would still show begins."""
    return line.rstrip().rfind(b"\r") + 1


class Sentence(NamedTuple):
    """What the run says of itself; no part holds a tab or a new line."""

    who: str
    group: str
    tone: str
    text: str


class Readable(Protocol):
    """Something that lines are read from: a file, or the sentences of the run itself."""

    who: str
    groups: tuple[str, ...]
    key: str | None
    told: bool
    """Whether its lines say themselves who speaks and in which tone."""

    def read(self, offset: int, size: int) -> bytes:
        """Bytes from `offset` on; fewer at the end.

        Raises:
            OSError: It is gone.
        """
        ...


@dataclass
class Spool:
    """The sentences of the run itself as one text: a hundred thousand take ten megabytes."""

    who: str = "engine"
    groups: tuple[str, ...] = ("engine",)
    key: str | None = None
    told: bool = True
    _text: bytearray = field(default_factory=bytearray)

    def read(self, offset: int, size: int) -> bytes:
        """A part of it."""
        return bytes(self._text[offset : offset + size])

    def add(self, sentence: Sentence) -> int:
        """One more line; where it stands."""
        offset = len(self._text)
        self._text += "\t".join(sentence).encode() + b"\n"
        return offset

    def sentence(self, offset: int) -> Sentence:
        """What stands there."""
        return said(bytes(self._text[offset : self._text.index(b"\n", offset)]))


def said(line: bytes) -> Sentence:
    """A line of the spool."""
    return Sentence(*line.decode("utf-8", "replace").split("\t", 3))


@dataclass
class Source:
    """The output of one program, or the answer of one model."""

    path: Path
    who: str
    groups: tuple[str, ...]
    key: str | None = None
    """Of the moment in the run that it belongs to."""
    told: bool = False
    ended: bool = False
    """Whether its program is over: what lies there then is all."""
    scanner: Scanner = field(default_factory=Scanner)
    last: int | None = None
    """Number of its last line in the index."""
    _begun: list[tuple[float, float]] = field(default_factory=list)
    """Wall clock and active seconds of each start of its program."""
    _arrivals: list[Arrival] = field(default_factory=list)
    _offsets: "array[int]" = field(default_factory=lambda: array("Q"))
    _noted: int = 0

    def begin(self, at: float, active: float) -> None:
        """Its program started, or started again and adds to the file."""
        self._begun.append((at, active))
        self.ended = False

    def again(self) -> None:
        """It is read from its beginning once more."""
        self.scanner, self.last = Scanner(), None
        self._arrivals, self._offsets, self._noted = [], array("Q"), 0

    def read(self, offset: int, size: int) -> bytes:
        """Bytes of the file; see `Readable`."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.pread(descriptor, size, offset)
        finally:
            os.close(descriptor)

    def size(self) -> int:
        """Bytes that lie there; those already scanned where the file is gone."""
        try:
            return self.path.stat().st_size
        except OSError:
            return self.scanner.offset

    def due(self) -> float:
        """Active seconds at which what was not read yet began to come."""
        found, self._noted = read_arrivals(self.path, self._noted)
        self._arrivals += found
        self._offsets.extend(note.offset for note in found)
        place = bisect_right(self._offsets, self.scanner.offset)
        return self._active(self._arrivals[place - 1].at if place else None)

    def piece(self, most: int) -> bytes:
        """What comes next, all of it of one time; empty where it cannot be read."""
        place = bisect_right(self._offsets, self.scanner.offset)
        if place < len(self._offsets):
            most = min(most, self._offsets[place] - self.scanner.offset)
        try:
            return self.read(self.scanner.offset, most)
        except OSError:
            return b""

    def _active(self, at: float | None) -> float:
        """The run's own clock for a wall clock: it stands still between starts."""
        begun = [one for one in self._begun if at is not None and one[0] <= at] or self._begun[:1]
        if not begun:
            return 0.0
        wall, active = begun[-1]
        return active + (at - wall if at is not None and at > wall else 0.0)
