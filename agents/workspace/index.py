"""The user's index: entries replaced under git's own lock, and locks that a crash left behind.

A lock that somebody else may hold is never removed. Ours carries a mark, so that the next start
knows it; a ref's lock lives for milliseconds, so one that is seconds old has lost its owner.
"""

import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from agents.workspace.objects import index_entries
from agents.workspace.process import GitProcess

LOCK_MARK = b"iml-tui\n"
LOCK_WAIT_S = 1.0
ORPHAN_AGE_S = 5.0


def staged_blobs(git: GitProcess) -> dict[str, str]:
    """Blob ids by path as the index has them; paths in conflict have the blob of no side."""
    listing = git.run("ls-files", "--stage", "-z").output.decode("utf-8", "surrogateescape")
    blobs: dict[str, str] = {}
    for line in listing.split("\0")[:-1]:
        facts, _, path = line.partition("\t")
        _, blob, stage = facts.split(" ")
        blobs[path] = blob if stage == "0" else f"conflict {stage}"
    return blobs


def stage(git: GitProcess, blobs: Mapping[str, str | None]) -> bool:
    """Sets index entries (None removes one) without touching any other.

    Returns:
        False when a git of the user's holds the index, and nothing was done.
    """
    with _index_lock(git.git_dir) as held:
        if held:
            draft = git.git_dir / "iml-index"
            _drop(draft, draft.with_suffix(".lock"))
            if (git.git_dir / "index").exists():
                shutil.copyfile(git.git_dir / "index", draft)
            entries = index_entries(blobs)
            git.run(
                "update-index",
                "-z",
                "--index-info",
                stdin=entries,
                environment={"GIT_INDEX_FILE": str(draft)},
            )
            draft.replace(git.git_dir / "index")
    return held


@contextmanager
def _index_lock(git_dir: Path) -> Iterator[bool]:
    lock = git_dir / "index.lock"
    deadline = time.monotonic() + LOCK_WAIT_S
    while not _create(lock):
        if time.monotonic() > deadline:
            yield False
            return
        time.sleep(0.02)
    try:
        yield True
    finally:
        lock.unlink(missing_ok=True)


def _create(lock: Path) -> bool:
    try:
        with lock.open("xb", buffering=0) as stream:
            stream.write(LOCK_MARK)
    except FileExistsError:
        return False
    return True


def clear_orphans(git_dir: Path) -> None:
    """Removes what a crash of ours, or of a git that we had started, left in the repository.

    Only to be called while no other engine works on the workspace. Waits up to five seconds for
    a young lock, whose owner may be alive.
    """
    for leftover in git_dir.glob("iml-*"):
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)
    index_lock = git_dir / "index.lock"
    if _text(index_lock) == LOCK_MARK:
        index_lock.unlink(missing_ok=True)
    ours = [git_dir / "HEAD.lock", git_dir / "refs/heads/main.lock"]
    ours += sorted((git_dir / "refs" / "iml").rglob("*.lock"))
    for lock in ours:
        _await_orphan(lock)
        lock.unlink(missing_ok=True)
    if _text(index_lock) == b"":
        _await_orphan(index_lock)
        if _text(index_lock) == b"":
            index_lock.unlink(missing_ok=True)


def _await_orphan(lock: Path) -> None:
    """Returns once `lock` is gone or so old that nobody holds it any more."""
    deadline = time.monotonic() + ORPHAN_AGE_S
    while lock.exists() and time.monotonic() < deadline:
        if time.time() - _modified(lock) > ORPHAN_AGE_S:
            return
        time.sleep(0.05)


def _modified(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _text(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def _drop(*files: Path) -> None:
    for file in files:
        file.unlink(missing_ok=True)
