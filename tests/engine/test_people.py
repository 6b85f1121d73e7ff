"""What people do while, before and after an engine works: edits, going back, stopping."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from agents.api import Connection
from agents.journal.events import ProgramEnded, UserEdited, WentBack
from tests.builders import write_competition
from tests.engine.support import (
    ENGINE,
    engine_command,
    facts_of,
    git,
    place_of,
    run_engine,
    state_of,
    step_paths,
    wait_until,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@dataclass(frozen=True)
class Stopped:
    """A run as its person left it, before it went on."""

    competition: Path
    mark: str
    steps: list[str]


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Stopped:
    """A run that is stopped once it has begun a round, and goes on to its end."""
    competition = write_competition(tmp_path_factory.mktemp("people") / "c", "regression", rows=150)
    engine = subprocess.Popen(engine_command(competition, ENGINE), cwd="/")
    place = place_of(competition)
    wait_until(lambda: place.has_run and len(state_of(competition).moments) > 0)
    connection = Connection(place)
    assert connection.alive()
    connection.stop("a test")
    assert engine.wait(timeout=120) == 0
    assert not connection.alive()
    connection.close()
    seen = Stopped(competition, state_of(competition).mark, step_paths(competition))
    ended = run_engine(competition)
    assert ended.returncode == 0, ended.stderr
    return seen


@pytest.fixture(scope="module")
def finished(stopped: Stopped) -> Path:
    return stopped.competition


def test_a_stopped_run_goes_on_where_it_was(stopped: Stopped) -> None:
    assert stopped.mark == "stopped"
    assert state_of(stopped.competition).mark == "done"
    again = step_paths(stopped.competition)
    assert len(again) == len(set(again))
    assert set(stopped.steps) <= set(again)


def test_a_modelling_edit_is_verified_without_preprocessing_again(finished: Path) -> None:
    model = finished / "pipeline" / "tracks" / "baseline" / "model.py"
    model.write_text(model.read_text(encoding="utf-8") + "\n# my own words\n", encoding="utf-8")

    ended = run_engine(finished)

    assert ended.returncode == 0, ended.stderr
    facts = [fact.event for fact in facts_of(finished)]
    edit = next(fact for fact in facts if isinstance(fact, UserEdited))
    programs = [
        fact
        for fact in facts
        if isinstance(fact, ProgramEnded) and fact.step.startswith("baseline/round-2")
    ]
    assert programs, "the edit was not verified"
    assert sum(program.preprocessing_seconds for program in programs) == 0
    assert sum(program.modelling_seconds for program in programs) > 0
    assert git(finished, "log", "-1", "--format=%an", edit.commit) != "iml-tui"
    assert "# my own words" in model.read_text(encoding="utf-8")
    assert state_of(finished).moment("baseline/2") is not None


def test_an_edit_that_breaks_the_model_is_a_fault_and_the_submission_stays(
    tmp_path: Path, finished: Path
) -> None:
    before = (finished / "pipeline" / "submission.csv").read_bytes()
    model = finished / "pipeline" / "tracks" / "traditional" / "model.py"
    text = model.read_text(encoding="utf-8")
    model.write_text(text.replace("def fit(self", "def fitt(self", 1), encoding="utf-8")

    ended = run_engine(finished)

    assert ended.returncode == 0, ended.stderr
    moments = [m for m in state_of(finished).moments if m.track == "traditional"]
    assert moments[-1].mark == "failed"
    assert moments[-1].fault is not None
    assert moments[-1].fault.component == "model.py"
    assert (finished / "pipeline" / "submission.csv").read_bytes() == before


def test_going_back_restores_a_track_by_a_new_commit(finished: Path) -> None:
    first = state_of(finished).moment("traditional/1")
    assert first is not None
    target = first.commit or git(
        finished, "log", "--format=%H", "--max-count=1", "--", "tracks/traditional/solution.py"
    )
    rounds = len(state_of(finished).moments)
    model = finished / "pipeline" / "tracks" / "traditional" / "model.py"
    model.write_text("# saved, and tried by nobody\n", encoding="utf-8")
    connection = Connection(place_of(finished))
    connection.go_back("traditional", target, "a test")
    connection.close()

    ended = run_engine(finished)

    assert ended.returncode == 0, ended.stderr
    facts = [fact.event for fact in facts_of(finished)]
    back = next(fact for fact in facts if isinstance(fact, WentBack))
    assert git(finished, "diff", "--stat", target, back.commit, "--", "tracks/traditional") == ""
    assert git(finished, "merge-base", "--is-ancestor", target, "main") == ""
    saved = [fact.commit for fact in facts if isinstance(fact, UserEdited)][-1]
    assert "saved, and tried" in git(finished, "show", f"{saved}:tracks/traditional/model.py")
    assert len(state_of(finished).moments) == rounds
    assert state_of(finished).card is not None
