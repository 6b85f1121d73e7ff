"""What blind probabilities say beyond the labels that are decided from them.

Labels move in steps, so of two candidates whose labels score about the same, the one whose
probabilities are better is the better guess for new rows.
"""

import numpy as np
import pandas as pd

from agents.competition.judging.scores import BlindScores, Truth, aligned, shared
from agents.competition.metrics.labels import label_codes, ordered_classes
from agents.models import Task

_SMALLEST = 1e-6


def sharper(task: Task, first: BlindScores, second: BlindScores, truth: Truth) -> float:
    """How much likelier the first finds the true labels, in standard errors of the difference.

    Args:
        task: What is asked.
        first: Probabilities of classes on blind rows.
        second: Those of another candidate; only rows that both scored count.
        truth: At least the labels of these rows.

    Returns:
        The paired difference of log-likelihoods over its error; 0 where there are no probabilities
        of classes. Rows of one group count together.
    """
    target = task.targets[0]
    classes = ordered_classes(target)
    pair = shared([first, second])
    if (
        len(task.targets) > 1
        or not classes
        or any(not set(classes) <= set(one.columns) for one in pair)
    ):
        return 0.0
    rows = aligned(pair[0], truth)[1]
    codes = label_codes(rows.frame[target.name], classes)
    likely = []
    for one in pair:
        shares = np.clip(one.frame[classes].to_numpy(dtype=float), _SMALLEST, 1.0)
        likely.append(np.log(shares[np.arange(len(codes)), codes] / shares.sum(axis=1)))
    difference = likely[0] - likely[1]
    groups = np.arange(len(codes)) if rows.groups is None else pd.factorize(rows.groups)[0]
    sums = np.bincount(groups, weights=difference - difference.mean())
    error = float(np.sqrt((sums**2).sum())) / len(codes)
    return float(difference.mean() / error) if error > 0 else 0.0
