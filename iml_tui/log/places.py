"""From what a program printed to the line of code that it tells of. Pure."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from iml_tui.looking_back.sources import ORDER

_FRAME = re.compile(r'File "(?P<path>[^"]+)", line (?P<line>\d+)')
_SHORT = re.compile(r"(?P<path>[\w./\\-]+\.py):(?P<line>\d+)")
_LIBRARY = "site-packages"


class CodePlace(NamedTuple):
    """A line of one of a track's files."""

    name: str
    line: int


def place_told(lines: Iterable[str]) -> CodePlace | None:
    """The place that a line tells of; below a traceback its last place in the track's own files.

    Args:
        lines: The line, then those above it, from the nearest on.
    """
    for index, text in enumerate(lines):
        if index and not text.startswith(" "):
            return None  # no part of a traceback
        found = _FRAME.search(text) or (None if index else _SHORT.search(text))
        if found is not None and _LIBRARY not in found["path"]:
            name = re.split(r"[/\\]", found["path"])[-1]
            if name in ORDER:
                return CodePlace(name, int(found["line"]))
    return None
