"""Training rows and rows to be predicted in one table: how they are told apart.

Either a column says so (`split`, `is_train`, …), or the target is empty in some rows and something
asks for them: a sample submission with their ids, the description, or the user who names the
target. Empty targets that nothing asks for are just unlabelled training rows.
"""

import re
from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
import pandas as pd

from agents.competition.metrics.metrics import Array
from agents.competition.reading.description import sentences
from agents.competition.reading.tables import FALSE_WORDS, MISSING_WORDS, TRUE_WORDS
from agents.competition.splitting.splits import labelled_rows
from agents.competition.stating.parts import marked
from agents.competition.stating.table_file import TableFile
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
_HEAD: Final = 2_000
_MOST_WORDS: Final = 4
_EMPTY: Final = re.compile(r"\b(?:empty|blank|missing|unlabel\w+|unknown|not given)\b", re.I)
_ASKED: Final = re.compile(r"\b(?:predict\w*|fill\w*|complet\w+|test|to be answered|asked)\b", re.I)


def split_marker(table: TableFile) -> RowMarker | None:
    """The column of a table that says which rows are to be predicted, by its own words."""
    for name in table.columns:
        head = _words(table.drawn[name].head(_HEAD))
        if len(head) > _MOST_WORDS or not _could_tell(name, head):
            continue
        words = _words(table.telling([name])[name]) - {""}
        test = _test_words(name, words)
        if test and words - test:
            return RowMarker(column=name, test=tuple(sorted(test)))
    return None


def _words(cells: pd.Series) -> set[str]:
    return {str(word).strip() for word in cells.unique()}


def _could_tell(name: str, words: set[str]) -> bool:
    """Whether a column that has these words among others may tell rows apart."""
    known = _TEST_WORDS | _TRAIN_WORDS
    if _IS_TRAIN.search(name) or _IS_TEST.search(name):
        known |= TRUE_WORDS | FALSE_WORDS
    return {word.lower() for word in words} <= known | {""}


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
    if sample.rows >= table.rows:
        return None
    for name in sample.columns:
        if name not in table.columns or not (sample.is_unique(name) and table.is_unique(name)):
            continue
        if not table.holds_values(name, sample, name):
            continue
        asked = table.repeated_in(name, sample, name)
        told = split_marker(table)
        if told is not None and np.array_equal(_asked_rows(table, told), asked):
            return told
        if (empty := _emptied(table, sample, asked)) is not None:
            return empty_marker(table, [empty])
    return None


def _asked_rows(table: TableFile, marker: RowMarker) -> Array:
    """Which rows a marker means, bool of shape (rows,)."""
    return table.which(
        marker.column, lambda cells: marked(cells.to_frame(), marker.column, [*marker.test])
    )


def _emptied(table: TableFile, sample: TableFile, asked: Array) -> str | None:
    """The column that is empty in these rows and in no other; the sample's own goes first."""
    order = sorted(table.columns, key=lambda name: name not in sample.columns)
    drawn = asked[table.places]
    for name in order:
        if not _fits(_unknown(table.drawn, name), drawn):
            continue
        if _fits(unknown_rows(table, [name]), asked):
            return name
    return None


def _fits(unknown: Array, asked: Array) -> bool:
    return bool(unknown[asked].all() and unknown[~asked].mean() < 0.5)


def _unknown(cells: pd.DataFrame, name: str) -> Array:
    """In which rows a column says nothing, bool of shape (rows,)."""
    unknown = np.ones(len(cells), dtype=bool)
    unknown[labelled_rows(cells, [name])] = False
    return unknown


def unknown_rows(table: TableFile, columns: Sequence[str]) -> Array:
    """In which rows one of these columns says nothing, bool of shape (rows,)."""
    unknown = np.zeros(table.rows, dtype=bool)
    for name in columns:
        if words := _words_for_unknown(table, name):
            unknown |= table.which(name, partial(_are_among, words))
    return unknown


def _are_among(words: Sequence[str], cells: pd.Series) -> pd.Series:
    return cells.str.strip().isin(words)


def _words_for_unknown(table: TableFile, name: str) -> list[str]:
    """What a column writes where it says nothing; none if it always or never does."""
    cells = table.telling([name])
    unknown = _unknown(cells, name)
    return [] if unknown.all() else sorted(_words(cells[name][unknown]))


def empty_marker(table: TableFile, targets: Sequence[str]) -> RowMarker | None:
    """Rows without any target are to be predicted; None where there are none, or no others."""
    words = _words_for_unknown(table, targets[0])
    return RowMarker(column=targets[0], test=tuple(words)) if words else None


def asks_for_empty(text: str) -> bool:
    """Whether a description says that rows with an empty target are to be predicted."""
    return any(_EMPTY.search(one.text) and _ASKED.search(one.text) for one in sentences(text))


def parted(table: TableFile, marker: RowMarker) -> tuple[TableFile, TableFile]:
    """Training rows and rows to be predicted, the latter without columns that are empty there.

    A column that does nothing but tell rows apart is left out of both.
    """
    asked = _asked_rows(table, marker)
    told = split_marker(table)
    aside = [marker.column] if told is not None and told.column == marker.column else []
    train, test = (table.only(rows).without(aside) for rows in (~asked, asked))
    return train, test.without(only_empty(test.drawn, train.drawn))


def only_empty(test: pd.DataFrame, train: pd.DataFrame) -> list[str]:
    """Columns that hold nothing in the test but something in training."""
    return [
        str(name)
        for name in test
        if name in train
        and (test[name].str.strip().isin(["", *MISSING_WORDS])).all()
        and (~train[name].str.strip().isin(["", *MISSING_WORDS])).any()
    ]
