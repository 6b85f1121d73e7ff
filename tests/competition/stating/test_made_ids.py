"""Ids that only the sample submission writes: counted, or composed of the test's own cells."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from agents.competition.reading.loading import load_cells
from agents.competition.stating.asked import asked_table
from agents.competition.stating.id_rules import id_template
from agents.competition.stating.parts import rows_of
from agents.competition.stating.task import TaskOptions, state_task
from agents.errors import InputError
from agents.models import MadeId, Task


def folder_of(root: Path, ids: list[str], test_rows: int = 30) -> Path:
    """A competition whose test has no ids, and whose sample submission has these."""
    draw = np.random.default_rng(5)
    rows = pd.DataFrame(
        {
            "mill": draw.integers(1, 4, 100),
            "day": [f"2021-{1 + place // 28:02d}-{1 + place % 28:02d}" for place in range(100)],
            "load": draw.normal(size=100).round(3),
        }
    )
    rows.head(70).assign(yield_t=draw.normal(size=70)).to_csv(root / "train.csv", index=False)
    rows.tail(test_rows).to_csv(root / "test.csv", index=False)
    sample = pd.DataFrame({"Code": ids, "yield_t": 0.0})
    sample.to_csv(root / "sample_submission.csv", index=False)
    return root


def asked_rows(folder: Path, task: Task) -> pd.DataFrame:
    """The rows to be predicted as the engine sees them."""
    table = asked_table(task)
    return rows_of(load_cells(folder, table), task, table)


def test_rows_that_the_sample_counts_are_numbered_as_there(tmp_path: Path) -> None:
    task = state_task(folder_of(tmp_path, [str(n) for n in range(1, 31)]), TaskOptions())
    assert task.id_column == "Code"
    assert task.made_id == MadeId(first=1)
    assert task.submission is not None
    assert task.submission.columns == ("Code", "yield_t")
    assert asked_rows(tmp_path, task)["Code"].tolist() == [str(n) for n in range(1, 31)]
    assert any("numbers its rows from 1" in note for note in task.notes)


def test_ids_composed_of_the_tests_cells_are_composed_again(tmp_path: Path) -> None:
    folder_of(tmp_path, [""] * 30)
    test = pd.read_csv(tmp_path / "test.csv", dtype=str)
    ids = (test["mill"] + "_" + test["day"]).tolist()
    pd.DataFrame({"Code": ids, "yield_t": 0}).to_csv(
        tmp_path / "sample_submission.csv", index=False
    )
    task = state_task(tmp_path, TaskOptions())
    assert task.made_id == MadeId(parts=("mill", "day"), joined_by="_")
    assert asked_rows(tmp_path, task)["Code"].tolist() == ids


def test_a_view_that_holds_the_ids_already_keeps_them(tmp_path: Path) -> None:
    task = state_task(folder_of(tmp_path, [str(n) for n in range(1, 31)]), TaskOptions())
    cells = asked_rows(tmp_path, task).head(3).assign(Code=["7", "9", "8"])
    again = rows_of(cells, task, asked_table(task))
    assert again["Code"].tolist() == ["7", "9", "8"]


def test_ids_that_follow_no_rule_are_asked_for(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, [f"x{number * number}" for number in range(30)])
    with pytest.raises(InputError, match=r"test\.csv lacks the id 'Code'"):
        state_task(folder, TaskOptions())


def test_a_template_holds_for_all_rows_or_is_none() -> None:
    cells = pd.DataFrame({"shop": ["1", "2"], "day": ["3", "4"]}, dtype="str")
    assert id_template(["1-3", "2-4"], cells) == ("-", ["shop", "day"])
    assert id_template(["1-3", "2-5"], cells) is None
