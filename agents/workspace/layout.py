"""Which files of a workspace belong to its history, and what a new workspace starts from.

Only the names on the allow-list ever reach git: code, contracts, the plan, the reports, settings.
Never data, models, media or `.iml`.
"""

import os
import re
import string
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

from agents.errors import WorkspaceError

STATE_DIR = ".iml"
SETTINGS_FILE = "iml.toml"
TRACK_FILES = ("contract.json", "preprocess.py", "model.py", "solution.py")
TOP_FILES = (
    "task.json",
    "profile.md",
    "blueprint.md",
    "report.md",
    "ledger.md",
    "README.md",
    SETTINGS_FILE,
    ".gitignore",
)
SIZE_LIMIT = 2**20
"""Bytes that one file of the history may have."""

_TRACK = re.compile(r"[a-z][a-z0-9_-]{0,63}")
_TEMPLATE_NAMES = {"gitignore": ".gitignore"}


def track_folder(track: str) -> str:
    """The folder of a track.

    Raises:
        WorkspaceError: no track can be called that.
    """
    if not _TRACK.fullmatch(track):
        raise WorkspaceError(
            f"{track!r} cannot be the name of a track: use small letters, digits, - and _."
        )
    return f"tracks/{track}"


def track_of(path: str) -> str | None:
    """The track that `path` belongs to, or None for a file of the whole workspace."""
    parts = path.split("/")
    return parts[1] if len(parts) == 3 and parts[0] == "tracks" else None


def is_allowed(path: str) -> bool:
    """Whether a file of that name may be part of the history."""
    track = track_of(path)
    if track is None:
        return path in TOP_FILES
    return _TRACK.fullmatch(track) is not None and path.split("/")[2] in TRACK_FILES


def check_files(files: Mapping[str, bytes | None]) -> None:
    """Refuses what does not belong into the history.

    Raises:
        WorkspaceError: a name is not on the allow-list, or a content is too large.
    """
    for path, content in files.items():
        if not is_allowed(path):
            raise WorkspaceError(
                f"{path!r} does not belong into the workspace's history: "
                "only the code, contracts, plan and reports of a run do."
            )
        if content is not None and len(content) > SIZE_LIMIT:
            raise WorkspaceError(
                f"{path} is larger than {SIZE_LIMIT // 2**20} MiB and cannot be kept in git: "
                "read long literals from a file instead."
            )


def allowed_on_disk(workspace: Path) -> Iterator[str]:
    """Names on the allow-list that exist in the working tree, whatever they are there."""
    tracks = workspace / "tracks"
    folders = sorted(tracks.iterdir()) if tracks.is_dir() else []
    names = [f"tracks/{folder.name}/{name}" for folder in folders for name in TRACK_FILES]
    for path in (*TOP_FILES, *names):
        if is_allowed(path) and os.path.lexists(workspace / path):
            yield path


def template_directory() -> Path:
    """Where the files of a new workspace lie: inside the wheel, or at the root of a checkout."""
    installed = Path(str(resources.files("agents.workspace"))) / "template"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "workspace_template"


def template_files(task_name: str) -> dict[str, bytes]:
    """The first files of a workspace, by path.

    Args:
        task_name: Stands for `$name` in the template.
    """
    title = " ".join(task_name.split()) or "pipeline"
    files: dict[str, bytes] = {}
    for source in sorted(template_directory().rglob("*")):
        name = source.relative_to(template_directory()).as_posix()
        path = _TEMPLATE_NAMES.get(name, name)
        if is_allowed(path):
            text = string.Template(source.read_text(encoding="utf-8")).safe_substitute(name=title)
            files[path] = text.encode()
    return files
