"""Does the test look like train? How well a column tells rows of both apart.

The measure is the area under the ROC curve of a guess "this row is of the test": .5 where nothing
differs, 1 where a look is enough. The guess is cross-fitted, so noise gives .5 and not more.
"""

from typing import Final

import numpy as np

MOST_ROWS: Final = 10_000
"""Of each side."""


def drift_of_levels(levels: np.ndarray, in_test: np.ndarray, seed: int = 0) -> float:
    """How well the levels of one column tell test rows from training rows.

    Either half of the rows is guessed by the test's share at their level in the other half.

    Args:
        levels: Level codes of all rows, non-negative integers, shape (rows,).
        in_test: Whether a row is of the test, shape (rows,).
        seed: Of the halves.

    Returns:
        AUC, at least 0.5.
    """
    half = np.random.default_rng(seed).integers(0, 2, len(levels))
    counts = np.zeros((2, int(levels.max()) + 1, 2))
    np.add.at(counts, (half, levels, in_test.astype(np.int64)), 1)
    areas = [_area(counts[one], counts[1 - one]) for one in (0, 1)]
    return max(0.5, float(np.mean(areas)))


def _area(judged: np.ndarray, learned: np.ndarray) -> float:
    """AUC of counts by level and side, levels ranked by the test's share in other counts."""
    share = (learned[:, 1] + learned[:, 1].sum() / max(1.0, learned.sum())) / (
        learned.sum(axis=1) + 1
    )
    alike = np.unique(share, return_inverse=True)[1]
    train, test = (np.bincount(alike, weights=judged[:, side]) for side in (0, 1))
    pairs = train.sum() * test.sum()
    if pairs == 0:
        return 0.5
    below = np.cumsum(train) - train
    return float((test * (below + train / 2)).sum() / pairs)


def drift_by_chance(train_rows: int, test_rows: int) -> float:
    """The standard error of the AUC of a guess that is blind (Hanley and McNeil 1982)."""
    train_rows, test_rows = max(1, train_rows), max(1, test_rows)
    return float(np.sqrt((train_rows + test_rows + 1) / (12 * train_rows * test_rows)))
