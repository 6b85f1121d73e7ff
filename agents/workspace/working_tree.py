"""The working tree: written from the main line, and read as the user's inbox.

Three blobs decide what a file is: the one on disk, the one of the main line, the one that was last
written. On disk as last written: it may be replaced. Neither of the two others: the user's edit,
which nothing here ever overwrites.
"""

from collections.abc import Mapping

from agents.workspace.disk import (
    OUTSIDE,
    Record,
    blobs_on_disk,
    read_allowed,
    remove,
    write_atomically,
)
from agents.workspace.history import MAIN
from agents.workspace.index import stage, staged_blobs
from agents.workspace.layout import is_allowed
from agents.workspace.objects import blob_id, blobs_of, contents
from agents.workspace.process import GitProcess

_UNFINISHED = {
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisect",
}

Blobs = Mapping[str, str]


class WorkingTree:
    """Files and index of one workspace."""

    def __init__(self, git: GitProcess) -> None:
        """Names the workspace."""
        self._git = git
        self._workspace = git.workspace
        self._record = Record(git.workspace)

    def detour(self) -> str:
        """Why the working tree is not ours to write to just now; empty when it is."""
        for name, what in _UNFINISHED.items():
            if (self._git.git_dir / name).exists():
                return f"{what} is under way"
        head = self._git.text("symbolic-ref", "--quiet", "HEAD", accept=(0, 1))
        if head == MAIN:
            return ""
        branch = head.removeprefix("refs/heads/")
        return f"you are on branch {branch}" if branch else "you are on no branch"

    def materialise(self) -> None:
        """Writes files and index entries that lag behind the main line; none on a detour."""
        if self.detour():
            return
        target, remembered = self._target(), self._remembered()
        right = self._write_files(target, remembered)
        if self._write_index(target, remembered, right):
            kept = {path: blob for path, blob in remembered.items() if path not in right}
            now = kept | {path: target[path] for path in right if path in target}
            if now != self._record.read():
                self._record.write(now)

    def _write_files(self, target: Blobs, remembered: Blobs) -> set[str]:
        """Replaces every file that is as last written; returns those that are as they should."""
        paths = {*target, *remembered}
        disk = blobs_on_disk(self._workspace, paths)
        lagging = {
            path for path in paths if disk.get(path) == remembered.get(path) != target.get(path)
        }
        found = contents(self._git, [target[path] for path in lagging if path in target])
        for path in sorted(lagging):
            if path in target:
                file = self._workspace / path
                write_atomically(file, found[target[path]], self._git.git_dir)
            else:
                remove(self._workspace, path)
        return lagging | {path for path in paths if disk.get(path) == target.get(path)}

    def _write_index(self, target: Blobs, remembered: Blobs, right: set[str]) -> bool:
        """Sets the entries of such files, and of others that the user has not staged anew."""
        staged = staged_blobs(self._git)
        wrong = {
            path: target.get(path)
            for path in sorted({*target, *remembered})
            if staged.get(path) != target.get(path)
            and (path in right or staged.get(path) in {remembered.get(path), None})
        }
        return not wrong or stage(self._git, wrong)

    def _target(self) -> Blobs:
        return _allowed(blobs_of(self._git, MAIN))

    def _remembered(self) -> Blobs:
        """What was last written; without a record, what the commit before the tip holds."""
        record = self._record.read()
        if record is not None:
            return record
        before = self._git.text("rev-parse", "--verify", "--quiet", f"{MAIN}~1", accept=(0, 1))
        return _allowed(blobs_of(self._git, before)) if before else {}

    def user_edits(self) -> dict[str, bytes | None]:
        """Files that the user has changed and not committed; None for one that was removed."""
        if self.detour():
            return {}
        target, remembered = self._target(), self._remembered()
        disk = read_allowed(self._workspace, {*target, *remembered})
        edits: dict[str, bytes | None] = {}
        for path in sorted({*target, *remembered, *disk}):
            content = disk.get(path)
            kept_out = path in disk and content is None
            blob = None if content is None else blob_id(content)
            if not kept_out and blob not in {target.get(path), remembered.get(path)}:
                edits[path] = content
        return edits

    def kept_out(self) -> tuple[str, ...]:
        """Allow-listed names under which lies something that git is not given."""
        disk = blobs_on_disk(self._workspace, ())
        return tuple(path for path, blob in disk.items() if blob == OUTSIDE)


def _allowed(blobs: Blobs) -> Blobs:
    return {path: blob for path, blob in blobs.items() if is_allowed(path)}
