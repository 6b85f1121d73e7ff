"""Features as a neural network takes them: numbers on one scale, flags, and codes of words."""

from typing import Any

import numpy as np
import pandas as pd

from agents.recipes.blocks.features import words_of

WORDS = False
FARTHEST = 8.0
RAREST = 3


def learn_inputs(features: pd.DataFrame) -> dict[str, Any]:
    """Learn what `as_inputs` needs; a number that training never varies is left out."""
    numbers = known_numbers(features)
    kinds = numbers.nunique()
    several, two = numbers.columns[kinds > 2], numbers.columns[kinds == 2]
    gaps = numbers.columns[numbers.isna().any() & (kinds > 0)]
    learned: dict[str, Any] = {
        "scales": {name: scale_of(numbers[name].dropna()) for name in several},
        "middles": {name: float(numbers[name].mean()) for name in two},
        "gaps": list(gaps),
    }
    if WORDS:
        learned["codes"] = word_codes(features)
    return learned


def as_inputs(features: pd.DataFrame, learned: dict[str, Any]) -> pd.DataFrame:
    """Scaled numbers as float32, flags as int8, codes of words as int32; nothing is missing."""
    numbers = known_numbers(features)
    inputs = {name: scaled(numbers[name], scale) for name, scale in learned["scales"].items()}
    inputs |= flags(numbers, learned["middles"], learned["gaps"])
    if WORDS:
        for name, codes in learned["codes"].items():
            inputs[name] = features[name].map(codes).fillna(0).astype("int32")
    return pd.DataFrame(inputs, index=features.index)


def known_numbers(features: pd.DataFrame) -> pd.DataFrame:
    """The columns of numbers; what is infinite counts as missing."""
    return features.drop(columns=words_of(features)).replace([np.inf, -np.inf], np.nan)


def scale_of(values: pd.Series) -> tuple[float, float]:
    """The median, and the distance between the quartiles.

    Where these are one value, most rows are alike: then the usual distance of the others.
    """
    low, middle, high = values.quantile([0.25, 0.5, 0.75])
    distances = (values - middle).abs()
    spread = high - low if high > low else distances[distances > 0].median()
    return float(middle), float(spread)


def scaled(values: pd.Series, scale: tuple[float, float]) -> pd.Series:
    """Numbers around 0 whose long tails are pulled in as a logarithm does; a gap becomes 0.

    Steps: scale
    """
    middle, spread = scale
    distances = (values.astype("float64").fillna(middle) - middle) / spread
    bent = np.clip(np.arcsinh(distances), -FARTHEST, FARTHEST)
    return pd.Series(bent, index=values.index, dtype="float32")


def flags(
    numbers: pd.DataFrame, middles: dict[str, float], gaps: list[str]
) -> dict[str, pd.Series]:
    """Which of its two values a number has, and where numbers are missing.

    Steps: flags
    """
    larger = {name: (numbers[name] > middle).astype("int8") for name, middle in middles.items()}
    missing = {f"{name}, missing": numbers[name].isna().astype("int8") for name in gaps}
    return larger | missing


def word_codes(features: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Number the words of every column from 1; 0 is left for rare words and unknown ones.

    Steps: words
    """
    counts = {name: features[name].value_counts() for name in words_of(features)}
    return {
        name: {str(word): code for code, word in enumerate(found.index[found >= RAREST], start=1)}
        for name, found in counts.items()
    }
