"""What rows of series say themselves, as numbers, and how wrong a simple forecast of them was.

Models of series learn how far a simple forecast is off, in levels of each series (or in logarithms,
where the metric compares these), so that series of all sizes teach each other.
"""

import numpy as np
import pandas as pd

from agents.recipes.blocks.features import build_features, words_of
from agents.recipes.blocks.series import TIME_FINER, TIME_WRITTEN
from agents.recipes.blocks.weights import WEIGHTED, row_weights

OWN_COLUMNS = True
IN_LOGARITHMS = False
SQUARED = False
Words = dict[str, dict[str, int]]


def described(cells: pd.DataFrame) -> pd.DataFrame:
    """What rows say themselves."""
    return build_features(cells) if OWN_COLUMNS else pd.DataFrame(index=cells.index)


def learn_words(features: pd.DataFrame) -> Words:
    """Numbers of the words of every column of words, the most frequent first."""
    return {name: codes_of(features[name]) for name in words_of(features)}


def codes_of(words: pd.Series) -> dict[str, int]:
    """Numbers of words, the most frequent first."""
    return {word: code for code, word in enumerate(words.value_counts().index)}


def numbered(features: pd.DataFrame, words: Words, moments: np.ndarray) -> pd.DataFrame:
    """What rows say themselves as numbers, with their places in the calendar.

    Steps: codes
    """
    codes = {name: features[name].map(codes) for name, codes in words.items()}
    numbers = features.assign(**codes).astype("float32")
    return placed(numbers, moments) if TIME_WRITTEN or TIME_FINER else numbers


def placed(features: pd.DataFrame, moments: np.ndarray) -> pd.DataFrame:
    """The same rows with their places in the calendar."""
    dates = pd.Series(pd.Timestamp(0) + pd.to_timedelta(moments, unit="D")).dt
    places = {
        "day of the year": dates.day_of_year,
        "day of the month": dates.day,
        "day of the week": dates.day_of_week,
        "hour of the day": dates.hour,
    }
    return features.assign(
        **{name: place.to_numpy(dtype="float32") for name, place in places.items()}
    )


def beside(features: pd.DataFrame, past: pd.DataFrame) -> pd.DataFrame:
    """What a row says itself, and what the past says about it."""
    return pd.concat([features.reset_index(drop=True), past], axis=1)


def missed(y: np.ndarray, expected: np.ndarray, level: np.ndarray) -> np.ndarray:
    """By how much the simple forecast was wrong, in levels or in logarithms."""
    if IN_LOGARITHMS:
        simple = np.maximum(expected * level, 0)
        return np.asarray(np.log1p(np.maximum(y, 0)) - np.log1p(simple))
    return np.asarray(y / level - expected)


def levelled_weights(
    level: np.ndarray, cells: pd.DataFrame, target: pd.Series, rows: np.ndarray
) -> pd.Series:
    """How much each row counts: as its error in the target's own unit does."""
    weights = np.ones(len(rows)) if IN_LOGARITHMS else level.copy()
    if SQUARED:
        weights = weights**2
    if WEIGHTED:
        weights = weights * row_weights(cells, target).to_numpy()[rows]
    return pd.Series(weights / weights.mean())
