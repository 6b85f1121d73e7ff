"""Side tables that are cut in pieces are read as one."""

from pathlib import Path

import pandas as pd
import pytest

from agents.competition.laying.lay_out import lay_out
from agents.competition.stating.task import TaskOptions, state_task

PUPILS = [f"{number:064x}" for number in range(60)]
"""As long as digests, which are keys all the same."""
LEARNED, ASKED = PUPILS[:40], PUPILS[40:]


def write_marks(folder: Path, name: str, pupils: list[str], column: str = "mark_1") -> None:
    rows = {"pupil": [pupil for pupil in pupils for _ in range(3)]}
    marks = [str(place % 7) for place in range(len(rows["pupil"]))]
    pd.DataFrame({**rows, column: marks}).to_csv(folder / name, index=False)


def write_answers(folder: Path) -> None:
    passed = [str(number % 2) for number in range(len(LEARNED))]
    labels = pd.DataFrame({"pupil": LEARNED, "passed": passed})
    labels.to_csv(folder / "train_labels.csv", index=False)
    sample = pd.DataFrame({"pupil": ASKED, "chance": "0.5"})
    sample.to_csv(folder / "sample_submission.csv", index=False)


def test_one_half_about_training_rows_and_one_about_test_rows_make_a_side_table(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "school"
    folder.mkdir()
    write_answers(folder)
    write_marks(folder, "marks_train.csv", LEARNED)
    write_marks(folder, "marks_test.csv", ASKED, column="mark-1")
    read = lay_out(folder, tmp_path / "laid")
    task = state_task(read, TaskOptions())
    assert [(table.path, table.role, table.rows) for table in task.tables] == [
        ("train_labels.csv", "train", 40),
        ("test.csv", "test", 20),
        ("sample_submission.csv", "sample", 20),
        ("marks.csv", "side", 180),
    ]
    (join,) = task.joins
    assert (join.left, join.many) == (("pupil",), True)
    assert (join.coverage_train, join.coverage_test) == (1.0, 1.0)
    assert set(pd.read_csv(read / "marks.csv").columns) == {"pupil", "mark-1"}


def test_partitions_become_a_table_with_the_cells_of_their_paths(tmp_path: Path) -> None:
    folder = tmp_path / "school"
    folder.mkdir()
    write_answers(folder)
    for year in (1, 2):
        home = folder / "marks.parquet" / f"year={year}"
        home.mkdir(parents=True)
        pupils = PUPILS[year - 1 :: 2]
        pd.DataFrame({"pupil": pupils, "mark": "3"}).to_parquet(home / "a.parquet", index=False)
    read = lay_out(folder, tmp_path / "laid")
    marks = pd.read_csv(read / "marks.csv")
    assert marks.groupby("year").size().to_dict() == {1: 30, 2: 30}
    assert not (read / "marks.parquet").exists()


def test_pieces_that_are_too_large_to_be_one_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.competition.laying.joint_tables._LARGEST", 1_000)
    folder = tmp_path / "school"
    folder.mkdir()
    write_answers(folder)
    write_marks(folder, "marks_train.csv", LEARNED)
    write_marks(folder, "marks_test.csv", ASKED)
    read = lay_out(folder, tmp_path / "laid")
    assert {"marks_train.csv", "marks_test.csv"} <= {path.name for path in read.iterdir()}
    task = state_task(read, TaskOptions())
    assert [note for note in task.notes if "are pieces of one table, but hold more" in note]
    assert [table.rows for table in task.tables if table.role == "test"] == [20]


def test_the_tables_that_teach_and_ask_are_no_pieces(tmp_path: Path) -> None:
    folder = tmp_path / "school"
    folder.mkdir()
    write_marks(folder, "train.csv", LEARNED)
    write_marks(folder, "test.csv", ASKED)
    assert lay_out(folder, tmp_path / "laid") == folder
