"""What the search for an ensemble's weights maximises, on encoded rows.

The search looks at thousands of blends, so truth is encoded once and the decision that suits the
metric is stood in for by something cheap and smooth. Scores are blended on the metric's own scale
(`Metric.blend_scale`); `to_scale` and `from_scale` lead there and back.
"""

from collections.abc import Callable

import numpy as np

from agents.competition.judging.decision_search import prior_quantiles
from agents.competition.judging.scores import BlindScores, Truth
from agents.competition.metrics.labels import Array, label_codes, ordered_classes
from agents.competition.metrics.metric import BlendScale, Metric
from agents.competition.metrics.metric_ranking import SMALLEST_PROBABILITY, cross_entropies
from agents.competition.metrics.metrics import stand_in
from agents.models import Task

Objective = Callable[[Array], float]
"""How good scores of shape (rows, columns), on the scale of averaging, are; more is better."""

_NEAREST = 1e-9
"""How near to 0 and 1 the logit scale goes."""


def objective(task: Task, scores: BlindScores, truth: Truth) -> Objective:
    """The metric of averaged scores, with the decision that suits them, on encoded rows.

    Args:
        task: What is asked.
        scores: Any candidate's scores of the rows, for their columns and folds.
        truth: The truth of the same rows in the same order.
    """
    metric = stand_in(task.metric)
    if task.problem == "regression":
        return _number_objective(task, metric, scores, truth)
    if metric.answers == "probability":
        return _probability_objective(task, metric, scores, truth)
    if task.problem == "multilabel":
        return _many_labels_objective(task, metric, scores, truth)
    return _label_objective(task, metric, scores, truth)


def _probability_objective(
    task: Task, metric: Metric, scores: BlindScores, truth: Truth
) -> Objective:
    known = metric.encode_truth(truth.frame, task.targets)
    places, scale = _answering_columns(task, scores.columns), scale_of(task)
    weights, within = metric.row_facts(truth.frame)
    folds = [np.flatnonzero(scores.fold == number) for number in scores.folds]
    groups = folds if metric.pooling == "folds" else [np.arange(len(known))]
    facts = [(rows, _at(weights, rows), _at(within, rows)) for rows in groups]

    def gain(blended: Array) -> float:
        answers = np.clip(from_scale(blended[:, places], scale), 0.0, 1.0)
        values = [
            metric.measure(known[rows], answers[rows], weight, group)
            for rows, weight, group in facts
        ]
        return metric.gain(float(np.mean(values)))

    return gain


def _label_objective(task: Task, metric: Metric, scores: BlindScores, truth: Truth) -> Objective:
    """How well the probabilities behind labels are, or how well expected ratings agree.

    Labels move in steps, so weights fitted to them follow single rows: on 6,954 rows and three
    candidates, weights by accuracy scored .8076 on other folds and weights by log loss .8133.
    Balanced accuracy counts every class the same, so its rows count by how rare their class is.
    """
    target = task.targets[0]
    classes = ordered_classes(target)
    known = label_codes(truth.frame[target.name], classes)
    places = [scores.columns.index(name) for name in classes if name in scores.columns] or [0]
    rows, weights = np.arange(len(known)), metric.row_facts(truth.frame)[0]
    if len(places) == 1:
        return _rating_objective(metric, known, len(classes), weights)
    if metric.name == "balanced_accuracy":
        rarity = 1 / np.maximum(np.bincount(known, minlength=len(classes)), 1)[known]
        weights = rarity if weights is None else weights * rarity

    def gain(blended: Array) -> float:
        answers = np.clip(blended[:, places], SMALLEST_PROBABILITY, 1.0)
        logs = np.log(answers[rows, known] / answers.sum(axis=1))
        return float(np.average(logs, weights=weights))

    return gain


def _rating_objective(
    metric: Metric, known: Array, classes: int, weights: Array | None
) -> Objective:
    """Agreement of expected ratings, cut at the prior quantiles."""

    def gain(blended: Array) -> float:
        cuts = prior_quantiles(blended[:, 0], known, classes)
        said = np.searchsorted(cuts, blended[:, 0], "right")
        return metric.gain(metric.measure(known, said, weights))

    return gain


def _many_labels_objective(
    task: Task, metric: Metric, scores: BlindScores, truth: Truth
) -> Objective:
    """How well the probabilities behind several labels a row are."""
    known = metric.encode_truth(truth.frame, task.targets)
    places = _answering_columns(task, scores.columns)
    weights = metric.row_facts(truth.frame)[0]

    def gain(blended: Array) -> float:
        losses = cross_entropies(known, blended[:, places]).mean(axis=1)
        return -float(np.average(losses, weights=weights))

    return gain


def _number_objective(task: Task, metric: Metric, scores: BlindScores, truth: Truth) -> Objective:
    known = metric.encode_truth(truth.frame, task.targets)
    places, scale = _answering_columns(task, scores.columns), scale_of(task)
    low, high = known.min(axis=0), known.max(axis=0)
    facts = metric.row_facts(truth.frame)

    def gain(blended: Array) -> float:
        answers = np.clip(from_scale(blended[:, places], scale), low, high)
        if metric.lowest is not None:
            answers = np.maximum(answers, metric.lowest)
        return metric.gain(metric.measure(known, answers, *facts))

    return gain


def _answering_columns(task: Task, columns: list[str]) -> list[int]:
    target = task.targets[0]
    if len(task.targets) > 1 or target.kind == "number" or task.problem == "multilabel":
        return [columns.index(one.name) for one in task.targets]
    if len(target.classes) > 2:
        return [columns.index(label) for label in ordered_classes(target)]
    return [columns.index(ordered_classes(target)[1])]


def _at(facts: Array | None, rows: Array) -> Array | None:
    return None if facts is None else facts[rows]


def scale_of(task: Task) -> BlendScale:
    """The scale on which the task's metric wants scores averaged."""
    scale = stand_in(task.metric).blend_scale
    return "linear" if scale == "logit" and task.problem == "regression" else scale


def to_scale(values: Array, scale: BlendScale) -> Array:
    """Scores on the scale of averaging."""
    if scale == "logit":
        clipped = np.clip(values, _NEAREST, 1 - _NEAREST)
        return np.asarray(np.log(clipped / (1 - clipped)))
    return np.log1p(np.maximum(values, 0.0)) if scale == "log" else values


def from_scale(values: Array, scale: BlendScale) -> Array:
    """The scores that values on the scale of averaging stand for."""
    if scale == "logit":
        return np.asarray(1 / (1 + np.exp(-values)))
    return np.expm1(values) if scale == "log" else values
