"""Formats: what is written reads back as the same answers, and passes the check."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from agents.competition.formats.check import check_submission
from agents.competition.formats.formats import repeat_cells, write_row_format, write_submission
from agents.competition.formats.forms import repeated_columns
from agents.competition.formats.label_lists import cell_labels
from agents.competition.judging.decisions import apply_renormalise
from agents.competition.stating.task import TaskOptions, state_task
from agents.models import MetricChoice, SubmissionSpec, Target, Task
from tests.layouts import ASKED, KINDS, ROWS, Layout, gardens, write_layout


def form(columns: list[str], id_column: str | None) -> dict[str, Any]:
    return {"columns": columns, "id_column": id_column, "spelled": {}, "fixed": {}}


# --- one answer a row


def test_numbers_and_ids_read_back_as_the_same_numbers(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    values = np.concatenate([chance.normal(0, 1e6, 50), [0.1, 1 / 3, 1e-17, -0.0, 5e15]])
    ids = [f"r{row}" for row in range(len(values))]
    answers = pd.DataFrame({"row_id": ids, "price": values})
    path = tmp_path / "submission.csv"
    write_row_format(answers, form(["id", "price"], "id"), ids, path)
    back = pd.read_csv(path, dtype={"id": str})
    assert list(back["id"]) == ids
    assert np.array_equal(back["price"].to_numpy(), values)


def test_rows_follow_the_order_of_the_test(tmp_path: Path) -> None:
    answers = pd.DataFrame({"row_id": ["2", "1"], "price": [20.0, 10.5]})
    path = tmp_path / "submission.csv"
    write_row_format(answers, form(["Id", "price"], "Id"), ["1", "2"], path)
    assert path.read_text(encoding="utf-8") == "Id,price\n1,10.5\n2,20.0\n"


def test_a_submission_repeats_the_cells_that_its_sample_repeats(tmp_path: Path) -> None:
    folder = tmp_path / "remarks"
    folder.mkdir()
    remarks = [f'so "{word}", the {number}th of them' for number, word in enumerate("abcdefgh" * 9)]
    days = ["" if number % 3 else f"2012-06-1{number % 9}" for number in range(len(remarks))]
    rows = pd.DataFrame({"rude": [n % 2 for n in range(72)], "day": days, "remark": remarks})
    rows[:48].to_csv(folder / "train.csv", index=False)
    rows[48:][["day", "remark"]].to_csv(folder / "test.csv", index=False)
    rows[48:].assign(rude=0).to_csv(folder / "sample_submission.csv", index=False)
    task = state_task(folder, TaskOptions(metric="auc"))
    assert task.submission is not None
    assert (task.id_column, task.submission.columns) == (None, ("rude", "day", "remark"))
    ids = [str(number) for number in range(24)]
    path = tmp_path / "submission.csv"
    write_submission(task, pd.DataFrame({"row_id": ids, "1": np.linspace(0, 1, 24)}), ids, path)
    asked = pd.read_csv(folder / "test.csv", dtype="str", keep_default_na=False)
    repeat_cells(path, asked, repeated_columns(task))
    back = pd.read_csv(path, dtype="str", keep_default_na=False)
    assert back[["day", "remark"]].equals(asked)
    assert check_submission(path, task, ids).problems == ()


def test_a_row_without_an_answer_is_an_error(tmp_path: Path) -> None:
    answers = pd.DataFrame({"row_id": ["1"], "price": [1.0]})
    with pytest.raises(KeyError):
        write_row_format(answers, form(["Id", "price"], "Id"), ["1", "2"], tmp_path / "s.csv")


def test_labels_with_commas_quotes_and_umlauts_read_back(tmp_path: Path) -> None:
    labels = ["a,b", 'say "no"', "grün", "007"]
    ids = list("wxyz")
    answers = pd.DataFrame({"row_id": ids, "label": labels})
    path = tmp_path / "submission.csv"
    write_row_format(answers, form(["id", "label"], "id"), ids, path)
    assert list(pd.read_csv(path, dtype=str)["label"]) == labels


def test_a_submission_may_call_the_target_otherwise_and_have_no_id(tmp_path: Path) -> None:
    answers = pd.DataFrame({"row_id": ["0", "1"], "price": [1.0, 2.0]})
    path = tmp_path / "submission.csv"
    write_row_format(answers, form(["prediction"], None), ["0", "1"], path)
    assert path.read_text(encoding="utf-8") == "prediction\n1.0\n2.0\n"


def test_labels_are_spelled_as_the_submission_asks(tmp_path: Path) -> None:
    target = Target(name="seated", kind="class", classes=("False", "True"), positive="True")
    metric = MetricChoice(name="f1", direction="higher", title="F1", source="default")
    columns = ("id", "seated")
    asked = SubmissionSpec(columns=columns, id_column="id", answers="label", labels=("0", "1"))
    task = Task(
        name="t",
        problem="binary",
        targets=(target,),
        id_column="id",
        metric=metric,
        tables=(),
        submission=asked,
    )
    answers = pd.DataFrame({"row_id": ["a", "b"], "seated": ["True", "False"]})
    path = tmp_path / "submission.csv"
    write_submission(task, answers, ["a", "b"], path)
    assert path.read_text(encoding="utf-8") == "id,seated\na,1\nb,0\n"


# --- several answers a row: truth, perfect answers, file, and back


def asked_rows() -> pd.DataFrame:
    return gardens().iloc[ROWS : ROWS + ASKED].reset_index(drop=True)


def written(task: Task, answers: pd.DataFrame, folder: Path) -> list[dict[str, str]]:
    """Write answers, have them checked, and read them back."""
    path, ids = folder / "submission.csv", list(asked_rows()["plot"])
    write_submission(task, answers.assign(row_id=ids), ids, path)
    check = check_submission(path, task, ids)
    assert check.problems == ()
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def stated(folder: Path, layout: Layout) -> Task:
    return state_task(write_layout(folder, layout), TaskOptions())


@pytest.mark.parametrize(
    ("layout", "column"),
    [
        ("class columns", "kind"),
        ("prefixed class columns", "level"),
        ("ordered class columns", "level"),
    ],
)
def test_class_columns_go_there_and_back(tmp_path: Path, layout: Layout, column: str) -> None:
    task, truth = stated(tmp_path, layout), asked_rows()[column]
    perfect = pd.DataFrame({one: (truth == one) * 1.0 for one in task.targets[0].classes})
    assert task.submission is not None
    names = {header: label for label, header in task.submission.class_columns.items()}
    back = []
    for line in written(task, perfect, tmp_path):
        shares = {header: float(line[header]) for header in names}
        back.append(max(shares, key=lambda header: shares[header]))
    assert [names[header] for header in back] == list(truth)


def test_class_columns_sum_to_one_after_being_read_back(tmp_path: Path) -> None:
    task = stated(tmp_path, "class columns")
    said = np.random.default_rng(0).random((ASKED, 3)) * [[1.0, 3.0, 1e-9]]
    said[0] = 0.0
    lines = written(task, pd.DataFrame(said, columns=list(KINDS)), tmp_path)
    totals = [sum(float(cell) for name, cell in line.items() if name != "plot") for line in lines]
    assert np.allclose(totals, 1.0, atol=1e-12)


def test_the_probability_of_one_of_two_classes_tells_both(tmp_path: Path) -> None:
    target = Target(name="wet", kind="class", classes=("no", "yes"), positive="yes")
    spec = SubmissionSpec(
        format="class_columns",
        columns=("plot", "p_yes", "p_no"),
        id_column="plot",
        answers="probability",
        class_columns={"yes": "p_yes", "no": "p_no"},
    )
    task = stated(tmp_path, "class columns").model_copy(
        update={"problem": "binary", "targets": (target,), "submission": spec}
    )
    lines = written(task, pd.DataFrame({"wet": [0.25] * ASKED}), tmp_path)
    assert (lines[0]["p_yes"], lines[0]["p_no"]) == ("0.25", "0.75")


@pytest.mark.parametrize(
    ("layout", "column"), [("long with two keys", "kind"), ("long with one key", "level")]
)
def test_lines_a_class_go_there_and_back(tmp_path: Path, layout: Layout, column: str) -> None:
    task, rows = stated(tmp_path, layout), asked_rows()
    classes = task.targets[0].classes
    perfect = pd.DataFrame({one: (rows[column] == one) * 1.0 for one in classes})
    lines = written(task, perfect, tmp_path)
    assert len(lines) == ASKED * len(classes)
    said = {}
    for line in lines:
        *keys, share = line.values()
        plot, label = keys if len(keys) > 1 else keys[0].split("_")
        if float(share) == 1.0:
            said[plot] = label
    assert said == dict(zip(rows["plot"], rows[column], strict=True))


def test_lines_a_target_go_there_and_back(tmp_path: Path) -> None:
    task, rows = stated(tmp_path, "long over targets"), asked_rows()
    growth = rows["growth"].astype(float)
    lines = written(task, pd.DataFrame({"growth": growth, "height": 3 * growth}), tmp_path)
    said = {line["id"]: float(line["value"]) for line in lines}
    assert said[f"{rows['plot'][7]}:height"] == 3 * growth[7]
    assert len(said) == 2 * ASKED


@pytest.mark.parametrize("layout", ["label lists", "json label lists"])
def test_lists_of_labels_go_there_and_back(tmp_path: Path, layout: Layout) -> None:
    task, truth = stated(tmp_path, layout), asked_rows()["pests"]
    perfect = pd.DataFrame(
        {
            target.name: [str(int(target.name in cell.split())) for cell in truth]
            for target in task.targets
        }
    )
    assert task.submission is not None
    lines = written(task, perfect, tmp_path)
    joint = task.submission.joined_by
    said = [{*cell_labels(line["pests"], joint)} for line in lines]
    assert said == [{*cell.split()} for cell in truth]


def test_several_guesses_are_written_best_first(tmp_path: Path) -> None:
    spec = SubmissionSpec(
        format="label_list",
        columns=("plot", "level"),
        id_column="plot",
        answers="labels",
        joined_by=" ",
    )
    task = stated(tmp_path, "prefixed class columns").model_copy(update={"submission": spec})
    lines = written(task, pd.DataFrame({"level": ["2 0 1"] * ASKED}), tmp_path)
    assert {line["level"] for line in lines} == {"2 0 1"}


def test_targets_of_which_one_holds_go_there_and_back(tmp_path: Path) -> None:
    task = stated(tmp_path, "one-hot targets")
    names = [target.name for target in task.targets]
    codes = np.arange(ASKED) % len(names)
    sure = pd.DataFrame(np.eye(len(names))[codes] + 1e-3, columns=names)
    lines = written(task, apply_renormalise(sure.assign(row_id=""), same(names)), tmp_path)
    assert task.submission is not None
    shares = np.array(
        [[float(line[task.submission.class_columns[name]]) for name in names] for line in lines]
    )
    assert np.array_equal(shares.argmax(axis=1), codes)
    assert np.allclose(shares.sum(axis=1), 1.0, atol=1e-12)


def same(names: list[str]) -> dict[str, Any]:
    return {"columns": {name: name for name in names}}
