"""The submission check: good files pass, and every fault has its own sentence."""

from pathlib import Path

import pytest

from agents.competition.check import check_submission, submission_warnings
from agents.competition.metrics import METRICS
from agents.models import AnswerKind, MetricChoice, SubmissionSpec, Target, Task

IDS = ["r1", "r2", "r3"]


def asked(metric: str, kind: AnswerKind, labels: tuple[str, ...] = ()) -> Task:
    choice = MetricChoice(
        name=metric, direction=METRICS[metric].direction, title=metric, source="default"
    )
    spec = SubmissionSpec(columns=("id", "y"), id_column="id", answers=kind, labels=labels)
    target = Target(name="y", kind="class" if labels else "number", classes=labels)
    return Task(
        name="t",
        problem="binary",
        targets=(target,),
        id_column="id",
        metric=choice,
        tables=(),
        submission=spec,
    )


LABELS = asked("accuracy", "label", ("0", "1"))
NUMBERS = asked("rmse", "number")


def written(folder: Path, text: str) -> Path:
    path = folder / "submission.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("task", "text"),
    [
        (LABELS, "id,y\nr1,0\nr2,1\nr3,0\n"),
        (LABELS, "id,y\nr1,0.0\nr2,1.0\n\nr3,0\n"),
        (LABELS, "\ufeffid,y\r\nr1,0\r\nr2,1\r\nr3,0\r\n"),
        (NUMBERS, "id,y\nr1,-1\nr2,1e3\nr3, 2.5\n"),
        (asked("auc", "probability"), "id,y\nr1,-3.5\nr2,0.2\nr3,17\n"),
        (asked("log_loss", "probability"), "id,y\nr1,0\nr2,0.2\nr3,1\n"),
        (asked("rmsle", "number"), "id,y\nr1,0\nr2,0.2\nr3,1\n"),
    ],
)
def test_a_file_that_answers_every_row_is_valid(tmp_path: Path, task: Task, text: str) -> None:
    verdict = check_submission(written(tmp_path, text), task, IDS)
    assert verdict.problems == ()
    assert verdict.valid
    assert verdict.rows == 3
    assert len(verdict.digest) == 64


@pytest.mark.parametrize(
    ("task", "text", "words"),
    [
        (NUMBERS, "", "empty"),
        (NUMBERS, "id,z\nr1,1\n", "missing 'y', unknown 'z'"),
        (NUMBERS, "y,id\n1,r1\n", "another order"),
        (NUMBERS, "id,y\nr1,1\nr2,1,5\nr3,2\n", "wrong width"),
        (NUMBERS, "id,y\nr1,1\nr2,1\n", "no answer ('r3')"),
        (NUMBERS, "id,y\n", "0 rows for 3 test rows"),
        (NUMBERS, "id,y\nr1,1\nr2,1\nr3,1\nr4,1\n", "not in the test ('r4')"),
        (NUMBERS, "id,y\nr1,1\nr2,1\nr2,1\nr3,1\n", "twice ('r2')"),
        (NUMBERS, "id,y\nr1,1\nr3,1\nr2,1\n", "order of the test"),
        (NUMBERS, "id,y\nr1,1\nr2,\nr3,1\n", "1 empty cells"),
        (NUMBERS, "id,y\nr1,1\nr2,inf\nr3,nan\n", "2 missing or infinite"),
        (NUMBERS, "id,y\nr1,1\nr2,many\nr3,1\n", "'many', which is no number"),
        (LABELS, "id,y\nr1,0\nr2,yes\nr3,1\n", "'yes', which is none of the 2 known labels"),
        (LABELS, "id,y\nr1,0\nr2,\nr3,1\n", "none of the 2 known labels"),
        (asked("log_loss", "probability"), "id,y\nr1,0\nr2,1.2\nr3,1\n", "outside 0 to 1"),
        (asked("rmsle", "number"), "id,y\nr1,0\nr2,-1\nr3,1\n", "clip them at 0"),
    ],
)
def test_a_fault_is_told_in_a_sentence(tmp_path: Path, task: Task, text: str, words: str) -> None:
    verdict = check_submission(written(tmp_path, text), task, IDS)
    assert not verdict.valid
    assert words in " ".join(verdict.problems)
    assert all(problem.endswith(".") for problem in verdict.problems)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, "id,y\nr1,1\nr2,inf\nr9,2\n")
    assert len(check_submission(path, NUMBERS, IDS).problems) == 3


def test_a_file_that_is_not_there_or_not_text_is_told(tmp_path: Path) -> None:
    assert "no file" in check_submission(tmp_path / "none.csv", NUMBERS, IDS).problems[0]
    path = tmp_path / "submission.csv"
    path.write_bytes(b"id,y\nr1,\xff\xfe\n")
    assert "UTF-8" in check_submission(path, NUMBERS, IDS).problems[0]


def test_a_constant_answer_is_a_warning_only(tmp_path: Path) -> None:
    path = written(tmp_path, "id,y\nr1,2\nr2,2\nr3,2\n")
    assert check_submission(path, NUMBERS, IDS).valid
    assert submission_warnings(path, NUMBERS) == ("Column 'y' answers '2' for every row.",)


def test_without_an_id_column_the_number_of_rows_counts(tmp_path: Path) -> None:
    spec = SubmissionSpec(columns=("y",), id_column=None, answers="number")
    task = NUMBERS.model_copy(update={"submission": spec})
    assert check_submission(written(tmp_path, "y\n1\n2\n3\n"), task, IDS).valid
    assert not check_submission(written(tmp_path, "y\n1\n2\n"), task, IDS).valid
