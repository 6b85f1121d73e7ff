"""The group of every row as text, for the engine and for the programs it writes.

`key_values` reads a key as a plan writes it. The functions that it is made of use pandas only; the
recipes copy those that a program needs, so that both form the same groups.
"""

import re

import pandas as pd

from agents.models import GroupKey

_NO_WORDS = re.compile(r"(?:https?://|www\.)\S+|[\W\d_]+")


def key_values(cells: pd.DataFrame, key: GroupKey) -> pd.Series:
    """What rows of one group have in common, shape (rows,); "" where a row belongs to none.

    Raises:
        KeyError: A column of the key is not there.
    """
    keys = cells[key.column]
    if key.delimiter is not None:
        keys = parts_of(keys, key.delimiter, list(key.parts))
    if key.wording:
        keys = wording_of(keys)
    return joined_keys([keys, *(cells[name] for name in key.beside)]) if key.beside else keys


def parts_of(cells: pd.Series, delimiter: str, parts: list[int]) -> pd.Series:
    """Some of what stands between delimiters, by place; "" where a cell has not so many parts."""
    found = (cell.split(delimiter) for cell in cells)
    kept = [
        delimiter.join(one[part] for part in parts) if len(one) > max(parts) else ""
        for one in found
    ]
    return pd.Series(kept, index=cells.index, dtype="str")


def wording_of(cells: pd.Series) -> pd.Series:
    """The words of each text, without case, digits, punctuation and links."""
    words = [" ".join(_NO_WORDS.sub(" ", text.lower()).split()) for text in cells]
    return pd.Series(words, index=cells.index, dtype="str")


def joined_keys(columns: list[pd.Series]) -> pd.Series:
    """Cells side by side as one key; "" where one of them is empty."""
    joined, filled = columns[0], columns[0] != ""
    for cells in columns[1:]:
        joined, filled = joined + "\x1f" + cells, filled & (cells != "")
    return joined.where(filled, "")
