"""What metrics of probabilities and of orders compute.

Probabilities of yes-or-no targets have shape (rows, targets) beside a truth of 0 and 1; those of
one target of several classes have shape (rows, classes) beside codes of shape (rows,).
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

from agents.competition.metrics.labels import Array
from agents.competition.metrics.metric_labels import ratio
from agents.errors import ImlError

SMALLEST_PROBABILITY = 1e-15
"""Probabilities are clipped to this distance from 0 and 1 before their logarithm is taken."""


# --- mean over rows ----------------------------------------------------------------------------


def cross_entropies(truth: Array, answers: Array, *, joint: bool = False) -> Array:
    """Minus the logarithm of the probability given to the truth, shape (rows, targets).

    With `joint`, yes-or-no targets are the classes of one question: shape (rows, 1).
    """
    low, high = SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY
    if truth.ndim == 2 and joint:
        logs = np.log(np.clip(_shares(answers), low, high))
        return np.asarray(-(truth * logs).sum(axis=1, keepdims=True))
    if truth.ndim == 2:
        clipped = np.clip(answers, low, high)
        losses = -(truth * np.log(clipped) + (1 - truth) * np.log(1 - clipped))
        return np.asarray(losses)
    said = np.clip(_shares(answers)[np.arange(len(truth)), truth], low, high)
    return np.asarray(-np.log(said)[:, None])


def brier_scores(truth: Array, answers: Array, *, joint: bool = False) -> Array:
    """Squared distance of the probabilities from the truth (Brier 1950).

    For yes-or-no targets that of the positive label, shape (rows, targets); for several classes
    (also as `joint` yes-or-no targets) the sum over them, shape (rows, 1).
    """
    if truth.ndim == 2 and joint:
        return np.asarray(((_shares(answers) - truth) ** 2).sum(axis=1, keepdims=True))
    if truth.ndim == 2:
        return np.asarray((answers - truth) ** 2)
    distance = _shares(answers)
    distance[np.arange(len(truth)), truth] -= 1
    return np.asarray((distance**2).sum(axis=1)[:, None])


def label_ranking_precisions(truth: Array, answers: Array) -> Array:
    """Label ranking average precision of each row, shape (rows, 1).

    For each true label, the share of true ones among the labels ranked as high or higher
    (scikit-learn, `label_ranking_average_precision_score`); 1 where all or no labels are true.
    """
    order = np.argsort(-answers, axis=1)
    said, held = (np.take_along_axis(one, order, axis=1) for one in (answers, truth))
    places = np.arange(truth.shape[1])
    ends = np.column_stack([said[:, 1:] != said[:, :-1], np.ones(len(said), dtype=bool)])
    # Labels of equal scores share the rank of the last of them.
    ranks = np.where(ends, places, len(places))
    ranks = np.minimum.accumulate(ranks[:, ::-1], axis=1)[:, ::-1]
    above = np.take_along_axis(np.cumsum(held, axis=1), ranks, axis=1)
    total = (held * above / (ranks + 1)).sum(axis=1)
    true = truth.sum(axis=1)
    trivial = (true == 0) | (true == truth.shape[1])
    return np.asarray(np.where(trivial, 1.0, ratio(total, true)))[:, None]


def _shares(answers: Array) -> Array:
    totals = answers.sum(axis=1)
    if (totals <= 0).any():
        raise ImlError("The class probabilities of a row sum to 0; they must sum to 1.")
    return np.asarray(answers / totals[:, None])


# --- the order of all rows ---------------------------------------------------------------------

Curve = Callable[[Array, Array, Array | None], float]
"""From which rows are positive, their scores, and weights, each (rows,); NaN where undefined."""


def area_under_curve(positive: Array, scores: Array, weights: Array | None = None) -> float:
    """Share of pairs (positive, other) that the scores order rightly, ties counting half.

    The Mann-Whitney form of the area under the ROC curve. NaN where one side is empty.
    """
    if weights is not None:
        return _weighted_area(positive, scores, weights)
    first, second = np.sort(scores[positive]), np.sort(scores[~positive])
    few, many = (first, second) if len(first) <= len(second) else (second, first)
    if not len(few):
        return float("nan")
    below = np.searchsorted(many, few, side="left")
    tied = many[np.minimum(below, len(many) - 1)] == few
    ties = np.searchsorted(many, few[tied], side="right") - below[tied]
    share = float(below.sum() + ties.sum() / 2) / (len(few) * len(many))
    return share if len(first) <= len(second) else 1 - share


def _weighted_area(positive: Array, scores: Array, weights: Array) -> float:
    yes, no = _by_score(positive, scores, weights)
    if not yes.sum() or not no.sum():
        return float("nan")
    below = np.cumsum(no) - no
    return float((yes * (below + no / 2)).sum() / (yes.sum() * no.sum()))


def average_precision(positive: Array, scores: Array, weights: Array | None = None) -> float:
    """Precision summed over the steps of recall (scikit-learn, `average_precision_score`)."""
    one = np.ones(len(scores)) if weights is None else weights
    yes, no = (sums[::-1] for sums in _by_score(positive, scores, one))
    if not yes.sum():
        return float("nan")
    precision = ratio(np.cumsum(yes), np.cumsum(yes + no))
    return float((precision * yes).sum() / yes.sum())


def _by_score(positive: Array, scores: Array, weights: Array) -> tuple[Array, Array]:
    """Weight of positive and of other rows at each distinct score, ascending."""
    values, place = np.unique(scores, return_inverse=True)
    yes = np.bincount(place, weights=weights * positive, minlength=len(values))
    return yes, np.bincount(place, weights=weights, minlength=len(values)) - yes


def mean_auc(
    truth: Array,
    answers: Array,
    weights: Array | None = None,
    *,
    average: Literal["macro", "weighted"] = "macro",
) -> float:
    """Mean area under the curve over targets, or over classes against the rest.

    One whose rows all say the same says nothing and is left out. `weighted` averages by how many
    rows are positive.
    """
    return _mean_over(area_under_curve, truth, answers, weights, average)


def moves_of_mean_auc(
    truth: Array,
    answers: Array,
    weights: Array | None = None,
    *,
    average: Literal["macro", "weighted"] = "macro",
) -> Array:
    """How far each row moves `mean_auc`, shape (rows,), as `Metric.influence` means it.

    A row moves the area by how its own share of rightly ordered pairs differs from the mean
    (DeLong, DeLong and Clarke-Pearson 1988; for rows that come in groups Obuchowski 1997).
    """
    if truth.ndim == 1:
        truth = truth[:, None] == np.arange(answers.shape[1])
    weight = np.ones(len(truth)) if weights is None else weights
    moved, areas, amounts = np.zeros(len(truth)), [], []
    columns = [
        (yes, *_placements(yes, said, weight))
        for yes, said in zip((truth > 0).T, answers.T, strict=True)
        if yes.any() and not yes.all()
    ]
    for yes, _, area in columns:
        areas.append(area)
        amounts.append(yes.mean() if average == "weighted" else 1.0)
    shares = np.array(amounts) / max(sum(amounts), 1e-300)
    mean = float(shares @ areas) if areas else 0.5
    for (yes, placement, area), share in zip(columns, shares, strict=True):
        side = np.where(yes, weight @ yes, weight @ ~yes)
        moved += share * weight * (placement - area) * len(truth) / side
        if average == "weighted":
            moved += share * (yes / yes.mean()) * (area - mean)
    return np.asarray(moved - moved.mean())


def _placements(positive: Array, scores: Array, weights: Array) -> tuple[Array, float]:
    """Each row's share of the other side's rows that it is ordered rightly with; the area."""
    values, place = np.unique(scores, return_inverse=True)
    yes = np.bincount(place, weights=weights * positive, minlength=len(values))
    no = np.bincount(place, weights=weights, minlength=len(values)) - yes
    below = (np.cumsum(no) - no / 2) / no.sum()
    above = 1 - (np.cumsum(yes) - yes / 2) / yes.sum()
    return np.where(positive, below[place], above[place]), float(yes @ below / yes.sum())


def mean_average_precision(
    truth: Array,
    answers: Array,
    weights: Array | None = None,
    *,
    average: Literal["macro", "weighted"] = "macro",
) -> float:
    """Mean average precision over targets, or over classes against the rest."""
    return _mean_over(average_precision, truth, answers, weights, average)


def _mean_over(
    curve: Curve, truth: Array, answers: Array, weights: Array | None, average: str
) -> float:
    if truth.ndim == 1:
        truth = truth[:, None] == np.arange(answers.shape[1])
    positive = truth > 0
    areas = np.array(
        [curve(yes, said, weights) for yes, said in zip(positive.T, answers.T, strict=True)]
    )
    known = ~np.isnan(areas)
    shares = positive.mean(axis=0)[known] if average == "weighted" else np.ones(known.sum())
    return float(np.average(areas[known], weights=shares)) if known.any() else 0.5


def normalised_gini(truth: Array, answers: Array, weights: Array | None = None) -> float:
    """How well answers order the truth, as a share of what the truth itself would do.

    The covariance of truth and ranks (Lerman and Yitzhaki 1984), ties sharing their mean rank; for
    two classes it is 2 · AUC - 1. The mean over targets.
    """
    values = []
    for actual, said in zip(truth.T, answers.T, strict=True):
        best = _covariance(actual, _ranks(actual, weights), weights)
        values.append(_covariance(actual, _ranks(said, weights), weights) / best if best else 0.0)
    return float(np.mean(values))


def mean_pearson(truth: Array, answers: Array, weights: Array | None = None) -> float:
    """Mean correlation over targets; 0 for constant answers."""
    pairs = zip(truth.T, answers.T, strict=True)
    return float(np.mean([_correlation(actual, said, weights) for actual, said in pairs]))


def mean_spearman(truth: Array, answers: Array, weights: Array | None = None) -> float:  # noqa: ARG001 - ranks of weighted rows are not defined
    """Mean correlation of ranks over targets, ties sharing their mean rank."""
    ranked = [
        np.column_stack([_ranks(values, None) for values in one.T]) for one in (truth, answers)
    ]
    return mean_pearson(ranked[0], ranked[1])


def _ranks(values: Array, weights: Array | None) -> Array:
    """Weight of the rows below, and half of that of the rows beside, shape (rows,)."""
    _, place = np.unique(values, return_inverse=True)
    held = np.bincount(place, weights=weights)
    return np.asarray((np.cumsum(held) - held / 2)[place])


def _covariance(first: Array, second: Array, weights: Array | None) -> float:
    centred = second - np.average(second, weights=weights)
    return float(np.average(first * centred, weights=weights))


def _correlation(first: Array, second: Array, weights: Array | None) -> float:
    spreads = _covariance(first, first, weights) * _covariance(second, second, weights)
    return _covariance(first, second, weights) / float(np.sqrt(spreads)) if spreads > 0 else 0.0
