"""The end of what a failing program printed, as a prompt has room for it.

A traceback through a deep library is mostly that library's own lines. They give way first, so that
the frames of the program and the last line, which says what went wrong, are always there.
"""

import re
from collections.abc import Collection, Iterator
from pathlib import PurePath
from typing import NamedTuple

EXCERPT_LINES = 30
_MOST_OWN = 12
"""Frames of the program that are shown; functions that call each other for ever have thousands."""
_FRAME = re.compile(r'\s*File "([^"]+)", line \d+')
_INSTALLED = re.compile(r"[/\\](?:site-packages|dist-packages|lib[/\\]python\d)")


class _Part(NamedTuple):
    """Lines that stay or go together."""

    lines: tuple[str, ...]
    file: str = ""
    """Of a frame; empty for any other line."""


def excerpt(tail: str, own: Collection[str]) -> str:
    """The end of an output, in so many lines that it can be told.

    Args:
        tail: Its last lines.
        own: Names of the program's files.
    """
    parts = [*_parts(tail.splitlines())]
    over = sum(len(part.lines) for part in parts) - EXCERPT_LINES
    foreign = [at for at, part in enumerate(parts) if part.file and not _is_own(part, own)]
    mine = [at for at, part in enumerate(parts) if _is_own(part, own)]
    frames = {*foreign, *mine}
    if over <= 0 or not frames:
        return "\n".join(tail.splitlines()[-EXCERPT_LINES:])
    other = [at for at in range(len(parts) - 1) if at not in frames]
    gone: set[int] = set()
    for at in (*foreign, *mine[_MOST_OWN // 2 : -_MOST_OWN // 2], *other):
        if over <= 0:
            break
        gone.add(at)
        over -= len(parts[at].lines)
    return "\n".join(_joined(parts, gone))


def _parts(lines: list[str]) -> Iterator[_Part]:
    """Frames with the source that is printed below them, and all other lines one by one."""
    at = 0
    while at < len(lines):
        found = _FRAME.match(lines[at])
        end = at + 1
        if found is not None:
            deep = _indent(lines[at])
            while end < len(lines) and lines[end].strip() and _indent(lines[end]) > deep:
                end += 1
        yield _Part(tuple(lines[at:end]), found[1] if found else "")
        at = end


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_own(part: _Part, own: Collection[str]) -> bool:
    return PurePath(part.file).name in own and not _INSTALLED.search(part.file)


def _joined(parts: list[_Part], gone: set[int]) -> Iterator[str]:
    """What is left; where frames are missing a line says how many."""
    missing = 0
    for at, part in enumerate(parts):
        if at in gone:
            missing += bool(part.file)
            continue
        if missing:
            yield f"  [{missing} frame{'s' if missing > 1 else ''} left out]"
            missing = 0
        yield from part.lines
