"""Prepare tables for trees on numbers: words as codes by frequency, and as means of the target.

Steps: numbers, dates, categories, codes
    numbers: Read `heat` and `hours` as numbers.
    dates: Read `fired` as elapsed days, parts of the calendar and place in the year.
    categories: Take `glaze` and `remark` as words.
    codes: Number the words by how often they occur.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd

ID_COLUMN = "pot"
TARGETS = ["hardness"]
NUMBERS = ["heat", "hours"]
CATEGORIES = ["glaze", "remark"]
DATES = {"fired": "ISO8601"}
Features = dict[str, pd.Series]
TRAIN = "train.csv"
TEST = "test.csv"
DELIMITER = ","
ENCODING = "utf-8"
Codes = dict[str, dict[str, int]]


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


def to_dates(cells: pd.Series, written: str) -> pd.Series:
    """Turn cells into timestamps (NaT where they do not follow the format)."""
    dates = pd.to_datetime(cells, format=written, errors="coerce", utc=True)
    return dates.dt.tz_localize(None)


def build_features(cells: pd.DataFrame) -> pd.DataFrame:
    """Describe every row of a table: numbers as float32, words as text."""
    features = values(cells)
    return pd.DataFrame(features)


def values(cells: pd.DataFrame) -> Features:
    """Read the columns whose cells hold one thing each."""
    features: Features = {}
    features |= numbers(cells)
    features |= categories(cells)
    features |= dates(cells)
    return features


def numbers(cells: pd.DataFrame) -> Features:
    """Read numbers; a word among them is a missing number.

    Steps: numbers
    """
    return {name: to_numbers(cells[name]).astype("float32") for name in NUMBERS}


def categories(cells: pd.DataFrame) -> Features:
    """Take words as they are written; an empty cell is a word of its own.

    Steps: categories
    """
    return {name: cells[name] for name in CATEGORIES}


def dates(cells: pd.DataFrame) -> Features:
    """Read dates as elapsed days, as places in the year and in the week, and as time between them.

    Steps: dates
    """
    features: Features = {}
    for name, written in DATES.items():
        date = to_dates(cells[name], written)
        season = 2 * np.pi * date.dt.day_of_year / 365.25
        features |= {
            f"{name}, days": (date - pd.Timestamp(0)) / pd.Timedelta(days=1),
            f"{name}, year": date.dt.year,
            f"{name}, month": date.dt.month,
            f"{name}, day of the week": date.dt.day_of_week,
            f"{name}, hour": date.dt.hour,
            f"{name}, season (sine)": np.sin(season),
            f"{name}, season (cosine)": np.cos(season),
        }
    return {name: feature.astype("float32") for name, feature in features.items()}


def words_of(features: pd.DataFrame) -> list[str]:
    """Columns of words."""
    return [str(name) for name in features if features[name].dtype == "str"]


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
    target = pd.DataFrame({name: to_numbers(cells[name]) for name in TARGETS})
    target = target.reset_index(drop=True)
    return target[TARGETS[0]]


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


def learn_codes(features: pd.DataFrame) -> Codes:
    """Number the words of every column of words, the frequent ones first.

    Steps: codes
    """
    return {
        name: {word: code for code, word in enumerate(features[name].value_counts().index)}
        for name in words_of(features)
    }


def as_codes(features: pd.DataFrame, codes: Codes) -> pd.DataFrame:
    """Replace words by their codes; a word that was never seen is missing."""
    encoded = {name: features[name].map(known) for name, known in codes.items()}
    return features.assign(**encoded).astype("float32")


class Preprocessor:
    """Turns the tables into numbers, gaps included."""

    def fit(self, data_dir: Path, *, seed: int, time_limit_s: float) -> dict[str, Any]:
        """Read the training table, and learn the codes and means of words."""
        train, self.learned = learn_training(data_dir, seed)
        features = train["X_train"]
        self.learned["codes"] = learn_codes(features)
        train["X_train"] = as_codes(features, self.learned["codes"])
        return train

    def transform(self, data_dir: Path) -> dict[str, Any]:
        """Describe the rows to be predicted."""
        test = describe_asked(data_dir, self.learned)
        features = test["X_test"]
        test["X_test"] = as_codes(features, self.learned["codes"])
        return test

    def save(self, directory: Path) -> None:
        """Write what was learned."""
        joblib.dump(self.learned, directory / "learned.joblib")

    def load(self, directory: Path) -> None:
        """Read what was learned."""
        self.learned = joblib.load(directory / "learned.joblib")
