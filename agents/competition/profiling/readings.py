"""A column as the things that it says: numbers and words that can be compared and counted.

One column may say several things: `B/12/P` has three parts, a list has a length and its items. What
is measured on a column (its relation to the target, its drift) is measured on each of them.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from agents.competition.profiling.items import fields_of, items_of
from agents.competition.profiling.relation import levels_of
from agents.competition.profiling.semantics import Meaning
from agents.competition.reading.tables import date_format, to_dates, to_numbers

_MOST_ITEMS: Final = 10
_MOST_FIELDS: Final = 6


def readings(cells: pd.Series, meaning: Meaning) -> list[pd.Series]:
    """What a column says, each as floats (NaN: nothing) or as words.

    Args:
        cells: Cells as text, shape (rows,).
        meaning: What the column means.
    """
    if meaning.semantic == "date" and (written := date_format(cells)) is not None:
        dates = to_dates(cells, written)
        return [dates.astype("int64").astype(float).where(dates.notna())]
    if meaning.semantic == "number" or (meaning.semantic == "identifier" and meaning.integer):
        return [meaning.numbers(cells)]
    if meaning.semantic == "identifier":
        return []
    if meaning.semantic == "text":
        return [cells.str.count(r"\S+").astype(float), cells.str.len().astype(float)]
    if meaning.semantic in {"list", "json"}:
        return list(_of_several(cells, meaning))
    if meaning.delimiter is not None:
        parts = cells.str.split(meaning.delimiter, expand=True, regex=False)
        return [
            _numbers_or_words(parts[place].fillna("")) for place in parts.columns[: meaning.parts]
        ]
    return [cells]


def numeric(cells: pd.DataFrame, meanings: dict[str, Meaning]) -> np.ndarray:
    """A table as numbers for a quick tree: words by their frequency's rank, NaN for nothing.

    Returns:
        Shape (rows, readings of all columns).
    """
    columns = [
        reading if pd.api.types.is_numeric_dtype(reading) else levels_of(reading)
        for name, meaning in meanings.items()
        for reading in readings(cells[name], meaning)
    ]
    if not columns:
        return np.empty((len(cells), 0))
    return np.column_stack([np.asarray(column, dtype=float) for column in columns])


def _of_several(cells: pd.Series, meaning: Meaning) -> Iterator[pd.Series]:
    if meaning.semantic == "json":
        yield from (fields_of(cells, key) for key in meaning.items[:_MOST_FIELDS])
        return
    lists = items_of(cells, meaning.delimiter or ",")
    yield lists.map(len).astype(float)
    for item in meaning.items[:_MOST_ITEMS]:
        yield lists.map(lambda held, item=item: float(item in held))


def _numbers_or_words(cells: pd.Series) -> pd.Series:
    numbers = to_numbers(cells)
    return numbers if numbers[cells != ""].notna().all() else cells
