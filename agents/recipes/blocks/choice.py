"""Which of several models errs least on rows that it was not fitted to."""

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone

AS_NUMBER = False
PARTS = 5
ROUNDS = 1
MOST_ROWS = 20_000


def choose(
    models: list[BaseEstimator], features: np.ndarray, goal: pd.Series, seed: int
) -> BaseEstimator:
    """The model with the least loss on rows that it was not fitted to.

    Steps: strength
    """
    rows = np.random.RandomState(seed).permutation(len(features))[:MOST_ROWS]
    features, goal = features[rows], goal.iloc[rows]
    part = np.arange(len(rows)) % PARTS
    losses = np.zeros(len(models))
    for k in range(ROUNDS):
        held_out = part == k
        if not AS_NUMBER:
            held_out &= goal.isin(goal[~held_out]).to_numpy()
        for place, model in enumerate(models):
            fitted = clone(model).fit(features[~held_out], goal[~held_out])
            losses[place] += loss(fitted, features[held_out], goal[held_out])
    return models[int(np.argmin(losses))]


def loss(model: BaseEstimator, features: np.ndarray, goal: pd.Series) -> float:
    """The mean loss on rows with a known target."""
    if AS_NUMBER:
        return float(((model.predict(features) - goal) ** 2).mean())
    place = pd.Index(model.classes_).get_indexer(goal)
    shares = model.predict_proba(features)[np.arange(len(place)), place]
    return float(-np.log(np.maximum(shares, 1e-15)).mean())
