"""What changed between two programs, as values: changes with the lines around them.

The changes are those of `agents.journal.hunks`, so that number 2 means the same one to the engine,
to the command line and to the screen; here each gets the name of the function it lies in, a few
lines around it, both line numbers, and a mark under the words that differ.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from agents.journal.hunks import Hunk, hunks_between

Kind = Literal["same", "added", "removed"]
Span = tuple[int, int]
AROUND = 3
"""Unchanged lines that are shown before and after a change."""
_DEFINED = re.compile(r"^(\s*)(?:async\s+def|def|class)\s+(\w+)")
_WORD = re.compile(r"\d+\.\d+|\w+|\s+|[^\w\s]")
_ALIKE = 0.6
"""Lines that have less than this in common get no marks: all of them differs."""


@dataclass(frozen=True)
class DiffLine:
    """One line; a number is None on the side where the line does not stand."""

    kind: Kind
    old: int | None
    new: int | None
    text: str
    marks: tuple[Span, ...] = ()
    """Where its words differ from those of the line that it takes the place of."""


Pair = tuple[DiffLine | None, DiffLine | None]


@dataclass(frozen=True)
class Change:
    """One change of one file, with what stands around it."""

    number: int
    """From 1, as an answer to a proposal's gate names it."""
    path: str
    context: str
    """The function or class that it lies in; empty outside of any."""
    lines: tuple[DiffLine, ...]

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def span(self) -> str:
        """`lines 52 to 58` of the new text, or of the old one where all is gone."""
        numbers = [line.new for line in self.lines if line.new is not None]
        numbers = numbers or [line.old for line in self.lines if line.old is not None]
        return f"lines {numbers[0]} to {numbers[-1]}" if numbers else ""

    @property
    def as_text(self) -> str:
        """Its lines, each with a sign."""
        signs = {"same": " ", "added": "+", "removed": "-"}
        return "\n".join(f"{signs[line.kind]}{line.text}" for line in self.lines)

    def pairs(self) -> list[Pair]:
        """The lines side by side: what stands in whose place."""
        pairs: list[Pair] = []
        removed: list[DiffLine] = []
        added: list[DiffLine] = []
        for line in self.lines:
            if line.kind != "same":
                (removed if line.kind == "removed" else added).append(line)
                continue
            pairs += _beside(removed, added)
            removed, added = [], []
            pairs.append((line, line))
        return pairs + _beside(removed, added)


def _beside(removed: list[DiffLine], added: list[DiffLine]) -> list[Pair]:
    rows = max(len(removed), len(added))
    lefts: list[DiffLine | None] = [*removed, *[None] * (rows - len(removed))]
    rights: list[DiffLine | None] = [*added, *[None] * (rows - len(added))]
    return list(zip(lefts, rights, strict=True))


@dataclass(frozen=True)
class Changes:
    """All that leads from one program to another."""

    all: tuple[Change, ...] = ()
    whole: bool = True
    """Whether files come or go as a whole: nothing of them can be kept in part."""
    counted: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Lines added and removed, by path."""


def changes_between(before: Mapping[str, str], after: Mapping[str, str]) -> Changes:
    """What leads from one tree (text by path) to another."""
    hunks = hunks_between(before, after)
    counted = {hunk.path: (0, 0) for hunk in hunks}
    for hunk in hunks:
        added, removed = counted[hunk.path]
        counted[hunk.path] = added + len(hunk.added), removed + len(hunk.removed)
    shown: list[Change] = []
    for path in counted:
        old, new = (tree.get(path, "").splitlines() for tree in (before, after))
        shown += _shown(path, old, new, [hunk for hunk in hunks if hunk.path == path])
    whole = any(not before.get(path) or not after.get(path) for path in counted)
    return Changes(tuple(shown), whole, counted)


def _shown(path: str, old: list[str], new: list[str], hunks: Sequence[Hunk]) -> list[Change]:
    """The changes of one file; what stands between two is shown once."""
    changes: list[Change] = []
    shift, free = 0, 0  # new number less old number; the first old line that nobody shows yet
    for index, hunk in enumerate(hunks):
        first, last = hunk.start - 1, hunk.start - 1 + len(hunk.removed)
        following = hunks[index + 1].start - 1 if index + 1 < len(hunks) else len(old)
        start = max(free, first - AROUND)
        end = min(last + AROUND, following)
        lines = [_same(old, at, shift) for at in range(start, first)]
        lines += _changed(hunk, shift)
        shift += len(hunk.added) - len(hunk.removed)
        lines += [_same(old, at, shift) for at in range(last, end)]
        free = end
        context = _context(old if hunk.removed else new, _first_of(hunk, shift))
        changes.append(Change(hunk.number, path, context, tuple(lines)))
    return changes


def _first_of(hunk: Hunk, shift: int) -> int:
    """Where the change begins in the text that names its function, from 0."""
    return hunk.start - 1 if hunk.removed else hunk.start - 1 + shift - len(hunk.added)


def _same(old: list[str], at: int, shift: int) -> DiffLine:
    return DiffLine("same", at + 1, at + 1 + shift, old[at])


def _changed(hunk: Hunk, shift: int) -> list[DiffLine]:
    """Old beside new, in blocks: what stands alike inside the change is told as such."""
    removed = [line.rstrip("\r\n") for line in hunk.removed]
    added = [line.rstrip("\r\n") for line in hunk.added]
    lines: list[DiffLine] = []
    matcher = difflib.SequenceMatcher(None, removed, added, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        old, new = hunk.start, hunk.start + shift
        if tag == "equal":
            pairs = zip(range(a, b), range(c, d), strict=True)
            lines += [DiffLine("same", old + i, new + j, removed[i]) for i, j in pairs]
            continue
        marks = word_marks(removed[a:b], added[c:d])
        lines += [
            DiffLine("removed", old + i, None, removed[i], marks[0][i - a]) for i in range(a, b)
        ]
        lines += [DiffLine("added", None, new + j, added[j], marks[1][j - c]) for j in range(c, d)]
    return lines


def _context(text: list[str], at: int) -> str:
    """Name of the function or class in which line `at` stands."""
    at = min(at, len(text) - 1)
    if at < 0:
        return ""
    filled = next((one for one in text[at:] if one.strip()), "")
    indent = len(filled) - len(filled.lstrip())
    for line in reversed(text[: at + 1]):
        found = _DEFINED.match(line)
        if found and (len(found[1]) < indent or line is text[at]):
            return found[2]
    return ""


Marks = list[tuple[Span, ...]]


def word_marks(removed: Sequence[str], added: Sequence[str]) -> tuple[Marks, Marks]:
    """Which words differ, line by line; only where as many lines come as go."""
    olds: Marks = [()] * len(removed)
    news: Marks = [()] * len(added)
    if len(removed) != len(added):
        return olds, news
    for index, (old, new) in enumerate(zip(removed, added, strict=True)):
        olds[index], news[index] = _differing(old, new)
    return olds, news


def _differing(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    if len(old) + len(new) > 1_000:
        return (), ()
    ours, theirs = _WORD.findall(old), _WORD.findall(new)
    matcher = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return (), ()
    spans: tuple[list[Span], list[Span]] = ([], [])
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            for side, words, first, last in ((0, ours, a, b), (1, theirs, c, d)):
                if last > first:
                    start = len("".join(words[:first]))
                    spans[side].append((start, start + len("".join(words[first:last]))))
    return tuple(spans[0]), tuple(spans[1])
