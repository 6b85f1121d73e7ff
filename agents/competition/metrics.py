"""Metrics as values: what is measured, which way is better, and how its error is found.

A metric knows three forms of the same thing. On frames (`evaluate`) it takes truth and answers as
the rest of the engine holds them. On arrays (`measure`) it takes them encoded once, for the
searches that evaluate thousands of times. Where it is a mean over rows (`row_values`), standard
errors and paired comparisons come from the rows themselves.

Encoded forms, by the kind of answers:
    label        codes of the classes, shape (rows,); -1 is a label that nobody knows
    probability  0/1 and the probability of the positive label, shape (rows, targets); for one
                 target of several classes, codes (rows,) and probabilities (rows, classes)
    number       shape (rows, targets)
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from agents.errors import ImlError, InputError
from agents.models import AnswerKind, Direction, ProblemType, Target

Array = npt.NDArray[Any]
BlendScale = Literal["linear", "log"]

SMALLEST_PROBABILITY = 1e-15
"""Probabilities are clipped to this distance from 0 and 1 before their logarithm is taken."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One way to compare answers with the truth."""

    name: str
    title: str
    """How people write it."""
    direction: Direction
    answers: AnswerKind
    problems: tuple[ProblemType, ...]
    """The problems that it can score."""
    rows: Callable[[Array, Array], Array] | None = None
    """Values of shape (rows, columns) whose means make up the metric, where there are such."""
    root: bool = False
    """Whether the root of each column's mean is taken."""
    whole: Callable[[Array, Array], float] | None = None
    """The metric of all rows at once, where it is no mean over rows."""
    counts: Callable[[Array, Array, Array, Array], Array] | None = None
    """The metric of arrays of true and false positives, false and true negatives."""
    pooling: Literal["rows", "folds"] = "rows"
    """Whether blind rows are pooled, or folds averaged because their scores' scales differ."""
    chance: float | None = None
    """What blind guessing scores, where that does not depend on the data."""
    blend_scale: BlendScale = "linear"
    """The scale on which scores of several models are averaged."""

    def better(self, first: float, second: float) -> bool:
        """Whether `first` is strictly better than `second`."""
        return self.gain(first) > self.gain(second)

    def gain(self, value: float) -> float:
        """The value turned so that more is always better."""
        return value if self.direction == "higher" else -value

    def suits(self, problem: ProblemType) -> bool:
        """Whether answers to such a problem can be scored."""
        return problem in self.problems

    def measure(self, truth: Array, answers: Array) -> float:
        """The metric of encoded rows."""
        if self.rows is None:
            assert self.whole is not None  # the registry gives every metric one of the two
            return self.whole(truth, answers)
        means = self.rows(truth, answers).mean(axis=0)
        return float(np.mean(np.sqrt(means) if self.root else means))

    def evaluate(
        self, truth: pd.DataFrame, answers: pd.DataFrame, targets: Sequence[Target]
    ) -> float:
        """The metric of answers to `targets`, row by row beside the truth.

        Args:
            truth: A column a target: labels as text, or numbers (as text or not).
            answers: A column a target (a column a class for probabilities of several classes), in
                the order of `truth`.
            targets: What was asked.

        Raises:
            InputError: If the metric cannot score such targets.
            ImlError: If an answer cannot be scored, for instance because it is missing.
        """
        return self.measure(*self.encode(truth, answers, targets))

    def row_values(
        self, truth: pd.DataFrame, answers: pd.DataFrame, targets: Sequence[Target]
    ) -> Array | None:
        """Values of shape (rows, columns) whose means make up the metric, or None."""
        return None if self.rows is None else self.rows(*self.encode(truth, answers, targets))

    def encode(
        self, truth: pd.DataFrame, answers: pd.DataFrame, targets: Sequence[Target]
    ) -> tuple[Array, Array]:
        """Truth and answers in the encoded forms of this module's head."""
        return self.encode_truth(truth, targets), self.encode_answers(answers, targets)

    def encode_truth(self, truth: pd.DataFrame, targets: Sequence[Target]) -> Array:
        """The truth, encoded."""
        if self.answers == "number":
            return _numbers(truth, [target.name for target in targets])
        if self.answers == "label" or len(targets[0].classes) > 2:
            target = self._only(targets)
            return label_codes(truth[target.name], ordered_classes(target))
        return np.column_stack([_is_positive(truth[target.name], target) for target in targets])

    def encode_answers(self, answers: pd.DataFrame, targets: Sequence[Target]) -> Array:
        """The answers, encoded."""
        if self.answers == "label":
            target = self._only(targets)
            return label_codes(answers[target.name], ordered_classes(target))
        if self.answers == "probability" and len(targets[0].classes) > 2:
            return _numbers(answers, ordered_classes(self._only(targets)))
        return _numbers(answers, [target.name for target in targets])

    def _only(self, targets: Sequence[Target]) -> Target:
        if len(targets) > 1:
            message = f"{self.title} scores one target, but there are {len(targets)}"
            raise InputError(f"{message}; choose another metric with --metric.")
        return targets[0]


def metric_named(name: str) -> Metric:
    """The registered metric called `name`.

    Raises:
        InputError: If there is none.
    """
    if name not in METRICS:
        known = ", ".join(METRICS)
        raise InputError(f"There is no metric called {name!r}; choose one of {known}.")
    return METRICS[name]


def positive_label(target: Target) -> str:
    """The label that a probability of `target` means."""
    return target.classes[-1] if target.positive is None else target.positive


def ordered_classes(target: Target) -> list[str]:
    """Classes by rank: negative before positive, numbers by value, other labels as they are."""
    if len(target.classes) == 2:
        positive = positive_label(target)
        return [label for label in target.classes if label != positive] + [positive]
    try:
        return sorted(target.classes, key=float)
    except ValueError:
        return list(target.classes)


def label_codes(labels: "pd.Series[Any]", classes: Sequence[str]) -> Array:
    """Positions of `labels` in `classes`; -1 where unknown. Equal numbers are equal labels."""
    cells = labels.astype("str").str.strip()
    codes = pd.Index(list(classes)).get_indexer(pd.Index(cells)).astype(np.int64)
    unknown = codes < 0
    if unknown.any():
        values = pd.to_numeric(pd.Series(list(classes)), errors="coerce")
        known = {value: code for code, value in enumerate(values) if not np.isnan(value)}
        read = pd.to_numeric(cells[unknown], errors="coerce")
        codes[unknown] = [known.get(value, -1) for value in read]
    return codes


def _numbers(frame: pd.DataFrame, columns: Sequence[str]) -> Array:
    values = [pd.to_numeric(frame[name], errors="coerce").to_numpy(float) for name in columns]
    numbers: Array = np.column_stack(values)
    finite = np.isfinite(numbers).all(axis=0)
    if not finite.all():
        worst = columns[int(np.argmin(finite))]
        raise ImlError(f"Column {worst!r} holds cells that are no finite numbers; mend them first.")
    return numbers


def _is_positive(labels: "pd.Series[Any]", target: Target) -> Array:
    return np.asarray(label_codes(labels, ordered_classes(target)) == 1, dtype=float)


# --- labels ------------------------------------------------------------------------------------


def _hits(truth: Array, answers: Array) -> Array:
    return np.asarray(truth == answers, dtype=float)[:, None]


def _accuracy_counts(tp: Array, fp: Array, fn: Array, tn: Array) -> Array:
    return np.asarray((tp + tn) / (tp + fp + fn + tn))


def _f1_counts(tp: Array, fp: Array, fn: Array, tn: Array) -> Array:  # noqa: ARG001
    return _ratio(2 * tp, 2 * tp + fp + fn)


def _mcc_counts(tp: Array, fp: Array, fn: Array, tn: Array) -> Array:
    margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return _ratio(tp * tn - fp * fn, np.sqrt(margins))


def _kappa_counts(tp: Array, fp: Array, fn: Array, tn: Array) -> Array:
    by_chance = (tp + fp) * (fp + tn) + (tp + fn) * (fn + tn)
    return _ratio(2 * (tp * tn - fp * fn), by_chance)


def _ratio(above: Array, below: Array) -> Array:
    above, below = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    zeros = np.zeros(np.broadcast(above, below).shape)
    return np.asarray(np.divide(above, below, out=zeros, where=below > 0))


def _f1(truth: Array, answers: Array) -> float:
    true, said = truth == 1, answers == 1
    hit, false, missed = (true & said).sum(), (~true & said).sum(), (true & ~said).sum()
    return float(_f1_counts(hit, false, missed, np.zeros(())))


def confusion(truth: Array, answers: Array) -> Array:
    """Counts by (true code, answered code); an unknown label has the last row and column."""
    size = int(max(truth.max(initial=0), answers.max(initial=0))) + 2
    cells = (truth % size) * size + answers % size
    return np.bincount(cells, minlength=size * size).reshape(size, size).astype(float)


def _mcc(truth: Array, answers: Array) -> float:
    """The correlation of two labellings of several classes (Gorodkin 2004)."""
    table = confusion(truth, answers)
    total, right = table.sum(), np.trace(table)
    true, said = table.sum(axis=1), table.sum(axis=0)
    spread = (total**2 - (said**2).sum()) * (total**2 - (true**2).sum())
    return float(_ratio(right * total - true @ said, np.sqrt(spread)))


def _kappa(truth: Array, answers: Array) -> float:
    """Cohen's kappa with quadratic weights over the ranks of the classes (Cohen 1968)."""
    if (answers < 0).any():
        raise ImlError("An answer is none of the known ratings; use the labels of the training.")
    table = confusion(truth, answers)
    ranks = np.arange(len(table))
    weights = np.subtract.outer(ranks, ranks).astype(float) ** 2
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    disagreement = float((weights * expected).sum())
    return 1.0 if disagreement == 0 else float(1 - (weights * table).sum() / disagreement)


# --- probabilities -----------------------------------------------------------------------------


def area_under_curve(positive: Array, scores: Array) -> float:
    """Share of pairs (positive, other) that the scores order rightly, ties counting half.

    The Mann-Whitney form of the area under the ROC curve. NaN where one side is empty.
    """
    first, second = np.sort(scores[positive]), np.sort(scores[~positive])
    few, many = (first, second) if len(first) <= len(second) else (second, first)
    if not len(few):
        return float("nan")
    below = np.searchsorted(many, few, side="left")
    tied = many[np.minimum(below, len(many) - 1)] == few
    ties = np.searchsorted(many, few[tied], side="right") - below[tied]
    share = float(below.sum() + ties.sum() / 2) / (len(few) * len(many))
    return share if len(first) <= len(second) else 1 - share


def _auc(truth: Array, answers: Array) -> float:
    """Mean over targets; one whose rows all say the same says nothing and is left out."""
    if truth.ndim == 1:
        raise InputError("AUC scores targets of two classes; choose log_loss or accuracy instead.")
    areas = [area_under_curve(truth[:, k] > 0, answers[:, k]) for k in range(truth.shape[1])]
    known = [area for area in areas if not np.isnan(area)]
    return float(np.mean(known)) if known else 0.5


def _cross_entropies(truth: Array, answers: Array) -> Array:
    low, high = SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY
    if truth.ndim == 2:
        clipped = np.clip(answers, low, high)
        losses = -(truth * np.log(clipped) + (1 - truth) * np.log(1 - clipped))
        return np.asarray(losses)
    totals = answers.sum(axis=1)
    if (totals <= 0).any():
        raise ImlError("The class probabilities of a row sum to 0; they must sum to 1.")
    said = np.clip(answers[np.arange(len(truth)), truth] / totals, low, high)
    return np.asarray(-np.log(said)[:, None])


# --- numbers -----------------------------------------------------------------------------------


def _absolute_errors(truth: Array, answers: Array) -> Array:
    return np.asarray(np.abs(truth - answers))


def _squared_errors(truth: Array, answers: Array) -> Array:
    return np.asarray((truth - answers) ** 2)


def _squared_log_errors(truth: Array, answers: Array) -> Array:
    if (answers < 0).any() or (truth < 0).any():
        raise ImlError("RMSLE cannot score negative numbers; clip predictions at 0 first.")
    return np.asarray((np.log1p(answers) - np.log1p(truth)) ** 2)


def _r2(truth: Array, answers: Array) -> float:
    errors = ((truth - answers) ** 2).sum(axis=0)
    spread = ((truth - truth.mean(axis=0)) ** 2).sum(axis=0)
    unexplained = np.where(spread > 0, _ratio(errors, spread), np.where(errors > 0, 1.0, 0.0))
    return float(np.mean(1 - unexplained))


# --- the registry ------------------------------------------------------------------------------

_CLASSES: tuple[ProblemType, ...] = ("binary", "multiclass", "ordinal")

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            name="accuracy",
            title="accuracy",
            direction="higher",
            answers="label",
            problems=_CLASSES,
            rows=_hits,
            counts=_accuracy_counts,
        ),
        Metric(
            name="auc",
            title="AUC",
            direction="higher",
            answers="probability",
            problems=("binary", "multilabel"),
            whole=_auc,
            pooling="folds",
            chance=0.5,
        ),
        Metric(
            name="log_loss",
            title="log loss",
            direction="lower",
            answers="probability",
            problems=(*_CLASSES, "multilabel"),
            rows=_cross_entropies,
        ),
        Metric(
            name="f1",
            title="F1",
            direction="higher",
            answers="label",
            problems=("binary",),
            whole=_f1,
            counts=_f1_counts,
        ),
        Metric(
            name="mcc",
            title="Matthews correlation",
            direction="higher",
            answers="label",
            problems=_CLASSES,
            whole=_mcc,
            counts=_mcc_counts,
            chance=0.0,
        ),
        Metric(
            name="kappa",
            title="quadratic weighted kappa",
            direction="higher",
            answers="label",
            problems=_CLASSES,
            whole=_kappa,
            counts=_kappa_counts,
            chance=0.0,
        ),
        Metric(
            name="mae",
            title="MAE",
            direction="lower",
            answers="number",
            problems=("regression",),
            rows=_absolute_errors,
        ),
        Metric(
            name="rmse",
            title="RMSE",
            direction="lower",
            answers="number",
            problems=("regression",),
            rows=_squared_errors,
            root=True,
        ),
        Metric(
            name="rmsle",
            title="RMSLE",
            direction="lower",
            answers="number",
            problems=("regression",),
            rows=_squared_log_errors,
            root=True,
            blend_scale="log",
        ),
        Metric(
            name="r2",
            title="R²",
            direction="higher",
            answers="number",
            problems=("regression",),
            whole=_r2,
            chance=0.0,
        ),
    )
}
"""Every known metric by name."""


# --- verification ------------------------------------------------------------------------------


def perfect_answers(metric: Metric, truth: pd.DataFrame, targets: Sequence[Target]) -> pd.DataFrame:
    """The answers that somebody who knows the truth would give."""
    if metric.answers != "probability":
        return truth[[target.name for target in targets]]
    if len(targets[0].classes) > 2:
        cells = truth[targets[0].name].astype("str")
        return pd.DataFrame({label: (cells == label) * 1.0 for label in targets[0].classes})
    return pd.DataFrame(
        {target.name: _is_positive(truth[target.name], target) for target in targets}
    )


def verify(metric: Metric, truth: pd.DataFrame, targets: Sequence[Target]) -> tuple[str, ...]:
    """What speaks against a metric on this truth: one sentence each, none if it is sound.

    A perfect prediction must be optimal, shuffled ones worse on average and never better, and the
    direction must say so. The truth must hold more than one value.
    """
    answers = perfect_answers(metric, truth, targets)
    perfect = metric.evaluate(truth, answers, targets)
    order = np.random.default_rng(0)
    shuffled = [
        metric.evaluate(truth, answers.iloc[order.permutation(len(answers))], targets)
        for _ in range(20)
    ]
    problems = []
    if any(metric.better(value, perfect) for value in shuffled):
        problems.append(f"{metric.title}: a shuffled prediction scores better than the truth.")
    if not metric.better(perfect, float(np.mean(shuffled))):
        problems.append(f"{metric.title}: shuffled predictions score no worse than the truth.")
    return tuple(problems)
