"""Cells that hold several things: lists (`red; blue`, `["a", "b"]`) and objects (`{"size": 3}`).

`find_items` tests whether a column is such; `items_of` and `fields_of` read the cells. Programs
carry these two, so that engine and program see the same items.
"""

import ast
import json
from collections import Counter
from typing import Any, Final, NamedTuple

import pandas as pd

LIST_DELIMITERS: Final = ("|", ";", ",", " ")
JSON: Final = "json"

_TESTED_CELLS: Final = 5_000
_FIRST_CELLS: Final = 20
_NEARLY_ALL: Final = 0.9
_SAME_LENGTH: Final = 0.95
_SEVERAL: Final = 0.2
_REPEATED: Final = 3.0
_MOST_WORDS: Final = 4
_MOST_ITEMS: Final = 60


class Items(NamedTuple):
    """What a column of lists or objects holds."""

    delimiter: str | None
    """Between the items of a list; "json" for lists in JSON; None for objects."""
    items: tuple[str, ...]
    """The most frequent items, or the keys of objects, the most frequent first."""
    average: float
    """How many of them a cell has."""


def find_items(filled: pd.Series) -> Items | None:
    """Whether cells are lists of recurring items, or objects, and of what.

    Args:
        filled: The non-empty cells.
    """
    cells = filled.head(_TESTED_CELLS)
    first = cells.head(_FIRST_CELLS).str.strip()
    if cells.empty:
        return None
    if first.str.startswith(("[", "{")).mean() >= _NEARLY_ALL:
        return _bracketed(cells)
    for delimiter in LIST_DELIMITERS:
        if (found := _delimited(cells, delimiter)) is not None:
            return found
    return None


def items_of(cells: pd.Series, delimiter: str) -> pd.Series:
    """The items of every cell as a list of texts; empty for an empty or broken cell.

    Args:
        cells: Cells as text.
        delimiter: What stands between items; "json" for lists such as `["a", "b"]`, also in
            Python's spelling, and for lists of objects, whose names are the items.
    """
    if delimiter == "json":
        return cells.map(lambda cell: [item_name(item) for item in parsed(cell) or []])
    return cells.map(lambda cell: [item.strip() for item in cell.split(delimiter) if item.strip()])


def fields_of(cells: pd.Series, key: str) -> pd.Series:
    """One field of every object as text; "" where a cell lacks it.

    Args:
        cells: Objects in JSON or in Python's spelling.
        key: The name of the field.
    """
    found = cells.map(parsed).map(lambda one: one.get(key, "") if isinstance(one, dict) else "")
    return found.map(lambda field: "" if field is None else str(field)).astype("str")


def parsed(cell: str) -> Any:  # noqa: ANN401 (whatever the cell holds)
    """The value that a cell writes in JSON or in Python's spelling; None if it writes none."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(cell)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return None


def item_name(item: Any) -> str:  # noqa: ANN401 (whatever the list holds)
    """An item of a list as a word; an object goes by its name, or what comes nearest to one."""
    if not isinstance(item, dict):
        return str(item)
    for key in ("name", "label", "title", "value", "id"):
        if key in item:
            return str(item[key])
    return json.dumps(item, sort_keys=True, default=str)


def _bracketed(cells: pd.Series) -> Items | None:
    values = [parsed(cell) for cell in cells]
    lists = [value for value in values if isinstance(value, list | tuple)]
    objects = [value for value in values if isinstance(value, dict)]
    if len(objects) >= _NEARLY_ALL * len(values):
        keys = Counter(str(key) for value in objects for key in value)
        return _counted(None, keys, len(objects))
    if len(lists) >= _NEARLY_ALL * len(values):
        names = Counter(item_name(item) for value in lists for item in value)
        return _counted(JSON, names, len(lists))
    return None


def _delimited(cells: pd.Series, delimiter: str) -> Items | None:
    if cells.str.contains(delimiter, regex=False).mean() < _SEVERAL:
        return None
    if delimiter == " " and _is_prose(Counter(" ".join(cells.head(_FIRST_CELLS)).split())):
        return None
    lists = items_of(cells, delimiter)
    lengths = lists.map(len)
    if lengths.value_counts(normalize=True).iloc[0] >= _SAME_LENGTH:
        return None
    counts = Counter(item for items in lists for item in items)
    if not counts or counts.total() < _REPEATED * len(counts) or not _are_short(counts, delimiter):
        return None
    if len(counts) >= cells.nunique():
        return None
    return _counted(delimiter, counts, len(cells))


def _are_short(counts: Counter[str], delimiter: str) -> bool:
    words = sum(len(item.split()) * count for item, count in counts.items()) / counts.total()
    return words <= (_MOST_WORDS if delimiter != " " else 1)


def _is_prose(counts: Counter[str]) -> bool:
    """Whether what blanks separate are the words of a language, not codes."""
    codes = sum(
        count
        for item, count in counts.items()
        if any(letter.isdigit() or letter == "_" for letter in item)
    )
    return codes < _NEARLY_ALL * counts.total()


def _counted(delimiter: str | None, counts: Counter[str], cells: int) -> Items:
    items = tuple(item for item, _ in counts.most_common(_MOST_ITEMS))
    return Items(delimiter, items, counts.total() / max(1, cells))
