"""Naming rows by a rule: ids that are counted, or composed of other cells (`Store_Dept_Date`)."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from agents.models import MadeId

_TEMPLATE_ROWS: Final = 200
_DELIMITERS: Final = ("_", "-", ":", "|", "/", " ", ".")


def ids_by_rule(cells: pd.DataFrame, made: MadeId) -> list[str]:
    """The ids of all rows of a table, in order."""
    if made.parts:
        return composed_ids(cells, list(made.parts), made.joined_by)
    return counted_ids(cells, made.first)


def counted_ids(cells: pd.DataFrame, first: int) -> list[str]:
    """Running numbers, one a row, as text."""
    return [str(first + place) for place in range(len(cells))]


def composed_ids(cells: pd.DataFrame, parts: list[str], delimiter: str) -> list[str]:
    """For each row its cells in some columns, with `delimiter` between them."""
    return [delimiter.join(row) for row in zip(*(cells[part] for part in parts), strict=True)]


def id_template(ids: Sequence[str], cells: pd.DataFrame) -> tuple[str, list[str]] | None:
    """How ids are composed of other cells of their rows, such as `Store_Dept_Date`.

    Returns:
        The delimiter and the columns in order, or None where ids are not so composed.
    """
    if not len(ids) or len(ids) != len(cells):
        return None
    head = cells.head(_TEMPLATE_ROWS)
    for delimiter in _DELIMITERS:
        for column in head.columns:
            parts = _grown([column], list(ids[: len(head)]), head, delimiter)
            if parts is not None and len(parts) > 1:
                return delimiter, parts
    return None


def _grown(
    parts: list[str], ids: list[str], cells: pd.DataFrame, delimiter: str
) -> list[str] | None:
    """Extend a beginning of a template, column by column, until it spells every id."""
    spelling = composed_ids(cells, parts, delimiter)
    if spelling == ids:
        return parts
    begun = zip(ids, spelling, strict=True)
    if not all(text and name.startswith(text + delimiter) for name, text in begun):
        return None
    longer = ([*parts, column] for column in cells.columns if column not in parts)
    grown = (_grown(candidate, ids, cells, delimiter) for candidate in longer)
    return next((parts for parts in grown if parts is not None), None)
