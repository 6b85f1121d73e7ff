"""What decisions learn: parameters from blind scores and their truth, row beside row.

Each function takes the task, scores (`row_id` first), truth (a column a target, and the rows'
weights where the metric goes by them) and the metric, and returns parameters that JSON can hold.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from agents.competition.judging.decision_search import (
    best_class_weights,
    best_cuts,
    best_f_thresholds,
    best_temperature,
    best_threshold,
    counts_by_threshold,
    prior_quantiles,
    threshold_curve,
)
from agents.competition.metrics.labels import (
    Array,
    held_labels,
    is_positive,
    label_codes,
    ordered_classes,
    positive_label,
)
from agents.competition.metrics.metric import Metric
from agents.models import Task

Parameters = dict[str, Any]

MOST_ROWS = 10_000
"""Searches over class weights and temperatures look at so many rows at most."""
MOST_CELLS = 200_000
"""And at so many probabilities at most, where classes or labels are many."""
FEWEST_POSITIVE = 10
"""A label with fewer positive rows shares its threshold with all labels."""
_OFTEN = 0.005
"""Share of the rows that lie at the end of a scale."""
_FACTORS = np.geomspace(0.7, 1.4, 71)
_SHIFTS = np.linspace(0.1, 0.9, 33)
_THRESHOLDS = np.linspace(0.02, 0.98, 49)


# --- one label a row ---------------------------------------------------------------------------


def fit_argmax(
    task: Task,
    scores: pd.DataFrame,  # noqa: ARG001 - nothing is learnt
    truth: pd.DataFrame,  # noqa: ARG001
    metric: Metric,  # noqa: ARG001
) -> Parameters:
    """Name the target and its classes."""
    target = task.targets[0]
    return {"target": target.name, "classes": ordered_classes(target)}


def fit_weighted_argmax(
    task: Task, scores: pd.DataFrame, truth: pd.DataFrame, metric: Metric
) -> Parameters:
    """Find the factor of every class under which the metric is best."""
    scores, truth = _some(scores, truth, MOST_CELLS // len(task.targets[0].classes))
    named = fit_argmax(task, scores, truth, metric)
    codes = label_codes(truth[task.targets[0].name], named["classes"])
    probabilities = scores[named["classes"]].to_numpy(dtype=float)
    found = best_class_weights(probabilities, codes, metric, metric.row_facts(truth)[0])
    return named | {"factors": [float(f"{factor:.6g}") for factor in found]}


def fit_threshold(
    task: Task, scores: pd.DataFrame, truth: pd.DataFrame, metric: Metric
) -> Parameters:
    """Find the threshold that the metric likes best; of equally good ones the nearest to 0.5."""
    target = task.targets[0]
    negative, positive = ordered_classes(target)
    thresholds, values = threshold_curve(
        is_positive(truth[target.name], target) == 1,
        scores[positive].to_numpy(dtype=float),
        metric.of_counts,
        metric.row_facts(truth)[0],
    )
    gains = values if metric.direction == "higher" else -values
    return {
        "target": target.name,
        "negative": negative,
        "positive": positive,
        "threshold": best_threshold(thresholds, gains),
    }


def fit_prior_cuts(
    task: Task,
    scores: pd.DataFrame,
    truth: pd.DataFrame,
    metric: Metric,  # noqa: ARG001 - the cuts follow the shares of the ratings
) -> Parameters:
    """Cut expected ratings so that every rating is answered as often as it occurs."""
    named, expected, codes = _ratings(task, scores, truth)
    cuts = prior_quantiles(expected, codes, len(named["classes"]))
    return named | {"cuts": cuts.tolist()}


def fit_optimised_cuts(
    task: Task, scores: pd.DataFrame, truth: pd.DataFrame, metric: Metric
) -> Parameters:
    """Cut expected ratings where the metric likes it best."""
    named, expected, codes = _ratings(task, scores, truth)
    weights = metric.row_facts(truth)[0]
    cuts = best_cuts(expected, codes, len(named["classes"]), metric, weights)
    return named | {"cuts": cuts.tolist()}


def _ratings(
    task: Task, scores: pd.DataFrame, truth: pd.DataFrame
) -> tuple[Parameters, Array, Array]:
    """Target and classes, expected ratings (rows,), and codes of the true ones (rows,)."""
    target = task.targets[0]
    classes = ordered_classes(target)
    codes = label_codes(truth[target.name], classes)
    if set(classes) <= set(scores.columns):
        expected = scores[classes].to_numpy(dtype=float) @ np.arange(len(classes))
    else:
        expected = scores[target.name].to_numpy(dtype=float)
    return {"target": target.name, "classes": classes}, expected, codes


# --- several labels or guesses a row -----------------------------------------------------------


def fit_top_guesses(
    task: Task,
    scores: pd.DataFrame,
    truth: pd.DataFrame,
    metric: Metric,
) -> Parameters:
    """Say how many guesses are asked for."""
    return fit_argmax(task, scores, truth, metric) | {"guesses": metric.options["k"]}


def fit_shared_threshold(
    task: Task, scores: pd.DataFrame, truth: pd.DataFrame, metric: Metric
) -> Parameters:
    """Find the one threshold of all labels that the metric likes best."""
    some, known = _some(scores, truth, MOST_CELLS // len(task.targets))
    threshold = _shared_threshold(task, some, known, metric)
    return _labels(task, truth, dict.fromkeys((one.name for one in task.targets), threshold))


def fit_label_thresholds(
    task: Task, scores: pd.DataFrame, truth: pd.DataFrame, metric: Metric
) -> Parameters:
    """Find the threshold of each label for its own F; labels with few positive rows share one."""
    beta = float(str(metric.options.get("beta", 1.0)))
    weights = metric.row_facts(truth)[0]
    some, known = _some(scores, truth, MOST_CELLS // len(task.targets))
    shared = _shared_threshold(task, some, known, metric)
    names = [target.name for target in task.targets]
    held, said = held_labels(truth, task.targets), scores[names].to_numpy(dtype=float)
    enough = held.sum(axis=0) >= FEWEST_POSITIVE
    own = best_f_thresholds(held[:, enough], said[:, enough], beta, weights)
    thresholds = dict.fromkeys(names, shared)
    thresholds |= zip(np.array(names)[enough].tolist(), own.tolist(), strict=True)
    return _labels(task, truth, thresholds)


def fit_expected_labels(
    task: Task,
    scores: pd.DataFrame,  # noqa: ARG001 - nothing is learnt from them
    truth: pd.DataFrame,
    metric: Metric,
) -> Parameters:
    """Say what is expected to be greatest, and whether a row may have no label."""
    named = _labels(task, truth, {})
    beta = float(str(metric.options.get("beta", 1.0)))
    return named | {"jaccard": metric.name == "jaccard", "beta": beta}


def _shared_threshold(
    task: Task, scores: pd.DataFrame, truth: pd.DataFrame, metric: Metric
) -> float:
    known = metric.encode_truth(truth, task.targets)
    said = scores[[target.name for target in task.targets]].to_numpy(dtype=float)
    facts = metric.row_facts(truth)
    if metric.counts is not None and facts[1] is None:
        counts = counts_by_threshold(known, said, _THRESHOLDS, facts[0])
        values = metric.of_labels(*counts)
    else:
        values = np.array(
            [metric.measure(known, (said >= one).astype(float), *facts) for one in _THRESHOLDS]
        )
    return best_threshold(_THRESHOLDS, values if metric.direction == "higher" else -values)


def _labels(task: Task, truth: pd.DataFrame, thresholds: dict[str, float]) -> Parameters:
    """Each target's labels and its threshold, if any, and the fewest labels that a row has.

    Only where labels are listed in a cell must a row have one, unless training rows have none.
    """
    listed = task.label_list is not None
    least = int(listed and bool(held_labels(truth, task.targets).any(axis=1).all()))
    columns = {
        target.name: [*ordered_classes(target), *_listed(thresholds.get(target.name))]
        for target in task.targets
    }
    return {"columns": columns, "least": least}


def _listed(threshold: float | None) -> list[float]:
    return [] if threshold is None else [round(threshold, 6)]


# --- probabilities -----------------------------------------------------------------------------


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


def are_shares(task: Task, metric: Metric) -> bool:
    """Whether the probabilities of a row sum to one."""
    if len(task.targets) > 1:
        return bool(metric.options.get("joint"))
    return len(task.targets[0].classes) > 2


def fit_temperature(
    task: Task, scores: pd.DataFrame, truth: pd.DataFrame, metric: Metric
) -> Parameters:
    """Find the temperature that makes probabilities as sure as they should be (Guo et al. 2017)."""
    named = fit_identity(task, scores, truth, metric)
    scores, truth = _some(scores, truth, MOST_CELLS // len(named["columns"]))
    shares = are_shares(task, metric)
    known = metric.encode_truth(truth, task.targets)
    said = scores[list(named["columns"].values())].to_numpy(dtype=float)
    weights = metric.row_facts(truth)[0]

    def loss(temperature: float) -> float:
        return metric.measure(known, _tempered(said, temperature, shares=shares), weights)

    return named | {"temperature": round(best_temperature(loss), 4), "shares": shares}


def _tempered(said: Array, temperature: float, *, shares: bool) -> Array:
    """What `apply_temperature` answers, on arrays."""
    clipped = np.clip(said, 1e-15, 1 - 1e-15)
    powers = clipped ** (1 / temperature)
    others = 0.0 if shares else (1 - clipped) ** (1 / temperature)
    return np.asarray(powers / (powers.sum(axis=1, keepdims=True) if shares else powers + others))


# --- numbers -----------------------------------------------------------------------------------


def fit_clip(
    task: Task,
    scores: pd.DataFrame,  # noqa: ARG001 - the range is that of the truth
    truth: pd.DataFrame,
    metric: Metric,
) -> Parameters:
    """The range of each target, with room; never below what the metric can score."""
    ranges = {}
    for target in task.targets:
        numbers = pd.to_numeric(truth[target.name], errors="coerce").dropna()
        low, high = _roomy_range(numbers.to_numpy(dtype=float))
        ranges[target.name] = [low if metric.lowest is None else max(low, metric.lowest), high]
    return {"ranges": ranges}


def _roomy_range(numbers: Array) -> tuple[float, float]:
    """Between which bounds answers may lie.

    An end that many rows have is the end of a scale. Any other is where a sample of the rows ends,
    which may be those of one season: half of the span more is left there, on the same side of 0.
    """
    low, high = float(numbers.min()), float(numbers.max())
    room = (high - low) / 2
    if (numbers % 1 == 0).all():
        room = float(np.ceil(room))
    often = max(1.0, _OFTEN * len(numbers))
    below, above = low - room, high + room
    if (numbers == low).sum() <= often:
        low = max(below, 0.0) if low >= 0 else below
    if (numbers == high).sum() <= often:
        high = min(above, 0.0) if high <= 0 else above
    return low, high


def fit_factor(task: Task, scores: pd.DataFrame, truth: pd.DataFrame, metric: Metric) -> Parameters:
    """Find the factor of each target that the metric likes best."""

    def ways(said: Array, known: Array) -> list[tuple[float, float]]:  # noqa: ARG001
        return [(float(factor), 0.0) for factor in _FACTORS]

    return _adjusted(task, scores, truth, metric, ways)


def fit_shift(task: Task, scores: pd.DataFrame, truth: pd.DataFrame, metric: Metric) -> Parameters:
    """Find the amount to be added to each target that the metric likes best."""

    def ways(said: Array, known: Array) -> list[tuple[float, float]]:
        return [(1.0, float(shift)) for shift in np.quantile(known - said, _SHIFTS)]

    return _adjusted(task, scores, truth, metric, ways)


def _adjusted(
    task: Task,
    scores: pd.DataFrame,
    truth: pd.DataFrame,
    metric: Metric,
    ways: Callable[[Array, Array], list[tuple[float, float]]],
) -> Parameters:
    """Factor and shift of each target, the best of several ways and of leaving it as it is."""
    clipped = fit_clip(task, scores, truth, metric)
    weights = metric.row_facts(truth)[0]
    known = metric.encode_truth(truth, task.targets)
    adjustments = {}
    for place, (name, limits) in enumerate(clipped["ranges"].items()):
        said, column = scores[name].to_numpy(dtype=float), known[:, [place]]

        def gain(way: tuple[float, float]) -> float:
            answers = np.clip(way[0] * said + way[1], *limits)[:, None]  # noqa: B023
            return metric.gain(metric.measure(column, answers, weights))  # noqa: B023

        best = max([(1.0, 0.0), *ways(said, column[:, 0])], key=gain)
        adjustments[name] = [float(f"{number:.6g}") for number in best]
    return clipped | {"adjustments": adjustments}


def _some(
    scores: pd.DataFrame, truth: pd.DataFrame, most: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """So many rows at most, and never more than `MOST_ROWS`, evenly spread."""
    most = min(most, MOST_ROWS)
    if len(scores) <= most:
        return scores, truth
    rows = np.linspace(0, len(scores) - 1, max(1, most)).astype(int)
    return scores.iloc[rows], truth.iloc[rows]
