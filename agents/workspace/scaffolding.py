"""Whose folder is this, and a new repository in it.

A folder that belongs to somebody else is refused before anything is written. What a killed start
has left behind is recognised and completed.
"""

import shutil

from agents.errors import WorkspaceError
from agents.workspace.disk import Record
from agents.workspace.history import MAIN
from agents.workspace.layout import SETTINGS_FILE, STATE_DIR, template_files
from agents.workspace.objects import blobs_of
from agents.workspace.process import GitProcess

_REMEDY = "name an empty or new folder with --workspace."


def refuse_foreign(git: GitProcess) -> None:
    """Refuses a folder that cannot be, or become, our workspace.

    Raises:
        WorkspaceError: it is a file, holds foreign files, or is somebody else's repository.
    """
    folder = git.workspace
    if folder.exists() and not folder.is_dir():
        raise WorkspaceError(f"{folder} is a file: {_REMEDY}")
    if "\n" in str(folder):
        raise WorkspaceError(f"{str(folder)!r} has a line break in its name: {_REMEDY}")
    names = {file.name for file in folder.iterdir()} if folder.exists() else set()
    remembered = Record(folder).read() is not None
    begun = STATE_DIR in names and names <= _first_names()
    if names and SETTINGS_FILE not in names and not remembered and not begun:
        what = "is another repository" if ".git" in names else "holds other files"
        raise WorkspaceError(f"{folder} {what}: {_REMEDY}")
    if ".git" in names:
        _refuse_foreign_repository(git, remembered=remembered)
    elif remembered:
        raise WorkspaceError(
            f"The repository of {folder} is missing (.git is gone): put it back, or {_REMEDY}"
        )


def _first_names() -> set[str]:
    return {STATE_DIR, ".git", *(path.split("/")[0] for path in template_files("any"))}


def _refuse_foreign_repository(git: GitProcess, *, remembered: bool) -> None:
    if not git.exists():
        raise WorkspaceError(
            f"{git.workspace} is part of another repository (.git is no folder): {_REMEDY}"
        )
    refs = git.text("for-each-ref", "--format=%(refname)").splitlines()
    foreign = SETTINGS_FILE not in blobs_of(git, MAIN) if MAIN in refs else bool(refs)
    if foreign and not remembered:
        raise WorkspaceError(f"{git.workspace} is another repository: {_REMEDY}")


def create_repository(git: GitProcess) -> None:
    """Makes `.git` elsewhere and renames it, so that half of one never exists."""
    draft = git.workspace / STATE_DIR / "new-repository"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    git.create(draft)
    (draft / ".git").rename(git.git_dir)
    draft.rmdir()
