"""Whether a metric is sound on the truth at hand, before anything is judged by it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from agents.competition.metrics.labels import is_positive
from agents.competition.metrics.metric import Metric, Part
from agents.errors import ImlError
from agents.models import Target

SHUFFLES = 20
MOST_ROWS = 2_000
"""Verification looks at so many rows at most."""


def perfect_answers(metric: Metric, truth: pd.DataFrame, targets: Sequence[Target]) -> pd.DataFrame:
    """The answers that somebody who knows the truth would give."""
    if metric.answers != "probability" or targets[0].kind == "number":
        return truth[[target.name for target in targets]]
    if len(targets[0].classes) > 2:
        cells = truth[targets[0].name].astype("str")
        return pd.DataFrame({label: (cells == label) * 1.0 for label in targets[0].classes})
    return pd.DataFrame(
        {target.name: is_positive(truth[target.name], target) for target in targets}
    )


def verify(metric: Metric, truth: pd.DataFrame, targets: Sequence[Target]) -> tuple[str, ...]:
    """What speaks against a metric on this truth: one sentence each, none if it is sound.

    The truth itself must be a possible and the optimal answer (or, where only answers above a
    bound are possible, the nearest of those); shuffled ones must be worse on
    average and never better, and the direction must say so.

    Args:
        metric: What is to be checked.
        truth: Labelled rows: a column a target, and weights and groups if the metric goes by them.
        targets: What is asked.
    """
    if len(truth) > MOST_ROWS:
        truth = truth.iloc[np.linspace(0, len(truth) - 1, MOST_ROWS).astype(int)]
    order = np.random.default_rng(0)
    try:
        known = metric.encode_truth(truth, targets)
        answers = metric.encode_answers(perfect_answers(metric, truth, targets), targets)
        if metric.lowest is not None:
            answers = np.maximum(answers, metric.lowest)
        rows = np.arange(len(truth))
        shuffles = [Part(rows, order.permutation(len(rows))) for _ in range(SHUFFLES)]
        perfect, *shuffled = metric.measure_parts(
            known, answers, [Part(rows, rows), *shuffles], metric.row_facts(truth)
        )
    except ImlError as error:
        return (str(error),)
    if not np.isfinite([perfect, *shuffled]).all():
        return (f"{metric.title} is no number on these targets.",)
    problems = []
    if any(metric.better(value, perfect) for value in shuffled):
        problems.append(f"{metric.title}: a shuffled prediction scores better than the truth.")
    if not metric.better(perfect, float(np.mean(shuffled))):
        problems.append(f"{metric.title}: shuffled predictions score no worse than the truth.")
    return tuple(problems)
