"""Which files a competition holds, loose or in archives, without those that nobody means.

Media are left out here: there may be a hundred thousand of them. So are hidden files, workspaces of
ours, and what an archive repeats of the files beside it.
"""

import os
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from agents.competition.reading.containers import Member, members
from agents.competition.reading.tables import blocks_of
from agents.errors import InputError

WORKSPACE_MARK: Final = "iml.toml"
MEDIA_SUFFIXES: Final = frozenset(
    {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".dcm", ".npy"}
    | {".wav", ".mp3", ".flac", ".ogg", ".aif", ".aiff", ".m4a", ".mp4", ".avi", ".mov", ".xyz"}
)
_DEEPEST: Final = 3


class Refused(NamedTuple):
    """A table or an archive that cannot be used."""

    path: str
    reason: str
    """One sentence."""


@dataclass
class Listing:
    """Files that may be read, archives that cannot be, and what was left out."""

    files: list[Member] = field(default_factory=list)
    """A loose file has no checksum (0)."""
    refused: list[Refused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def list_files(folder: Path) -> Listing:
    """Look through a competition folder, three levels deep, and through the archives in it."""
    listing = Listing()
    archives = []
    for path, size in _loose(folder, folder, _DEEPEST):
        if path.lower().endswith(".zip"):
            archives.append(path)
        else:
            listing.files.append(Member(path, size, 0))
    loose = list(listing.files)
    for path in archives:
        try:
            held = [one for one in members(folder, path) if not _hides(one.path)]
        except InputError as error:
            listing.refused.append(Refused(path, str(error)))
            continue
        _add_held(listing, folder, path, held, loose)
    return listing


def list_members(folder: Path) -> Iterator[tuple[str, list[Member]]]:
    """Each archive that can be read, with what it holds but hidden files."""
    for path, _ in _loose(folder, folder, _DEEPEST):
        if path.lower().endswith(".zip"):
            with suppress(InputError):  # `list_files` says why
                yield path, [one for one in members(folder, path) if not _hides(one.path)]


def is_hidden(name: str) -> bool:
    """Whether a file or folder is none of the user's, such as `.git` or `~$open.xlsx`."""
    return name.startswith((".", "__", "~$"))


def is_workspace(folder: Path) -> bool:
    """Whether a folder is a workspace of ours."""
    return (folder / WORKSPACE_MARK).exists()


def _loose(folder: Path, root: Path, depth: int) -> Iterator[tuple[str, int]]:
    """Files (no media) below a folder with their sizes, those of the folder itself first."""
    try:
        with os.scandir(folder) as entries:
            seen = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return
    shown = [entry for entry in seen if not is_hidden(entry.name)]
    for entry in shown:
        if entry.is_file() and not _is_media(entry.name):
            yield Path(entry.path).relative_to(root).as_posix(), entry.stat().st_size
    for entry in shown:
        if depth <= 0 or not entry.is_dir() or is_workspace(Path(entry.path)):
            continue
        if not (entry.is_symlink() and _holds(Path(entry.path), folder)):
            yield from _loose(Path(entry.path), root, depth - 1)


def _holds(link: Path, folder: Path) -> bool:
    """Whether a link leads back to the folder that it lies in, or to one above that."""
    return folder.resolve().is_relative_to(link.resolve())


def _add_held(
    listing: Listing, folder: Path, archive: str, held: Sequence[Member], loose: Sequence[Member]
) -> None:
    media = sum(_is_media(one.path) for one in held)
    if media:
        listing.notes.append(
            f"{archive} holds {media:,} media files, which are read only where they are unpacked."
        )
    repeated = {one.path for one in held if _lies_beside(folder, one, loose)}
    if repeated:
        names = ", ".join(sorted(PurePosixPath(path).name for path in repeated)[:3])
        more = f" and {len(repeated) - 3} more" if len(repeated) > 3 else ""
        listing.notes.append(f"{archive} repeats {names}{more}, read where unpacked.")
    listing.files += [one for one in held if one.path not in repeated and not _is_media(one.path)]


def _lies_beside(folder: Path, member: Member, loose: Sequence[Member]) -> bool:
    """Whether a member of an archive also lies unpacked in the competition."""
    name = PurePosixPath(member.path).name
    twins = [one for one in loose if PurePosixPath(one.path).name == name]
    return any(
        one.size == member.size and _checksum(folder / one.path) == member.checksum for one in twins
    )


def _checksum(path: Path) -> int:
    checksum = 0
    for block in blocks_of(path):
        checksum = zlib.crc32(block, checksum)
    return checksum


def _hides(path: str) -> bool:
    return any(is_hidden(part) for part in PurePosixPath(path).parts)


def _is_media(name: str) -> bool:
    return name.lower().endswith(tuple(MEDIA_SUFFIXES))


def crowded_folders(files: Sequence[Member], suffixes: frozenset[str], most: int) -> frozenset[str]:
    """Folders that hold more files of these kinds than anyone gives tables."""
    counts = Counter(
        str(PurePosixPath(one.path).parent)
        for one in files
        if PurePosixPath(one.path).suffix.lower() in suffixes
    )
    return frozenset(folder for folder, count in counts.items() if count > most)
