"""Rows that occur more than once, and the limit that equal rows with unlike answers set."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from agents.competition.reading.stream import Prints

_FEWEST_EQUAL: Final = 30


class Repeats(NamedTuple):
    """How many rows repeat another one in every feature."""

    within_train: int
    """Training rows that repeat an earlier training row."""
    contradicting: int
    """Those of them whose target is none that an earlier one of these rows had."""
    test_in_train: int
    """Test rows whose features are those of a training row."""
    ceiling: float | None = None
    """See `ceiling_of`."""


def repeated_rows(train: Prints, test: Prints | None) -> tuple[int, int, int]:
    """The three counts of `Repeats`; ids and targets do not make rows different."""
    order = np.lexsort((train.answers, train.features))
    features, answers = train.features[order], train.answers[order]
    if not len(features):
        return 0, 0, 0
    new_row = np.concatenate([[True], features[1:] != features[:-1]])
    new_answer = new_row | np.concatenate([[True], answers[1:] != answers[:-1]])
    kinds, pairs = int(new_row.sum()), int(new_answer.sum())
    again, other = (len(features) - kinds) * train.scale, (pairs - kinds) * train.scale
    return again, other, 0 if test is None else _met(features[new_row], train.scale, test)


def _met(known: np.ndarray, scale: int, test: Prints) -> int:
    """How many test rows occur among sorted training rows."""
    shared = max(scale, test.scale)
    asked = test.features[test.features <= np.uint64(2**64 // shared - 1)]
    if not len(asked):
        return 0
    places = np.searchsorted(known, asked).clip(max=len(known) - 1)
    return int((known[places] == asked).sum()) * shared


def ceiling_of(
    features: np.ndarray, targets: Mapping[str, tuple[np.ndarray, bool]]
) -> float | None:
    """The best score that equal features with different answers leave possible.

    A model that sees these features only has to say the same of equal rows. For classes the best
    it can say is their most frequent class, and the score is the accuracy; for numbers their mean,
    and the score is R². Rows without an equal are taken as predictable, so this is an upper bound;
    with several targets the mean over them.

    Args:
        features: A number a row, equal for equal rows, shape (rows,).
        targets: Values or class codes of shape (rows,), NaN where unknown, and whether they are
            classes, by name.

    Returns:
        A share of 1, or None where fewer than 30 labelled rows have an equal.
    """
    limits = [_limit(features, values, classes) for values, classes in targets.values()]
    known = [limit for limit in limits if limit is not None]
    return float(np.mean(known)) if known else None


def _limit(features: np.ndarray, values: np.ndarray, classes: bool) -> float | None:
    labelled = np.isfinite(values)
    values = values[labelled]
    group = np.unique(features[labelled], return_inverse=True)[1].reshape(-1)
    size = np.bincount(group)
    if int(size[size > 1].sum()) < _FEWEST_EQUAL:
        return None
    if not classes:
        spread = float(((values - values.mean()) ** 2).sum())
        means = np.bincount(group, weights=values) / size
        return float(1 - ((values - means[group]) ** 2).sum() / spread) if spread > 0 else None
    pairs, counts = np.unique(
        np.column_stack([group, values.astype(np.int64)]), axis=0, return_counts=True
    )
    best = np.zeros(len(size))
    np.maximum.at(best, pairs[:, 0], counts)
    return float(best.sum() / len(values))
