"""What lies in the user's folder: tables, media and texts, found without writing anything.

Tables and texts may lie in sub-folders, three levels deep, and in zip archives, which are read
where they lie; media may lie deeper. Hidden files are skipped, and so is every folder that holds an
`iml.toml`, because that is a workspace of ours. A table that cannot be read is left out with its
reason, unless its name says that nothing can be done without it.
"""

import json
import os
import posixpath
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from agents.competition.reading.containers import Member
from agents.competition.reading.encodings import decodes
from agents.competition.reading.files import (
    MEDIA_SUFFIXES,
    Refused,
    crowded_folders,
    is_hidden,
    is_workspace,
    list_files,
)
from agents.competition.reading.loading import NoTableError, describe, holds_table
from agents.competition.reading.tables import blocks_of
from agents.competition.stating.table_file import USUAL, Limits, TableFile
from agents.errors import InputError
from agents.models import MediaFolder, Table

RECORD_SUFFIXES: Final = frozenset({".csv", ".tsv", ".json", ".txt"})
"""Of files that come one a row, like media, where a folder holds many of them."""
TEXT_SUFFIXES: Final = frozenset({".md", ".txt", ".rst", ".html", ".htm"})
_NOT_READ: Final = frozenset({".xls", ".feather", ".sqlite", ".db", ".arff", ".ods", ".rds"})
_ARCHIVES: Final = frozenset({".7z", ".tar", ".tgz", ".bz2", ".xz", ".rar"})
_SPLIT_WORDS: Final = frozenset(
    {"train", "training", "test", "testing", "val", "valid", "validation", "dev", "holdout"}
)
_NEEDED: Final = ("train", "test", "submission")
RECORD_FILES: Final = 50
"""More files of these kinds in one folder are records, one a row."""
_RECORDS_BESIDE: Final = 10
LAID_OUT: Final = ".laid_out.json"
"""In a folder that was laid out beside the user's: what was done for it, one sentence each."""


@dataclass(frozen=True)
class Layout:
    """The competition's files by what they hold."""

    folder: Path
    tables: tuple[TableFile, ...]
    media: tuple[MediaFolder, ...]
    texts: tuple[str, ...]
    refused: tuple[Refused, ...] = ()
    """Tables and archives that cannot be read."""
    notes: tuple[str, ...] = ()
    """What was left out and what was decided, one sentence each."""

    def blaming(self, error: InputError) -> InputError:
        """The error, with the first table that could not be read as a likely cause of it."""
        if not self.refused:
            return error
        return InputError(f"{str(error).rstrip('.')}; {self.refused[0].reason}")


def read_layout(folder: Path, limits: Limits = USUAL) -> Layout:
    """Look through a competition folder.

    Args:
        folder: The competition.
        limits: How much of a table may be held in memory.

    Raises:
        InputError: No such folder, nothing in it, no table that can be read, or one that the rest
            cannot do without is broken.
    """
    check_folder(folder)
    listing = list_files(folder)
    files, refused = listing.files, listing.refused
    records = record_homes(files)
    found: list[Table] = []
    other: list[str] = []
    for path in _table_paths(folder, files, records):
        try:
            found += describe(folder, path)
        except NoTableError as error:
            other.append(str(error))
        except InputError as error:
            refused.append(Refused(path, str(error)))
    tables = tuple(TableFile(folder, table, limits) for table in _agreeing(folder, found))
    media = _media(folder, records)
    _check_needed(tables, refused)
    if not tables:
        raise InputError(other[0] if other else _no_table(folder, files, media))
    return Layout(
        folder=folder,
        tables=tables,
        media=media,
        texts=_texts(folder, files),
        refused=tuple(refused),
        notes=(
            *_laid_out(folder),
            *listing.notes,
            *(f"Left alone: {one}" for one in other),
            *(f"Left out: {one.reason}" for one in refused),
            *(_broken_note(one.table) for one in tables if one.table.errors == "replace"),
        ),
    )


def _laid_out(folder: Path) -> tuple[str, ...]:
    said = folder / LAID_OUT
    return tuple(json.loads(said.read_text(encoding="utf-8"))) if said.is_file() else ()


def read_texts(folder: Path) -> tuple[str, ...]:
    """Paths of the text files, relative to the competition."""
    return _texts(folder, list_files(folder).files)


def _table_paths(folder: Path, files: Sequence[Member], records: frozenset[str]) -> Iterator[str]:
    for file in files:
        home = str(PurePosixPath(file.path).parent)
        if home not in records and holds_table(folder, file.path):
            yield file.path


def record_homes(files: Sequence[Member]) -> frozenset[str]:
    """Folders whose files come one a row: crowded ones, and smaller ones beside these."""
    crowded = crowded_folders(files, RECORD_SUFFIXES, RECORD_FILES)
    parents = {PurePosixPath(home).parent for home in crowded - {"."}}
    smaller = crowded_folders(files, RECORD_SUFFIXES, _RECORDS_BESIDE)
    return crowded | {one for one in smaller - {"."} if PurePosixPath(one).parent in parents}


def _texts(folder: Path, files: Sequence[Member]) -> tuple[str, ...]:
    records = record_homes(files)
    return tuple(
        file.path
        for file in files
        if _is_text(PurePosixPath(file.path))
        and str(PurePosixPath(file.path).parent) not in records
        and not holds_table(folder, file.path)
    )


def _agreeing(folder: Path, tables: Sequence[Table]) -> list[Table]:
    """The tables, read alike: older encodings and commas in numbers are decided once for all."""
    older = {table.path: table.encoding for table in tables if "utf" not in table.encoding}
    largest = max(older, key=lambda path: _size(folder / path), default="")
    decimals = {name for table in tables for name in table.decimals}
    thousands = {name for table in tables for name in table.thousands} - decimals
    return [
        table.model_copy(
            update={
                "encoding": _encoding(folder, table, older.get(largest)),
                "decimals": tuple(name for name in table.columns if name in decimals),
                "thousands": tuple(name for name in table.columns if name in thousands),
            }
        )
        if table.format == "csv"
        else table
        for table in tables
    ]


def _encoding(folder: Path, table: Table, wanted: str | None) -> str:
    if wanted in {None, table.encoding} or "utf" in table.encoding:
        return table.encoding
    fits = decodes(blocks_of(folder / table.path), str(wanted))
    return str(wanted) if fits else table.encoding


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _broken_note(table: Table) -> str:
    return (
        f"{table.path} is {table.encoding} text with some broken bytes, which are read as \ufffd."
    )


def _check_needed(tables: Sequence[TableFile], refused: Sequence[Refused]) -> None:
    """Refuse what cannot be done without: nothing else can be read, or nothing of that name."""
    stems = [table.stem for table in tables]
    for path, reason in refused:
        stem = PurePosixPath(path.lower()).name
        needed = [word for word in _NEEDED if word in stem]
        if not tables or any(not any(word in one for one in stems) for word in needed):
            raise InputError(reason)


def _is_text(path: PurePosixPath) -> bool:
    return path.suffix.lower() in TEXT_SUFFIXES or path.name.lower() == "readme"


def check_folder(folder: Path) -> None:
    """Refuse what is no folder, or holds nothing.

    Raises:
        InputError: It is missing, a file, empty, or may not be read.
    """
    if not folder.exists():
        raise InputError(f"There is no folder {folder}: give the path of a folder with tables.")
    if not folder.is_dir():
        raise InputError(f"{folder} is a file: give the folder that holds it.")
    try:
        empty = not any(folder.iterdir())
    except OSError as error:
        raise InputError(f"{folder} cannot be read: {error.strerror}.") from error
    if empty:
        raise InputError(f"{folder} is empty: put the competition's tables there.")


def _relative(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _media(folder: Path, records: frozenset[str]) -> tuple[MediaFolder, ...]:
    """Folders that hold media, records that come one a row among them."""
    paths = []
    for place, folders, names in os.walk(folder):
        here = Path(place)
        folders[:] = [
            name for name in folders if not (is_hidden(name) or is_workspace(here / name))
        ]
        home = _relative(folder, here)
        wanted = MEDIA_SUFFIXES | (RECORD_SUFFIXES if home in records else frozenset())
        suffixes = {name: os.path.splitext(name)[1].lower() for name in names}  # noqa: PTH122
        inner = "" if home == "." else f"{home}/"
        paths += [f"{inner}{name}" for name, suffix in suffixes.items() if suffix in wanted]
    return media_folders(paths)


def media_folders(paths: Iterable[str]) -> tuple[MediaFolder, ...]:
    """The folders of media files; one whose sub-folders all hold some is one with classes.

    The competition itself is none: its folders are called after what they are for.

    Args:
        paths: Of the files, relative to the competition.
    """
    held: dict[PurePosixPath, Counter[str]] = {}
    for path in paths:
        home, name = posixpath.split(path)
        suffix = posixpath.splitext(name)[1].lower()
        held.setdefault(PurePosixPath(home), Counter())[suffix] += 1
    parents = {path.parent for path in held} - {PurePosixPath(), *held}
    classed = {parent for parent in parents if _holds_classes(parent, held)}
    homes = {path.parent if path.parent in classed else path for path in held}
    return tuple(_media_folder(home, held, classed=home in classed) for home in sorted(homes))


def _media_folder(
    home: PurePosixPath, held: Mapping[PurePosixPath, Counter[str]], *, classed: bool
) -> MediaFolder:
    parts = [path for path in held if path.parent == home] if classed else [home]
    counts = sum((held[path] for path in parts), Counter[str]())
    return MediaFolder(
        path=str(home),
        suffixes=tuple(sorted(counts)),
        files=counts.total(),
        classes=tuple(sorted(path.name for path in parts)) if classed else (),
    )


def _holds_classes(parent: PurePosixPath, held: Mapping[PurePosixPath, Counter[str]]) -> bool:
    below = [path.name.lower() for path in held if path.parent == parent]
    parts = {part for name in below for part in name.replace("-", "_").split("_")}
    return len(below) > 1 and not parts & _SPLIT_WORDS


def _no_table(folder: Path, files: Sequence[Member], media: Sequence[MediaFolder]) -> str:
    named = {PurePosixPath(file.path).suffix.lower(): file.path for file in files}
    if archive := next((named[suffix] for suffix in named if suffix in _ARCHIVES), ""):
        return f"{folder} holds no table, only archives such as {archive}: unpack them first."
    if other := next((named[suffix] for suffix in named if suffix in _NOT_READ), ""):
        return f"{folder} holds no table that can be read, but {other}: export it as csv."
    if media:
        return (
            f"{folder} holds {media[0].files} media files in {media[0].path}/ but no table: add a "
            "train.csv with one row a file and its label."
        )
    kinds = f" (found {', '.join(sorted(named.keys() - {''}))})" if named.keys() - {""} else ""
    return f"{folder} holds no table{kinds}: put the competition's tables there, for instance csv."
