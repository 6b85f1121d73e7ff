"""Does the test look like train? How well all columns together tell rows of both apart."""

from typing import Final

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from agents.competition.profiling.drift import MOST_ROWS

_PARTS: Final = 3


def drift_of_all(train: np.ndarray, test: np.ndarray, seed: int = 0) -> float | None:
    """How well all columns together tell test rows from training rows (adversarial validation).

    Args:
        train: Features of training rows, NaN for nothing, shape (rows, columns).
        test: Features of test rows, shape (other rows, columns).
        seed: Of the rows that are used and of the folds.

    Returns:
        AUC of small boosted trees, cross-fitted in three parts on at most 10,000 rows of each side;
        None where there is no column or a side has under 30 rows.
    """
    chance = np.random.default_rng(seed)
    sides = [
        rows if len(rows) <= MOST_ROWS else rows[chance.choice(len(rows), MOST_ROWS, replace=False)]
        for rows in (train, test)
    ]
    if train.shape[1] == 0 or min(map(len, sides)) < 30:
        return None
    features = np.concatenate(sides)
    in_test = np.repeat([0, 1], [len(rows) for rows in sides])
    part = chance.permutation(len(features)) % _PARTS
    areas = []
    for blind in range(_PARTS):
        known = part != blind
        model = HistGradientBoostingClassifier(
            max_iter=30, max_leaf_nodes=15, learning_rate=0.2, early_stopping=False
        )
        model.fit(features[known], in_test[known])
        guesses = model.predict_proba(features[~known])[:, 1]
        areas.append(roc_auc_score(in_test[~known], guesses))
    return max(0.5, float(np.mean(areas)))
