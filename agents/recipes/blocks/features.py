"""What a row of a table says, as numbers and words; nothing here is learned from a target.

The constants name the columns by what they hold. Words stay text: how they become numbers is the
business of each recipe.
"""

import numpy as np
import pandas as pd

from agents.competition.profiling.items import fields_of, items_of
from agents.competition.reading.tables import to_booleans, to_dates, to_numbers
from agents.competition.splitting.group_keys import joined_keys, parts_of, wording_of
from agents.recipes.blocks.sides import GATHERED, measures_in
from agents.recipes.blocks.units import UNITS, measures

NUMBERS: list[str] = []
BOOLEANS: list[str] = []
CATEGORIES: list[str] = []
DATES: dict[str, str] = {}
SPANS: list[tuple[str, str]] = []
TEXTS: list[str] = []
DELIMITED: dict[str, tuple[str, int]] = {}
JSONS: dict[str, list[str]] = {}
LISTS: dict[str, tuple[str, list[str]]] = {}
CROSSES: list[tuple[str, str]] = []
PARTS_OF_CELLS = False
AMOUNTS: dict[str, list[str]] = {}
GROUP_COLUMN = ""
GROUP_DELIMITER = ""
GROUP_PARTS = [0]
GROUP_WORDING = False
GROUP_BESIDE: list[str] = []
GAPS: dict[str, list[str]] = {}

Features = dict[str, pd.Series]


def build_features(cells: pd.DataFrame) -> pd.DataFrame:
    """Describe every row of a table: numbers as float32, words as text."""
    features: Features = (
        values(cells) if NUMBERS or UNITS or BOOLEANS or CATEGORIES or CROSSES or DATES else {}
    )
    if GATHERED:
        features |= {name: cells[name] for name in measures_in(cells)}
    if DELIMITED or JSONS or LISTS or TEXTS:
        features |= contents(cells)
    if AMOUNTS:
        features |= totals(features)
    if GAPS:
        features["empty cells"] = empty_cells(cells)
    if GROUP_COLUMN:
        features |= group_measures(cells)
    return pd.DataFrame(features, index=cells.index)


def values(cells: pd.DataFrame) -> Features:
    """Read the columns whose cells hold one thing each."""
    features: Features = {}
    if NUMBERS:
        features |= numbers(cells)
    if UNITS:
        features |= measures(cells)
    if BOOLEANS:
        features |= booleans(cells)
    if CATEGORIES:
        features |= categories(cells)
    if CROSSES:
        features |= crosses(cells)
    if DATES:
        features |= dates(cells)
    return features


def contents(cells: pd.DataFrame) -> Features:
    """Take apart the columns whose cells hold several things."""
    features: Features = {}
    if DELIMITED:
        features |= parts(cells)
    if JSONS:
        features |= entries(cells)
    if LISTS:
        features |= items(cells)
    if TEXTS:
        features |= text_measures(cells)
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


def crosses(cells: pd.DataFrame) -> Features:
    """Join pairs of words into one word: what they mean together may be no sum of both.

    Steps: crosses
    """
    return {f"{one} and {other}": cells[one] + " & " + cells[other] for one, other in CROSSES}


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
    if SPANS:
        for first, last in SPANS:
            features[f"{first} to {last}"] = features[f"{last}, days"] - features[f"{first}, days"]
    return {name: feature.astype("float32") for name, feature in features.items()}


def parts(cells: pd.DataFrame) -> Features:
    """Take cells such as `B/12/P` apart.

    Steps: parts
    """
    features: Features = {}
    for name, (delimiter, count) in DELIMITED.items():
        pieces = cells[name].str.split(delimiter, n=count - 1, expand=True, regex=False)
        pieces = pieces.reindex(columns=range(count)).fillna("")
        features |= {f"{name}, part {place + 1}": pieces[place] for place in range(count)}
    return features


def entries(cells: pd.DataFrame) -> Features:
    """Take JSON objects apart: a column of words a key, empty where an object lacks it.

    Steps: entries
    """
    return {
        f"{name}, {key}": fields_of(cells[name], key)
        for name, keys in JSONS.items()
        for key in keys
    }


def items(cells: pd.DataFrame) -> Features:
    """Say of every frequent item whether a list holds it, and how many items the list has.

    Steps: items
    """
    features: Features = {}
    for name, (delimiter, frequent) in LISTS.items():
        lists = items_of(cells[name], delimiter)
        features[f"{name}, items"] = lists.map(len).astype("float32")
        for item in frequent:
            held = lists.map(lambda one, item=item: item in one)
            features[f"{name}, holds {item}"] = held.astype("float32")
    return features


TEXT_MEASURES = {
    "words": r"\S+",
    "capitals": r"[A-Z]",
    "digits": r"\d",
    "marks": r"[!?]",
    "lines": r"[.\n]+",
}


def text_measures(cells: pd.DataFrame) -> Features:
    """Measure texts: how long they are, and how they are written.

    Steps: texts
    """
    features: Features = {}
    for name in TEXTS:
        length = cells[name].str.len().astype("float32")
        features[f"{name}, characters"] = length
        for what, pattern in TEXT_MEASURES.items():
            features[f"{name}, {what}"] = cells[name].str.count(pattern).astype("float32")
        features[f"{name}, letters a word"] = length / features[f"{name}, words"].clip(lower=1)
    return features


def totals(features: Features) -> Features:
    """Add up amounts of one unit, and count how many of them are zero.

    Steps: totals
    """
    found = {}
    for unit, names in AMOUNTS.items():
        block = pd.DataFrame({name: features[name] for name in names})
        found[f"{unit}, total"] = block.sum(axis=1).astype("float32")
        found[f"{unit}, zeros"] = (block == 0).sum(axis=1).astype("float32")
    return found


def empty_cells(cells: pd.DataFrame) -> pd.Series:
    """Count the cells of a row that hold nothing.

    Steps: gaps
    """
    empty = [(cells[name] == "") | cells[name].isin(words) for name, words in GAPS.items()]
    return pd.concat(empty, axis=1).sum(axis=1).astype("float32")


def group_measures(cells: pd.DataFrame) -> Features:
    """Look at the rows of the same table that belong to the same group.

    Steps: groups
    """
    key = group_keys(cells)
    return {"group, rows": key.map(key.value_counts()).astype("float32")}


def group_keys(cells: pd.DataFrame) -> pd.Series:
    """The group of every row; a row with an empty key is a group of its own."""
    key = cells[GROUP_COLUMN]
    if GROUP_DELIMITER:
        key = parts_of(key, GROUP_DELIMITER, GROUP_PARTS)
    if GROUP_WORDING:
        key = wording_of(key)
    if GROUP_BESIDE:
        key = joined_keys([key, *(cells[name] for name in GROUP_BESIDE)])
    own = pd.Series([f"row {place}" for place in range(len(cells))], index=cells.index)
    return key.where(key != "", own)


def words_of(features: pd.DataFrame) -> list[str]:
    """Columns of words."""
    return [str(name) for name in features if features[name].dtype == "str"]


def columns_of_digits(features: pd.DataFrame) -> list[str]:
    """Columns of words that are numbers wherever they are not empty.

    Steps: digits
    """
    filled = {name: features[name][features[name] != ""] for name in words_of(features)}
    return [
        name for name, words in filled.items() if len(words) and to_numbers(words).notna().all()
    ]


def read_digits(features: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Read columns of digits as numbers."""
    return features.assign(**{name: to_numbers(features[name]).astype("float32") for name in names})
