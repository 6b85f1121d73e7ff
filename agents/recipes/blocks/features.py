"""What a row of a table says, as numbers and words; nothing here is learned from other rows.

The constants name the columns by what they hold. Words stay text: how they become numbers is the
business of each recipe.
"""

import numpy as np
import pandas as pd

from agents.competition.tables import to_booleans, to_numbers

NUMBERS: list[str] = []
BOOLEANS: list[str] = []
CATEGORIES: list[str] = []
DATES: list[str] = []
TEXTS: list[str] = []
DELIMITED: dict[str, str] = {}
AMOUNTS: dict[str, list[str]] = {}
GROUP_COLUMN: str = ""
GROUP_DELIMITER: str = ""
MISSING_WORDS: dict[str, list[str]] = {}

Features = dict[str, pd.Series]


def build_features(cells: pd.DataFrame) -> pd.DataFrame:
    """Describe every row: numbers as float32, words as text."""
    features: Features = {}
    if NUMBERS:
        features |= numbers(cells)
    if BOOLEANS:
        features |= booleans(cells)
    if CATEGORIES:
        features |= {name: cells[name] for name in CATEGORIES}
    if DATES:
        features |= dates(cells)
    if DELIMITED:
        features |= parts(cells)
    if TEXTS:
        features |= text_measures(cells)
    if AMOUNTS:
        features |= totals(features)
    if GROUP_COLUMN:
        features |= group_measures(cells)
    return pd.DataFrame(features)


def numbers(cells: pd.DataFrame) -> Features:
    """Read numbers; whatever is none of them, `NA` for instance, is missing.

    Steps: numbers
    """
    return {name: to_numbers(cells[name]).astype("float32") for name in NUMBERS}


def booleans(cells: pd.DataFrame) -> Features:
    """Read columns of yes and no as 1 and 0.

    Steps: booleans
    """
    return {name: to_booleans(cells[name]).astype("float32") for name in BOOLEANS}


def dates(cells: pd.DataFrame) -> Features:
    """Read dates as elapsed days and as the place in the year and in the week.

    Steps: dates
    """
    features = {}
    for name in DATES:
        date = pd.to_datetime(cells[name], errors="coerce", format="mixed", utc=True)
        angle = 2 * np.pi * date.dt.dayofyear / 365.25
        features |= {
            f"{name} days": (date - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1),
            f"{name} year": date.dt.year,
            f"{name} month": date.dt.month,
            f"{name} weekday": date.dt.dayofweek,
            f"{name} season, sine": np.sin(angle),
            f"{name} season, cosine": np.cos(angle),
        }
    return {name: feature.astype("float32") for name, feature in features.items()}


def parts(cells: pd.DataFrame) -> Features:
    """Take cells such as `B/12/P` apart.

    Steps: parts
    """
    features = {}
    for name, delimiter in DELIMITED.items():
        pieces = cells[name].str.split(delimiter, expand=True, regex=False)
        features |= {f"{name} part {place + 1}": pieces[place].fillna("") for place in pieces}
    return features


def text_measures(cells: pd.DataFrame) -> Features:
    """Measure texts: how long they are, and how many words they have.

    Steps: texts
    """
    features = {}
    for name in TEXTS:
        features[f"{name} length"] = cells[name].str.len().astype("float32")
        features[f"{name} words"] = cells[name].str.split().str.len().astype("float32")
    return features


def totals(features: Features) -> Features:
    """Add up columns of one unit, and count how many of them are zero.

    Steps: totals
    """
    found = {}
    for unit, names in AMOUNTS.items():
        block = pd.DataFrame({name: features[name] for name in names})
        found[f"{unit} total"] = block.sum(axis=1).astype("float32")
        found[f"{unit} zeros"] = (block == 0).sum(axis=1).astype("float32")
    return found


def group_measures(cells: pd.DataFrame) -> Features:
    """Count how many rows of the table belong to the same group.

    Steps: groups
    """
    key = cells[GROUP_COLUMN]
    if GROUP_DELIMITER:
        key = key.str.split(GROUP_DELIMITER, n=1, regex=False).str[0]
    return {"group size": key.map(key.value_counts()).astype("float32")}
