"""A metric as a value: what is measured, which way is better, and how its error is found.

A metric knows three forms of the same thing. On frames (`evaluate`) it takes truth and answers as
the rest of the engine holds them. On arrays (`measure`) it takes them encoded once, for the
searches that evaluate thousands of times. Where it is a mean over rows, or a ratio of two sums over
rows, `influence` says how far each row moves it, from which standard errors and paired comparisons
come.

Encoded forms, by the kind of target and of answers:
    a label       codes of the classes, shape (rows,); -1 is a label that nobody knows
    guesses       codes of the true classes (rows,), and of the guesses, best first (rows, k)
    yes or no     0 or 1, and 0 or 1 or probabilities of the positive label, shape (rows, targets)
    probability   for one target of several classes, codes (rows,) and probabilities (rows, classes)
    number        shape (rows, targets)

Rows may count differently, and a metric may be the mean of its values within groups of rows. Both
travel with the truth, in columns of its frame (`WEIGHT_COLUMN`, `METRIC_GROUP_COLUMN`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from pydantic import JsonValue

from agents.competition.metrics.labels import (
    Array,
    guess_codes,
    held_labels,
    label_codes,
    ordered_classes,
)
from agents.competition.metrics.metric_labels import binary_tables, confusion, label_counts
from agents.errors import ImlError, InputError
from agents.models import AnswerKind, Direction, ProblemType, Target

BlendScale = Literal["linear", "log", "logit"]

RowFacts = tuple[Array | None, Array | None]
"""Weights and groups of rows, each of shape (rows,)."""

WEIGHT_COLUMN = "__weight__"
"""Holds the weight of a row beside its truth; no column of the user's is called so."""
METRIC_GROUP_COLUMN = "__metric_group__"
"""Holds the number of the group within which a row is measured."""


class Part(NamedTuple):
    """Rows that are measured together: positions of the truth, and of the answers beside it."""

    truth: Array
    answers: Array


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One way to compare answers with the truth."""

    name: str
    title: str
    """How people write it."""
    direction: Direction
    answers: AnswerKind
    """What a row is answered with; for several yes-or-no targets see `answers_to`."""
    problems: tuple[ProblemType, ...]
    """The problems that it can score."""
    rows: Callable[..., Array] | None = None
    """From truth and answers, values of shape (rows, columns) whose means make up the metric."""
    counted: Callable[[Array], Array] | None = None
    """From the truth, what each row counts, shape (rows, columns): the metric is the sum of `rows`
    divided by the sum of these. Without it every row counts 1."""
    root: bool = False
    """Whether the root of each column's mean is taken."""
    table: Callable[..., Array] | None = None
    """The metric of one label a row, from confusion tables."""
    counts: Callable[..., Array] | None = None
    """The metric of several labels a row, shape (…), from how often each label is right, true and
    answered, each of shape (…, labels)."""
    whole: Callable[..., float] | None = None
    """The metric of all rows at once, from truth, answers and weights, where it is no mean over
    rows and no function of counts."""
    moves: Callable[..., Array] | None = None
    """How far each row moves `whole`, shape (rows,), where that is known."""
    options: Mapping[str, JsonValue] = field(default_factory=dict)
    """What the functions above take beside the rows, such as `k`."""
    weighable: bool = True
    """Whether rows may count differently."""
    weighted: bool = False
    """Whether they do, by a column of the truth."""
    grouped: bool = False
    """Whether it is the mean of its values within groups of rows, by a column of the truth."""
    pooled: bool = False
    """Whether the columns are averaged before the root is taken, not after it."""
    limits: tuple[float, float] | None = None
    """Numbers, true and answered, are clipped to this range before they are compared."""
    lowest: float | None = None
    """Answers below this cannot be scored."""
    by_rank: bool = False
    """Whether the classes count as ordered levels."""
    pooling: Literal["rows", "folds"] = "rows"
    """Whether blind rows are pooled, or folds averaged because their scores' scales differ."""
    chance: float | None = None
    """What blind guessing scores, where that does not depend on the data."""
    blend_scale: BlendScale = "linear"
    """The scale on which scores of several models are averaged."""
    judge: (
        Callable[[pd.DataFrame, pd.DataFrame, Sequence[Part], Array | None], list[float]] | None
    ) = None
    """The user's own function, which measures parts of whole frames and nothing encoded; the last
    argument is what the rows of the truth count."""

    def better(self, first: float, second: float) -> bool:
        """Whether `first` is strictly better than `second`."""
        return self.gain(first) > self.gain(second)

    def gain(self, value: float) -> float:
        """The value turned so that more is always better."""
        return value if self.direction == "higher" else -value

    def suits(self, problem: ProblemType) -> bool:
        """Whether answers to such a problem can be scored."""
        return problem in self.problems

    def answers_to(self, problem: ProblemType) -> AnswerKind:
        """What rows of such a problem are answered with."""
        if problem == "regression":
            return "number"
        return "labels" if problem == "multilabel" and self.answers == "label" else self.answers

    # --- measuring

    def measure_parts(
        self, truth: Array, answers: Array, parts: Sequence[Part], facts: RowFacts = (None, None)
    ) -> list[float]:
        """The metric of several choices of rows; a user's own function judges all of them at once.

        Args:
            truth: Encoded as this module's head says.
            answers: Encoded likewise.
            parts: Positions of rows of the truth and of the answers beside them.
            facts: Weights and groups of the rows of the truth, as `row_facts` gives them.
        """
        if self.judge is not None:
            return self.judge(_frame(truth), _frame(answers), parts, facts[0])
        if self.counts is not None and truth.ndim == 2 and facts[1] is None:
            return self._of_label_counts(truth, answers, parts, facts[0])
        return [
            self.measure(
                truth[part.truth],
                answers[part.answers],
                *(None if fact is None else fact[part.truth] for fact in facts),
            )
            for part in parts
        ]

    def measure(
        self,
        truth: Array,
        answers: Array,
        weights: Array | None = None,
        groups: Array | None = None,
    ) -> float:
        """The metric of encoded rows.

        Args:
            truth: Encoded as this module's head says.
            answers: Encoded likewise.
            weights: How much each row counts, shape (rows,); None counts all the same.
            groups: The group of every row, shape (rows,), for the mean of the metric within groups.
        """
        if self.judge is not None:
            rows = np.arange(len(truth))
            return self.measure_parts(truth, answers, [Part(rows, rows)], (weights, None))[0]
        if groups is None:
            return self._measure(truth, answers, weights)
        order = np.argsort(groups, kind="stable")
        starts = np.unique(groups[order], return_index=True)[1][1:]
        values = [
            self._measure(truth[rows], answers[rows], None if weights is None else weights[rows])
            for rows in np.split(order, starts)
        ]
        return float(np.mean(values))

    def _measure(self, truth: Array, answers: Array, weights: Array | None) -> float:
        if self.rows is not None:
            means = self._ratios(*self._sums(truth, answers, weights))
            return float(np.mean(np.sqrt(means) if self.root else means))
        if self.table is not None and truth.ndim == 1:
            return float(self.of_tables(confusion(truth, answers, weights)))
        if self.counts is not None:
            return float(self.of_labels(*label_counts(truth, answers, weights)))
        assert self.whole is not None  # the registry gives every metric one of the four
        return self.whole(truth, answers, weights, **self.options)

    def influence(self, truth: Array, answers: Array, weights: Array | None = None) -> Array | None:
        """How far each row moves the metric from its value, shape (rows,); None if unknown.

        The delta method for ratios of sums and their roots (Cochran 1977, "Sampling Techniques",
        6.3): the mean of the values is 0, their standard error that of the metric.
        """
        if self.moves is not None:
            return self.moves(truth, answers, weights, **self.options)
        if self.rows is None:
            return None
        above, below = self._sums(truth, answers, weights)
        means = self._ratios(above, below)
        moved = (above - (above.sum(axis=0) / below.sum(axis=0)) * below) / below.mean(axis=0)
        if self.pooled:
            moved = moved.mean(axis=1, keepdims=True)
        slope = 1 / (2 * np.sqrt(np.maximum(means, 1e-300))) if self.root else 1.0
        return np.asarray((moved * slope).mean(axis=1))

    def of_tables(self, tables: Array) -> Array:
        """The metric of confusion tables, shape (…) for tables of (…, classes + 1, classes + 1)."""
        assert self.table is not None  # asked only of metrics of one label a row
        return self.table(tables, **self.options)

    def of_labels(self, hit: Array, true: Array, said: Array) -> Array:
        """The metric of several labels a row, shape (…) for counts of shape (…, labels)."""
        assert self.counts is not None  # asked only of metrics that counts make up
        return self.counts(hit, true, said, **self.options)

    def _of_label_counts(
        self, truth: Array, answers: Array, parts: Sequence[Part], weights: Array | None
    ) -> list[float]:
        """The metric of each part; parts that pair truth and answers alike share their sums."""
        if not all(np.array_equal(*part) for part in parts):
            return [
                self.measure(
                    truth[known], answers[said], None if weights is None else weights[known]
                )
                for known, said in parts
            ]
        # Sums of ones are exact in 32 bits up to 16 million rows, and twice as fast.
        chosen = np.zeros((len(parts), len(truth)), np.float32 if weights is None else np.float64)
        for place, (rows, _) in enumerate(parts):
            chosen[place, rows] = 1.0 if weights is None else weights[rows]
        return [float(one) for one in self.of_labels(*label_counts(truth, answers, chosen))]

    def of_counts(self, tp: Array, fp: Array, fn: Array, tn: Array) -> Array:
        """The metric of two classes, from arrays of true and false positives and negatives."""
        return self.of_tables(binary_tables(tp, fp, fn, tn))

    def _sums(self, truth: Array, answers: Array, weights: Array | None) -> tuple[Array, Array]:
        """Weighted values, and what they are divided by, both of shape (rows, columns)."""
        assert self.rows is not None  # asked only of means over rows
        values = self.rows(truth, answers, **self.options)
        below = np.ones_like(values) if self.counted is None else self.counted(truth)
        if weights is not None:
            values, below = values * weights[:, None], below * weights[:, None]
        return values, below

    def _ratios(self, above: Array, below: Array) -> Array:
        totals = below.sum(axis=0)
        if (totals <= 0).any():
            raise ImlError(f"{self.title} has no row that counts; choose another with --metric.")
        means = above.sum(axis=0) / totals
        return np.asarray(means.mean(keepdims=True) if self.pooled else means)

    # --- frames

    def row_facts(self, truth: pd.DataFrame) -> RowFacts:
        """Weights and groups of the rows, as far as this metric goes by them."""
        weights = WEIGHT_COLUMN if self.weighted and WEIGHT_COLUMN in truth else None
        groups = METRIC_GROUP_COLUMN if self.grouped and METRIC_GROUP_COLUMN in truth else None
        return (
            None if weights is None else truth[weights].to_numpy(dtype=float),
            None if groups is None else truth[groups].to_numpy(),
        )

    def evaluate(
        self, truth: pd.DataFrame, answers: pd.DataFrame, targets: Sequence[Target]
    ) -> float:
        """The metric of answers to `targets`, row by row beside the truth.

        Args:
            truth: A column a target: labels as text, or numbers (as text or not); beside them, if
                rows count differently or in groups, the columns of this module.
            answers: A column a target (a column a class for probabilities of several classes), in
                the order of `truth`.
            targets: What was asked.

        Raises:
            InputError: If the metric cannot score such targets.
            ImlError: If an answer cannot be scored, for instance because it is missing.
        """
        return self.measure(*self.encode(truth, answers, targets), *self.row_facts(truth))

    def encode(
        self, truth: pd.DataFrame, answers: pd.DataFrame, targets: Sequence[Target]
    ) -> tuple[Array, Array]:
        """Truth and answers in the encoded forms of this module's head."""
        return self.encode_truth(truth, targets), self.encode_answers(answers, targets)

    def encode_truth(self, truth: pd.DataFrame, targets: Sequence[Target]) -> Array:
        """The truth, encoded."""
        if self.judge is not None:
            return _records(truth, targets, [target.name for target in targets])
        if self._numeric(targets):
            return self._limited(_numbers(truth, [target.name for target in targets]))
        yes_or_no = self.answers == "probability" and len(targets[0].classes) <= 2
        if yes_or_no or self._several(targets):
            return held_labels(truth, targets).astype(float)
        target = self._only(targets)
        return label_codes(truth[target.name], ordered_classes(target))

    def encode_answers(self, answers: pd.DataFrame, targets: Sequence[Target]) -> Array:
        """The answers, encoded."""
        if self.judge is not None:
            shares = self.answers == "probability" and len(targets[0].classes) > 2
            names = ordered_classes(targets[0]) if shares else [one.name for one in targets]
            return _records(answers, targets, names)
        if self._numeric(targets):
            return self._limited(_numbers(answers, [target.name for target in targets]))
        if self.answers == "probability" and len(targets[0].classes) > 2:
            return _numbers(answers, ordered_classes(self._only(targets)))
        if self.answers == "probability":
            return _numbers(answers, [target.name for target in targets])
        if self._several(targets):
            return held_labels(answers, targets).astype(float)
        target = self._only(targets)
        if self.answers == "labels":
            most = int(str(self.options.get("k", 1)))
            return guess_codes(answers[target.name], ordered_classes(target), most)
        return label_codes(answers[target.name], ordered_classes(target))

    def _numeric(self, targets: Sequence[Target]) -> bool:
        return self.answers == "number" or targets[0].kind == "number"

    def _several(self, targets: Sequence[Target]) -> bool:
        """Whether answers are several labels a row."""
        return "multilabel" in self.problems and (
            len(targets) > 1 or not set(self.problems) - {"multilabel"}
        )

    def _limited(self, numbers: Array) -> Array:
        return numbers if self.limits is None else np.clip(numbers, *self.limits)

    def _only(self, targets: Sequence[Target]) -> Target:
        if len(targets) > 1:
            message = f"{self.title} scores one target, but there are {len(targets)}"
            raise InputError(f"{message}; choose another metric with --metric.")
        return targets[0]


def _records(frame: pd.DataFrame, targets: Sequence[Target], names: Sequence[str]) -> Array:
    """Cells as a structured array of shape (rows,): numbers as such, labels as text."""
    cells = frame[list(names)]
    if targets[0].kind == "number":
        cells = pd.DataFrame(_numbers(frame, names), columns=list(names))
    return np.asarray(cells.to_records(index=False))


def _frame(records: Array) -> pd.DataFrame:
    return pd.DataFrame.from_records(records)


def _numbers(frame: pd.DataFrame, columns: Sequence[str]) -> Array:
    values = [pd.to_numeric(frame[name], errors="coerce").to_numpy(float) for name in columns]
    numbers: Array = np.column_stack(values)
    finite = np.isfinite(numbers).all(axis=0)
    if not finite.all():
        worst = columns[int(np.argmin(finite))]
        raise ImlError(f"Column {worst!r} holds cells that are no finite numbers; mend them first.")
    return numbers
