"""Which column names a file a row, and which folders hold many files that come one a row."""

from pathlib import Path

import pandas as pd
import pytest

from agents.competition.stating.layout import read_layout
from agents.competition.stating.media import row_files
from agents.errors import InputError
from agents.models import MediaFolder

SEEN = MediaFolder(path="seen", suffixes=(".png",), files=6)
ASKED = MediaFolder(path="asked", suffixes=(".png",), files=3)


def files(folder: Path, home: str, names: list[str]) -> None:
    (folder / home).mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / home / name).write_bytes(b"content")


def cells(names: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"height": "1", "picture": names}, dtype="str")


@pytest.mark.parametrize(
    ("written", "spelled"),
    [("seen/{}.png", "path"), ("{}.png", "inner"), ("{}", "stem")],
)
def test_files_are_found_however_a_column_spells_them(
    tmp_path: Path, written: str, spelled: str
) -> None:
    stems = [f"p{number}" for number in range(6)]
    files(tmp_path, "seen", [f"{stem}.png" for stem in stems])
    rows = {"train": cells([written.format(stem) for stem in stems])}
    train, asked = row_files(tmp_path, [SEEN], {"train": rows["train"]})
    assert (train.role, train.column, train.spelled) == ("train", "picture", spelled)
    assert train.folders == ("seen",)
    assert asked.model_copy(update={"role": "train"}) == train


def test_the_same_names_in_two_folders_belong_to_the_side_that_fills_the_folder(
    tmp_path: Path,
) -> None:
    files(tmp_path, "seen", [f"{number}.png" for number in range(6)])
    files(tmp_path, "asked", [f"{number}.png" for number in range(3)])
    sides = {
        "train": cells([str(number) for number in range(6)]),
        "test": cells([str(number) for number in range(3)]),
    }
    found = row_files(tmp_path, [ASKED, SEEN], {"train": sides["train"], "test": sides["test"]})
    assert {one.role: one.folders for one in found} == {"train": ("seen",), "test": ("asked",)}


def test_a_column_that_names_no_files_is_none(tmp_path: Path) -> None:
    files(tmp_path, "seen", ["a.png"])
    assert row_files(tmp_path, [SEEN], {"train": cells(["x", "y"])}) == ()


def test_many_json_or_text_files_are_records_and_few_beside_them_too(tmp_path: Path) -> None:
    files(tmp_path, "learn/notes", [f"{number}.txt" for number in range(60)])
    files(tmp_path, "learn/asked", [f"{number}.txt" for number in range(20)])
    (tmp_path / "train.csv").write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    (tmp_path / "about.txt").write_text("What this is.", encoding="utf-8")
    layout = read_layout(tmp_path)
    held = {media.path: media.classes for media in layout.media}
    assert held in ({"learn": ("asked", "notes")}, {"learn/asked": (), "learn/notes": ()})
    assert layout.texts == ("about.txt",)
    assert [table.path for table in layout.tables] == ["train.csv"]


def test_folders_of_the_competition_itself_are_no_classes(tmp_path: Path) -> None:
    files(tmp_path, "seen", ["a.png"])
    files(tmp_path, "asked", ["b.png"])
    with pytest.raises(InputError, match="no table"):
        read_layout(tmp_path)
    (tmp_path / "train.csv").write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    assert [media.path for media in read_layout(tmp_path).media] == ["asked", "seen"]
