"""What the tests share: a fixed clock, messages, and git as a user would type it."""

import datetime
import subprocess
from pathlib import Path

from pydantic import JsonValue

from agents.workspace.message import CommitMessage

WHEN = datetime.datetime(2026, 3, 1, 9, 30, tzinfo=datetime.UTC)
MODEL = "tracks/neural/model.py"
PREPROCESS = "tracks/neural/preprocess.py"


def message(subject: str, minute: int = 0, /, **facts: JsonValue) -> CommitMessage:
    at = WHEN + datetime.timedelta(minutes=minute)
    return CommitMessage.model_validate({"at": at, "subject": subject, **facts})


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout


def assert_whole(workspace: Path) -> None:
    """The repository is sound, nothing is left over, and files, index and main line agree."""
    git(workspace, "fsck", "--strict", "--no-dangling")
    assert git(workspace, "status", "--porcelain") == ""
    leftovers = [*workspace.glob(".git/iml-*"), *workspace.glob(".git/**/*.lock")]
    assert leftovers == []
