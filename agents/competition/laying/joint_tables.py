"""Side tables that are cut in pieces: one for training rows and one for test rows, or partitions.

`readings_train.csv` beside `readings_test.csv`, or `book.parquet/day=1/part.parquet`, are pieces of
one table about both sides, and only as one can a program learn from it what holds for new rows.
The tables that teach and ask are no such pieces: their columns differ by the target.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

import pandas as pd

from agents.competition.reading.files import list_files
from agents.competition.reading.loading import describe, format_of, iter_cells
from agents.competition.reading.words import some
from agents.errors import InputError
from agents.models import Table

_SIDE: Final = re.compile(r"(?:^|[_\-. ])(?P<side>train(?:ing)?|test(?:ing)?)(?=$|[_\-. ])", re.I)
_PARTITION: Final = re.compile(r"([A-Za-z_]\w*)=(.*)")
_LARGEST: Final = 2 << 30
_PART_ROWS: Final = 100_000


class Piece(NamedTuple):
    """A file that holds some of the rows."""

    table: Table
    columns: dict[str, str]
    """How the whole calls each of its columns, by its own name."""
    constants: dict[str, str]
    """Cells that its path holds, by column."""


@dataclass(frozen=True)
class JointTable:
    """A table that comes in pieces."""

    name: str
    pieces: tuple[Piece, ...]
    too_large: bool = False
    """Whether writing it as one would take minutes; then its pieces are read as they are."""

    @property
    def paths(self) -> list[str]:
        """Of the pieces, relative to the competition."""
        return [piece.table.path for piece in self.pieces]

    @property
    def note(self) -> str:
        """What was done, for people."""
        if self.too_large:
            return (
                f"{some(self.paths)} are pieces of one table, but hold more than "
                f"{_LARGEST >> 30} GiB together, so each is read by itself."
            )
        return f"{self.name} is put together of {some(self.paths)}: pieces of one table."

    def values(self, folder: Path, name: str) -> set[str]:
        """What a column holds."""
        found: set[str] = set()
        for piece in self.pieces:
            own = [column for column, called in piece.columns.items() if called == name]
            for part in iter_cells(folder, piece.table, _PART_ROWS, columns=own):
                found |= {*part[own[0]]}
        return found

    def parts(self, folder: Path) -> Iterator[pd.DataFrame]:
        """Its rows, part by part, cells as text."""
        for piece in self.pieces:
            for part in iter_cells(folder, piece.table, _PART_ROWS):
                yield part.rename(columns=piece.columns).assign(**piece.constants)


def joint_tables(folder: Path) -> tuple[JointTable, ...]:
    """The tables of a competition that come in pieces."""
    sizes = {one.path: one.size for one in list_files(folder).files if format_of(one.path)}
    groups = _by_sides(_by_partitions(sizes))
    whole = (
        _joined(folder, name, paths, too_large=sum(sizes[path] for path in paths) > _LARGEST)
        for name, paths in groups.items()
    )
    return tuple(one for one in whole if one is not None)


def _by_partitions(paths: Mapping[str, int]) -> dict[str, list[str]]:
    """Paths by the table that they belong to: alone, or with others of a partitioned folder."""
    groups: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        parts = PurePosixPath(path).parts
        cut = next((n for n, part in enumerate(parts) if _PARTITION.fullmatch(part)), 0)
        groups["/".join(parts[:cut]) if cut else path].append(path)
    return groups


def _by_sides(groups: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Groups that are halves of one table by name, and partitioned ones, by the table's name.

    Halves count only where other tables may teach and ask.
    """
    halves: dict[str, list[str]] = defaultdict(list)
    for name in groups:
        stem = PurePosixPath(name).name.split(".")[0]
        if _SIDE.search(stem):
            halves[_SIDE.sub("", stem).strip("_-. ")].append(name)
    trains = [name for name in groups if "train" in PurePosixPath(name).name.lower()]
    found: dict[str, list[str]] = {}
    paired = set()
    for name, both in halves.items():
        others = [one for one in trains if one not in both]
        if len(both) == 2 and name and others and _is_pair(both):
            found[name] = [path for half in both for path in groups[half]]
            paired |= {*both}
    for name, paths in groups.items():
        if name not in paired and paths[0] != name:
            found[PurePosixPath(name).name.split(".")[0]] = list(paths)
    return found


def _is_pair(names: Sequence[str]) -> bool:
    sides = [_SIDE.search(PurePosixPath(name).name.split(".")[0]) for name in names]
    return len({side["side"].lower()[:2] for side in sides if side}) == len(names)


def _joined(folder: Path, name: str, paths: Sequence[str], *, too_large: bool) -> JointTable | None:
    """The pieces as one table, if all have the same columns."""
    try:
        tables = [table for path in paths for table in describe(folder, path)]
    except InputError:
        return None  # it is spoken of where the folder is read
    if not tables:
        return None
    first = {_plain(column): column for column in tables[0].columns}
    pieces = []
    for table in tables:
        columns = {column: first.get(_plain(column), "") for column in table.columns}
        if {*columns.values()} != {*tables[0].columns}:
            return None
        found = (_PARTITION.fullmatch(part) for part in PurePosixPath(table.path).parts)
        constants = {one[1]: one[2] for one in found if one is not None}
        pieces.append(Piece(table, columns, constants))
    return JointTable(f"{name}.csv", tuple(pieces), too_large) if len(pieces) > 1 else None


def _plain(column: str) -> str:
    return re.sub(r"[\W_]+", "", column).casefold() or column
