"""Media lie once in the workspace, under names that tell nothing, and views link to them.

A link's target, the order of names or of inodes, or a modification time would betray the class of a
blind picture. So neutral names are given by the rank of the content's digest, copies are made in
that order, and all carry one time. What was called how is kept in an index beside the folder, never
inside it, since the folder is mounted where programs run. The user's files are copied (or cloned,
where the file system shares blocks), never hard-linked: a link would show the original's time and
inode, and a program that may write would reach the user's data.
"""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path, PurePosixPath
from typing import Any, Literal, NamedTuple

import pandas as pd

from agents.models import Frozen, MediaFolder, RowFiles

NEUTRAL_TIME = 946_684_800
"""Seconds since 1970 (the first of January 2000): when every copy and link seems to be made."""
_FICLONE = 0x40049409
_MATCHED = 0.95
PLAYED_TEST = "played_test"
"""The folder of a played test's files where there is nothing to go by."""
Role = Literal["train", "test"]


class MediaFile(Frozen):
    """One file of the user's and its neutral twin."""

    path: str
    """Relative to the competition, with forward slashes."""
    name: str
    """Of the twin, for instance `m000001.jpg`."""
    digest: str
    """SHA-256 of the content."""


class MediaStore:
    """The neutral twins of all media of a competition."""

    def __init__(self, root: Path, files: Iterable[MediaFile]) -> None:
        self.root = root
        self.files = {file.path: file for file in files}

    def link(self, path: str, target: Path, through: Path | None) -> str:
        """Make `target` a link to the twin of `path` and return the digest of its content.

        Args:
            path: Of the user's file, relative to the competition.
            target: The link to be made; its folder is made too.
            through: Where programs will find the folder of twins, for a symbolic link; None makes
                a hard link to the twin.
        """
        file = self.files[path]
        target.parent.mkdir(parents=True, exist_ok=True)
        if through is None:
            target.hardlink_to(self.root / file.name)
        else:
            target.symlink_to(through / file.name)
        os.utime(target, (NEUTRAL_TIME, NEUTRAL_TIME), follow_symlinks=False)
        return file.digest


def gather_media(competition: Path, folders: Sequence[MediaFolder], root: Path) -> MediaStore:
    """Copy all media once under neutral names; a finished folder is taken as it is.

    Args:
        competition: The user's folder, which is only read.
        folders: Its media folders.
        root: The folder of twins; the index lies beside it as `<root>.json`.
    """
    index = root.with_name(f"{root.name}.json")
    if not root.exists():
        files = _named(competition, _paths(competition, folders))
        index.parent.mkdir(parents=True, exist_ok=True)
        unfinished = root.with_name(f".{root.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        for file in files:
            _copy(competition / file.path, unfinished / file.name)
        os.sync()  # one for all: a call for each of many thousand files takes minutes
        write_durably(index, json.dumps([file.model_dump() for file in files]).encode())
        unfinished.rename(root)
        fsync(root.parent)
    rows = json.loads(index.read_text(encoding="utf-8"))
    return MediaStore(root, [MediaFile.model_validate(row) for row in rows])


def write_durably(path: Path, content: bytes) -> None:
    """Replace a file so that a kill leaves the old one or the new one, never a part."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_bytes(content)
    fsync(unfinished)
    unfinished.replace(path)
    fsync(path.parent)


def fsync(path: Path) -> None:
    """Wait until a file or a folder's entries are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _paths(competition: Path, folders: Sequence[MediaFolder]) -> list[str]:
    found = set()
    for folder in folders:
        suffixes = {suffix.lower() for suffix in folder.suffixes}
        for path in (competition / folder.path).rglob("*"):
            if path.suffix.lower() in suffixes and path.is_file():
                found.add(path.relative_to(competition).as_posix())
    return sorted(found)


def _named(competition: Path, paths: list[str]) -> list[MediaFile]:
    digests = {path: _digest(competition / path) for path in paths}
    ranked = sorted(paths, key=lambda path: (digests[path], path))
    return [
        MediaFile(
            path=path,
            name=f"m{rank:06d}{PurePosixPath(path).suffix.lower()}",
            digest=digests[path],
        )
        for rank, path in enumerate(ranked, start=1)
    ]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as original, target.open("wb") as twin:
        try:
            fcntl.ioctl(twin.fileno(), _FICLONE, original.fileno())
        except OSError:  # the file system cannot share blocks
            shutil.copyfileobj(original, twin, 1 << 20)
    os.utime(target, (NEUTRAL_TIME, NEUTRAL_TIME))
    target.chmod(0o444)


# --- which row owns which file ------------------------------------------------------------------


Style = Literal["path", "inner", "name", "stem"]


class RowMedia(NamedTuple):
    """Which media file each row of a table names."""

    column: str
    """Whose cells name files."""
    style: Style
    """By `path` in the competition, by `inner` path in the media folder, by `name` or `stem`."""
    paths: list[str | None]
    """One a row, relative to the competition."""


_STYLES: tuple[Style, ...] = ("path", "inner", "name", "stem")


def spelled(path: str, folder: str, style: str) -> str:
    """How a cell of that style names the file."""
    pure = PurePosixPath(path)
    if style == "inner":
        return pure.relative_to(folder).as_posix()
    return {"path": path, "name": pure.name, "stem": pure.stem}[style]


def match_rows(
    cells: pd.DataFrame, folders: Sequence[MediaFolder], paths: Iterable[str]
) -> RowMedia | None:
    """Find the column whose cells name media files (nearly all of them), one file a row.

    Where names are found in two folders or columns, those that leave the fewest other files are
    meant: a small number may be the name of a file by chance.

    Args:
        cells: A table as text.
        folders: The media folders.
        paths: All media files, relative to the competition.
    """
    homes = {path: home for path in paths if (home := home_of(path, folders)) is not None}
    choices = [[folder] for folder in folders] + ([list(folders)] if len(folders) > 1 else [])
    found: list[tuple[int, RowMedia]] = []
    for within, style in product(choices, _STYLES):
        held = {path: home for path, home in homes.items() if home in within}
        named = _unique((spelled(path, home.path, style), path) for path, home in held.items())
        for column in [name for name in cells if _names(cells[name], named)]:
            files = [named.get(cell) for cell in cells[column]]
            others = len(held) - len(set(files) - {None})
            found.append((others, RowMedia(str(column), style, files)))
    return min(found, key=lambda choice: choice[0])[1] if found else None


def row_files(
    competition: Path, folders: Sequence[MediaFolder], tables: Mapping[Role, pd.DataFrame]
) -> tuple[RowFiles, ...]:
    """Say for train and test which column names a media file a row, and where these lie.

    A played test's files lie where the real test's do, or, without one, in the first folder that
    holds no classes; `views.played` puts them there.

    Args:
        competition: The user's folder, which is only read.
        folders: Its media folders.
        tables: Some rows of train and, if there is one, of test, without targets.
    """
    paths = _paths(competition, folders)
    found = {role: match_rows(cells, folders, paths) for role, cells in tables.items()}
    named = [
        RowFiles(role=role, column=rows.column, spelled=rows.style, folders=_homes(rows, folders))
        for role, rows in found.items()
        if rows is not None
    ]
    if [one.role for one in named] == ["train"] and "test" not in tables:
        open_folders = [folder.path for folder in folders if not folder.classes]
        asked = {"role": "test", "folders": tuple(open_folders[:1]) or (PLAYED_TEST,)}
        named.append(named[0].model_copy(update=asked))
    return tuple(named)


def _homes(rows: RowMedia, folders: Sequence[MediaFolder]) -> tuple[str, ...]:
    homes = [home_of(path, folders) for path in rows.paths if path is not None]
    return tuple(dict.fromkeys(home.path for home in homes if home is not None))


def _names(cells: "pd.Series[Any]", named: dict[str, str]) -> bool:
    filled = cells[cells != ""]
    return len(filled) > 0 and float(filled.isin(list(named)).mean()) >= _MATCHED


def home_of(path: str, folders: Sequence[MediaFolder]) -> MediaFolder | None:
    """The media folder in which a file lies."""
    within = [folder for folder in folders if PurePosixPath(path).is_relative_to(folder.path)]
    return max(within, key=lambda folder: len(folder.path), default=None)


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Spellings of one file only: a name that two folders use tells nothing."""
    named: dict[str, str] = {}
    twice = set()
    for spelling, path in pairs:
        if spelling in named:
            twice.add(spelling)
        named[spelling] = path
    return {spelling: path for spelling, path in named.items() if spelling not in twice}
