"""Odd layouts: what is asked is read from them as a person would, and said."""

from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from agents.competition.reading.tables import read_cells
from agents.competition.stating.restate import with_metric
from agents.competition.stating.table_file import Limits
from agents.competition.stating.task import TaskOptions, state_task
from agents.errors import InputError
from agents.models import RowMarker, Task
from tests.builders import write_competition, write_table
from tests.layouts import KINDS, PESTS, Layout, gardens, write_layout


def stated(folder: Path, layout: Layout, **options: str) -> Task:
    return state_task(write_layout(folder, layout), TaskOptions(**options))


def refusal(folder: Path, **options: str) -> str:
    with pytest.raises(InputError) as refused:
        state_task(folder, TaskOptions(**options))
    return str(refused.value)


@pytest.mark.parametrize("layout", get_args(Layout))
def test_every_layout_is_read_alike_from_tables_too_large_to_be_held(
    tmp_path: Path, layout: Layout
) -> None:
    folder = write_layout(tmp_path, layout)

    task = state_task(folder, TaskOptions(), limits=Limits(cells=200, rows=150))

    assert task == state_task(folder, TaskOptions())


# --- train and test in one table


def test_a_split_column_tells_the_rows_to_be_predicted(tmp_path: Path) -> None:
    task = stated(tmp_path, "split column", target="kind")

    assert task.marker == RowMarker(column="part", test=("Test",))
    tables = {table.role: (table.path, table.rows) for table in task.tables}
    assert tables == {"train": ("gardens.csv", 160), "test": ("gardens.csv", 40)}
    assert task.submission is not None
    assert task.submission.columns == ("plot", "kind")
    assert any("40 rows to be predicted beside 160" in note for note in task.notes)


@pytest.mark.parametrize(
    ("name", "train", "test"), [("is_train", "1", "0"), ("IsTest", "no", "yes")]
)
def test_yes_and_no_tell_them_too(tmp_path: Path, name: str, train: str, test: str) -> None:
    folder = write_layout(tmp_path, "split column")
    cells = read_cells(folder / "gardens.csv")
    told = cells.pop("part").map({"Train": train, "Test": test})
    write_table(folder / "gardens.csv", cells.assign(**{name: told}))

    task = state_task(folder, TaskOptions(target="kind"))

    assert task.marker == RowMarker(column=name, test=(test,))


def test_fold_numbers_tell_nothing(tmp_path: Path) -> None:
    folder = write_layout(tmp_path, "split column")
    cells = read_cells(folder / "gardens.csv").drop(columns="part")
    write_table(folder / "gardens.csv", cells.assign(fold=[str(n % 5) for n in range(len(cells))]))

    assert state_task(folder, TaskOptions(target="kind")).marker is None


def test_an_empty_target_marks_the_rows_that_a_sample_names(tmp_path: Path) -> None:
    task = stated(tmp_path, "empty target")

    assert task.marker == RowMarker(column="growth", test=("",))
    assert [target.name for target in task.targets] == ["growth"]
    assert task.table("sample") is not None


def test_an_empty_target_marks_rows_where_the_user_or_the_text_asks(tmp_path: Path) -> None:
    folder = write_layout(tmp_path, "empty target")
    (folder / "wanted.csv").unlink()
    assert state_task(folder, TaskOptions()).marker is None

    marker = RowMarker(column="growth", test=("",))
    assert state_task(folder, TaskOptions(target="growth")).marker == marker

    text = "# Task\n\nWhere `growth` is empty, predict it."
    (folder / "readme.md").write_text(text, encoding="utf-8")
    assert state_task(folder, TaskOptions()).marker == marker


def test_a_test_table_whose_target_is_empty_is_a_test_table(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "multiclass")
    test = read_cells(folder / "test.csv")
    write_table(folder / "test.csv", test.assign(species=""))

    task = state_task(folder, TaskOptions())

    assert [target.name for target in task.targets] == ["species"]
    assert task.marker is None


# --- several answers a row


@pytest.mark.parametrize(
    ("layout", "names"),
    [
        ("class columns", {"fern": "Fern", "moss": "Moss", "reed grass": "Reed_Grass"}),
        ("prefixed class columns", {str(n): f"predict_{n}" for n in range(3)}),
        ("ordered class columns", {"0": "low", "1": "middle", "2": "high"}),
    ],
)
def test_a_column_a_class_is_recognised(
    tmp_path: Path, layout: Layout, names: dict[str, str]
) -> None:
    task = stated(tmp_path, layout)

    assert task.submission is not None
    assert task.submission.format == "class_columns"
    assert task.submission.class_columns == names
    assert task.submission.columns == ("plot", *names.values())
    assert (task.problem, task.metric.name) == ("multiclass", "log_loss")


def test_a_class_that_no_training_row_has_keeps_its_column(tmp_path: Path) -> None:
    folder = write_layout(tmp_path, "prefixed class columns")
    sample = read_cells(folder / "sample_submission.csv")
    write_table(folder / "sample_submission.csv", sample.assign(predict_3="0.1"))

    task = state_task(folder, TaskOptions())

    assert task.submission is not None
    assert list(task.submission.class_columns.values())[3] == "predict_3"
    assert task.targets[0].classes == ("0", "1", "2")


def test_a_metric_of_probabilities_needs_no_sample(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "multiclass")

    task = state_task(folder, TaskOptions(metric="log loss"))

    assert task.submission is not None
    assert task.submission.columns == ("plant_id", "alder", "birch", "cedar")


def test_targets_of_which_one_holds_are_shares(tmp_path: Path) -> None:
    task = stated(tmp_path, "one-hot targets")

    assert task.problem == "multilabel"
    assert task.submission is not None
    assert task.submission.format == "class_columns"
    assert any(note.startswith("Exactly one of") for note in task.notes)
    assert task.metric.title == "multiclass log loss"
    assert with_metric(task, "brier").metric.parameters == {"joint": True}


@pytest.mark.parametrize(
    ("layout", "keys", "joint", "names"),
    [
        ("long with two keys", ("plot", "type"), "", KINDS),
        ("long with one key", ("plot_level",), "_", ("0", "1", "2")),
        ("long over targets", ("id",), ":", ("growth", "height")),
    ],
)
def test_a_line_a_row_and_class_is_recognised(
    tmp_path: Path, layout: Layout, keys: tuple[str, ...], joint: str, names: tuple[str, ...]
) -> None:
    task = stated(tmp_path, layout)

    assert task.submission is not None
    assert task.submission.format == "long"
    assert (task.submission.key_columns, task.submission.joined_by) == (keys, joint)
    assert tuple(task.submission.class_columns) == names
    assert task.id_column == "plot"


def test_labels_in_one_cell_become_targets(tmp_path: Path) -> None:
    task = stated(tmp_path, "label lists")

    assert task.label_list is not None
    assert (task.label_list.column, task.label_list.delimiter) == ("pests", " ")
    assert {target.name for target in task.targets} == set(PESTS)
    assert (task.problem, task.target_columns) == ("multilabel", ["pests"])
    assert task.submission is not None
    assert (task.submission.format, task.submission.joined_by) == ("label_list", " ")


def test_a_label_that_is_called_like_a_column_gets_a_longer_name(tmp_path: Path) -> None:
    folder = write_layout(tmp_path, "json label lists")
    for name in ("train.csv", "test.csv"):
        write_table(folder / name, read_cells(folder / name).rename(columns={"wind": "ant"}))

    task = state_task(folder, TaskOptions())

    assert {target.name for target in task.targets} == {f"pests: {pest}" for pest in PESTS}


def test_several_guesses_of_one_class_are_recognised(tmp_path: Path) -> None:
    folder = write_layout(tmp_path, "long with one key")
    (folder / "form.csv").unlink()
    test = read_cells(folder / "test.csv")
    write_table(folder / "sample_submission.csv", test[["plot"]].assign(level="2 0 1"))

    task = state_task(folder, TaskOptions(metric="map@3"))

    assert task.label_list is None
    assert task.submission is not None
    assert (task.submission.format, task.submission.joined_by) == ("label_list", " ")


# --- names and choices


def test_columns_that_differ_in_case_are_the_same(tmp_path: Path) -> None:
    task = stated(tmp_path, "other spellings")

    assert task.renamed == {"PLOT": "plot", " Wind": "wind"}
    assert task.submission is not None
    assert task.submission.columns == ("Plot", "Kind")
    assert task.submission.labels == tuple(kind.upper() for kind in KINDS)
    test = task.table("test")
    assert test is not None
    assert test.columns[0] == "PLOT"


def test_two_columns_that_differ_in_case_only_are_two(tmp_path: Path) -> None:
    folder = write_layout(tmp_path, "other spellings")
    train = read_cells(folder / "train.csv")
    write_table(folder / "train.csv", train.assign(WIND=train["light"]))

    assert " Wind" not in state_task(folder, TaskOptions()).renamed


def test_an_unclear_target_is_decided_and_left_open(tmp_path: Path) -> None:
    folder = tmp_path / "alone"
    cells = gardens()[["plot", "light", "water", "growth"]]
    write_table(folder / "plots.csv", cells)

    task = state_task(folder, TaskOptions())

    assert [target.name for target in task.targets] == ["growth"]
    question, judging = task.open_questions
    assert judging.option_name == "metric"
    assert (question.option_name, question.chosen) == ("target", "growth")
    assert question.options == ("growth", "water", "light")
    assert any(note.endswith("say --target NAME.") for note in task.notes)


def test_names_and_texts_are_no_likely_targets(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    cells = gardens()[["light", "kind", "plot"]]
    cells["remark"] = [" ".join(chance.choice(list("abcdefgh"), 9)) for _ in range(len(cells))]
    write_table(tmp_path / "plots.csv", cells)

    assert state_task(tmp_path, TaskOptions()).targets[0].name == "kind"


def test_a_table_without_any_likely_target_is_refused(tmp_path: Path) -> None:
    write_table(tmp_path / "plots.csv", pd.DataFrame({"row_id": [f"r{n}" for n in range(30)]}))

    assert "no column to predict" in refusal(tmp_path)


def test_a_second_test_table_is_named(tmp_path: Path) -> None:
    folder = write_competition(tmp_path, "multiclass")
    write_table(folder / "test2.csv", read_cells(folder / "test.csv").iloc[:20])

    task = state_task(folder, TaskOptions())

    assert [table.role for table in task.tables] == ["train", "test"]
    assert any(note.startswith("test2.csv has the columns of test.csv") for note in task.notes)


def test_lines_that_name_neither_classes_nor_targets_are_refused(tmp_path: Path) -> None:
    folder = write_layout(tmp_path, "long with two keys")
    form = read_cells(folder / "form.csv")
    write_table(folder / "form.csv", form.assign(type=form["type"].str[::-1]))

    assert "neither classes nor targets" in refusal(folder, target="kind")


# --- what the sample and the metric say of the target


def test_of_two_columns_the_one_that_the_metric_can_judge_is_predicted(tmp_path: Path) -> None:
    frame = gardens()
    frame["spread"] = (frame["growth"].astype(float) / 7).round(4).astype(str)
    asked = frame[["plot", "light", "water"]]
    write_table(tmp_path / "train.csv", frame.iloc[:160][[*asked, "level", "spread"]])
    write_table(tmp_path / "test.csv", asked.iloc[160:])
    sample = asked.iloc[160:][["plot"]].assign(prediction="1")
    write_table(tmp_path / "sample_submission.csv", sample)
    told = TaskOptions(words="Submissions are scored by the quadratic weighted kappa.")

    task = state_task(tmp_path, told)

    assert (task.target_columns, task.metric.name) == (["level"], "kappa")


def test_answers_that_no_table_holds_are_refused_by_name(tmp_path: Path) -> None:
    frame = gardens()
    sold = frame[["light", "water", "growth"]]
    write_table(tmp_path / "sales_train.csv", sold)
    write_table(tmp_path / "shops.csv", frame[["light", "kind"]])
    asked = frame.iloc[160:][["plot", "light"]]
    write_table(tmp_path / "test.csv", asked)
    sample = asked[["plot"]].assign(monthly="0.5")
    write_table(tmp_path / "sample_submission.csv", sample)

    assert "asks for monthly, which none of" in refusal(tmp_path)
