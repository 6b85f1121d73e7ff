"""The submission check: good files pass, and every fault has its own sentence."""

from pathlib import Path

import pytest

from agents.competition.formats.check import check_submission, submission_warnings
from agents.competition.metrics.metrics import METRICS
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


# --- several answers a row

SHARES = SubmissionSpec(
    format="class_columns",
    columns=("id", "p_a", "p_b", "p_c"),
    id_column="id",
    answers="probability",
    class_columns={"a": "p_a", "b": "p_b", "c": "p_c"},
)
LINES = SubmissionSpec(
    format="long",
    columns=("id", "kind", "p"),
    id_column="id",
    answers="probability",
    class_columns={"a": "A", "b": "B"},
    key_columns=("id", "kind"),
)
LISTS = SubmissionSpec(
    format="label_list", columns=("id", "tags"), id_column="id", answers="labels", joined_by=" "
)


def spoken(spec: SubmissionSpec) -> Task:
    target = Target(name="y", kind="class", classes=("a", "b", "c"))
    updates = {"submission": spec, "targets": (target,), "problem": "multiclass"}
    return asked("auc", "probability").model_copy(update=updates)


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (SHARES, "id,p_a,p_b,p_c\nr1,0.2,0.3,0.5\nr2,1,0,0\nr3,0.3333333,0.3333333,0.3333333\n"),
        (LINES, "id,kind,p\nr1,A,0.2\nr1,B,0.8\nr2,A,1\nr2,B,0\nr3,A,0.5\nr3,B,0.5\n"),
        (LISTS, "id,tags\nr1,a b\nr2,c\nr3,b a\n"),
    ],
)
def test_several_answers_a_row_are_valid(tmp_path: Path, spec: SubmissionSpec, text: str) -> None:
    assert check_submission(written(tmp_path, text), spoken(spec), IDS).problems == ()


@pytest.mark.parametrize(
    ("spec", "text", "words"),
    [
        (SHARES, "id,p_a,p_b,p_c\nr1,0.2,0.3,0.6\nr2,1,0,0\nr3,0,0,1\n", "sums to 1.1"),
        (SHARES, "id,p_a,p_b,p_c\nr1,-1,1,1\nr2,1,0,0\nr3,0,0,1\n", "outside 0 to 1"),
        (LINES, "id,kind,p\nr1,A,0.2\nr1,B,0.8\nr2,A,1\nr2,B,0\nr3,A,0.5\n", "'r3 B'"),
        (LINES, "id,kind,p\nr1,A,1\nr1,B,0\nr2,B,1\nr2,A,0\nr3,A,1\nr3,B,0\n", "id and kind"),
        (LINES, "id,kind,p\nr1,A,1\nr1,B,1\nr2,A,1\nr2,B,0\nr3,A,1\nr3,B,0\n", "sums to 2"),
        (LISTS, "id,tags\nr1,a b\nr2,\nr3,b\n", "1 empty cells"),
        (LISTS, "id,tags\nr1,a a\nr2,c\nr3,b\n", "repeats a label in 1 cells"),
        (LISTS, "id,tags\nr1,a,\nr2,c d\nr3,b\n", "wrong width"),
        (LISTS, "id,tags\nr1,a\nr2,c d\nr3,b\n", "'d', none of the 3 known labels"),
    ],
)
def test_faults_of_several_answers_a_row_are_told(
    tmp_path: Path, spec: SubmissionSpec, text: str, words: str
) -> None:
    verdict = check_submission(written(tmp_path, text), spoken(spec), IDS)
    assert words in " ".join(verdict.problems)


def test_keys_of_lines_are_no_constant_answers(tmp_path: Path) -> None:
    text = "id,kind,p\nr1,A,0.2\nr1,B,0.8\nr2,A,1\nr2,B,0\n"
    assert submission_warnings(written(tmp_path, text), spoken(LINES)) == ()
