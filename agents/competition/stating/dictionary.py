"""Data dictionaries: what every column means, in a table or a text of its own.

A table is a dictionary if most cells of one of its first columns are names of the training table's
columns (so it is no side table). In a text, entries are lines that begin with a column's name, or
rows of a table between `|`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd

from agents.competition.reading.description import find_dictionary, read_text
from agents.competition.reading.files import list_files
from agents.competition.reading.loading import describe, holds_table, load_cells
from agents.competition.stating.layout import Layout, read_texts
from agents.errors import InputError
from agents.models import SemanticType, Table, Task

_MOST_ROWS: Final = 5_000
_LARGEST: Final = 4 << 20
_NAMED: Final = 0.5
_FEWEST: Final = 2
_NAME_COLUMNS: Final = 3
_MEANING: Final = re.compile(r"desc|meaning|defin|explan|label|detail|comment|note|about", re.I)
_VALUES: Final = re.compile(r"value|level|code|categor|domain|range|option|key", re.I)
_TYPE: Final = re.compile(r"type|kind|class|format|measure", re.I)
_KINDS: Final[Sequence[tuple[SemanticType, str]]] = (
    ("identifier", r"\bid(entifier)?\b|primary key|\buuid\b"),
    ("date", r"date|\btime(stamp)?\b"),
    ("boolean", r"bool|\bbinary\b|\bflag\b|yes/no|true/false"),
    ("category", r"categor|nominal|ordinal|\benum|factor|\bcodes?\b|qualitative"),
    ("number", r"numer|\bint|float|double|real\b|continuous|decimal|count|quantit|amount"),
    ("text", r"free text|\btext\b"),
)
_CODE: Final = re.compile(
    r"(?:^|[,;(|/]|\bor\b|\band\b|\n)\s*[`'\"]?([\w.+-]{1,20})[`'\"]?\s*(?:=|:|\u2013|->| - )"
)
_ENTRY: Final = r"^\s*(?:[-*|]\s*)?[`*\"]*({names})[`*\"]*\s*(?:[:|=,\t]|\s[-\u2013]\s)\s*(.*)$"


class DictionaryEntry(NamedTuple):
    """What a data dictionary says about a column."""

    meaning: str
    """In its own words."""
    values: tuple[str, ...] = ()
    """Cells that it explains one by one."""
    kind: SemanticType | None = None
    """What it calls the column's type, where it does."""


def is_dictionary(cells: pd.DataFrame, columns: Sequence[str]) -> bool:
    """Whether a table explains columns.

    Args:
        cells: The table, or its first rows.
        columns: Of the training table.
    """
    return cells.shape[1] > 1 and _name_column(cells, columns) is not None


def without_dictionaries(layout: Layout, columns: Sequence[str]) -> Layout:
    """The layout without tables that only explain columns.

    Args:
        layout: As `read_layout` found it.
        columns: Of what is most likely the training table.
    """
    explaining = [
        table
        for table in layout.tables
        if table.columns != tuple(columns)
        and table.rows <= _MOST_ROWS
        and is_dictionary(table.head(_MOST_ROWS), columns)
    ]
    notes = [f"{table.path} explains columns, so it is a data dictionary." for table in explaining]
    return replace(
        layout,
        tables=tuple(table for table in layout.tables if table not in explaining),
        notes=(*layout.notes, *notes),
    )


def dictionary_entries(folder: Path, task: Task) -> dict[str, DictionaryEntry]:
    """What the competition's data dictionaries say, by column of the training table.

    Tables come first, then texts; a column that several explain gets the first entry.
    """
    train = task.table("train")
    told = task.description is None and bool(task.description_text)
    if train is None or told:  # somebody's own words stand for all that the folder says of itself
        return {}
    entries: dict[str, DictionaryEntry] = {}
    for table in _other_tables(folder, task):
        cells = load_cells(folder, table, rows=_MOST_ROWS)
        entries = entries_of_table(cells, train.columns) | entries
    texts = read_texts(folder)
    found = find_dictionary(folder, texts, train.columns)
    text = read_text(folder / found) if found else task.description_text
    return entries_of_text(text, train.columns) | entries


def entries_of_table(cells: pd.DataFrame, columns: Sequence[str]) -> dict[str, DictionaryEntry]:
    """The entries of a table that explains columns; none if it does not.

    A column that has several rows, one a value, or one name above empty cells, gets one entry.
    """
    named = _name_column(cells, columns)
    if named is None:
        return {}
    known = {name.casefold(): name for name in columns}
    written = cells[named].str.strip()
    names = written.where(written != "").ffill().fillna("").str.casefold()
    roles = _roles([str(name) for name in cells if name != named])
    entries = {}
    for name, rows in cells.groupby(names, sort=False):
        if str(name) in known:
            entries[known[str(name)]] = _entry(rows, roles)
    return entries


def entries_of_text(text: str, columns: Sequence[str]) -> dict[str, DictionaryEntry]:
    """The entries of a text, one a line that begins with the name of a column."""
    names = "|".join(re.escape(name) for name in sorted(columns, key=len, reverse=True))
    entries: dict[str, DictionaryEntry] = {}
    for found in re.finditer(_ENTRY.format(names=names), text, re.MULTILINE):
        meaning = found[2].strip(" |\t")
        if meaning:
            kind = _kind(meaning.split("|")[0])
            entries.setdefault(found[1], DictionaryEntry(meaning, _codes([meaning]), kind))
    return entries


def _other_tables(folder: Path, task: Task) -> Iterator[Table]:
    """Small tables that play no part in the task."""
    taken = {table.path for table in task.tables}
    for file in list_files(folder).files:
        if file.path in taken or file.size > _LARGEST or not holds_table(folder, file.path):
            continue
        try:
            yield from (one for one in describe(folder, file.path) if one.path not in taken)
        except InputError:
            continue


def _name_column(cells: pd.DataFrame, columns: Sequence[str]) -> str | None:
    """The column whose cells name columns of the training table."""
    known = {name.casefold() for name in columns}
    for name in list(cells)[:_NAME_COLUMNS]:
        words = set(cells[name].str.strip().str.casefold()) - {""}
        named = len(words & known)
        if named >= _FEWEST and (named >= _NAMED * len(known) or named > _NAMED * len(words)):
            return str(name)
    return None


def _roles(columns: Sequence[str]) -> Mapping[str, str | None]:
    """Which columns of a dictionary hold meanings, values and types."""

    def first(pattern: re.Pattern[str], others: Iterable[str | None] = ()) -> str | None:
        fitting = (name for name in columns if pattern.search(name) and name not in others)
        return next(fitting, None)

    meaning = first(_MEANING) or next(iter(columns), None)
    kind = first(_TYPE, (meaning,))
    return {"meaning": meaning, "kind": kind, "values": first(_VALUES, (meaning, kind))}


def _entry(rows: pd.DataFrame, roles: Mapping[str, str | None]) -> DictionaryEntry:
    def held(role: str) -> list[str]:
        column = roles[role]
        cells = [] if column is None else [cell.strip() for cell in rows[column]]
        return [cell for cell in cells if cell]

    meanings, values = held("meaning"), held("values")
    one_a_row = len(values) > 1
    codes = values if one_a_row else _codes([*values, *meanings])
    kind = _kind(" ".join(held("kind")))
    return DictionaryEntry("; ".join(dict.fromkeys(meanings)), tuple(codes), kind)


def _codes(texts: Iterable[str]) -> tuple[str, ...]:
    """Values that are explained like `1 = yes, 0 = no`; one alone is no list."""
    for text in texts:
        found = tuple(dict.fromkeys(_CODE.findall(text)))
        if len(found) > 1:
            return found
    return ()


def _kind(words: str) -> SemanticType | None:
    if not words or len(words) > 60:
        return None
    return next((kind for kind, pattern in _KINDS if re.search(pattern, words, re.I)), None)
