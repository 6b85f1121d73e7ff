"""Finding words in a log of any length: block by block, in a thread, without holding the log.

A search can go on where it stopped, so what comes later is found too. It finds what the eye would:
a hit between codes, in a bar that went on or beyond the shown part of a line is none.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from iml_tui.log.index import Index, entry_of
from iml_tui.log.source import Readable
from iml_tui.log.text import LINE_BYTES, clean
from iml_tui.widgets.search import spans

BLOCK_LINES = 2_048
READ_BYTES = 1 << 20
"""Lines of one file that lie further apart are read one by one."""
_CHANGED = bytes(code for code in [*range(32), 127] if code != ord("\n"))
"""Bytes that are shown otherwise, or not at all."""


class Search:
    """Where some words stand among the lines of a group."""

    def __init__(self, index: Index, lines: Sequence[int], wanted: str) -> None:
        """Nothing is looked at yet.

        Args:
            index: All lines.
            lines: Numbers of those that are searched; may grow.
            wanted: The words; capitals are told apart only where some are typed.
        """
        self.wanted = wanted
        self.hits = array("I")
        """Places in `lines`, in order."""
        self.looked = 0
        """Lines that were looked at."""
        self._index, self._lines = index, lines
        self._folds = wanted == wanted.lower()
        self._bytes = wanted.encode()

    @property
    def done(self) -> bool:
        """Whether there is nothing more to look at, for now."""
        return self.looked >= self.total

    @property
    def total(self) -> int:
        """Lines that there are."""
        return len(self._lines)

    def look(self) -> None:
        """Looks at one more block: a few milliseconds."""
        stop = min(self.looked + BLOCK_LINES, self.total)
        block = range(self.looked, stop)
        numbers = self._lines[self.looked : stop]
        by_source: dict[int, tuple[Readable, list[int], list[int]]] = {}
        for place, number in zip(block, numbers, strict=True):
            source, offset = self._index.place(number)
            _, places, offsets = by_source.setdefault(id(source), (source, [], []))
            places.append(place)
            offsets.append(offset)
        found = [
            places[at]
            for source, places, offsets in by_source.values()
            for at in self._in_source(source, offsets)
        ]
        self.hits.extend(sorted(found))
        self.looked = stop

    def _in_source(self, source: Readable, offsets: list[int]) -> Iterator[int]:
        """Which of the lines at `offsets` hold the words."""
        try:
            size = offsets[-1] - offsets[0] + LINE_BYTES
            if size > READ_BYTES or source.told:
                yield from self._one_by_one(source, offsets)
                return
            data = source.read(offsets[0], size)
        except OSError:
            return
        if b"\x1b" in data or b"\r" in data or not (self.wanted.isascii() or data.isascii()):
            starts = [offset - offsets[0] for offset in offsets]
            yield from self._line_by_line(data, starts)
        else:
            yield from self._at_once(data, offsets)

    def _at_once(self, data: bytes, offsets: list[int]) -> Iterator[int]:
        """The quick way: plain text is searched as a whole."""
        base, known = offsets[0], -1
        sure = data.isascii() and len(data.translate(None, _CHANGED)) == len(data)
        text = data.lower() if self._folds else data
        hit = text.find(self._bytes)
        while hit >= 0:
            at = bisect_right(offsets, base + hit) - 1
            start = offsets[at] - base
            end = data.find(b"\n", start)
            end = min(end if end >= 0 else len(data), start + LINE_BYTES)
            if at != known and hit < end and (sure or self._holds(data[start:end])):
                known = at
                yield at
            hit = text.find(self._bytes, max(hit + 1, end if hit < end else 0))

    def _line_by_line(self, data: bytes, starts: list[int]) -> Iterator[int]:
        for at, start in enumerate(starts):
            end = data.find(b"\n", start)
            line = data[start : end if end >= 0 else len(data)]
            if self._holds(line[:LINE_BYTES]):
                yield at

    def _one_by_one(self, source: Readable, offsets: list[int]) -> Iterator[int]:
        for at, offset in enumerate(offsets):
            line = source.read(offset, LINE_BYTES).partition(b"\n")[0]
            text = entry_of(source, 0.0, line).text if source.told else clean(line)
            if spans(text, self.wanted):
                yield at

    def _holds(self, line: bytes) -> bool:
        return bool(spans(clean(line), self.wanted))
