"""What stays open about metric, id and weights is decided, said, and asked."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.competition.metrics.metric import WEIGHT_COLUMN
from agents.competition.metrics.row_weights import metric_columns
from agents.competition.stating.restate import with_metric
from agents.competition.stating.task import TaskOptions, state_task
from agents.models import OpenQuestion, Task

ROWS, ASKED = 120, 40


def stalls(folder: Path, evaluation: str = "", **extra: pd.Series) -> Path:
    """Sales of market stalls, the last of them to be predicted."""
    chance = np.random.default_rng(0)
    cells = pd.DataFrame(
        {
            "row": np.arange(ROWS + ASKED) * 3,
            "stall": chance.integers(1, 9, ROWS + ASKED),
            "rain": chance.normal(size=ROWS + ASKED).round(3),
        }
    ).assign(**extra)
    cells["sold"] = (50 + cells["stall"] - cells["rain"]).round(2)
    folder.mkdir(exist_ok=True)
    cells.iloc[:ROWS].to_csv(folder / "train.csv", index=False)
    cells.iloc[ROWS:].drop(columns="sold").to_csv(folder / "test.csv", index=False)
    if evaluation:
        text = f"# Stalls\nPredict `sold`.\n\n## Evaluation\n{evaluation}\n"
        (folder / "description.md").write_text(text, encoding="utf-8")
    return folder


def question_of(task: Task, option: str) -> OpenQuestion:
    (found,) = (one for one in task.open_questions if one.option_name == option)
    return found


def test_a_metric_that_nobody_names_is_an_open_question(tmp_path: Path) -> None:
    task = state_task(stalls(tmp_path), TaskOptions())
    question = question_of(task, "metric")
    assert question.chosen == task.metric.name == "rmse"
    assert "mae" in question.options
    assert "no description" in question.reason
    assert any(note.endswith("say --metric NAME.") for note in task.notes)


@pytest.mark.parametrize("metric", [None, "mae"])
def test_a_metric_that_is_named_once_leaves_nothing_open(
    tmp_path: Path, metric: str | None
) -> None:
    told = "" if metric else "Mean absolute error."
    task = state_task(stalls(tmp_path, told), TaskOptions(metric=metric))
    assert task.metric.name == "mae"
    assert task.open_questions == ()


def test_two_metrics_named_alike_leave_a_choice(tmp_path: Path) -> None:
    told = "Submissions are scored by MAE. Submissions are scored by RMSE."
    task = state_task(stalls(tmp_path, told), TaskOptions())
    assert question_of(task, "metric").options == ("mae", "rmse")


def test_an_example_that_contradicts_the_metric_is_told_with_what_it_fits(tmp_path: Path) -> None:
    told = "RMSE. If the true value is 2 and the predicted value is 4, the error is 4."
    task = state_task(stalls(tmp_path, told), TaskOptions())
    question = question_of(task, "metric")
    assert question.options == ("rmse", "mse")
    assert "own example does not fit" in question.reason


def test_an_example_that_fits_the_metric_is_told(tmp_path: Path) -> None:
    told = "RMSE. If the true value is 2 and the predicted value is 4, the error is 2."
    task = state_task(stalls(tmp_path, told), TaskOptions())
    assert task.open_questions == ()
    assert any(note.startswith("RMSE gives what the description's example") for note in task.notes)


def test_a_second_column_that_could_name_rows_is_an_open_question(tmp_path: Path) -> None:
    keys = {
        name: pd.Series([f"{name[0]}{7 * row}" for row in range(ROWS + ASKED)])
        for name in ("receipt_id", "visit_key")
    }
    folder = stalls(tmp_path, "MAE.", **keys)
    question = question_of(state_task(folder, TaskOptions()), "id")
    assert question.options == ("receipt_id", "visit_key")
    assert state_task(folder, TaskOptions(id="visit_key")).open_questions == ()


def test_weights_of_another_table_are_found_by_its_key(tmp_path: Path) -> None:
    folder = stalls(tmp_path, "Mean absolute error, each row weighted by `stall_weight`.")
    places = pd.DataFrame({"stall": range(1, 9), "stall_weight": np.arange(1, 9) / 2})
    places.to_csv(folder / "places.csv", index=False)
    task = state_task(folder, TaskOptions())
    cells = pd.read_csv(folder / "train.csv", dtype=str)
    weights = metric_columns(task.metric, cells)[WEIGHT_COLUMN]
    assert task.metric.title == "weighted MAE"
    assert np.array_equal(weights, cells["stall"].astype(float) / 2)
    assert with_metric(task, "mae").metric.weights == task.metric.weights


def test_weights_that_no_single_key_leads_to_are_left_out_in_words(tmp_path: Path) -> None:
    folder = stalls(tmp_path, "Mean absolute error, each row weighted by `hall_weight`.")
    halls = pd.DataFrame({"hall": list("abcd"), "hall_weight": [1.0, 2.0, 3.0, 4.0]})
    halls.to_csv(folder / "halls.csv", index=False)
    task = state_task(folder, TaskOptions())
    assert (task.metric.title, task.metric.weights) == ("MAE", None)
    assert any("all rows count alike" in note for note in task.notes)
