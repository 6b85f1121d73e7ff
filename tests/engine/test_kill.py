"""An engine killed anywhere is resumed to what an unkilled run leaves behind."""

import signal
from pathlib import Path

import psutil
import pytest

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
PLACES = [
    ("view building", 3),
    ("execution", 8),
    ("between blobs and ref", 3),
    ("between ref and files", 3),
]


@pytest.fixture(scope="module")
def unkilled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    competition = write_competition(tmp_path_factory.mktemp("unkilled") / "c", "binary", rows=ROWS)
    finished = run_engine(competition)
    assert finished.returncode == 0, finished.stderr
    assert state_of(competition).mark == "done"
    return competition


@pytest.mark.slow
@pytest.mark.timeout(500)
@pytest.mark.parametrize(("place", "number"), PLACES)
def test_a_killed_run_ends_as_an_unkilled_one(
    unkilled: Path, tmp_path: Path, place: str, number: int
) -> None:
    competition = write_competition(tmp_path / "c", "binary", rows=ROWS)
    killed = run_engine(competition, [str(KILL_AT), place, str(number)])
    assert killed.returncode == -signal.SIGKILL
    recorded = step_paths(competition)
    assert _programs_of(competition) == []

    resumed = run_engine(competition)

    assert resumed.returncode == 0, resumed.stderr
    assert _submission(competition) == _submission(unkilled)
    assert head_tree(competition) == head_tree(unkilled)
    assert step_paths(competition) == step_paths(unkilled)
    assert set(recorded) <= set(step_paths(unkilled))
    assert git(competition, "status", "--porcelain") == ""
    assert git(competition, "fsck", "--strict") == ""
    assert [fact.seq for fact in facts_of(competition)] == sorted(
        fact.seq for fact in facts_of(competition)
    )


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
