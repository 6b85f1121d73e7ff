"""Loading the tables of a competition, whatever kind of file holds them; `storing` writes them.

`describe` finds out once how a file is written; what it finds is kept in `Table`, by which
`load_cells` and `iter_cells` read. All cells are texts (see `tables` and `cells`); numbers with a
decimal comma are the only ones that are not left as they are written.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, Final

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from agents.competition.reading.cells import arrow_frame, text_frame
from agents.competition.reading.containers import DAMAGES, damaged, open_binary, shown
from agents.competition.reading.encodings import decode
from agents.competition.reading.tables import (
    Dialect,
    checked_header,
    comma_columns,
    count_rows,
    iter_csv,
    looks_like_table,
    read_cells,
    read_header,
    sniff,
    without_commas,
)
from agents.competition.reading.typed import NoRecordsError, iter_records, sheet_rows
from agents.errors import InputError
from agents.models import Table, TableFormat

_FORMATS: Final[dict[str, TableFormat]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
}
_HEAD_ROWS: Final = 20_000
_FEWEST_RECORDS: Final = 2
_PART_ROWS: Final = 1 << 17
_TEXT_HEAD: Final = 1 << 16
_HEAD: Final = 1 << 22
_COMMA: Final = re.compile(r"\d,\d")
_QUOTED_COMMA: Final = re.compile(r"""["']\s*-?\d{1,3}(,\d{3})+""")
_WRONG: Final = (*DAMAGES, ValueError, KeyError, pa.ArrowException)


class NoTableError(InputError):
    """A file that can be read, but is no table: a map of labels, settings, an outline."""


def format_of(path: str) -> TableFormat | None:
    """The kind of table that a file's name speaks for, or None; `.gz` behind it is ignored."""
    name = path.lower().removesuffix(".gz")
    kind = _FORMATS.get(PurePosixPath(name).suffix)
    return None if kind == "xlsx" and path.lower().endswith(".gz") else kind


def holds_table(folder: Path, path: str) -> bool:
    """Whether a file is meant as a table; a `.txt` file only if all its first lines are alike."""
    if format_of(path) is None:
        return False
    if not path.lower().removesuffix(".gz").endswith(".txt"):
        return True
    try:
        with open_binary(folder / path) as file:
            head = file.read(_TEXT_HEAD)
    except DAMAGES:
        return False
    return looks_like_table(decode(head), whole=len(head) < _TEXT_HEAD)


def describe(folder: Path, path: str) -> tuple[Table, ...]:
    """How a file is written: a table, or one for every sheet of a workbook that holds anything.

    Args:
        folder: The competition.
        path: Of a file with a `format_of`, relative to the competition.

    Returns:
        Tables as side tables.

    Raises:
        NoTableError: The file is sound, but no table.
        InputError: The file cannot be read as a table; one sentence says why and what to do.
    """
    kind = format_of(path)
    if kind == "csv":
        return (_described_csv(folder, path),)
    try:
        if kind == "xlsx":
            return tuple(_sheets(folder, path))
        with open_binary(folder / path) as file:
            if kind == "parquet":
                parquet = pq.ParquetFile(file)
                names, rows = parquet.schema_arrow.names, parquet.metadata.num_rows
            else:
                names, rows = _keys(iter_records(file))
    except _WRONG as error:
        raise _refused(folder / path, error) from error
    columns = checked_header(shown(folder / path), names)
    return (Table(path=path, role="side", rows=rows, columns=columns, format=kind or "csv"),)


def load_cells(
    folder: Path, table: Table, *, rows: int | None = None, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """Read a table with every cell as text ("" for an empty one).

    Args:
        folder: The competition, or a part of a view, where archives and workbooks are folders.
        table: As `describe` found it.
        rows: Read only so many rows from the top.
        columns: Read only these columns, in this order.

    Raises:
        InputError: The file cannot be read as what it was.
    """
    if _is_csv(folder, table):
        cells = read_cells(folder / table.path, dialect=_dialect(table), rows=rows, columns=columns)
        return _plain(_shown(cells, table), table)
    wanted = list(columns if columns is not None else table.columns)
    parts: list[pd.DataFrame] = []
    for part in _typed_parts(folder, table, wanted, rows or _PART_ROWS):
        parts.append(part)
        if rows is not None and sum(map(len, parts)) >= rows:
            break
    whole = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
    return whole if rows is None else whole.head(rows)


def iter_cells(
    folder: Path, table: Table, batch_rows: int, *, columns: Sequence[str] | None = None
) -> Iterator[pd.DataFrame]:
    """Read a table part by part, so that it need not fit into memory; json lists must.

    Args:
        folder: The competition.
        table: As `describe` found it.
        batch_rows: Rows in each part but the last.
        columns: Read only these columns, in this order.

    Raises:
        InputError: The file cannot be read as what it was.
    """
    for part in evenly(_parts(folder, table, batch_rows, columns), batch_rows):
        if len(part):
            yield part


def evenly(parts: Iterable[pd.DataFrame], rows: int) -> Iterator[pd.DataFrame]:
    """The same rows in parts of exactly so many, fewer in the last; an empty part for no rows."""
    waiting: list[pd.DataFrame] = []
    empty = True
    for part in parts:
        waiting.append(part)
        if sum(map(len, waiting)) < rows:
            continue
        joined = pd.concat(waiting, ignore_index=True)
        whole = len(joined) // rows * rows
        for start in range(0, whole, rows):
            yield joined.iloc[start : start + rows].reset_index(drop=True)
        waiting, empty = [joined.iloc[whole:]], False
    if waiting and (empty or sum(map(len, waiting))):
        yield pd.concat(waiting, ignore_index=True)


# --- describing ---------------------------------------------------------------------------------


def _keys(records: Iterator[dict[str, Any]]) -> tuple[list[str], int]:
    """The keys of all records in the order of appearance, and how many records there are."""
    names: dict[str, None] = {}
    count = 0
    for record in records:
        names.update(dict.fromkeys(record))
        count += 1
    if count < _FEWEST_RECORDS:  # one alone is a setting, not a table
        raise NoRecordsError("it holds no list of records")
    return list(names), count


def _described_csv(folder: Path, path: str) -> Table:
    dialect = sniff(folder / path)
    columns = read_header(folder / path, dialect)
    decimals, thousands = _commas(folder / path, dialect)
    return Table(
        path=path,
        role="side",
        rows=count_rows(folder / path, dialect),
        columns=columns,
        encoding=dialect.encoding,
        errors=dialect.errors,
        delimiter=dialect.delimiter,
        decimals=decimals,
        thousands=thousands,
    )


def _commas(path: Path, dialect: Dialect) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns with decimal commas and with commas between thousands, by the first rows.

    Where commas separate cells, one within a cell is hardly a decimal comma.
    """
    with open_binary(path) as file:
        head = codecs.getincrementaldecoder(dialect.encoding)("replace").decode(file.read(_HEAD))
    between = dialect.delimiter == ","
    if not (_QUOTED_COMMA if between else _COMMA).search(head):
        return (), ()
    decimals, thousands = comma_columns(read_cells(path, dialect=dialect, rows=_HEAD_ROWS))
    return () if between else decimals, thousands


def _sheets(folder: Path, path: str) -> Iterator[Table]:
    with open_binary(folder / path) as file:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        names = [sheet.title for sheet in book.worksheets]
        book.close()
        for name in names:
            rows = sheet_rows(file, name)
            if header := next(rows, []):
                where = f"{shown(folder / path)}, sheet {name}"
                columns = checked_header(where, header)
                yield Table(
                    path=f"{path}/{name}",
                    role="side",
                    rows=sum(1 for _ in rows),
                    columns=columns,
                    format="xlsx",
                )


def _refused(path: Path, error: Exception) -> InputError:
    """One sentence about a file that is no table of its kind."""
    if isinstance(error, OSError) and error.strerror:
        return damaged(path, error)
    if isinstance(error, NoRecordsError):
        return NoTableError(f"{shown(path)} is JSON but no table: {error}.")
    cause = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
    return InputError(
        f"{shown(path)} is damaged, cut off or no table ({cause}): get the whole file again or "
        "export it as csv."
    )


# --- loading ------------------------------------------------------------------------------------


def _is_csv(folder: Path, table: Table) -> bool:
    """Whether a table is a csv file, as sheets are in views."""
    in_view = table.format == "xlsx" and (folder / table.path).is_file()
    return table.format == "csv" or in_view


def _dialect(table: Table) -> Dialect:
    return Dialect(table.encoding, table.delimiter, table.errors)


def _shown(cells: pd.DataFrame, table: Table) -> pd.DataFrame:
    """The cells without columns that the person left out."""
    return cells.drop(columns=list(table.left_out), errors="ignore") if table.left_out else cells


def _plain(cells: pd.DataFrame, table: Table) -> pd.DataFrame:
    if table.decimals or table.thousands:
        return without_commas(cells, table.decimals, table.thousands)
    return cells


def _parts(
    folder: Path, table: Table, batch_rows: int, columns: Sequence[str] | None
) -> Iterator[pd.DataFrame]:
    if not _is_csv(folder, table):
        wanted = table.columns if columns is None else columns
        yield from _typed_parts(folder, table, list(wanted), batch_rows)
        return
    for part in iter_csv(folder / table.path, _dialect(table), columns):
        yield _plain(_shown(part, table), table)


def _typed_parts(
    folder: Path, table: Table, columns: list[str], rows: int
) -> Iterator[pd.DataFrame]:
    """Parts of at most so many rows of a table that is no csv; an empty part if it has no rows."""
    path = folder / table.path
    try:
        if table.format == "parquet":
            parts = _parquet_parts(path, columns, rows)
        elif table.format == "xlsx":
            parts = _row_parts(_sheet_values(path, columns), columns, rows)
        else:
            parts = _row_parts(_record_values(path, columns), columns, rows)
        first = next(parts, None)
        yield text_frame(columns, []) if first is None else first
        yield from parts
    except _WRONG as error:
        raise _refused(path, error) from error


def _parquet_parts(path: Path, columns: list[str], rows: int) -> Iterator[pd.DataFrame]:
    with open_binary(path) as file:
        for batch in pq.ParquetFile(file).iter_batches(rows, columns=columns):
            yield arrow_frame(pa.Table.from_batches([batch]).select(columns))


def _row_parts(
    values: Iterator[list[Any]], columns: list[str], rows: int
) -> Iterator[pd.DataFrame]:
    while taken := list(islice(values, rows)):
        yield text_frame(columns, taken)


def _sheet_values(path: Path, columns: list[str]) -> Iterator[list[Any]]:
    with open_binary(path.parent) as file:
        rows = sheet_rows(file, path.name)
        header = next(rows)
        places = [header.index(name) for name in columns]
        yield from ([row[place] for place in places] for row in rows)


def _record_values(path: Path, columns: list[str]) -> Iterator[list[Any]]:
    with open_binary(path) as file:
        yield from ([record.get(name) for name in columns] for record in iter_records(file))
