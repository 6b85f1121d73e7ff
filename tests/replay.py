"""Lays out a recorded run (`tests.record`) as a workspace that a viewer can open."""

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

from agents.api import Place
from tests.record import JOURNALS, NEUTRAL_ROOT, RUNS


def replay(name: str, root: Path, *, upto: str | None = None, skip: int = 0) -> Place:
    """A workspace below `root` that looks as it did during or after the recorded run.

    Args:
        name: Of the recording.
        root: Receives the competition's folder (without its tables).
        upto: Kind of the last fact that is kept, for instance `columns-seen`; None keeps all.
        skip: How many facts of that kind are passed over first.
    """
    recording = JOURNALS / name
    competition = root / RUNS[name].folder
    workspace = competition / "pipeline"
    unpack_history(recording / "history.bundle", workspace)
    state_dir = workspace / ".iml"
    shutil.copytree(recording, state_dir, ignore=shutil.ignore_patterns("*.bundle"))
    cut(state_dir / "journal.db", root, upto, skip)
    return Place(competition=competition, workspace=workspace)


def unpack_history(bundle: Path, workspace: Path) -> None:
    """A repository with every ref of the recorded one, and its files as they were last kept."""
    workspace.mkdir(parents=True)
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    for command in (
        ["init", "-q", "-b", "main"],
        ["fetch", "-q", "--update-head-ok", str(bundle), "refs/*:refs/*"],
        ["reset", "-q", "--hard"],
    ):
        subprocess.run(["git", "-C", str(workspace), *command], check=True, env=environment)


def cut(journal: Path, root: Path, upto: str | None, skip: int) -> None:
    """Forgets everything after a fact, and moves the paths to `root`."""
    database = sqlite3.connect(journal)
    if upto is not None:
        query = "SELECT seq FROM events WHERE kind=? ORDER BY seq LIMIT 1 OFFSET ?"
        (last,) = database.execute(query, (upto, skip)).fetchone()
        database.execute("DELETE FROM events WHERE seq>?", (last,))
    database.execute("DELETE FROM progress")
    moved = "UPDATE events SET body=replace(body, ?, ?)"
    database.execute(moved, (NEUTRAL_ROOT, str(root)))
    database.commit()
    database.close()
