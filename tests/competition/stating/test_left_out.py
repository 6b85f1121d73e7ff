"""Columns that the person leaves out are as good as not there."""

from pathlib import Path

import pytest

from agents.competition.profiling.quick import quick_columns
from agents.competition.reading.loading import iter_cells, load_cells
from agents.competition.stating.task import TaskOptions, state_task
from agents.errors import InputError
from tests.builders import write_competition


@pytest.fixture
def boats(tmp_path: Path) -> Path:
    return write_competition(tmp_path / "boats", "regression", rows=60)


def test_a_column_that_is_left_out_is_in_no_table_and_said(boats: Path) -> None:
    task = state_task(boats, TaskOptions(drop="sail, length"))
    train = task.table("train")
    assert train is not None

    assert task.left_out == ("length", "sail")
    assert train.columns == ("boat_id", "engine", "hull_code", "price")
    assert tuple(load_cells(boats, train)) == train.columns
    assert [tuple(part) for part in iter_cells(boats, train, 50)] == [train.columns] * 2
    assert tuple(one.name for one in quick_columns(boats, task)) == train.columns
    assert (
        "`sail`, `length` are left out, as you said: no program sees those columns." in task.notes
    )


@pytest.mark.parametrize(
    ("drop", "words"),
    [
        ("lenght", "No table has a column 'lenght' to drop; did you mean 'length'?"),
        ("price", "price cannot be dropped, since sample_submission.csv asks for it."),
        ("boat_id", "boat_id cannot be dropped, since sample_submission.csv asks for it."),
    ],
)
def test_what_cannot_be_left_out_is_refused_in_a_sentence(
    boats: Path, drop: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        state_task(boats, TaskOptions(drop=drop))
