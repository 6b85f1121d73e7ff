"""What columns and their codes mean, in few words for prompts, where the folder explains them.

Data dictionaries lie beside the description, as a table or as a text of entries `NAME: meaning`
with lines `CODE  meaning` below; neither is part of the description, which prompts hold anyway.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from agents.competition.reading.description import find_dictionary, read_text
from agents.competition.stating.dictionary import dictionary_entries
from agents.competition.stating.layout import read_texts
from agents.models import Task

_LONGEST_MEANING: Final = 120
_LONGEST_CODE_MEANING: Final = 36
_MOST_CODES: Final = 16
_OPENED: Final = re.compile(r"[-*`\s]*([^:=\t`]+?)`?\s*[:=]\s*(.*)$")
_CODE: Final = re.compile(r"(?:\s{2,}|\t|\s*[-*]\s+)`?([^\s`]\S*?)`?\s*(?:[\t:=]\s*|\s+)(\S.*)$")

Explained = tuple[str, Mapping[str, str]]
"""The meaning of a column, and of its codes."""


def column_meanings(folder: Path, task: Task) -> dict[str, str]:
    """What the folder says of columns outside of its description, a line a column.

    Codes that an earlier column has with the same meanings are not told twice.
    """
    told: dict[str, str] = {}
    first: dict[tuple[tuple[str, str], ...], str] = {}
    for name, (meaning, codes) in _explained(folder, task).items():
        parts = [_short(meaning, _LONGEST_MEANING).rstrip(".: ")]
        listed = tuple(codes.items())
        if codes and listed in first:
            parts.append(f"Codes as of `{first[listed]}`")
        elif codes:
            first[listed] = name
            parts.append(_listed(listed))
        told[name] = ". ".join(filter(None, parts))
    return told


def _explained(folder: Path, task: Task) -> dict[str, Explained]:
    train = task.table("train")
    if train is None or (task.description is None and task.description_text):
        return {}  # somebody's own words stand for all that the folder says of itself
    found = find_dictionary(folder, read_texts(folder), train.columns)
    written = entries_with_codes(read_text(folder / found), train.columns) if found else {}
    entries = dictionary_entries(folder, task)
    described = " ".join(task.description_text.split())
    tables: dict[str, Explained] = {name: (one.meaning, {}) for name, one in entries.items()}
    return {
        name: (meaning, codes)
        for name, (meaning, codes) in (tables | written).items()
        if meaning.strip() and meaning not in described
    }


def entries_with_codes(text: str, columns: Sequence[str]) -> dict[str, Explained]:
    """The entries of a text, each with the codes that lines below it explain."""
    entries: dict[str, tuple[str, dict[str, str]]] = {}
    current: dict[str, str] | None = None
    for line in text.splitlines():
        opened, code = _OPENED.match(line), _CODE.match(line)
        if opened and opened[1] in columns:
            current = {}
            entries.setdefault(opened[1], (" ".join(opened[2].split()), current))
        elif current is not None and code:
            current[code[1]] = _short(" ".join(code[2].split()), _LONGEST_CODE_MEANING)
        elif line.strip() and not line[0].isspace():
            current = None
    return dict(entries)


def _listed(codes: Sequence[tuple[str, str]]) -> str:
    more = len(codes) - _MOST_CODES
    return ", ".join(_pairs(codes[:_MOST_CODES])) + (f" and {more} more" if more > 0 else "")


def _pairs(codes: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Codes with their meanings; alone where the meaning is the code again."""
    for code, meaning in codes:
        yield code if meaning.casefold() == code.casefold() else f"{code} = {meaning}"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
