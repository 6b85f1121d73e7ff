"""What lies in the user's folder: tables, media and texts, found without writing anything.

Looks at the top level and one level of sub-folders for tables (media may lie deeper), skips hidden
folders and every folder that holds an `iml.toml`, because that is a workspace of ours.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import pandas as pd

from agents.competition.tables import read_cells, read_header, sniff
from agents.errors import InputError
from agents.models import MediaFolder

WORKSPACE_MARK: Final = "iml.toml"
TABLE_SUFFIXES: Final = frozenset({".csv", ".tsv"})
TEXT_SUFFIXES: Final = frozenset({".md", ".txt", ".rst"})
MEDIA_SUFFIXES: Final = frozenset(
    {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".dcm", ".npy"}
    | {".wav", ".mp3", ".flac", ".ogg", ".aif", ".aiff", ".m4a", ".mp4", ".avi", ".mov", ".xyz"}
)
_NOT_READ: Final = frozenset(
    {".parquet", ".xlsx", ".xls", ".json", ".jsonl", ".feather", ".sqlite", ".db", ".arff"}
)
_ARCHIVES: Final = frozenset({".zip", ".gz", ".7z", ".tar", ".bz2", ".xz", ".rar"})
_SPLIT_WORDS: Final = frozenset(
    {"train", "training", "test", "testing", "val", "valid", "validation", "dev", "holdout"}
)
_RECORD_FILES: Final = 50


@dataclass(frozen=True)
class TableFile:
    """A csv file that could be read; its cells are loaded when first asked for, then kept."""

    root: Path
    path: str
    encoding: str
    delimiter: str
    columns: tuple[str, ...]

    @cached_property
    def cells(self) -> pd.DataFrame:
        """Every cell as text."""
        return read_cells(self.root / self.path, delimiter=self.delimiter, encoding=self.encoding)

    @property
    def stem(self) -> str:
        """The file's name in lower case without its suffix, for tie-breaks."""
        return Path(self.path).stem.lower()


@dataclass(frozen=True)
class Layout:
    """The competition's files by what they hold."""

    folder: Path
    tables: tuple[TableFile, ...]
    media: tuple[MediaFolder, ...]
    texts: tuple[str, ...]


def read_layout(folder: Path) -> Layout:
    """Look through a competition folder.

    Raises:
        InputError: No such folder, nothing in it, no csv table, or a table that cannot be read.
    """
    _check_folder(folder)
    files = list(_files(folder))
    records = _record_folders(files)
    tables = [file for file in files if _is_table(file) and file.parent not in records]
    media = tuple(_media(folder, records))
    if not tables:
        raise InputError(_no_table(folder, files, media))
    return Layout(
        folder=folder,
        tables=tuple(_table(folder, path) for path in tables),
        media=media,
        texts=read_texts(folder),
    )


def read_texts(folder: Path) -> tuple[str, ...]:
    """Paths of the text files, relative to the competition."""
    return tuple(
        _relative(folder, file) for file in _files(folder) if file.suffix.lower() in TEXT_SUFFIXES
    )


def _check_folder(folder: Path) -> None:
    if not folder.exists():
        raise InputError(f"There is no folder {folder}: give the path of a folder with csv tables.")
    if not folder.is_dir():
        raise InputError(f"{folder} is a file: give the folder that holds it.")
    try:
        empty = not any(folder.iterdir())
    except OSError as error:
        raise InputError(f"{folder} cannot be read: {error.strerror}.") from error
    if empty:
        raise InputError(f"{folder} is empty: put the competition's csv tables there.")


def _visible(folder: Path) -> tuple[list[Path], list[Path]]:
    """Files (no media) and sub-folders, sorted, without hidden ones and workspaces."""
    try:
        with os.scandir(folder) as entries:
            seen = sorted((entry.name, entry.is_dir()) for entry in entries)
    except OSError:
        return [], []
    media = tuple(MEDIA_SUFFIXES)
    shown = [
        (folder / name, is_folder)
        for name, is_folder in seen
        if not _is_hidden(name) and (is_folder or not name.lower().endswith(media))
    ]
    files = [path for path, is_folder in shown if not is_folder]
    folders = [path for path, is_folder in shown if is_folder and not _is_workspace(path)]
    return files, folders


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "__"))


def _is_workspace(folder: Path) -> bool:
    return (folder / WORKSPACE_MARK).exists()


def _files(folder: Path) -> Iterator[Path]:
    files, folders = _visible(folder)
    yield from files
    for below in folders:
        yield from _visible(below)[0]


def _is_table(file: Path) -> bool:
    return file.suffix.lower() in TABLE_SUFFIXES


def _record_folders(files: Sequence[Path]) -> frozenset[Path]:
    """Folders with so many csv files that each must be one record, not one table."""
    crowded = Counter(file.parent for file in files if _is_table(file))
    return frozenset(folder for folder, count in crowded.items() if count > _RECORD_FILES)


def _table(folder: Path, path: Path) -> TableFile:
    encoding, delimiter = sniff(path)
    columns = read_header(path, delimiter=delimiter, encoding=encoding)
    return TableFile(folder, _relative(folder, path), encoding, delimiter, columns)


def _relative(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _media(folder: Path, records: frozenset[Path]) -> Iterator[MediaFolder]:
    """Folders that hold media; one whose sub-folders all do is one folder with classes."""
    held: dict[Path, Counter[str]] = {}
    for place, folders, names in os.walk(folder):
        here = Path(place)
        folders[:] = [
            name for name in folders if not (_is_hidden(name) or _is_workspace(here / name))
        ]
        wanted = MEDIA_SUFFIXES | (TABLE_SUFFIXES if here in records else frozenset())
        suffixes = Counter(os.path.splitext(name)[1].lower() for name in names)  # noqa: PTH122
        if kept := Counter({suffix: n for suffix, n in suffixes.items() if suffix in wanted}):
            held[here] = kept
    parents = {path.parent for path in held}
    classed = {parent for parent in parents if _holds_classes(parent, held)}
    homes = {path.parent if path.parent in classed else path for path in held}
    for home in sorted(homes):
        below = [path for path in held if path.parent == home]
        parts = below if home in classed else [home]
        counts = sum((held[path] for path in parts), Counter[str]())
        yield MediaFolder(
            path=_relative(folder, home),
            suffixes=tuple(sorted(counts)),
            files=counts.total(),
            classes=tuple(sorted(path.name for path in parts)) if home in classed else (),
        )


def _holds_classes(parent: Path, held: dict[Path, Counter[str]]) -> bool:
    below = [path.name.lower() for path in held if path.parent == parent]
    parts = {part for name in below for part in name.replace("-", "_").split("_")}
    return len(below) > 1 and parent not in held and not parts & _SPLIT_WORDS


def _no_table(folder: Path, files: Sequence[Path], media: Sequence[MediaFolder]) -> str:
    suffixes = {file.suffix.lower() for file in files}
    if archives := [file.name for file in files if file.suffix.lower() in _ARCHIVES]:
        return (
            f"{folder} holds no csv table, only archives such as {archives[0]}: unpack them first."
        )
    if others := [file.name for file in files if file.suffix.lower() in _NOT_READ]:
        return (
            f"{folder} holds no csv table but {others[0]}: only csv tables are read, so export it "
            "as csv."
        )
    if media:
        return (
            f"{folder} holds {media[0].files} media files in {media[0].path}/ but no csv table: "
            "add a train.csv with one row a file and its label."
        )
    kinds = f" (found {', '.join(sorted(suffixes - {''}))})" if suffixes - {""} else ""
    return f"{folder} holds no csv table{kinds}: put the competition's csv tables there."
