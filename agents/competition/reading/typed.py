"""Tables in files that know types or hold several tables: parquet, json and Excel, read as cells.

Every function takes an open binary file and gives a table of texts. Malformed content raises what
the libraries raise (`ValueError`, `OSError`, `KeyError`, `zipfile.BadZipFile`), sound content that
is no table `NoRecordsError`; `loading` turns either into one sentence for people. Programs that the
engine writes carry copies of these functions.
"""

import json
from collections.abc import Iterator
from itertools import zip_longest
from typing import IO, Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq

from agents.competition.reading.cells import arrow_frame, text_frame


class NoRecordsError(ValueError):
    """A json file is sound but holds no table."""


def read_parquet(file: IO[bytes]) -> pd.DataFrame:
    """Read a parquet file."""
    return arrow_frame(pq.read_table(file))


def read_records(file: IO[bytes], columns: list[str] | None = None) -> pd.DataFrame:
    """Read a json file: a list of records, a record a line, or an object of columns.

    Args:
        file: The file.
        columns: Which to read; None for all that any record has, in the order of appearance.
    """
    records = list(iter_records(file))
    names = columns or list(dict.fromkeys(name for record in records for name in record))
    return text_frame(names, ([record.get(name) for name in names] for record in records))


def iter_records(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    """The records of a json file, one by one where every line holds one.

    Raises:
        ValueError: It is no json.
        NoRecordsError: It holds no table.
    """
    first = file.readline()
    try:
        record = json.loads(first.decode("utf-8-sig"))
        lines = isinstance(record, dict)
    except ValueError:
        record, lines = None, False
    if lines and (second := next((line for line in file if line.strip()), b"")):
        yield record
        yield json.loads(second)
        yield from (json.loads(line) for line in file if line.strip())
    else:
        yield from records_in(json.loads((first + file.read()).decode("utf-8-sig")))


def records_in(held: object) -> list[dict[str, Any]]:
    """The records of a json value: those in its only list or under its keys, columns', or itself.

    Raises:
        NoRecordsError: It holds no table.
    """
    if isinstance(held, dict):
        inner = [value for value in held.values() if isinstance(value, list) and value]
        tables = [value for value in inner if isinstance(value[0], dict)]
        if len(tables) == 1:
            return records_in(tables[0])
        if inner and len(inner) == len(held) and len({len(value) for value in inner}) == 1:
            return [dict(zip(held, row, strict=True)) for row in zip(*inner, strict=True)]
        if held and all(isinstance(value, dict) for value in held.values()):
            return records_by_key(held) if go_by_key(held) else records_of_columns(held)
        if held and not any(isinstance(value, list | dict) for value in held.values()):
            return [held]
    if isinstance(held, list) and held and all(isinstance(one, dict) for one in held):
        return held
    raise NoRecordsError("it holds no list of records")


def go_by_key(held: dict[str, dict[str, Any]]) -> bool:
    """Whether objects in an object are records by their key, and no columns by their name.

    There are more records than columns, and columns have names where rows have numbers.
    """
    inner = {name for record in held.values() for name in record}
    return len(held) > len(inner) > 1 and not any(name.isdecimal() for name in inner)


def records_by_key(held: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The records of an object from key to record, with the key as a column."""
    return [{"key": key} | record for key, record in held.items()]


def records_of_columns(held: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The records of columns that are objects from row label to value, as pandas writes them."""
    labels = dict.fromkeys(label for column in held.values() for label in column)
    return [{name: column.get(label) for name, column in held.items()} for label in labels]


def read_sheet(file: IO[bytes], name: str) -> pd.DataFrame:
    """Read one sheet of an Excel workbook: column names on its first row, values as computed."""
    rows = sheet_rows(file, name)
    header = next(rows)
    width = len(header)
    return text_frame(header, (row[:width] for row in rows))


def sheet_rows(file: IO[bytes], name: str) -> Iterator[list[Any]]:
    """The rows of a sheet, the column names first, each as wide as these; empty rows left out."""
    book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    try:
        sheet = book[name]
        sheet.reset_dimensions()
        rows = (list(row) for row in sheet.iter_rows(values_only=True))
        filled = (row for row in rows if any(value is not None for value in row))
        header = next(filled, [])
        while header and header[-1] is None:
            header.pop()
        yield [
            f"Unnamed: {place}" if value is None else str(value)
            for place, value in enumerate(header)
        ]
        for row in filled:
            yield [value for value, _ in zip_longest(row[: len(header)], header)]
    finally:
        book.close()
