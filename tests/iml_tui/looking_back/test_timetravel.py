"""`history`, `show` and the preview of `back`, over a real repository with two rounds."""

import os
import pty
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.journal import events
from agents.journal.store import Journal
from agents.workspace.message import CommitMessage
from agents.workspace.repository import Repository

STAND_IN = Path(__file__).parents[1] / "engine_stand_in.py"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace in which round 2 of a track changed one file and brought another."""
    folder = tmp_path / "boats" / "pipeline"
    repository = Repository(folder)
    repository.scaffold("boats", datetime(2026, 11, 20, 12, tzinfo=UTC))
    keep(repository, 1, {"model.py": b"depth = 4\nseed = 7\n"})
    keep(repository, 2, {"model.py": b"depth = 6\nseed = 7\n", "contract.json": b"{}\n"})
    journal = Journal(folder / ".iml")
    journal.start_run()
    competition = str(folder.parent)
    journal.append(events.RunStarted(competition=competition, name="boats", settings={}))
    journal.close()
    return folder


def keep(repository: Repository, number: int, files: dict[str, bytes]) -> None:
    message = CommitMessage(
        at=datetime(2026, 11, 20, 12, number, tzinfo=UTC),
        subject=f"draft(traditional): round {number}, linear recipe",
        track="traditional",
        round=number,
        score=f"0.81{number}0 ±0.0047",
    )
    repository.accept({f"tracks/traditional/{name}": text for name, text in files.items()}, message)


def command(*words: str) -> list[str]:
    return [sys.executable, "-P", "-m", "iml_tui.cli", *words]


def iml_tui(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(*words), check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )


def test_history_lists_the_newest_first_with_round_and_score(workspace: Path) -> None:
    lines = iml_tui("history", str(workspace.parent)).stdout.splitlines()
    assert "traditional 2" in lines[0]
    assert lines[0].endswith("linear recipe  0.8120 ±0.0047")
    assert "traditional 1" in lines[1]
    assert "start: workspace for boats" in lines[2]
    of_track = iml_tui("history", "--track", "traditional", str(workspace)).stdout.splitlines()
    assert of_track == lines[:2]


def test_show_tells_what_a_round_says_and_changed(workspace: Path) -> None:
    said = iml_tui("show", "traditional-2", str(workspace)).stdout.splitlines()
    assert said[1] == "draft(traditional): round 2, linear recipe"
    assert "  Score:     0.8120 ±0.0047" in said
    assert "-depth = 4" in said
    assert "+depth = 6" in said


def test_a_revision_that_nobody_knows_is_refused_with_what_there_is(workspace: Path) -> None:
    said = iml_tui("show", "traditional-9", str(workspace))
    assert said.returncode == 2
    assert "did you mean traditional" in said.stderr


def test_going_back_shows_what_changes_and_needs_a_yes(workspace: Path) -> None:
    tip = (workspace / ".git" / "refs" / "heads" / "main").read_text(encoding="utf-8")
    said = iml_tui("back", "traditional-1", str(workspace))
    assert said.returncode == 2
    assert "--yes" in said.stderr
    lines = said.stdout.splitlines()
    assert lines[0].startswith("traditional goes back to ")
    assert "  contract.json  goes" in lines
    assert "  model.py       +1 -1" in lines
    assert (workspace / ".git" / "refs" / "heads" / "main").read_text(encoding="utf-8") == tip


def test_a_person_who_says_no_changes_nothing(workspace: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command("back", "traditional-1", str(workspace)), stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    os.write(ours, b"n\n")
    assert process.wait(timeout=20) == 0
    said = os.read(ours, 65536).decode()
    os.close(ours)
    assert "Go back? [y/N]: " in said
    assert "Nothing was changed." in said


def test_a_moment_of_no_track_is_nothing_to_go_back_to(workspace: Path) -> None:
    said = iml_tui("back", "HEAD~2", str(workspace), "--yes")
    assert said.returncode == 2
    assert "belongs to no track" in said.stderr


def test_going_back_to_what_lies_there_does_nothing(workspace: Path) -> None:
    said = iml_tui("back", "traditional-2", str(workspace))
    assert said.returncode == 0
    assert "is already as it was" in said.stdout


def test_going_back_waits_until_the_engine_has_said_what_became_of_it(workspace: Path) -> None:
    state = workspace / ".iml"
    engine = subprocess.Popen(
        [sys.executable, str(STAND_IN), str(state), "done"], stdout=subprocess.PIPE, text=True
    )
    assert engine.stdout is not None
    assert engine.stdout.readline() == "ready\n"
    said = iml_tui("back", "traditional-1", str(workspace), "--yes")
    (state / "go").touch()
    engine.communicate(timeout=20)
    assert said.returncode == 0
    assert said.stdout.splitlines()[-1] == "back was taken up."
