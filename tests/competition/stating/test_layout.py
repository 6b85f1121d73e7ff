import gzip
import zipfile
from pathlib import Path

import pytest

from agents.competition.reading import containers
from agents.competition.stating.layout import Layout, read_layout
from agents.errors import InputError
from tests.competition.reading.test_loading import workbook, zipped
from tests.competition.reading.test_tables import RUSSIAN

TABLE = b"id,a,y\n1,x,0\n2,y,1\n"


def put(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
    return folder


def paths(layout: Layout) -> list[str]:
    return [table.path for table in layout.tables]


def test_tables_are_found_loose_in_folders_and_in_archives(tmp_path: Path) -> None:
    zipped(
        tmp_path / "data.zip",
        {"in/test.csv": TABLE, "in/__MACOSX/._test.csv": b"\0", "about.md": b"x"},
    )
    put(
        tmp_path,
        {"train.tsv": b"a\tb\n1\t2\n", "a/b/c/deep.csv": TABLE, "a/b/c/d/too_deep.csv": TABLE},
    )
    put(tmp_path, {"book.xlsx": workbook({"Sheet1": [["k"], [1]]}), "rows.txt": b"a;b\n1;2\n3;4\n"})
    put(
        tmp_path,
        {
            "README": b"# About\n",
            "notes.txt": b"Some words.\n",
            ".hidden.csv": b"",
            "~$book.xlsx": b"",
        },
    )

    layout = read_layout(tmp_path)

    assert paths(layout) == [
        "book.xlsx/Sheet1",
        "rows.txt",
        "train.tsv",
        "a/b/c/deep.csv",
        "data.zip/in/test.csv",
    ]
    assert layout.texts == ("README", "notes.txt", "data.zip/about.md")
    assert [table.stem for table in layout.tables] == ["book", "rows", "train", "deep", "test"]
    assert layout.notes == ()


def test_a_link_that_leads_back_is_not_followed(tmp_path: Path) -> None:
    put(tmp_path, {"train.csv": TABLE, "a/b.csv": TABLE})
    elsewhere = put(tmp_path.with_name("elsewhere"), {"c.csv": TABLE})
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "a" / "up").symlink_to(tmp_path / "a")
    (tmp_path / "linked").symlink_to(elsewhere)

    assert paths(read_layout(tmp_path)) == ["train.csv", "a/b.csv", "linked/c.csv"]


def test_an_archive_that_lies_there_unpacked_is_not_read_twice(tmp_path: Path) -> None:
    put(tmp_path, {"train.csv": TABLE, "test.csv": b"id,a\n3,z\n"})
    zipped(tmp_path / "all.zip", {"train.csv": TABLE, "test.csv": b"id,a\n4,z\n"})

    layout = read_layout(tmp_path)

    assert paths(layout) == ["test.csv", "train.csv", "all.zip/test.csv"]
    assert layout.notes == ("all.zip repeats train.csv, read where unpacked.",)


def test_a_broken_table_that_nobody_needs_is_left_out_with_its_reason(tmp_path: Path) -> None:
    put(tmp_path, {"train.csv": TABLE, "stations.csv": b"a,a\n1,2\n", "meta.json": b'{"x": ["y"]}'})
    put(tmp_path, {"broken.zip": b"PK\3\4 and no more", "log.csv.gz": gzip.compress(TABLE)[:20]})

    layout = read_layout(tmp_path)

    assert paths(layout) == ["train.csv"]
    assert [one.path for one in layout.refused] == [
        "broken.zip",
        "log.csv.gz",
        "stations.csv",
    ]
    assert "Left out: stations.csv has two columns called 'a': rename one of them." in layout.notes


def test_a_map_in_json_is_left_alone(tmp_path: Path) -> None:
    outline = b'{"kinds": {"a": 1}, "made": "today"}'
    put(tmp_path, {"train.csv": TABLE, "names_of_train.json": b'{"0": "fern"}', "a.json": outline})

    layout = read_layout(tmp_path)

    assert paths(layout) == ["train.csv"]
    assert layout.refused == ()
    left = "is JSON but no table: it holds no list of records."
    assert layout.notes == (f"Left alone: a.json {left}", f"Left alone: names_of_train.json {left}")


def test_json_records_may_go_by_a_key(tmp_path: Path) -> None:
    clips = (
        b'{"a.wav": {"kind": "owl", "s": 2}, "b.wav": {"kind": "jay", "s": 5}, "c.wav": {"s": 1}}'
    )
    put(tmp_path, {"clips.json": clips})

    (table,) = read_layout(tmp_path).tables

    assert table.columns == ("key", "kind", "s")
    assert table.cells.to_numpy().tolist() == [
        ["a.wav", "owl", "2"],
        ["b.wav", "jay", "5"],
        ["c.wav", "", "1"],
    ]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("train.csv", b""),
        ("test.csv", b"a,b\n1\n"),
        ("my_submission.csv", b"a,a\n"),
        ("Train.zip", b"x"),
    ],
)
def test_a_broken_table_that_the_task_needs_ends_the_search(
    tmp_path: Path, name: str, data: bytes
) -> None:
    put(tmp_path, {"people.csv": TABLE, name: data})

    with pytest.raises(InputError, match=name):
        read_layout(tmp_path)


def test_a_hostile_archive_is_refused(tmp_path: Path) -> None:
    zipped(tmp_path / "out.zip", {"../train.csv": TABLE})
    with pytest.raises(InputError, match="leads out of the archive"):
        read_layout(tmp_path)


def test_an_archive_that_would_fill_the_disk_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zipped(tmp_path / "bomb.zip", {"train.csv": b"a,b\n" + b"1,2\n" * 500_000})
    monkeypatch.setattr(containers, "LARGE", 1_000_000)
    monkeypatch.setattr(containers, "MOST_RATIO", 100)

    with pytest.raises(InputError, match=r"bomb.zip would unpack from 0.0 MB to 0.0 GB"):
        read_layout(tmp_path)


def test_a_locked_archive_asks_to_be_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "locked.zip", {"train.csv": TABLE})
    data = bytearray(path.read_bytes())
    central = data.index(b"PK\1\2")
    data[central + 8] |= 1
    path.write_bytes(data)

    with pytest.raises(InputError, match="protected by a password: unpack it"):
        read_layout(tmp_path)


def test_a_member_whose_content_was_damaged_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("train.csv", TABLE)
    path.write_bytes(path.read_bytes().replace(b"2,y,1", b"2,y,9"))

    with pytest.raises(InputError, match=r"data.zip/train.csv is damaged or cut off \(Bad CRC"):
        read_layout(tmp_path)


def test_tables_that_are_not_unicode_are_read_in_one_encoding(tmp_path: Path) -> None:
    put(tmp_path, {"train.csv": RUSSIAN.encode("cp1251") * 9, "test.csv": b"a;b\n1;x\xe9\n"})

    assert {table.table.encoding for table in read_layout(tmp_path).tables} == {"cp1251"}


def test_a_column_with_decimal_commas_is_read_alike_in_every_table(tmp_path: Path) -> None:
    put(tmp_path, {"train.csv": b"a;b\n1,5;x\n,25;y\n", "test.csv": b"a;b\n1,234;x\n"})

    cells = {table.path: list(table.cells["a"]) for table in read_layout(tmp_path).tables}

    assert cells == {"train.csv": ["1.5", ".25"], "test.csv": ["1.234"]}


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "is empty"),
        ({"x.7z": b"1"}, "only archives such as x.7z: unpack them"),
        ({"old.xls": b"1"}, "but old.xls: export it as csv"),
        ({"a.md": b"words"}, r"holds no table \(found .md\)"),
        ({"side.csv": b"\n"}, "side.csv is empty"),
    ],
)
def test_a_folder_without_a_table_is_refused(
    tmp_path: Path, files: dict[str, bytes], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        read_layout(put(tmp_path, files))
