"""What a sample submission asks for beyond one answer a row: classes as columns, or lines a class.

Headers and keys name classes in many ways: exactly, in other case, with a prefix (`predict_2`,
`prob_setosa`), or, for whole numbers, only by their order. A mapping counts where it is one to one.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Final, NamedTuple

import pandas as pd

from agents.competition.stating.table_file import TableFile

_JOINS: Final = ("_", "-", ":", "|", "/", " ", ".", "#", ",")
_MOST_COLUMNS: Final = 4
_MOST_UNSEEN: Final = 1.5
"""Classes that a submission names, as a multiple of those that training rows have."""
_LONGEST_CUT: Final = 30
_LAST_NUMBER: Final = re.compile(r"(\d+)\D*$")


class LongKeys(NamedTuple):
    """A sample with several lines a row of the test, and how its lines are named."""

    test_id: str
    """The column of the test whose cells the lines repeat."""
    columns: tuple[str, ...]
    """The sample's key columns: row and class, or one that joins both."""
    joined_by: str
    said: tuple[str, ...]
    """What stands for the class or target, in the order of the first row's lines."""


class Naming(NamedTuple):
    """How a submission calls the classes."""

    names: dict[str, str]
    """Header or key by class, in the order of the submission."""
    by_order: bool
    """Whether only their order tells which is which."""


def match_names(said: Sequence[str], classes: Sequence[str]) -> Naming | None:
    """How a submission calls each class; None where that is not one to one.

    Args:
        said: Headers or keys of the submission. It may name classes that no training row has.
        classes: The labels of the training table.
    """
    plain = {_plain(label): label for label in classes}
    if len(plain) == len(classes) <= len(said) <= _MOST_UNSEEN * len(classes):
        for cut in _cuts(said):
            by_class = {_plain(cut(name)): name for name in said}
            if len(by_class) == len(said) and plain.keys() <= by_class.keys():
                names = {plain.get(key, name): name for key, name in by_class.items()}
                return Naming(names, by_order=False)
    if len(said) != len(classes) or not all(_is_whole(label) for label in classes):
        return None
    ordered = _by_number(said)
    labels = dict(zip(ordered, sorted(classes, key=float), strict=True))
    return Naming({labels[name]: name for name in said}, by_order=True)


def _by_number(said: Sequence[str]) -> list[str]:
    """Names in the order of the number at their end, where all have one."""
    numbers = [_LAST_NUMBER.search(name) for name in said]
    order = [int(found[1]) for found in numbers if found]
    if len({*order}) != len(said):
        return list(said)
    return [name for _, name in sorted(zip(order, said, strict=True))]


def long_keys(sample: TableFile, test: TableFile) -> LongKeys | None:
    """How the lines of a sample name a row and a class, if it has as many lines for every row."""
    lines, rows = sample.rows, test.rows
    if not 2 <= len(sample.columns) <= _MOST_COLUMNS or not rows or lines % rows or lines <= rows:
        return None
    for name in test.columns:
        if not test.is_unique(name):
            continue
        ids = test.cells[name]
        if (ids == "").any():
            continue
        for columns, joined_by, parts in _decompositions(sample.cells):
            if _is_grid(parts, ids):
                first = parts[parts[0] == ids.iloc[0]]
                return LongKeys(name, columns, joined_by, tuple(first[1]))
    return None


def _decompositions(
    cells: pd.DataFrame,
) -> Iterator[tuple[tuple[str, ...], str, pd.DataFrame]]:
    """Every way to read two columns, or the two parts of one, as row (0) and class (1)."""
    names = [str(name) for name in cells]
    for row in names:
        for kind in names:
            if kind != row and len(names) > 2:
                yield (row, kind), "", pd.DataFrame({0: cells[row], 1: cells[kind]})
    for name in names:
        for joint in _JOINS:
            for cut in (cells[name].str.split, cells[name].str.rsplit):
                parts = cut(joint, n=1, expand=True)
                if parts.shape[1] == 2 and not parts.isna().any(axis=None):
                    yield (name,), joint, parts


def _is_grid(parts: pd.DataFrame, ids: pd.Series) -> bool:
    """Whether every row has a line for every class."""
    kinds = parts[1].nunique()
    return bool(
        kinds > 1
        and len(parts) == kinds * len(ids)
        and not parts.duplicated().any()
        and set(parts[0]) == set(ids)
    )


def _plain(name: str) -> str:
    """A name without case and punctuation; a number without its empty decimals."""
    plain = re.sub(r"[\W_]+", "", re.sub(r"\.0+$", "", name.strip())).casefold()
    return plain or name


class _Cut(NamedTuple):
    """Takes so many characters off both ends."""

    front: int
    back: int

    def __call__(self, name: str) -> str:
        return name[self.front : len(name) - self.back]


def _cuts(said: Sequence[str]) -> Iterator[_Cut]:
    """As they are, then without more or less of what all have in common in front or behind."""
    front, back = _shared(said), _shared([name[::-1] for name in said])
    yield _Cut(0, 0)
    for end in range(min(back, _LONGEST_CUT) + 1):
        for start in range(min(front, _LONGEST_CUT), -1, -1):
            yield _Cut(start, end)


def _shared(names: Sequence[str]) -> int:
    """How many characters all names begin with."""
    columns = (len({*letters}) == 1 for letters in zip(*names, strict=False))
    return sum(takewhile(bool, columns))


def _is_whole(label: str) -> bool:
    try:
        return float(label) % 1 == 0
    except ValueError:
        return False
