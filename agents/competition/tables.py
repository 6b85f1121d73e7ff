"""Reading and writing csv tables cell by cell, exactly as they were written.

Every cell is text: "" for an empty one, while `NA`, `None` and `nan` stay the words they are and
numbers keep their digits. What a column means is decided elsewhere (`semantics`). A file that
cannot be read raises `InputError` with one sentence: the file, the cause, what to do.
"""

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv

from agents.errors import InputError

DELIMITERS: Final = (",", ";", "\t", "|")
MISSING_WORDS: Final = frozenset(
    {"NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "NULL", "Null", "null", "None", "none"}
    | {"?", "-", "--", ".", "<NA>", "#N/A", "missing", "M"}
)
"""Words that often stand for "nothing" in a column that otherwise holds numbers or dates."""

TRUE_WORDS: Final = frozenset({"true", "t", "yes", "y", "1", "1.0"})
FALSE_WORDS: Final = frozenset({"false", "f", "no", "n", "0", "0.0"})

_DATE_FORMATS: Final = (
    ("ISO8601", r"\d{4}-\d{1,2}(-\d{1,2}([T ]\d{1,2}:\d{2}.*)?)?"),
    ("%Y/%m/%d", r"\d{4}/\d{1,2}/\d{1,2}"),
    ("%Y/%m/%d %H:%M", r"\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}"),
    ("%Y/%m/%d %H:%M:%S", r"\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d{2}:\d{2}"),
    ("%d/%m/%Y", r"\d{1,2}/\d{1,2}/\d{4}"),
    ("%m/%d/%Y", r"\d{1,2}/\d{1,2}/\d{4}"),
    ("%m/%d/%y", r"\d{1,2}/\d{1,2}/\d{2}"),
    ("%d/%m/%Y %H:%M", r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}"),
    ("%m/%d/%Y %H:%M", r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}"),
    ("%m/%d/%Y %H:%M:%S", r"\d{1,2}/\d{1,2}/\d{4} \d{1,2}:\d{2}:\d{2}"),
    ("%d.%m.%Y", r"\d{1,2}\.\d{1,2}\.\d{4}"),
    ("%d.%m.%Y %H:%M", r"\d{1,2}\.\d{1,2}\.\d{4} \d{1,2}:\d{2}"),
    ("%d-%b-%Y", r"\d{1,2}-[A-Za-z]{3}-\d{4}"),
    ("%d %b %Y", r"\d{1,2} [A-Za-z]{3} \d{4}"),
    ("%d %B %Y", r"\d{1,2} [A-Za-z]{4,9} \d{4}"),
    ("%B %d, %Y", r"[A-Za-z]{3,9} \d{1,2}, \d{4}"),
)
_BLOCK: Final = 1 << 22
_HEAD: Final = 1 << 16
_ENOUGH: Final = 0.95
_FIRST_DATES: Final = 20
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def sniff(path: Path) -> tuple[str, str]:
    """Find out how a csv file is written.

    Returns:
        Encoding (`utf-8`, `utf-8-sig`, `utf-16`, or `latin-1` when nothing else fits), delimiter.

    Raises:
        InputError: The file is empty, unreadable or not text.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise InputError(f"{path.name} cannot be read: {error.strerror}.") from error
    if not head.strip():
        raise InputError(
            f"{path.name} is empty: put a table with a header there or remove the file."
        )
    encoding = _encoding(path, head)
    if "\0" in (text := codecs.decode(head, encoding, "ignore")):
        raise InputError(
            f"{path.name} is not a text file although its name says csv: export it again."
        )
    return encoding, _delimiter(text, whole=len(head) < _HEAD)


def read_header(path: Path, *, delimiter: str = ",", encoding: str = "utf-8") -> tuple[str, ...]:
    """Read the column names; a nameless one is called `Unnamed: 0` and so on, as pandas does.

    Raises:
        InputError: No header, or two columns of one name.
    """
    names = next((row for _, row in _records(path, delimiter, encoding)), [])
    if not any(name.strip() for name in names):
        raise InputError(f"{path.name} has no header: put the column names into its first line.")
    if _looks_like_data(names):
        raise InputError(
            f"{path.name} begins with numbers ({', '.join(names[:3])}, …) instead of column names: "
            "put a header into its first line."
        )
    header = tuple(name or f"Unnamed: {place}" for place, name in enumerate(names))
    if twice := next((name for name in header if header.count(name) > 1), None):
        raise InputError(f"{path.name} has two columns called {twice!r}: rename one of them.")
    return header


def read_cells(
    path: Path,
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    rows: int | None = None,
    columns: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Read a table with every cell verbatim as text ("" for an empty one).

    Args:
        path: The csv file.
        delimiter: As `sniff` found it.
        encoding: As `sniff` found it.
        rows: Read only so many rows from the top.
        columns: Read only these columns (much faster on wide tables).

    Raises:
        InputError: The file is empty, has no usable header, ragged rows (the message has the line
            number), an unclosed quote, or bytes that are not text.
    """
    header = read_header(path, delimiter=delimiter, encoding=encoding)
    try:
        table = _read_arrow(path, (delimiter, encoding), header, rows, columns)
    except (pa.ArrowInvalid, UnicodeError) as error:
        raise _explained(path, delimiter, encoding, str(error)) from error
    frame: pd.DataFrame = table.to_pandas(
        types_mapper={pa.string(): pd.StringDtype(na_value=np.nan)}.get
    )
    if rows is None and columns is None and _ends_inside_quotes(path, frame):
        raise _explained(path, delimiter, encoding, "unclosed quote")
    return frame


def write_cells(frame: pd.DataFrame, path: Path) -> None:
    """Write a table of texts as csv: utf-8, comma, minimal quoting, line feeds."""
    frame.to_csv(path, index=False, encoding="utf-8", lineterminator="\n", na_rep="")


def to_numbers(cells: pd.Series, missing_words: Sequence[str] = ()) -> pd.Series:
    """Turn cells into floats: NaN where empty, a missing word, or not a finite number."""
    words = cells.where(~cells.isin(list(missing_words)), "") if missing_words else cells
    numbers = pd.to_numeric(words, errors="coerce").astype("float64")
    return numbers.where(np.isfinite(numbers))


def to_booleans(cells: pd.Series) -> pd.Series:
    """Turn cells such as `True`, `no`, `1` into 1.0 and 0.0; NaN for anything else."""
    meaning = dict.fromkeys(TRUE_WORDS, 1.0) | dict.fromkeys(FALSE_WORDS, 0.0)
    return cells.str.strip().str.lower().map(meaning).astype("float64")


def date_format(cells: pd.Series) -> str | None:
    """The date format that ≥ 95 % of the non-empty cells follow, or None."""
    filled = cells[(cells != "") & ~cells.isin(list(MISSING_WORDS))]
    first = filled.head(_FIRST_DATES).tolist()
    for written, pattern in _DATE_FORMATS:
        if sum(bool(re.fullmatch(pattern, cell)) for cell in first) <= len(first) // 2:
            continue
        if pd.to_datetime(filled, format=written, errors="coerce").notna().mean() >= _ENOUGH:
            return written
    return None


def to_dates(cells: pd.Series, written: str) -> pd.Series:
    """Turn cells into timestamps (NaT where they do not follow the format)."""
    dates = pd.to_datetime(cells, format=written, errors="coerce", utc=True)
    return dates.dt.tz_localize(None)


def _encoding(path: Path, head: bytes) -> str:
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "latin-1"
    return "utf-8"


def _delimiter(text: str, *, whole: bool) -> str:
    """The candidate that cuts most lines into the same number of columns, most columns first."""

    def quality(candidate: str) -> tuple[float, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=candidate) if row]
        if not widths or widths[0] < 2:
            return 0.0, 0
        return sum(width == widths[0] for width in widths) / len(widths), widths[0]

    lines = text.splitlines(keepends=True)[: 100 if whole else -1][:100]
    try:
        return max(DELIMITERS, key=quality) if any(map(quality, DELIMITERS)) else ","
    except csv.Error:
        return ","


def _looks_like_data(names: Sequence[str]) -> bool:
    """Whether a "header" is a first row of numbers (0, 1, 2, … are names that pandas writes)."""
    if len(names) < 2 or list(names) == [str(place) for place in range(len(names))]:
        return False
    return bool(pd.to_numeric(pd.Series(list(names)), errors="coerce").notna().all())


def _read_arrow(
    path: Path,
    written: tuple[str, str],
    header: Sequence[str],
    rows: int | None,
    columns: Sequence[str] | None,
) -> pa.Table:
    delimiter, encoding = written
    reader = arrow_csv.open_csv(
        path,
        read_options=arrow_csv.ReadOptions(
            block_size=_block_size(path, rows),
            encoding="utf-8" if encoding == "utf-8-sig" else encoding,
            column_names=list(header),
            skip_rows_after_names=1,
        ),
        parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()),
            strings_can_be_null=False,
            include_columns=list(columns) if columns is not None else None,
        ),
    )
    with reader:
        if rows is None:
            return reader.read_all()
        return pa.Table.from_batches(_batches(reader, rows), reader.schema).slice(0, rows)


def _block_size(path: Path, rows: int | None) -> int:
    """A row must fit into a block, but small ones do when only the top is wanted."""
    return min(max(path.stat().st_size, 1), 1 << (24 if rows is None else 22))


def _batches(reader: arrow_csv.CSVStreamingReader, rows: int) -> Iterator[pa.RecordBatch]:
    read = 0
    for batch in reader:
        yield batch
        read += batch.num_rows
        if read >= rows:
            return


def _records(path: Path, delimiter: str, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """Rows as Python's own strict reader sees them, each with the line on which it begins."""
    csv.field_size_limit(1 << 30)
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        begins = 1
        for row in reader:
            if row:
                yield begins, row
            begins = reader.line_num + 1


def _explained(path: Path, delimiter: str, encoding: str, cause: str) -> InputError:
    """Find the place that made the fast reader stop; only ever runs on a broken file."""
    begins = 1
    try:
        records = _records(path, delimiter, encoding)
        width = len(next(records)[1])
        for begins, row in records:
            if len(row) != width:
                return InputError(
                    f"{path.name}, line {begins}: {len(row)} cells where the header has {width}; "
                    "mend that line or quote the cell that holds a delimiter."
                )
    except csv.Error:
        return InputError(
            f"{path.name}: a quoted cell that begins after line {begins} is never closed; "
            "close the quote or export the file again."
        )
    except UnicodeError:
        return InputError(f"{path.name} is not {encoding} text throughout: save it as utf-8.")
    return InputError(f"{path.name} cannot be read as a table: {cause.splitlines()[0]}.")


def _ends_inside_quotes(path: Path, frame: pd.DataFrame) -> bool:
    """Whether an unclosed quote swallowed the rest of the file; the fast reader accepts that."""
    if frame.empty or "\n" not in str(frame.iloc[-1, -1]):
        return False
    with path.open("rb") as file:
        blocks = iter(lambda: file.read(_BLOCK), b"")
        return sum(block.count(b'"') for block in blocks) % 2 == 1
