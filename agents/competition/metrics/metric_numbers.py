"""What metrics of numbers compute; truth and answers have shape (rows, targets).

Functions of one row each give values of that shape. The metric is their mean, or their sum divided
by a sum of what each row counts: the second half of this module.
"""

import numpy as np

from agents.competition.metrics.labels import Array
from agents.competition.metrics.metric_labels import ratio
from agents.errors import ImlError


def absolute_errors(truth: Array, answers: Array) -> Array:
    """|y - p|."""
    return np.asarray(np.abs(truth - answers))


def squared_errors(truth: Array, answers: Array) -> Array:
    """(y - p)²."""
    return np.asarray((truth - answers) ** 2)


def squared_log_errors(truth: Array, answers: Array) -> Array:
    """(log(1 + y) - log(1 + p))².

    Raises:
        ImlError: A number is negative.
    """
    if (answers < 0).any() or (truth < 0).any():
        raise ImlError("RMSLE cannot score negative numbers; clip predictions at 0 first.")
    return np.asarray((np.log1p(answers) - np.log1p(truth)) ** 2)


def relative_errors(truth: Array, answers: Array) -> Array:
    """|y - p| / |y|, and 0 where y is 0: such rows do not count (`not_zero`)."""
    return ratio(np.abs(truth - answers), np.abs(truth))


def squared_relative_errors(truth: Array, answers: Array) -> Array:
    """((y - p) / y)², and 0 where y is 0: such rows do not count (`not_zero`)."""
    return np.asarray(relative_errors(truth, answers) ** 2)


def symmetric_errors(truth: Array, answers: Array) -> Array:
    """2 |y - p| / (|y| + |p|), from 0 to 2; 0 where both are 0 (Makridakis 1993)."""
    return ratio(2 * np.abs(truth - answers), np.abs(truth) + np.abs(answers))


def pinball_losses(truth: Array, answers: Array, *, quantile: float = 0.5) -> Array:
    """The loss q (y - p) above the answer, (1 - q) (p - y) below it.

    Least for the quantile q (Koenker and Bassett 1978, "Regression Quantiles").
    """
    above = truth - answers
    return np.maximum(quantile * above, (quantile - 1) * above)


def poisson_deviances(truth: Array, answers: Array) -> Array:
    """2 (y log(y / p) - y + p).

    Raises:
        ImlError: A true number is negative, or an answer is not above 0.
    """
    if (truth < 0).any() or (answers <= 0).any():
        raise ImlError("Poisson deviance needs answers above 0 to counts of 0 and more.")
    logs = np.log(np.where(truth > 0, truth / answers, 1.0))
    return np.asarray(2 * (truth * logs - truth + answers))


# --- what each row counts ----------------------------------------------------------------------


def not_zero(truth: Array) -> Array:
    """1 for rows whose truth is not 0."""
    return np.asarray(truth != 0, dtype=float)


def amounts(truth: Array) -> Array:
    """|y|: errors are shares of the sum of all amounts."""
    return np.abs(truth)


# --- all rows at once --------------------------------------------------------------------------


def median_absolute_error(truth: Array, answers: Array, weights: Array | None = None) -> float:
    """The mean over targets of the median of |y - p|."""
    errors = np.abs(truth - answers)
    if weights is None:
        return float(np.median(errors, axis=0).mean())
    return float(np.mean([_weighted_median(column, weights) for column in errors.T]))


def explained_variance_share(truth: Array, answers: Array, weights: Array | None = None) -> float:
    """R², the mean over targets of the share of the variance that answers explain."""
    errors = np.average((truth - answers) ** 2, axis=0, weights=weights)
    spread = np.average(
        (truth - np.average(truth, axis=0, weights=weights)) ** 2, axis=0, weights=weights
    )
    unexplained = np.where(spread > 0, ratio(errors, spread), np.where(errors > 0, 1.0, 0.0))
    return float(np.mean(1 - unexplained))


def _weighted_median(values: Array, weights: Array) -> float:
    """The mean of the lower and the upper weighted median."""
    order = np.argsort(values)
    below = np.cumsum(weights[order]) / weights.sum()
    lower, upper = (int((below < 0.5).sum()), int((below <= 0.5).sum()))
    ends = values[order][[lower, min(upper, len(values) - 1)]]
    return float(ends.mean())
