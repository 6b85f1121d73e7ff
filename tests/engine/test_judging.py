"""Whole runs by weights, by a metric of the user's own, and by every way of joining programs."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from agents.competition.judging.judge import same_answers
from agents.competition.metrics.metric import WEIGHT_COLUMN
from agents.journal.events import EnsembleWeighed, ProgramEnded
from agents.journal.state import State
from agents.run.by_models.asking import NO_MODEL
from iml_tui.exporting import export
from tests.engine.mixed import write_amounts
from tests.engine.support import (
    ENGINE,
    PATIENCE_S,
    SHORT,
    engine_command,
    facts_of,
    finish_after,
    iml_tui,
    place_of,
    predicted_again,
    run_engine,
    state_of,
)

WEIGHED = (
    "# Amounts\n\n## Evaluation\nThe weighted mean absolute error of `amount`; every row is "
    "weighted by the column `care`. Lower is better.\n"
)
CUBIC = """
import numpy as np

DIRECTION = "lower"
ANSWERS = "number"
WEIGHTS = "care"


def cubic(truth, said, weights):
    errors = np.abs(truth["amount"] - said["amount"]) ** 3
    return float(np.average(errors, weights=weights) ** (1 / 3))


def nothing(truth, said, weights):
    return float("nan")
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]


@pytest.fixture(scope="module")
def weighed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two recipes whose rows count by a column that only the training table has."""
    competition = write_amounts(tmp_path_factory.mktemp("judging") / "c")
    (competition / "description.md").write_text(WEIGHED, encoding="utf-8")
    settings = SHORT | {"only": "boosting,linear", "aggregation": "boosting"}
    engine = subprocess.Popen(engine_command(competition, ENGINE, settings), cwd="/")
    finish_after(competition, "traditional/1", "traditional/2")
    assert engine.wait(timeout=PATIENCE_S) == 0
    return competition


def finished(competition: Path) -> State:
    state = state_of(competition)
    assert state.mark == "done"
    assert state.submission is not None
    assert state.submission.check.valid
    assert not [one.text for one in state.notices if "does not repeat" in one.text]
    return state


def test_rows_count_by_a_column_of_the_training_table_alone(weighed: Path) -> None:
    state = finished(weighed)
    assert state.task is not None
    assert state.task.metric.weights is not None
    assert (state.task.metric.name, state.task.metric.weights.column) == ("mae", "care")
    answers = next((weighed / "pipeline" / ".iml" / "answers").rglob("blind-1.parquet"))
    assert set(pd.read_parquet(answers)[WEIGHT_COLUMN]) == {1.0, 5.0}
    learnt = (weighed / "pipeline" / "tracks" / "traditional" / "preprocess.py").read_text()
    assert "care" in learnt


def test_a_run_without_a_language_model_says_once_what_does_its_work(weighed: Path) -> None:
    said = [one.text for one in state_of(weighed).notices if "language model" in one.text]
    assert said == [NO_MODEL]


def test_a_boosted_ensemble_passes_its_three_commands_and_gives_the_submission(
    weighed: Path, tmp_path: Path
) -> None:
    state = finished(weighed)
    facts = [fact.event for fact in facts_of(weighed)]
    assert next(fact for fact in facts if isinstance(fact, EnsembleWeighed)).members
    assert state.card is not None
    assert state.card.winner == "ensemble", state.card
    assert len(state.card.members) > 1
    passed = [
        fact.ok
        for fact in facts
        if isinstance(fact, ProgramEnded) and fact.step.startswith("ensemble/")
    ]
    assert passed == [True]
    again = predicted_again(weighed, state, tmp_path / "again.csv")
    assert same_answers(again, weighed / "pipeline" / "submission.csv") == []


def test_its_exported_script_repeats_the_submission_far_from_the_workspace(
    weighed: Path, tmp_path: Path
) -> None:
    alone, data = tmp_path / "alone", tmp_path / "data"
    shutil.copytree(weighed, data, ignore=shutil.ignore_patterns("pipeline"))
    place = place_of(weighed)
    program = export(place, "script", alone) / "solution.py"
    with zipfile.ZipFile(export(place, "zip", tmp_path / "all.zip")) as packed:
        (name,) = (one for one in packed.namelist() if one.endswith("/solution/solution.py"))
        assert packed.read(name) == program.read_bytes()
    again = tmp_path / "again.csv"
    command = [sys.executable, "-I", str(program), "run", "--data", str(data)]
    subprocess.run([*command, "--output", str(again)], check=True, cwd=alone, capture_output=True)
    assert same_answers(again, weighed / "pipeline" / "submission.csv") == []


def test_it_is_judged_anew_by_other_metrics_and_by_a_function_of_the_users(
    weighed: Path, tmp_path: Path
) -> None:
    first = (weighed / "pipeline" / "submission.csv").read_bytes()
    mine = tmp_path / "mine.py"
    mine.write_text(CUBIC, encoding="utf-8")

    said = iml_tui("redecide", "--metric", f"{mine}:cubic", str(weighed))

    assert said.returncode == 0, said.stderr
    assert "Judged by cubic instead of weighted MAE" in said.stdout
    state = finished(weighed)
    assert state.card is not None
    assert state.card.metric.weights is not None
    said = iml_tui("redecide", "--metric", f"{mine}:nothing", str(weighed))
    assert said.returncode == 2
    assert "no finite number" in said.stderr

    said = iml_tui("redecide", "--metric", "mae", str(weighed))

    assert "Judged by weighted MAE instead of cubic" in said.stdout
    finished(weighed)
    assert (weighed / "pipeline" / "submission.csv").read_bytes() == first


def test_a_whole_run_by_a_function_of_the_users_keeps_the_best_program_alone(
    tmp_path: Path,
) -> None:
    competition = write_amounts(tmp_path / "c", rows=120)
    mine = tmp_path / "mine.py"
    mine.write_text(CUBIC, encoding="utf-8")
    settings = SHORT | {
        "target": "amount",
        "metric": f"{mine}:cubic",
        "only": "baseline",
        "aggregation": "best",
    }

    ended = run_engine(competition, settings=settings)

    assert ended.returncode == 0, ended.stderr
    state = finished(competition)
    assert state.card is not None
    assert state.card.score is not None
    assert (state.card.metric.title, state.card.metric.direction) == ("cubic", "lower")
    assert state.card.score.value > 0
    assert state.tracks["ensemble"].mark == "declined"
    assert state.tracks["ensemble"].text == "The best program alone was asked for."


def test_a_function_of_the_users_that_fails_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    competition = write_amounts(tmp_path / "c", rows=60)
    mine = tmp_path / "mine.py"
    mine.write_text(CUBIC, encoding="utf-8")

    ended = run_engine(competition, settings=SHORT | {"metric": f"{mine}:nothing"})

    assert ended.returncode == 2
    assert "no finite number" in ended.stderr.splitlines()[-1]
    assert not (competition / "pipeline").exists()
