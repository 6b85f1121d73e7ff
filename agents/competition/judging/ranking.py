"""Ranking candidates by paired comparisons of their kept blind scores.

`rank` orders complete candidates; `screened` says, after a first fold, how far each candidate is
behind the best and what it would weigh in an ensemble. Both only read scores.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from agents.competition.judging.aggregation import find_pool
from agents.competition.judging.scores import BlindScores, Truth, compare, score_blind
from agents.competition.metrics.metrics import metric_of
from agents.models import Comparison, Task


class Candidate(NamedTuple):
    """A candidate with kept blind scores."""

    key: str
    name: str
    order: int
    """Simpler candidates come first."""
    scores: BlindScores


class Ranked(NamedTuple):
    """Keys, the best first, and what the first is ahead of each of the others."""

    order: list[str]
    ahead: list[Comparison]


def rank(task: Task, candidates: Sequence[Candidate], truth: Truth, tie: float) -> Ranked:
    """Order candidates; of those about as good as the best the simplest one wins.

    Args:
        task: What is asked.
        candidates: At least one.
        truth: At least the labels of the rows that were scored.
        tie: Two are about equal under this share of the error of their paired difference.
    """
    metric = metric_of(task.metric)
    gains = {one.key: metric.gain(score_blind(task, one.scores, truth).value) for one in candidates}
    ordered = sorted(candidates, key=lambda one: (-gains[one.key], one.order))
    best = ordered[0]
    equal = [best]
    for other in ordered[1:]:
        comparison = _compare(task, truth, best, other)
        if other.order < best.order and abs(comparison.difference) < tie * comparison.error:
            equal.append(other)
    winner = min(equal, key=lambda one: one.order)
    rest = [one for one in ordered if one is not winner]
    ahead = [_compare(task, truth, winner, other) for other in rest]
    return Ranked([winner.key, *(one.key for one in rest)], ahead)


def screened(
    task: Task, candidates: Mapping[str, BlindScores], truth: Truth
) -> dict[str, tuple[float, float]]:
    """How far each candidate is behind the best on shared rows, and its weight in an ensemble.

    Returns:
        By name: standard errors of the paired difference to the best (0 for itself), and the share
        in a greedy ensemble of all.
    """
    metric = metric_of(task.metric)
    gains = {
        name: metric.gain(score_blind(task, scores, truth).value)
        for name, scores in candidates.items()
    }
    best = max(gains, key=lambda name: gains[name])
    weights = find_pool("greedy", task, candidates, truth).weights
    behind = dict.fromkeys(candidates, 0.0)
    for name, scores in candidates.items():
        if name != best:
            comparison = compare(task, truth, candidates[best], scores)
            behind[name] = max(0.0, comparison.difference / max(comparison.error, 1e-12))
    return {name: (behind[name], weights.get(name, 0.0)) for name in candidates}


def _compare(task: Task, truth: Truth, first: Candidate, second: Candidate) -> Comparison:
    return compare(task, truth, first.scores, second.scores, (first.name, second.name))
