"""Views of odd layouts: they are laid out as the competition is, and hide what is asked."""

from pathlib import Path

import pandas as pd
import pytest

from agents.competition.reading.tables import read_cells
from agents.competition.splitting.splits import choose_split
from agents.competition.stating.task import TaskOptions, state_task
from agents.competition.views.views import Places, ViewBuilder
from agents.models import Task
from tests.builders import write_table
from tests.layouts import ASKED, PESTS, ROWS, Layout, gardens, write_layout


def built(folder: Path, layout: Layout, target: str | None = None) -> tuple[Task, ViewBuilder]:
    competition = write_layout(folder / "competition", layout)
    task = state_task(competition, TaskOptions(target=target))
    split = choose_split(task, gardens().iloc[:ROWS], None, 0)
    places = Places(views=folder / "views", answers=folder / "answers", media=folder / "media")
    return task, ViewBuilder(competition, task, split, places)


@pytest.mark.parametrize(
    ("layout", "column", "mark", "target"),
    [("split column", "part", "Test", "kind"), ("empty target", "growth", "", "growth")],
)
def test_marked_rows_are_told_apart_in_every_view(
    tmp_path: Path, layout: Layout, column: str, mark: str, target: str
) -> None:
    _, builder = built(tmp_path, layout, target)
    for name in ("full", "blind-1", "sample"):
        view = builder.build(name)
        fit, predict, run = (
            read_cells(view.root / part / "gardens.csv") for part in ("fit", "predict", "run")
        )
        assert (fit[column] != mark).all()
        assert (predict[column] == mark).all()
        assert (predict[target] == "").all()
        assert len(run) == len(fit) + len(predict)
        assert list(fit.columns) == list(predict.columns) == list(run.columns)
        assert set(fit["plot"]).isdisjoint(predict["plot"])
    assert len(read_cells(builder.build("full").root / "predict" / "gardens.csv")) == ASKED


def test_answers_that_a_marked_table_gives_away_are_hidden(tmp_path: Path) -> None:
    _, builder = built(tmp_path, "split column", "kind")
    whole = read_cells(tmp_path / "competition" / "gardens.csv")
    assert (whole["kind"] != "").all()
    run = read_cells(builder.build("full").root / "run" / "gardens.csv")
    assert (run.loc[run["part"] == "Test", "kind"] == "").all()


def test_labels_in_one_cell_are_kept_one_by_one_as_answers(tmp_path: Path) -> None:
    _, builder = built(tmp_path, "label lists")
    view = builder.build("blind-1")
    assert view.answers is not None
    answers = pd.read_parquet(view.answers)
    truth = gardens().set_index("plot")["pests"]
    for row in answers.to_dict("records"):
        assert {pest for pest in PESTS if row[pest] == "1"} == {*truth[row["row_id"]].split()}
    assert "pests" in read_cells(view.root / "fit" / "train.csv")
    assert "pests" not in read_cells(view.root / "predict" / "test.csv")


def test_a_played_test_is_spelled_as_the_real_one(tmp_path: Path) -> None:
    _, builder = built(tmp_path, "other spellings")
    view = builder.build("blind-1")
    played = read_cells(view.root / "predict" / "test.csv")
    real = read_cells(tmp_path / "competition" / "test.csv")
    assert list(played.columns) == list(real.columns)
    assert set(played["PLOT"]) <= set(gardens()["plot"][:ROWS])
    assert (played[" Wind"] != "").all()


@pytest.mark.parametrize("layout", ["long with two keys", "long with one key"])
def test_a_played_sample_has_a_line_a_row_and_class(tmp_path: Path, layout: Layout) -> None:
    _, builder = built(tmp_path, layout)
    for name in ("sample", "sample-half"):
        view = builder.build(name)
        form = read_cells(view.root / "predict" / "form.csv")
        ids = read_cells(view.root / "predict" / "test.csv")["plot"]
        assert len(form) == 3 * len(ids)
        assert list(form.iloc[::3, 0].str.split("_").str[0]) == list(ids)


def test_only_rows_that_the_sample_names_are_to_be_predicted(tmp_path: Path) -> None:
    competition = write_layout(tmp_path / "competition", "class columns")
    sample = read_cells(competition / "sample_submission.csv").iloc[3:]
    write_table(competition / "sample_submission.csv", sample)
    task = state_task(competition, TaskOptions())
    split = choose_split(task, gardens().iloc[:ROWS], None, 0)
    places = Places(views=tmp_path / "v", answers=tmp_path / "a", media=tmp_path / "m")

    view = ViewBuilder(competition, task, split, places).build("full")

    asked = read_cells(view.root / "predict" / "test.csv")
    assert sorted(asked["plot"]) == sorted(sample["plot"])
