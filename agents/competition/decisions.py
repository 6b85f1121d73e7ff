"""Decisions turn scores into answers: `predict` never decides, the engine does.

Every decision is a pair of functions. `fit` learns parameters from blind scores and their truth;
`apply` uses them. The `apply_…` functions are copied as text into stand-alone programs: each is
complete in itself, needs only numpy and pandas, and takes parameters that JSON can hold.

A decision is scored cross-fitted: what a fold answers was decided by the other folds. Where several
decisions suit a task, the one with the best cross-fitted score is taken.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from agents.competition.metrics import (
    Array,
    Metric,
    label_codes,
    metric_named,
    ordered_classes,
    positive_label,
)
from agents.errors import InputError
from agents.models import Decision, Task

Parameters = dict[str, Any]

PARTS = 5
"""Into how many parts rows are dealt where there are no folds to cross-fit over."""


# --- applied by the engine and by stand-alone programs ------------------------------------------


def apply_argmax(scores: pd.DataFrame, parameters: dict[str, Any]) -> pd.DataFrame:
    """Answer the most probable class."""
    labels = np.array(parameters["classes"], dtype=object)
    best = scores[parameters["classes"]].to_numpy(dtype=float).argmax(axis=1)
    return pd.DataFrame({"row_id": scores["row_id"].to_numpy(), parameters["target"]: labels[best]})


def apply_threshold(scores: pd.DataFrame, parameters: dict[str, Any]) -> pd.DataFrame:
    """Answer the positive label where its probability reaches the threshold."""
    labels = np.array([parameters["negative"], parameters["positive"]], dtype=object)
    probability = scores[parameters["positive"]].to_numpy(dtype=float)
    reached = (probability >= parameters["threshold"]).astype(int)
    return pd.DataFrame(
        {"row_id": scores["row_id"].to_numpy(), parameters["target"]: labels[reached]}
    )


def apply_quantile_cuts(scores: pd.DataFrame, parameters: dict[str, Any]) -> pd.DataFrame:
    """Answer the rating between whose cuts the expected rating lies."""
    classes = parameters["classes"]
    if set(classes) <= set(scores.columns):
        expected = scores[classes].to_numpy(dtype=float) @ np.arange(len(classes))
    else:
        expected = scores[parameters["target"]].to_numpy(dtype=float)
    rank = np.searchsorted(np.array(parameters["cuts"], dtype=float), expected, side="right")
    labels = np.array(classes, dtype=object)
    return pd.DataFrame({"row_id": scores["row_id"].to_numpy(), parameters["target"]: labels[rank]})


def apply_clip(scores: pd.DataFrame, parameters: dict[str, Any]) -> pd.DataFrame:
    """Keep numbers within the range of the training rows."""
    answers = pd.DataFrame({"row_id": scores["row_id"].to_numpy()})
    for name, (low, high) in parameters["ranges"].items():
        answers[name] = np.clip(scores[name].to_numpy(dtype=float), low, high)
    return answers


def apply_identity(scores: pd.DataFrame, parameters: dict[str, Any]) -> pd.DataFrame:
    """Answer the probabilities themselves, kept between 0 and 1."""
    answers = pd.DataFrame({"row_id": scores["row_id"].to_numpy()})
    for name, column in parameters["columns"].items():
        answers[name] = np.clip(scores[column].to_numpy(dtype=float), 0.0, 1.0)
    return answers


# --- fitted by the engine -----------------------------------------------------------------------


def fit_argmax(
    task: Task,
    scores: pd.DataFrame,  # noqa: ARG001 - nothing is learnt
    truth: pd.DataFrame,  # noqa: ARG001
    metric: Metric,  # noqa: ARG001
) -> Parameters:
    """Name the target and its classes."""
    target = task.targets[0]
    return {"target": target.name, "classes": ordered_classes(target)}


def fit_threshold(
    task: Task, scores: pd.DataFrame, truth: pd.DataFrame, metric: Metric
) -> Parameters:
    """Find the threshold that the metric likes best; of equally good ones the nearest to 0.5."""
    target = task.targets[0]
    negative, positive = ordered_classes(target)
    codes = label_codes(truth[target.name], [negative, positive])
    probability = scores[positive].to_numpy(dtype=float)
    thresholds, values = threshold_curve(codes == 1, probability, metric)
    gains = values if metric.direction == "higher" else -values
    best = np.flatnonzero(gains >= gains.max() - 1e-12)
    chosen = thresholds[best[np.argmin(np.abs(thresholds[best] - 0.5))]]
    return {
        "target": target.name,
        "negative": negative,
        "positive": positive,
        "threshold": float(chosen),
    }


def threshold_curve(positive: Array, probability: Array, metric: Metric) -> tuple[Array, Array]:
    """The metric at every threshold that tells two neighbouring probabilities apart.

    Args:
        positive: Which rows are positive, shape (rows,).
        probability: Shape (rows,).
        metric: One that knows its value from counts.

    Returns:
        Thresholds, ascending, and the metric's values there.
    """
    assert metric.counts is not None  # `choose_decision` offers thresholds only to such metrics
    order = np.argsort(probability, kind="stable")
    values, first = np.unique(probability[order], return_index=True)
    positives_below = np.concatenate([[0], np.cumsum(positive[order])])[first]
    fn, tn = positives_below, first - positives_below
    tp, fp = positive.sum() - fn, (~positive).sum() - tn
    between = np.concatenate([values[:1], (values[1:] + values[:-1]) / 2])
    return between, metric.counts(*(counts.astype(float) for counts in (tp, fp, fn, tn)))


def fit_quantile_cuts(
    task: Task,
    scores: pd.DataFrame,
    truth: pd.DataFrame,
    metric: Metric,  # noqa: ARG001 - the cuts follow the shares of the ratings
) -> Parameters:
    """Cut expected ratings so that every rating is answered as often as it occurs."""
    target = task.targets[0]
    classes = ordered_classes(target)
    codes = label_codes(truth[target.name], classes)
    if set(classes) <= set(scores.columns):
        expected = scores[classes].to_numpy(dtype=float) @ np.arange(len(classes))
    else:
        expected = scores[target.name].to_numpy(dtype=float)
    return {
        "target": target.name,
        "classes": classes,
        "cuts": prior_quantiles(expected, codes, len(classes)).tolist(),
    }


def prior_quantiles(expected: Array, codes: Array, classes: int) -> Array:
    """Cuts of shape (classes - 1,) below which as many expectations lie as truths."""
    shares = np.cumsum(np.bincount(codes[codes >= 0], minlength=classes)) / max(1, len(codes))
    return np.asarray(np.quantile(expected, np.clip(shares[:-1], 0.0, 1.0)))


def fit_clip(
    task: Task,
    scores: pd.DataFrame,  # noqa: ARG001 - the range is that of the truth
    truth: pd.DataFrame,
    metric: Metric,
) -> Parameters:
    """The range of each target; never below 0 where the metric cannot score less."""
    ranges = {}
    for target in task.targets:
        numbers = pd.to_numeric(truth[target.name], errors="coerce").dropna()
        low, high = float(numbers.min()), float(numbers.max())
        ranges[target.name] = [max(low, 0.0) if metric.name == "rmsle" else low, high]
    return {"ranges": ranges}


def fit_identity(
    task: Task,
    scores: pd.DataFrame,  # noqa: ARG001 - nothing is learnt
    truth: pd.DataFrame,  # noqa: ARG001
    metric: Metric,  # noqa: ARG001
) -> Parameters:
    """Say which column of the scores answers which column of the submission."""
    target = task.targets[0]
    if len(task.targets) > 1:
        return {"columns": {target.name: target.name for target in task.targets}}
    if len(target.classes) > 2:
        return {"columns": {label: label for label in ordered_classes(target)}}
    return {"columns": {target.name: positive_label(target)}}


@dataclass(frozen=True)
class Rule:
    """A registered decision."""

    fit: Callable[[Task, pd.DataFrame, pd.DataFrame, Metric], Parameters]
    """From the task, scores and their truth (row beside row), and the metric."""
    apply: Callable[[pd.DataFrame, Parameters], pd.DataFrame]
    """From scores (`row_id` first) and parameters to answers (`row_id` first)."""


RULES: dict[str, Rule] = {
    "argmax": Rule(fit_argmax, apply_argmax),
    "threshold": Rule(fit_threshold, apply_threshold),
    "quantile_cuts": Rule(fit_quantile_cuts, apply_quantile_cuts),
    "clip": Rule(fit_clip, apply_clip),
    "identity": Rule(fit_identity, apply_identity),
}
"""Every known decision by name."""


# --- choosing, fitting, cross-fitting -----------------------------------------------------------


def choose_decision(task: Task) -> tuple[str, ...]:
    """Names of the decisions worth trying for a task, the simplest first.

    Raises:
        InputError: If the task's metric cannot score its problem.
    """
    metric = metric_named(task.metric.name)
    if not metric.suits(task.problem):
        message = f"{metric.title} cannot score a {task.problem} target"
        raise InputError(f"{message}; choose another metric with --metric.")
    if metric.answers == "number":
        return ("clip",)
    if metric.answers == "probability":
        return ("identity",)
    if task.problem == "binary":
        return ("argmax", "threshold")
    if task.problem == "ordinal" and metric.name == "kappa":
        return ("argmax", "quantile_cuts")
    return ("argmax",)


def apply_decision(decision: Decision, scores: pd.DataFrame) -> pd.DataFrame:
    """Answers of a fitted decision, in the order of `scores`."""
    return RULES[decision.name].apply(scores, dict(decision.parameters))


def fit_decision(task: Task, scores: pd.DataFrame, truth: pd.DataFrame, metric: Metric) -> Decision:
    """Choose and fit the decision for a task.

    Args:
        task: What is asked.
        scores: Blind scores of any number of folds, one below the other.
        truth: A column a target, in the order of `scores`.
        metric: The task's metric.
    """
    names = _usable(choose_decision(task), scores, task)
    fits = [partial(_fit_named, name, task, metric) for name in names]
    if len(fits) == 1:
        return fits[0](scores, truth)
    parts = np.arange(len(scores)) % PARTS
    answers = [_cross_fit(fit, scores, truth, parts) for fit in fits]
    gains = [metric.gain(metric.evaluate(truth, said, task.targets)) for said in answers]
    return fits[int(np.argmax(gains))](scores, truth)


def cross_fitted(
    task: Task, scores: pd.DataFrame, truth: pd.DataFrame, fold: Array, metric: Metric
) -> pd.DataFrame:
    """Answers of which each fold's were decided on the other folds.

    Args:
        task: What is asked.
        scores: Blind scores of all folds.
        truth: A column a target, in the order of `scores`.
        fold: The fold of every row; with a single fold, its rows are dealt into five parts.
        metric: The task's metric.

    Returns:
        Answers in the order of `scores`.
    """
    return _cross_fit(
        lambda scores, truth: fit_decision(task, scores, truth, metric),
        scores,
        truth,
        cross_parts(fold),
    )


def cross_parts(fold: Array) -> Array:
    """The folds where there are several, otherwise rows dealt into parts."""
    several = len(np.unique(fold)) > 1
    return np.asarray(fold) if several else np.arange(len(fold)) % PARTS


def _usable(names: tuple[str, ...], scores: pd.DataFrame, task: Task) -> tuple[str, ...]:
    """Leave out argmax where a regression on ratings gives a single column."""
    classes = set(task.targets[0].classes)
    return tuple(name for name in names if name != "argmax" or classes <= set(scores.columns))


def _fit_named(
    name: str, task: Task, metric: Metric, scores: pd.DataFrame, truth: pd.DataFrame
) -> Decision:
    return Decision(name=name, parameters=RULES[name].fit(task, scores, truth, metric))


def _cross_fit(
    decide: Callable[[pd.DataFrame, pd.DataFrame], Decision],
    scores: pd.DataFrame,
    truth: pd.DataFrame,
    parts: Array,
) -> pd.DataFrame:
    pieces = []
    for part in np.unique(parts):
        held, others = np.flatnonzero(parts == part), np.flatnonzero(parts != part)
        known = others if len(others) else held  # a single row has no others
        decision = decide(scores.iloc[known], truth.iloc[known])
        pieces.append(apply_decision(decision, scores.iloc[held]).set_index(held))
    return pd.concat(pieces).sort_index()
