"""Killed at every single operation on files and at every start of git, then repaired."""

import multiprocessing
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from agents.workspace.index import LOCK_MARK, ORPHAN_AGE_S
from agents.workspace.repository import Repository
from tests.workspace.support import MODEL, PREPROCESS, WHEN, assert_whole, git, message

OPERATIONS = {"subprocess.Popen", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}


def die_at(operation: int, act: Callable[[], object]) -> None:
    """Runs `act` and kills this process, without notice, just before its n-th operation."""
    seen = 0

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        writes = event == "open" and any(mode in str(arguments[1]) for mode in "wx")
        if event in OPERATIONS or writes:
            seen += 1
            if seen == operation:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    act()


def killed_at(operation: int, act: Callable[[], object]) -> bool:
    """Whether `act`, in a process of its own, was killed; False when it ended before."""
    process = multiprocessing.get_context("fork").Process(target=die_at, args=(operation, act))
    process.start()
    process.join(60)
    assert process.exitcode in {0, -signal.SIGKILL}
    return process.exitcode != 0


def test_scaffolding_survives_a_kill_at_any_point(tmp_path: Path) -> None:
    expected = Repository(tmp_path / "unkilled").scaffold("Spaceship", WHEN)
    operation = 1
    while True:
        workspace = tmp_path / f"killed-{operation}"
        killed = killed_at(operation, partial(Repository(workspace).scaffold, "Spaceship", WHEN))
        assert Repository(workspace).scaffold("Spaceship", WHEN) == expected
        assert_whole(workspace)
        if not killed:
            break
        operation += 1
    assert operation > 10


def test_accepting_survives_a_kill_at_any_point(tmp_path: Path) -> None:
    """Repaired, the files agree with the old or new main line; repeated, the commit is the same."""
    files = {MODEL: b"two\n", PREPROCESS: None, "report.md": b"r\n"}
    prepared = Repository(tmp_path / "prepared")
    prepared.scaffold("Spaceship", WHEN)
    old = prepared.accept({MODEL: b"one\n", PREPROCESS: b"p\n"}, message("one"))
    unkilled = Repository(shutil.copytree(prepared.workspace, tmp_path / "unkilled"))
    new = unkilled.accept(files, message("two", 1))
    operation, tips = 1, set()
    while True:
        folder = tmp_path / f"killed-{operation}"
        victim = Repository(shutil.copytree(prepared.workspace, folder))
        killed = killed_at(operation, partial(victim.accept, files, message("two", 1)))
        survivor = Repository(folder)
        survivor.repair()
        assert_whole(folder)
        assert survivor.user_edits() == {}
        tips.add(survivor.tip())
        assert survivor.accept(files, message("two", 1)) == new
        assert survivor.tip() == new
        assert_whole(folder)
        if not killed:
            break
        operation += 1
    assert tips == {old, new}
    assert operation > 15


def test_the_sub_steps_can_be_taken_one_by_one(workspace: Path, repository: Repository) -> None:
    tip = repository.tip()
    commit = repository.build_commit({MODEL: b"one\n"}, message("one"), tip)
    assert repository.tip() == tip
    repository.move_ref(commit, tip)
    assert not (workspace / MODEL).exists()
    assert repository.user_edits() == {}
    repository.materialise()
    assert (workspace / MODEL).read_bytes() == b"one\n"
    assert repository.accept({MODEL: b"one\n"}, message("one")) == commit
    assert_whole(workspace)


def test_an_index_lock_of_ours_is_cleared_at_the_next_start(
    workspace: Path, repository: Repository
) -> None:
    (workspace / ".git" / "index.lock").write_bytes(LOCK_MARK)
    repository.repair()
    assert_whole(workspace)


def test_an_index_lock_of_the_users_is_never_removed(
    workspace: Path, repository: Repository
) -> None:
    lock = workspace / ".git" / "index.lock"
    lock.write_bytes(b"DIRC")
    long_ago = time.time() - 3600
    os.utime(lock, (long_ago, long_ago))
    repository.repair()
    assert lock.read_bytes() == b"DIRC"


@pytest.mark.parametrize("name", ["refs/heads/main.lock", "HEAD.lock", "index.lock"])
def test_a_lock_whose_git_died_is_cleared_at_the_next_start(
    workspace: Path, repository: Repository, name: str
) -> None:
    lock = workspace / ".git" / name
    lock.touch()
    long_ago = time.time() - 2 * ORPHAN_AGE_S
    os.utime(lock, (long_ago, long_ago))
    repository.repair()
    repository.accept({MODEL: b"one\n"}, message("one"))
    assert_whole(workspace)


def test_a_half_written_repository_of_a_killed_git_is_made_anew(workspace: Path) -> None:
    draft = workspace / ".iml" / "new-repository" / ".git"
    draft.mkdir(parents=True)
    (draft / "config.lock").touch()
    Repository(workspace).scaffold("Spaceship", WHEN)
    assert_whole(workspace)
    assert git(workspace, "log", "--format=%s") == "start: workspace for Spaceship\n"
