"""Grading twice: the grader's answer is read as it is, and our metric pairs rows by id."""

import sys
from pathlib import Path

import pytest

from agents.models import MetricChoice, SubmissionSpec, Target, Task
from benchmarks.competitions import Grade, Result, graded, own_score
from benchmarks.runs import FinishedRun

GRADER = """
import json, sys
print("reading", sys.argv[1:])
print(json.dumps({"score": 0.75, "normalized": 0.75, "valid": True, "name": sys.argv[1]}))
"""


@pytest.fixture
def grader(tmp_path: Path) -> str:
    path = tmp_path / "grade.py"
    path.write_text(GRADER, encoding="utf-8")
    return f"{sys.executable} {path}"


def test_a_grader_is_handed_name_and_file_wherever_it_wants_them(
    grader: str, tmp_path: Path
) -> None:
    appended = graded(grader, "boats", tmp_path / "submission.csv")
    placed = graded(f"{grader} {{name}} {{file}}", "boats", tmp_path / "submission.csv")
    assert appended == placed == Grade(valid=True, score=0.75, normalized=0.75)


def test_a_grader_that_says_nothing_makes_the_submission_invalid(tmp_path: Path) -> None:
    silent = graded(f"{sys.executable} -c pass", "boats", tmp_path / "none.csv")
    assert not silent.valid
    assert silent.score is None


def task() -> Task:
    return Task(
        name="boats",
        problem="binary",
        targets=(Target(name="sold", kind="class", classes=("no", "yes"), positive="yes"),),
        id_column="boat",
        metric=MetricChoice(
            name="accuracy", direction="higher", title="accuracy", source="default"
        ),
        tables=(),
        submission=SubmissionSpec(
            columns=("boat", "sold"), id_column="boat", answers="label", labels=("0", "1")
        ),
    )


def test_our_own_score_pairs_rows_by_id_and_reads_the_submissions_spelling(tmp_path: Path) -> None:
    answers, submission = tmp_path / "answers.csv", tmp_path / "submission.csv"
    answers.write_text("boat,sold\na,1\nb,0\nc,1\nd,0\n", encoding="utf-8")
    submission.write_text("boat,sold\nd,0\nc,1\nb,1\na,1\n", encoding="utf-8")
    assert own_score(task(), submission, answers, tmp_path) == 0.75


@pytest.mark.parametrize(
    ("own", "agreed"), [(0.7500004, True), (0.750001, False), (0.74, False), (None, False)]
)
def test_agreement_is_to_the_sixth_decimal(own: float | None, agreed: bool) -> None:
    run = FinishedRun(status=0, facts=(), began=0.0, seconds=1.0, words="")
    result = Result("boats", 7, run, Grade(valid=True, score=0.75, normalized=0.75), own)
    assert result.agreed is agreed
