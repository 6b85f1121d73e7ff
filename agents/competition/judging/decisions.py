"""Decisions turn scores into answers: `predict` never decides, the engine does.

Every decision is a pair of functions. `decision_fits` learns parameters from blind scores and their
truth; `apply` uses them. The `apply_…` functions are copied as text into
stand-alone programs: each is complete in itself, needs only numpy and pandas, and takes parameters
that JSON can hold. Answers to several labels a row are a column a target, each cell one of its two
labels; several guesses are one cell, best first, with spaces between them.

A decision is scored cross-fitted: what a fold answers was decided by the other folds. Where several
decisions suit a task, the one with the best cross-fitted score is taken; one that could follow
chance must be better by more than chance.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd

from agents.competition.judging import decision_fits as fits
from agents.competition.metrics.labels import Array, with_labels_read
from agents.competition.metrics.metric import Metric, Part
from agents.competition.metrics.metrics import metric_of, stand_in
from agents.errors import InputError
from agents.models import Decision, Task

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


def apply_weighted_argmax(scores: pd.DataFrame, parameters: dict[str, Any]) -> pd.DataFrame:
    """Answer the class whose probability times its factor is greatest."""
    labels = np.array(parameters["classes"], dtype=object)
    weighed = scores[parameters["classes"]].to_numpy(dtype=float) * parameters["factors"]
    best = labels[weighed.argmax(axis=1)]
    return pd.DataFrame({"row_id": scores["row_id"].to_numpy(), parameters["target"]: best})


def apply_cuts(scores: pd.DataFrame, parameters: dict[str, Any]) -> pd.DataFrame:
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
    said = scores[list(parameters["columns"].values())].to_numpy(dtype=float)
    answers = pd.DataFrame(np.clip(said, 0.0, 1.0), columns=list(parameters["columns"]))
    answers.insert(0, "row_id", scores["row_id"].to_numpy())
    return answers


def apply_renormalise(scores: pd.DataFrame, parameters: dict[str, Any]) -> pd.DataFrame:
    """Answer the probabilities of the classes, which sum to one in every row."""
    said = scores[list(parameters["columns"].values())].to_numpy(dtype=float)
    shares = np.clip(said, 1e-15, 1.0)
    shares = shares / shares.sum(axis=1, keepdims=True)
    answers = pd.DataFrame(shares, columns=list(parameters["columns"]))
    answers.insert(0, "row_id", scores["row_id"].to_numpy())
    return answers


def apply_temperature(scores: pd.DataFrame, parameters: dict[str, Any]) -> pd.DataFrame:
    """Answer probabilities made surer (below 1) or less sure (above 1) by a temperature."""
    said = scores[list(parameters["columns"].values())].to_numpy(dtype=float)
    said = np.clip(said, 1e-15, 1 - 1e-15)
    tempered = said ** (1 / parameters["temperature"])
    if parameters["shares"]:
        tempered = tempered / tempered.sum(axis=1, keepdims=True)
    else:
        tempered = tempered / (tempered + (1 - said) ** (1 / parameters["temperature"]))
    answers = pd.DataFrame(tempered, columns=list(parameters["columns"]))
    answers.insert(0, "row_id", scores["row_id"].to_numpy())
    return answers


def apply_label_thresholds(scores: pd.DataFrame, parameters: dict[str, Any]) -> pd.DataFrame:
    """Answer every label whose probability reaches its threshold; the likeliest where one must."""
    columns = parameters["columns"]
    said = scores[list(columns)].to_numpy(dtype=float)
    held = said >= [threshold for _, _, threshold in columns.values()]
    if parameters["least"]:
        empty = np.flatnonzero(~held.any(axis=1))
        held[empty, said[empty].argmax(axis=1)] = True
    labels = np.array([words[:2] for words in columns.values()], dtype=object)
    spelled = np.where(held, labels[:, 1], labels[:, 0])
    answers = pd.DataFrame(spelled, columns=list(columns), dtype="object")
    answers.insert(0, "row_id", scores["row_id"].to_numpy())
    return answers


def apply_expected_labels(scores: pd.DataFrame, parameters: dict[str, Any]) -> pd.DataFrame:
    """Answer the likeliest labels, as many as make the expected score of the row greatest.

    Expectations of numerator and denominator are taken apart, labels as independent.
    """
    columns = parameters["columns"]
    said = np.clip(scores[list(columns)].to_numpy(dtype=float), 0.0, 1.0)
    order = np.argsort(-said, axis=1, kind="stable")
    hits = np.cumsum(np.take_along_axis(said, order, axis=1), axis=1)
    total, sizes = hits[:, [-1]], np.arange(1, said.shape[1] + 1)
    if parameters["jaccard"]:
        expected = hits / (sizes + total - hits)
    else:
        expected = (1 + parameters["beta"] ** 2) * hits / (sizes + parameters["beta"] ** 2 * total)
    count = 1 + expected.argmax(axis=1)
    if not parameters["least"]:
        count[np.prod(1 - said, axis=1) > expected.max(axis=1)] = 0
    held = np.zeros(said.shape, dtype=bool)
    np.put_along_axis(held, order, np.arange(said.shape[1]) < count[:, None], axis=1)
    labels = np.array(list(columns.values()), dtype=object)
    spelled = np.where(held, labels[:, 1], labels[:, 0])
    answers = pd.DataFrame(spelled, columns=list(columns), dtype="object")
    answers.insert(0, "row_id", scores["row_id"].to_numpy())
    return answers


def apply_top_guesses(scores: pd.DataFrame, parameters: dict[str, Any]) -> pd.DataFrame:
    """Answer the likeliest classes in one cell, best first, with spaces between them."""
    labels = np.array(parameters["classes"], dtype=object)
    said = scores[parameters["classes"]].to_numpy(dtype=float)
    order = np.argsort(-said, axis=1, kind="stable")[:, : parameters["guesses"]]
    cells = [" ".join(guesses) for guesses in labels[order]]
    return pd.DataFrame({"row_id": scores["row_id"].to_numpy(), parameters["target"]: cells})


def apply_adjust(scores: pd.DataFrame, parameters: dict[str, Any]) -> pd.DataFrame:
    """Multiply numbers by a factor, add a shift, and keep them within the training's range."""
    answers = pd.DataFrame({"row_id": scores["row_id"].to_numpy()})
    for name, (low, high) in parameters["ranges"].items():
        factor, shift = parameters["adjustments"][name]
        answers[name] = np.clip(factor * scores[name].to_numpy(dtype=float) + shift, low, high)
    return answers


def apply_round(scores: pd.DataFrame, parameters: dict[str, Any]) -> pd.DataFrame:
    """Answer whole numbers within the range of the training rows."""
    answers = pd.DataFrame({"row_id": scores["row_id"].to_numpy()})
    for name, (low, high) in parameters["ranges"].items():
        answers[name] = np.clip(np.round(scores[name].to_numpy(dtype=float)), low, high)
    return answers


# --- the registry ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """A registered way of deciding."""

    fit: Callable[[Task, pd.DataFrame, pd.DataFrame, Metric], fits.Parameters]
    """From the task, scores and their truth (row beside row), and the metric."""
    apply: Callable[[pd.DataFrame, fits.Parameters], pd.DataFrame]
    """From scores (`row_id` first) and parameters to answers (`row_id` first)."""
    must_prove: bool = False
    """Whether it must be better than a simpler way in most parts of the rows to be taken."""

    @property
    def decision(self) -> str:
        """What the fitted decision is called: the name of what applies it."""
        return self.apply.__name__.removeprefix("apply_")


RULES: Final[dict[str, Rule]] = {
    "argmax": Rule(fits.fit_argmax, apply_argmax),
    "weighted_argmax": Rule(fits.fit_weighted_argmax, apply_weighted_argmax, must_prove=True),
    "threshold": Rule(fits.fit_threshold, apply_threshold),
    "prior_cuts": Rule(fits.fit_prior_cuts, apply_cuts),
    "optimised_cuts": Rule(fits.fit_optimised_cuts, apply_cuts, must_prove=True),
    "shared_threshold": Rule(fits.fit_shared_threshold, apply_label_thresholds),
    "label_thresholds": Rule(fits.fit_label_thresholds, apply_label_thresholds, must_prove=True),
    "expected_labels": Rule(fits.fit_expected_labels, apply_expected_labels),
    "top_guesses": Rule(fits.fit_top_guesses, apply_top_guesses),
    "identity": Rule(fits.fit_identity, apply_identity),
    "renormalise": Rule(fits.fit_identity, apply_renormalise),
    "temperature": Rule(fits.fit_temperature, apply_temperature, must_prove=True),
    "clip": Rule(fits.fit_clip, apply_clip),
    "round": Rule(fits.fit_clip, apply_round, must_prove=True),
    "factor": Rule(fits.fit_factor, apply_adjust, must_prove=True),
    "shift": Rule(fits.fit_shift, apply_adjust, must_prove=True),
}
"""Every known way of deciding by name."""

APPLIED: Final = {rule.decision: rule.apply for rule in RULES.values()}
"""What applies a fitted decision, by the decision's name."""

_FOR_LABELS: Final[dict[str, tuple[str, ...]]] = {
    "f1_macro": ("shared_threshold", "label_thresholds"),
    "f1_weighted": ("shared_threshold", "label_thresholds"),
    "f1_samples": ("expected_labels", "shared_threshold"),
    "jaccard": ("expected_labels", "shared_threshold"),
}
"""By metric of several labels a row; other metrics share one threshold."""
_FOR_NUMBERS: Final[dict[str, tuple[str, ...]]] = {
    "mae": ("clip", "round", "shift", "factor"),
    "medae": ("clip", "round", "shift", "factor"),
    "pinball": ("clip", "shift", "factor"),
    "mape": ("clip", "round", "factor"),
    "smape": ("clip", "round", "factor"),
    "wape": ("clip", "round", "factor"),
    "rmspe": ("clip", "factor"),
    "poisson": ("clip", "factor"),
}
"""By metric of numbers; models that minimise squared errors suit the others as they are."""


# --- choosing, fitting, cross-fitting -----------------------------------------------------------


def choose_decision(task: Task) -> tuple[str, ...]:
    """Names of the decisions worth trying for a task, the simplest first.

    Raises:
        InputError: If the task's metric cannot score its problem.
    """
    metric = metric_of(task.metric)
    if not metric.suits(task.problem):
        message = f"{metric.title} cannot score a {task.problem} target"
        raise InputError(f"{message}; choose another metric with --metric.")
    if task.problem == "regression":
        return _FOR_NUMBERS.get(metric.name, ("clip",))
    if metric.answers == "probability":
        plain = "renormalise" if fits.are_shares(task, metric) else "identity"
        return (plain, "temperature") if metric.name in {"log_loss", "brier"} else (plain,)
    if task.problem == "multilabel":
        return _FOR_LABELS.get(metric.name, ("shared_threshold",))
    if metric.answers == "labels":
        return ("top_guesses",)
    if task.problem == "binary":
        return ("argmax", "threshold")
    if task.problem == "ordinal":
        return ("argmax", "prior_cuts", "optimised_cuts")
    return ("argmax",) if metric.name == "accuracy" else ("argmax", "weighted_argmax")


def apply_decision(decision: Decision, scores: pd.DataFrame) -> pd.DataFrame:
    """Answers of a fitted decision, in the order of `scores`."""
    return APPLIED[decision.name](scores, dict(decision.parameters))


def fit_decision(task: Task, scores: pd.DataFrame, truth: pd.DataFrame, metric: Metric) -> Decision:
    """Choose and fit the decision for a task.

    Args:
        task: What is asked.
        scores: Blind scores of any number of folds, one below the other.
        truth: A column a target, in the order of `scores`.
        metric: The task's metric.
    """
    metric = stand_in(task.metric) if task.metric.source_text else metric
    truth = _read_once(task, truth)
    names = _usable(choose_decision(task), scores, truth, task)
    ways = {name: partial(_fit_named, name, task, metric) for name in names}
    chosen = names[0]
    if len(names) > 1:
        parts = np.arange(len(scores)) % PARTS
        gains = {
            name: _gains(task, metric, truth, _cross_fit(way, scores, truth, parts), parts)
            for name, way in ways.items()
        }
        for name in names[1:]:
            if _is_better(gains[name] - gains[chosen], proven=RULES[name].must_prove):
                chosen = name
    return ways[chosen](scores, truth)


def _gains(
    task: Task, metric: Metric, truth: pd.DataFrame, answers: pd.DataFrame, parts: Array
) -> Array:
    """The metric of all rows, then that of each part, more being better, shape (1 + parts,)."""
    pieces = [np.arange(len(parts)), *(np.flatnonzero(parts == one) for one in np.unique(parts))]
    known, said = metric.encode(truth, answers, task.targets)
    facts = metric.row_facts(truth)
    values = metric.measure_parts(known, said, [Part(rows, rows) for rows in pieces], facts)
    return np.array([metric.gain(value) for value in values])


def _is_better(differences: Array, *, proven: bool) -> bool:
    """Whether a way is better on all rows and, if it must prove it, by more than one error."""
    everywhere, parts = differences[0], differences[1:]
    if everywhere <= 0 or not proven:
        return bool(everywhere > 0)
    if len(parts) < 2:
        return False
    return bool(parts.mean() > parts.std(ddof=1) / np.sqrt(len(parts)))


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
        _read_once(task, truth),
        cross_parts(fold),
    )


def _read_once(task: Task, truth: pd.DataFrame) -> pd.DataFrame:
    """The truth with several labels a row read, for it is looked at dozens of times."""
    return with_labels_read(truth, task.targets) if task.problem == "multilabel" else truth


def cross_parts(fold: Array) -> Array:
    """The folds where there are several, otherwise rows dealt into parts."""
    several = len(np.unique(fold)) > 1
    return np.asarray(fold) if several else np.arange(len(fold)) % PARTS


def _usable(
    names: tuple[str, ...], scores: pd.DataFrame, truth: pd.DataFrame, task: Task
) -> tuple[str, ...]:
    """Leave out argmax where ratings have a single column, and rounding of fractions."""
    left: set[str] = set()
    if not set(task.targets[0].classes) <= set(scores.columns):
        left |= {"argmax", "weighted_argmax"}
    if "round" in names:
        numbers = truth[[target.name for target in task.targets]].astype("float64")
        left |= set() if (numbers % 1 == 0).all(axis=None) else {"round"}
    return tuple(name for name in names if name not in left)


def _fit_named(
    name: str, task: Task, metric: Metric, scores: pd.DataFrame, truth: pd.DataFrame
) -> Decision:
    rule = RULES[name]
    return Decision(name=rule.decision, parameters=rule.fit(task, scores, truth, metric))


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
