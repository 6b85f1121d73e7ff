"""How many groups would random rows cut in two? Exact expectations instead of trials.

Where each row goes to the test with probability q, a group of n rows has rows on both sides with
probability m = 1 - q^n - (1-q)^n. Counting groups, not rows, keeps one large group from deciding.
The number of groups that are cut has the mean sum(m) and, since the number of test rows is given,
the variance sum(m(1-m)) - c^2/v, where c is its covariance with that number and v the number's own
variance. How likely so small a number is, is read from the binomial distribution of that mean and
variance.
"""

from typing import Final, NamedTuple

import numpy as np
from scipy.special import betainc

from agents.competition.metrics.labels import Array

_UNLIKELY: Final = 1e-6
"""Some hundred keys are compared in each of many competitions, and none may alarm by chance."""
_LEAST_GAP: Final = 0.02
"""Share of test rows that must be concerned for folds to differ."""
_FEWEST_GROUPS: Final = 5
_TINY: Final = 1e-9


class Meeting(NamedTuple):
    """How the groups of test rows meet those of the training rows."""

    shared: float
    """Share of the test's groups that also have training rows, 0 to 1."""
    by_chance: float
    """The share to be expected were rows drawn at random."""
    rows_by_chance: float
    """The share of test rows, instead of groups, to be expected so."""
    gap: float
    """That share less the real one."""
    groups: int
    """How many groups have training rows."""
    luck: float
    """The probability that random rows cut so few groups."""

    @property
    def apart(self) -> bool:
        """Whether the files were cut between groups, for the most part at least."""
        return (
            self.shared <= self.by_chance / 2
            and self.gap >= _LEAST_GAP
            and self.groups >= _FEWEST_GROUPS
            and self.luck <= _UNLIKELY
        )


def meeting_of(codes: Array, asked: Array) -> Meeting | None:
    """Compare how groups meet with what chance would do.

    Args:
        codes: Number of each row's group, shape (rows,); -1 for rows of none, which are left out.
        asked: Which rows are the test's, shape (rows,).

    Returns:
        None where one side has no groups.
    """
    codes, asked = codes[codes >= 0], asked[codes >= 0]
    tested, trained = (np.bincount(codes[side], minlength=1) for side in (asked, ~asked))
    tested, trained = _alike_long(tested, trained)
    if not tested.any() or not trained.any():
        return None
    size, both = tested + trained, (tested > 0) & (trained > 0)
    q = tested.sum() / size.sum()
    all_test, all_train = q**size, (1 - q) ** size
    cut = np.where(size > 0, 1 - all_test - all_train, 0).clip(min=0)
    rows_by_chance = 1 - (size * all_test).sum() / tested.sum()
    return Meeting(
        shared=float(both.sum() / (tested > 0).sum()),
        by_chance=float(cut.sum() / (1 - all_train).sum()),
        rows_by_chance=float(rows_by_chance),
        gap=float(rows_by_chance - tested[both].sum() / tested.sum()),
        groups=int((trained > 0).sum()),
        luck=_luck(int(both.sum()), size, cut, q),
    )


def _alike_long(first: Array, second: Array) -> tuple[Array, Array]:
    length = max(len(first), len(second))
    return np.pad(first, (0, length - len(first))), np.pad(second, (0, length - len(second)))


def _luck(found: int, size: Array, cut: Array, q: float) -> float:
    """The probability that at most `found` groups are cut."""
    mean = float(cut.sum())
    if mean <= found:
        return 1.0
    with_rows = (size * (q - q**size - q * cut)).sum()
    variance = (cut * (1 - cut)).sum() - with_rows**2 / (size.sum() * q * (1 - q))
    chance = float(np.clip(1 - variance / mean, _TINY, 1 - _TINY))
    trials = mean / chance
    return 0.0 if trials <= found else float(betainc(trials - found, found + 1, 1 - chance))
