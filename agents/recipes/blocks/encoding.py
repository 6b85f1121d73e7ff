"""Words as numbers: codes, and the mean of the target where a word stands, cross-fitted."""

import numpy as np
import pandas as pd

from agents.recipes.blocks.features import words_of

LOG_TARGET = False
AS_NUMBER = False
PROBLEM = "binary"
CLASSES: list[str] = []
MANY_WORDS = 0
PRIOR_ROWS = 10
CROSS_FITS = 5
MOST_GOALS = 10
Codes = dict[str, dict[str, int]]
Means = dict[str, pd.DataFrame]


def goals_of(target: pd.Series | pd.DataFrame) -> pd.DataFrame:
    """The target as numbers: a column for every frequent class, every label or quantity."""
    if PROBLEM == "multilabel":
        return pd.DataFrame(target)
    if PROBLEM == "regression":
        return pd.DataFrame(np.log1p(target) if LOG_TARGET else target)
    if PROBLEM == "ordinal":
        places = pd.Index(CLASSES).get_indexer(pd.Index(target))
        return pd.DataFrame({"rank": places.astype(float)})
    kinds = CLASSES[-1:] if PROBLEM == "binary" else frequent_words(pd.Series(target))
    return pd.DataFrame({label: (target == label).astype(float) for label in kinds})


def frequent_words(words: pd.Series) -> list[str]:
    """The most frequent words."""
    return [str(word) for word in words.value_counts().index[:MOST_GOALS]]


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


def learn_means(
    features: pd.DataFrame, target: pd.Series | pd.DataFrame, seed: int
) -> tuple[pd.DataFrame, Means]:
    """The target's means for words of many kinds, cross-fitted for the rows themselves.

    Steps: target_means

    Returns:
        A column for every goal and column of many words, and what gives new rows theirs.
    """
    goals = goals_of(target)
    many = [name for name in words_of(features) if features[name].nunique() > MANY_WORDS]
    means = {name: mean_goals(features[name], goals) for name in many}
    fitted = [cross_fitted(features[name], goals, seed) for name in many]
    return pd.concat([features[[]], *fitted], axis=1), means


def as_means(features: pd.DataFrame, means: Means) -> pd.DataFrame:
    """The means that belong to the words of rows."""
    found = [means_of(features[name], known) for name, known in means.items()]
    return pd.concat([features[[]], *found], axis=1)


def mean_goals(words: pd.Series, goals: pd.DataFrame) -> pd.DataFrame:
    """The mean of the goals where each word stands, drawn to the overall mean where that is rare.

    The last row, under a name that no word has, is the overall mean (Micci-Barreca 2001).
    """
    rows = goals.groupby(words.to_numpy())
    means = (rows.sum() + PRIOR_ROWS * goals.mean()).div(rows.size() + PRIOR_ROWS, axis=0)
    return pd.concat([means, goals.mean().to_frame().T.set_axis([None])])


def means_of(words: pd.Series, means: pd.DataFrame) -> pd.DataFrame:
    """Replace words by their means; a word that was never seen gets the overall mean."""
    places = pd.Index(means.index[:-1]).get_indexer(words)
    names = [f"{words.name}, mean of {goal}" for goal in means]
    found = means.to_numpy(dtype="float32")[places]
    return pd.DataFrame(found, columns=names, index=words.index)


def cross_fitted(words: pd.Series, goals: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Replace every row's word by the mean over other rows: none sees its own target."""
    part = np.random.RandomState(seed).permutation(len(words)) % CROSS_FITS
    pieces = [
        means_of(words[part == k], mean_goals(words[part != k], goals[part != k]))
        for k in range(CROSS_FITS)
    ]
    return pd.concat(pieces).sort_index()
