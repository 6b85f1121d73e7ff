"""The changes of a proposal by number: what viewers show, and what a person keeps of them.

Pure functions of two trees (text by path), used by engine and viewers alike, so that number 2 means
the same change to both.
"""

import difflib
from collections.abc import Collection, Iterator, Mapping

from agents.models import Frozen

_APART = 3
"""Changes with fewer unchanged lines between them are one."""


class Hunk(Frozen):
    """One change of one file: lines that go and lines that come in their place."""

    number: int
    """From 1, in the order of paths and lines."""
    path: str
    start: int
    """Line of the old text, from 1, at which it begins."""
    removed: tuple[str, ...]
    added: tuple[str, ...]


def hunks_between(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Hunk, ...]:
    """What leads from one tree to another, path by path in the order of their names."""
    found: list[Hunk] = []
    for path in sorted({*before, *after}):
        old, new = _lines(before.get(path, "")), _lines(after.get(path, ""))
        for a, b, c, d in _changes(old, new):
            number = len(found) + 1
            removed, added = tuple(old[a:b]), tuple(new[c:d])
            found.append(Hunk(number=number, path=path, start=a + 1, removed=removed, added=added))
    return tuple(found)


def kept_in_part(
    before: Mapping[str, str], after: Mapping[str, str], numbers: Collection[int]
) -> dict[str, str]:
    """The old tree with the numbered changes alone; paths that either tree has.

    Raises:
        ValueError: There is no change of such a number.
    """
    hunks = hunks_between(before, after)
    if unknown := sorted(set(numbers) - {one.number for one in hunks}):
        raise ValueError(f"There is no change {unknown[0]}: they are numbered 1 to {len(hunks)}.")
    kept: dict[str, str] = {}
    for path in sorted({*before, *after}):
        lines = _lines(before.get(path, ""))
        chosen = [one for one in hunks if one.path == path and one.number in numbers]
        for hunk in reversed(chosen):  # from the end, so that earlier places stay right
            lines[hunk.start - 1 : hunk.start - 1 + len(hunk.removed)] = hunk.added
        kept[path] = "".join(lines)
    return kept


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _changes(old: list[str], new: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Spans of both texts that differ; those that nearly touch are joined."""
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    joined: tuple[int, int, int, int] | None = None
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            continue
        if joined is not None and a - joined[1] < _APART:
            joined = (joined[0], b, joined[2], d)
            continue
        if joined is not None:
            yield joined
        joined = (a, b, c, d)
    if joined is not None:
        yield joined
