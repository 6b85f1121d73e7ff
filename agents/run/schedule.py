"""How a run spends its time, from 60 seconds to a day (`design/scores.md`, "Folds, bagging, time").

The baseline first and alone; then every configuration on fold 1; those that may still matter on the
other folds; then a search around the best; then the ensemble and the decision, within a reserve
that nothing else may touch. Everything here is arithmetic on what is handed in.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

RESERVE_SHARE, RESERVE_MIN_S, RESERVE_MAX_S = 0.15, 12.0, 180.0
SCREENING_SHARE = 0.25
"""Until this share of the limit every configuration meets fold 1."""
FOLDS_SHARE = 0.6
"""Until this share the survivors do the other folds."""
BASELINE_SHARE = 0.08
VAULT_LIMIT_S = 1_800.0
"""From this limit on rows are kept to report on: so many programs are compared then that the best
blind score flatters."""
REPORT_SHARE = 0.25
"""Of the reserve: for the report, when no program may run any more."""
OVERHEAD_S = 4.0
"""What a candidate costs beside its fit: start, `sample`, changed rows."""
LEAST_FIT_S = 2.0
ROOM = 2.0
"""A fit may take this many times what it usually costs, where there is time."""
DEAR = 1.5
"""And at most this many times its fair share of the time for the other folds."""


@dataclass(frozen=True)
class Cost:
    """What a candidate usually costs."""

    name: str
    seconds: float
    """One fit on all rows, on one core."""


@dataclass(frozen=True)
class Schedule:
    """The stages of a run as moments of active time, in seconds.

    An infinite limit is that of a repeatable run, whose searches are bounded by trials instead.
    """

    limit_s: float
    cores: int

    @property
    def reserve_s(self) -> float:
        """Kept at the end for the ensemble, the decision and the report."""
        if math.isinf(self.limit_s):
            return 0.0
        return min(RESERVE_MAX_S, max(RESERVE_MIN_S, self.limit_s * RESERVE_SHARE))

    @property
    def building_ends(self) -> float:
        """When no program may be fitted any more."""
        return self.limit_s - self.reserve_s

    @property
    def programs_end(self) -> float:
        """When no program may run any more, not even to verify what is handed in already."""
        return self.limit_s - self.reserve_s * REPORT_SHARE

    @property
    def screening_ends(self) -> float:
        """When no further configuration begins with fold 1."""
        return min(self.limit_s * SCREENING_SHARE, self.building_ends)

    @property
    def folds_end(self) -> float:
        """When the survivors should have done all folds."""
        return min(self.limit_s * FOLDS_SHARE, self.building_ends)

    def baseline_fit_s(self, folds: int) -> float:
        """What one fit of the baseline may take."""
        return max(LEAST_FIT_S, self.limit_s * BASELINE_SHARE * self.cores / max(1, folds))

    def fit_seconds(self, now: float, costs: Sequence[Cost], folds: int) -> dict[str, float]:
        """What one fit of each configuration may take, the same on every fold.

        Two bounds: all configurations must meet fold 1 while screening lasts, and half of them the
        other folds afterwards. Time is shared in proportion to what each usually costs; what cheap
        ones leave goes to the others.

        Args:
            now: Active seconds so far.
            costs: The configurations that are still to be tried.
            folds: How many fits each of them needs in the end.
        """
        if math.isinf(self.limit_s):
            return {cost.name: math.inf for cost in costs}
        first = (self.screening_ends - now) * self.cores - OVERHEAD_S * len(costs)
        others = (self.folds_end - self.screening_ends) * self.cores
        fair = others / max(1, folds - 1) / max(1.0, len(costs) / 2)
        window = max(LEAST_FIT_S * len(costs), min(first, fair * len(costs)))
        scale = window / max(1e-9, sum(cost.seconds for cost in costs))
        even = window / max(1, len(costs)) if scale >= 1 else LEAST_FIT_S
        most = max(LEAST_FIT_S, DEAR * fair)
        return {
            cost.name: min(most, max(LEAST_FIT_S, even, cost.seconds * min(scale, ROOM)))
            for cost in costs
        }


@dataclass(frozen=True)
class Screened:
    """A configuration after fold 1."""

    name: str
    behind: float
    """How far it is behind the best one, in standard errors of the paired difference."""
    weight: float
    """Its share of the ensemble on fold 1."""
    seconds: float
    """What its fold took on one core."""


CLOSE_ERRORS = 2.0
FEWEST_SURVIVORS = 2


def survivors(screened: Sequence[Screened], window_s: float, cores: int, folds: int) -> list[str]:
    """Who does the other folds: the near ones and those with weight, then whoever time allows.

    One fold of few rows can mislead, so nobody is left out while there is time for all.

    Args:
        screened: Every configuration that passed fold 1.
        window_s: Seconds until the other folds should be done.
        cores: How many programs run side by side.
        folds: How many folds there are in all.

    Returns:
        Names, the most promising first; at least two where there are so many, whatever the time.
    """
    promising = sorted(
        screened,
        key=lambda one: (
            one.behind > CLOSE_ERRORS and one.weight == 0,
            one.behind - CLOSE_ERRORS * one.weight,
            one.seconds,
        ),
    )
    chosen: list[str] = []
    left = window_s * cores
    for one in promising:
        cost = one.seconds * (folds - 1) + OVERHEAD_S
        if len(chosen) >= FEWEST_SURVIVORS and cost > left:
            continue
        chosen.append(one.name)
        left -= cost
    return chosen
