"""Where every line of the log stands: twenty-four bytes a line, in the order in which they came.

Lines are never held. The files are the truth; the index says which file and where, and reads what
is looked at, a block at a time. It only grows; a bar that goes on moves its line within its file.
One thread adds to it while another one reads.
"""

from array import array
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from iml_tui.log.source import Lines, Readable, Source, said
from iml_tui.log.text import LINE_BYTES, Part, parts, tone_of

EVERYTHING, STAGES = "all", "stages"
"""Groups besides those of tracks: all that is worth reading, and how long each part of a program
took."""
BLOCK = 1 << 15
BLOCKS = 64
"""Blocks that are kept: two megabytes, some screens full."""
_BITS = 40
_OFFSET = (1 << _BITS) - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log."""

    at: float
    """Active seconds of the run."""
    who: str
    parts: tuple[Part, ...]
    tone: str
    """The role of colour it is told in, where its parts have none of their own."""
    key: str | None = None
    """Of the moment that it belongs to."""

    @property
    def text(self) -> str:
        """The line without its colours."""
        return "".join(text for text, _ in self.parts)


class Index:
    """The lines of a run, and those of each of its groups: the engine, a track, the models."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.sources: list[Readable] = []
        self._at = array("d")
        self._places = array("Q")
        self._groups: dict[str, array[int]] = {EVERYTHING: array("I")}
        self._numbers: dict[int, int] = {}

    def __len__(self) -> int:
        """Lines so far."""
        return len(self._places)

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of further groups that have lines, in the order in which they came."""
        return tuple(name for name in self._groups if name != EVERYTHING)

    def lines(self, group: str) -> Sequence[int]:
        """Numbers of the lines of a group, oldest first."""
        return self._groups.get(group, ())

    def add(self, source: Readable, at: float, lines: Lines, groups: Sequence[str] = ()) -> None:
        """More lines of a source.

        Args:
            source: Where they stand.
            at: Active seconds when they came.
            lines: Their offsets.
            groups: What they belong to; else that of the source.
        """
        number = self._number(source) << _BITS
        if lines.renewed is not None and isinstance(source, Source) and source.last is not None:
            self._places[source.last] = number | lines.renewed
        if lines.stages:
            self._extend(number, at, lines.stages, (STAGES,))
        if lines.fresh:
            self._extend(number, at, lines.fresh, (EVERYTHING, *(groups or source.groups)))
            if isinstance(source, Source):
                source.last = len(self._places) - 1

    def _extend(
        self, number: int, at: float, offsets: Sequence[int], groups: Sequence[str]
    ) -> None:
        first = len(self._places)
        self._at.extend([at] * len(offsets))
        self._places.extend([number | offset for offset in offsets])
        for group in groups:  # last: who reads a group finds its lines there
            known = self._groups.setdefault(group, array("I"))
            known.extend(range(first, first + len(offsets)))

    def _number(self, source: Readable) -> int:
        known = self._numbers.get(id(source))
        if known is None:
            known = self._numbers[id(source)] = len(self.sources)
            self.sources.append(source)
        return known

    def place(self, number: int) -> tuple[Readable, int]:
        """The source of a line and where the line stands in it."""
        place = self._places[number]
        return self.sources[place >> _BITS], place & _OFFSET

    def at(self, number: int) -> float:
        """When a line came, in active seconds."""
        return self._at[number]


class Pages:
    """Reads lines for the eye, and keeps the blocks that it read last."""

    def __init__(self, index: Index) -> None:
        """Reads what `index` knows of."""
        self.index = index
        self._blocks: OrderedDict[tuple[int, int], bytes] = OrderedDict()

    def entry(self, number: int) -> Entry:
        """A line as it is shown."""
        source, offset = self.index.place(number)
        at = self.index.at(number)
        try:
            line = self._line(source, offset)
        except OSError:
            gone = ("This line is gone: its file was deleted or cannot be read.", "")
            return Entry(at, source.who, (gone,), "dim", source.key)
        return entry_of(source, at, line)

    def _line(self, source: Readable, offset: int) -> bytes:
        found = b""
        while len(found) < LINE_BYTES:
            block, start = divmod(offset + len(found), BLOCK)
            data = self._block(source, block, start)
            end = data.find(b"\n", start)
            found += data[start : end if end >= 0 else len(data)]
            if end >= 0 or len(data) < BLOCK:
                break
        return found[:LINE_BYTES]

    def _block(self, source: Readable, block: int, start: int) -> bytes:
        key = (id(source), block)
        data = self._blocks.get(key, b"")
        if data.find(b"\n", start) < 0 and len(data) < BLOCK:
            data = source.read(block * BLOCK, BLOCK)
            self._blocks[key] = data
        self._blocks.move_to_end(key)
        if len(self._blocks) > BLOCKS:
            self._blocks.popitem(last=False)
        return data


def entry_of(source: Readable, at: float, line: bytes) -> Entry:
    """A line of a source as it is shown."""
    if source.told:
        sentence = said(line)
        return Entry(at, sentence.who, ((sentence.text, ""),), sentence.tone)
    shown = tuple(parts(line))
    tone = tone_of("".join(text for text, _ in shown))
    return Entry(at, source.who, shown, tone, source.key)
