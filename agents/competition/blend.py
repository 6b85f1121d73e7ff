"""Greedy ensemble selection: weights for candidates, found on their blind scores.

Caruana, Niculescu-Mizil, Crew and Ksikes (2004), "Ensemble selection from libraries of models":
begin with the best candidate, again and again add the one (with replacement) that helps the average
most, and keep the best prefix. No bagging and no chance: the same scores give the same weights.

Scores are averaged as they are, except where a metric looks at logarithms of numbers; then the
average is taken there (`Metric.blend_scale`). `blend` is copied as text into stand-alone programs.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from agents.competition.decisions import cross_parts, prior_quantiles
from agents.competition.metrics import (
    SMALLEST_PROBABILITY,
    Array,
    BlendScale,
    Metric,
    metric_named,
    ordered_classes,
)
from agents.competition.scores import BlindScores, Truth, aligned, shared
from agents.models import Task

ROUNDS = 25
"""How many candidates are drawn at most; a weight is a multiple of one over their number."""
PATIENCE = 5
"""After so many draws without progress the search ends."""

Objective = Callable[[Array], float]
"""How good averaged scores of shape (rows, columns) are; more is better."""


def blend(
    frames: dict[str, pd.DataFrame], weights: dict[str, float], scale: str = "linear"
) -> pd.DataFrame:
    """Average scores of the same rows.

    Args:
        frames: Scores of each candidate: `row_id`, then the columns of scores.
        weights: Shares of the candidates; those that are not named have none.
        scale: `linear`, or `log` for an average of log(1 + x).

    Returns:
        Scores in the order of rows and columns of the first candidate that has a weight.
    """
    first = frames[next(iter(weights))]
    columns = [name for name in first.columns if name != "row_id"]
    total = np.zeros((len(first), len(columns)))
    for name, weight in weights.items():
        rows = frames[name].set_index("row_id").loc[list(first["row_id"]), columns]
        values = rows.to_numpy(dtype=float)
        if scale == "log":
            values = np.log1p(np.maximum(values, 0.0))
        total += weight / sum(weights.values()) * values
    if scale == "log":
        total = np.expm1(total)
    blended = pd.DataFrame(total, columns=columns)
    blended.insert(0, "row_id", first["row_id"].to_numpy())
    return blended


def greedy_weights(
    task: Task, candidates: Mapping[str, BlindScores], truth: Truth
) -> dict[str, float]:
    """Weights of the candidates that together score best on the rows that all of them scored.

    Args:
        task: What is asked; its metric is what is optimised.
        candidates: Blind scores by name.
        truth: At least the labels of the rows that were scored.

    Returns:
        Positive weights that sum to 1, the largest first.
    """
    stack, rows, scores = _stacked(task, candidates, truth)
    return _named(list(candidates), _greedy(stack, _objective(task, scores, rows)))


def blended(
    task: Task, candidates: Mapping[str, BlindScores], weights: Mapping[str, float]
) -> BlindScores:
    """Blind scores of a blend on the rows that all its members scored, to fit a decision on.

    Their score flatters the weights, which saw the same rows; `cross_fitted_blend` does not.
    """
    members = dict(zip(weights, shared([candidates[name] for name in weights]), strict=True))
    first = next(iter(members.values()))
    # Ids may come again in another fold, so rows are told apart by their place.
    frames = {
        name: one.frame.assign(row_id=np.arange(len(one.fold))) for name, one in members.items()
    }
    frame = blend(frames, dict(weights), _scale(task))
    return BlindScores(frame.assign(row_id=first.frame["row_id"].to_numpy()), first.fold)


def cross_fitted_blend(
    task: Task, candidates: Mapping[str, BlindScores], truth: Truth
) -> BlindScores:
    """Blended scores of the shared rows, each fold's with weights found on the other folds."""
    stack, rows, scores = _stacked(task, candidates, truth)
    parts = cross_parts(scores.fold)
    blended = np.zeros(stack.shape[1:])
    for part in np.unique(parts):
        held, others = np.flatnonzero(parts == part), np.flatnonzero(parts != part)
        known = others if len(others) else held  # a single row has no others
        objective = _objective(task, scores.at(known), rows.at(known))
        blended[held] = np.tensordot(_greedy(stack[:, known], objective), stack[:, held], axes=1)
    frame = pd.DataFrame(_from_scale(blended, _scale(task)), columns=scores.columns)
    frame.insert(0, "row_id", scores.frame["row_id"].to_numpy())
    return BlindScores(frame, scores.fold)


def _stacked(
    task: Task, candidates: Mapping[str, BlindScores], truth: Truth
) -> tuple[Array, Truth, BlindScores]:
    """Scores of shape (candidates, rows, columns) on the blending scale, beside their truth."""
    same = shared(list(candidates.values()))
    columns = same[0].columns
    scores, rows = aligned(same[0], truth)
    stack = np.stack([one.frame[columns].to_numpy(dtype=float) for one in same])
    return _to_scale(stack, _scale(task)), rows, scores


def _greedy(stack: Array, objective: Objective) -> Array:
    """Shares of the candidates, shape (candidates,)."""
    counts = np.zeros((ROUNDS + 1, len(stack)))
    total = np.zeros(stack.shape[1:])
    best, best_round = -np.inf, 0
    for drawn in range(1, ROUNDS + 1):
        gains = [objective((total + one) / drawn) for one in stack]
        chosen = int(np.argmax(gains))
        total += stack[chosen]
        counts[drawn] = counts[drawn - 1]
        counts[drawn, chosen] += 1
        if gains[chosen] > best + 1e-12:
            best, best_round = gains[chosen], drawn
        if drawn - best_round >= PATIENCE:
            break
    return np.asarray(counts[best_round] / max(1, best_round))


def _named(names: list[str], shares: Array) -> dict[str, float]:
    order = np.argsort(-shares, kind="stable")
    return {names[place]: float(shares[place]) for place in order if shares[place] > 0}


# --- what is optimised --------------------------------------------------------------------------


def _objective(task: Task, scores: BlindScores, truth: Truth) -> Objective:
    """The metric of averaged scores, with the decision that suits them, on encoded rows."""
    metric = metric_named(task.metric.name)
    known = metric.encode_truth(truth.frame, task.targets)
    if metric.answers == "label":
        return _label_objective(task, metric, known, scores.columns)
    if metric.answers == "number":
        return _number_objective(task, metric, known, scores.columns)
    return _probability_objective(task, metric, known, scores)


def _probability_objective(
    task: Task, metric: Metric, truth: Array, scores: BlindScores
) -> Objective:
    places = _answering_columns(task, scores.columns)
    folds = [np.flatnonzero(scores.fold == number) for number in scores.folds]
    groups = folds if metric.pooling == "folds" else [np.arange(len(truth))]

    def gain(blended: Array) -> float:
        answers = np.clip(blended[:, places], 0.0, 1.0)
        values = [metric.measure(truth[rows], answers[rows]) for rows in groups]
        return metric.gain(float(np.mean(values)))

    return gain


def _label_objective(task: Task, metric: Metric, truth: Array, columns: list[str]) -> Objective:
    """How well the probabilities behind labels are, or how well expected ratings agree.

    Labels move in steps, so weights fitted to them follow single rows: on 6,954 rows and three
    candidates, weights by accuracy scored .8076 on other folds and weights by log loss .8133.
    """
    classes = ordered_classes(task.targets[0])
    places = [columns.index(name) for name in classes if name in columns] or [0]
    rows = np.arange(len(truth))
    if len(places) == 1:
        return _rating_objective(metric, truth, len(classes))

    def gain(blended: Array) -> float:
        answers = np.clip(blended[:, places], SMALLEST_PROBABILITY, 1.0)
        return float(np.log(answers[rows, truth] / answers.sum(axis=1)).mean())

    return gain


def _rating_objective(metric: Metric, truth: Array, classes: int) -> Objective:
    """Agreement of expected ratings, cut at the prior quantiles."""

    def gain(blended: Array) -> float:
        cuts = prior_quantiles(blended[:, 0], truth, classes)
        return metric.gain(metric.measure(truth, np.searchsorted(cuts, blended[:, 0], "right")))

    return gain


def _number_objective(task: Task, metric: Metric, truth: Array, columns: list[str]) -> Objective:
    places = [columns.index(target.name) for target in task.targets]
    scale = metric.blend_scale
    low, high = truth.min(axis=0), truth.max(axis=0)

    def gain(blended: Array) -> float:
        answers = np.clip(_from_scale(blended[:, places], scale), low, high)
        return metric.gain(metric.measure(truth, answers))

    return gain


def _answering_columns(task: Task, columns: list[str]) -> list[int]:
    target = task.targets[0]
    if len(task.targets) > 1:
        return [columns.index(one.name) for one in task.targets]
    if len(target.classes) > 2:
        return [columns.index(label) for label in ordered_classes(target)]
    return [columns.index(ordered_classes(target)[1])]


def _scale(task: Task) -> BlendScale:
    return metric_named(task.metric.name).blend_scale


def _to_scale(values: Array, scale: BlendScale) -> Array:
    return np.log1p(np.maximum(values, 0.0)) if scale == "log" else values


def _from_scale(values: Array, scale: BlendScale) -> Array:
    return np.expm1(values) if scale == "log" else values
