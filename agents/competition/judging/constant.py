"""Scores that say the same of every row: the answers that need no program (DESIGN 5).

The last rung under "a run always ends with a valid submission": where no program has passed in
time, every column of scores is its own best constant, chosen by the task's metric.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from agents.competition.judging.judge import numbers_behind, score_columns
from agents.competition.judging.scores import BlindScores, Truth, score_blind
from agents.competition.metrics.labels import Array
from agents.models import Task


def geometric_mean(values: Array) -> float:
    """The mean on the scale of logarithms, for metrics that measure there.

    Args:
        values: Numbers, shape (rows,); none below -1, or the arithmetic mean is taken.
    """
    if values.min() <= -1:
        return float(values.mean())
    return float(np.expm1(np.log1p(values).mean()))


def median(values: Array) -> float:
    """The middle, for metrics of absolute errors."""
    return float(np.median(values))


def mean(values: Array) -> float:
    """The mean, for metrics of squared errors; of classes, their shares."""
    return float(values.mean())


Statistic = Callable[[Array], float]


def best_constant(task: Task, truth: Truth) -> tuple[BlindScores, Statistic]:
    """The best statistic by the task's metric, and its blind scores.

    Each fold's rows are scored by the labels of the other folds; of its own, where it is the only
    one.

    Args:
        task: What is asked.
        truth: The labels of every fold.
    """
    statistics = (mean, median, geometric_mean) if task.problem == "regression" else (mean,)
    found = [(constant_blind(task, truth, statistic), statistic) for statistic in statistics]
    values = [score_blind(task, scores, truth).value for scores, _ in found]
    higher = task.metric.direction == "higher"
    order = np.argsort([-value if higher else value for value in values], kind="stable")
    return found[int(order[0])]


def constant_blind(task: Task, truth: Truth, statistic: Statistic) -> BlindScores:
    """What the labels of the other folds say of each fold's rows."""
    frames = {}
    for fold in np.unique(truth.fold):
        own = truth.fold == fold
        others = ~own if not own.all() else own
        ids = truth.frame.loc[own, "row_id"].astype("str").tolist()
        frames[int(fold)] = constant_scores(task, truth.frame[others], statistic, ids)
    return BlindScores.pooled(frames)


def constant_scores(
    task: Task, labels: pd.DataFrame, statistic: Statistic, ids: list[str]
) -> pd.DataFrame:
    """The same scores for every row.

    Args:
        task: What is asked.
        labels: A column a target, cells as the training table writes them.
        statistic: Makes one number of a column's.
        ids: The rows to be scored.

    Returns:
        `row_id`, then the columns of scores.
    """
    scores: dict[str, object] = {"row_id": ids}
    for name in score_columns(task):
        values = numbers_behind(task, labels, name)
        known = values[np.isfinite(values)]
        scores[name] = statistic(known) if len(known) else 0.0
    return pd.DataFrame(scores)
