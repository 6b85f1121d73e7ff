"""Reading and writing csv tables cell by cell, exactly as they were written.

Every cell is text: "" for an empty one, while `NA`, `None` and `nan` stay the words they are and
numbers keep their digits. What a column means is decided elsewhere (`semantics`). A file that
cannot be read raises `InputError` with one sentence: the file, the cause, what to do.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv
from typing_extensions import override

from agents.competition.reading.containers import DAMAGES, damaged, open_binary, shown
from agents.competition.reading.encodings import encoding_of
from agents.errors import InputError

DELIMITERS: Final = (",", ";", "\t", "|")
MISSING_WORDS: Final = frozenset(
    {"NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "NULL", "Null", "null", "None", "none"}
    | {"?", "-", "--", ".", "<NA>", "#N/A", "missing", "M"}
)
"""Words that often stand for "nothing" in a column that otherwise holds numbers or dates."""

TRUE_WORDS: Final = frozenset({"true", "t", "yes", "y", "1", "1.0"})
FALSE_WORDS: Final = frozenset({"false", "f", "no", "n", "0", "0.0"})

COMPACT_DATE: Final = "%Y%m%d"
"""Dates in digits only, which are numbers at first sight."""
_DATE_FORMATS: Final = (
    ("ISO8601", r"\d{4}-\d{1,2}(-\d{1,2}([T ]\d{1,2}:\d{2}.*)?)?"),
    ("%Y-%m-%d %H:%M:%S UTC", r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} UTC"),
    ("%Y%m%d%H%M%SZ", r"(19|20)\d{12}Z"),
    ("%Y%m%d%H%M%S", r"(19|20)\d{12}"),
    ("%Y/%m/%d", r"\d{4}/\d{1,2}/\d{1,2}"),
    ("%Y/%m/%d %H:%M", r"\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}"),
    ("%Y/%m/%d %H:%M:%S", r"\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}:\d{2}"),
    ("%d/%m/%Y", r"\d{1,2}/\d{1,2}/\d{4}"),
    ("%m/%d/%Y", r"\d{1,2}/\d{1,2}/\d{4}"),
    ("%m/%d/%y", r"\d{1,2}/\d{1,2}/\d{2}"),
    ("%d/%m/%y", r"\d{1,2}/\d{1,2}/\d{2}"),
    ("%d/%m/%Y %H:%M", r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}"),
    ("%m/%d/%Y %H:%M", r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}"),
    ("%d/%m/%Y %H:%M:%S", r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}:\d{2}"),
    ("%m/%d/%Y %H:%M:%S", r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}:\d{2}"),
    ("%m/%d/%Y %I:%M:%S %p", r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}:\d{2} [AaPp][Mm]"),
    ("%d-%m-%Y", r"\d{1,2}-\d{1,2}-\d{4}"),
    ("%m-%d-%Y", r"\d{1,2}-\d{1,2}-\d{4}"),
    ("%d-%m-%Y %H:%M", r"\d{1,2}-\d{1,2}-\d{4} \d{1,2}:\d{2}"),
    ("%Y.%m.%d", r"\d{4}\.\d{1,2}\.\d{1,2}"),
    (COMPACT_DATE, r"(19|20)\d{6}"),
    ("%d.%m.%Y", r"\d{1,2}\.\d{1,2}\.\d{4}"),
    ("%d.%m.%Y %H:%M", r"\d{1,2}\.\d{1,2}\.\d{4} \d{1,2}:\d{2}"),
    ("%d-%b-%Y", r"\d{1,2}-[A-Za-z]{3}-\d{4}"),
    ("%d-%b-%y", r"\d{1,2}-[A-Za-z]{3}-\d{2}"),
    ("%d %b %Y", r"\d{1,2} [A-Za-z]{3} \d{4}"),
    ("%d %B %Y", r"\d{1,2} [A-Za-z]{4,9} \d{4}"),
    ("%B %d, %Y", r"[A-Za-z]{3,9} \d{1,2}, \d{4}"),
    ("%b %d, %Y", r"[A-Za-z]{3} \d{1,2}, \d{4}"),
)
_DATE_PATTERNS: Final = {written: re.compile(pattern) for written, pattern in _DATE_FORMATS}
_DECIMAL_COMMA: Final = r"\s*-?(\d{1,3}(\.\d{3})+|\d*),\d+\s*"
_THOUSANDS: Final = r"\s*-?[1-9]\d{0,2}(,\d{3})+(\.\d+)?\s*"
_BLOCK: Final = 1 << 22
_HEAD: Final = 1 << 16
LONGEST_NAME: Final = 10_000
"""Letters of a column's name; a longer one is somebody's data."""
_ARROW_BLOCK: Final = 1 << 24
_ENOUGH: Final = 0.95
_FIRST_DATES: Final = 20
_LONG_NAME: Final = 40
_FEW_WORDS: Final = 2


class Dialect(NamedTuple):
    """How a csv file is written."""

    encoding: str = "utf-8"
    delimiter: str = ","
    errors: Literal["strict", "replace"] = "strict"


COMMA: Final = Dialect()
"""The plainest csv: utf-8 and commas."""


def sniff(path: Path) -> Dialect:
    """Find out how a csv file is written; the whole of it passes through, but in blocks.

    Raises:
        InputError: The file is empty, unreadable, damaged or not text.
    """
    try:
        with open_binary(path) as file:
            head = file.read(_HEAD)
        if not head.strip():
            raise InputError(
                f"{shown(path)} is empty: put a table with a header there or remove the file."
            )
        encoding, errors = encoding_of(lambda: blocks_of(path))
    except ValueError as error:
        raise InputError(
            f"{shown(path)} is not a text file although its name says so ({error}): export it "
            "again."
        ) from error
    except DAMAGES as error:
        raise damaged(path, error) from error
    text = codecs.getincrementaldecoder(encoding)("ignore").decode(head)
    return Dialect(encoding, delimiter_of(text, whole=len(head) < _HEAD), errors)


def blocks_of(path: Path) -> Iterator[bytes]:
    """The bytes of a file, unpacked, in blocks."""
    with open_binary(path) as file:
        while block := file.read(_BLOCK):
            yield block


def read_header(path: Path, dialect: Dialect = COMMA) -> tuple[str, ...]:
    """Read the column names; a nameless one is called `Unnamed: 0` and so on, as pandas does.

    Raises:
        InputError: No header, or two columns of one name.
    """
    try:
        names = next((row for _, row in _records(path, dialect)), [])
    except csv.Error as error:
        raise InputError(
            f"{shown(path)} has no readable header ({error}): put the column names into its first "
            "line."
        ) from error
    if _looks_like_data(names):
        raise InputError(
            f"{shown(path)} begins with numbers ({', '.join(names[:3])}, …) instead of column "
            "names: put a header into its first line."
        )
    return checked_header(shown(path), names)


def checked_header(where: str, names: Sequence[str]) -> tuple[str, ...]:
    """Column names that can be used.

    Raises:
        InputError: There are none, two are the same, or one is no name; the sentence begins with
            `where`.
    """
    if not any(name.strip() for name in names):
        raise InputError(f"{where} has no header: put the column names into its first line.")
    header = tuple(name or f"Unnamed: {place}" for place, name in enumerate(names))
    for place, name in enumerate(header, start=1):
        if len(name) > LONGEST_NAME:
            raise InputError(
                f"{where} has a name of {len(name):,} letters in column {place}: give it a name, "
                "or put the column names into its first line."
            )
    if twice := next((name for name in header if header.count(name) > 1), None):
        raise InputError(f"{where} has two columns called {twice!r}: rename one of them.")
    return header


def read_cells(
    path: Path,
    *,
    dialect: Dialect = COMMA,
    rows: int | None = None,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Read a csv table with every cell verbatim as text ("" for an empty one).

    Args:
        path: The csv file; it may be gzipped, or lie in an archive.
        dialect: As `sniff` found it.
        rows: Read only so many rows from the top.
        columns: Read only these columns (much faster on wide tables).

    Raises:
        InputError: The file is empty, has no usable header, ragged rows (the message has the line
            number), an unclosed quote, or bytes that are not text.
    """
    found: list[pa.RecordBatch] = []
    with _explaining(path, dialect):
        schema, batches = _batches(path, dialect, columns, small=rows is not None)
        for batch in batches:
            found.append(batch)
            if rows is not None and sum(one.num_rows for one in found) >= rows:
                break
    frame = _frame(pa.Table.from_batches(found, schema).slice(0, rows))
    if rows is None and columns is None and _ends_inside_quotes(path, frame):
        raise _explained(path, dialect, "unclosed quote")
    return frame


def count_rows(path: Path, dialect: Dialect = COMMA) -> int:
    """How many rows a csv table has; the whole of it is parsed, so that damage comes out.

    Raises:
        InputError: As `read_cells` does.
    """
    rows, last = 0, pd.DataFrame()
    with _explaining(path, dialect):
        header = read_header(path, dialect)
        _, batches = _batches(path, dialect, [header[-1]], small=True)
        for batch in batches:
            rows += batch.num_rows
            last = _frame(pa.Table.from_batches([batch.slice(max(0, batch.num_rows - 1))]))
    if _ends_inside_quotes(path, last):
        raise _explained(path, dialect, "unclosed quote")
    return rows


def iter_csv(
    path: Path, dialect: Dialect = COMMA, columns: Sequence[str] | None = None
) -> Iterator[pd.DataFrame]:
    """Read a csv table, or some columns of it, in parts of some megabytes, every cell as text.

    Raises:
        InputError: As `read_cells` does, but an unclosed quote may go unnoticed.
    """
    with _explaining(path, dialect):
        _, batches = _batches(path, dialect, columns, small=True)
        for batch in batches:
            yield _frame(pa.Table.from_batches([batch]))


def write_cells(frame: pd.DataFrame, path: Path) -> None:
    """Write a table of texts as csv: utf-8, comma, minimal quoting, line feeds."""
    frame.to_csv(path, index=False, encoding="utf-8", lineterminator="\n", na_rep="")


def to_numbers(cells: pd.Series, missing_words: Sequence[str] = ()) -> pd.Series:
    """Turn cells into floats: NaN where empty, a missing word, or not a finite number."""
    words = cells.where(~cells.isin(list(missing_words)), "") if missing_words else cells
    numbers = pd.to_numeric(words, errors="coerce").astype("float64")
    return numbers.where(np.isfinite(numbers))


def comma_columns(cells: pd.DataFrame) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Columns of numbers with a decimal comma, and those with commas between thousands.

    Every cell of such a column that has a comma is such a number, and all others are numbers or
    words for nothing. Where both readings are possible (`1,234`), commas are between thousands.
    """
    decimals, thousands = [], []
    for name in cells:
        comma = cells[name].str.contains(",", regex=False)
        written, others = cells[name][comma], cells[name][~comma]
        others = others[(others != "") & ~others.isin(list(MISSING_WORDS))]
        if not comma.any() or pd.to_numeric(others, errors="coerce").isna().any():
            continue
        if written.str.fullmatch(_THOUSANDS).all():
            thousands.append(str(name))
        elif written.str.fullmatch(_DECIMAL_COMMA).all():
            decimals.append(str(name))
    return tuple(decimals), tuple(thousands)


def without_commas(
    cells: pd.DataFrame, decimals: Sequence[str], thousands: Sequence[str]
) -> pd.DataFrame:
    """Write numbers as computers do: `1.234,5` becomes `1234.5`, and `1,234,567` `1234567`."""
    plain = {}
    for name in [name for name in decimals if name in cells]:
        written = cells[name].str.fullmatch(_DECIMAL_COMMA)
        pointed = cells[name].str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
        plain[name] = cells[name].where(~written, pointed)
    for name in [name for name in thousands if name in cells]:
        written = cells[name].str.fullmatch(_THOUSANDS)
        plain[name] = cells[name].where(~written, cells[name].str.replace(",", "", regex=False))
    return cells.assign(**plain)


def to_booleans(cells: pd.Series) -> pd.Series:
    """Turn cells such as `True`, `no`, `1` into 1.0 and 0.0; NaN for anything else."""
    meaning = dict.fromkeys(TRUE_WORDS, 1.0) | dict.fromkeys(FALSE_WORDS, 0.0)
    return cells.str.strip().str.lower().map(meaning).astype("float64")


def date_format(cells: pd.Series) -> str | None:
    """The date format that ≥ 95 % of the non-empty cells follow, or None."""
    words = (cell for cell in cells.tolist() if cell and cell not in MISSING_WORDS)
    first = list(islice(words, _FIRST_DATES))
    likely = [
        written
        for written, pattern in _DATE_PATTERNS.items()
        if sum(pattern.fullmatch(cell) is not None for cell in first) > len(first) // 2
    ]
    # Tables may have thousands of columns, nearly none of them dates.
    filled = cells[(cells != "") & ~cells.isin(list(MISSING_WORDS))] if likely else cells
    for written in likely:
        if pd.to_datetime(filled, format=written, errors="coerce").notna().mean() >= _ENOUGH:
            return written
    return None


def to_dates(cells: pd.Series, written: str) -> pd.Series:
    """Turn cells into timestamps (NaT where they do not follow the format)."""
    dates = pd.to_datetime(cells, format=written, errors="coerce", utc=True)
    return dates.dt.tz_localize(None)


def delimiter_of(text: str, *, whole: bool) -> str:
    """The candidate that cuts most lines into the same number of columns, most columns first.

    Args:
        text: The beginning of a file.
        whole: Whether it is all of the file; otherwise its last line may be cut off.
    """
    lines = text.splitlines(keepends=True)[: 100 if whole else -1][:100]
    try:
        merits = {candidate: _merit(lines, candidate) for candidate in DELIMITERS}
    except csv.Error:
        return ","
    return max(DELIMITERS, key=lambda candidate: merits[candidate]) if any(merits.values()) else ","


def looks_like_table(text: str, *, whole: bool) -> bool:
    """Whether the beginning of a text is a table and no prose: every line has as many cells.

    The first line must hold short, different names, two more lines must follow it, and where
    commas or semicolons separate, most cells must be one word or two.
    """
    lines = [line for line in text.splitlines()[: None if whole else -1][:100] if line.strip()]
    delimiter = delimiter_of("\n".join(lines), whole=True)
    share, width = _merit(lines, delimiter)
    if len(lines) < 3 or share < 1 or width < 2:
        return False
    names, *rows = [
        [cell.strip() for cell in row] for row in csv.reader(lines, delimiter=delimiter)
    ]
    brief = [len(cell.split()) <= _FEW_WORDS for row in rows for cell in row]
    distinct = len(set(names)) == width and all(0 < len(name) <= _LONG_NAME for name in names)
    terse = delimiter in "\t|" or sum(brief) > len(brief) / 2
    return distinct and terse


def _merit(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
    if not widths or widths[0] < 2:
        return 0.0, 0
    return sum(width == widths[0] for width in widths) / len(widths), widths[0]


def _looks_like_data(names: Sequence[str]) -> bool:
    """Whether a "header" is a first row of numbers (0, 1, 2, … are names that pandas writes)."""
    if len(names) < 2 or list(names) == [str(place) for place in range(len(names))]:
        return False
    return bool(pd.to_numeric(pd.Series(list(names)), errors="coerce").notna().all())


def _frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas(
        types_mapper={pa.string(): pd.StringDtype(na_value=np.nan)}.get
    )
    return frame


def _batches(
    path: Path, dialect: Dialect, columns: Sequence[str] | None, *, small: bool
) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Open a file with Arrow's reader: its columns, and what it holds part by part.

    The reader runs up to 32 blocks ahead of whoever takes them, hence `small` ones where memory
    counts or only the top is wanted; a row must fit into a block.
    """
    header = read_header(path, dialect)
    plain = path.is_file() and dialect.errors == "strict"
    encoding = "utf-8" if dialect.encoding == "utf-8-sig" else dialect.encoding
    source = path if plain else _Recoded(path, dialect)
    reader = arrow_csv.open_csv(
        source,
        read_options=arrow_csv.ReadOptions(
            block_size=_block_size(path, _BLOCK if small else _ARROW_BLOCK),
            encoding=encoding if plain else "utf-8",
            column_names=list(header),
            skip_rows_after_names=1,
        ),
        parse_options=arrow_csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()),
            strings_can_be_null=False,
            include_columns=list(columns) if columns is not None else None,
        ),
    )
    return reader.schema, _closing(reader)


def _closing(reader: arrow_csv.CSVStreamingReader) -> Iterator[pa.RecordBatch]:
    with reader:
        yield from reader


def _block_size(path: Path, most: int) -> int:
    if not path.is_file() or path.suffix.lower() == ".gz":
        return most
    return min(max(path.stat().st_size, 1), most)


class _Recoded(io.RawIOBase):
    """A file's text as utf-8."""

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self._file = open_binary(path)
        self._decoder = codecs.getincrementaldecoder(dialect.encoding)(dialect.errors)
        self._waiting = b""

    @override
    def readable(self) -> bool:
        return True

    @override
    def read(self, size: int | None = -1) -> bytes:
        wanted = _BLOCK if size is None or size < 0 else size
        while len(self._waiting) < wanted:
            block = self._file.read(_HEAD)
            self._waiting += self._decoder.decode(block, final=not block).encode()
            if not block:
                break
        given, self._waiting = self._waiting[:wanted], self._waiting[wanted:]
        return given

    @override
    def close(self) -> None:
        self._file.close()
        super().close()


def _records(path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Rows as Python's own strict reader sees them, each with the line on which it begins."""
    csv.field_size_limit(1 << 30)
    with (
        open_binary(path) as file,
        io.TextIOWrapper(
            file, encoding=dialect.encoding, errors=dialect.errors, newline=""
        ) as text,
    ):
        reader = csv.reader(text, delimiter=dialect.delimiter, strict=True)
        begins = 1
        for row in reader:
            if row:
                yield begins, row
            begins = reader.line_num + 1


@contextmanager
def _explaining(path: Path, dialect: Dialect) -> Iterator[None]:
    """Say in one sentence what the fast reader stumbles over."""
    try:
        yield
    except (pa.ArrowInvalid, UnicodeError) as error:
        raise _explained(path, dialect, str(error)) from error
    except DAMAGES as error:
        raise damaged(path, error) from error


def _explained(path: Path, dialect: Dialect, cause: str) -> InputError:
    """Find the place that made the fast reader stop; only ever runs on a broken file."""
    begins, name = 1, shown(path)
    try:
        records = _records(path, dialect)
        width = len(next(records)[1])
        for begins, row in records:
            if len(row) != width:
                return _ragged(name, begins, (len(row), width), last=next(records, None) is None)
    except csv.Error:
        return InputError(
            f"{name}: a quoted cell that begins after line {begins} is never closed; close the "
            "quote or export the file again."
        )
    except UnicodeError:
        return InputError(f"{name} is not {dialect.encoding} text throughout: save it as utf-8.")
    except DAMAGES as error:
        return damaged(path, error)
    return InputError(f"{name} cannot be read as a table: {cause.splitlines()[0]}.")


def _ragged(name: str, line: int, cells: tuple[int, int], *, last: bool) -> InputError:
    found, width = cells
    if last and found < width:
        return InputError(
            f"{name} seems cut off: its last line, {line}, has {found} cells where the header has "
            f"{width}; get the whole file again or remove that line."
        )
    return InputError(
        f"{name}, line {line}: {found} cells where the header has {width}; mend that line or quote "
        "the cell that holds a delimiter."
    )


def _ends_inside_quotes(path: Path, frame: pd.DataFrame) -> bool:
    """Whether an unclosed quote swallowed the rest of the file; the fast reader accepts that."""
    if frame.empty or "\n" not in str(frame.iloc[-1, -1]):
        return False
    return sum(block.count(b'"') for block in blocks_of(path)) % 2 == 1
