"""Words of many kinds as numbers: the mean of the target where a word stands, cross-fitted."""

import numpy as np
import pandas as pd

LOG_TARGET = False
PROBLEM = "binary"
PRIOR_ROWS = 10
CROSS_FITS = 5


def goals_of(target: pd.Series | pd.DataFrame) -> pd.DataFrame:
    """The target as numbers: a column for every class, label or quantity."""
    if PROBLEM == "multilabel":
        return pd.DataFrame(target)
    if PROBLEM == "regression":
        return pd.DataFrame(np.log1p(target) if LOG_TARGET else target)
    return pd.get_dummies(target, dtype=float, drop_first=PROBLEM == "binary")


def mean_goals(words: pd.Series, goals: pd.DataFrame) -> pd.DataFrame:
    """The mean of the goals where each word stands, drawn to the overall mean where that is rare.

    Steps: target_means
    """
    rows = goals.groupby(words.to_numpy())
    means = (rows.sum() + PRIOR_ROWS * goals.mean()).div(rows.size() + PRIOR_ROWS, axis=0)
    means.loc[None] = goals.mean()
    return means


def as_means(words: pd.Series, means: pd.DataFrame) -> pd.DataFrame:
    """Replace words by their means; a word that was never seen gets the overall mean."""
    known = words.where(words.isin(means.index), None)
    found = means.reindex(known).to_numpy()
    names = [f"{words.name}, mean of {goal}" for goal in means]
    return pd.DataFrame(found, columns=names, index=words.index)


def cross_fitted(words: pd.Series, goals: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Replace every row's word by the mean over other rows: none sees its own target."""
    part = np.random.RandomState(seed).permutation(len(words)) % CROSS_FITS
    pieces = [
        as_means(words[part == k], mean_goals(words[part != k], goals[part != k]))
        for k in range(CROSS_FITS)
    ]
    return pd.concat(pieces).sort_index()
