"""Views of pictures: nothing but the content may tell what a blind picture shows."""

import os
import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from agents.competition.judging.scores import Truth
from agents.competition.reading.tables import read_cells
from agents.competition.stating.media import NEUTRAL_TIME, match_rows
from agents.competition.views.views import Places, View, ViewBuilder
from agents.models import (
    MediaFolder,
    MetricChoice,
    SplitPlan,
    SubmissionSpec,
    Table,
    Target,
    Task,
)

CLASSES = ("cat", "dog", "fox")
SPLIT = SplitPlan(splitter="stratified", folds=3, seed=0)


def picture(folder: Path, name: str, label: str) -> None:
    """A file whose content is noise, made at a time that tells its class."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(random.Random(f"{label}{name}").randbytes(64) + label.encode())
    moment = 1_000_000_000 + CLASSES.index(label) * 1_000_000
    os.utime(path, (moment, moment))


def table_of(
    path: Path, role: str, rows: Sequence[tuple[str, ...]], header: tuple[str, ...]
) -> Table:
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows, columns=list(header)).to_csv(path, index=False)
    return Table(path=path.name, role=role, rows=len(rows), columns=header)


def task_with(tables: tuple[Table, ...], media: tuple[MediaFolder, ...]) -> Task:
    return Task(
        name="animals",
        problem="multiclass",
        targets=(Target(name="label", kind="class", classes=CLASSES),),
        id_column="image",
        metric=MetricChoice(
            name="accuracy", direction="higher", title="accuracy", source="default"
        ),
        tables=tables,
        media=media,
        submission=SubmissionSpec(
            columns=("image", "label"), id_column="image", answers="label", labels=CLASSES
        ),
    )


def a_folder_per_class(competition: Path) -> Task:
    """`train/cat/cat_0.jpg` and so on, `test/p_0.jpg`, and no training table."""
    for label in CLASSES:
        for number in range(12):
            picture(competition / "train" / label, f"{label}_{number}.jpg", label)
    for number in range(9):
        picture(competition / "test", f"p_{number}.jpg", CLASSES[number % 3])
    ids = [(f"p_{number}.jpg",) for number in range(9)]
    test = table_of(competition / "test.csv", "test", ids, ("image",))
    answers = [(name, "cat") for (name,) in ids]
    sample = table_of(competition / "sample.csv", "sample", answers, ("image", "label"))
    jpg = (".jpg",)
    folders = (
        MediaFolder(path="train", suffixes=jpg, files=36, classes=CLASSES),
        MediaFolder(path="test", suffixes=jpg, files=9),
    )
    return task_with((test, sample), folders)


def one_folder_with_a_table(competition: Path) -> Task:
    """`images/<number>.png` of train and test together, named by their number."""
    labels = [CLASSES[number % 3] for number in range(40)]
    for number, label in enumerate(labels):
        picture(competition / "images", f"{number}.png", label)
    known = [(str(n), labels[n]) for n in range(30)]
    asked = [(str(n),) for n in range(30, 40)]
    train = table_of(competition / "train.csv", "train", known, ("image", "label"))
    test = table_of(competition / "test.csv", "test", asked, ("image",))
    return task_with((train, test), (MediaFolder(path="images", suffixes=(".png",), files=40),))


def places(folder: Path, link: Path | None = None) -> Places:
    return Places(folder / "views", folder / "answers", folder / "media", link)


def truth_of(view: View) -> dict[str, str]:
    assert view.answers is not None
    frame = Truth.read({1: view.answers}).frame
    return dict(zip(frame["row_id"], frame["label"], strict=True))


def media_in(folder: Path) -> dict[str, Path]:
    return {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.suffix in (".jpg", ".png")
    }


@pytest.mark.parametrize("linked", ["symbolic", "hard"])
def test_blind_labels_cannot_be_read_off_anything_but_the_picture(
    tmp_path: Path, linked: str
) -> None:
    competition = tmp_path / "competition"
    task = a_folder_per_class(competition)
    link = tmp_path / "media" if linked == "symbolic" else None
    builder = ViewBuilder(competition, task, SPLIT, places(tmp_path, link))
    blind_contents = []
    for fold in (1, 2, 3):
        view = builder.build(f"blind-{fold}")
        truth = truth_of(view)
        blind = media_in(view.root / "predict")
        assert set(blind) == {f"test/{name}" for name in truth}
        assert list(read_cells(view.root / "predict" / "test.csv")["image"]) == list(truth)
        paths = [blind[f"test/{name}"] for name in sorted(truth)]
        labels = [truth[name] for name in sorted(truth)]
        if linked == "symbolic":
            assert all(path.readlink().parent == link for path in paths)
            assert [path.readlink().name for path in paths] == sorted(truth)
        assert not any(label in str(path.resolve()) for path in paths for label in CLASSES)
        assert {path.stat().st_mtime for path in paths} == {NEUTRAL_TIME}
        assert {path.lstat().st_mtime for path in paths} == {NEUTRAL_TIME}
        by_inode = sorted(range(len(paths)), key=lambda k: paths[k].stat().st_ino)
        for order in (labels, list(truth.values()), [labels[k] for k in by_inode]):
            neighbours = sum(a == b for a, b in pairwise(order))
            assert neighbours < 9  # of 11; classes one after the other would give 9
        contents = {path.read_bytes() for path in paths}
        kept = {path.read_bytes() for path in media_in(view.root / "fit").values()}
        assert contents.isdisjoint(kept)
        assert {content[64:].decode() for content in contents} == set(CLASSES)
        assert [path.read_bytes()[64:].decode() for path in paths] == labels
        blind_contents += list(contents)
    assert len(set(blind_contents)) == 36


def test_pictures_that_train_stay_in_their_class_folders(tmp_path: Path) -> None:
    task = a_folder_per_class(tmp_path / "competition")
    view = ViewBuilder(tmp_path / "competition", task, SPLIT, places(tmp_path)).build("blind-1")
    kept = media_in(view.root / "fit")
    assert len(kept) == view.rows_fit == 24
    for name, path in kept.items():
        folder, label, file = name.split("/")
        assert (folder, label) == ("train", file.split("_")[0])
        assert path.read_bytes().endswith(label.encode())
    assert set(media_in(view.root / "run")) == {*kept, *media_in(view.root / "predict")}


def test_the_full_view_has_every_picture_at_its_place(tmp_path: Path) -> None:
    task = a_folder_per_class(tmp_path / "competition")
    view = ViewBuilder(tmp_path / "competition", task, SPLIT, places(tmp_path)).build("full")
    real = media_in(tmp_path / "competition")
    whole = media_in(view.root / "run")
    assert {name: path.read_bytes() for name, path in whole.items()} == {
        name: path.read_bytes() for name, path in real.items()
    }
    assert set(media_in(view.root / "fit")) == {name for name in real if name.startswith("train/")}
    assert set(media_in(view.root / "predict")) == {n for n in real if n.startswith("test/")}


def test_shuffled_labels_move_pictures_between_class_folders(tmp_path: Path) -> None:
    task = a_folder_per_class(tmp_path / "competition")
    builder = ViewBuilder(tmp_path / "competition", task, SPLIT, places(tmp_path))
    sample, shuffled = (
        media_in(builder.build(name).root / "fit") for name in ("sample", "sample-shuffled")
    )
    assert set(sample) == set(shuffled)
    moved = [name for name in sample if sample[name].read_bytes() != shuffled[name].read_bytes()]
    assert len(moved) > len(sample) / 2


def test_pictures_named_by_a_table_go_with_their_rows(tmp_path: Path) -> None:
    task = one_folder_with_a_table(tmp_path / "competition")
    view = ViewBuilder(tmp_path / "competition", task, SPLIT, places(tmp_path)).build("blind-1")
    asked = read_cells(view.root / "predict" / "test.csv")["image"]
    kept = read_cells(view.root / "fit" / "train.csv")["image"]
    assert set(media_in(view.root / "predict")) == {f"images/{name}.png" for name in asked}
    assert set(media_in(view.root / "fit")) == {f"images/{name}.png" for name in kept}


def test_an_odd_sample_misses_one_picture(tmp_path: Path) -> None:
    task = one_folder_with_a_table(tmp_path / "competition")
    builder = ViewBuilder(tmp_path / "competition", task, SPLIT, places(tmp_path))
    whole, odd = (
        media_in(builder.build(name).root / "predict") for name in ("sample", "sample-odd")
    )
    assert len(odd) == len(whole) - 1
    named = read_cells(builder.build("sample-odd").root / "predict" / "test.csv")["image"]
    assert len(named) == len(whole)


def test_the_users_pictures_are_neither_changed_nor_linked(tmp_path: Path) -> None:
    competition = tmp_path / "competition"
    task = a_folder_per_class(competition)
    before = {name: path.stat() for name, path in media_in(competition).items()}
    ViewBuilder(competition, task, SPLIT, places(tmp_path)).build("blind-1")
    for name, path in media_in(competition).items():
        assert path.stat().st_mtime == before[name].st_mtime
        assert path.stat().st_nlink == 1


def test_no_index_lies_where_programs_can_read_it(tmp_path: Path) -> None:
    task = a_folder_per_class(tmp_path / "competition")
    ViewBuilder(tmp_path / "competition", task, SPLIT, places(tmp_path)).build("blind-1")
    assert {path.suffix for path in (tmp_path / "media").iterdir()} == {".jpg"}
    assert (tmp_path / "media.json").exists()


def test_building_again_gives_the_same_digests(tmp_path: Path) -> None:
    task = a_folder_per_class(tmp_path / "competition")
    first, second = (
        ViewBuilder(tmp_path / "competition", task, SPLIT, places(tmp_path / name)).build("sample")
        for name in ("one", "two")
    )
    assert first.parts == second.parts


def test_a_column_names_files_by_path_name_or_stem() -> None:
    folders = [
        MediaFolder(path="a", suffixes=(".png",), files=3),
        MediaFolder(path="b", suffixes=(".png",), files=2),
    ]
    paths = ["a/1.png", "a/2.png", "a/3.png", "b/1.png", "b/2.png"]
    for style, cells in (("path", ["b/1.png", "b/2.png"]), ("name", ["1.png", "2.png"])):
        frame = pd.DataFrame({"n": ["7", "8"], "file": cells})
        found = match_rows(frame, folders, paths)
        assert found is not None
        assert found.column == "file"
        assert found.paths == ["b/1.png", "b/2.png"], style
    assert match_rows(pd.DataFrame({"n": ["7", "8"]}), folders, paths) is None
