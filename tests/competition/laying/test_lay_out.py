"""What a folder of media only implies is written out beside it, and nothing into it."""

import csv
import zipfile
from pathlib import Path

import pytest

from agents.competition.laying.lay_out import lay_out
from agents.competition.laying.named_labels import labels_in_names, positive_label
from agents.competition.stating.task import TaskOptions, state_task
from agents.errors import InputError
from agents.models import Task

ASKED = [f"leaf{number:02d}" for number in range(12)]


def write_files(folder: Path, names: list[str]) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())


def zip_files(archive: Path, names: list[str]) -> None:
    with zipfile.ZipFile(archive, "w") as packed:
        for name in names:
            packed.writestr(name, name.encode())


def write_sample(folder: Path, header: str, rows: list[str]) -> None:
    text = "\n".join([header, *rows]) + "\n"
    (folder / "sample_submission.csv").write_text(text, encoding="utf-8")


def rows_of(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def laid(folder: Path, place: Path) -> tuple[Path, Task]:
    before = sorted(folder.rglob("*"))
    read = lay_out(folder, place)
    assert sorted(folder.rglob("*")) == before
    return read, state_task(read, TaskOptions())


@pytest.fixture
def herbarium(tmp_path: Path) -> Path:
    folder = tmp_path / "herbarium"
    folder.mkdir()
    return folder


def test_a_sample_that_names_files_stands_for_the_missing_test_table(
    herbarium: Path, tmp_path: Path
) -> None:
    write_files(herbarium, [f"seen/s{number}.png" for number in range(30)])
    write_files(herbarium, [f"asked/{name}.png" for name in ASKED])
    rows = "".join(f"s{number},{number % 2}\n" for number in range(30))
    (herbarium / "labels.csv").write_text("leaf,ill\n" + rows, encoding="utf-8")
    write_sample(herbarium, "leaf,ill", [f"{name},0.5" for name in ASKED])
    read, task = laid(herbarium, tmp_path / "laid")
    assert read.name == "herbarium"
    assert rows_of(read / "test.csv") == [["leaf"], *([name] for name in ASKED)]
    assert (read / "seen" / "s3.png").read_bytes() == b"seen/s3.png"
    assert {one.role: one.folders for one in task.files} == {"train": ("seen",), "test": ("asked",)}
    assert any("made of the rows that sample_submission.csv names" in note for note in task.notes)


def test_archives_of_files_are_unpacked_and_labels_in_names_become_a_table(
    herbarium: Path, tmp_path: Path
) -> None:
    kinds = ["fern", "moss"]
    zip_files(herbarium / "seen.zip", [f"seen/{kind}.{n}.jpg" for kind in kinds for n in range(20)])
    zip_files(herbarium / "asked.zip", [f"{number}.jpg" for number in range(1, 13)])
    write_sample(herbarium, "id,answer", [f"{number},0.5" for number in range(1, 13)])
    about = "Give the probability that a picture shows a fern. Scored by log loss.\n"
    (herbarium / "about.md").write_text(about, encoding="utf-8")
    read, task = laid(herbarium, tmp_path / "laid")
    header, *rows = rows_of(read / "train.csv")
    assert header == ["id", "answer"]
    assert sorted(int(number) for number, _ in rows) == list(range(13, 53))
    for number, answer in rows:
        content = (read / "seen" / f"{number}.jpg").read_text(encoding="utf-8")
        assert content.startswith("seen/fern") == (answer == "1")
    assert (read / "asked" / "7.jpg").read_bytes() == b"7.jpg"
    assert task.problem == "binary"
    assert not (read / "seen.zip").exists()


def test_folders_called_after_classes_need_no_table_and_no_sample(
    herbarium: Path, tmp_path: Path
) -> None:
    kinds = ["fern", "moss", "reed"]
    write_files(herbarium, [f"seen/{kind}/{kind}{n}.png" for kind in kinds for n in range(10)])
    write_files(herbarium, [f"test/{name}.png" for name in ASKED])
    read, task = laid(herbarium, tmp_path / "laid")
    assert task.targets[0].classes == tuple(kinds)
    assert rows_of(read / "test.csv")[1] == ["leaf00.png"]
    assert all(kind not in name for name, _ in rows_of(read / "train.csv") for kind in kinds)


def test_files_in_a_folder_each_are_called_after_it(herbarium: Path, tmp_path: Path) -> None:
    write_files(herbarium, [f"seen/{number}/atoms.xyz" for number in range(20)])
    rows = "".join(f"{number},{number * 1.5}\n" for number in range(20))
    (herbarium / "train.csv").write_text("id,energy\n" + rows, encoding="utf-8")
    read, task = laid(herbarium, tmp_path / "laid")
    assert (read / "seen" / "7.xyz").read_bytes() == b"seen/7/atoms.xyz"
    assert (task.files[0].column, task.files[0].spelled) == ("id", "stem")


def test_a_folder_that_says_everything_is_read_itself(herbarium: Path, tmp_path: Path) -> None:
    write_files(herbarium, [f"pictures/p{number}.png" for number in range(40)])
    for name, numbers in (("train", range(28)), ("test", range(28, 40))):
        rows = [f"p{number}" + (f",{number % 2}" if name == "train" else "") for number in numbers]
        header = "picture,ill" if name == "train" else "picture"
        (herbarium / f"{name}.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    write_sample(herbarium, "picture,ill", [f"p{number},0" for number in range(28, 40)])
    assert lay_out(herbarium, tmp_path / "laid") == herbarium
    assert not (tmp_path / "laid").exists()


def test_pictures_to_be_answered_by_pictures_are_refused_in_one_sentence(
    herbarium: Path, tmp_path: Path
) -> None:
    write_files(herbarium, [f"{home}/{n}.png" for home in ("seen", "clean") for n in (1, 3)])
    write_files(herbarium, ["asked/2.png"])
    pixels = [f"2_{row}_{column},1" for row in range(1, 7) for column in range(1, 7)]
    write_sample(herbarium, "id,value", pixels)
    with pytest.raises(InputError, match="answering pictures by pictures is not possible"):
        lay_out(herbarium, tmp_path / "laid")


def test_a_day_in_every_name_is_no_label() -> None:
    taught = [f"seen/d{n % 3}_clip{n}_{n % 2}.wav" for n in range(30)]
    asked = [f"asked/d{n % 3}_clip{n}.wav" for n in range(30)]
    found = labels_in_names(taught, asked, ())
    assert found is not None
    assert found.where == "the end of the name"
    assert {*found.labels.values()} == {"0", "1"}


@pytest.mark.parametrize(
    ("answer", "text", "positive"),
    [
        ("fern", "", "fern"),
        ("label", "the file is labelled 1 = fern, 0 = moss", "fern"),
        ("label", "Predict the probability that it shows ferns.", "fern"),
        ("label", "Tell ferns from mosses.", "moss"),
    ],
)
def test_which_of_two_labels_is_one(answer: str, text: str, positive: str) -> None:
    assert positive_label(["moss", "fern"], answer, text) == positive


def test_records_that_only_the_sample_asks_for_become_test_rows(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    for number in range(90):
        home = folder / ("train" if number < 60 else "test")
        home.mkdir(parents=True, exist_ok=True)
        (home / f"{number}.csv").write_text(f"heat\n{number}\n{number + 1}\n", encoding="utf-8")
    learned = "".join(f"{number},{number * 2}\n" for number in range(60))
    (folder / "train.csv").write_text(f"run,yield\n{learned}", encoding="utf-8")
    write_sample(folder, "run,yield", [f"{number},0" for number in range(60, 90)])

    _, task = laid(folder, tmp_path / "laid")

    assert task.submission is not None
    assert [(one.role, one.folders) for one in task.files] == [
        ("train", ("train",)),
        ("test", ("test",)),
    ]
    assert [table.rows for table in task.tables if table.role == "test"] == [30]
