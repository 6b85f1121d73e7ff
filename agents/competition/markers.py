"""Training rows and rows to be predicted in one table: how they are told apart.

Either a column says so (`split`, `is_train`, …), or the target is empty in some rows and something
asks for them: a sample submission with their ids, the description, or the user who names the
target. Empty targets that nothing asks for are just unlabelled training rows.
"""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from agents.competition.description import sentences
from agents.competition.layout import TableFile
from agents.competition.parts import marked
from agents.competition.splits import labelled_rows
from agents.competition.tables import FALSE_WORDS, MISSING_WORDS, TRUE_WORDS
from agents.models import RowMarker

_TRAIN_WORDS: Final = frozenset(
    {"train", "training", "learn", "fit", "development", "dev", "labeled", "labelled"}
    | {"valid", "validation", "val"}
)
_TEST_WORDS: Final = frozenset(
    {"test", "testing", "holdout", "hold-out", "predict", "prediction", "score", "scoring"}
    | {"submission", "submit", "eval", "evaluation", "unlabeled", "unlabelled", "private", "public"}
)
_IS_TRAIN: Final = re.compile(r"(?:^|_|is_?)train(?:ing)?(?:_set|_row)?$", re.IGNORECASE)
_IS_TEST: Final = re.compile(r"(?:^|_|is_?)test(?:ing)?(?:_set|_row)?$", re.IGNORECASE)
_MOST_WORDS: Final = 4
_EMPTY: Final = re.compile(r"\b(?:empty|blank|missing|unlabel\w+|unknown|not given)\b", re.I)
_ASKED: Final = re.compile(r"\b(?:predict\w*|fill\w*|complet\w+|test|to be answered|asked)\b", re.I)


def split_marker(table: TableFile) -> RowMarker | None:
    """The column of a table that says which rows are to be predicted, by its own words."""
    for name in table.columns:
        head = set(table.cells[name].head(2_000).str.strip())
        if len(head) > _MOST_WORDS:
            continue
        words = {word.strip() for word in table.cells[name].unique()} - {""}
        test = _test_words(name, words)
        if test and words - test:
            return RowMarker(column=name, test=tuple(sorted(test)))
    return None


def _test_words(name: str, words: set[str]) -> set[str]:
    """Those words of a column that mean "to be predicted"."""
    if not 2 <= len(words) <= _MOST_WORDS:
        return set()
    lower = {word: word.lower() for word in words}
    told = {word for word, low in lower.items() if low in _TEST_WORDS}
    taught = {word for word, low in lower.items() if low in _TRAIN_WORDS}
    if told and taught and told | taught == words:
        return told
    truths = {low in TRUE_WORDS for low in lower.values() if low in TRUE_WORDS | FALSE_WORDS}
    if len(words) == 2 and truths == {True, False}:
        if _IS_TRAIN.search(name):
            return {word for word, low in lower.items() if low in FALSE_WORDS}
        if _IS_TEST.search(name):
            return {word for word, low in lower.items() if low in TRUE_WORDS}
    return set()


def sample_marker(table: TableFile, sample: TableFile) -> RowMarker | None:
    """What marks the rows of a table whose ids a smaller table repeats; None if nothing does."""
    for name in sample.columns:
        if name not in table.columns or not sample.cells[name].is_unique:
            continue
        asked = table.cells[name].isin(sample.cells[name])
        if asked.all() or asked.sum() != len(sample.cells) or not table.cells[name].is_unique:
            continue
        told = split_marker(table)
        if told is not None and marked(table.cells, told.column, [*told.test]).equals(asked):
            return told
        if (empty := _emptied(table, sample, asked.to_numpy(dtype=bool))) is not None:
            return empty_marker(table, [empty])
    return None


def _emptied(table: TableFile, sample: TableFile, asked: np.ndarray) -> str | None:
    """The column that is empty in these rows and in no other; the sample's own goes first."""
    order = sorted(table.columns, key=lambda name: name not in sample.columns)
    for name in order:
        unknown = np.ones(len(table.cells), dtype=bool)
        unknown[labelled_rows(table.cells, [name])] = False
        if (unknown[asked]).all() and unknown[~asked].mean() < 0.5:
            return name
    return None


def empty_marker(table: TableFile, targets: Sequence[str]) -> RowMarker | None:
    """Rows without any target are to be predicted; None where there are none, or no others."""
    unknown = np.ones(len(table.cells), dtype=bool)
    unknown[labelled_rows(table.cells, [targets[0]])] = False
    if not unknown.any() or unknown.all():
        return None
    words = table.cells[targets[0]][unknown].str.strip().unique()
    return RowMarker(column=targets[0], test=tuple(sorted(str(word) for word in words)))


def asks_for_empty(text: str) -> bool:
    """Whether a description says that rows with an empty target are to be predicted."""
    return any(_EMPTY.search(one.text) and _ASKED.search(one.text) for one in sentences(text))


def parted(table: TableFile, marker: RowMarker) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training rows and rows to be predicted, the latter without columns that are empty there.

    A column that does nothing but tell rows apart is left out of both.
    """
    asked = marked(table.cells, marker.column, list(marker.test))
    train, test = (table.cells[rows].reset_index(drop=True) for rows in (~asked, asked))
    told = split_marker(table)
    aside = [marker.column] if told is not None and told.column == marker.column else []
    train, test = train.drop(columns=aside), test.drop(columns=aside)
    return train, test.drop(columns=only_empty(test, train))


def only_empty(test: pd.DataFrame, train: pd.DataFrame) -> list[str]:
    """Columns that hold nothing in the test but something in training."""
    return [
        str(name)
        for name in test
        if name in train
        and (test[name].str.strip().isin(["", *MISSING_WORDS])).all()
        and (~train[name].str.strip().isin(["", *MISSING_WORDS])).any()
    ]
