"""The bundled competition: real, complete, and the same each time."""

import csv
from pathlib import Path

from iml_tui.command_line.demo import write_demo


def test_the_demo_is_a_complete_competition(tmp_path: Path) -> None:
    write_demo(tmp_path / "demo")
    files = {path.name for path in (tmp_path / "demo").iterdir()}
    assert files == {"train.csv", "test.csv", "sample_submission.csv", "description.md"}
    train, test = (rows(tmp_path / "demo" / name) for name in ("train.csv", "test.csv"))
    sample = rows(tmp_path / "demo" / "sample_submission.csv")
    assert (len(train), len(test)) == (398, 171)
    assert {row["diagnosis"] for row in train} == {"malignant", "benign"}
    assert "diagnosis" not in test[0]
    assert [row["sample_id"] for row in sample] == [row["sample_id"] for row in test]
    assert not {row["sample_id"] for row in train} & {row["sample_id"] for row in test}


def test_the_demo_is_the_same_each_time(tmp_path: Path) -> None:
    write_demo(tmp_path / "first")
    write_demo(tmp_path / "second")
    first, second = (contents(tmp_path / name) for name in ("first", "second"))
    assert first == second


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
