"""Files inside zip archives, opened as streams: nothing is ever unpacked onto a disk.

A path may lead through an archive as if it were a folder (`data.zip/train.csv`), also through one
within another. `open_binary` opens such a path; programs that the engine writes carry a copy of it.
`members` lists what an archive holds and refuses one that no honest tool made.
"""

import gzip
import io
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Final, NamedTuple, cast

from agents.errors import InputError

ZIPPED = True
LARGE: Final[int] = 1 << 30
MOST_RATIO: Final[int] = 1000
_MOST_OF_DISK: Final = 4
_DEEPEST: Final = 3
DAMAGES: Final = (
    OSError,
    EOFError,
    zlib.error,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
)
"""What Python raises for files that cannot be opened or unpacked."""


class Member(NamedTuple):
    """A file in an archive."""

    path: str
    """Relative to the folder that holds the outermost archive, with forward slashes."""
    size: int
    """In bytes, unpacked."""
    checksum: int
    """CRC-32 of its content."""


class Stream(io.BufferedReader):
    """A file that is read through others, which are closed together with it."""

    def __init__(self, file: IO[bytes], *beneath: IO[bytes]) -> None:
        """Read `file`, whose bytes come from the files beneath it."""
        super().__init__(cast("io.RawIOBase", file))
        self._beneath = beneath

    def close(self) -> None:  # type: ignore[explicit-override]
        """Close the file and what it is read from."""
        super().close()
        for file in self._beneath:
            file.close()


def open_binary(path: Path) -> IO[bytes]:
    """Open a file, unpacked if its name ends in `.gz`.

    Where a part of the path is an archive instead of a folder, the rest of it names a member.
    """
    if ZIPPED:
        archive = next((folder for folder in path.parents if folder.is_file()), None)
        if archive is not None:
            file = open_member(archive, path.relative_to(archive).parts)
            if path.suffix.lower() != ".gz":
                return file
            return Stream(cast("IO[bytes]", gzip.open(file)), file)
    if path.suffix.lower() == ".gz":
        return cast("IO[bytes]", gzip.open(path))
    return path.open("rb")


def open_member(archive: Path, parts: tuple[str, ...]) -> IO[bytes]:
    """Open a member of a zip archive, or of an archive within it."""
    file: IO[bytes] = archive.open("rb")
    try:
        while nested := next(
            (count for count in range(1, len(parts)) if parts[count - 1].lower().endswith(".zip")),
            0,
        ):
            file = _member(file, parts[:nested])
            parts = parts[nested:]
        return _member(file, parts)
    except BaseException:
        file.close()
        raise


def _member(archive: IO[bytes], parts: tuple[str, ...]) -> IO[bytes]:
    return Stream(zipfile.ZipFile(archive).open("/".join(parts)), archive)


def shown(path: Path) -> str:
    """The name of a file for people; of a member, the name of its archive first."""
    archive = next((folder for folder in path.parents if folder.is_file()), None)
    return path.name if archive is None else path.relative_to(archive.parent).as_posix()


def damaged(path: Path, error: Exception) -> InputError:
    """One sentence about a file that cannot be opened or unpacked."""
    if isinstance(error, OSError) and error.strerror:
        return InputError(
            f"{shown(path)} cannot be read ({error.strerror}): give yourself access to it, or get "
            "the file again."
        )
    return InputError(
        f"{shown(path)} is damaged or cut off ({str(error).rstrip('.')}): get the whole file again."
    )


def members(folder: Path, path: str, depth: int = 1) -> Iterator[Member]:
    """The files that an archive and the archives within it hold.

    Args:
        folder: The competition.
        path: Of the archive, relative to the competition.
        depth: How many archives deep it lies, itself counted.

    Raises:
        InputError: It is damaged or encrypted, its names lead out of it, or it would unpack to
            more than anyone means to.
    """
    try:
        with open_binary(folder / path) as file, zipfile.ZipFile(file) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except DAMAGES as error:
        raise damaged(folder / path, error) from error
    _check(folder, path, infos)
    for info in infos:
        inner = f"{path}/{info.filename}"
        if inner.lower().endswith(".zip") and depth < _DEEPEST:
            yield from members(folder, inner, depth + 1)
        else:
            yield Member(inner, info.file_size, info.CRC)


def _check(folder: Path, path: str, infos: list[zipfile.ZipInfo]) -> None:
    if out := next((info.filename for info in infos if _leads_out(info.filename)), None):
        raise InputError(
            f"{path} holds {out!r}, a name that leads out of the archive: remove the archive, or "
            "pack it again from a folder that you trust."
        )
    if any(info.flag_bits & 1 for info in infos):
        raise InputError(f"{path} is protected by a password: unpack it beside the tables.")
    unpacked = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    bomb = unpacked > LARGE and unpacked > MOST_RATIO * packed
    if bomb or unpacked > _MOST_OF_DISK * shutil.disk_usage(folder).free:
        raise InputError(
            f"{path} would unpack from {packed / 1e6:,.1f} MB to {unpacked / 1e9:,.1f} GB: unpack "
            "what you need of it by hand, or remove it."
        )


def _leads_out(name: str) -> bool:
    """Whether a name in an archive means a place outside it."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return ".." in parts or name.startswith(("/", "\\")) or name[1:3] in {":\\", ":/"}
