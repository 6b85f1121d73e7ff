"""A run that is long enough keeps rows aside, and reports what its answer is worth on them."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from agents.journal.state import State
from tests.builders import write_competition
from tests.engine.support import run_engine, state_of, step_paths

SETTINGS: dict[str, object] = {"deterministic": True, "only": "baseline", "time_limit": 1_800.0}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def competition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vault") / "c"
    write_competition(folder, "binary", rows=2_300)
    ended = run_engine(folder, settings=SETTINGS)
    assert ended.returncode == 0, ended.stderr
    return folder


@pytest.fixture(scope="module")
def state(competition: Path) -> State:
    return state_of(competition)


def test_the_final_score_is_that_of_rows_that_chose_nothing(
    competition: Path, state: State
) -> None:
    assert state.card is not None
    assert state.card.score is not None
    assert state.card.chosen_by is not None
    assert (state.card.score.how, state.card.chosen_by.how) == ("vault", "blind")
    assert state.profile is not None
    assert state.card.chosen_by.rows + state.card.score.rows == state.profile.rows_train
    assert state.card.expect is None
    scored = [path for path in step_paths(competition) if path.startswith("decide/vault/")]
    assert len(scored) == 1


def test_it_is_the_score_of_the_model_that_is_left_behind(
    competition: Path, state: State, tmp_path: Path
) -> None:
    assert state.card is not None
    assert state.card.score is not None
    pipeline, answers = competition / "pipeline", tmp_path / "answers.csv"
    view = next((pipeline / ".iml" / "views").glob("*/vault"))
    labels = next((pipeline / ".iml" / "answers").glob("*/vault.parquet"))
    program = [sys.executable, str(pipeline / str(state.card.solution)), "predict"]
    given = ["--data", str(view / "predict"), "--model", str(pipeline / "model")]
    subprocess.run([*program, *given, "--output", str(answers)], check=True)
    said = pd.read_csv(answers, dtype="str").set_index("ticket")["seated"]
    truth = pd.read_parquet(labels).set_index("row_id")["seated"]
    assert (said == truth.loc[said.index]).mean() == pytest.approx(state.card.score.value)


def test_the_stand_alone_program_leaves_these_rows_out_and_repeats_the_submission(
    competition: Path, state: State, tmp_path: Path
) -> None:
    assert state.card is not None
    pipeline, answers = competition / "pipeline", tmp_path / "answers.csv"
    program = [sys.executable, str(pipeline / str(state.card.solution)), "run"]
    given = ["--data", str(competition), "--output", str(answers)]
    subprocess.run([*program, *given], check=True)
    assert answers.read_bytes() == (pipeline / "submission.csv").read_bytes()


def test_report_and_profile_say_which_rows_these_are(competition: Path) -> None:
    report = (competition / "pipeline" / "report.md").read_text(encoding="utf-8")
    profile = (competition / "pipeline" / "profile.md").read_text(encoding="utf-8")
    assert "rows that had no part in any choice (vault, scored once)." in report
    assert "It was chosen by " in report
    for text in (report, profile):
        assert "One labelled row in ten, in whole groups, is the vault" in text
