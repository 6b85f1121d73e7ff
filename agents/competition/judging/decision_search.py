"""Searches behind decisions: thresholds, cuts, class weights and temperatures, on encoded rows.

Each looks at confusion tables or at some thousands of rows instead of answering and measuring all
of them, because decisions are fitted dozens of times whenever something is scored.
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import minimize_scalar

from agents.competition.metrics.labels import Array
from agents.competition.metrics.metric import Metric
from agents.competition.metrics.metric_labels import binary_tables, confusion, f_score

BINS = 200
"""Cuts are sought between so many equally full bins."""
MOST_COORDINATES = 20
"""Up to so many classes get weights of their own; more share one exponent."""
_SWEEPS = 3
_EXPONENTS = np.linspace(0, 1, 5)
_FACTORS = np.geomspace(0.5, 2, 13)
_MOST_TEMPER = 2.5
_SMALL = 1e-7

Counts = Callable[[Array, Array, Array, Array], Array]
"""A metric of arrays of true and false positives, false and true negatives."""


def threshold_curve(
    positive: Array, probability: Array, of_counts: Counts, weights: Array | None = None
) -> tuple[Array, Array]:
    """The metric at every threshold that tells two neighbouring probabilities apart.

    Args:
        positive: Which rows are positive, shape (rows,).
        probability: Shape (rows,).
        of_counts: The metric.
        weights: How much each row counts, shape (rows,).

    Returns:
        Thresholds, ascending, and the metric's values there.
    """
    weight = np.ones(len(positive)) if weights is None else weights
    order = np.argsort(probability, kind="stable")
    values, first = np.unique(probability[order], return_index=True)
    fn, tn = (
        np.concatenate([[0.0], np.cumsum((weight * side)[order])])[first]
        for side in (positive, ~positive)
    )
    tp, fp = (weight * positive).sum() - fn, (weight * ~positive).sum() - tn
    between = np.concatenate([values[:1], (values[1:] + values[:-1]) / 2])
    return between, of_counts(tp, fp, fn, tn)


def best_threshold(thresholds: Array, gains: Array) -> float:
    """The threshold of the greatest gain; of equally good ones the nearest to 0.5."""
    best = np.flatnonzero(gains >= gains.max() - 1e-12)
    return float(thresholds[best[np.argmin(np.abs(thresholds[best] - 0.5))]])


def best_f_thresholds(held: Array, said: Array, beta: float, weights: Array | None = None) -> Array:
    """The threshold of each label under which its own F-beta is greatest, shape (labels,).

    Answering one more row that lacks the label only lowers F, so the lowest row answered has it:
    only the probabilities of such rows are looked at, against all of them in order.

    Args:
        held: Which rows have which label, shape (rows, labels); each label has one at least.
        said: Probabilities of that shape.
        beta: Of the F score.
        weights: How much each row counts, shape (rows,).
    """
    if weights is not None:
        curves = (
            threshold_curve(
                yes, one, lambda *counts: f_score(binary_tables(*counts), beta=beta), weights
            )
            for yes, one in zip(held.T, said.T, strict=True)
        )
        return np.array([best_threshold(*curve) for curve in curves])
    every = np.sort(said.T, axis=1)
    return np.array(
        [
            _best_f_threshold(values, np.unique(one[yes], return_counts=True), beta)
            for values, yes, one in zip(every, held.T, said.T, strict=True)
        ]
    )


def _best_f_threshold(values: Array, positive: tuple[Array, Array], beta: float) -> float:
    """Between all `values` of a label, ascending, and those of its positive rows with counts."""
    candidates, counts = positive
    below = np.searchsorted(values, candidates)
    hit = np.cumsum(counts[::-1])[::-1]
    gains = (1 + beta**2) * hit / (beta**2 * counts.sum() + len(values) - below)
    between = np.where(below > 0, (values[np.maximum(below - 1, 0)] + candidates) / 2, candidates)
    return best_threshold(between, gains)


def counts_by_threshold(
    truth: Array, said: Array, thresholds: Array, weights: Array | None = None
) -> tuple[Array, Array, Array]:
    """How often each label is right, true and answered, shape (thresholds, labels) each.

    Args:
        truth: 0 or 1, shape (rows, labels).
        said: Probabilities of that shape; a label is answered where its threshold is reached.
        thresholds: Ascending.
        weights: How much each row counts, shape (rows,).
    """
    size, labels = len(thresholds) + 1, said.shape[1]
    cells = np.searchsorted(thresholds, said, side="right") + size * np.arange(labels)
    one = np.ones(len(said)) if weights is None else weights
    hit, answered = (
        np.bincount(cells.ravel(), (one[:, None] * amount).ravel(), size * labels)
        for amount in (truth, np.ones_like(truth))
    )
    reached = [
        np.cumsum(held.reshape(labels, size)[:, :0:-1], axis=1)[:, ::-1].T
        for held in (hit, answered)
    ]
    true = np.broadcast_to(one @ truth, reached[0].shape)
    return reached[0], true, reached[1]


def prior_quantiles(expected: Array, codes: Array, classes: int) -> Array:
    """Cuts of shape (classes - 1,) below which as many expectations lie as truths."""
    shares = np.cumsum(np.bincount(codes[codes >= 0], minlength=classes)) / max(1, len(codes))
    return np.asarray(np.quantile(expected, np.clip(shares[:-1], 0.0, 1.0)))


def best_cuts(
    expected: Array, codes: Array, classes: int, metric: Metric, weights: Array | None = None
) -> Array:
    """Cuts of shape (classes - 1,) that the metric likes best, found one after the other.

    Begins with the prior quantiles and moves each cut between its neighbours until none moves.
    """
    edges = np.unique(np.quantile(expected, np.linspace(0, 1, BINS + 1)))
    places = np.searchsorted(edges, expected, side="right")
    below = np.zeros((len(edges) + 2, classes + 1))
    np.add.at(below, (places + 1, codes), 1.0 if weights is None else weights)
    below = np.cumsum(below, axis=0)
    cuts = np.searchsorted(edges, prior_quantiles(expected, codes, classes))
    cuts = np.minimum(cuts, len(edges) - 1)
    for _ in range(_SWEEPS):
        before = cuts.copy()
        for place in range(len(cuts)):
            low = cuts[place - 1] if place else 0
            high = cuts[place + 1] if place + 1 < len(cuts) else len(edges) - 1
            tried = np.repeat(cuts[None], high - low + 1, axis=0)
            tried[:, place] = np.arange(low, high + 1)
            gains = _signed(metric, metric.of_tables(_tables_of_cuts(below, tried)))
            if gains.max() > gains[cuts[place] - low] + 1e-12:
                cuts[place] = low + int(np.argmax(gains))
        if (cuts == before).all():
            break
    return np.asarray(edges[cuts])


def _tables_of_cuts(below: Array, cuts: Array) -> Array:
    """Confusion tables, shape (ways, classes + 1, classes + 1), for cuts of (ways, classes - 1).

    `below` counts the true codes under each edge; rows at an edge lie above it.
    """
    ways, classes = len(cuts), cuts.shape[1] + 1
    ends = np.zeros((ways, 1), dtype=int)
    steps = np.concatenate([ends, cuts + 1, ends + len(below) - 1], axis=1)
    said = np.diff(below[steps], axis=1)
    tables = np.zeros((ways, classes + 1, classes + 1))
    tables[:, :, :classes] = said.transpose(0, 2, 1)
    return tables


def best_class_weights(
    probabilities: Array, codes: Array, metric: Metric, weights: Array | None = None
) -> Array:
    """Factors of the classes, shape (classes,), under which the largest product answers best.

    First the prior to some power between 0 and -1 (-1 is what balanced accuracy asks of calibrated
    probabilities), then, where classes are few, one factor after the other.
    """
    classes = probabilities.shape[1]
    logs = np.log(np.clip(probabilities, _SMALL, None))
    prior = np.bincount(codes[codes >= 0], minlength=classes) / max(1, len(codes))
    prior = np.log(np.maximum(prior, 0.5 / max(1, len(codes))))

    def gain(answers: Array) -> float:
        return float(_signed(metric, metric.of_tables(confusion(codes, answers, weights))))

    starts = [-exponent * prior for exponent in _EXPONENTS]
    gains = [gain((logs + start).argmax(axis=1)) for start in starts]
    chosen, best = starts[int(np.argmax(gains))], max(gains)
    if classes <= MOST_COORDINATES:
        for place in [*range(classes)] * 2:
            chosen, best = _moved(logs, chosen, place, best, gain)
    return np.asarray(np.exp(chosen - chosen.max()))


def _moved(
    logs: Array, chosen: Array, place: int, best: float, gain: Callable[[Array], float]
) -> tuple[Array, float]:
    """Move the factor of one class to where the gain is greatest, if that is better than `best`."""
    others = logs + chosen
    others[:, place] = -np.inf
    rival, bar = others.argmax(axis=1), others.max(axis=1)
    steps = np.log(_FACTORS)
    gains = [
        gain(np.where(logs[:, place] + chosen[place] + step > bar, place, rival)) for step in steps
    ]
    if max(gains) <= best + 1e-12:
        return chosen, best
    moved = chosen.copy()
    moved[place] += steps[int(np.argmax(gains))]
    return moved, max(gains)


def best_temperature(measure: Callable[[float], float]) -> float:
    """The temperature between 0.4 and 2.5 at which a loss is least."""
    found = minimize_scalar(
        lambda log: measure(float(np.exp(log))),
        bounds=(-np.log(_MOST_TEMPER), np.log(_MOST_TEMPER)),
        method="bounded",
        options={"xatol": 0.01},
    )
    return float(np.exp(found.x))


def _signed(metric: Metric, values: Array) -> Array:
    return np.asarray(values if metric.direction == "higher" else -values)
