"""A whole run of recipes: killed again and again it ends the same, and what it says is repeated.

What was handed in is repeated far from the workspace, by the notebook and by the script alone.
"""

import signal
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil
import pytest

from agents.api import Place
from iml_tui.export.notebook import notebook_text
from iml_tui.export.story import needed_files, read_story
from iml_tui.exporting import export
from tests.builders import write_competition
from tests.engine.support import (
    KILL_AT,
    facts_of,
    git,
    head_tree,
    run_engine,
    state_of,
    step_paths,
)

ROWS = 150
WHOLE: dict[str, object] = {"deterministic": True, "time_limit": 600.0, "only": "linear"}
"""With the search for what is better and an ensemble, on every core."""
KILLS = [
    ("view building", 3),
    ("between blobs and ref", 2),
    ("execution", 3),
    ("between ref and files", 2),
]
"""Where the engines die that are started one after the other, and the how many-th time there."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody disturbed."""
    competition = write_competition(tmp_path_factory.mktemp("whole") / "c", "binary", rows=ROWS)
    finished = run_engine(competition, settings=WHOLE)
    assert finished.returncode == 0, finished.stderr
    assert state_of(competition).mark == "done"
    return competition


def test_a_run_that_is_killed_again_and_again_ends_as_an_unkilled_one(
    whole: Path, tmp_path: Path
) -> None:
    competition = write_competition(tmp_path / "c", "binary", rows=ROWS)
    recorded: set[str] = set()
    for place, number in KILLS:
        killed = run_engine(competition, [str(KILL_AT), place, str(number)], WHOLE)
        assert killed.returncode == -signal.SIGKILL, (place, killed.stderr)
        assert _programs_of(competition) == [], place
        steps = set(step_paths(competition))
        assert recorded < steps, f"{place}: nothing came of this start, or something was lost"
        recorded = steps

    resumed = run_engine(competition, settings=WHOLE)

    assert resumed.returncode == 0, resumed.stderr
    assert _submission(competition) == _submission(whole)
    assert head_tree(competition) == head_tree(whole)
    assert step_paths(competition) == step_paths(whole)
    assert git(competition, "status", "--porcelain") == ""
    assert git(competition, "fsck", "--strict") == ""
    numbers = [fact.seq for fact in facts_of(competition)]
    assert numbers == sorted(numbers)


def _submission(competition: Path) -> bytes:
    return (competition / "pipeline" / "submission.csv").read_bytes()


def _programs_of(competition: Path) -> list[str]:
    """Processes that still work below the competition's `.iml`."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if any(str(competition) in word for word in words):
            found.append(" ".join(words))
    return found


def test_the_notebook_and_the_script_repeat_the_submission_far_from_the_workspace(
    whole: Path, tmp_path: Path
) -> None:
    place = Place(competition=whole, workspace=whole / "pipeline")
    story = read_story(place)

    away = tmp_path / "away"
    (away / "input" / "data").mkdir(parents=True)
    for name in needed_files(story.task):
        (away / "input" / "data" / name).write_bytes((whole / name).read_bytes())
    made = nbformat.reads(notebook_text(story), as_version=4)
    code = "\n\n".join(cell.source for cell in made.cells if cell.cell_type == "code")
    _run_python(away, "-c", code)
    assert (away / "submission.csv").read_bytes() == _submission(whole)

    folder = export(place, "script", tmp_path / "alone")
    answers = tmp_path / "answers.csv"
    data = str(away / "input" / "data")
    _run_python(away, str(folder / "solution.py"), "run", "--data", data, "--output", str(answers))
    assert answers.read_bytes() == _submission(whole)
    page = export(place, "html", tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Is it right when it is sure?" in page


def _run_python(folder: Path, *words: str) -> None:
    """A fresh Python that knows nothing of this checkout."""
    ended = subprocess.run(
        [sys.executable, "-I", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
