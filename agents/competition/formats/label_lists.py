"""Several labels in one cell: finding such columns, taking cells apart, putting answers together.

`split_labels` and `expand_labels` are copied as text into stand-alone programs; they need pandas,
numpy and the standard library only.
"""

import ast
import re
from collections import Counter
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from agents.models import LabelList

MOST_LABELS: Final = 500
"""Rarer labels are left out: each becomes a target of its own."""

_DELIMITERS: Final = ("|", ";", ",", " ")
_HEAD: Final = 20_000
_LIST_SHARE: Final = 0.1
_REPEATS: Final = 5
_SENTENCE: Final = re.compile(r"[.!?](?:\s|$)")
_LONGEST_LABEL: Final = 60


class FoundLabels(NamedTuple):
    """A column of label lists and what it lists."""

    listed: LabelList
    labels: tuple[str, ...]
    """The most frequent first; at most `MOST_LABELS`."""
    left_out: int
    """How many rarer labels there are beside them."""


# --- used by the engine and by stand-alone programs -----------------------------------------------


def split_labels(cells: pd.Series, delimiter: str) -> pd.Series:
    """The labels of every cell as a list; `delimiter` is `json` or `python` for written lists."""
    return cells.map(lambda cell: cell_labels(cell, delimiter))


def cell_labels(cell: str, delimiter: str) -> list[str]:
    """The labels of one cell.

    Raises:
        ValueError: It should be a list in brackets and is none.
        SyntaxError: Likewise.
    """
    in_brackets = delimiter in {"json", "python"} and cell.strip()
    items = list(ast.literal_eval(cell)) if in_brackets else cell.split(delimiter)
    return [label for item in items if (label := str(item).strip())]


def expand_labels(
    cells: pd.DataFrame, column: str, delimiter: str, labels: dict[str, str]
) -> pd.DataFrame:
    """Replace a column of label lists by a column of "1" and "0" a label.

    Args:
        cells: Rows of texts.
        column: The column that lists labels; where it is empty, so are the new columns.
        delimiter: What stands between labels.
        labels: The label that each new column stands for, by the column's name.
    """
    lists = split_labels(cells[column], delimiter)
    place = {label: number for number, label in enumerate(labels.values())}
    row = np.repeat(np.arange(len(cells)), lists.map(len).to_numpy(dtype=int))
    code = np.array([place.get(label, -1) for items in lists for label in items], dtype=int)
    held = np.zeros((len(cells), len(labels)), dtype=bool)
    held[row[code >= 0], code[code >= 0]] = True
    words = np.where(held, "1", "0")
    words[(cells[column].str.strip() == "").to_numpy(dtype=bool)] = ""
    expanded = pd.DataFrame(words, columns=list(labels), index=cells.index, dtype="str")
    return pd.concat([cells.drop(columns=column), expanded], axis=1)


# --- finding --------------------------------------------------------------------------------------


def find_labels(column: str, known: pd.Series, sample: pd.Series | None) -> FoundLabels | None:
    """What a target column lists, where its cells hold several labels.

    The same labels recur in many combinations of varying length; the words of a class called "New
    York" do not. A sample submission that answers with a new combination of them is proof.

    Args:
        column: Its name.
        known: Its non-empty cells.
        sample: The sample submission's answers, None without one.
    """
    for delimiter in (_list_style(known), *_DELIMITERS):
        if delimiter and _is_list(known, delimiter, sample):
            counts = Counter(label for items in split_labels(known, delimiter) for label in items)
            kept = tuple(label for label, _ in counts.most_common(MOST_LABELS))
            listed = LabelList(column=column, delimiter=delimiter)
            return FoundLabels(listed, kept, len(counts) - len(kept))
    return None


def find_ranking(classes: tuple[str, ...], sample: pd.Series | None) -> str:
    """The delimiter of a sample that answers a single label by several guesses; "" otherwise."""
    if sample is None or set(sample) <= set(classes):
        return ""
    for delimiter in (" ", ",", "|", ";"):
        lists = split_labels(sample.head(_HEAD), delimiter)
        if (lists.map(len) > 1).all() and {one for items in lists for one in items} <= {*classes}:
            return delimiter
    return ""


def _list_style(cells: pd.Series) -> str:
    """`json` or `python` where every cell is a list in brackets, else ""."""
    head = cells.head(_HEAD).str.strip()
    if head.empty or not (head.str.startswith("[") & head.str.endswith("]")).all():
        return ""
    try:
        lists = [ast.literal_eval(cell) for cell in head]
    except (ValueError, SyntaxError):
        return ""
    plain = all(isinstance(item, str | int) for items in lists for item in items)
    quoted = bool(head.str.contains("'", regex=False).any())
    return ("python" if quoted else "json") if plain else ""


def _is_list(known: pd.Series, delimiter: str, sample: pd.Series | None) -> bool:
    head = known.head(_HEAD)
    lists = split_labels(head, delimiter)
    sizes = lists.map(len)
    if delimiter in {"json", "python"}:
        return bool((sizes > 1).any())
    if (sizes > 1).mean() < _LIST_SHARE or _looks_written(head, lists, delimiter):
        return False
    counts = Counter(label for items in lists for label in items)
    if counts.total() < _REPEATS * len(counts):
        return False
    if sample is not None and _answers_in_lists(sample, delimiter, counts, known):
        return True
    strictness = 1.5 if delimiter == " " else 1.0
    return bool(sizes.nunique() > 1 and head.nunique() > strictness * len(counts))


def _looks_written(head: pd.Series, lists: pd.Series, delimiter: str) -> bool:
    """Whether cells are sentences, repeat their words, or are numbers with a decimal comma."""
    if lists.map(lambda items: max(map(len, items), default=0)).max() > _LONGEST_LABEL:
        return True
    if (lists.map(lambda items: len({*items}) < len(items))).mean() > 0.01:
        return True
    decimal = delimiter == "," and lists.map(len).max() < 3 and head.str.fullmatch(r"[\d,. -]+")
    if decimal is not False and bool(decimal.all()):
        return True
    return bool(delimiter == " " and head.str.contains(_SENTENCE).mean() > 0.2)


def _answers_in_lists(
    sample: pd.Series, delimiter: str, counts: Counter[str], known: pd.Series
) -> bool:
    """Whether the sample answers with known labels in a combination that no training row has."""
    answers = sample[sample.str.strip() != ""].drop_duplicates()
    lists = split_labels(answers, delimiter)
    known_labels = all(label in counts for items in lists for label in items)
    new = ~answers.isin(known.unique())
    return bool(len(answers) and known_labels and ((lists.map(len) > 1) & new).any())
