"""Files of the working tree: read as blobs, replaced atomically, and what was last written there.

A file whose blob is neither the one that was last written nor the one of the main line is the
user's edit, and nothing here ever overwrites one.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath

from agents.workspace.layout import SIZE_LIMIT, STATE_DIR, allowed_on_disk
from agents.workspace.objects import blob_id

OUTSIDE = "outside"
"""Stands for a blob where a file is too large or no plain file: it is left alone."""

RECORD_FILE = "materialised.json"


def read_allowed(workspace: Path, paths: Iterable[str]) -> dict[str, bytes | None]:
    """Contents of the allow-listed files that exist; None where one is kept out of git.

    Args:
        workspace: The folder.
        paths: Names that are looked at besides, because a way to them may lead out of the folder.
    """
    names = {*allowed_on_disk(workspace), *paths}
    existing = (name for name in sorted(names) if _lies_there(workspace, name))
    return {name: _content(workspace, name) for name in existing}


def blobs_on_disk(workspace: Path, paths: Iterable[str]) -> dict[str, str]:
    """Like `read_allowed`, with blob ids, and `OUTSIDE` where a file is kept out of git."""
    return {
        path: OUTSIDE if content is None else blob_id(content)
        for path, content in read_allowed(workspace, paths).items()
    }


def _lies_there(workspace: Path, path: str) -> bool:
    return os.path.lexists(workspace / path) or _leads_out(workspace, path)


def _leads_out(workspace: Path, path: str) -> bool:
    """Whether a folder on the way is a link or no folder: writing there would hit other files."""
    ways = [workspace / way for way in PurePath(path).parents if way.name]
    return any(way.is_symlink() or (way.exists() and not way.is_dir()) for way in ways)


def _content(workspace: Path, path: str) -> bytes | None:
    file = workspace / path
    if _leads_out(workspace, path) or not file.is_file():
        return None
    with file.open("rb") as stream:
        content = stream.read(SIZE_LIMIT + 1)
    return content if len(content) <= SIZE_LIMIT else None


def write_atomically(file: Path, content: bytes, scratch: Path) -> None:
    """Replaces `file` so that after any crash it holds the old or the new content, whole.

    Args:
        file: What is replaced; its folder is made.
        content: What it holds then.
        scratch: A folder on the same file system; a crash may leave a file there.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = scratch / f"iml-write-{file.name}"
    with draft.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(file)
    _sync_folder(file.parent)


def remove(workspace: Path, path: str) -> None:
    """Removes a file, and its track's folder when nothing else lies there."""
    file = workspace / path
    file.unlink(missing_ok=True)
    if file.parent != workspace:
        try:
            file.parent.rmdir()
        except OSError:
            _sync_folder(file.parent)
        else:
            _sync_folder(file.parent.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Record:
    """What was last written into the working tree: blob ids by path, in `.iml`."""

    def __init__(self, workspace: Path) -> None:
        """Names the record of `workspace`."""
        self._file = workspace / STATE_DIR / RECORD_FILE

    def read(self) -> dict[str, str] | None:
        """The blobs, or None where nothing is remembered."""
        try:
            blobs = json.loads(self._file.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return blobs if isinstance(blobs, dict) else None

    def write(self, blobs: Mapping[str, str]) -> None:
        """Remembers `blobs`."""
        text = json.dumps(dict(sorted(blobs.items())), indent=1)
        self._file.parent.mkdir(exist_ok=True)
        write_atomically(self._file, text.encode(), self._file.parent)
