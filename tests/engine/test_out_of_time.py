"""Runs whose time ends before any program was verified, and runs in which none ever passes."""

from pathlib import Path

import pandas as pd
import pytest

from agents.competition.formats.check import check_submission
from iml_tui.command_line.headless import exit_status
from iml_tui.words.ending import report
from tests.builders import write_competition
from tests.engine.support import SHORT, run_engine, state_of

LATE = Path(__file__).with_name("late.py")
NEVER = Path(__file__).with_name("never.py")
ALWAYS, ONCE = "99", "1"
SETTINGS = SHORT | {"only": "baseline"}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_answers_are_handed_in_though_no_program_was_verified(tmp_path: Path) -> None:
    competition = write_competition(tmp_path / "c", "multiclass", rows=90)

    ended = run_engine(competition, [str(LATE), ALWAYS], SETTINGS)

    assert ended.returncode == 0, ended.stderr
    state = state_of(competition)
    assert state.card is not None
    assert state.task is not None
    assert (state.card.outcome, state.card.winner) == ("submission", "baseline")
    assert (state.card.solution, state.card.predict_command) == (None, None)
    asked = pd.read_csv(competition / "test.csv", dtype="str")["plant_id"].tolist()
    assert check_submission(competition / "pipeline" / "submission.csv", state.task, asked).valid
    assert exit_status(state) == 0


@pytest.mark.parametrize(("late", "status"), [(ALWAYS, 1), (ONCE, 0)])
def test_without_a_test_table_the_best_program_is_still_verified_or_its_lack_is_told(
    tmp_path: Path, late: str, status: int
) -> None:
    competition = write_competition(tmp_path / "c", "regression", rows=90)
    for name in ("test.csv", "sample_submission.csv"):
        (competition / name).unlink()

    ended = run_engine(competition, [str(LATE), late], SETTINGS)

    assert ended.returncode == 0, ended.stderr
    state = state_of(competition)
    assert state.card is not None
    assert exit_status(state) == status
    said = "\n".join(report(state))
    solution = competition / "pipeline" / "tracks" / "baseline" / "solution.py"
    if status:
        assert state.card.outcome == "none"
        assert "no program was done in time" in said
        assert not solution.exists()
    else:
        assert state.card.outcome == "model"
        assert state.card.score is not None
        assert solution.exists()


def test_constants_are_handed_in_where_no_program_has_passed(tmp_path: Path) -> None:
    competition = write_competition(tmp_path / "c", "multiclass", rows=90)

    ended = run_engine(competition, [str(NEVER)], SETTINGS)

    assert ended.returncode == 0, ended.stderr
    state = state_of(competition)
    assert state.card is not None
    assert state.task is not None
    assert (state.card.outcome, state.card.winner) == ("submission", "constant")
    written = pd.read_csv(competition / "pipeline" / "submission.csv", dtype="str")
    assert written.drop(columns="plant_id").nunique().max() == 1
    asked = pd.read_csv(competition / "test.csv", dtype="str")["plant_id"].tolist()
    assert check_submission(competition / "pipeline" / "submission.csv", state.task, asked).valid
    assert exit_status(state) == 0
    assert "constant" in "\n".join(report(state))
