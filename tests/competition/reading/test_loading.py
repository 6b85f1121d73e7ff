import gzip
import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from agents.competition.reading.loading import describe, iter_cells, load_cells
from agents.competition.reading.storing import store_parts
from agents.errors import InputError
from agents.models import Table

VALUES = pd.DataFrame(
    {
        "whole": [1, None, 30_000_000],
        "part": [0.5, 2.0, None],
        "word": ["007", "", None],
        "yes": [True, None, False],
        "day": [pd.Timestamp("2020-01-02"), None, pd.Timestamp("2020-01-02 10:30")],
    }
)
CELLS = {
    "whole": ["1", "", "30000000"],
    "part": ["0.5", "2", ""],
    "word": ["007", "", ""],
    "yes": ["True", "", "False"],
    "day": ["2020-01-02", "", "2020-01-02 10:30:00"],
}


def read(folder: Path, path: str) -> pd.DataFrame:
    (table,) = describe(folder, path)
    return load_cells(folder, table)


def records(frame: pd.DataFrame) -> list[dict[str, object]]:
    texts = frame.assign(day=CELLS["day"]).astype(object)
    rows = texts.where(texts.notna(), None).to_numpy().tolist()
    return [dict(zip(map(str, frame), row, strict=True)) for row in rows]


def zipped(path: Path, held: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in held.items():
            archive.writestr(name, data)
    return path


def workbook(sheets: dict[str, list[list[object]]]) -> bytes:
    book = openpyxl.Workbook()
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.remove(book.worksheets[0])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def test_typed_values_become_the_same_cells_in_every_kind_of_file(tmp_path: Path) -> None:
    VALUES.to_parquet(tmp_path / "t.parquet")
    rows = records(VALUES)
    (tmp_path / "t.json").write_text(json.dumps(rows), encoding="utf-8")
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (tmp_path / "held.json").write_text(json.dumps({"n": 3, "data": rows}), encoding="utf-8")
    columns = {str(name): [row[str(name)] for row in rows] for name in VALUES}
    (tmp_path / "columns.json").write_text(json.dumps(columns), encoding="utf-8")
    days = [value.to_pydatetime() if pd.notna(value) else None for value in VALUES["day"]]
    cells = [[*list(row.values())[:-1], day] for row, day in zip(rows, days, strict=True)]
    (tmp_path / "t.xlsx").write_bytes(workbook({"Sheet1": [list(VALUES), *cells]}))

    for path in ("t.parquet", "t.json", "t.jsonl", "held.json", "columns.json", "t.xlsx"):
        assert read(tmp_path, path).to_dict("list") == CELLS, path


def test_lists_and_objects_in_cells_are_json(tmp_path: Path) -> None:
    pd.DataFrame({"a": [[1, 2], []], "b": [{"x": "ü"}, None]}).to_parquet(tmp_path / "t.parquet")
    (tmp_path / "t.jsonl").write_text(
        '{"a": [1, 2], "b": {"x": "ü"}}\n{"a": []}\n', encoding="utf-8"
    )

    for path in ("t.parquet", "t.jsonl"):
        assert read(tmp_path, path).to_dict("list") == {
            "a": ["[1, 2]", "[]"],
            "b": ['{"x": "ü"}', ""],
        }


def test_a_table_is_read_through_gzip_and_archives_within_archives(tmp_path: Path) -> None:
    plain = b"a;b\n1,5;x\n2,25;\xc3\xbc\n"
    inner = zipped(tmp_path / "inner.zip", {"t.csv": plain}).read_bytes()
    held = {"deep/er/t.csv": plain, "t.csv.gz": gzip.compress(plain), "t.csv.zip": inner}
    zipped(tmp_path / "data.zip", held | {"b.xlsx": workbook({"S": [["a", "b"], ["1.5", "x"]]})})
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(plain))

    for path in (
        "t.csv.gz",
        "data.zip/deep/er/t.csv",
        "data.zip/t.csv.gz",
        "data.zip/t.csv.zip/t.csv",
    ):
        assert read(tmp_path, path).to_dict("list") == {"a": ["1.5", "2.25"], "b": ["x", "ü"]}, path
    assert read(tmp_path, "data.zip/b.xlsx").to_dict("list") == {"a": ["1.5"], "b": ["x"]}


def test_every_sheet_that_holds_anything_is_a_table(tmp_path: Path) -> None:
    rows: list[list[object]] = [["id", None, "y", None], [1, 2.5, "a", "aside"], [], [2, None, "b"]]
    (tmp_path / "b.xlsx").write_bytes(workbook({"Rows": rows, "Empty": [], "More": [["x"], [1]]}))

    tables = describe(tmp_path, "b.xlsx")

    assert [table.path for table in tables] == ["b.xlsx/Rows", "b.xlsx/More"]
    assert load_cells(tmp_path, tables[0]).to_dict("list") == {
        "id": ["1", "2"],
        "Unnamed: 1": ["2.5", ""],
        "y": ["a", "b"],
    }


@pytest.mark.parametrize(
    "path",
    ["t.csv", "t.csv.gz", "z.zip/t.csv", "t.parquet", "t.json", "t.jsonl", "b.xlsx/Sheet"],
)
def test_a_stored_table_is_read_again_and_its_bytes_depend_on_nothing_else(
    tmp_path: Path, path: str
) -> None:
    cells = pd.DataFrame({"a": ["007", "", "1,5"], "b c": ["ü", 'x"\ny', "1e5"]}, dtype="str")
    kinds = {"parquet": "parquet", "json": "json", "jsonl": "jsonl"}
    kind = "xlsx" if "xlsx" in path else kinds.get(path.rsplit(".", 1)[1], "csv")
    table = Table.model_validate(
        {"path": path, "role": "side", "rows": 3, "columns": ("a", "b c"), "format": kind}
    )

    for place in ("one", "two"):
        store_parts([cells], tmp_path / place, table)

    assert load_cells(tmp_path / "one", table).equals(cells)
    assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes()
    store_parts([cells.head(1)], tmp_path / "single", table)
    assert load_cells(tmp_path / "single", table).equals(cells.head(1))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_table_of_several_parts_has_one_header_and_one_mark(
    tmp_path: Path, encoding: str
) -> None:
    count = 140_000
    cells = pd.DataFrame({"n": [str(number) for number in range(count)]}, dtype="str")
    table = Table(path="t.csv", role="side", rows=count, columns=("n",), encoding=encoding)

    store_parts([cells], tmp_path, table)

    written = (tmp_path / "t.csv").read_bytes().decode(encoding)
    assert written == cells.to_csv(index=False, lineterminator="\n")


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_a_table_is_read_in_parts_its_head_alone_or_by_column(tmp_path: Path, suffix: str) -> None:
    numbers = [str(number) for number in range(2_500)]
    cells = pd.DataFrame({"n": numbers, "w": ["x"] * 2_500}, dtype="str")
    path = f"t.{suffix}"
    kind = suffix
    store_parts(
        [cells],
        tmp_path,
        Table.model_validate(
            {"path": path, "role": "side", "rows": 0, "columns": ("n", "w"), "format": kind}
        ),
    )
    (table,) = describe(tmp_path, path)

    parts = list(iter_cells(tmp_path, table, 1_000))

    assert [len(part) for part in parts] == [1_000, 1_000, 500]
    assert pd.concat(parts, ignore_index=True).equals(cells)
    alone = iter_cells(tmp_path, table, 2_000, columns=["w"])
    assert [part.shape for part in alone] == [(2_000, 1), (500, 1)]
    assert load_cells(tmp_path, table, rows=7).equals(cells.head(7))
    assert load_cells(tmp_path, table, columns=["w"]).equals(cells[["w"]])


@pytest.mark.parametrize(
    ("path", "data", "words"),
    [
        ("t.parquet", b"PAR1 and no more", "t.parquet is damaged, cut off or no table"),
        ("t.jsonl", b'{"a": 1}\n{"a": 2}\n{"a', "t.jsonl is damaged, cut off or no table"),
        ("t.json", b'{"name": "x", "parts": ["y"]}', "holds no list of records"),
        ("t.xlsx", b"\xd0\xcf\x11\xe0 locked", "t.xlsx is damaged, cut off or no table"),
        (
            "t.csv.gz",
            gzip.compress(b"a,b\n" + bytes(str(list(range(999))), "ascii"), mtime=0)[:99],
            "cut off",
        ),
        ("t.csv.gz", b"a,b\n1,2\n", "t.csv.gz is damaged or cut off"),
    ],
)
def test_a_damaged_file_is_refused_in_one_sentence(
    tmp_path: Path, path: str, data: bytes, words: str
) -> None:
    (tmp_path / path).write_bytes(data)

    with pytest.raises(InputError, match=words) as refused:
        describe(tmp_path, path)

    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)
