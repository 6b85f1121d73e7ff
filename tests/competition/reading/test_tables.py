from pathlib import Path

import pandas as pd
import pytest

from agents.competition.reading.tables import (
    Dialect,
    comma_columns,
    date_format,
    looks_like_table,
    read_cells,
    sniff,
    to_booleans,
    to_dates,
    to_numbers,
    without_commas,
    write_cells,
)
from agents.errors import InputError

RUSSIAN = "город;цвет\nКазань;красный\nМосква;зелёный\n"  # noqa: RUF001


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def sniff_and_read(path: Path) -> pd.DataFrame:
    return read_cells(path, dialect=sniff(path))


def test_cells_are_read_as_they_are_written(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", b'a,b,c\n007,NA,1.50\n,None,"x, ""y""\nz"\nnan,"", 2 \n')

    cells = read_cells(path)

    assert cells.to_dict("list") == {
        "a": ["007", "", "nan"],
        "b": ["NA", "None", ""],
        "c": ["1.50", 'x, "y"\nz', " 2 "],
    }


def test_a_table_written_and_read_again_is_the_same(tmp_path: Path) -> None:
    cells = pd.DataFrame({"a": ['quo"te', "", "ü\n"], "b c": ["1,5", "NA", "-"]}, dtype="str")

    write_cells(cells, tmp_path / "t.csv")

    assert read_cells(tmp_path / "t.csv").equals(cells)
    assert b"\r" not in (tmp_path / "t.csv").read_bytes()


@pytest.mark.parametrize(
    ("data", "encoding", "delimiter"),
    [
        (b"a,b\n1,2\n", "utf-8", ","),
        (b"\xef\xbb\xbfa;b\n1,5;2\n", "utf-8-sig", ";"),
        (b"name\tcity\nJos\xe9\tK\xf6ln\n", "cp1252", "\t"),
        (RUSSIAN.encode("cp1251"), "cp1251", ";"),
        (b"a,b\nx\x81y,2\n", "latin-1", ","),
        ("a,b\n1,ü\n".encode("utf-16-le"), "utf-16-le", ","),
        (b'a|b\n"1|1"|2\n', "utf-8", "|"),
        ("a,b\n1,ü\n".encode("utf-16"), "utf-16", ","),
        (b"only\n1\n2\n", "utf-8", ","),
    ],
)
def test_encoding_and_delimiter_are_found(
    tmp_path: Path, data: bytes, encoding: str, delimiter: str
) -> None:
    path = write(tmp_path / "t.csv", data)

    assert sniff(path) == Dialect(encoding, delimiter)
    cells = sniff_and_read(path)
    assert not cells.empty
    assert not cells.columns[0].startswith("\ufeff")


def test_only_the_top_or_some_columns_may_be_read(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", b"a,b\n" + b"1,2\n" * 5_000)

    assert read_cells(path, rows=7).shape == (7, 2)
    assert list(read_cells(path, columns=["b"])) == ["b"]


def test_a_nameless_column_is_called_as_pandas_calls_it(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", b",a\n0,x\n")

    assert list(read_cells(path)) == list(pd.read_csv(path))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "t.csv is empty"),
        (b"\n\n", "t.csv is empty"),
        (b"a,a\n1,2\n", "two columns called 'a'"),
        (b"a," + b"b" * 10_001 + b"\n1,2\n", "a name of 10,001 letters in column 2"),
        (b"1,2.5,3\n4,5,6\n", "begins with numbers"),
        (b"a,b\n1,2\n1,2,3\n", "line 3: 3 cells where the header has 2"),
        (b'a,b\n"x\ny",2\n1\n3,4\n', "line 4: 1 cells where the header has 2"),
        (b'a,b\n1,2\n3,"never closed\n4,5\n', "begins after line .* never closed"),
        (b"\x89PNG\x00\x01\x00,\x00\n", "not a text file"),
        (b"a,b\n" + b"1,2\n" * 40_000 + b"1,\0\n", "zero bytes"),
        (b"a,b\n1,2\n3", "cut off: its last line, 3, has 1 cells where the header has 2"),
    ],
)
def test_an_unusable_file_is_refused_in_one_sentence(
    tmp_path: Path, data: bytes, words: str
) -> None:
    path = write(tmp_path / "t.csv", data)

    with pytest.raises(InputError, match=words) as refused:
        sniff_and_read(path)

    assert str(refused.value).endswith(".")
    assert "\n" not in str(refused.value)


def test_a_few_broken_bytes_do_not_spoil_a_unicode_file(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "a,b\nü,é\n".encode() * 50 + b"caf\xe9,1\n")

    dialect = sniff(path)

    assert dialect == Dialect("utf-8", ",", "replace")
    assert read_cells(path, dialect=dialect)["a"].tolist()[-1] == "caf\ufffd"


def test_a_cell_of_a_megabyte_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", b"a,b\n1,2\n" + b"x" * (1 << 20) + b",3\n")

    assert read_cells(path)["a"].str.len().tolist() == [1, 1 << 20]


def test_commas_in_numbers_are_told_apart_by_the_whole_column() -> None:
    cells = pd.DataFrame(
        {
            "decimal": ["1,5", "-0,25", "1.234,5", "", "7"],
            "thousand": ["1,234", "12,345,678.9", "NA", "5", ""],
            "list": ["1,2", "3,4,5", "", "1", "2"],
            "words": ["1,5", "two", "", "", ""],
        },
        dtype="str",
    )

    decimals, thousands = comma_columns(cells)
    plain = without_commas(cells, decimals, thousands)

    assert (decimals, thousands) == (("decimal",), ("thousand",))
    assert plain["decimal"].tolist() == ["1.5", "-0.25", "1234.5", "", "7"]
    assert plain["thousand"].tolist() == ["1234", "12345678.9", "NA", "5", ""]
    assert plain[["list", "words"]].equals(cells[["list", "words"]])
    assert without_commas(plain, decimals, thousands).equals(plain)


@pytest.mark.parametrize(
    ("text", "is_table"),
    [
        ("a\tb\n1\t2\n3\t4\n", True),
        ("name;age\nx;1\ny;2\n", True),
        ("Dear reader, hello\nthis is prose, really\nand it goes on, and on.\n", False),
        ("One line only, no more\n", False),
        ("a b c\nd e f\ng h i\n", False),
    ],
)
def test_prose_is_no_table(text: str, is_table: bool) -> None:
    assert looks_like_table(text, whole=True) is is_table


def test_words_for_missing_are_no_numbers() -> None:
    cells = pd.Series(["1", " 2.5", "NA", "", "-999", "inf"], dtype="str")

    assert to_numbers(cells, ["-999"]).tolist()[:2] == [1.0, 2.5]
    assert to_numbers(cells, ["-999"]).isna().tolist() == [False, False, True, True, True, True]
    assert to_numbers(cells)[4] == -999


def test_truth_has_many_spellings() -> None:
    truths = to_booleans(pd.Series(["True", "no", "Y", "0", "maybe"], dtype="str"))

    assert truths.tolist()[:4] == [1.0, 0.0, 1.0, 0.0]
    assert pd.isna(truths[4])


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2012-02-03", "2012-02-03"),
        ("2012-02-03T10:00:00", "2012-02-03 10:00"),
        ("03.02.2012", "2012-02-03"),
        ("25/12/2011", "2011-12-25"),
        ("12/25/2011", "2011-12-25"),
        ("February 3, 2012", "2012-02-03"),
        ("Feb 3, 2012", "2012-02-03"),
        ("03-02-2012", "2012-02-03"),
        ("03-Feb-12", "2012-02-03"),
        ("20120203", "2012-02-03"),
        ("2012-02-03 10:00:00 UTC", "2012-02-03 10:00"),
        ("20120203100000Z", "2012-02-03 10:00"),
        ("12/25/2011 07:30:00 PM", "2011-12-25 19:30"),
    ],
)
def test_dates_are_recognised_by_their_cells(written: str, day: str) -> None:
    cells = pd.Series([written, "", written], dtype="str")

    found = date_format(cells)

    assert found is not None
    assert to_dates(cells, found)[0] == pd.Timestamp(day)
    assert pd.isna(to_dates(cells, found)[1])


def test_numbers_and_words_are_no_dates() -> None:
    assert date_format(pd.Series(["2011", "2012"], dtype="str")) is None
    assert date_format(pd.Series(["12-13", "x"], dtype="str")) is None
    assert date_format(pd.Series(["20121301", "20120230"], dtype="str")) is None
