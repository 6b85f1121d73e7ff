"""Prepare tables for boosted trees: numbers as they are, words as words.

Steps: numbers, booleans, categories
    numbers: Read `height` and `moisture` as numbers.
    booleans: Read `shaded` as 1 and 0.
    categories: Take `ground` as words.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import joblib
import numpy as np
import pandas as pd

ID_COLUMN = "plant"
TARGETS = ["bloom"]
NUMBERS = ["height", "moisture"]
BOOLEANS = ["shaded"]
CATEGORIES = ["ground"]
Features = dict[str, pd.Series]
TRUE_WORDS: Final = frozenset({"true", "t", "yes", "y", "1", "1.0"})
FALSE_WORDS: Final = frozenset({"false", "f", "no", "n", "0", "0.0"})
TRAIN = "train.csv"
TEST = "test.csv"
DELIMITER = ","
ENCODING = "utf-8"


def labelled_rows(cells: pd.DataFrame, targets: list[str]) -> np.ndarray:
    """Positions of the rows whose targets are all known.

    An empty cell is unknown; so is a word such as `NA` where all other cells are numbers, while it
    is a label of its own beside other words.
    """
    known = np.ones(len(cells), dtype=bool)
    for name in targets:
        words = cells[name].isin(["NA", "N/A", "NaN", "nan", "NULL", "null", "None", "?"])
        empty = cells[name].str.strip() == ""
        numeric = pd.to_numeric(cells[name][~words & ~empty], errors="coerce").notna().all()
        known &= ~(empty | words if numeric else empty).to_numpy(dtype=bool)
    return np.flatnonzero(known)


def to_numbers(cells: pd.Series, missing_words: Sequence[str] = ()) -> pd.Series:
    """Turn cells into floats: NaN where empty, a missing word, or not a finite number."""
    words = cells.where(~cells.isin(list(missing_words)), "") if missing_words else cells
    numbers = pd.to_numeric(words, errors="coerce").astype("float64")
    return numbers.where(np.isfinite(numbers))


def to_booleans(cells: pd.Series) -> pd.Series:
    """Turn cells such as `True`, `no`, `1` into 1.0 and 0.0; NaN for anything else."""
    meaning = dict.fromkeys(TRUE_WORDS, 1.0) | dict.fromkeys(FALSE_WORDS, 0.0)
    return cells.str.strip().str.lower().map(meaning).astype("float64")


def build_features(cells: pd.DataFrame) -> pd.DataFrame:
    """Describe every row of a table: numbers as float32, words as text."""
    features = values(cells)
    return pd.DataFrame(features)


def values(cells: pd.DataFrame) -> Features:
    """Read the columns whose cells hold one thing each."""
    features: Features = {}
    features |= numbers(cells)
    features |= booleans(cells)
    features |= categories(cells)
    return features


def numbers(cells: pd.DataFrame) -> Features:
    """Read numbers; a word among them is a missing number.

    Steps: numbers
    """
    return {name: to_numbers(cells[name]).astype("float32") for name in NUMBERS}


def booleans(cells: pd.DataFrame) -> Features:
    """Read columns of yes and no as 1 and 0.

    Steps: booleans
    """
    return {name: to_booleans(cells[name]).astype("float32") for name in BOOLEANS}


def categories(cells: pd.DataFrame) -> Features:
    """Take words as they are written; an empty cell is a word of its own.

    Steps: categories
    """
    return {name: cells[name] for name in CATEGORIES}


def read_table(path: Path) -> pd.DataFrame:
    """Read a table with every cell as the text that stands in it ("" for an empty one)."""
    return pd.read_csv(path, sep=DELIMITER, encoding=ENCODING, dtype="str", keep_default_na=False)


def read_training(data_dir: Path) -> pd.DataFrame:
    """Rows to learn from, with and without a known target."""
    return read_table(data_dir / TRAIN)


def read_asked(data_dir: Path) -> pd.DataFrame:
    """Rows to be predicted."""
    return read_table(data_dir / TEST)


def read_ids(cells: pd.DataFrame, id_column: str) -> pd.Series:
    """Ids of the rows as text; their positions where the table has none."""
    if id_column in cells:
        return cells[id_column].reset_index(drop=True)
    return pd.Series([str(place) for place in range(len(cells))], dtype="str")


def read_target(cells: pd.DataFrame) -> pd.Series | pd.DataFrame:
    """What is to be predicted: labels as text, 1 for a positive label, or numbers."""
    return cells[TARGETS[0]].reset_index(drop=True)


def learn_training(data_dir: Path, seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Describe the labelled training rows.

    Returns:
        What the contract promises of the training side (`X_train` still with words), and what
        describes new rows by `describe_asked`.
    """
    cells = read_training(data_dir)
    labelled = labelled_rows(cells, TARGETS)
    features = build_features(cells).iloc[labelled].reset_index(drop=True)
    cells = cells.iloc[labelled].reset_index(drop=True)
    target = read_target(cells)
    learned: dict[str, Any] = {}
    train = {"X_train": features, "y_train": target}
    return train, learned


def describe_asked(data_dir: Path, learned: dict[str, Any]) -> dict[str, Any]:
    """Describe the rows to be predicted as the training rows were: `X_test` and `row_id`."""
    cells = read_asked(data_dir).reset_index(drop=True)
    features = build_features(cells)
    return {"X_test": features, "row_id": read_ids(cells, ID_COLUMN)}


class Preprocessor:
    """Turns the tables into numbers and words."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:
        """Read the training table."""
        train, self.learned = learn_training(data_dir, seed)
        return train

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Describe the rows to be predicted."""
        return describe_asked(data_dir, self.learned)

    def save(self, directory: Path) -> None:
        """Write what was learned."""
        joblib.dump(self.learned, directory / "learned.joblib")

    def load(self, directory: Path) -> None:
        """Read what was learned."""
        self.learned = joblib.load(directory / "learned.joblib")
