"""Labels that stand in the names of files: `oak.17.jpg`, `clip_0931_1.wav`, `oak/17.jpg`.

A part of the names is a label where every file has it, it has few values, each of them often, and
the files that are asked for have none of these: a camera's or a day's name would be there too.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final, NamedTuple

_SEPARATOR: Final = re.compile(r"[._\- ]+")
_FEWEST_FILES: Final = 2
_MOST_SHARE: Final = 0.2
_LONGEST: Final = 60


class NamedLabels(NamedTuple):
    """The label of each file, and where it stands."""

    labels: dict[str, str]
    """By the file's path."""
    where: str
    """For a sentence: `the folder`, `the beginning of the name`, `the end of the name`."""


def labels_in_names(
    taught: Sequence[str], asked: Sequence[str], classes: Sequence[str]
) -> NamedLabels | None:
    """Find the label of each file in its path.

    Args:
        taught: Paths of the files to learn from.
        asked: Paths of the files to be predicted.
        classes: Names of the classes that a submission asks for; empty if it does not say.

    Returns:
        The labels; None where no part of the paths can be one. Of several parts the one that names
        the classes is taken, else the one with the fewest values.
    """
    known = {_plain(name) for name in classes}
    found = []
    for place, (where, part) in enumerate(_PARTS.items()):
        labels = {path: part(path) for path in taught}
        if not _could_be(list(labels.values()), {part(path) for path in asked}):
            continue
        distinct = {*labels.values()}
        named = bool(known) and {_plain(label) for label in distinct} <= known
        if known and not named:
            continue
        found.append((len(distinct), place, NamedLabels(labels, where)))
    return min(found)[2] if found else None


def positive_label(labels: Sequence[str], answer: str, text: str) -> str:
    """Which of two labels a 1 means.

    Args:
        labels: The two.
        answer: What the submission calls the answer.
        text: The description.
    """
    first, second = sorted(labels)
    said = [label for label in (first, second) if _plain(label) == _plain(answer)]
    if said:
        return said[0]
    for pattern in _POSITIVE:
        told = [
            label
            for label in (first, second)
            if re.search(pattern.format(re.escape(label)), text, re.IGNORECASE)
        ]
        if len(told) == 1:
            return told[0]
    return second


_POSITIVE: Final = (
    r"(?<![\w.])1 ?(?:=|:|-|means|for|is|if)[^.;,\n0]{{0,40}}\b{}s?\b",
    r"\b(?:probability|chance|likelihood)\b[^.;\n]{{0,60}}\b{}s?\b",
)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _could_be(labels: Sequence[str], others: set[str]) -> bool:
    counts = Counter(labels)
    if "" in counts or len(counts) < 2 or counts.keys() & others:
        return False
    few = len(counts) <= max(2, _MOST_SHARE * len(labels))
    brief = all(len(label) <= _LONGEST for label in counts)
    return few and brief and min(counts.values()) >= _FEWEST_FILES


def _folder(path: str) -> str:
    return PurePosixPath(path).parent.name


def _pieces(path: str) -> list[str]:
    return _SEPARATOR.split(PurePosixPath(path).stem)


def _first(path: str) -> str:
    pieces = _pieces(path)
    return pieces[0] if len(pieces) > 1 else ""


def _last(path: str) -> str:
    pieces = _pieces(path)
    return pieces[-1] if len(pieces) > 1 else ""


def _letters(path: str) -> str:
    """What stands before the number at the end of a name."""
    found = re.fullmatch(r"(.*?[^\W\d])[\W_]*\d+", PurePosixPath(path).stem)
    return found[1] if found else ""


_PARTS: Final[Mapping[str, Callable[[str], str]]] = {
    "the folder": _folder,
    "the beginning of the name": _first,
    "the end of the name": _last,
    "the name before its number": _letters,
}
