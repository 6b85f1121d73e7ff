"""A changed metric: what was trained is judged by it, and nothing is trained again."""

import json
import subprocess
from pathlib import Path

import pytest

from agents.api import Connection
from agents.competition.judging.judge import same_answers
from agents.journal.events import CandidateScored, DecisionTaken, SubmissionWritten
from tests.builders import write_competition
from tests.engine.mixed import write_kinds
from tests.engine.support import (
    ENGINE,
    PATIENCE_S,
    SHORT,
    engine_command,
    facts_of,
    finish_after,
    git,
    iml_tui,
    place_of,
    predicted_again,
    programs_since,
    run_engine,
    state_of,
    wait_until,
)

SETTINGS = SHORT | {"only": "boosting,linear", "aggregation": "stacking"}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was asked to go by macro F1 while it built its programs, both of them."""
    competition = write_kinds(tmp_path_factory.mktemp("redecide") / "c")
    engine = subprocess.Popen(engine_command(competition, ENGINE, SETTINGS), cwd="/")
    place = place_of(competition)
    wait_until(lambda: place.has_run and len(state_of(competition).moments) > 0)
    connection = Connection(place)
    strange = connection.redecide("no_such_metric", "a test")
    connection.redecide("f1_macro", "a test")
    wait_until(lambda: strange in state_of(competition).taken)
    assert connection.alive(), "a strange metric was refused only at the end"
    connection.close()
    finish_after(competition, "traditional/1", "traditional/2")
    assert engine.wait(timeout=PATIENCE_S) == 0
    return competition


def decisions(competition: Path) -> list[DecisionTaken]:
    """What people decided on the metric."""
    facts = (fact.event for fact in facts_of(competition))
    taken = [event for event in facts if isinstance(event, DecisionTaken)]
    return [event for event in taken if "metric" in event.choice]


def written(competition: Path) -> dict[str, bytes]:
    """What a run leaves behind that depends on the metric."""
    workspace = competition / "pipeline"
    files = [workspace / "submission.csv", *workspace.glob("tracks/*/solution.py")]
    return {file.relative_to(workspace).as_posix(): file.read_bytes() for file in files}


def test_a_metric_asked_for_while_programs_are_built_judges_the_run(judged: Path) -> None:
    first, second = decisions(judged)[:2]
    assert (first.refused, second.refused) == (True, False)
    assert "no_such_metric" in first.outcome
    assert "macro F1 instead of accuracy" in second.outcome
    state = state_of(judged)
    assert state.card is not None
    assert state.card.metric.name == "f1_macro"
    assert not [one.text for one in state.notices if "does not repeat" in one.text]


def test_a_finished_run_is_judged_to_and_fro_and_nothing_is_trained(
    judged: Path, tmp_path: Path
) -> None:
    by_f1, seq = written(judged), facts_of(judged)[-1].seq

    said = iml_tui("redecide", "--metric", "accuracy", str(judged))

    assert said.returncode == 0, said.stderr
    assert "Judged by accuracy instead of macro F1" in said.stdout
    later = [fact.event for fact in facts_of(judged) if fact.seq > seq]
    scored = {event.candidate for event in later if isinstance(event, CandidateScored)}
    assert {"baseline", "boosting", "linear"} <= scored
    steps = programs_since(judged, seq)
    assert all(step.startswith(("decisions/", "decide/predict")) for step in steps), steps
    by_accuracy, state = written(judged), state_of(judged)
    assert by_accuracy["submission.csv"] != by_f1["submission.csv"]
    assert state.submission is not None
    assert state.submission.check.valid
    assert state.card is not None
    assert state.card.metric.name == "accuracy"
    assert not [one.text for one in state.notices if "does not repeat" in one.text]
    again = predicted_again(judged, state, tmp_path / "again.csv")
    assert same_answers(again, judged / "pipeline" / "submission.csv") == []
    task = json.loads((judged / "pipeline" / "task.json").read_text(encoding="utf-8"))
    assert task["metric"]["name"] == "accuracy"
    assert "redecide: judged by accuracy" in git(judged, "log", "--format=%s", "main")

    assert iml_tui("redecide", "--metric", "f1_macro", str(judged)).returncode == 0

    assert {name: written(judged)[name] for name in by_f1} == by_f1
    state = state_of(judged)
    assert state.card is not None
    assert state.card.metric.name == "f1_macro"
    assert state.card.submission is not None


def test_another_start_changes_and_says_nothing(judged: Path) -> None:
    before, seq = written(judged), facts_of(judged)[-1].seq
    assert run_engine(judged, settings=SETTINGS).returncode == 0
    later = [fact.event for fact in facts_of(judged) if fact.seq > seq]
    assert not [event for event in later if isinstance(event, CandidateScored | SubmissionWritten)]
    assert written(judged) == before


def test_a_metric_that_cannot_judge_is_one_sentence_and_changes_nothing(
    judged: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("def broken(truth, said):\n    raise ValueError('not today')\n")
    before = written(judged)
    for metric, words in (("rmse", "cannot judge"), (f"{broken}:broken", "not today")):
        said = iml_tui("redecide", "--metric", metric, str(judged))
        assert said.returncode == 2
        assert said.stderr.startswith("iml-tui: ")
        assert said.stderr.count("\n") == 1
        assert words in said.stderr
    wait_until(lambda: state_of(judged).mark == "done")
    state = state_of(judged)
    assert state.task is not None
    assert state.task.metric.name == "f1_macro"
    assert written(judged) == before


def test_a_folder_where_nothing_was_run_is_told_so(tmp_path: Path) -> None:
    competition = write_competition(tmp_path / "c", "multiclass", rows=60)
    said = iml_tui("redecide", "--metric", "f1_macro", str(competition))
    assert said.returncode == 2
    assert "Nothing was run in" in said.stderr
    assert not (competition / "pipeline").exists()
